# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""People, groups and applications: as they are written, and as the services know them."""

from __future__ import annotations

from typing import NamedTuple

USER = "User"
GROUP = "Group"
SERVICE_PRINCIPAL = "ServicePrincipal"
TENANT = "Tenant"

# What the directory says of a principal (contract: graph.md 11.2), and of the account of one that is active.
ACTIVE = "active"
ENABLED = "enabled"
DISABLED = "disabled"
SOFT_DELETED = "soft_deleted"
GONE = "gone"


class PrincipalReference(NamedTuple):
    """A principal as it was written.

    option: where it was written (`assignments[2].user`).
    type: USER, GROUP, SERVICE_PRINCIPAL or TENANT.
    value: an object id, or what `fields` says; the tenant's id for everyone.
    fields: the Graph fields to look it up by, in this order; empty when `value` is the object id.
    """

    option: str
    type: str
    value: str
    fields: tuple[str, ...] = ()


class Principal(NamedTuple):
    """A principal with its object id (the tenant's id for TENANT).

    `name` and `email` are empty when nothing that was read told them. `security_enabled` is known of groups that were
    looked up by name.
    """

    type: str
    id: str
    name: str = ""
    email: str = ""
    security_enabled: bool | None = None

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the Flow resource provider has its operations, and who may send them (contract: flow-management.md 1 and 3)."""

from __future__ import annotations

from functools import partial

from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import FLOW, USERS_TOKEN, Operation

ADMIN = "/providers/Microsoft.ProcessSimple/scopes/admin/environments/{environment}"
MAKER = "/providers/Microsoft.ProcessSimple/environments/{environment}"

admin_operation = partial(
    Operation,
    service=FLOW,
    api_version="2016-11-01",
    # The vendor's pages disagree about whether an application may (contract 8).
    tokens_assumed=True,
    permission=(
        "Power Platform administrator or administrator of the environment; an application must be registered as a "
        "management application"
    ),
)
# Sent by users alone: an application's token is refused with ClientScopeAuthorizationFailed (contract 4.4).
maker_operation = partial(
    Operation,
    service=FLOW,
    api_version="2016-11-01",
    tokens=USERS_TOKEN,
    permission="owner or co-owner of the flow, with a Power Automate licence",
)

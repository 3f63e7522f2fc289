# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How people write users, and whom nothing is taken from, wherever an option says so. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import USER, PrincipalReference
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid


def user_reference(option: str, value: str) -> PrincipalReference:
    """A user by object id or user principal name. OptionError for what is neither."""
    if is_guid(value):
        return PrincipalReference(option, USER, value)
    if "@" not in value:
        raise OptionError(
            option,
            "this is neither an object id nor a user principal name.",
            value=value,
            remedy="Give the user's object id (a GUID) or user principal name (ada@contoso.com).",
        )
    return PrincipalReference(option, USER, value, ("userPrincipalName", "mail", "proxyAddresses"))


def protected_references(values: Sequence[str] | None) -> tuple[PrincipalReference, ...] | None:
    """The option protected_principals; None where the identity that runs is meant."""
    return None if values is None else tuple(user_reference("protected_principals", value) for value in values)


def protected_keys(references: Sequence[PrincipalReference] | None, find: Find, caller: Caller) -> frozenset[str]:
    """The object ids of those who lose nothing. GuardError when nobody can tell who runs."""
    if references is None:
        if not caller.object_id:
            raise GuardError(
                "The access token does not say who runs, so that this identity cannot be protected.",
                remedy="Say in protected_principals whom to protect; an empty list protects nobody.",
            )
        return frozenset({caller.object_id.lower()})
    # People know an application by its application id; of the one that runs, the token tells the object id too.
    own = {caller.application_id.lower(): caller.object_id.lower()}
    keys = [find(reference).id.lower() for reference in references]
    return frozenset(own.get(key, key) or key for key in keys)

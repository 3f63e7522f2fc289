# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directory objects with all their properties, and the sets that a reply shows (graph.md 2.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ..call import ServiceError
from ..model import Group, Principal, ServicePrincipal, User
from .roles import is_security

KEPT = timedelta(days=30)
_USER_DEFAULT = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
]
_USER_MORE = [
    "accountEnabled",
    "userType",
    "deletedDateTime",
    "otherMails",
    "proxyAddresses",
    "mailNickname",
    "createdDateTime",
]
_GROUP_DEFAULT = [
    "id",
    "deletedDateTime",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "mail",
    "mailEnabled",
    "mailNickname",
    "securityEnabled",
    "visibility",
]
_PRINCIPAL_DEFAULT = [
    "id",
    "deletedDateTime",
    "accountEnabled",
    "appDisplayName",
    "appId",
    "appOwnerOrganizationId",
    "displayName",
    "servicePrincipalNames",
    "servicePrincipalType",
    "tags",
]
_APPLICATION_DEFAULT = ["id", "deletedDateTime", "appId", "displayName", "createdDateTime", "signInAudience", "tags"]

DEFAULTS = {
    "users": _USER_DEFAULT,
    "groups": _GROUP_DEFAULT,
    "servicePrincipals": _PRINCIPAL_DEFAULT,
    "applications": _APPLICATION_DEFAULT,
}
ALL = {**DEFAULTS, "users": [*_USER_DEFAULT, *_USER_MORE]}
KNOWN = {kind: {name.lower(): name for name in names} for kind, names in ALL.items()}
TYPES = {
    "users": "#microsoft.graph.user",
    "groups": "#microsoft.graph.group",
    "servicePrincipals": "#microsoft.graph.servicePrincipal",
    "applications": "#microsoft.graph.application",
}
FILTERABLE = {
    "users": frozenset(
        [
            "id",
            "userprincipalname",
            "mail",
            "displayname",
            "mailnickname",
            "accountenabled",
            "usertype",
            "othermails",
            "proxyaddresses",
            "givenname",
            "surname",
            "jobtitle",
        ]
    ),
    "groups": frozenset(
        ["id", "displayname", "mail", "mailnickname", "mailenabled", "securityenabled", "grouptypes", "description"]
    ),
    "servicePrincipals": frozenset(
        [
            "id",
            "appid",
            "displayname",
            "appdisplayname",
            "accountenabled",
            "serviceprincipaltype",
            "appownerorganizationid",
            "serviceprincipalnames",
            "tags",
        ]
    ),
    "applications": frozenset(["id", "appid", "displayname"]),
}


def kind_of(item: Principal) -> str:
    return "users" if isinstance(item, User) else "groups" if isinstance(item, Group) else "servicePrincipals"


def properties(item: Principal, tenant_id: str) -> dict[str, Any]:
    """Every property that the emulator knows of an object."""
    if isinstance(item, User):
        return _user(item)
    if isinstance(item, Group):
        return _group(item)
    return {
        "id": item.id,
        "deletedDateTime": item.deleted_at,
        "accountEnabled": item.enabled,
        "appDisplayName": item.name,
        "appId": item.app_id,
        "appOwnerOrganizationId": tenant_id,
        "displayName": item.name,
        "servicePrincipalNames": [item.app_id],
        "servicePrincipalType": item.type,
        "tags": [],
    }


def _user(item: User) -> dict[str, Any]:
    given, _unused, surname = item.name.rpartition(" ")
    upn = item.upn
    if item.deleted_at:  # the name is free again: the object id goes in front of it (graph.md 4.2)
        upn = item.id.replace("-", "") + upn
    addresses = item.proxy_addresses or ([f"SMTP:{item.mail}"] if item.mail else [])
    return {
        "businessPhones": [],
        "displayName": item.name,
        "givenName": given or None,
        "jobTitle": item.job_title,
        "mail": item.mail,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname or None,
        "userPrincipalName": upn,
        "id": item.id,
        "accountEnabled": item.enabled,
        "userType": item.type,
        "deletedDateTime": item.deleted_at,
        "otherMails": item.other_mails,
        "proxyAddresses": addresses,
        "mailNickname": item.upn.partition("@")[0],
        "createdDateTime": "2024-01-08T09:00:00Z",
    }


def _group(item: Group) -> dict[str, Any]:
    unified = item.kind == "m365"
    kinds = (["Unified"] if unified else []) + (["DynamicMembership"] if item.dynamic else [])
    nickname = item.mail_nickname or "".join(c for c in item.name if c.isascii() and c.isalnum()).lower() or item.id[:8]
    return {
        "id": item.id,
        "deletedDateTime": item.deleted_at,
        "createdDateTime": "2024-01-08T09:00:00Z",
        "description": item.description,
        "displayName": item.name,
        "groupTypes": kinds,
        "mail": item.mail,
        "mailEnabled": item.kind != "security",
        "mailNickname": nickname,
        "securityEnabled": is_security(item),
        "visibility": "Private" if unified else None,
    }


def application(item: ServicePrincipal) -> dict[str, Any]:
    return {
        "id": item.application_object_id,
        "deletedDateTime": None,
        "appId": item.app_id,
        "displayName": item.name,
        "createdDateTime": "2024-01-08T09:00:00Z",
        "signInAudience": "AzureADMyOrg",
        "tags": [],
    }


def recoverable(item: Principal) -> bool:
    """Soft-deleted and still to be found under deletedItems. Security and distribution groups are gone at once."""
    if not item.deleted_at or item.gone or (isinstance(item, Group) and item.kind != "m365"):
        return False
    when = datetime.fromisoformat(item.deleted_at)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return datetime.now(UTC) - when <= KEPT


def not_found(key: str) -> ServiceError:
    text = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return ServiceError(404, "Request_ResourceNotFound", text)

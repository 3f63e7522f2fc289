# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to give each module so that it does all it can, against the contoso tenant. A module without a case fails.

The first call changes something (of a module that only reads: reads) and is given a name that is no longer right, so
that everything a result may hold is in it. The second one is refused by the service or cannot be right.
"""

from __future__ import annotations

from typing import Any, NamedTuple

_FINANCE = "e0000000-0000-4000-8000-000000000001"
_SANDBOX = "e0000000-0000-4000-8000-000000000002"
# A flow with runs and a callback URL: Kim's, of whom Ada can be refused, who administers everything.
_POLL = {"environment": "~default", "flow": "f0000000-0000-4000-8000-000000000002"}
# Chosen by surveys: with things, unreadable by a fault, being provisioned, closed to administrators.
_SURVEYED = ["Finance*", "Brand New", "Copilot"]
_EXPECTED = [{"environment": _SANDBOX, "reason": "Belongs to another team", "expires": "2099-12-31"}]
# Not where a secret belongs, and hidden all the same.
_PASTED = "the-secret-that-was-pasted-into-a-body"
_SETTINGS = {
    "environment": "Finance Production",
    "path": "/environmentmanagement/environments/{environment}/settings",
    "read_at": "objectResult.0",
}
_MANAGED = {
    "environment": "Finance Sandbox",
    "path": "/environmentmanagement/environments/{environment}/governanceSetting/enableManaged",
}
_FLOW = {
    "triggers": {"Recurrence": {"type": "Recurrence", "recurrence": {"frequency": "Day", "interval": 1}}},
    "actions": {
        "Rows": {
            "type": "OpenApiConnection",
            "inputs": {"host": {"connectionName": "shared_sql", "operationId": "GetItems"}, "parameters": {}},
        }
    },
}
_EVERYTHING = {
    "environments": _SURVEYED,
    "include": ["roles", "owner_state"],
    "on_error": "report",
    "expected_unreadable": _EXPECTED,
}


class Case(NamedTuple):
    """Options of a call that succeeds and of one that fails; both without those of the connection.

    keywords: of the task.
    hidden: places in the answer, with dots, whose text must not be printed, or whose texts if there are several.
    client, refused: the emulator's clients that log in, and as one that the service refuses; with `avepoint` those of
    AvePoint.
    faults: what goes wrong in the emulator all the while.
    """

    works: dict[str, Any]
    fails: dict[str, Any]
    client: str = "runner"
    refused: str = "unregistered"
    faults: tuple[dict[str, Any], ...] = ()
    keywords: dict[str, Any] = {}  # noqa: RUF012 - nobody writes to it
    hidden: tuple[str, ...] = ()
    avepoint: bool = False

    @property
    def secrets(self) -> set[str]:
        """What of the options must not come out."""
        declared = [self.works, *self.works.get("resources", ())]
        return {_PASTED, *(text for each in declared for text in (each.get("secret_parameters") or {}).values())}


# Of several kinds, with secrets, with a name that is no longer right.
_DECLARED = [
    {
        "kind": "powerapp_role",
        "environment": _FINANCE,
        "environment_display_name": "Finance (old name)",
        "app": "aa000000-0000-4000-8000-000000000011",
        "assignments": [{"user": "lee@contoso.example", "role": "CanView"}],
    },
    {
        "kind": "flow_state",
        "environment": "Finance Production",
        "flow": "f0000000-0000-4000-8000-000000000011",
        "state": "stopped",
    },
    {
        "kind": "connection",
        "environment": _FINANCE,
        "connector": "shared_keyvault",
        "key": "invoices",
        "display_name": "Invoices",
        "parameters": {"vaultName": "invoices"},
        "parameter_set": "CertOauth",
        "secret_parameters": {"pfx": "the-certificate-of-the-case", "password": "the-password-of-the-case"},
    },
]
# Wrong, with a secret beside what is wrong.
_MISSPELT = [{"kind": "conection", "secret_parameters": {"password": _PASTED}}, *_DECLARED]
_ACCEPTED = [
    {
        "id": f"environments/{_FINANCE}/apps/aa000000-0000-4000-8000-000000000011/permissions"
        "/b0000000-0000-4000-8000-000000000002",
        "owner": "ada@contoso.example",
        "reason": "Until the year is closed",
        "expires": "2999-12-31",
    }
]


def _refusing(*paths: str) -> tuple[dict[str, Any], ...]:
    """Faults that refuse to read what has these ends of a path."""
    return tuple(
        {"kind": "status", "status": 403, "code": "Forbidden", "match": {"method": "GET", "path": f"{path}$"}}
        for path in paths
    )


CASES: dict[str, Case] = {
    "access_info": Case(
        works={"environments": [_FINANCE]},
        fails={"environments": ["Nowhere"]},
    ),
    "application_package": Case(
        works={
            "environment": _FINANCE,
            "environment_display_name": "Finance (old name)",
            "application_package": "msdyn_FieldServiceAnchor",
            "application_package_display_name": "Field Service (old name)",
            "state": "latest",
        },
        fails={"environment": _FINANCE, "application_package": "Field Service"},
    ),
    "application_package_info": Case(
        works={"environments": _SURVEYED, "on_error": "report", "expected_unreadable": _EXPECTED},
        fails={"environments": ["Nowhere"]},
        faults=_refusing(f"/{_SANDBOX}/applicationPackages"),
    ),
    "billing_policy": Case(
        works={
            "billing_policy": "payg-finance",
            "location": "europe",
            "subscription_id": "5b000000-0000-4000-8000-000000000001",
            "resource_group": "rg-power-platform",
            "environments": ["Finance Production", _SANDBOX],
        },
        fails={"billing_policy": "payg-emea", "location": "unitedstates"},
    ),
    "billing_policy_info": Case(
        works={"include": ["environments"]},
        fails={"billing_policies": ["payg-nowhere"]},
    ),
    "avepoint_connection_info": Case(
        works={"data_center": "we", "top": 4},
        # No report is there.
        fails={"data_center": "gcp-we"},
        client="avepoint",
        refused="avepoint-other",
        avepoint=True,
    ),
    "connection": Case(
        works={
            "environment": _FINANCE,
            "environment_display_name": "Finance (old name)",
            "connector": "shared_keyvault",
            "key": "invoices",
            "display_name": "Invoices",
            "parameters": {"vaultName": "invoices"},
            "parameter_set": "CertOauth",
            "secret_parameters": {"pfx": "the-certificate-of-the-case", "password": "the-password-of-the-case"},
        },
        fails={"environment": "Nowhere", "connector": "shared_keyvault", "display_name": "Invoices"},
    ),
    "connection_info": Case(
        works=_EVERYTHING,
        fails={"environments": ["Nowhere"]},
        faults=_refusing(f"/{_SANDBOX}/connections", "/d0000000000000000000000000000002/permissions"),
    ),
    "connection_role": Case(
        works={
            "environment": "Finance Production",
            "connection": "d0000000000000000000000000000003",
            "connection_display_name": "Old ledger database (old name)",
            "exclusive": True,
            "assignments": [
                {"user": "lee@contoso.example", "role": "CanEdit"},
                {"group": "Finance Readers", "role": "CanView"},
            ],
        },
        fails={"environment": "Finance Production", "connection": "Nowhere", "everyone": True, "state": "absent"},
    ),
    "converge": Case(
        works={"resources": _DECLARED, "accepted_drift": _ACCEPTED},
        fails={"resources": _MISSPELT},
    ),
    "drift_info": Case(
        works={"resources": _DECLARED, "accepted_drift": _ACCEPTED},
        fails={"resources": _MISSPELT},
    ),
    "desired_state_info": Case(
        works={
            "environments": ["Finance*", "Brand New"],
            "kinds": ["custom_connector", "flow_state", "powerapp", "powerapp_role"],
            "on_error": "report",
            "expected_unreadable": _EXPECTED,
        },
        fails={"environments": ["Nowhere"]},
        faults=_refusing(f"/{_SANDBOX}/apps"),
    ),
    "connector_info": Case(
        works={**_EVERYTHING, "connector_types": ["custom", "built_in"]},
        fails={"environments": ["Nowhere"]},
        faults=_refusing(f"/{_SANDBOX}/apis", "/shared_expenses-5f0629412a7d1fe83e-5f6f049093c9b7a698/permissions"),
    ),
    "custom_connector": Case(
        works={
            "environment": _FINANCE,
            "environment_display_name": "Finance (old name)",
            "name": "cr736_5Finvoices",
            "display_name": "Invoices",
            "openapi_definition": {
                "swagger": "2.0",
                "info": {"title": "Invoices", "version": "1.0"},
                "host": "invoices.contoso.example",
                "schemes": ["https"],
                "paths": {},
            },
            "connection_parameters": {"token": {"type": "oauthSetting", "oAuthSettings": {"identityProvider": "aad"}}},
            "secret_parameters": {"token": "the-secret-of-the-case"},
        },
        fails={"environment": _FINANCE, "display_name": "Rates"},
    ),
    "custom_connector_info": Case(
        works={
            "environments": ["Finance*", "Brand New"],
            "connectors": ["*"],
            "include": ["documents"],
            "on_error": "report",
            "expected_unreadable": [{**_EXPECTED[0], "environment": _FINANCE}],
        },
        fails={"environments": ["Nowhere"]},
        faults=_refusing(r"/connectors\(b1000000-0000-4000-8000-000000000001\)"),
    ),
    "custom_connector_role": Case(
        works={
            "environment": "Finance Production",
            "connector": "shared_warehouse-5f0629412a7d1fe83e-5f11c0de00000000aa",
            "connector_display_name": "Warehouse (old name)",
            "exclusive": True,
            "assignments": [
                {"user": "lee@contoso.example", "role": "CanEdit"},
                {"group": "Finance Readers", "role": "CanView"},
            ],
        },
        fails={"environment": "Finance Production", "connector": "Nowhere", "everyone": True, "state": "absent"},
    ),
    "environment_info": Case(
        works={"include": ["platform"]},
        fails={"environments": ["Nowhere"]},
    ),
    "flow_callback_url_info": Case(
        works={**_POLL, "flow_display_name": "Poll (old name)"},
        fails={**_POLL, "flow": "Nowhere"},
        client="maker",
        refused="delegated",
        keywords={"no_log": True},
        hidden=("callback_url",),
    ),
    "flow_run": Case(
        works={
            **_POLL,
            "flow_display_name": "Poll (old name)",
            "state": "cancelled",
            "run": "08585000000000000201000000000000CU01",
        },
        fails={**_POLL, "state": "cancelled", "run": "08585000000000000999000000000000CU01"},
        client="maker",
        refused="delegated",
    ),
    "flow_run_info": Case(
        works={
            **_POLL,
            "flow_display_name": "Poll (old name)",
            "as_admin": False,
            "include": ["actions"],
        },
        fails={**_POLL, "flow": "Nowhere"},
        client="maker",
        refused="delegated",
    ),
    "flow_info": Case(
        works={
            **_EVERYTHING,
            "states": ["started", "stopped", "suspended", "deleted"],
            "include": ["owners", "run_only_users", "definition", "connections", "owner_state"],
        },
        fails={"environments": ["Nowhere"]},
        # Of one flow neither people nor definition are told.
        faults=_refusing(
            f"/{_SANDBOX}/v2/flows",
            "/f0000000-0000-4000-8000-000000000012/permissions",
            "/flows/f0000000-0000-4000-8000-000000000012",
        ),
    ),
    "flow": Case(
        works={
            "environment": _FINANCE,
            "environment_display_name": "Finance (old name)",
            "flow": "f0000000-0000-4000-8000-000000000015",
            "flow_display_name": "Approval (old name)",
            "display_name": "Approval of solutions",
            "definition": _FLOW,
            "connection_references": {
                "shared_sql": {"connector": "shared_sql", "connection_reference": "cr736_ledger"}
            },
            "owner_team": "Finance Makers",
        },
        # The service says that it made this one, and it is not there when it is to be turned on.
        fails={
            "environment": _FINANCE,
            "flow": "Ledger copy",
            "definition": _FLOW,
            "connection_references": {
                "shared_sql": {"connector": "shared_sql", "connection_reference": "cr736_ledger"}
            },
            "initial_state": "started",
        },
        faults=({"kind": "ignore_write", "match": {"method": "POST", "path": "/workflows$"}},),
    ),
    "flow_owners": Case(
        works={
            "environment": "Finance Production",
            "flow": "f0000000-0000-4000-8000-000000000017",
            "flow_display_name": "Request approval button (old name)",
            "assignments": [{"user": "lee@contoso.example"}, {"group": "Finance Readers"}],
            "remove_orphans": True,
        },
        fails={"environment": "Finance Production", "flow": "Nowhere", "group": "Makers", "state": "absent"},
    ),
    "flow_run_only_users": Case(
        works={
            "environment": "Finance Production",
            "flow": "f0000000-0000-4000-8000-000000000017",
            "flow_display_name": "Request approval button (old name)",
            "assignments": [{"user": "joerg@contoso.example"}, {"group": "Finance Readers"}],
            "remove_orphans": True,
        },
        fails={"environment": "Finance Production", "flow": "Nowhere", "group": "Makers", "state": "absent"},
    ),
    "flow_state": Case(
        works={
            "environment": _FINANCE,
            "environment_display_name": "Finance (old name)",
            "flow": "Month end report",
            "state": "started",
        },
        fails={"environment": _FINANCE, "flow": "Nowhere", "state": "stopped"},
    ),
    "login_info": Case(
        works={"organization_urls": ["https://contosofin.crm4.dynamics.com"]},
        fails={"organization_urls": ["https://contoso.example"]},
        keywords={"no_log": True},
        hidden=("module_defaults.access_tokens",),
    ),
    "management_application": Case(
        works={"application_id": "c1000000-0000-4000-8000-000000000006"},
        fails={"application_id": "Invoice Bot"},
        client="delegated",
        refused="maker",
    ),
    "management_application_info": Case(
        works={},
        # No option of its own can be wrong.
        fails={"expected_tenant_id": "99999999-2222-4333-8444-555555555555"},
    ),
    "power_platform_action": Case(
        works={**_MANAGED, "environment_display_name": "Finance (old name)", "body": {"clientSecret": _PASTED}},
        fails={**_MANAGED, "path": "/environmentmanagement/environments/{environment}/governanceSetting/explode"},
    ),
    "power_platform_resource": Case(
        works={
            **_SETTINGS,
            "environment_display_name": "Finance (old name)",
            "body": {"PowerApps_NLSearch": False, "Finance_ApiKey": None},
            "create_body": {"clientSecret": _PASTED},
        },
        fails={**_SETTINGS, "body": {"clientSecret": _PASTED}},
    ),
    "power_platform_resource_info": Case(
        works={**_SETTINGS, "environment_display_name": "Finance (old name)"},
        fails={**_SETTINGS, "read_at": "objectResult.7"},
    ),
    "powerapp": Case(
        works={
            "environment": "Finance Production",
            "app": "aa000000-0000-4000-8000-000000000011",
            "app_display_name": "Expenses (old name)",
            "owner": "kim@contoso.example",
            "role_for_old_owner": "CanEdit",
        },
        fails={"environment": "Finance Production", "app": "Nowhere"},
    ),
    "powerapp_info": Case(
        works=_EVERYTHING,
        fails={"environments": ["Nowhere"]},
        faults=_refusing(f"/{_SANDBOX}/apps", "/aa000000-0000-4000-8000-000000000014/permissions"),
    ),
    "powerapp_role": Case(
        works={
            "environment": "Finance Production",
            "app": "aa000000-0000-4000-8000-000000000011",
            "app_display_name": "Expenses (old name)",
            "exclusive": True,
            "assignments": [
                {"user": "lee@contoso.example", "role": "CanEdit"},
                {"group": "Finance Readers", "role": "CanView"},
                {"everyone": True, "role": "CanView"},
            ],
        },
        fails={"environment": "Finance Production", "app": "Nowhere", "everyone": True, "state": "absent"},
    ),
}

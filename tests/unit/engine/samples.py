# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contract tests need to know of a kind: options to try on the contoso tenant. A new kind adds its row."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import CREATE, DELETE, UPDATE
from tests.unit.engine import flows
from tests.unit.engine.conftest import (
    ADA,
    AMERICAS,
    BOT_APPLICATION,
    BROKEN,
    BROKEN_PACKAGE,
    CALCULATOR,
    CLAIMS,
    DATABASE,
    EMEA,
    EXPENSES,
    EXPENSES_ROW,
    FINANCE,
    FORMER,
    JOERG,
    KIM,
    LEE,
    LOU,
    MAILBOX,
    MAKERS,
    NEW_PACKAGE,
    NOTHING,
    OFF,
    OUTDATED,
    PLAIN,
    READERS,
    RECEIPTS,
    RESEARCH,
    RUNNER_APPLICATION,
    RUNNING,
    SALES,
    SALES_WEST,
    SANDBOX,
    SANDBOX_CLAIMS,
    SANDBOX_EXPENSES,
    SANDBOX_EXPENSES_ROW,
    SANDBOX_FLOW,
    SECRET,
    SUBSCRIPTION,
    SUSPENDED,
    TOOL_APPLICATION,
    TRIAL,
    UP_TO_DATE,
    WAREHOUSE,
    WAREHOUSE_ROW,
)

Json = dict[str, Any]


class Sample(NamedTuple):
    """Options of a kind. Things are named by ids; no two of `differs`, `matches` and `variation` are one thing.

    differs: in Finance Production, and not so in the contoso tenant. matches: in Finance Production, and so already.
    variation: in Finance Sandbox, and not so. names: in place of the ids of `differs`, the display names.
    contradicts: the thing of `differs`, and cannot be true as well.
    steps: the life of one thing: declarations in a row, each of which takes one write of that action.
    missing: things that should be there and are not, named by `option`: by id, and by display name. Empty where the
    kind makes what is missing.
    unparsable: never right, found without asking anybody; None where the argument spec finds everything.
    refused: in Finance Production, and what a plan refuses once the thing has been read: nothing is written then.
    fails_alone: as well, but for reasons that are none of the declaration; None where there are no such.
    client: who may do all of it.
    reads: a pattern of the paths by which the thing of `variation` is read, and no other one; "" for those of its
    environment.
    tells_names: whether the service says what principals are called.
    """

    differs: Json
    matches: Json
    variation: Json
    names: Json
    contradicts: Json
    steps: tuple[tuple[str, Json], ...]
    missing: tuple[Json, ...] = ()
    unparsable: Json | None = None
    refused: tuple[Json, ...] = ()
    fails_alone: Json | None = None
    client: str = "runner"
    reads: str = ""
    tells_names: bool = True


_EXPENSES = {"environment": FINANCE, "app": EXPENSES}
_RUNNING = {"environment": FINANCE, "flow": RUNNING}
_DATABASE = {"environment": FINANCE, "connection": DATABASE}
_CLAIMS = {"environment": FINANCE, "connector": CLAIMS}
_LEE = {"user": LEE, "role": "CanView"}
_SHARES = {"assignments": [_LEE, {"group": READERS, "role": "CanViewWithShare"}, {"everyone": True, "role": "CanView"}]}
_BOTH_WAYS = {"user": KIM, "state": "absent", "exclusive": True}
_BLOB = {
    "environment": FINANCE,
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
    "secret_parameters": {"accessKey": SECRET},
}
_DEFINITION = {
    "swagger": "2.0",
    "info": {"title": "Travel", "version": "1.0"},
    "host": "travel.contoso.example",
    "basePath": "/",
    "schemes": ["https"],
    "paths": {"/trips": {"get": {"operationId": "ListTrips", "responses": {"200": {"description": "Trips"}}}}},
}
# With an id, so that a result names it before it is there and after it is gone.
_TRAVEL = {
    "environment": FINANCE,
    "connector_id": "b1000000-0000-4000-8000-0000000000aa",
    "name": "cr736_5Ftravel",
    "display_name": "Travel",
    "openapi_definition": _DEFINITION,
}
_APPROVAL = {"environment": FINANCE, "flow": flows.APPROVAL}
_TRAVEL_FLOW = {"environment": FINANCE, "flow": "Travel approval", "definition": flows.DEFINITION}
_CLAIMS_ROW = {"environment": FINANCE, "name": "cr736_5Fexpenses"}
_SETTINGS = {
    "environment": FINANCE,
    "path": "/environmentmanagement/environments/{environment}/settings",
    "read_at": "objectResult.0",
}
_FOUND_GROUP = {"path": "/environmentmanagement/environmentGroups", "where": {"displayName": "Field teams"}}
_GROUP = {
    "find": _FOUND_GROUP,
    "body": {"displayName": "Field teams", "description": "Those who travel"},
    "update_method": "put",
}
_BLOB_ABSENT = {"environment": FINANCE, "connector": "shared_azureblob", "key": "receipts", "state": "absent"}
_PAYG = {
    "billing_policy": "payg-new",
    "location": "europe",
    "subscription_id": SUBSCRIPTION,
    "resource_group": "rg-new",
}
_OUTDATED = {"environment": FINANCE, "application_package": OUTDATED}

SAMPLES: dict[str, Sample] = {
    "application_package": Sample(
        differs={**_OUTDATED, "state": "latest"},
        matches={"environment": FINANCE, "application_package": UP_TO_DATE},
        variation={"environment": SANDBOX, "application_package": NEW_PACKAGE},
        names={"environment": "Finance Production"},
        contradicts=_OUTDATED,
        steps=(
            (CREATE, {"environment": FINANCE, "application_package": "Project Operations"}),
            (UPDATE, {**_OUTDATED, "state": "latest"}),
            (UPDATE, {"environment": FINANCE, "application_package": BROKEN_PACKAGE}),
        ),
        missing=(
            {"environment": FINANCE, "application_package": "msdyn_Nothing"},
            {"environment": FINANCE, "application_package": "No such thing"},
        ),
        unparsable={"environment": FINANCE, "application_package": " "},
        # A title of two.
        refused=({"environment": FINANCE, "application_package": "Field Service"},),
    ),
    "billing_policy": Sample(
        differs={"billing_policy": EMEA, "status": "Disabled"},
        matches={"billing_policy": AMERICAS, "status": "Disabled", "location": "UnitedStates", "environments": []},
        variation={"billing_policy": TRIAL, "environments": [PLAIN]},
        names={"billing_policy": "payg-emea"},
        contradicts={"billing_policy": EMEA, "status": "Enabled"},
        steps=(
            (CREATE, _PAYG),
            (UPDATE, {**_PAYG, "environments": ["Plain Canvas", SANDBOX.upper()]}),
            (UPDATE, {**_PAYG, "environments": [], "exclusive": True}),
            (UPDATE, {**_PAYG, "status": "Disabled"}),
            (DELETE, {"billing_policy": "payg-new", "state": "absent"}),
        ),
        unparsable={"billing_policy": "payg-emea", "name": "payg-europe"},
        refused=(
            # An id that nobody has, new without a location, what never changes, a name of two, what another pays for.
            {"billing_policy": NOTHING, "status": "Enabled"},
            {"billing_policy": "payg-new"},
            {"billing_policy": EMEA, "location": "unitedstates"},
            {**_PAYG, "environments": ["Sales"]},
            {**_PAYG, "environments": [SALES_WEST]},
            {"billing_policy": EMEA, "name": "payg-us"},
        ),
        reads=TRIAL,
    ),
    "connection": Sample(
        differs=_BLOB,
        matches={
            "environment": FINANCE,
            "connector": "shared_sql",
            "connection_id": DATABASE,
            "display_name": "Ledger database",
            "parameters": {"server": "sql.contoso.example", "database": "ledger"},
        },
        variation={
            "environment": SANDBOX,
            "connector": "shared_sql",
            "display_name": "Ledger",
            "parameters": {"server": "sql.contoso.example", "database": "ledger-dev"},
            "secret_parameters": {"password": SECRET},
        },
        names={"environment": "Finance Production"},
        contradicts={**_BLOB, "display_name": "Another name"},
        steps=(
            (CREATE, _BLOB),
            (UPDATE, {**_BLOB, "display_name": "Renamed"}),
            (UPDATE, {**_BLOB, "display_name": "Renamed", "parameters": {"accountName": "archive2"}}),
            (DELETE, _BLOB_ABSENT),
        ),
        unparsable={"environment": FINANCE, "connector": "SQL Server", "display_name": "Ledger"},
        refused=(
            # One of another connector, one that nobody may name like that, and one without a name.
            {"environment": FINANCE, "connector": "shared_azureblob", "connection_id": MAILBOX, "state": "absent"},
            {"environment": FINANCE, "connector": "shared_sql", "connection_id": NOTHING, "display_name": "Ledger"},
            {"environment": FINANCE, "connector": "shared_sql", "connection_id": "ab" * 16},
        ),
        # Kim's.
        fails_alone={
            "environment": FINANCE,
            "connector": "shared_office365",
            "connection_id": MAILBOX,
            "display_name": "Mine now",
        },
    ),
    "connection_role": Sample(
        differs={**_DATABASE, **_SHARES},
        matches={**_DATABASE, "connection": BROKEN, "user": KIM, "role": "CanView"},
        variation={"environment": SANDBOX, "connection": RECEIPTS, **_LEE},
        names={"environment": "Finance Production", "connection": "Ledger database"},
        contradicts={**_DATABASE, "user": LEE, "role": "CanEdit"},
        steps=(
            (UPDATE, {**_DATABASE, **_LEE}),
            (UPDATE, {**_DATABASE, "user": LEE, "role": "CanEdit"}),
            (UPDATE, {**_DATABASE, "user": LEE, "state": "absent"}),
        ),
        missing=({**_DATABASE, **_LEE, "connection": NOTHING}, {**_DATABASE, **_LEE, "connection": "No such thing"}),
        unparsable={**_DATABASE, **_BOTH_WAYS},
        refused=({**_DATABASE, "user": ADA, "role": "CanView"},),
    ),
    "custom_connector": Sample(
        differs={**_CLAIMS_ROW, "description": "Claims of all branches", "owner_team": "Finance Makers"},
        matches={
            "environment": FINANCE,
            "connector_id": WAREHOUSE_ROW,
            "name": "cr736_5Fwarehouse",
            "display_name": "Warehouse",
        },
        variation={
            "environment": SANDBOX,
            "connector_id": SANDBOX_EXPENSES_ROW,
            "openapi_definition": {**_DEFINITION, "host": "travel-dev.contoso.example"},
        },
        names={"environment": "Finance Production"},
        contradicts={**_CLAIMS_ROW, "description": "Other words"},
        steps=(
            (CREATE, _TRAVEL),
            (UPDATE, {**_TRAVEL, "display_name": "Journeys", "icon_brand_color": "#123456"}),
            (UPDATE, {**_TRAVEL, "display_name": "Journeys", "owner_user": "kim@contoso.example"}),
            (DELETE, {**_TRAVEL, "state": "absent"}),
        ),
        unparsable={**_TRAVEL, "openapi_definition": {**_DEFINITION, "swagger": "3.0"}},
        refused=(
            # New without a definition, renamed, one name for two, and owners that nobody knows.
            {**_TRAVEL, "openapi_definition": None},
            {"environment": FINANCE, "connector_id": EXPENSES_ROW, "name": "cr736_5Fclaims"},
            {"environment": FINANCE, "display_name": "Rates", "description": "Which of them?"},
            {**_CLAIMS_ROW, "owner_team": "No Such Team"},
            {**_CLAIMS_ROW, "owner_user": "nobody@contoso.example"},
        ),
        reads=SANDBOX_EXPENSES_ROW,
    ),
    "custom_connector_role": Sample(
        differs={**_CLAIMS, **_SHARES},
        matches={"environment": FINANCE, "connector": WAREHOUSE, "user": FORMER, "role": "CanView"},
        variation={"environment": SANDBOX, "connector": SANDBOX_CLAIMS, **_LEE},
        names={"environment": "Finance Production", "connector": "Expenses"},
        contradicts={**_CLAIMS, "user": LEE, "role": "CanEdit"},
        steps=(
            (UPDATE, {**_CLAIMS, **_LEE}),
            (UPDATE, {**_CLAIMS, "user": LEE, "role": "CanEdit"}),
            (UPDATE, {**_CLAIMS, "user": LEE, "state": "absent"}),
        ),
        missing=({**_CLAIMS, **_LEE, "connector": "shared_nothing"}, {**_CLAIMS, **_LEE, "connector": "No such thing"}),
        unparsable={**_CLAIMS, **_BOTH_WAYS},
        refused=({**_CLAIMS, "user": ADA, "role": "CanView"},),
    ),
    "flow": Sample(
        differs={**_APPROVAL, "definition": flows.DEFINITION},
        matches={"environment": FINANCE, "flow": OFF, "display_name": "Month end report"},
        variation={"environment": SANDBOX, "flow": flows.ONBOARDING, "display_name": "Suppliers"},
        names={"environment": "Finance Production", "flow": "Solution approval"},
        contradicts={**_APPROVAL, "definition": flows.OTHER_DEFINITION},
        steps=(
            (CREATE, _TRAVEL_FLOW),
            (UPDATE, {**_TRAVEL_FLOW, "definition": flows.OTHER_DEFINITION}),
            (UPDATE, {"environment": FINANCE, "flow": "Travel approval", "owner_team": "Finance Makers"}),
            (DELETE, {"environment": FINANCE, "flow": "Travel approval", "state": "absent"}),
        ),
        unparsable={**_TRAVEL_FLOW, "definition": {"actions": {}}},
        refused=(
            # New without a definition or by an id, connections in place of references, and in no solution: no route.
            {"environment": FINANCE, "flow": "Travel approval"},
            {"environment": FINANCE, "flow": NOTHING, "definition": flows.DEFINITION},
            {**_APPROVAL, "connection_references": {"a": {"connector": "shared_sql", "connection": DATABASE}}},
            {**_APPROVAL, "owner_user": "nobody@contoso.example"},
            {**_RUNNING, "definition": flows.DEFINITION},
        ),
        reads=f"{flows.ONBOARDING}|{flows.ONBOARDING_ROW}",
    ),
    "flow_owners": Sample(
        differs={**_RUNNING, "assignments": [{"user": LEE}, {"group": SALES}]},
        matches={"environment": FINANCE, "flow": flows.BUTTON, "user": LOU},
        variation={"environment": SANDBOX, "flow": SANDBOX_FLOW, "user": LEE},
        names={"environment": "Finance Production", "flow": "Nightly stock export"},
        contradicts={**_RUNNING, "user": LEE, "state": "absent"},
        steps=(
            (UPDATE, {**_RUNNING, "user": LEE}),
            (UPDATE, {**_RUNNING, "assignments": [{"user": LEE}, {"group": MAKERS}], "exclusive": True}),
            (UPDATE, {**_RUNNING, "user": LEE, "state": "absent"}),
        ),
        missing=(
            {"environment": FINANCE, "flow": NOTHING, "user": LEE},
            {"environment": FINANCE, "flow": "No such thing", "user": LEE},
        ),
        unparsable={**_RUNNING, **_BOTH_WAYS},
        refused=({**_RUNNING, "user": ADA, "state": "absent"},),
        tells_names=False,
    ),
    "flow_run_only_users": Sample(
        differs={**_RUNNING, "assignments": [{"user": JOERG}, {"group": MAKERS}]},
        matches={"environment": FINANCE, "flow": flows.BUTTON, "user": LEE},
        variation={"environment": SANDBOX, "flow": SANDBOX_FLOW, "user": LEE},
        names={"environment": "Finance Production", "flow": "Nightly stock export"},
        contradicts={**_RUNNING, "user": JOERG, "state": "absent"},
        steps=(
            (UPDATE, {**_RUNNING, "user": LEE}),
            (UPDATE, {**_RUNNING, "assignments": [{"user": LEE}, {"group": MAKERS}], "exclusive": True}),
            (UPDATE, {**_RUNNING, "user": LEE, "state": "absent"}),
        ),
        missing=(
            {"environment": FINANCE, "flow": NOTHING, "user": LEE},
            {"environment": FINANCE, "flow": "No such thing", "user": LEE},
        ),
        unparsable={**_RUNNING, **_BOTH_WAYS},
        refused=({**_RUNNING, "user": ADA},),
        tells_names=False,
    ),
    "flow_state": Sample(
        differs={**_RUNNING, "state": "stopped"},
        matches={"environment": FINANCE, "flow": OFF, "state": "stopped"},
        variation={"environment": SANDBOX, "flow": SANDBOX_FLOW, "state": "started"},
        names={"environment": "Finance Production", "flow": "Nightly stock export"},
        contradicts={**_RUNNING, "state": "started"},
        steps=((UPDATE, {**_RUNNING, "state": "stopped"}), (UPDATE, {**_RUNNING, "state": "started"})),
        fails_alone={"environment": FINANCE, "flow": SUSPENDED, "state": "started"},
        missing=(
            {"environment": FINANCE, "flow": NOTHING, "state": "stopped"},
            {"environment": FINANCE, "flow": "No such thing", "state": "stopped"},
        ),
    ),
    "management_application": Sample(
        differs={"application_id": BOT_APPLICATION},
        matches={"application_id": RUNNER_APPLICATION},
        variation={"application_id": TOOL_APPLICATION},
        names={"application_id": f" {BOT_APPLICATION.upper()} "},
        contradicts={"application_id": BOT_APPLICATION, "state": "absent"},
        steps=(
            (CREATE, {"application_id": BOT_APPLICATION}),
            (DELETE, {"application_id": BOT_APPLICATION, "state": "absent"}),
        ),
        unparsable={"application_id": "Governance Runner"},
        client="delegated",
    ),
    "power_platform_resource": Sample(
        differs={**_SETTINGS, "body": {"PowerApps_NLSearch": False, "PowerApps_CopilotChat": False}},
        matches={
            "environment": FINANCE,
            "path": "/environmentmanagement/environments/{environment}",
            "body": {"displayName": "Finance Production", "id": FINANCE.upper()},
        },
        variation={**_SETTINGS, "environment": SANDBOX, "body": {"PowerApps_NLSearch": False}},
        names={"environment": "Finance Production"},
        contradicts={**_SETTINGS, "body": {"PowerApps_NLSearch": True}},
        steps=(
            (CREATE, _GROUP),
            (UPDATE, {**_GROUP, "body": {"displayName": "Field teams", "description": "Those who are away"}}),
            (DELETE, {"find": _FOUND_GROUP, "state": "absent"}),
        ),
        unparsable={**_SETTINGS, "path": "environmentmanagement/environments/{environment}/settings"},
        refused=(
            # Missing, and nothing to make it of; two that fit; a part of the answer that is not there.
            {"environment": FINANCE, "path": "/licensing/environments/{environment}/billingPolicy"},
            {
                "environment": FINANCE,
                "find": {
                    "path": "/appmanagement/environments/{environment}/applicationPackages",
                    "where": {"localizedName": "Field Service"},
                },
            },
            {**_SETTINGS, "read_at": "objectResult.1"},
        ),
    ),
    "powerapp": Sample(
        differs={**_EXPENSES, "owner": JOERG, "role_for_old_owner": "CanView"},
        matches={"environment": FINANCE, "app": CALCULATOR, "owner": JOERG},
        variation={"environment": SANDBOX, "app": SANDBOX_EXPENSES, "owner": ADA, "role_for_old_owner": "CanEdit"},
        names={"environment": "Finance Production", "app": "Expenses"},
        contradicts={**_EXPENSES, "owner": KIM},
        steps=(
            (UPDATE, {**_EXPENSES, "owner": JOERG}),
            (UPDATE, {**_EXPENSES, "owner": KIM, "role_for_old_owner": "CanView"}),
            (DELETE, {**_EXPENSES, "state": "absent"}),
        ),
        missing=({**_EXPENSES, "app": NOTHING, "owner": KIM}, {**_EXPENSES, "app": "No such thing", "owner": KIM}),
        unparsable={**_EXPENSES, "owner": KIM, "state": "absent"},
        refused=({**_EXPENSES, "owner": KIM, "protected_principals": [ADA]},),
    ),
    "powerapp_role": Sample(
        differs={**_EXPENSES, **_SHARES},
        matches={
            "environment": FINANCE,
            "app": CALCULATOR,
            "assignments": [{"group": RESEARCH, "role": "CanView"}],
            "exclusive": True,
        },
        variation={"environment": SANDBOX, "app": SANDBOX_EXPENSES, "assignments": [], "exclusive": True},
        names={"environment": "Finance Production", "app": "Expenses"},
        contradicts={**_EXPENSES, "user": LEE, "role": "CanEdit"},
        steps=(
            (UPDATE, {**_EXPENSES, **_LEE}),
            (UPDATE, {**_EXPENSES, "user": LEE, "role": "CanEdit"}),
            (UPDATE, {**_EXPENSES, "user": LEE, "state": "absent"}),
        ),
        missing=({**_EXPENSES, **_LEE, "app": NOTHING}, {**_EXPENSES, **_LEE, "app": "No such thing"}),
        unparsable={**_EXPENSES, **_BOTH_WAYS},
        refused=({**_EXPENSES, "user": ADA, "role": "CanView"},),
    ),
}

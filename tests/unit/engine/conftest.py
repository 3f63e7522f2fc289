# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the engine share: clients of the emulator, declarations as users give them, ids of contoso."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import (
    Request,
    audit,
    converge,
    ensure,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS, Access
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import AVEPOINT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import Outcome, Report
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import (
    application_package,
    billing_policy,
    connection,
    connection_role,
    custom_connector,
    custom_connector_role,
    flow_state,
    management_application,
    powerapp,
    powerapp_role,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import ACTION_KINDS, INFO_KINDS
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator

Json = dict[str, Any]

APP = powerapp_role.KIND
FLOW = flow_state.KIND
OWNED_APP = powerapp.KIND
CONNECTION = connection.KIND
CONNECTION_ROLE = connection_role.KIND
CONNECTOR = custom_connector.KIND
CONNECTOR_ROLE = custom_connector_role.KIND
REGISTRATION = management_application.KIND
POLICY = billing_policy.KIND
PACKAGE = application_package.KIND

# What no result, message, log or representation may hold.
SECRET = "k3y-0f-the-archive-9d1f"


class Impatient(Client):
    """Waits for what goes on as often as any client, and never long; a wait past the deadline is one all the same."""

    def wait(self, seconds: float) -> None:
        super().wait(seconds if seconds >= self.remaining() else min(seconds, 0.01))


QUICK = RetryPolicy(attempts=4, base=0.01, throttle_base=0.01, longest=0.02)
LIMITS = Limits(verify_delays=(0.01, 0.01, 0.01))

FINANCE = "e0000000-0000-4000-8000-000000000001"
SANDBOX = "e0000000-0000-4000-8000-000000000002"
PLAIN = "e0000000-0000-4000-8000-000000000005"
BRAND_NEW = "e0000000-0000-4000-8000-000000000006"
COPILOT = "e0000000-0000-4000-8000-000000000007"  # closed to administrators of custom connectors
MOTHBALLED = "e0000000-0000-4000-8000-000000000008"  # disabled
NOWHERE = "eeeeeeee-0000-4000-8000-000000000001"
NOTHING = "dddddddd-0000-4000-8000-000000000001"

EXPENSES = "aa000000-0000-4000-8000-000000000011"
APPROVALS = ("aa000000-0000-4000-8000-000000000012", "aa000000-0000-4000-8000-000000000013")
CALCULATOR = "aa000000-0000-4000-8000-000000000014"
TIMESHEETS = "aa000000-0000-4000-8000-000000000015"
LEDGER = "aa000000-0000-4000-8000-000000000016"  # in a solution; its owner is gone
SANDBOX_EXPENSES = "aa000000-0000-4000-8000-000000000021"

RUNNING = "f0000000-0000-4000-8000-000000000011"
OFF = "f0000000-0000-4000-8000-000000000012"
SUSPENDED = "f0000000-0000-4000-8000-000000000013"
UNBOUND = "f0000000-0000-4000-8000-000000000016"
SANDBOX_FLOW = "f0000000-0000-4000-8000-000000000021"
INTAKE = "f0000000-0000-4000-8000-000000000027"  # in the sandbox, of Ada; an HTTP request starts it
# Its runs, newest first.
GOING_ON, REPETITION, ENDED, REPEATED, FAILED_RUN, DONE, WAITING = (
    f"08585000000000000{number}000000000000CU01" for number in range(101, 108)
)

DATABASE = "d0000000000000000000000000000001"  # of Ada
UNSHARED = "d0000000000000000000000000000002"
BROKEN = "d0000000000000000000000000000003"
MAILBOX = "d0000000000000000000000000000004"
AUTOMATION = "d0000000000000000000000000000006"  # of the runner
RECEIPTS = "d0000000000000000000000000000021"  # in the sandbox

CLAIMS = "shared_expenses-5f0629412a7d1fe83e-5f6f049093c9b7a698"
WAREHOUSE = "shared_warehouse-5f0629412a7d1fe83e-5f11c0de00000000aa"
SANDBOX_CLAIMS = "shared_expenses-5f0629412a7d1fe83e-5f6f049093c9b7a6b2"

# Billing policies: one that pays for both environments called Sales, one that is disabled, one that pays for nothing.
EMEA, AMERICAS, TRIAL = (f"bb000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
SALES_EAST, SALES_WEST = "e0000000-0000-4000-8000-000000000003", "e0000000-0000-4000-8000-000000000004"
SUBSCRIPTION = "5b000000-0000-4000-8000-000000000001"

# Application packages of Finance Production: up to date, behind the catalogue, failed, never installed.
UP_TO_DATE, OUTDATED = "msdyn_ApprovalsAnchor", "msdyn_FieldServiceAnchor"
BROKEN_PACKAGE, NEW_PACKAGE = "msdyn_CustomerVoiceAnchor", "msdyn_ProjectOperationsAnchor"

# Custom connectors as rows of Dataverse, and the organisation of Finance Production.
FINANCE_URL = "https://contosofin.crm4.dynamics.com"
EXPENSES_ROW = "b1000000-0000-4000-8000-000000000001"
WAREHOUSE_ROW = "b1000000-0000-4000-8000-000000000002"
RATES_ROWS = ("b1000000-0000-4000-8000-000000000003", "b1000000-0000-4000-8000-000000000004")
SANDBOX_EXPENSES_ROW = "b1000000-0000-4000-8000-000000000021"

# Of the Power Platform API: its environment groups, and one of them ("Personal") that has nothing in it.
GROUPS = "/environmentmanagement/environmentGroups"
GROUP = "e9000000-0000-4000-8000-000000000003"

ADA = "a0000000-0000-4000-8000-000000000001"
KIM = "a0000000-0000-4000-8000-000000000002"
LEE = "a0000000-0000-4000-8000-000000000003"
JOERG = "a0000000-0000-4000-8000-000000000004"
LOU = "a0000000-0000-4000-8000-00000000000a"  # soft-deleted
GONE = "a0000000-0000-4000-8000-0000000000ff"
FORMER = "a0000000-0000-4000-8000-0000000000fe"
DANA = "a0000000-0000-4000-8000-000000000009"  # disabled
READERS = "b0000000-0000-4000-8000-000000000001"
MAKERS = "b0000000-0000-4000-8000-000000000002"
SALES = "b0000000-0000-4000-8000-000000000003"
RESEARCH = "b0000000-0000-4000-8000-000000000008"
RUNNER = "c0000000-0000-4000-8000-000000000001"
BOT = "c0000000-0000-4000-8000-000000000006"
BOT_APPLICATION = "c1000000-0000-4000-8000-000000000006"
RUNNER_APPLICATION = "c1000000-0000-4000-8000-000000000001"
TOOL_APPLICATION = "c1000000-0000-4000-8000-000000000002"


def client(
    emulator: Emulator,
    name: str = "runner",
    *,
    read_only: bool = False,
    deadline: float | None = None,
    policy: RetryPolicy = QUICK,
    access: Access = MICROSOFT_ACCESS,
    **options: Any,
) -> Client:
    """A client of the emulator, logged in as one of the clients of its tenant file."""
    given = {"base_url": emulator.base_url, "ca_path": emulator.ca_path, "timeout": 20}
    if access is AVEPOINT_ACCESS:
        own = emulator.avepoint(name)
        given.update(data_center="we", client_id=own["client_id"], client_secret=own["client_secret"])
    elif "access_tokens" not in options:
        given.update(emulator.credentials(name))
    settings = access.login({**given, **options}, {})
    return Impatient(
        settings.connection,
        settings.cloud,
        settings.tokens,
        read_only=read_only,
        deadline=deadline,
        policy=policy,
        redact=settings.redactor,
        expected_tenant_id=settings.expected_tenant_id,
        versions=settings.versions,
    )


def declared(kind: AnyKind | ActionKind, **options: Any) -> Json:
    """The options as a module hands them on: checked by its argument spec, with its defaults."""
    checks = {name: kind.constraints.get(name) for name in ("mutually_exclusive", "required_one_of", "required_by")}
    checked = ArgumentSpecValidator(dict(kind.options), **checks).validate(options)
    assert not checked.error_messages, checked.error_messages
    return dict(checked.validated_parameters)


def request(kind: AnyKind, **options: Any) -> Request:
    """One declaration of a call."""
    return Request(kind, declared(kind, **options))


def app(app_id: str = EXPENSES, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of role assignments."""
    return request(APP, environment=environment, app=app_id, **options)


def shared(app_id: str, *principals: tuple[str, str], environment: str = FINANCE, **options: Any) -> Request:
    """A declaration that users hold roles: pairs of user and role."""
    rows = [{"user": user, "role": role} for user, role in principals]
    return app(app_id, environment, assignments=rows, **options)


def flow(flow_id: str, state: str, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of a flow's state."""
    return request(FLOW, environment=environment, flow=flow_id, state=state, **options)


def owned(app_id: str, owner: str | None = None, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of an app and its owner."""
    return request(OWNED_APP, environment=environment, app=app_id, owner=owner, **options)


def blob(key: str = "receipts", environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of a connection that is made with a key, and so works at once."""
    wanted = {"display_name": "Receipts archive", "parameters": {"accountName": "archive"}, **options}
    if "connection_id" not in wanted:
        wanted["key"] = key
    if wanted.get("state") != "absent":
        wanted.setdefault("secret_parameters", {"accessKey": SECRET})
    return request(CONNECTION, environment=environment, connector="shared_azureblob", **wanted)


def connection_roles(connection: str, *assignments: Json, **options: Any) -> Request:
    """A declaration of role assignments of a connection."""
    wanted = {"environment": FINANCE, "connection": connection, **options}
    return request(CONNECTION_ROLE, **wanted, assignments=list(assignments))


def blob_id(emulator: Emulator) -> str:
    """The id that the connection of `blob()` has, or will have."""
    kind, options = blob()
    return str(kind.locate(kind.parse(options), Thing(FINANCE, "", {}), Caller(emulator.tenant_id, "", "", "")))


def run(emulator: Emulator, *requests: Request, name: str = "runner", limits: Limits = LIMITS) -> Report:
    """Converges with a new client, as a task does."""
    return converge(requests, client(emulator, name), limits)


def plan(emulator: Emulator, *requests: Request, name: str = "runner") -> Report:
    """Converges in check mode."""
    return converge(requests, client(emulator, name, read_only=True), LIMITS)


def check(emulator: Emulator, *requests: Request, name: str = "runner") -> Report:
    """Audits."""
    return audit(requests, client(emulator, name, read_only=True), LIMITS)


def one(emulator: Emulator, wanted: Request, name: str = "runner") -> Outcome:
    """Ensures one thing."""
    return ensure(wanted.kind, wanted.options, client(emulator, name), LIMITS)


def ask(emulator: Emulator, name: str, who: str = "runner", *, deadline: float | None = None, **options: Any) -> Json:
    """What a kind of question answers; its options as its module hands them on."""
    kind = INFO_KINDS[name]
    checked = ArgumentSpecValidator(dict(kind.options)).validate(options)
    assert not checked.error_messages, checked.error_messages
    asking = client(emulator, who, read_only=True, deadline=deadline, access=kind.access)
    return kind.read(asking, checked.validated_parameters)


def deed(
    emulator: Emulator,
    name: str,
    who: str = "delegated",
    *,
    read_only: bool = False,
    deadline: float | None = None,
    delays: Sequence[float] = (0.01, 0.01, 0.01),
    **options: Any,
) -> Json:
    """What a kind that does something once makes of its options."""
    kind = ACTION_KINDS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "verify_delays", delays)
        wanted = declared(kind, **options)
        return kind.act(client(emulator, who, read_only=read_only, deadline=deadline), wanted)


def half_a_user(emulator: Emulator) -> Client:
    """A user for what tells environments, and an application for flows: whose flows are listed says nothing yet."""
    flows = emulator.token("https://service.flow.microsoft.com//.default", "runner")
    return client(emulator, access_tokens={"bap": emulator.token(client="delegated"), "flow": flows})


def paid(policy: str = "payg-new", **options: Any) -> Request:
    """A declaration of a billing policy; of a new one with all that it takes."""
    new = {"location": "europe", "subscription_id": SUBSCRIPTION, "resource_group": "rg-power-platform"}
    return request(POLICY, billing_policy=policy, **{**(new if policy.lower() == "payg-new" else {}), **options})


def package(name: str = NEW_PACKAGE, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of an application package."""
    return request(PACKAGE, environment=environment, application_package=name, **options)


def rows(report: Report, requests: Sequence[Request]) -> list[Json]:
    """What users see of every declaration."""
    return [outcome.as_json() for outcome, wanted in zip(report.outcomes, requests, strict=True)]


def statuses(report: Report) -> list[str]:
    return [outcome.status for outcome in report.outcomes]


def things(emulator: Emulator, part: str) -> dict[str, Json]:
    """All `apps`, `flows`, `connections` or `connectors` of the tenant now, by id, those that were deleted left out."""
    return {
        found["id"]: found
        for environment in emulator.tenant()["environments"]
        for found in environment.get(part, ())
        if not (found.get("deleted") or found.get("deleted_at"))
    }


def roles_of(emulator: Emulator, thing_id: str, part: str = "apps") -> dict[str, str]:
    """Who holds which role on a thing now, the owner included; `everyone` is a principal of its own."""
    return {entry["principal"]: entry["role"] for entry in things(emulator, part)[thing_id].get("roles", ())}


def state_of(emulator: Emulator, flow_id: str) -> str:
    """The state of a flow now."""
    return str(things(emulator, "flows")[flow_id].get("state", "Started"))


def services_asked(emulator: Emulator) -> set[str]:
    """Which services were asked for anything; logging in does not count."""
    return {entry["service"] for entry in emulator.log()} - {"login"}


@pytest.fixture(scope="module")
def generated() -> Iterator[Emulator]:
    """A larger tenant: two environments with ten apps of five roles and sixty flows each."""
    with Emulator.start("--generate", "environments=2,apps=10,flows=60,users=60,groups=5") as running:
        yield running

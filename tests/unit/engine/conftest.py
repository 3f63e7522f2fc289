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
    Limits,
    Request,
    audit,
    converge,
    ensure,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import Outcome, Report
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import flow_state, powerapp_role
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator

Json = dict[str, Any]

APP = powerapp_role.KIND
FLOW = flow_state.KIND

QUICK = RetryPolicy(attempts=4, base=0.01, throttle_base=0.01, longest=0.02)
LIMITS = Limits(verify_delays=(0.01, 0.01, 0.01))

FINANCE = "e0000000-0000-4000-8000-000000000001"
SANDBOX = "e0000000-0000-4000-8000-000000000002"
PLAIN = "e0000000-0000-4000-8000-000000000005"
BRAND_NEW = "e0000000-0000-4000-8000-000000000006"
NOWHERE = "eeeeeeee-0000-4000-8000-000000000001"
NOTHING = "dddddddd-0000-4000-8000-000000000001"

EXPENSES = "aa000000-0000-4000-8000-000000000011"
APPROVALS = ("aa000000-0000-4000-8000-000000000012", "aa000000-0000-4000-8000-000000000013")
CALCULATOR = "aa000000-0000-4000-8000-000000000014"
TIMESHEETS = "aa000000-0000-4000-8000-000000000015"
SANDBOX_EXPENSES = "aa000000-0000-4000-8000-000000000021"

RUNNING = "f0000000-0000-4000-8000-000000000011"
OFF = "f0000000-0000-4000-8000-000000000012"
SUSPENDED = "f0000000-0000-4000-8000-000000000013"
UNBOUND = "f0000000-0000-4000-8000-000000000016"
SANDBOX_FLOW = "f0000000-0000-4000-8000-000000000021"

ADA = "a0000000-0000-4000-8000-000000000001"
KIM = "a0000000-0000-4000-8000-000000000002"
LEE = "a0000000-0000-4000-8000-000000000003"
JOERG = "a0000000-0000-4000-8000-000000000004"
LOU = "a0000000-0000-4000-8000-00000000000a"  # soft-deleted
GONE = "a0000000-0000-4000-8000-0000000000ff"
READERS = "b0000000-0000-4000-8000-000000000001"
MAKERS = "b0000000-0000-4000-8000-000000000002"
SALES = "b0000000-0000-4000-8000-000000000003"
RESEARCH = "b0000000-0000-4000-8000-000000000008"
RUNNER = "c0000000-0000-4000-8000-000000000001"
BOT = "c0000000-0000-4000-8000-000000000006"
BOT_APPLICATION = "c1000000-0000-4000-8000-000000000006"


def client(
    emulator: Emulator,
    name: str = "runner",
    *,
    read_only: bool = False,
    deadline: float | None = None,
    policy: RetryPolicy = QUICK,
    **options: Any,
) -> Client:
    """A client of the emulator, logged in as one of the clients of its tenant file."""
    given = {"base_url": emulator.base_url, "ca_path": emulator.ca_path, "timeout": 20}
    if "access_tokens" not in options:
        given.update(emulator.credentials(name))
    settings = login({**given, **options}, {})
    return Client(
        settings.connection,
        settings.cloud,
        settings.tokens,
        read_only=read_only,
        deadline=deadline,
        policy=policy,
        redact=settings.redactor,
        expected_tenant_id=settings.expected_tenant_id,
    )


def declared(kind: AnyKind, **options: Any) -> Json:
    """The options as a module hands them on: checked by its argument spec, with its defaults."""
    checks = {name: kind.constraints.get(name) for name in ("mutually_exclusive", "required_one_of")}
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


def rows(report: Report, requests: Sequence[Request]) -> list[Json]:
    """What users see of every declaration."""
    return [outcome.as_json(wanted.kind) for outcome, wanted in zip(report.outcomes, requests, strict=True)]


def statuses(report: Report) -> list[str]:
    return [outcome.status for outcome in report.outcomes]


def roles_of(emulator: Emulator, app_id: str) -> dict[str, str]:
    """Who holds which role on an app now, the owner included; `everyone` is a principal of its own."""
    for environment in emulator.tenant()["environments"]:
        for found in environment.get("apps", ()):
            if found["id"] == app_id:
                return {entry["principal"]: entry["role"] for entry in found.get("roles", ())}
    raise AssertionError(f"no app {app_id}")


def state_of(emulator: Emulator, flow_id: str) -> str:
    """The state of a flow now."""
    for environment in emulator.tenant()["environments"]:
        for found in environment.get("flows", ()):
            if found["id"] == flow_id:
                return str(found.get("state", "Started"))
    raise AssertionError(f"no flow {flow_id}")


def services_asked(emulator: Emulator) -> set[str]:
    """Which services were asked for anything; logging in does not count."""
    return {entry["service"] for entry in emulator.log()} - {"login"}


@pytest.fixture(scope="module")
def generated() -> Iterator[Emulator]:
    """A larger tenant: two environments with ten apps of five roles and sixty flows each."""
    with Emulator.start("--generate", "environments=2,apps=10,flows=60,users=60,groups=5") as running:
        yield running

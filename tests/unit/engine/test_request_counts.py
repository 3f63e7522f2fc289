# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a call takes: the lower bounds that are promised, as numbers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BOT_APPLICATION,
    CONNECTOR,
    EXPENSES,
    FINANCE,
    LEE,
    LIMITS,
    OFF,
    RUNNING,
    app,
    client,
    flow,
    request,
    shared,
    statuses,
)

Json = dict[str, Any]

ENVIRONMENTS = 2
APPS = 10
FLOWS = 60
ROLES = 5


@pytest.fixture
def large(generated: Emulator) -> Emulator:
    generated.reset()
    return generated


def every_app(tenant: Json, *, role: str | None = None, **options: Any) -> list[Request]:
    """All assignments of all apps as they are, or all with another role."""
    found = []
    for environment in tenant["environments"]:
        for item in environment["apps"]:
            rows = [
                {
                    "group"
                    if entry.get("type") == "Group" or entry["principal"].startswith("0000000b")
                    else "user": entry["principal"],
                    "role": role or entry["role"],
                }
                for entry in item["roles"]
                if entry["role"] != "Owner"
            ]
            found.append(app(item["id"], environment["id"], assignments=rows, exclusive=True, **options))
    return found


def every_flow(tenant: Json) -> list[Request]:
    """The state of every flow as it is; of a suspended one, that it shall not run."""
    return [
        flow(item["id"], "started" if item.get("state", "Started") == "Started" else "stopped", environment["id"])
        for environment in tenant["environments"]
        for item in environment["flows"]
    ]


def asked(emulator: Emulator, pattern: str) -> int:
    return sum(1 for entry in emulator.log() if entry["path"].lower().endswith(pattern))


def calls(sender: Client) -> tuple[int, int, int]:
    """Reads, writes and tokens, as the result reports them."""
    found = sender.api_calls
    assert found["throttled"] == 0
    return found["read"], found["write"], found["tokens"]


def test_unchanged_apps_take_one_read_each(large: Emulator) -> None:
    requests = every_app(large.tenant())
    large.clear_log()
    sender = client(large)
    report = converge(requests, sender, LIMITS)
    assert statuses(report) == ["ok"] * (ENVIRONMENTS * APPS)
    # Each environment by its id, the apps of each in one page, the permissions of each app; one audience for both.
    assert calls(sender) == (ENVIRONMENTS + ENVIRONMENTS + ENVIRONMENTS * APPS, 0, 1)
    assert asked(large, "/permissions") == ENVIRONMENTS * APPS
    assert asked(large, "/apps") == ENVIRONMENTS
    summary = large.summary()
    assert (summary["reads"], summary["writes"], summary["tokens"]) == calls(sender)


def test_changed_apps_take_one_write_each_whatever_the_number_of_principals(large: Emulator) -> None:
    tenant = large.tenant()
    requests = every_app(tenant, role="CanViewWithShare", max_removals=0)
    large.clear_log()
    sender = client(large)
    report = converge(requests, sender, LIMITS)
    assert statuses(report) == ["changed"] * (ENVIRONMENTS * APPS)
    assert len(report.drift) > 2 * ENVIRONMENTS * APPS
    assert max(len(entry["body"]["put"]) for entry in large.log(writes=True)) == ROLES
    # As unchanged, and one look at each app after its write.
    assert calls(sender) == (2 * ENVIRONMENTS + 2 * ENVIRONMENTS * APPS, ENVIRONMENTS * APPS, 1)
    assert large.summary()["effects"] == ENVIRONMENTS * APPS
    again = client(large)
    assert statuses(converge(requests, again, LIMITS)) == ["ok"] * (ENVIRONMENTS * APPS)
    assert calls(again) == (2 * ENVIRONMENTS + ENVIRONMENTS * APPS, 0, 1)


def test_many_items_of_one_app_share_its_read_and_its_write(large: Emulator) -> None:
    environment = large.tenant()["environments"][1]
    first = environment["apps"][0]
    held = {entry["principal"] for entry in first["roles"]}
    others = [user["id"] for user in large.tenant()["users"] if user["id"] not in held]
    large.clear_log()
    sender = client(large)
    requests = [shared(first["id"], (user, "CanView"), environment=environment["id"]) for user in others]
    report = converge(requests, sender, LIMITS)
    assert statuses(report) == ["changed"] * len(others)
    assert len(others) > 50
    # Environment, app, permissions before and after.
    assert calls(sender) == (4, 1, 1)


def test_flows_in_bulk_are_never_read_one_by_one(large: Emulator) -> None:
    requests = every_flow(large.tenant())
    large.clear_log()
    sender = client(large)
    report = converge(requests, sender, LIMITS)
    assert statuses(report) == ["ok"] * (ENVIRONMENTS * FLOWS)
    # Each environment by its id and its flows in one page; tokens for the flow service and for environments.
    assert calls(sender) == (2 * ENVIRONMENTS, 0, 2)
    assert asked(large, "/v2/flows") == ENVIRONMENTS
    assert not any("/flows/" in entry["path"] for entry in large.log())


def test_changed_flows_take_one_write_and_one_look_each(large: Emulator) -> None:
    tenant = large.tenant()
    requests = every_flow(tenant)
    environment = tenant["environments"][0]
    running = [item["id"] for item in environment["flows"] if item.get("state", "Started") == "Started"][:7]
    large.change([{"change": "set_flow", "flow": identifier, "state": "Stopped"} for identifier in running])
    large.clear_log()
    sender = client(large)
    report = converge(requests, sender, LIMITS)
    assert statuses(report).count("changed") == 7
    assert calls(sender) == (2 * ENVIRONMENTS + 7, 7, 2)


def test_two_kinds_in_one_call_share_environments_and_tokens(large: Emulator) -> None:
    tenant = large.tenant()
    requests = every_app(tenant) + every_flow(tenant)
    large.clear_log()
    sender = client(large)
    assert set(statuses(converge(requests, sender, LIMITS))) == {"ok"}
    # Environments, a listing of apps and one of flows for each, and the permissions of each app.
    assert calls(sender) == (3 * ENVIRONMENTS + ENVIRONMENTS * APPS, 0, 2)


def test_listings_are_read_to_the_last_page(large: Emulator) -> None:
    requests = every_flow(large.tenant())
    large.faults([{"kind": "page_cap", "max": 25, "match": {"service": "flow"}}])
    large.clear_log()
    sender = client(large)
    assert set(statuses(converge(requests, sender, LIMITS))) == {"ok"}
    assert calls(sender) == (ENVIRONMENTS + ENVIRONMENTS * 3, 0, 2)


def test_many_people_by_name_are_one_request(large: Emulator) -> None:
    environment = large.tenant()["environments"][1]
    people = [user["upn"] for user in large.tenant()["users"]][:40]
    groups = [group["name"] for group in large.tenant()["groups"]]
    rows = [{"user": upn, "role": "CanView"} for upn in people]
    rows += [{"group": name, "role": "CanView"} for name in groups]
    owners = {item["owner"] for item in environment["apps"]}
    free = next(user["id"] for user in large.tenant()["users"] if user["id"] not in owners)
    large.change([{"change": "set_app_owner", "app": environment["apps"][0]["id"], "principal": free}])
    upn = next(user["upn"] for user in large.tenant()["users"] if user["id"] == free)
    large.clear_log()
    sender = client(large, read_only=True)
    rows = [row for row in rows if row.get("user") != upn]
    report = converge([app(environment["apps"][0]["id"], environment["id"], assignments=rows)], sender, LIMITS)
    assert statuses(report) == ["planned"]
    assert [entry["path"] for entry in large.log(service="graph")] == ["/v1.0/$batch"]
    assert len(large.log(service="graph")[0]["body"]["requests"]) == 4  # at most 15 names in a filter
    assert calls(sender) == (4, 0, 2)


def test_one_unchanged_task(emulator: Emulator) -> None:
    """By ids: environment, thing, and what the thing's own record does not tell."""
    for wanted, reads, tokens in (
        (flow(OFF, "stopped"), 2, 2),
        (shared(EXPENSES, ("a0000000-0000-4000-8000-000000000002", "CanEdit")), 3, 1),
        (app(application_id=BOT_APPLICATION, role="CanView"), 4, 2),
    ):
        sender = client(emulator)
        assert statuses(converge([wanted], sender, LIMITS)) == ["ok"]
        assert calls(sender) == (reads, 0, tokens)


def test_one_changed_task(emulator: Emulator) -> None:
    for wanted, reads, tokens in ((flow(RUNNING, "stopped"), 3, 2), (shared(EXPENSES, (LEE, "CanView")), 4, 1)):
        sender = client(emulator)
        assert statuses(converge([wanted], sender, LIMITS)) == ["changed"]
        assert calls(sender) == (reads, 1, tokens)


def test_names_cost_one_listing_for_each_level(emulator: Emulator) -> None:
    sender = client(emulator)
    assert statuses(converge([flow("Month end report", "stopped", "Finance Production")], sender, LIMITS)) == ["ok"]
    assert calls(sender) == (2, 0, 2)
    assert [entry["path"].rpartition("/")[2] for entry in emulator.log() if entry["service"] != "login"] == [
        "environments",
        "flows",
    ]


def test_an_environment_named_in_two_ways_is_listed_once(emulator: Emulator) -> None:
    sender = client(emulator)
    requests = [flow("Month end report", "stopped", "Finance Production"), flow("Unbound import", "stopped", FINANCE)]
    assert statuses(converge(requests, sender, LIMITS)) == ["ok", "ok"]
    assert calls(sender) == (2, 0, 2)


def test_connectors_of_an_organisation_cost_one_listing_and_a_read_each(emulator: Emulator) -> None:
    """Their documents are read one by one, and the environment once; BAP and the organisation want a token each."""
    names = ("cr736_5Fexpenses", "cr736_5Frates", "cr736_5Fwarehouse")
    requests = [request(CONNECTOR, environment=FINANCE, name=name, description="New words") for name in names]
    sender = client(emulator)
    assert statuses(converge(requests, sender, LIMITS)) == ["changed"] * 3
    assert calls(sender) == (1 + 1 + 3 + 3, 3, 2)
    sender = client(emulator)
    assert statuses(converge(requests, sender, LIMITS)) == ["ok"] * 3
    assert calls(sender) == (1 + 1 + 3, 0, 2)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that nobody signed in to, and secrets: written when they have to be, shown nowhere."""

from __future__ import annotations

import hashlib
import json
import traceback
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED, Report
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    CONNECTION,
    FINANCE,
    RUNNER,
    SECRET,
    blob,
    check,
    one,
    plan,
    request,
    run,
    statuses,
    things,
)

Json = dict[str, Any]

# One of the runner's that was not touched for years.
OLD: Json = {
    "id": "0123456789abcdef" * 2,
    "connector": "shared_azureblob",
    "name": "Receipts archive",
    "creator": RUNNER,
    "parameters": {"accountName": "archive"},
    "modified": "2020-01-01T00:00:00.0000000Z",
}
OTHER_SECRET = "an0ther-k3y-of-the-archive"


def mailbox(**options: Any) -> Request:
    """A connection of a connector that needs a person's consent."""
    return request(
        CONNECTION,
        environment=FINANCE,
        connector="shared_office365",
        key="mailbox",
        display_name="Team mailbox",
        **options,
    )


def made(emulator: Emulator, name: str = "Receipts archive") -> Json:
    [found] = [item for item in things(emulator, "connections").values() if item["name"] == name]
    return found


def written(emulator: Emulator) -> str:
    """The digest of the secret that the service holds."""
    return str(made(emulator)["secrets"]["accessKey"])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def with_secret(value: str, **options: Any) -> Request:
    return blob(secret_parameters={"accessKey": value}, **options)


# -- consent -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "way_out"),
    [("delegated", "Ada Example has to sign in"), ("runner", "An application cannot consent")],
)
def test_a_connection_that_needs_consent_is_made_once_and_says_who_has_to_sign_in(
    emulator: Emulator, client: str, way_out: str
) -> None:
    first = one(emulator, mailbox(), client)
    assert (first.status, first.changed, first.verified) == (FAILED, True, False)
    assert isinstance(first.error, GuardError)
    assert way_out in first.error.message
    assert first.as_json()["resource"]["state"] == "present"
    second = one(emulator, mailbox(), client)
    assert (second.status, second.changed, second.verified) == (FAILED, False, None)
    assert str(second.error) == str(first.error)
    assert len(emulator.log(writes=True)) == 1
    assert statuses(check(emulator, mailbox(), name=client)) == [PLANNED]
    assert plan(emulator, mailbox(), name=client).outcomes[0].status == FAILED
    known = made(emulator, "Team mailbox")["id"]
    emulator.change([{"change": "set_connection", "connection": known, "status": "Connected"}])
    assert one(emulator, mailbox(), client).status == OK


def test_it_can_be_accepted_with_a_warning(emulator: Emulator) -> None:
    wanted = mailbox(require_connected=False)
    for status in (CHANGED, OK):
        outcome = one(emulator, wanted)
        assert (outcome.status, outcome.error) == (status, None)
        [warning] = outcome.as_json()["warnings"]
        assert "is not connected" in warning
    assert len(emulator.log(writes=True)) == 1


def test_one_that_broke_fails_alone_and_holds_up_nothing(emulator: Emulator) -> None:
    broken = request(
        CONNECTION, environment=FINANCE, connector="shared_sql", connection_id="d0000000000000000000000000000003"
    )
    report = run(emulator, broken, blob())
    assert statuses(report) == [FAILED, CHANGED]
    assert "AADSTS50173" in str(report.outcomes[0].error)


def test_a_good_secret_heals_it(emulator: Emulator) -> None:
    one(emulator, blob())
    broken = {"status": "Error", "error_code": "Unauthorized", "error_message": "The key was rotated."}
    emulator.change([{"change": "set_connection", "connection": made(emulator)["id"], **broken}])
    outcome = one(emulator, blob())
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert "The key was rotated." in str(outcome.error)
    outcome = one(emulator, with_secret(OTHER_SECRET, update_secrets="always"))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert made(emulator).get("status", "Connected") == "Connected"


# -- when they are written ---------------------------------------------------------------------------------------------


def test_a_secret_is_written_when_the_connection_is_made(emulator: Emulator) -> None:
    one(emulator, blob())
    assert written(emulator) == digest(SECRET)
    assert one(emulator, with_secret(OTHER_SECRET)).status == OK
    assert written(emulator) == digest(SECRET)


def test_another_change_keeps_the_secret(emulator: Emulator) -> None:
    one(emulator, blob())
    assert one(emulator, blob(parameters={"accountName": "archive2"})).status == CHANGED
    assert written(emulator) == digest(SECRET)
    assert one(emulator, with_secret(OTHER_SECRET, parameters={"accountName": "archive3"})).status == CHANGED
    assert written(emulator) == digest(SECRET)
    assert made(emulator)["parameters"] == {"accountName": "archive3"}


def test_always_is_at_every_run(emulator: Emulator) -> None:
    one(emulator, blob())
    for value in (OTHER_SECRET, OTHER_SECRET, SECRET):
        outcome = one(emulator, with_secret(value, update_secrets="always"))
        assert (outcome.status, outcome.verified) == (CHANGED, True)
        assert written(emulator) == digest(value)
    assert len(emulator.log(writes=True)) == 4


def test_a_time_of_change_is_written_once(emulator: Emulator) -> None:
    """And a connection that was made after it has the new secret already."""
    long_ago = "2020-01-01T00:00:00Z"
    one(emulator, with_secret(SECRET, secrets_changed_at=long_ago))
    assert one(emulator, with_secret(OTHER_SECRET, secrets_changed_at=long_ago)).status == OK
    assert written(emulator) == digest(SECRET)
    emulator.clear_log()
    wanted = with_secret(OTHER_SECRET, secrets_changed_at=made(emulator)["modified"])
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert written(emulator) == digest(OTHER_SECRET)
    assert one(emulator, wanted).status == OK
    assert len(emulator.log(writes=True)) == 1


@pytest.mark.parametrize("when", [{"update_secrets": "always"}, {"secrets_changed_at": "2026-01-01T00:00:00Z"}])
def test_a_secret_that_the_service_did_not_take_is_a_failure(emulator: Emulator, when: Json) -> None:
    """It cannot be read back; that something was written then, can."""
    emulator.change([{"change": "add_connection", "environment": FINANCE, "connection": OLD}])
    emulator.faults([{"kind": "ignore_write"}])
    outcome = one(emulator, with_secret(OTHER_SECRET, connection_id=OLD["id"], **when))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible" in str(outcome.error)
    emulator.faults([])
    assert one(emulator, with_secret(OTHER_SECRET, connection_id=OLD["id"], **when)).status == CHANGED
    assert written(emulator) == digest(OTHER_SECRET)


# -- nowhere shown -----------------------------------------------------------------------------------------------------


def assert_hidden(emulator: Emulator, report: Report) -> None:
    told = [outcome.as_json() for outcome in report.outcomes]
    shown = [repr(report), str(report), json.dumps(told), json.dumps(report.drift), json.dumps(emulator.log())]
    for outcome in report.outcomes:
        if outcome.error:
            shown += [repr(outcome.error), *traceback.format_exception(outcome.error)]
    for text in shown:
        assert SECRET not in text
        assert OTHER_SECRET not in text


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [{"kind": "status", "status": 400, "match": {"write": True}}],
        [{"kind": "status", "status": 500, "match": {"write": True}}],
        [{"kind": "drop", "match": {"write": True}}],
        [{"kind": "ignore_write"}],
    ],
    ids=["none", "refused", "failed", "lost", "ignored"],
)
def test_no_result_shows_a_secret(emulator: Emulator, faults: list[Json]) -> None:
    one(emulator, with_secret(SECRET, key="other", display_name="Other"))
    requests = [
        blob(),
        with_secret(OTHER_SECRET, key="other", display_name="Other name", update_secrets="always"),
        with_secret(SECRET, key="third", parameters={"accessKey": "again"}),
    ]
    for report in (plan(emulator, *requests[:2]), check(emulator, *requests), run(emulator, *requests)):
        assert_hidden(emulator, report)
    emulator.faults(faults)
    for wanted in requests:
        assert_hidden(emulator, run(emulator, wanted))


def test_no_declaration_shows_a_secret() -> None:
    wanted = with_secret(SECRET)
    assert SECRET not in repr(wanted.kind.parse(wanted.options))


def test_a_secret_that_the_service_tells_back_is_not_handed_on(emulator: Emulator) -> None:
    message = f"The value '{SECRET}' of accessKey is not valid."
    emulator.faults([{"kind": "status", "status": 400, "message": message, "match": {"write": True}}])
    report = run(emulator, blob())
    assert statuses(report) == [FAILED]
    assert "is not valid" in str(report.outcomes[0].error)
    assert_hidden(emulator, report)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of custom connectors: users write them, applications leave them to people, and nothing shows them."""

from __future__ import annotations

import hashlib
import json
import traceback
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, Report
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import _connector_writes
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    CONNECTOR,
    EXPENSES_ROW,
    FINANCE,
    FINANCE_URL,
    SECRET,
    ask,
    check,
    one,
    plan,
    request,
    run,
)
from tests.unit.engine.test_custom_connector import NAME, definition, named, travel

Json = dict[str, Any]

USER = "delegated"
OTHER_SECRET = "an0ther-s3cret-of-travel"
SIGN_IN: Json = {
    "token": {"type": "oauthSetting", "oAuthSettings": {"clientId": "1", "identityProvider": "aad", "scopes": ["a"]}}
}
RP = {"service": "powerapps"}


def signed(value: str = SECRET, **options: Any) -> Request:
    return travel(**{"connection_parameters": SIGN_IN, "secret_parameters": {"token": value}, **options})


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def held(emulator: Emulator) -> list[str]:
    """The digests of the secrets that the service was given."""
    return [value for made in named(emulator) for value in made.get("secrets", {}).values()]


# -- who writes them ---------------------------------------------------------------------------------------------------


def test_a_user_s_token_writes_them_once(emulator: Emulator) -> None:
    outcome = one(emulator, signed(), USER)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert held(emulator) == [digest(SECRET)]
    assert [(entry["service"], entry["method"]) for entry in emulator.log(writes=True)] == [
        ("dataverse", "POST"),
        ("powerapps", "PATCH"),
    ]
    assert one(emulator, signed(OTHER_SECRET), USER).status == OK
    assert held(emulator) == [digest(SECRET)]


def test_another_change_keeps_them(emulator: Emulator) -> None:
    """What Dataverse is sent has no secret in it, and the blank that it answers with is no difference."""
    one(emulator, signed(), USER)
    settings = {**SIGN_IN["token"]["oAuthSettings"], "clientId": "2", "clientSecret": ""}
    changed = {"token": {**SIGN_IN["token"], "oAuthSettings": settings}}
    emulator.clear_log()
    assert one(emulator, signed(connection_parameters=changed, description="x"), USER).status == CHANGED
    [entry] = emulator.log(writes=True)
    assert "clientSecret" not in json.dumps(entry["body"])
    assert held(emulator) == [digest(SECRET)]
    assert one(emulator, signed(connection_parameters=changed, description="x"), USER).status == OK


def test_always_is_at_every_run(emulator: Emulator) -> None:
    one(emulator, signed(), USER)
    for value in (OTHER_SECRET, OTHER_SECRET, SECRET):
        outcome = one(emulator, signed(value, update_secrets="always"), USER)
        assert (outcome.status, outcome.verified) == (CHANGED, True)
        assert held(emulator) == [digest(value)]


def test_a_time_of_change_is_written_once(emulator: Emulator) -> None:
    old = {
        "id": "shared_travel-5f01",
        "name": "Travel",
        "creator": ADA,
        "dataverse_id": "b1000000-0000-4000-8000-0000000000aa",
        "unique_name": NAME,
        "definition": definition(),
        "connection_parameters": SIGN_IN,
        "modified": "2020-01-01T00:00:00.0000000Z",
    }
    emulator.change([{"change": "add_connector", "environment": FINANCE, "connector": old}])
    assert one(emulator, signed(secrets_changed_at="2019-12-31T00:00:00Z"), USER).status == OK
    wanted = signed(secrets_changed_at="2026-01-01T00:00:00Z")
    assert one(emulator, wanted, USER).status == CHANGED
    assert held(emulator) == [digest(SECRET)]
    assert one(emulator, wanted, USER).status == OK
    assert len(emulator.log(writes=True)) == 1


def test_an_application_leaves_them_to_people_and_says_so(emulator: Emulator) -> None:
    made = one(emulator, signed()).as_json()
    assert made["status"] == CHANGED
    assert len([step for step in made["manual_steps"] if "secrets (token)" in step]) == 1
    assert held(emulator) == []
    later = one(emulator, signed(update_secrets="always")).as_json()
    assert (later["status"], len(later["manual_steps"])) == (OK, 1)
    assert later["manual_steps"] == later["warnings"]
    assert "manual_steps" not in one(emulator, signed()).as_json()
    assert {entry["service"] for entry in emulator.log(writes=True)} == {"dataverse"}


def test_the_service_may_learn_of_a_new_connector_later(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connector_writes, "_LAG", (0.01, 0.01, 0.01))
    emulator.faults([{"kind": "rp_delay", "reads": 2, "match": {"method": "POST"}}])
    outcome = one(emulator, signed(), USER)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert held(emulator) == [digest(SECRET)]
    assert [entry["status"] for entry in emulator.log(service="powerapps")] == [404, 404, 200, 200]


def test_without_the_environment_nobody_can_write_them(emulator: Emulator) -> None:
    wanted = request(
        CONNECTOR, organization_url=FINANCE_URL, connector_id=EXPENSES_ROW, secret_parameters={"token": SECRET}
    )
    outcome = one(emulator, wanted, USER)
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "secret_parameters"
    assert emulator.log(writes=True) == []


# -- what goes wrong on the way ----------------------------------------------------------------------------------------


def test_a_secret_of_no_parameter_is_refused_and_what_was_done_is_told(emulator: Emulator) -> None:
    outcome = one(emulator, signed(secret_parameters={"other": SECRET}), USER)
    assert (outcome.status, outcome.changed) == (FAILED, bool(named(emulator)))
    assert "secret_parameters.other" in str(outcome.error)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_lost_answer_does_not_lose_the_secrets(emulator: Emulator, method: str) -> None:
    """Or it is no success: nobody can read them back, and the next run would not write them."""
    wanted = signed(SECRET)
    if method == "PATCH":
        one(emulator, signed(OTHER_SECRET), USER)
        wanted = signed(SECRET, description="x", update_secrets="always")
    emulator.faults([{"kind": "drop", "when": "after", "match": {"method": method, "service": "dataverse"}}])
    outcome = one(emulator, wanted, USER)
    assert outcome.changed
    assert len(named(emulator)) == 1
    assert (outcome.status == CHANGED) == (outcome.verified is True) == (held(emulator) == [digest(SECRET)])


@pytest.mark.parametrize("status", [400, 403, 500])
def test_secrets_that_are_refused_fail_and_the_connector_is_there(emulator: Emulator, status: int) -> None:
    emulator.faults([{"kind": "status", "status": status, "match": {**RP, "method": "PATCH"}}])
    outcome = one(emulator, signed(), USER)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert len(named(emulator)) == 1
    emulator.faults([])
    assert one(emulator, signed(update_secrets="always"), USER).status == CHANGED
    assert held(emulator) == [digest(SECRET)]


# -- nowhere shown -----------------------------------------------------------------------------------------------------


def assert_hidden(emulator: Emulator, report: Report) -> None:
    told = [outcome.as_json() for outcome in report.outcomes]
    shown = [repr(report), str(report), json.dumps(told), json.dumps(report.drift), json.dumps(emulator.log())]
    for outcome in report.outcomes:
        if outcome.error:
            shown += [repr(vars(outcome.error)), *traceback.format_exception(outcome.error)]
    for text in shown:
        assert SECRET not in text
        assert OTHER_SECRET not in text


ECHO = {"kind": "status", "status": 400, "message": f"The value '{SECRET}' is not valid."}


@pytest.mark.parametrize("client", ["runner", USER])
@pytest.mark.parametrize(
    "faults",
    [
        [],
        [{**ECHO, "match": {"write": True}}],
        [{**ECHO, "match": RP}],
        [{"kind": "status", "status": 500, "match": {**RP, "write": True}}],
        [{"kind": "drop", "match": {**RP, "write": True}}],
    ],
    ids=["none", "told back by both", "told back", "failed", "lost"],
)
def test_no_result_shows_a_secret(emulator: Emulator, faults: list[Json], client: str) -> None:
    one(emulator, signed(OTHER_SECRET, name="cr736_5Fother", display_name="Other"), USER)
    requests = [
        signed(),
        signed(SECRET, name="cr736_5Fother", display_name="Others", update_secrets="always"),
        signed(SECRET, name="cr736_5Fthird", display_name="Third", secret_parameters={"nobody/token": SECRET}),
    ]
    for report in (plan(emulator, *requests, name=client), check(emulator, *requests, name=client)):
        assert_hidden(emulator, report)
    emulator.faults(faults)
    for wanted in requests:
        assert_hidden(emulator, run(emulator, wanted, name=client))


def test_no_declaration_and_no_answer_shows_a_secret(emulator: Emulator) -> None:
    wanted = signed()
    assert SECRET not in repr(wanted.kind.parse(wanted.options))
    one(emulator, wanted, USER)
    assert SECRET not in json.dumps(
        ask(emulator, "custom_connector_info", environments=["Finance*"], include=["documents"])
    )


@pytest.mark.parametrize("option", ["connection_parameters", "connection_parameter_sets", "policy_templates"])
def test_a_secret_in_a_document_is_refused_before_anything_is_sent(emulator: Emulator, option: str) -> None:
    document = {"token": {"oAuthSettings": {"clientSecret": SECRET}}}
    report = run(emulator, travel(**{option: [document] if option == "policy_templates" else document}))
    assert "secret_parameters" in report.outcomes[0].as_json()["error"]["remedy"]
    assert_hidden(emulator, report)
    assert emulator.log() == []

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind promises through ensure, converge and audit, on the emulated contoso tenant."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, audit, converge, ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import WriteRefusedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import DELETE
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    MISSING,
    NOT_APPLICABLE,
    OK,
    PLANNED,
    SKIPPED,
    UNKNOWN,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import BRAND_NEW, LIMITS, NOWHERE, client, declared, rows, statuses
from tests.unit.engine.conftest import run as run_as
from tests.unit.engine.samples import SAMPLES
from tests.unit.engine.subject import PLACED, Subject

Json = dict[str, Any]


@pytest.fixture(params=sorted(KINDS))
def subject(request: pytest.FixtureRequest) -> Subject:
    return Subject(request.param)


@pytest.fixture(params=PLACED)
def placed(request: pytest.FixtureRequest) -> Subject:
    return Subject(request.param)


def test_every_kind_has_samples() -> None:
    assert SAMPLES.keys() == KINDS.keys()


def nameless(value: Any, unsaid: Collection[str] = ()) -> Any:
    """Without the names that only the service can tell, and without further members."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if name not in unsaid}
        return {name: nameless(item) for name, item in kept.items() if not name.endswith("_display_name")}
    return [nameless(item) for item in value] if isinstance(value, list) else value


def names_in(value: Any) -> list[str]:
    """The names that only the service can tell."""
    if isinstance(value, dict):
        own = [item for name, item in value.items() if name.endswith("_display_name")]
        return own + [found for item in value.values() for found in names_in(item)]
    return [found for item in value for found in names_in(item)] if isinstance(value, list) else []


def own_part(row: Json, when: str) -> Json:
    """What a diff shows of the thing itself: also what becomes of other things may stand beside it."""
    options = KINDS[row["kind"]].options
    return {name: value for name, value in row["diff"][when].items() if name in options}


# -- reading only -----------------------------------------------------------------------------------------------------


def test_a_read_only_run_plans_the_same_in_all_three_and_writes_nothing(emulator: Emulator, subject: Subject) -> None:
    wanted = subject.differs
    ensured = ensure(wanted.kind, wanted.options, subject.client(emulator, read_only=True), LIMITS)
    converged = subject.plan(emulator, wanted)
    audited = subject.check(emulator, wanted)
    assert emulator.log(writes=True) == []
    row = ensured.as_json()
    assert rows(converged, [wanted]) == rows(audited, [wanted]) == [row]
    assert (row["status"], row["changed"], row["kind"]) == (PLANNED, True, subject.kind.name)
    assert own_part(row, "before") == row["resource"]
    assert own_part(row, "after") != row["resource"]
    assert ensured.drift == converged.drift == audited.drift != []
    assert "verified" not in row
    for drift in ensured.drift:
        assert drift.keys() == {"kind", "id", "name", "before", "after", "fingerprint"}
    json.dumps([row, ensured.drift])  # plain data


def test_what_is_as_declared_shows_no_drift(emulator: Emulator, subject: Subject) -> None:
    for ask in (subject.plan, subject.check, subject.run):
        report = ask(emulator, subject.matches)
        assert statuses(report) == [OK]
        assert (report.changed, report.failed, report.drift) == (False, False, [])
    assert emulator.log(writes=True) == []


def test_an_audit_refuses_a_client_that_can_write(emulator: Emulator, subject: Subject) -> None:
    with pytest.raises(WriteRefusedError):
        audit([subject.differs], client(emulator), LIMITS)
    assert emulator.log() == []


def test_an_audit_reports_each_thing_as_what_it_is(emulator: Emulator, subject: Subject) -> None:
    matches = subject.sample.matches
    expected = [
        (subject.variation, UNKNOWN, "500"),
        (subject.differs, PLANNED, ""),
        (subject.matches, OK, ""),
        *((subject.request(options), MISSING, options[subject.option]) for options in subject.sample.missing),
    ]
    if subject.placed:
        expected += [
            (subject.request(matches, environment=BRAND_NEW), NOT_APPLICABLE, "Provisioning"),
            (subject.request(matches, environment=NOWHERE), MISSING, NOWHERE),
        ]
    expected.sort(key=lambda row: row[1])
    requests = [wanted for wanted, _status, _said in expected]
    emulator.faults([{"kind": "status", "status": 500, "match": {"path": subject.reads_of_variation}}])
    report = subject.check(emulator, *requests)
    assert statuses(report) == [status for _wanted, status, _said in expected]
    assert emulator.log(writes=True) == []
    for row, (_wanted, status, said) in zip(rows(report, requests), expected, strict=True):
        assert said in row.get("error", {}).get("message", "")
        assert row["changed"] == (status == PLANNED)
    [differing] = [outcome for outcome in report.outcomes if outcome.status == PLANNED]
    assert report.drift == differing.drift != []
    assert report.failed


def test_not_applicable_is_no_failure(emulator: Emulator, placed: Subject) -> None:
    elsewhere = placed.request(placed.sample.matches, environment=BRAND_NEW)
    assert not placed.check(emulator, elsewhere, placed.matches).failed
    report = placed.run(emulator, elsewhere, placed.differs)
    assert statuses(report) == [NOT_APPLICABLE, CHANGED]
    assert (report.failed, report.changed) == (False, True)


# -- writing ----------------------------------------------------------------------------------------------------------


def test_ensure_changes_once(emulator: Emulator, subject: Subject) -> None:
    planned = subject.plan(emulator, subject.differs).outcomes[0]
    outcome = subject.one(emulator, subject.differs)
    assert (outcome.status, outcome.changed, outcome.verified, outcome.error) == (CHANGED, True, True, None)
    assert outcome.drift == planned.drift
    assert len(emulator.log(writes=True)) == emulator.summary()["effects"] == 1
    resource = outcome.as_json()["resource"]
    assert nameless(resource) == nameless(own_part(planned.as_json(), "after"))
    if subject.sample.tells_names:
        assert "" not in names_in(resource)  # who was given by id has a name now
    again = subject.one(emulator, subject.differs)
    assert (again.status, again.changed, again.verified, again.drift) == (OK, False, None, [])
    assert len(emulator.log(writes=True)) == 1


def test_each_step_of_a_life_takes_one_write_and_the_next_run_none(emulator: Emulator, subject: Subject) -> None:
    for action, options in subject.sample.steps:
        wanted = subject.request(options)
        emulator.clear_log()
        planned = subject.plan(emulator, wanted)
        assert planned.outcomes[0].as_json()["action"] == action, options
        report = subject.run(emulator, wanted)
        row = rows(report, [wanted])[0]
        assert (row["status"], row["action"], row["verified"]) == (CHANGED, action, True), options
        assert report.drift == planned.drift != []
        assert len(emulator.log(writes=True)) == emulator.summary()["effects"] == 1
        again = subject.run(emulator, wanted)
        assert statuses(again) == statuses(subject.check(emulator, wanted)) == [OK], options
        # What is gone goes by how it was named: its id may be the service's choice.
        unsaid = {subject.option} if action == DELETE else set()
        assert nameless(rows(again, [wanted])[0]["resource"], unsaid) == nameless(row["resource"], unsaid)
        assert len(emulator.log(writes=True)) == 1


def test_many_are_as_each_alone_in_the_order_given(emulator: Emulator, subject: Subject) -> None:
    requests = [subject.variation, subject.matches, subject.differs]
    alone = [rows(subject.plan(emulator, wanted), [wanted])[0] for wanted in requests]
    assert rows(subject.plan(emulator, *requests), requests) == alone
    assert [row["status"] for row in alone] == [PLANNED, OK, PLANNED]
    report = subject.run(emulator, *requests)
    assert statuses(report) == [CHANGED, OK, CHANGED]
    assert [outcome.index for outcome in report.outcomes] == [0, 1, 2]
    assert len(emulator.log(writes=True)) == 2
    assert statuses(subject.run(emulator, *requests)) == [OK, OK, OK]
    assert len(emulator.log(writes=True)) == 2


def test_a_resource_can_be_declared_as_it_is(emulator: Emulator, subject: Subject) -> None:
    """Before a change, after it, and as a thing that was never changed."""
    planned = subject.plan(emulator, subject.differs, subject.matches)
    changed = subject.run(emulator, subject.differs)
    for report, taken in ((planned, 1), (changed, 0)):
        resource = report.outcomes[taken].as_json()["resource"]
        assert statuses(subject.run(emulator, subject.request(resource))) == [OK]
    assert len(emulator.log(writes=True)) == 1
    emulator.reset()
    before = rows(planned, [subject.differs, subject.matches])[0]["resource"]
    assert statuses(subject.run(emulator, subject.request(before))) == [OK]
    assert emulator.log(writes=True) == []


def test_renamed_things_are_reported_and_followed_by_id(emulator: Emulator, subject: Subject) -> None:
    """Only what has a display name can be renamed: what a kind has no option for, it says nothing of."""
    former = {name: f"Former {name}" for name in subject.names_said}
    report = subject.run(emulator, subject.request({**subject.sample.matches, **former}))
    assert statuses(report) == [OK]
    row = rows(report, [subject.matches])[0]
    resource = row["resource"]
    # Where a kind can rename its things, the name that is followed stands in place of the one that is not.
    actual = {name: resource.get(name) or resource["display_name"] for name in former}
    assert row.get("renamed", {}) == {name: {"declared": said, "actual": actual[name]} for name, said in former.items()}
    right = {**subject.sample.matches, **actual}
    assert "renamed" not in rows(subject.run(emulator, subject.request(right)), [subject.matches])[0]


# -- several declarations of one thing --------------------------------------------------------------------------------


def test_one_thing_through_two_names_is_one_write(emulator: Emulator, subject: Subject) -> None:
    named = subject.request(subject.sample.differs, **subject.sample.names)
    shouted = {name: value.upper() for name, value in subject.sample.names.items()}
    report = subject.run(emulator, subject.differs, named, subject.request(subject.sample.differs, **shouted))
    assert statuses(report) == [CHANGED, CHANGED, CHANGED]
    assert len(emulator.log(writes=True)) == 1
    assert len({row["fingerprint"] for outcome in report.outcomes for row in outcome.drift}) == len(report.drift)


def test_a_contradiction_names_both_items_and_nothing_is_sent(emulator: Emulator, subject: Subject) -> None:
    named = {**subject.sample.contradicts, **subject.sample.names}
    requests = [subject.variation, subject.differs, subject.request(named)]
    report = subject.run(emulator, *requests)
    assert statuses(report) == [SKIPPED, SKIPPED, FAILED]
    shown = rows(report, requests)
    assert "items 1 and 2" in shown[2]["error"]["message"]
    assert shown[0]["reason"] == shown[1]["reason"] == "Not attempted, because of item 2."
    assert emulator.log(writes=True) == []
    assert (report.changed, report.failed) == (False, True)
    assert statuses(subject.plan(emulator, *requests))[2] == FAILED


# -- one bad item -----------------------------------------------------------------------------------------------------


def bad_items(subject: Subject) -> dict[str, Request]:
    sample = subject.sample
    found = {f"missing {number}": subject.request(options) for number, options in enumerate(sample.missing)}
    found |= {f"refused {number}": subject.request(options) for number, options in enumerate(sample.refused)}
    if subject.placed:
        found |= {
            "unknown environment": subject.request(sample.matches, environment=NOWHERE),
            "unknown environment by name": subject.request(sample.matches, environment="No Such Environment"),
            "ambiguous environment": subject.request(sample.matches, environment="Sales"),
        }
    if sample.unparsable:
        found["parse"] = subject.request(sample.unparsable)
    return found


def test_a_batch_with_one_bad_item_changes_nothing(emulator: Emulator, subject: Subject) -> None:
    assert bad_items(subject)
    for what, bad in bad_items(subject).items():
        requests = [subject.variation, bad, subject.matches]
        report = subject.run(emulator, *requests)
        assert statuses(report) == [SKIPPED, FAILED, SKIPPED], what
        shown = rows(report, requests)
        assert shown[0]["reason"] == shown[2]["reason"] == "Not attempted, because of item 1.", what
        assert (report.changed, report.failed) == (False, True), what
        assert "remedy" in shown[1]["error"], what
        assert emulator.log(writes=True) == [], what


def test_what_cannot_be_brought_about_fails_alone(emulator: Emulator, subject: Subject) -> None:
    """And says the same in check mode; an audit tells the difference."""
    options = subject.sample.fails_alone
    alone = [] if options is None else [subject.request(options)]
    requests = [subject.variation, subject.matches, *alone]
    assert statuses(subject.plan(emulator, *requests)) == [PLANNED, OK] + [FAILED] * len(alone)
    assert subject.check(emulator, *requests).failed is False
    assert emulator.log(writes=True) == []
    report = subject.run(emulator, *requests)
    assert statuses(report) == [CHANGED, OK] + [FAILED] * len(alone)
    assert [outcome.changed for outcome in report.outcomes] == [True, False] + [False] * len(alone)
    assert len(emulator.log(writes=True)) == 1


def test_what_can_never_be_right_is_found_before_anything_is_sent(emulator: Emulator, subject: Subject) -> None:
    bad = bad_items(subject).get("parse")
    if bad is None:
        assert subject.sample.unparsable is None
        return
    report = subject.run(emulator, subject.differs, bad)
    assert statuses(report) == [SKIPPED, FAILED]
    assert emulator.log() == []


def test_what_is_unreadable_stops_everything(emulator: Emulator, subject: Subject) -> None:
    emulator.faults([{"kind": "status", "status": 403, "match": {"path": subject.reads_of_variation}}])
    report = subject.run(emulator, subject.differs, subject.variation)
    assert statuses(report) == [SKIPPED, FAILED]
    assert emulator.log(writes=True) == []


def test_all_kinds_go_in_one_call(emulator: Emulator) -> None:
    """As an administrator, who may do what applications may not."""
    requests = [Subject(name).differs for name in sorted(KINDS)]
    assert statuses(run_as(emulator, *requests, name="delegated")) == [CHANGED] * len(requests)
    report = converge(requests, client(emulator, "delegated", read_only=True), LIMITS)
    assert statuses(report) == [OK] * len(requests)
    assert all(
        declared(wanted.kind, **outcome.as_json()["resource"])
        for wanted, outcome in zip(requests, report.outcomes, strict=True)
    )

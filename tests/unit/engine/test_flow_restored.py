# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows that are brought back: who can, what is written then, and what is said while nobody sees them yet."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import flow as flow_kind
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import DATABASE, KIM, SANDBOX, check, one, plan, roles_of, run, statuses, things
from tests.unit.engine.flows import (
    ONBOARDING,
    OTHER_DEFINITION,
    RETIRED,
    cloud_flow,
    paths,
)

Json = dict[str, Any]

REFERENCES = {"shared_sql": {"connector": "shared_sql", "connection": DATABASE}}
CONTENT = {
    "name": {"display_name": "Digest"},
    "definition": {"definition": OTHER_DEFINITION},
    "connections": {"connection_references": REFERENCES},
    "all": {"display_name": "Digest", "definition": OTHER_DEFINITION, "connection_references": REFERENCES},
}
EVERY_CONTENT = pytest.mark.parametrize("content", CONTENT.values(), ids=CONTENT)


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_kind, "LAG", (0.01, 0.01, 0.01, 0.01))


# -- who can -----------------------------------------------------------------------------------------------------------


@EVERY_CONTENT
def test_an_application_restores_nothing_that_it_could_not_finish(emulator: Emulator, content: Json) -> None:
    """A flow outside solutions is changed by users alone, and that is known before it is restored."""
    wanted = cloud_flow(RETIRED, restore=True, **content)
    for report in (plan(emulator, wanted), run(emulator, wanted)):
        assert statuses(report) == [FAILED]
        assert report.outcomes[0].changed is False
        assert isinstance(report.outcomes[0].error, TokenError)
        assert "user" in report.outcomes[0].error.remedy
    audited = check(emulator, wanted)
    assert (statuses(audited), len(audited.drift)) == ([PLANNED], 1)
    assert emulator.log(writes=True) == []
    assert RETIRED not in things(emulator, "flows")


@pytest.mark.parametrize("content", [{}, {"display_name": "Retired digest"}])
def test_an_application_restores_what_needs_nothing_more(emulator: Emulator, content: Json) -> None:
    outcome = one(emulator, cloud_flow(RETIRED, restore=True, **content))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert outcome.plan
    assert outcome.plan.writes == len(emulator.log(writes=True)) == 1


@EVERY_CONTENT
def test_what_a_user_restores_takes_two_writes(emulator: Emulator, content: Json) -> None:
    """As check mode counts them."""
    wanted = cloud_flow(RETIRED, restore=True, **content)
    [planned] = plan(emulator, wanted, name="delegated").outcomes
    assert one(emulator, wanted, "delegated").status == CHANGED
    assert planned.plan
    assert planned.plan.writes == len(emulator.log(writes=True)) == 2
    assert one(emulator, wanted, "delegated").status == OK


def test_an_application_restores_a_flow_of_a_solution_and_writes_it(emulator: Emulator) -> None:
    """By its row, which is back as well."""
    assert one(emulator, cloud_flow(ONBOARDING, SANDBOX, state="absent")).status == CHANGED
    emulator.clear_log()
    wanted = cloud_flow(ONBOARDING, SANDBOX, restore=True, definition=OTHER_DEFINITION)
    assert statuses(plan(emulator, wanted)) == [PLANNED]
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert [text.partition("(")[0] for text in paths(emulator)] == ["POST restore", "PATCH workflows"]
    assert things(emulator, "flows")[ONBOARDING]["definition"]["actions"] == OTHER_DEFINITION["actions"]
    assert roles_of(emulator, ONBOARDING, "flows")[KIM] == "Owner"
    assert one(emulator, wanted).status == OK


# -- not to be seen yet ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_waiting")
@EVERY_CONTENT
def test_a_restored_flow_that_is_not_seen_yet_is_waited_for_and_written(emulator: Emulator, content: Json) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"path": "/restore$"}}])
    wanted = cloud_flow("Retired digest", restore=True, **{**content, "display_name": "Retired digest"})
    outcome = one(emulator, wanted, "delegated")
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert one(emulator, wanted, "delegated").status == OK


@pytest.mark.usefixtures("_no_waiting")
@pytest.mark.parametrize("content", [{}, *CONTENT.values()], ids=["nothing", *CONTENT])
def test_a_restored_flow_that_is_never_seen_is_told_in_the_right_words(emulator: Emulator, content: Json) -> None:
    """It was restored, and is no flow that somebody gave the wrong id of."""
    emulator.faults([{"kind": "stale", "reads": 60, "match": {"path": "/restore$"}}])
    wanted = cloud_flow(RETIRED, restore=True, **content)
    outcome = one(emulator, wanted, "delegated")
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible in time" in str(outcome.error)
    assert "Running again is safe" in str(outcome.error)
    assert "gets its id from the service" not in str(outcome.error)
    assert paths(emulator) == ["POST restore"]
    emulator.faults([])
    assert RETIRED in things(emulator, "flows")


def test_a_restore_that_is_never_taken_is_told_in_the_words_of_the_service(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "code": "Busy", "match": {"path": "/restore$"}}])
    outcome = one(emulator, cloud_flow(RETIRED, restore=True))
    assert outcome.status == FAILED
    assert "Busy" in str(outcome.error)

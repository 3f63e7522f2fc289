# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of look-ups, by itself."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing
from ansible_collections.powerops.powerplatform.plugins.module_utils._memory import Memory
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Thing

ONE, OTHER, TWIN = Thing("1", "One", {}), Thing("2", "Other", {}), Thing("3", "one", {})
KIM = ("user", "kim@contoso.example")


def test_a_name_is_kept_for_its_scope() -> None:
    memory = Memory([])
    memory.note_thing("here", "One", ONE)
    assert memory.thing("here", "One", by_id=False) is ONE
    assert memory.thing("there", "One", by_id=False) is None
    assert memory.thing("here", "Other", by_id=False) is None


def test_a_listing_answers_names_and_ids_but_not_what_is_missing_or_fits_several() -> None:
    memory = Memory([])
    memory.note_listing("here", Listing([ONE, OTHER, TWIN]))
    assert memory.thing("here", "2", by_id=True) is OTHER
    assert memory.thing("here", "other", by_id=False) is OTHER
    # Written like one of them, and like none.
    assert memory.thing("here", "one", by_id=False) is TWIN
    assert memory.thing("here", "ONE", by_id=False) is None
    assert memory.thing("here", "Other", by_id=True) is None
    assert memory.thing("here", "4", by_id=True) is None
    assert memory.thing("there", "2", by_id=True) is None


def test_it_says_whether_anybody_was_told_anything() -> None:
    memory = Memory([])
    memory.note_thing("here", "One", ONE)
    memory.thing("here", "Other", by_id=False)
    assert not memory.used
    memory.thing("here", "One", by_id=False)
    memory.thing("here", "Other", by_id=False)
    assert memory.used
    memory.forget()
    assert not memory.used
    memory.note_principal(KIM, [{"id": "5"}])
    assert not memory.used
    memory.principal(("user", "lee@contoso.example"))
    assert not memory.used
    memory.principal(KIM)
    memory.principal(("user", "lee@contoso.example"))
    assert memory.used


def test_no_principal_and_several_are_not_kept() -> None:
    memory = Memory([])
    for records in ([], [{"id": "5"}, {"id": "6"}]):
        memory.note_principal(KIM, records)
        assert memory.principal(KIM) is None
    memory.note_principal(KIM, [{"id": "5"}])
    assert memory.principal(KIM) == [{"id": "5"}]


def test_a_scope_is_forgotten_by_itself() -> None:
    memory = Memory([])
    for scope in ("here", "there"):
        memory.note_thing(scope, "One", ONE)
        memory.note_listing(scope, Listing([OTHER]))
    memory.note_principal(KIM, [{"id": "5"}])
    memory.forget_scope("here")
    assert memory.thing("here", "One", by_id=False) is None
    assert memory.thing("here", "Other", by_id=False) is None
    assert memory.thing("there", "One", by_id=False) is ONE
    assert memory.thing("there", "Other", by_id=False) is OTHER
    assert memory.principal(KIM)
    memory.forget_scope("nowhere")


def test_everything_is_forgotten_at_once() -> None:
    memory = Memory([])
    memory.note_thing("here", "One", ONE)
    memory.note_listing("there", Listing([OTHER]))
    memory.note_principal(KIM, [{"id": "5"}])
    memory.forget()
    assert memory.thing("here", "One", by_id=False) is None
    assert memory.thing("there", "Other", by_id=False) is None
    assert memory.principal(KIM) is None


def test_nothing_is_kept_for_long() -> None:
    now = [1000.0]
    memory = Memory([], lambda: now[0])
    memory.note_thing("here", "One", ONE)
    now[0] += 299
    memory.begin()
    assert memory.thing("here", "One", by_id=False) is ONE
    now[0] += 2
    memory.begin()
    assert memory.thing("here", "One", by_id=False) is None
    memory.note_thing("here", "One", ONE)
    now[0] += 299
    memory.begin()
    assert memory.thing("here", "One", by_id=False) is ONE


def test_what_is_forgotten_everywhere_nobody_of_the_loop_knows() -> None:
    kin: list[Memory] = []
    one, other, gone = Memory(kin), Memory(kin), Memory(kin)
    for memory in (one, other, gone):
        memory.note_thing("here", "One", ONE)
    gone.leave()
    one.forget_everywhere()
    assert one.thing("here", "One", by_id=False) is None
    assert other.thing("here", "One", by_id=False) is None
    assert gone.thing("here", "One", by_id=False) is ONE

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of the plan of role assignments for every kind of the family, every thing and every declaration."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import NONE, UPDATE, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import AssignmentPlan
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind
from tests.unit.resources.declaring import (
    EVERY_KIND,
    EVERYONE,
    IDS,
    ROLES,
    Case,
    Json,
    bound,
    cases,
    declarations,
    entries,
    key_of,
    key_of_record,
    observed,
    records,
    served,
)

planner = settings(max_examples=120, deadline=None)

MANAGED = {role.lower() for role in ROLES}


def planned(case: Case) -> AssignmentPlan:
    """The plan; examples that a guard refuses are left to the test of the guard."""
    try:
        return case.plan
    except GuardError:
        assume(False)
        raise


@planner
@given(cases())
def test_applied_and_planned_again_nothing_is_left(case: Case) -> None:
    plan = planned(case)
    again = case.then(served(case.records, plan.change)).plan
    assert (again.action, again.change, again.differences, again.removals) == (NONE, None, (), 0)
    assert again.before == again.after


@planner
@given(cases())
def test_after_is_what_the_service_then_holds(case: Case) -> None:
    plan = planned(case)
    then = served(case.records, plan.change)
    assert plan.after == case.then(then).plan.before
    for key, role in case.declared.items():
        held = {key_of_record(item): item["properties"]["roleName"] for item in then}
        assert held.get(key, "").lower() == role.lower()


@planner
@given(cases())
def test_the_guard_refuses_exactly_what_touches_the_owner_or_the_protected(case: Case) -> None:
    held, protected = case.held, case.protected
    forbidden = [
        key
        for key, role in case.declared.items()
        if key in held and (held[key].lower() == "owner" or (key in protected and held[key].lower() != role.lower()))
    ]
    if forbidden:
        with pytest.raises(GuardError):
            _unused = case.plan
    else:
        _unused = case.plan


@planner
@given(cases())
def test_owner_and_protected_keep_what_they_hold(case: Case) -> None:
    plan = planned(case)
    then = {key_of_record(item): item["properties"]["roleName"] for item in served(case.records, plan.change)}
    for key, role in case.held.items():
        if role.lower() == "owner" or key in case.protected:
            assert then[key].lower() == role.lower()


@planner
@given(cases())
def test_only_exclusive_removes_what_is_not_declared(case: Case) -> None:
    plan = planned(case)
    removed = {item.key for item in plan.change.delete} if plan.change else set()
    undeclared = removed - case.declared.keys()
    if not case.options["exclusive"]:
        assert undeclared <= (case.gone if case.options["remove_orphans"] else set())
    for key in undeclared:
        assert case.held[key].lower() in MANAGED


@planner
@given(cases(exclusive=True))
def test_exclusive_leaves_nothing_of_the_managed_roles(case: Case) -> None:
    plan = planned(case)
    for item in served(case.records, plan.change):
        if item["properties"]["roleName"].lower() in MANAGED:
            assert key_of_record(item) in case.declared.keys() | case.protected


@planner
@given(cases(remove_orphans=True))
def test_confirmed_orphans_go_where_that_is_declared(case: Case) -> None:
    plan = planned(case)
    left = {key_of_record(item) for item in served(case.records, plan.change)}
    for key in case.gone & case.held.keys() - case.declared.keys() - case.protected:
        assert (key in left) == (case.held[key].lower() not in MANAGED)


@planner
@given(cases())
def test_the_change_is_the_smallest_one(case: Case) -> None:
    plan = planned(case)
    if plan.change is None:
        assert (plan.action, plan.differences, plan.removals, plan.writes) == (NONE, (), 0, 0)
        assert plan.before == plan.after
        return
    put, delete = [{item.key for item in part} for part in (plan.change.put, plan.change.delete)]
    assert not put & delete
    assert put | delete
    assert len(put) == len(plan.change.put)
    assert plan.removals == len(delete) == len(plan.change.delete)
    assert (plan.action, plan.writes, len(plan.differences)) == (UPDATE, 1, len(put | delete))
    for item in plan.change.put:
        assert case.declared[item.key].lower() != case.held.get(item.key, "").lower()


@planner
@given(cases())
def test_differences_name_the_principal_once_with_a_lasting_fingerprint(case: Case) -> None:
    plan = planned(case)
    drift = [item.as_drift(case.kind.name) for item in plan.differences]
    assert len({row["fingerprint"] for row in drift}) == len({row["id"] for row in drift}) == len(drift)
    for row in drift:
        assert row["before"] != row["after"]
        assert row["name"]
    assert [row["fingerprint"] for row in drift] == [
        item.as_drift(case.kind.name)["fingerprint"]
        for item in case.then(list(reversed(case.records))).plan.differences
    ]


@planner
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_entries_and_records_does_not_matter(case: Case, chance: st.DataObject) -> None:
    plan = planned(case)
    options = {**case.options, "assignments": [*case.options["assignments"]]}
    shuffled = [*case.records]
    chance.shuffle(options["assignments"])
    chance.shuffle(shuffled)
    other = Case(case.kind, shuffled, options, case.gone).plan
    assert (other.before, other.after, other.differences) == (plan.before, plan.after, plan.differences)
    assert (other.removals, other.writes) == (plan.removals, plan.writes)
    if plan.change:
        assert other.change
        assert set(other.change.put) == set(plan.change.put)
        assert set(other.change.delete) == set(plan.change.delete)


@planner
@given(cases(), st.booleans())
def test_the_resource_fed_back_plans_nothing(case: Case, exclusive: bool) -> None:
    """Also as the complete list: what is not in it is nothing that the kind manages."""
    plan = planned(case)
    options = {**plan.after, "exclusive": exclusive}
    del options["environment"], options[case.kind.thing_type.option]
    again = case.kind.plan(bound(case.kind, options), observed(case.kind, served(case.records, plan.change)))
    assert (again.action, again.differences) == (NONE, ())


@planner
@given(cases())
def test_unset_means_unmanaged(case: Case) -> None:
    """An empty list without `exclusive` declares nothing; only confirmed orphans may go."""
    options = {**case.options, "assignments": [], "state": "present", "exclusive": False, "remove_orphans": False}
    plan = Case(case.kind, case.records, options, case.gone).plan
    assert plan.action == NONE
    assert any("nothing is declared" in warning for warning in plan.warnings)


# -- two declarations of one thing ------------------------------------------------------------------------------------


@planner
@given(EVERY_KIND, records(), declarations(exclusive=False), declarations(exclusive=False))
def test_two_declarations_are_their_union_or_a_contradiction(
    kind: AssignmentKind, held: list[Json], one: Json, other: Json
) -> None:
    says = [
        {key_of(entry): "" if options["state"] == "absent" else entry["role"] for entry in options["assignments"]}
        for options in (one, other)
    ]
    first, second = bound(kind, one), bound(kind, other)
    if any(says[0][key] != says[1][key] for key in says[0].keys() & says[1].keys()):
        for left, right in ((first, second), (second, first)):
            with pytest.raises(OptionError, match="different things"):
                kind.merge(left, right)
        return
    merged = kind.merge(first, second)
    assert {**dict.fromkeys(merged.takes, ""), **{key: item.role for key, item in merged.gives.items()}} == {
        **says[0],
        **says[1],
    }
    assert merged.protected == first.protected | second.protected
    assert merged.remove_orphans == (one["remove_orphans"] or other["remove_orphans"])
    assert not merged.exclusive
    current = observed(kind, held)
    try:
        plan = kind.plan(merged, current)
    except GuardError:
        with pytest.raises(GuardError):
            kind.plan(kind.merge(second, first), current)
        return
    reverse = kind.plan(kind.merge(second, first), current)
    assert (reverse.after, reverse.differences) == (plan.after, plan.differences)
    for part in (first, second):
        if part.protected == merged.protected:
            single = kind.plan(part, current)
            assert {canonical(item.as_drift("")) for item in single.differences} <= {
                canonical(item.as_drift("")) for item in plan.differences
            }


@planner
@given(EVERY_KIND, declarations(exclusive=True), declarations())
def test_a_complete_list_has_no_second_part(kind: AssignmentKind, one: Json, other: Json) -> None:
    first, second = bound(kind, one), bound(kind, other)
    for left, right in ((first, second), (second, first)):
        with pytest.raises(OptionError, match="exclusive"):
            kind.merge(left, right)


@planner
@given(EVERY_KIND, declarations(exclusive=False))
def test_a_declaration_merged_with_itself_is_itself(kind: AssignmentKind, options: Json) -> None:
    one = bound(kind, options)
    merged = kind.merge(one, bound(kind, options))
    assert (merged.gives, merged.takes, merged.protected) == (one.gives, one.takes, one.protected)


@planner
@given(EVERY_KIND, entries(absent=False), st.sampled_from(IDS), st.permutations(ROLES))
def test_one_principal_with_two_roles_in_one_list_is_refused(
    kind: AssignmentKind, rest: list[Json], twice: str, roles: list[str]
) -> None:
    rows = [entry for entry in rest if key_of(entry) != twice]
    rows += [{"user": twice, "role": roles[0]}, {"user": twice.upper(), "role": roles[1]}]
    with pytest.raises(OptionError, match="one role"):
        bound(kind, {"assignments": rows})


@planner
@given(EVERY_KIND, entries(absent=False), st.sampled_from(IDS), st.sampled_from(ROLES))
def test_one_principal_twice_with_one_role_counts_once(
    kind: AssignmentKind, rest: list[Json], twice: str, role: str
) -> None:
    rows = [entry for entry in rest if key_of(entry) != twice]
    single = bound(kind, {"assignments": [*rows, {"user": twice, "role": role}]})
    double = bound(kind, {"assignments": [*rows, {"user": twice, "role": role}, {"user": twice.upper(), "role": role}]})
    assert double.gives == single.gives
    assert EVERYONE not in single.takes

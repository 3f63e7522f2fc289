# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of the plan of an app and its owner, whoever owns it and whatever is declared."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    DELETE,
    NONE,
    UPDATE,
    Caller,
    Plan,
    Target,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import Principal, PrincipalReference
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    CurrentAssignments,
    as_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.powerapp import KIND
from tests.unit.engine.conftest import declared
from tests.unit.resources.declaring import IDS, ROLES, record

Json = dict[str, Any]

OLD, NEW, OTHER = IDS[1:4]
KEPT = (None, *ROLES)
CALLER = Caller("", IDS[0], "", "application")
MISSING = KIND.missing(CALLER)


def target(owner: str = OLD, *, as_admin: bool = True) -> Target:
    """An app as a listing tells it."""
    said = {"name": "app-id", "properties": {"owner": {"id": owner, "type": "User", "displayName": f"Name of {owner}"}}}
    return Target(Thing("env", "Environment", {}), Thing("app-id", "App", KIND.thing_type.keep(said)), as_admin)


def found(reference: PrincipalReference) -> Principal:
    return Principal(reference.type, reference.value, "Nora New" if reference.fields else "")


def bound(**options: Any) -> Any:
    options = {"environment": "env", "app": "app-id", **options}
    where = target(as_admin=options.get("as_admin", True))
    return KIND.bind(KIND.parse(declared(KIND, **options)), where, found, CALLER)


def owned_by(owner: str) -> CurrentAssignments:
    current = KIND.listed(target(owner))
    assert current is not None
    return current


def planned(of: str = OLD, /, **options: Any) -> Plan[Any]:
    return KIND.plan(bound(**options), owned_by(of))


def giving(owner: str, kept: str | None) -> Json:
    """Options that give an app away; unset where the old owner keeps nothing."""
    return {"owner": owner, **({"role_for_old_owner": kept} if kept else {})}


# -- the owner -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", KEPT)
def test_a_new_owner_is_one_write_and_after_it_nothing_is_left(kept: str | None) -> None:
    wanted = giving(NEW, kept)
    plan = planned(**wanted)
    assert (plan.action, plan.writes, plan.refusal) == (UPDATE, 1, "")
    assert (plan.before["owner"], plan.after["owner"], plan.after["state"]) == (OLD, NEW, "present")
    again = planned(NEW, **wanted)
    assert (again.action, again.change, again.differences, again.removals, again.writes) == (NONE, None, (), 0, 0)
    assert again.before == again.after


@pytest.mark.parametrize("kept", KEPT)
def test_what_the_old_owner_loses_is_told_and_counted(kept: str | None) -> None:
    """For the default is that nothing is left (contract 3.6)."""
    plan = planned(**giving(NEW, kept))
    assert plan.removals == (0 if kept else 1)
    owner, old = plan.differences
    assert (owner.before["owner"], owner.after["owner"]) == (OLD, NEW)
    assert OLD in old.id
    assert old.before["role"] == "Owner"
    assert (old.after or {}).get("role") == kept
    held, left = plan.aside
    assert [row["role"] for row in held["assignments"]] == ["Owner"]
    assert [row["role"] for row in left["assignments"]] == ([kept] if kept else [])
    assert not held.keys() & KIND.options.keys()


@pytest.mark.parametrize("written", [OLD, OLD.upper()])
@pytest.mark.parametrize("kept", KEPT)
def test_the_present_owner_is_never_set_again(written: str, kept: str | None) -> None:
    """Whatever is said of the old one: there is none."""
    assert planned(**giving(written, kept)).action == NONE


def test_an_owner_that_is_not_declared_is_not_managed() -> None:
    for owner in IDS:
        plan = planned(owner)
        assert (plan.action, plan.differences) == (NONE, ())
        assert plan.before["owner"] == owner


def test_differences_last_whatever_people_are_called() -> None:
    one = KIND.listed(target(OLD.upper()))
    assert one is not None
    renamed = one._replace(
        assignments=tuple(
            item._replace(principal=item.principal._replace(name="Former name")) for item in one.assignments
        )
    )
    found = [KIND.plan(bound(owner=NEW), current) for current in (owned_by(OLD), one, renamed)]
    assert len({tuple(item.as_drift(KIND.name)["fingerprint"] for item in plan.differences) for plan in found}) == 1


def test_a_name_that_is_no_longer_right_is_told_and_not_followed() -> None:
    plan = planned(owner="nora@contoso.example", owner_display_name="Nora Old")
    assert "'Nora Old'" in plan.warnings[0]
    assert "'Nora New'" in plan.warnings[0]
    assert planned(owner=NEW, owner_display_name="Anybody").warnings == ()  # ids are not looked up


def test_a_resource_fed_back_plans_nothing() -> None:
    plan = planned(owner=NEW)
    for resource, owner in ((plan.before, OLD), (plan.after, NEW)):
        assert planned(owner, **resource).action == NONE
    gone = KIND.plan(bound(**planned(state="absent").after), MISSING)
    assert gone.action == NONE


def test_a_maker_is_shown_nothing_that_a_maker_cannot_declare() -> None:
    plan = planned(as_admin=False)
    assert "owner" not in plan.before
    assert planned(**plan.before).action == NONE


# -- whether it is there ---------------------------------------------------------------------------------------------


def test_absent_deletes_once() -> None:
    plan = planned(state="absent")
    assert (plan.action, plan.removals, plan.writes) == (DELETE, 1, 1)
    assert (plan.before["state"], plan.after["state"]) == ("present", "absent")
    [difference] = plan.differences
    assert difference.after is None
    gone = KIND.plan(bound(state="absent"), MISSING)
    assert (gone.action, gone.change, gone.differences, gone.removals) == (NONE, None, (), 0)
    assert gone.before == plan.after


@pytest.mark.parametrize("options", [{}, {"owner": NEW}])
def test_an_app_that_went_meanwhile_is_unknown_and_never_made(options: Json) -> None:
    with pytest.raises(UnknownReferenceError, match="app-id"):
        KIND.plan(bound(**options), MISSING)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"owner": NEW, "state": "absent"}, "owner"),
        ({"owner": NEW, "as_admin": False}, "as_admin"),
        ({"owner": "Nora New"}, "owner"),
        ({"owner": " "}, "owner"),
    ],
)
def test_what_can_never_be_right(options: Json, option: str) -> None:
    with pytest.raises(OptionError) as raised:
        bound(**options)
    assert raised.value.option == option
    assert raised.value.remedy


@pytest.mark.parametrize("said", [{}, {"displayName": "Somebody"}, None])
def test_an_app_of_nobody_can_be_given_away_and_removed(said: Json | None) -> None:
    """Nobody is taken for the owner, and nobody loses anything."""
    thing = Thing("app-id", "App", KIND.thing_type.keep({"properties": {"owner": said}}))
    current = KIND.listed(target()._replace(thing=thing))
    assert current is not None
    plan = KIND.plan(bound(owner=NEW), current)
    assert (plan.action, plan.writes, plan.removals, len(plan.differences)) == (UPDATE, 1, 0, 1)
    assert (plan.differences[0].before, plan.after["owner"]) == (None, NEW)
    assert "owner" not in plan.before
    assert KIND.plan(bound(state="absent"), current).action == DELETE


# -- what roles are planned on afterwards ----------------------------------------------------------------------------


def service(held: Json, owner: str, kept: str | None) -> Json:
    """modifyAppOwner, on role by principal (contract 3.6)."""
    old = next(key for key, role in held.items() if role == "Owner")
    left = {key: role for key, role in held.items() if key not in (old, owner)}
    return {owner: "Owner", **left, **({old: kept} if kept else {})}


@pytest.mark.parametrize("shared", [None, "CanView", "CanEdit"])
@pytest.mark.parametrize("kept", KEPT)
def test_the_outlook_is_what_the_service_then_holds(kept: str | None, shared: str | None) -> None:
    """Also where the new owner had a role before: the key is the principal."""
    held = {OLD: "Owner", OTHER: "CanEdit", **({NEW: shared} if shared else {})}
    records = [record(key, role, {"id": key, "type": "User", "displayName": key}) for key, role in held.items()]
    current = CurrentAssignments(tuple(map(as_assignment, records)))
    plan = planned(**giving(NEW.upper(), kept))
    assert plan.change is not None
    then = KIND.outlook(current, plan.change)
    assert {item.key: item.role for item in then.assignments} == service(held, NEW, kept)
    assert then.exists


# -- two declarations ------------------------------------------------------------------------------------------------

DECLARED: list[Json] = [
    {},
    {"owner": NEW},
    {"owner": NEW.upper()},
    {"owner": NEW, "role_for_old_owner": "CanView"},
    {"owner": OTHER},
    {"state": "absent"},
]


def meaning(options: Json) -> tuple[Any, ...]:
    return (options.get("state"), options.get("owner", "").lower(), options.get("role_for_old_owner"))


@pytest.mark.parametrize("one", DECLARED)
@pytest.mark.parametrize("other", DECLARED)
def test_two_declarations_are_one_or_a_contradiction(one: Json, other: Json) -> None:
    first, second = bound(**one), bound(**other)
    alike = meaning(one) == meaning(other)
    if alike or (one.get("state") == other.get("state") and not ("owner" in one and "owner" in other)):
        wanted = one.get("owner") or other.get("owner")
        for pair in ((first, second), (second, first)):
            change = KIND.plan(KIND.merge(*pair), owned_by(OLD)).change
            assert (change.owner.id.lower() if change and change.owner else None) == (
                wanted.lower() if wanted else None
            )
    else:
        with pytest.raises(OptionError, match="differently"):
            KIND.merge(first, second)

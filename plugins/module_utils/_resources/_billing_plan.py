# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that brings a billing policy to its declared state. Pure (contract: power-platform-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    DELETE,
    NONE,
    PRESENT,
    UPDATE,
    Difference,
    Json,
    Plan,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._billing import (
    ENABLED,
    FIXED,
    CurrentPolicy,
    DesiredPolicy,
    PolicyChange,
    WantedPolicy,
)

PolicyPlan = Plan[PolicyChange]
_OPTION = "billing_policy"


def plan_policy(head: Json, path: str, desired: DesiredPolicy, current: CurrentPolicy) -> PolicyPlan:
    """The smallest change to one policy.

    OptionError for what cannot change, GuardError for what two policies of a call want. An environment that another
    policy pays for is drift, which a plan without `move` is forbidden to mend.
    """
    wanted = desired.wanted
    _check_paid_once(desired)
    if current.record is None:
        gone = {**head, "state": ABSENT}
        return Plan(NONE, gone, gone) if wanted.absent else _plan_creation(head, path, desired, gone)
    head = {**head, _OPTION: current.record["id"]}
    before = {**head, **_rendered(current, desired), "state": PRESENT}
    if wanted.absent:
        return _plan_removal(head, path, current, before)
    return _plan_update(path, desired, current, before)


def _rendered(current: CurrentPolicy, desired: DesiredPolicy) -> Json:
    record = current.record or {}
    values: Json = {"name": record.get("name") or "", **current.fixed, "status": record.get("status") or ""}
    if desired.wanted.environments is not None:
        values["environments"] = sorted(current.environments)
    return values


def _plan_creation(head: Json, path: str, desired: DesiredPolicy, gone: Json) -> PolicyPlan:
    wanted, thing = desired.wanted, desired.target.thing
    if thing.id:
        raise OptionError(
            _OPTION,
            "there is no such policy, and a new one gets its id from the service.",
            value=thing.id,
            remedy="Check the id, or give the name of the policy to be made.",
        )
    missing = [option for option in FIXED if not getattr(wanted, option)]
    if missing:
        raise OptionError(
            missing[0],
            f"there is no policy {thing.name} yet, and a new one needs this.",
            remedy="Give it, or check the spelling of billing_policy.",
        )
    content = {
        "name": thing.name,
        "location": wanted.location,
        "status": wanted.status or ENABLED,
        "billingInstrument": {"subscriptionId": wanted.subscription_id, "resourceGroup": wanted.resource_group},
    }
    change = _links(desired, CurrentPolicy(None))._replace(create=content)
    after = {
        **head,
        "name": thing.name,
        "location": wanted.location,
        "subscription_id": wanted.subscription_id,
        "resource_group": wanted.resource_group,
        "status": content["status"],
        **({} if wanted.environments is None else {"environments": sorted(desired.environments)}),
        "state": PRESENT,
    }
    made = {"name": thing.name, "status": content["status"]}
    differences = (Difference(path, thing.name, before=None, after=made), *_link_rows(path, desired, change))
    return Plan(
        CREATE,
        gone,
        after,
        differences=differences,
        change=change,
        removals=sum(map(len, change.move.values())),
        writes=1 + bool(change.add),
        forbidden=_kept_by_another(desired, change),
    )


def _plan_removal(head: Json, path: str, current: CurrentPolicy, before: Json) -> PolicyPlan:
    record = current.record or {}
    name = str(record.get("name") or "")
    left = f" with {len(current.environments)} environments" if current.environments else ""
    return Plan(
        DELETE,
        before,
        {**head, "state": ABSENT},
        differences=(Difference(path, name, before={"name": name}, after=None),),
        change=PolicyChange(delete=True),
        # Whoever used it pays as before: every environment loses something.
        removals=1 + len(current.environments),
        writes=1,
        warnings=(f"Billing policy {name}{left} goes: nobody pays as they go there any more.",) if left else (),
    )


def _plan_update(path: str, desired: DesiredPolicy, current: CurrentPolicy, before: Json) -> PolicyPlan:
    wanted, record = desired.wanted, current.record or {}
    name, status = str(record.get("name") or ""), str(record.get("status") or "")
    _check_fixed(wanted, current, name)
    change = _links(desired, current)
    differences: list[Difference] = []
    after = dict(before)
    new_name, new_status = wanted.name or name, wanted.status or status
    if new_name != name:
        differences.append(Difference(f"{path}/name", name, before=name, after=new_name))
    if not same_text(new_status, status):
        differences.append(Difference(f"{path}/status", name, before=status, after=new_status))
    if differences:
        change = change._replace(update=(new_name, new_status))
        after.update(name=new_name, status=new_status)
    differences.extend(_link_rows(path, desired, change))
    if change == PolicyChange():
        return Plan(NONE, before, before)
    if wanted.environments is not None:
        kept = set(current.environments) - set(change.remove)
        after["environments"] = sorted(kept | set(change.add))
    return Plan(
        UPDATE,
        before,
        after,
        differences=tuple(differences),
        change=change,
        removals=len(change.remove) + sum(map(len, change.move.values())),
        writes=bool(change.update) + bool(change.add) + bool(change.remove),
        forbidden=_kept_by_another(desired, change),
    )


def _check_fixed(wanted: WantedPolicy, current: CurrentPolicy, name: str) -> None:
    for option, held in current.fixed.items():
        declared = getattr(wanted, option)
        if declared is not None and held and not same_text(declared, held):
            raise OptionError(
                option,
                f"billing policy {name} was made with {held}, and that never changes.",
                value=declared,
                remedy="Correct the declaration, or make another policy under another name and move the environments.",
            )


def _links(desired: DesiredPolicy, current: CurrentPolicy) -> PolicyChange:
    """The environments to add, to take from other policies, and to take away."""
    wanted = desired.wanted
    if wanted.environments is None:
        return PolicyChange()
    own = str((current.record or {}).get("id") or "")
    add = tuple(sorted(set(desired.environments) - current.environments))
    taken: dict[str, list[str]] = {}
    for environment in add:
        other = desired.linked.get(environment)
        if other is not None and not same_text(other.id, own):
            taken.setdefault(other.id, []).append(environment)
    remove = tuple(sorted(current.environments - set(desired.environments))) if wanted.exclusive else ()
    return PolicyChange(add=add, move={policy: tuple(moved) for policy, moved in taken.items()}, remove=remove)


def _kept_by_another(desired: DesiredPolicy, change: PolicyChange) -> OptionError | None:
    """Why environments cannot be added that other policies pay for; None where they may be taken."""
    if desired.wanted.move or not change.move:
        return None
    environment = min(_moved(change))
    other = desired.linked[environment]
    return OptionError(
        "environments",
        f"billing policy {other.name} ({other.id}) pays for this one.",
        value=desired.environments[environment] or environment,
        remedy="Set move=true to take it from there, or leave it out.",
    )


def _link_rows(path: str, desired: DesiredPolicy, change: PolicyChange) -> Iterable[Difference]:
    moved = _moved(change)
    for environment in change.add:
        row: Json = {"environment": environment, "environment_display_name": desired.environments[environment]}
        before = {"billing_policy": desired.linked[environment].id} if environment in moved else None
        yield Difference(
            f"{path}/environments/{environment}",
            desired.environments[environment] or environment,
            before=before,
            after=row,
        )
    for environment in change.remove:
        yield Difference(
            f"{path}/environments/{environment}", environment, before={"environment": environment}, after=None
        )


def _moved(change: PolicyChange) -> set[str]:
    return {environment for moved in change.move.values() for environment in moved}


def merge_policies(one: DesiredPolicy, other: DesiredPolicy) -> DesiredPolicy:
    """Two declarations of one policy as one. OptionError when they do not mean the same."""
    if _meant(one.wanted) != _meant(other.wanted):
        thing = one.target.thing
        raise OptionError(
            _OPTION,
            "another item declares this policy differently.",
            value=thing.name or thing.id,
            remedy="Keep one of the two items.",
        )
    return one


def _meant(wanted: WantedPolicy) -> WantedPolicy:
    """Equal for two declarations that differ in spelling alone."""
    environments = wanted.environments
    return wanted._replace(
        location=(wanted.location or "").casefold(),
        subscription_id=(wanted.subscription_id or "").casefold(),
        resource_group=(wanted.resource_group or "").casefold(),
        environments=None if environments is None else tuple(sorted({entry.casefold() for entry in environments})),
    )


def _check_paid_once(desired: DesiredPolicy) -> None:
    """GuardError for an environment that several policies of one call are to pay for."""
    for environment, name in sorted(desired.environments.items()):
        if len(desired.claimed.get(environment, ())) > 1:
            raise GuardError(
                f"Several items declare environment {name or environment} for different billing policies, and one "
                "policy pays for it at most.",
                remedy="Keep it in one of them.",
            )

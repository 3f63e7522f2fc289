# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A billing policy, and the environments that it pays for (contract: power-platform-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    NotFoundError,
    OptionError,
    PowerPlatformError,
    ServiceError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import delays
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Caller,
    Claim,
    Exported,
    Json,
    Plan,
    Target,
    Thing,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWER_PLATFORM, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._billing import (
    BILLING_OPTIONS,
    BILLING_POLICY,
    PROVISIONING,
    CurrentPolicy,
    DesiredPolicy,
    PolicyChange,
    PolicyDeclaration,
    as_policy,
    parse_policy,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._billing_plan import (
    merge_policies,
    plan_policy,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    DEFAULT,
    as_thing,
    default_environment,
    is_environment_id,
)

_READING = (
    power_platform.LIST_BILLING_POLICIES,
    power_platform.GET_BILLING_POLICY,
    power_platform.LIST_POLICY_ENVIRONMENTS,
)
_LINKING = (power_platform.ADD_POLICY_ENVIRONMENTS, power_platform.REMOVE_POLICY_ENVIRONMENTS)


class BillingPolicy(Kind[PolicyDeclaration, DesiredPolicy, CurrentPolicy, PolicyChange]):
    """A policy that is there as declared, or is gone."""

    name = "billing_policy"
    service = POWER_PLATFORM
    wave = 0
    document = "billing policy"
    thing_type = BILLING_POLICY
    exportable = True
    options = BILLING_OPTIONS

    def rerun_safe(self, change: PolicyChange) -> bool:
        # Nothing but its name tells a policy that this run has made.
        return change.create is None

    def parse(self, options: Mapping[str, Any]) -> PolicyDeclaration:
        return parse_policy(options)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (
            *_READING,
            bap.LIST_ENVIRONMENTS,
            power_platform.CREATE_BILLING_POLICY,
            power_platform.UPDATE_BILLING_POLICY,
            power_platform.DELETE_BILLING_POLICY,
            *_LINKING,
        )

    def operations(self, declaration: PolicyDeclaration) -> tuple[Operation, ...]:
        wanted = declaration.wanted
        if wanted.absent:
            return (*_READING, power_platform.DELETE_BILLING_POLICY)
        named = [entry for entry in wanted.environments or () if not _is_id(entry)]
        return (
            *_READING,
            *((bap.LIST_ENVIRONMENTS,) if named else ()),
            power_platform.CREATE_BILLING_POLICY,
            power_platform.UPDATE_BILLING_POLICY,
            *(() if wanted.environments is None else _LINKING),
        )

    def may_be_missing(self, declaration: PolicyDeclaration) -> bool:
        return True

    def bind(self, declaration: PolicyDeclaration, target: Target, find: Find, caller: Caller) -> DesiredPolicy:
        del find, caller
        return DesiredPolicy(target, declaration.wanted, {}, {})

    def merge(self, one: DesiredPolicy, other: DesiredPolicy) -> DesiredPolicy:
        return merge_policies(one, other)

    def claims(self, desired: DesiredPolicy) -> Iterable[Claim]:
        target, wanted = desired.target, desired.wanted
        name = (wanted.name or "") if target.exists else target.thing.name
        if name and not wanted.absent and not (target.exists and same_text(name, target.thing.name)):
            remedy = "Two policies of one name cannot be told apart: name one of them otherwise."
            yield Claim(f"the name {name.casefold()}", repr(target.key), remedy)

    def prepare(self, client: Client, desired: DesiredPolicy, once: Once) -> DesiredPolicy:
        target, wanted = desired.target, desired.wanted
        if target.exists and wanted.name and not same_text(wanted.name, target.thing.name):
            _check_free(wanted.name, target.thing, _policies(client, once))
        if wanted.environments is None:
            return desired
        environments = dict(_environments(client, wanted.environments, once))
        claimed: dict[str, set[str]] = once(("environments that are claimed",), dict)
        for environment in environments:
            claimed.setdefault(environment, set()).add(repr(target.key))
        held = frozenset(power_platform.list_policy_environments(client, target.thing.id) if target.exists else ())
        linked: Mapping[str, Thing] = {}
        if not held >= environments.keys():
            linked = once(("links of billing policies",), lambda: _linked(client, _policies(client, once)))
        return desired._replace(environments=environments, linked=linked, claimed=claimed)

    def missing(self, caller: Caller) -> CurrentPolicy:
        del caller
        return CurrentPolicy(None)

    def read(self, client: Client, target: Target) -> CurrentPolicy:
        """Once the service is through with its last change to it."""
        record = _provisioned(client, target.thing)
        if record is None:
            return CurrentPolicy(None)
        return CurrentPolicy(record, frozenset(power_platform.list_policy_environments(client, record["id"])))

    def plan(self, desired: DesiredPolicy, current: CurrentPolicy) -> Plan[PolicyChange]:
        return plan_policy(self.head(desired.target), self.path(desired.target), desired, current)

    def made(self, target: Target, current: CurrentPolicy) -> Target:
        if current.record is None:
            return target
        return target._replace(thing=as_thing(as_policy(current.record)), exists=True)

    def apply(self, client: Client, target: Target, change: PolicyChange) -> None:
        policy = target.thing
        if change.delete:
            power_platform.delete_billing_policy(client, policy.id)
            return
        if change.create is not None:
            made = power_platform.create_billing_policy(client, change.create)
            policy = Thing(str(made.get("id") or ""), policy.name, {})
        elif change.update is not None:
            power_platform.update_billing_policy(client, policy.id, *change.update)
        try:
            _link(client, policy, change)
        except PowerPlatformError as error:
            if change.create is None:
                raise
            raise UnfinishedError(
                f"Billing policy {policy.name} was made, and its environments were not added: {error.message}",
                remedy=f"{error.remedy} Running again adds them.".strip(),
                manual_steps=(),
                uncertain=True,
            ) from error

    def as_listed(self, client: Client, target: Target, once: Once) -> Json:
        del client, once
        return {**self.head(target), "environments": []}

    def as_found(self, declared: Json, plan: Plan[PolicyChange], *, exclusive: bool) -> Exported:
        # What the service does not tell is not declared, nor a status that is none to choose.
        shown = {name: value for name, value in plan.before.items() if value != ""}
        if shown.get("status") not in self.options["status"]["choices"]:
            shown.pop("status", None)
        return Exported({**shown, "exclusive": exclusive})

    def path(self, target: Target) -> str:
        return f"billing_policies/{target.thing.id or target.thing.name}"


def _link(client: Client, policy: Thing, change: PolicyChange) -> None:
    """Adds and removes environments, once the service is through with what was written of the policy itself."""
    if not (change.add or change.remove):
        return
    identifier = policy.id
    if change.create is not None or change.update is not None:
        record = _provisioned(client, policy)
        identifier = identifier if record is None else record["id"]
    if change.add:
        _add(client, identifier, change)
    if change.remove:
        power_platform.remove_policy_environments(client, identifier, [*change.remove])


def _add(client: Client, policy: str, change: PolicyChange) -> None:
    """Adds environments. Where the service does not move them from another policy, they are taken from it first."""
    environments = [*change.add]
    try:
        power_platform.add_policy_environments(client, policy, environments)
        return
    except ServiceError as error:
        if not (change.move and error.status == 400):
            raise
    taken: dict[str, Sequence[str]] = {}
    try:
        for other, moved in change.move.items():
            taken[other] = moved
            try:
                power_platform.remove_policy_environments(client, other, [*moved])
            except ServiceError as error:
                if _refused(error):
                    del taken[other]
                if not isinstance(error, NotFoundError):  # a policy that went meanwhile keeps nothing
                    raise
        power_platform.add_policy_environments(client, policy, environments)
    except PowerPlatformError as failure:
        if taken:
            raise _given_back(client, taken, failure) from failure
        raise


def _given_back(client: Client, taken: Mapping[str, Sequence[str]], failure: PowerPlatformError) -> UnfinishedError:
    """The error for environments that were taken from their policies for nothing, and belong to these again if may be.

    What may have been added all the same stays where it is.
    """
    left = {environment for moved in taken.values() for environment in moved}
    if _refused(failure):
        for other, moved in taken.items():
            with suppress(PowerPlatformError):
                power_platform.add_policy_environments(client, other, [*moved])
                left -= {*moved}
    if not left:
        message = f"Environments were taken from their billing policies and given back to them: {failure.message}"
        return UnfinishedError(message, remedy=failure.remedy, manual_steps=(), uncertain=False)
    return UnfinishedError(
        f"Perhaps no billing policy pays for {', '.join(sorted(left))} now: they were taken from theirs, and adding "
        f"them failed: {failure.message}",
        remedy=f"{failure.remedy} Running again adds them.".strip(),
        manual_steps=(),
        uncertain=True,
    )


def _refused(error: PowerPlatformError) -> bool:
    """Whether nothing can have come of a write."""
    return isinstance(error, ServiceError) and not error.uncertain


def _provisioned(client: Client, policy: Thing) -> Json | None:
    """The service's record once it is through with its last change to it; None when there is no such policy."""
    record = _record(client, policy)
    pauses = delays()
    while record is not None and same_text(record.get("status"), PROVISIONING):
        try:
            client.wait(next(pauses))
            record = _record(client, Thing(record["id"], policy.name, {}))
        except DeadlineError as error:
            raise DeadlineError(
                f"The service was still provisioning billing policy {policy.name or policy.id} when the deadline of "
                "the task came.",
                remedy="Raise `deadline`. The service goes on with it; running again looks at it anew.",
            ) from error
    return record


def _record(client: Client, policy: Thing) -> Json | None:
    """The policy as it is; one that was just made is found by its name."""
    if policy.id:
        try:
            return power_platform.get_billing_policy(client, policy.id)
        except NotFoundError:
            return None
    listed = power_platform.list_billing_policies(client)
    return next((record for record in listed if same_text(record.get("name"), policy.name)), None)


def _policies(client: Client, once: Once) -> Sequence[Thing]:
    """All policies of the tenant."""
    return once(
        ("billing policies",),
        lambda: [as_thing(as_policy(record)) for record in power_platform.list_billing_policies(client)],
    )


def _check_free(name: str, policy: Thing, policies: Iterable[Thing]) -> None:
    """OptionError for a new name by which another policy is found already."""
    for other in policies:
        if same_text(other.name, name) and other.id != policy.id:
            raise OptionError(
                "name",
                f"another billing policy ({other.id}) bears it, and two of one name cannot be told apart.",
                value=name,
                remedy="Choose another name.",
            )


def _is_id(environment: str) -> bool:
    """Whether it is an id by itself, and no word for one."""
    return is_environment_id(environment) and not same_text(environment, DEFAULT)


def _environments(client: Client, wanted: Iterable[str], once: Once) -> Iterable[tuple[str, str]]:
    """Ids in lower case, with names. UnknownReferenceError and AmbiguousReferenceError for a name that fits none."""
    for entry in wanted:
        if _is_id(entry):
            yield entry.lower(), ""
            continue
        things, listing = once(("environments",), lambda: _listed(client))
        default = same_text(entry, DEFAULT)
        found = (
            default_environment(things)
            if default
            else listing.find("environments", entry, by_id=False, where="the tenant")
        )
        if isinstance(found, PowerPlatformError):
            raise found
        yield found.id.lower(), found.name


def _listed(client: Client) -> tuple[Sequence[Thing], Listing]:
    things = [as_thing(record) for record in bap.list_environments(client, as_admin=True)]
    return things, Listing(things)


def _linked(client: Client, policies: Iterable[Thing]) -> dict[str, Thing]:
    """Which policy pays for which environment, by the environment's id in lower case."""
    return {
        environment: policy
        for policy in policies
        for environment in power_platform.list_policy_environments(client, policy.id)
    }


KIND = BillingPolicy()

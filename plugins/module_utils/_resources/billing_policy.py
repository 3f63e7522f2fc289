# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A billing policy, and the environments that it pays for (contract: power-platform-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    PowerPlatformError,
    ServiceError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import delays
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Caller,
    Claim,
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
    check_paid_once,
    merge_policies,
    plan_policy,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    Listing,
    as_thing,
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
    document = "billing policy"
    thing_type = BILLING_POLICY
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
        named = [entry for entry in wanted.environments or () if not is_environment_id(entry)]
        return (
            *_READING,
            *((bap.LIST_ENVIRONMENTS,) if named else ()),
            power_platform.CREATE_BILLING_POLICY,
            power_platform.UPDATE_BILLING_POLICY,
            *(_LINKING if wanted.environments else ()),
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
        if desired.wanted.environments is None:
            return desired
        environments = dict(_environments(client, desired.wanted.environments, once))
        mine = repr(desired.target.key)
        for environment, name in environments.items():
            check_paid_once(name or environment, once(("paid", environment), lambda: mine), mine)
        linked = once(("links of billing policies",), lambda: _linked(client))
        return desired._replace(environments=environments, linked=linked)

    def missing(self, caller: Caller) -> CurrentPolicy:
        del caller
        return CurrentPolicy(None)

    def read(self, client: Client, target: Target) -> CurrentPolicy:
        """Once the service is through with its last change to it."""
        record = _record(client, target)
        pauses = delays()
        while record is not None and same_text(record.get("status"), PROVISIONING):
            client.wait(next(pauses))
            record = _record(client, target._replace(thing=Thing(record["id"], target.thing.name, {})))
        if record is None:
            return CurrentPolicy(None)
        return CurrentPolicy(record, frozenset(power_platform.list_policy_environments(client, record["id"])))

    def plan(self, desired: DesiredPolicy, current: CurrentPolicy) -> Plan[PolicyChange]:
        return plan_policy(self.head(desired.target), self.path(desired.target), desired, current)

    def made(self, target: Target, current: CurrentPolicy) -> Target:
        if current.record is None:
            return target
        return target._replace(thing=as_thing(as_policy(current.record)), exists=True)

    def written(self, client: Client, desired: DesiredPolicy, change: PolicyChange) -> DesiredPolicy:
        del client, change  # what others pay for is compared no more: the list of its own environments tells
        return desired._replace(linked={})

    def apply(self, client: Client, target: Target, change: PolicyChange) -> None:
        policy = target.thing.id
        if change.delete:
            power_platform.delete_billing_policy(client, policy)
            return
        if change.create is not None:
            policy = str(power_platform.create_billing_policy(client, change.create).get("id") or "")
        elif change.update is not None:
            power_platform.update_billing_policy(client, policy, *change.update)
        try:
            self._link(client, target, policy, change)
        except PowerPlatformError as error:
            if change.create is None:
                raise
            raise UnfinishedError(
                f"Billing policy {target.thing.name} was made, and its environments were not added: {error.message}",
                remedy=f"{error.remedy} Running again adds them.".strip(),
                manual_steps=(),
                uncertain=True,
            ) from error

    def _link(self, client: Client, target: Target, policy: str, change: PolicyChange) -> None:
        if change.add:
            if change.create is not None:
                self.read(client, target._replace(thing=Thing(policy, target.thing.name, {})))
            _add(client, policy, change)
        if change.remove:
            power_platform.remove_policy_environments(client, policy, [*change.remove])

    def path(self, target: Target) -> str:
        return f"billing_policies/{target.thing.id or target.thing.name}"


def _add(client: Client, policy: str, change: PolicyChange) -> None:
    """Adds environments. Where the service does not move them from another policy, they are taken from it first."""
    environments = [*change.add]
    try:
        power_platform.add_policy_environments(client, policy, environments)
    except ServiceError as error:
        if not (change.move and error.status == 400):
            raise
        for other, moved in change.move.items():
            power_platform.remove_policy_environments(client, other, [*moved])
        try:
            power_platform.add_policy_environments(client, policy, environments)
        except PowerPlatformError as failure:
            taken = ", ".join(environment for moved in change.move.values() for environment in moved)
            raise UnfinishedError(
                f"No billing policy pays for {taken} now: they were taken from theirs, and then not added: "
                f"{failure.message}",
                remedy=f"{failure.remedy} Running again adds them.".strip(),
                manual_steps=(),
                uncertain=True,
            ) from failure


def _record(client: Client, target: Target) -> Json | None:
    """The policy; one that was just made is found by its name."""
    if target.thing.id:
        try:
            return power_platform.get_billing_policy(client, target.thing.id)
        except NotFoundError:
            return None
    listed = power_platform.list_billing_policies(client)
    return next((record for record in listed if same_text(record.get("name"), target.thing.name)), None)


def _environments(client: Client, wanted: Iterable[str], once: Once) -> Iterable[tuple[str, str]]:
    """Ids in lower case, with names. UnknownReferenceError and AmbiguousReferenceError for a name that fits none."""
    for entry in wanted:
        if is_environment_id(entry) and not entry.startswith("~"):
            yield entry.lower(), ""
            continue
        listing = once(
            ("listing of environments",), lambda: Listing(map(as_thing, bap.list_environments(client, as_admin=True)))
        )
        found = listing.find("environments", entry, by_id=False, where="the tenant")
        if isinstance(found, PowerPlatformError):
            raise found
        yield found.id.lower(), found.name


def _linked(client: Client) -> dict[str, Thing]:
    """Which policy pays for which environment, by the environment's id in lower case."""
    found: dict[str, Thing] = {}
    for record in power_platform.list_billing_policies(client):
        policy = as_thing(as_policy(record))
        for environment in power_platform.list_policy_environments(client, policy.id):
            found[environment] = policy
    return found


KIND = BillingPolicy()

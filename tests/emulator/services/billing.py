# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billing policies and the environments that they pay for (power-platform-api.md 4.1)."""

from __future__ import annotations

import uuid
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..paging import listing, page_of
from ..platform_model import BillingPolicy
from ..world import World
from .base import folded, json_of
from .clock import now, seconds
from .platform_access import Access, author
from .platform_routes import NEXT, Serve, enveloped

PAGE = 100  # ASSUMED: only $top and the link are known
_READ = Access("Licensing.BillingPolicies.Read")
_WRITE = Access("Licensing.BillingPolicies.ReadWrite")
_STATES = ("Enabled", "Disabled")
_MADE_OF = frozenset({"name", "location", "status", "billinginstrument"})


class Billing:
    def __init__(self, world: World, serve: Serve) -> None:
        self.world = world
        self.state = world.state
        self.policies = world.state.tenant.platform.billing_policies
        root = "/licensing/billingPolicies"
        one = f"{root}/{{}}"
        for method, path, handler, access in (
            ("GET", root, self._list, _READ),
            ("POST", root, self._create, _WRITE),
            ("GET", one, self._get, _READ),
            ("PUT", one, self._update, _WRITE),
            ("DELETE", one, self._delete, _WRITE),
            ("POST", f"{one}/refreshProvisioningStatus", self._refresh, _WRITE),
            ("GET", f"{one}/environments", self._links, _READ),
            ("GET", f"{one}/environments/{{}}", self._link, _READ),
            ("POST", f"{one}/environments/add", self._add, _WRITE),
            ("POST", f"{one}/environments/remove", self._remove, _WRITE),
            ("GET", "/licensing/environments/{environment}/billingPolicy", self._of_environment, _READ),
        ):
            serve(method, path, handler, access, enveloped)

    # -- finding -----------------------------------------------------------------------------------------------------

    def _seen(self, policy_id: str) -> BillingPolicy:
        """As a reader sees it."""
        item = self.policies.get(policy_id.lower())
        seen = None if item is None else self.state.seen(self.policies, item)
        if seen is None or seen.deleted:
            raise _missing(policy_id)
        return seen

    def _live(self, policy_id: str) -> BillingPolicy:
        """The record itself: who writes takes this one."""
        item = self.policies.get(policy_id.lower())
        if item is None or item.deleted:
            raise _missing(policy_id)
        return item

    def _settle(self, item: BillingPolicy) -> None:
        """A read went by: a policy that is provisioned gets on."""
        if item.then is None or self.policies.get(item.id) is not item:
            return
        self.state.in_time(self.policies, item.id)
        item.reads -= 1
        if item.reads <= 0:
            item.status, item.then = item.then, None

    def _shown(self, item: BillingPolicy) -> dict[str, Any]:
        """`type` is on the wire and in no document."""
        path = f"/subscriptions/{item.subscription}/resourceGroups/{item.resource_group}"
        shape = {
            "id": item.id,
            "name": item.name,
            "type": "TenantOwned",
            "status": item.status,
            "location": item.location,
            "billingInstrument": {
                "id": f"{path}/providers/Microsoft.PowerPlatform/accounts/{item.account}",
                "resourceGroup": item.resource_group,
                "subscriptionId": item.subscription,
            },
            "createdOn": seconds(item.created),
            "createdBy": author(self.world, item.created_by),
            "lastModifiedOn": seconds(item.modified),
            "lastModifiedBy": author(self.world, item.modified_by),
        }
        self._settle(item)
        return shape

    # -- policies ----------------------------------------------------------------------------------------------------

    def _list(self, call: Call) -> Reply:
        seen = [self.state.seen(self.policies, item) for item in list(self.policies.values())]
        chosen, link = page_of(call, self.world.faults, [item for item in seen if not item.deleted], PAGE)
        return Reply(200, listing([self._shown(item) for item in chosen], link, NEXT))

    def _get(self, _unused: Call, policy_id: str) -> Reply:
        return Reply(200, self._shown(self._seen(policy_id)))

    def _refresh(self, _unused: Call, policy_id: str) -> Reply:
        """ASSUMED: it asks for the status and counts as one read."""
        return Reply(200, self._shown(self._live(policy_id)))

    def _create(self, call: Call) -> Reply:
        """No key makes it safe to repeat, and names need not differ (ASSUMED): a second one is another policy."""
        body = _body(call, _MADE_OF)
        instrument = folded(body.get("billinginstrument"))
        name, location = _text(body, "name"), _text(body, "location")
        subscription = _text(instrument, "subscriptionid", "billingInstrument.")
        group = _text(instrument, "resourcegroup", "billingInstrument.")
        time, who = now(), call.oid()
        item = BillingPolicy(str(uuid.uuid4()), name, subscription, group, location, account=name)
        item.created = item.modified = time
        item.created_by = item.modified_by = who
        self._provision(call, item, _status(body, "Enabled"))
        self.state.before(self.policies, item.id)
        self.policies[item.id] = item
        return Reply(201, self._answered(item))

    def _update(self, call: Call, policy_id: str) -> Reply:
        """Name and status; where it is billed, and where it lies, cannot change."""
        item = self._live(policy_id)
        body = _body(call, frozenset({"name", "status"}))
        name, status = _text(body, "name") if "name" in body else item.name, _status(body, item.then or item.status)
        self.state.before(self.policies, item.id)
        item.name, item.modified, item.modified_by = name, now(), call.oid()
        self._provision(call, item, status)
        return Reply(200, self._answered(item))

    def _answered(self, item: BillingPolicy) -> dict[str, Any]:
        """What a write answers counts as no read."""
        return self._shown(item.clone())

    def _provision(self, call: Call, item: BillingPolicy, status: str) -> None:
        """At once, unless the fault `provisioning` says after how many reads, and as what."""
        rule = self.world.faults.rule("provisioning", call)
        if rule is None:
            item.status, item.then = status, None
            return
        item.status, item.then = "Provisioning", str(rule.data.get("end", status))
        item.reads = int(rule.data.get("reads", 1))

    def _delete(self, _unused: Call, policy_id: str) -> Reply:
        """ASSUMED: its environments do not keep it, they have no policy from then on."""
        item = self._live(policy_id)
        self.state.before(self.policies, item.id)
        item.deleted = True
        return Reply(204)

    # -- environments ------------------------------------------------------------------------------------------------

    def _spelled(self, call: Call, name: str) -> str:
        """An id as it was sent, or in the case that the fault `id_case` asks for."""
        rule = self.world.faults.rule("id_case", call)
        if rule is None:
            return name
        return name.lower() if rule.data.get("case", "upper") == "lower" else name.upper()

    def _links(self, call: Call, policy_id: str) -> Reply:
        item = self._seen(policy_id)
        chosen, link = page_of(call, self.world.faults, item.environments, PAGE)
        rows = [{"billingPolicyId": item.id, "environmentId": self._spelled(call, name)} for name in chosen]
        return Reply(200, listing(rows, link, NEXT))

    def _link(self, call: Call, policy_id: str, environment: str) -> Reply:
        item = self._seen(policy_id)
        found = next((name for name in item.environments if name.lower() == environment.lower()), None)
        if found is None:  # ASSUMED: the code; only the 404 is known
            text = f"The environment '{environment}' is not linked to the billing policy '{policy_id}'."
            raise ServiceError(404, "EnvironmentNotFound", text)
        return Reply(200, {"billingPolicyId": item.id, "environmentId": self._spelled(call, found)})

    def _add(self, call: Call, policy_id: str) -> Reply:
        """ASSUMED: all or none; one that is linked already is left alone, one of another policy moves to this one."""
        item = self._live(policy_id)
        names = _environment_ids(call)
        for name in names:
            if self.state.environment(name) is None:
                raise ServiceError(404, "EnvironmentNotFound", f"The environment '{name}' could not be found.")
        others = [policy for policy in self.policies.values() if policy is not item and not policy.deleted]
        held = [(policy, name) for policy in others for name in names if policy.covers(name)]
        if held and self.world.faults.rule("one_policy", call) is not None:
            text = f"The environment '{held[0][1]}' is linked to the billing policy '{held[0][0].id}'."
            raise ServiceError(400, envelopes.SECOND_POLICY, text)
        for policy, name in held:
            self._unlink(policy, [name])
        fresh = [name for name in names if not item.covers(name)]
        if fresh:
            self.state.before(self.policies, item.id)
            item.environments = [*item.environments, *fresh]
        return Reply(200)

    def _remove(self, call: Call, policy_id: str) -> Reply:
        """ASSUMED: 200 for what is not linked, whether it exists or not."""
        self._unlink(self._live(policy_id), _environment_ids(call))
        return Reply(200)

    def _unlink(self, item: BillingPolicy, names: list[str]) -> None:
        low = {name.lower() for name in names}
        if any(name.lower() in low for name in item.environments):
            self.state.before(self.policies, item.id)
            item.environments = [name for name in item.environments if name.lower() not in low]

    def _of_environment(self, _unused: Call, environment: Environment) -> Reply:
        seen = [self.state.seen(self.policies, item) for item in list(self.policies.values())]
        found = next((item for item in seen if not item.deleted and item.covers(environment.id)), None)
        if found is None:  # ASSUMED: what "none" looks like is not documented
            text = f"The environment '{environment.id}' has no billing policy."
            raise ServiceError(404, "BillingPolicyNotFound", text)
        return Reply(200, self._shown(found))


# -- bodies ----------------------------------------------------------------------------------------------------------


def _body(call: Call, known: frozenset[str]) -> dict[str, object]:
    """Members without case. ASSUMED: what a body cannot have is refused on a create as it is on an update."""
    sent = json_of(call, envelopes.BAD_REQUEST)
    unknown = [key for key in sent if key.lower() not in known]
    if unknown:
        raise ServiceError(400, envelopes.BAD_REQUEST, f"The member '{unknown[0]}' is not allowed here.")
    return folded(sent)


def _text(body: dict[str, object], name: str, where: str = "") -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found.strip():
        raise ServiceError(400, envelopes.BAD_REQUEST, f"The member '{where}{name}' is needed.")
    return found


def _status(body: dict[str, object], default: str) -> str:
    if body.get("status") is None:
        return default
    wanted = str(body["status"]).lower()
    for state in _STATES:
        if state.lower() == wanted:
            return state
    text = f"The status '{body['status']}' is none of {', '.join(_STATES)}."
    raise ServiceError(400, envelopes.BAD_REQUEST, text)


def _environment_ids(call: Call) -> list[str]:
    """Each one once. ASSUMED: 400 for a body without them."""
    found = folded(json_of(call, envelopes.BAD_REQUEST)).get("environmentids")
    if not isinstance(found, list) or not found or not all(isinstance(item, str) and item for item in found):
        raise ServiceError(400, envelopes.BAD_REQUEST, "A list of environmentIds is needed.")
    return list({item.lower(): item for item in reversed(found)}.values())[::-1]


def _missing(policy_id: str) -> ServiceError:
    return ServiceError(404, "BillingPolicyNotFound", f"The billing policy '{policy_id}' could not be found.")

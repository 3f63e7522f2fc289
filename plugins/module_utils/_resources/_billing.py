# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billing policies as things of the tenant: what is declared and known of one (contract: power-platform-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    PRESENT,
    Json,
    Target,
    Thing,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType, is_guid

ENABLED = "Enabled"
DISABLED = "Disabled"
PROVISIONING = "Provisioning"
# What a policy is made with, and keeps for good; each has a place in the service's record.
FIXED = ("location", "subscription_id", "resource_group")
_CONTENT = ("name", *FIXED, "status", "environments")

BILLING_OPTIONS: Mapping[str, Json] = {
    "billing_policy": {"type": "str", "required": True},
    "name": {"type": "str"},
    "location": {"type": "str"},
    "subscription_id": {"type": "str"},
    "resource_group": {"type": "str"},
    "status": {"type": "str", "choices": [ENABLED, DISABLED]},
    "environments": {"type": "list", "elements": "str"},
    "exclusive": {"type": "bool", "default": False},
    "move": {"type": "bool", "default": False},
    "max_removals": {"type": "int", "default": 20},
    "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
}


class WantedPolicy(NamedTuple):
    """What the options say of one policy; None is not declared."""

    name: str | None
    location: str | None
    subscription_id: str | None
    resource_group: str | None
    status: str | None
    environments: tuple[str, ...] | None
    exclusive: bool
    move: bool
    absent: bool


class PolicyDeclaration(NamedTuple):
    """The options of billing_policy."""

    thing: str
    wanted: WantedPolicy
    max_removals: int
    environment: str = ""
    environment_display_name: str | None = None
    display_name: str | None = None
    as_admin: bool = True


class DesiredPolicy(NamedTuple):
    """What is declared of one policy.

    environments: the declared ones by id in lower case, with their names. linked: the policies that pay for
    environments by now. claimed: the policies of this call that are to pay for environments.
    """

    target: Target
    wanted: WantedPolicy
    environments: Mapping[str, str]
    linked: Mapping[str, Thing]
    claimed: Mapping[str, Collection[str]] = MappingProxyType({})


class CurrentPolicy(NamedTuple):
    """What the service says; `record` is None when there is no such policy. environments: ids in lower case."""

    record: Json | None
    environments: frozenset[str] = frozenset()

    @property
    def fixed(self) -> dict[str, str]:
        """What a policy was made with, by option."""
        record = self.record or {}
        instrument: Json = record.get("billingInstrument") or {}
        return {
            "location": str(record.get("location") or ""),
            "subscription_id": str(instrument.get("subscriptionId") or ""),
            "resource_group": str(instrument.get("resourceGroup") or ""),
        }


class PolicyChange(NamedTuple):
    """What to write. create: the whole content. update: name and status. move: what is taken from which policy."""

    create: Json | None = None
    update: tuple[str, str] | None = None
    add: tuple[str, ...] = ()
    move: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    remove: tuple[str, ...] = ()
    delete: bool = False


def parse_policy(options: Mapping[str, Any]) -> PolicyDeclaration:
    """What is declared. OptionError for what cannot be meant."""
    absent = options["state"] == ABSENT
    given = [option for option in _CONTENT if options[option] is not None]
    if absent and (given or options["exclusive"] or options["move"]):
        option = given[0] if given else ("exclusive" if options["exclusive"] else "move")
        raise OptionError(option, "a policy that is to be removed has none.", remedy="Leave it out.")
    for option in ("exclusive", "move"):
        if options[option] and options["environments"] is None:
            raise OptionError(
                option, "it is about environments, and none are declared.", value=True, remedy="Give environments."
            )
    for option in ("name", *FIXED):
        if options[option] is not None and not options[option].strip():
            raise OptionError(option, "it is empty.", value=options[option], remedy="Give it, or leave it out.")
    for number, entry in enumerate(options["environments"] or ()):
        if not entry.strip():
            raise OptionError(f"environments[{number}]", "it is empty.", remedy="Give an id or a display name.")
    subscription = options["subscription_id"]
    if subscription is not None and not is_guid(subscription):
        raise OptionError("subscription_id", "it is no GUID.", value=subscription, remedy="Give the subscription's id.")
    named = is_guid(options["billing_policy"]) or same_text(options["name"], options["billing_policy"])
    if options["name"] is not None and not named:
        raise OptionError(
            "name",
            "the policy is named by another name, under which the next run would not find it any more.",
            value=options["name"],
            remedy="To rename a policy, give its id in billing_policy.",
        )
    environments = options["environments"]
    wanted = WantedPolicy(
        name=options["name"],
        location=options["location"],
        subscription_id=subscription,
        resource_group=options["resource_group"],
        status=options["status"],
        environments=None if environments is None else tuple(environments),
        exclusive=options["exclusive"],
        move=options["move"],
        absent=absent,
    )
    return PolicyDeclaration(options["billing_policy"], wanted, options["max_removals"])


def as_policy(record: Json) -> Json:
    """A policy in the form of the things of other services."""
    identifier = record.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise UnreadableAnswerError("The service described a billing policy without its id.")
    return {"name": identifier, "properties": {"displayName": record.get("name") or ""}, "policy": record}


def _list(client: Client, _environment: Thing, *, as_admin: bool) -> Iterator[Json]:
    del as_admin
    return map(as_policy, power_platform.list_billing_policies(client))


def _get(client: Client, _environment: Thing, policy: str, *, as_admin: bool) -> Json:
    del as_admin
    return as_policy(power_platform.get_billing_policy(client, policy))


def _kept(record: Json) -> Json:
    return {"policy": record["policy"]}


BILLING_POLICY = ThingType("billing_policy", _list, _get, keep=_kept, in_environment=False)

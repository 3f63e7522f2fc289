# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection is, and the plan that brings it to its declared state. Pure.

Contract: powerapps-admin.md 3.7, power-platform-api.md 4.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    PowerPlatformError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    CREATE,
    DELETE,
    NONE,
    UPDATE,
    Caller,
    Difference,
    Json,
    Plan,
    Target,
    creator,
    display_name,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    ABSENT,
    PRESENT,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    connector_of,
    health,
    parameters_of,
    statuses,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import Secrets, same_value

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind

_UNAUTHENTICATED = "Unauthenticated"


class DesiredConnection(NamedTuple):
    """What is declared of one connection; `target` and `caller` are known once names have become ids."""

    target: Target | None
    caller: Caller | None
    connector: str
    display_name: str | None
    parameters: Mapping[str, Any] | None
    parameter_set: str | None
    secrets: Secrets
    require_connected: bool
    absent: bool


class CurrentConnection(NamedTuple):
    """The service's record of it; None when there is no such connection."""

    record: Json | None


class ConnectionChange(NamedTuple):
    """What to write. `secrets` are values to send; it is shown nowhere."""

    connector: str
    removes: bool = False
    updates: bool = False
    display_name: str | None = None
    parameters: Mapping[str, Any] | None = None
    parameter_set: str | None = None
    secrets: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"ConnectionChange({self.connector})"


ConnectionPlan = Plan[ConnectionChange]


def plan_connection(kind: AnyKind, desired: DesiredConnection, current: CurrentConnection) -> ConnectionPlan:
    """The smallest change to one connection.

    OptionError where options are missing or cannot be, GuardError for the connection of another identity.
    """
    target, record = desired.target, current.record
    if target is None:
        raise PowerPlatformError("A connection was planned before it was looked up.")
    head, path = kind.head(target), kind.path(target)
    if record is None:
        return _plan_missing(head, path, target, desired)
    before = {**head, "connector": connector_of(record), **_shown(record, desired), "state": PRESENT}
    facts = _facts(record)
    if desired.absent:
        _check_connector(record, desired, target)
        gone = {**head, "connector": desired.connector, "state": ABSENT}
        difference = Difference(path, target.thing.name, before=_shown(record, desired), after=None)
        change = ConnectionChange(connector_of(record), removes=True)
        return Plan(DELETE, before, gone, differences=(difference,), change=change, removals=1, writes=1, facts=facts)
    _check_connector(record, desired, target)
    return _plan_present(path, target, desired, record, before)


def _plan_missing(head: Json, path: str, target: Target, desired: DesiredConnection) -> ConnectionPlan:
    gone = {**head, "connector": desired.connector, "state": ABSENT}
    if desired.absent:
        return Plan(NONE, gone, gone)
    if not desired.display_name:
        raise OptionError(
            "display_name",
            f"there is no connection {target.thing.id} of {desired.connector} yet, and a new one needs a name.",
            remedy="Give display_name, or check connection_id and key.",
        )
    change = ConnectionChange(
        desired.connector,
        display_name=desired.display_name,
        parameters=desired.parameters,
        parameter_set=desired.parameter_set,
        secrets=desired.secrets.values,
    )
    shown = _declared(desired)
    return Plan(
        CREATE,
        gone,
        {**head, "connector": desired.connector, **shown, "state": PRESENT},
        differences=(Difference(path, desired.display_name, before=None, after=shown),),
        change=change,
        writes=1,
    )


def _plan_present(path: str, target: Target, desired: DesiredConnection, record: Json, before: Json) -> ConnectionPlan:
    actual = _shown(record, desired)
    wanted = _changes(desired, actual)
    due = desired.secrets.due(properties(record).get("lastModifiedTime") or "")
    differences = [
        Difference(f"{path}/{name}", target.thing.name, before=actual.get(name), after=value)
        for name, value in wanted.items()
    ]
    if due:
        differences.append(Difference(f"{path}/secrets", target.thing.name, before=due, after="written"))
    state, told, refusal = health(record), "", ""
    if not state.connected:
        told = _unhealthy(record, target)
        if desired.require_connected:
            differences.append(
                Difference(
                    f"{path}/status",
                    target.thing.name,
                    before=f"{state.status} {state.code}".strip(),
                    after="Connected",
                )
            )
            refusal = told
    change = None
    if wanted or due:
        _check_owner(record, desired, target)
        change = ConnectionChange(
            connector_of(record),
            updates=True,
            display_name=wanted.get("display_name"),
            parameters=wanted.get("parameters"),
            parameter_set=desired.parameter_set,
            secrets=desired.secrets.values if due else None,
        )
    return Plan(
        UPDATE if change else NONE,
        before,
        {**before, **wanted},
        differences=tuple(differences),
        change=change,
        writes=1 if change else 0,
        warnings=(told,) if not (state.connected or desired.require_connected) else (),
        facts=_facts(record),
        # A change may heal it; what it is afterwards is seen when it is read back.
        refusal="" if change else refusal,
    )


def content(present: Json, environment: str, change: ConnectionChange) -> Json:
    """The `properties` to send: those that are there, with the change put in (contract: power-platform-api.md 4.7)."""
    sent = {
        **present,
        "environment": {"id": f"/providers/Microsoft.PowerApps/environments/{environment}", "name": environment},
    }
    if change.display_name:
        sent["displayName"] = change.display_name
    declared = {**(change.parameters or {}), **(change.secrets or {})}
    present_set = present.get("connectionParametersSet") or {}
    name = change.parameter_set or present_set.get("name")
    if name:
        values = present_set.get("values") or {} if same_text(name, present_set.get("name")) else {}
        values = {**values, **{key: {"value": value} for key, value in declared.items()}}
        sent["connectionParametersSet"] = {"name": name, "values": values}
    elif declared or not present:
        sent["connectionParameters"] = {**(present.get("connectionParameters") or {}), **declared}
    return sent


def _shown(record: Json, desired: DesiredConnection) -> Json:
    """A connection in the words of the options. A secret that a service gave away would not be shown either."""
    chosen, parameters = parameters_of(record)
    kept = {name: value for name, value in parameters.items() if name not in desired.secrets.values}
    shown: Json = {"display_name": display_name(record), "parameters": kept}
    return {**shown, "parameter_set": chosen} if chosen else shown


def _declared(desired: DesiredConnection) -> Json:
    shown: Json = {"display_name": desired.display_name, "parameters": dict(desired.parameters or {})}
    return {**shown, "parameter_set": desired.parameter_set} if desired.parameter_set else shown


def _changes(desired: DesiredConnection, actual: Json) -> Json:
    """Declared values that differ. A parameter that the service does not return is not known to differ."""
    found: Json = {}
    if desired.display_name is not None and desired.display_name != actual["display_name"]:
        found["display_name"] = desired.display_name
    if desired.parameter_set and not same_text(desired.parameter_set, actual.get("parameter_set")):
        found["parameter_set"] = desired.parameter_set
    present = actual["parameters"]
    declared = desired.parameters or {}
    if any(name in present and not same_value(value, present[name]) for name, value in declared.items()):
        found["parameters"] = {**present, **declared}
    return found


def _check_connector(record: Json, desired: DesiredConnection, target: Target) -> None:
    actual = connector_of(record)
    if not same_text(actual, desired.connector):
        raise OptionError(
            "connector",
            f"connection {target.thing.id} is one of {actual}.",
            value=desired.connector,
            remedy="Correct connector or connection_id; the connector of a connection cannot be changed.",
        )


def _check_owner(record: Json, desired: DesiredConnection, target: Target) -> None:
    owner, caller = creator(record), desired.caller
    if caller is None or not caller.object_id:
        raise GuardError(
            "The access token does not say who runs, so that nobody can tell whether the connection is its own.",
            remedy="Use a token with the claim oid.",
        )
    if not same_text(owner.get("id"), caller.object_id):
        raise GuardError(
            f"Connection {target.thing.name} ({target.thing.id}) belongs to {owner.get('displayName') or 'somebody'} "
            f"({owner.get('id') or 'unknown'}), and only its owner can change it.",
            remedy="Let the owner change it, or declare one of your own with another key.",
        )


def _unhealthy(record: Json, target: Target) -> str:
    state, owner = health(record), creator(record)
    who = owner.get("displayName") or owner.get("id") or "its owner"
    text = (
        f"Connection {target.thing.name or display_name(record)} ({target.thing.id}) is not connected: "
        f"{state.status} {state.code}: {state.message}".strip()
    )
    if same_text(state.code, _UNAUTHENTICATED):
        return (
            f"{text} Nobody has consented yet, which cannot be done unattended: {who} has to sign in to it in the "
            "maker portal, or the connection has to be made with a key or a certificate. require_connected=false "
            "accepts it."
        )
    return (
        f"{text} {who} has to repair it in the maker portal, or new secrets have to be written. "
        "require_connected=false accepts it."
    )


def _facts(record: Json) -> Json:
    owner = creator(record)
    return {
        "statuses": statuses(record),
        "owner": {"id": owner.get("id") or "", "display_name": owner.get("displayName") or ""},
        "last_modified_time": properties(record).get("lastModifiedTime") or "",
    }

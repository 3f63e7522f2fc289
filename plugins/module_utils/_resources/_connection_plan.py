# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection is, and the plan that brings it to its declared state. Pure.

Contract: powerapps-admin.md 3.7, power-platform-api.md 4.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind, unseen
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    DELETE,
    NONE,
    PRESENT,
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import SERVICE_PRINCIPAL
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    NEW_ID,
    connector_of,
    health,
    parameters_of,
    public,
    statuses,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import Secrets, same_value

_UNAUTHENTICATED = "Unauthenticated"


class WantedConnection(NamedTuple):
    """What the options say of one connection."""

    connector: str
    display_name: str | None
    parameters: Mapping[str, Any] | None
    parameter_set: str | None
    secrets: Secrets
    require_connected: bool
    absent: bool


class DesiredConnection(NamedTuple):
    """What is declared of one connection, by whom. `derived`: its id was made from a key, and it must be their own."""

    target: Target
    caller: Caller
    wanted: WantedConnection
    derived: bool


class CurrentConnection(NamedTuple):
    """The service's record of it; None when there is no such connection."""

    record: Json | None


class ConnectionChange(NamedTuple):
    """What to write. `secrets` are values to send; it is shown nowhere. `modified`: when it was last, before that."""

    connector: str
    removes: bool = False
    updates: bool = False
    modified: str = ""
    display_name: str | None = None
    parameters: Mapping[str, Any] | None = None
    parameter_set: str | None = None
    secrets: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"ConnectionChange({self.connector})"


ConnectionPlan = Plan[ConnectionChange]


def plan_connection(kind: AnyKind, desired: DesiredConnection, current: CurrentConnection) -> ConnectionPlan:
    """The smallest change to one connection. OptionError where options are missing or cannot be."""
    target, wanted, record = desired.target, desired.wanted, current.record
    head, path = kind.head(target), kind.path(target)
    gone = {**head, "connector": wanted.connector, "state": ABSENT}
    if record is None:
        if wanted.absent:
            return Plan(NONE, gone, gone, warnings=unseen(target))
        return _plan_creation(head, path, target, wanted, gone)
    _check_connector(record, desired)
    before = {**head, "connector": connector_of(record), **_shown(record, wanted), "state": PRESENT}
    if wanted.absent:
        known = {"connector": connector_of(record), "display_name": display_name(record)}
        difference = Difference(path, target.thing.name, before=known, after=None)
        change = ConnectionChange(connector_of(record), removes=True)
        return Plan(
            DELETE,
            before,
            gone,
            differences=(difference,),
            change=change,
            removals=1,
            writes=1,
            facts=_facts(record),
        )
    return _plan_present(path, desired, record, before)


def _plan_creation(head: Json, path: str, target: Target, wanted: WantedConnection, gone: Json) -> ConnectionPlan:
    if not NEW_ID.fullmatch(target.thing.id):
        raise OptionError(
            "connection_id",
            "there is no such connection, and a new one is named by 32 hexadecimal digits.",
            value=target.thing.id,
            remedy="Check the id, or leave it out to have one derived from key.",
        )
    if not wanted.display_name:
        raise OptionError(
            "display_name",
            f"there is no connection {target.thing.id} of {wanted.connector} yet, and a new one needs a name.",
            remedy="Give display_name, or check connection_id and key.",
        )
    wanted.secrets.check_resolved()
    change = ConnectionChange(
        wanted.connector,
        display_name=wanted.display_name,
        parameters=wanted.parameters,
        parameter_set=wanted.parameter_set,
        secrets=wanted.secrets.values,
    )
    shown: Json = {"display_name": wanted.display_name, "parameters": public(dict(wanted.parameters or {}))}
    if wanted.parameter_set:
        shown["parameter_set"] = wanted.parameter_set
    return Plan(
        CREATE,
        gone,
        {**head, "connector": wanted.connector, **shown, "state": PRESENT},
        differences=(Difference(path, wanted.display_name, before=None, after=shown),),
        change=change,
        writes=1,
    )


def _plan_present(path: str, desired: DesiredConnection, record: Json, before: Json) -> ConnectionPlan:
    target, wanted = desired.target, desired.wanted
    actual, modified = _shown(record, wanted), properties(record).get("lastModifiedTime") or ""
    changes, due = _changes(wanted, record), wanted.secrets.due(modified)
    differences = [
        Difference(f"{path}/{name}", target.thing.name, before=actual.get(name), after=value)
        for name, value in changes.items()
    ]
    if due:
        differences.append(Difference(f"{path}/secrets", target.thing.name, before=due, after="written"))
    state, reasons, warnings = health(record), [], []
    if not state.connected:
        told = f"{_unhealthy(record, target)} {_way_out(record)}"
        if wanted.require_connected:
            shown = " ".join(part for part in (state.status, state.code) if part)
            differences.append(Difference(f"{path}/status", target.thing.name, before=shown, after="Connected"))
            reasons.append(f"{told} require_connected=false accepts it as it is.")
        else:
            warnings.append(told)
    changing = bool(changes or due)
    foreign = _foreign(record, desired) if changing or desired.derived else ""
    if foreign:
        reasons.insert(0, foreign)
    change = None
    if changing and not foreign:
        change = ConnectionChange(
            connector_of(record),
            updates=True,
            modified=modified,
            display_name=changes.get("display_name"),
            # The service replaces what it has: a declared parameter that it does not return has to come along.
            parameters=wanted.parameters,
            parameter_set=wanted.parameter_set,
            secrets=wanted.secrets.values if due or "parameter_set" in changes else None,
        )
    return Plan(
        UPDATE if change else NONE,
        before,
        {**before, **changes},
        differences=tuple(differences),
        change=change,
        writes=1 if change else 0,
        warnings=tuple(warnings),
        facts=_facts(record),
        # A change may heal it; what it is afterwards is seen when it is read back.
        refusal="" if change else " ".join(reasons),
    )


def content(present: Json, change: ConnectionChange) -> Json:
    """The `properties` to send: those that are there, with the change put in (contract: power-platform-api.md 4.7)."""
    sent = {**present, "displayName": change.display_name} if change.display_name else dict(present)
    declared = {**(change.parameters or {}), **(change.secrets or {})}
    present_set = present.get("connectionParametersSet") or {}
    name = change.parameter_set or present_set.get("name")
    if name:
        kept = present_set.get("values") or {} if same_text(name, present_set.get("name")) else {}
        values = {**kept, **{key: {"value": value} for key, value in declared.items()}}
        sent["connectionParametersSet"] = {"name": name, "values": values}
        sent.pop("connectionParameters", None)
    elif declared or not present:
        sent["connectionParameters"] = {**(present.get("connectionParameters") or {}), **declared}
    return sent


def _shown(record: Json, wanted: WantedConnection) -> Json:
    """A connection in the words of the options. A secret that a service gave away would not be shown either."""
    chosen, parameters = parameters_of(record)
    shown: Json = {
        "display_name": display_name(record),
        "parameters": public(parameters, hidden=wanted.secrets.values),
    }
    return {**shown, "parameter_set": chosen} if chosen else shown


def _changes(wanted: WantedConnection, record: Json) -> Json:
    """Declared values that differ. A parameter that the service does not return is not known to differ."""
    found: Json = {}
    chosen, present = parameters_of(record)
    if wanted.display_name is not None and wanted.display_name != display_name(record):
        found["display_name"] = wanted.display_name
    if wanted.parameter_set and not same_text(wanted.parameter_set, chosen):
        found["parameter_set"] = wanted.parameter_set
    declared = wanted.parameters or {}
    if any(name in present and not same_value(value, present[name]) for name, value in declared.items()):
        found["parameters"] = public({**present, **declared}, hidden=wanted.secrets.values)
    return found


def _check_connector(record: Json, desired: DesiredConnection) -> None:
    actual, owner = connector_of(record), creator(record)
    if not same_text(actual, desired.wanted.connector):
        whose = owner.get("displayName") or owner.get("id") or "somebody unknown"
        raise OptionError(
            "connector",
            f"connection {desired.target.thing.id} is one of {actual}, and belongs to {whose}.",
            value=desired.wanted.connector,
            remedy=(
                f"Correct connector, or {'choose another key' if desired.derived else 'correct connection_id'}; the "
                "connector of a connection cannot be changed."
            ),
        )


def _foreign(record: Json, desired: DesiredConnection) -> str:
    """Why the connection is none that this identity may change, or take for its own; "" when it is its own."""
    owner, own, thing = creator(record), desired.caller.object_id, desired.target.thing
    if own and same_text(owner.get("id"), own):
        return ""
    whose = f"{owner.get('displayName') or 'somebody'} ({owner.get('id') or 'unknown'})"
    if not own:
        return (
            f"Connection {thing.name} ({thing.id}) belongs to {whose}, and the access token does not say whether that "
            "is who runs: use a token with the claim oid."
        )
    return (
        f"Connection {thing.name} ({thing.id}) belongs to {whose}, and only its owner can change it: let the owner do "
        "it, or declare one of your own with another key."
    )


def _unhealthy(record: Json, target: Target) -> str:
    state = health(record)
    said = " ".join(part for part in (state.status, state.code) if part)
    return (
        f"Connection {target.thing.name or display_name(record)} ({target.thing.id}) is not connected: {said}: "
        f"{state.message or 'the service gives no reason.'}"
    )


def _way_out(record: Json) -> str:
    """What can be done about a connection that is not connected."""
    owner = creator(record)
    keyed = "make it with a parameter set or a connector that takes a key or a certificate"
    if not owner.get("displayName"):
        return (
            "The service gives no name for its owner, as for deleted ones: if that is so, remove it, and make one of "
            "another owner."
        )
    if owner.get("type") == SERVICE_PRINCIPAL:
        wanted = f"An application cannot consent: {keyed}, or correct its secret_parameters."
    elif same_text(health(record).code, _UNAUTHENTICATED):
        wanted = (
            f"Nobody has consented yet, which cannot be done unattended: {owner['displayName']} has to sign in to it "
            f"in the maker portal; or {keyed}."
        )
    else:
        wanted = f"{owner['displayName']} has to repair it in the maker portal, or new secrets have to be written."
    return wanted


def _facts(record: Json) -> Json:
    owner = creator(record)
    return {
        "statuses": statuses(record),
        "owner": {"id": owner.get("id") or "", "display_name": owner.get("displayName") or ""},
        "last_modified_time": properties(record).get("lastModifiedTime") or "",
    }

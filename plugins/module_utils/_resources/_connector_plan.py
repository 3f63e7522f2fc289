# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a custom connector is, and the plan that brings it to its declared state. Pure.

Contract: dataverse-connectors.md 3.4, 3.6 and 3.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api.dataverse import CUSTOM_CONNECTOR
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
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
    Target,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import (
    actual_values,
    changed_values,
    sent_columns,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    differing,
    without_blanks,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import Secrets

# Where the PowerApps service keeps what these options say.
MEMBERS = {"connectionParameters": "connection_parameters", "connectionParameterSets": "connection_parameter_sets"}
_PORTAL = "https://make.powerapps.com"


class WantedConnector(NamedTuple):
    """What the options say of one connector. `values` by option; `owner`: user or team, and the name."""

    unique_name: str | None
    values: Mapping[str, Any]
    owner: tuple[str, str] | None
    solution: str | None
    secrets: Secrets
    absent: bool


class DesiredConnector(NamedTuple):
    """What is declared of one connector.

    delegated: whether the identity is a user, who alone can write secrets. owner: the reference that Dataverse wants.
    used_by: the connections that stand in the way of a removal.
    """

    target: Target
    wanted: WantedConnector
    delegated: bool
    owner: str = ""
    used_by: tuple[str, ...] = ()


class CurrentConnector(NamedTuple):
    """The row of Dataverse; None when there is no such connector."""

    row: Json | None


class ConnectorChange(NamedTuple):
    """What to write. `secrets` are values to send; they are shown nowhere."""

    connector: str = ""
    internal_id: str = ""
    columns: Json | None = None
    etag: str = ""
    solution: str | None = None
    creates: bool = False
    removes: bool = False
    secrets: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"ConnectorChange({self.connector})"


ConnectorPlan = Plan[ConnectorChange]


def merge_connectors(one: DesiredConnector, other: DesiredConnector) -> DesiredConnector:
    """Two declarations of one connector as one. OptionError where both say something, and not the same."""
    left, right = one.wanted, other.wanted
    for option, first, second in (
        ("state", left.absent, right.absent),
        ("name", _folded(left.unique_name), _folded(right.unique_name)),
        ("owner", left.owner and left.owner[0], right.owner and right.owner[0]),
        ("owner", left.owner and _folded(left.owner[1]), right.owner and _folded(right.owner[1])),
        ("solution", _folded(left.solution), _folded(right.solution)),
        (
            "secret_parameters",
            left.secrets if left.secrets.values else None,
            right.secrets if right.secrets.values else None,
        ),
    ):
        if first is not None and second is not None and first != second:
            raise _contradiction(option, one)
    clashing = changed_values({key: left.values[key] for key in left.values if key in right.values}, right.values)
    if clashing:
        raise _contradiction(next(iter(clashing)), one)
    wanted = left._replace(
        unique_name=left.unique_name or right.unique_name,
        values={**left.values, **right.values},
        owner=left.owner or right.owner,
        solution=left.solution or right.solution,
        secrets=left.secrets if left.secrets.values else right.secrets,
    )
    return one._replace(wanted=wanted)


def _folded(name: str | None) -> str | None:
    return name and name.casefold()


def _contradiction(option: str, one: DesiredConnector) -> OptionError:
    thing = one.target.thing
    return OptionError(
        option,
        f"another item declares custom connector {thing.name or thing.id} differently.",
        remedy="Keep one of the two.",
    )


def plan_connector(kind: AnyKind, desired: DesiredConnector, current: CurrentConnector) -> ConnectorPlan:
    """The smallest change to one connector. OptionError where options are missing, GuardError where it is in use."""
    head, row = kind.head(desired.target), current.row
    if row is None:
        gone = {**head, **_identity(desired, None), "state": ABSENT}
        if desired.wanted.absent:
            return Plan(NONE, gone, gone)
        return _plan_creation(kind.path(desired.target), head, desired, gone)
    before = {**head, **_identity(desired, row), **actual_values(row), "state": PRESENT}
    if desired.wanted.absent:
        return _plan_removal(kind.path(desired.target), desired, row, before)
    return _plan_present(kind.path(desired.target), desired, row, before)


def _identity(desired: DesiredConnector, row: Json | None) -> Json:
    if row is None:
        thing = desired.target.thing
        named = {"connector_id": thing.id} if thing.id else {}
        return {**named, **({"name": desired.wanted.unique_name} if desired.wanted.unique_name else {})}
    return {"connector_id": row.get("connectorid") or "", "name": row.get("name") or ""}


def _plan_creation(path: str, head: Json, desired: DesiredConnector, gone: Json) -> ConnectorPlan:
    wanted = desired.wanted
    for option, value in (
        ("name", wanted.unique_name),
        ("display_name", wanted.values.get("display_name")),
        ("openapi_definition", wanted.values.get("openapi_definition")),
    ):
        if not value:
            raise OptionError(
                option,
                "there is no such custom connector yet, and a new one needs this.",
                remedy="Give it, or check connector_id, name and display_name.",
            )
    wanted.secrets.check_resolved()
    columns = {"name": wanted.unique_name, "connectortype": CUSTOM_CONNECTOR, **sent_columns(wanted.values)}
    if desired.target.thing.id:
        columns["connectorid"] = desired.target.thing.id
    if desired.owner:
        columns["ownerid@odata.bind"] = desired.owner
    change = ConnectorChange(
        columns=columns,
        solution=wanted.solution,
        creates=True,
        secrets=wanted.secrets.values if desired.delegated else None,
    )
    after = {**head, **_identity(desired, None), **wanted.values, "state": PRESENT}
    name = wanted.values["display_name"]
    return Plan(
        CREATE,
        gone,
        after,
        differences=(Difference(path, name, before=None, after={"name": wanted.unique_name, "display_name": name}),),
        change=change,
        writes=1 + bool(change.solution) + bool(change.secrets),
        manual_steps=_manual_steps(desired, created=True, due=bool(wanted.secrets.values)),
    )


def _plan_removal(path: str, desired: DesiredConnector, row: Json, before: Json) -> ConnectorPlan:
    name = row.get("displayname") or row.get("name") or ""
    if desired.used_by:
        raise GuardError(
            f"Custom connector {name} ({row['connectorid']}) is used by {len(desired.used_by)} "
            f"connection{'s' * (len(desired.used_by) > 1)}: "
            f"{', '.join(desired.used_by[:10])}{' and more' if len(desired.used_by) > 10 else ''}.",
            remedy="Remove these connections first; apps and flows that use them stop working.",
        )
    gone = {"connector_id": row["connectorid"], "name": row.get("name") or "", "display_name": name}
    places = ("environment", "environment_display_name", "organization_url")
    after = {key: value for key, value in before.items() if key in places}
    return Plan(
        DELETE,
        before,
        {**after, **gone, "state": ABSENT},
        differences=(Difference(path, name, before=gone, after=None),),
        change=ConnectorChange(row["connectorid"], removes=True),
        removals=1,
        writes=1,
    )


def _plan_present(path: str, desired: DesiredConnector, row: Json, before: Json) -> ConnectorPlan:
    wanted, name = desired.wanted, row.get("displayname") or row.get("name") or ""
    if wanted.unique_name and not same_text(wanted.unique_name, row.get("name")):
        raise OptionError(
            "name",
            f"custom connector {name} ({row['connectorid']}) is called {row.get('name')}, and that cannot be changed.",
            value=wanted.unique_name,
            remedy="Correct name, or leave it out.",
        )
    changes = changed_values(wanted.values, before)
    differences = []
    for option, value in changes.items():
        left, right = differing(before.get(option), value)
        differences.append(Difference(f"{path}/{option}", name, before=left, after=right))
    columns = sent_columns(changes)
    if desired.owner and not same_text(desired.owner.rpartition("(")[2].rstrip(")"), row.get("_ownerid_value")):
        columns["ownerid@odata.bind"] = desired.owner
        differences.append(
            Difference(f"{path}/owner", name, before=row.get("_ownerid_value"), after=" ".join(wanted.owner or ()))
        )
    due = wanted.secrets.due(row.get("modifiedon") or "")
    secrets = wanted.secrets.values if due and desired.delegated else None
    if secrets:
        known = {**before, **changes}
        parameters = {member: known.get(option) or {} for member, option in MEMBERS.items()}
        with_secrets({"properties": parameters}, secrets)  # refuses a name that the service would not know
        differences.append(Difference(f"{path}/secrets", name, before=due, after="written"))
    change = None
    if columns or secrets:
        change = ConnectorChange(
            connector=row["connectorid"],
            internal_id=row.get("connectorinternalid") or "",
            columns=columns,
            etag=row.get("@odata.etag") or "",
            secrets=secrets,
        )
    return Plan(
        UPDATE if change else NONE,
        before,
        {**before, **changes},
        differences=tuple(differences),
        change=change,
        writes=int(bool(columns)) + int(bool(secrets)),
        facts={"connector": row.get("connectorinternalid") or "", "managed": bool(row.get("ismanaged"))},
        manual_steps=_manual_steps(desired, created=False, due=bool(due)),
    )


def _manual_steps(desired: DesiredConnector, *, created: bool, due: bool) -> tuple[str, ...]:
    """What no API that an application may use can do."""
    steps = []
    if due and not desired.delegated:
        names = ", ".join(desired.wanted.secrets.values)
        steps.append(
            f"Set the secrets ({names}) in the maker portal ({_PORTAL}): Dataverse keeps none, and the PowerApps "
            "service takes them from users only. A task with a user's token writes them."
        )
    if created:
        steps.append(f"Set the icon in the maker portal ({_PORTAL}): the Web API does not take one.")
    return tuple(steps)


def member_of(key: str) -> str:
    """The member of a connector that holds the parameter of a secret: `parameter` or `set/parameter`."""
    return "connectionParameterSets" if "/" in key else "connectionParameters"


def with_secrets(record: Json, secrets: Mapping[str, Any]) -> Json:
    """The connection parameters of a connector with its secrets put in (contract 5.3).

    Keys of `secrets`: the name of a connection parameter, or `set/parameter`. OptionError for one that is not there.
    """
    content = properties(record)
    changed: Json = {}
    for key, value in secrets.items():
        chosen, _slash, parameter = key.rpartition("/")
        member = member_of(key)
        parameters: Any = changed.setdefault(member, without_blanks(content.get(member) or {}))
        if chosen:
            sets = parameters.get("values") if isinstance(parameters, dict) else None
            named = [item for item in sets or () if isinstance(item, dict) and item.get("name") == chosen]
            parameters = named[0].get("parameters") if named else None
        found = parameters.get(parameter) if isinstance(parameters, dict) else None
        settings: Any = found.get("oAuthSettings") if isinstance(found, dict) else None
        if not isinstance(settings, dict):
            raise OptionError(
                f"secret_parameters.{key}",
                "the connector has no such connection parameter with OAuth settings.",
                remedy="Give the name of the parameter, such as token, or set/parameter.",
            )
        settings["clientSecret"] = value
    return changed

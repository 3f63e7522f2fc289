# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments as organisations of Dataverse, and the custom connectors in them (contract: dataverse-connectors.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import dataverse
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import https_url
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    NotApplicableError,
    OptionError,
    UnknownReferenceError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

_OTHER_ROUTE = (
    "Connectors outside solutions are made in the maker portal or with paconn; connector_info and "
    "custom_connector_role reach them."
)


def organization_of(environment: Thing, things: str = "connectors", remedy: str = _OTHER_ROUTE) -> str:
    """The URL of an environment's organisation. NotApplicableError where it has none (powerapps-admin.md 4.1).

    things, remedy: what somebody looks for in it, and where else that may be.
    """
    linked: Json = properties(environment.record).get("linkedEnvironmentMetadata") or {}
    url = str(linked.get("instanceUrl") or linked.get("instanceApiUrl") or "").rstrip("/")
    if not url:
        raise NotApplicableError(
            f"Environment {environment.name or environment.id} has no Dataverse, in which solutions keep {things}.",
            remedy=remedy,
        )
    return url


def organization(option: str, url: str) -> Thing:
    """An organisation that is given by its URL, in place of its environment."""
    parts = urlsplit(https_url(option, url))
    if parts.path or parts.port not in (None, 443):
        raise OptionError(option, "it has a path or a port.", value=url, remedy="Give scheme and host alone.")
    # The address is the audience of the token as well, so that one organisation has one spelling.
    address = f"https://{(parts.hostname or '').rstrip('.')}"
    return Thing(address, address, {"properties": {"linkedEnvironmentMetadata": {"instanceUrl": address}}})


def is_organization(environment: Thing) -> bool:
    """Whether this is an organisation that was given by its URL: its environment is not known."""
    return "://" in environment.id


def place_of(environment: Thing) -> Json:
    """How results name where a connector is: as the declaration did."""
    if is_organization(environment):
        return {"organization_url": environment.id}
    return {"environment": environment.id, "environment_display_name": environment.name}


class Owner(NamedTuple):
    """A user or team of an organisation.

    reference: what `ownerid@odata.bind` takes. object_id: of the user, or of the group behind the team, in the
    directory; "" for a team without one.
    """

    reference: str
    object_id: str

    @property
    def id(self) -> str:
        """Its id in Dataverse."""
        return self.reference.rpartition("(")[2].rstrip(")")


def find_owner(client: Client, url: str, what: str, name: str) -> Owner:
    """A `user` by the user principal name, or a `team` by its name. OptionError when there is none, or several."""
    option = f"owner_{what}"
    if what == "user":
        rows = dataverse.find_users(client, url, name)
        found = [(row["systemuserid"], row.get("fullname") or "") for row in rows]
    else:
        rows = dataverse.find_teams(client, url, name)
        found = [(row["teamid"], row.get("name") or "") for row in rows]
    if len(found) > 1:
        raise AmbiguousReferenceError(option, name, found)
    if not found:
        raise UnknownReferenceError(
            option,
            f"Dataverse knows no such {what} in this environment.",
            value=name,
            remedy="Check the spelling, and that the environment has the user or team.",
        )
    object_id = str(rows[0].get("azureactivedirectoryobjectid") or "")
    return Owner(f"/{'systemusers' if what == 'user' else 'teams'}({found[0][0]})", object_id.lower())


def as_resource(row: Json, column: str) -> Json:
    """A row in the form of the other services, called by what stands in `column`."""
    if not isinstance(row.get("connectorid"), str):
        raise UnreadableAnswerError("Dataverse listed a connector without its id.")
    return {"name": row["connectorid"], "properties": {"displayName": row.get(column) or ""}, "row": row}


def _listing(column: str) -> Callable[..., Iterator[Json]]:
    def ask(client: Client, environment: Thing, *, as_admin: bool) -> Iterator[Json]:
        del as_admin
        rows = dataverse.list_connectors(client, organization_of(environment))
        return (as_resource(row, column) for row in rows)

    return ask


def _getting(column: str) -> Callable[..., Json]:
    def ask(client: Client, environment: Thing, connector: str, *, as_admin: bool) -> Json:
        del as_admin
        row = dataverse.get_connector(client, organization_of(environment), connector)
        if row.get("connectortype") != dataverse.CUSTOM_CONNECTOR:
            raise OptionError(
                "connector_id",
                f"this is {row.get('displayname') or 'a connector'}, which is no custom connector.",
                value=connector,
                remedy="Give the id of a custom connector, as custom_connector_info shows it.",
            )
        return as_resource(row, column)

    return ask


def _type(column: str) -> ThingType:
    return ThingType("custom_connector", _listing(column), _getting(column), keep=_row)


def _row(record: Json) -> Json:
    return {"row": record["row"]}


# One type under two names: makers choose display names, unique names are those of the solution's publisher.
CONNECTOR = _type("displayname")
CONNECTOR_BY_UNIQUE_NAME = _type("name")

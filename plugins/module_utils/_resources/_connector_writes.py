# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes to a custom connector: its row, and after it its solution and its secrets.

Contract: dataverse-connectors.md 3.3 to 3.5 and 5.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import dataverse, powerapps_connectors
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    LostAnswerError,
    NotFoundError,
    PowerPlatformError,
    ServiceUnavailableError,
    TransportError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_plan import (
    ConnectorChange,
    with_secrets,
)

# How long the platform may take to make a new connector known to the PowerApps service (contract 3.3), in seconds.
_LAG = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)


class _Step(NamedTuple):
    """What follows the row. No read shows whether it was done, and no later run misses it."""

    what: str
    by_hand: str
    do: Callable[[Json], None]


def write_connector(
    client: Client, url: str, environment: str, change: ConnectorChange, row_now: Callable[[], Json | None]
) -> None:
    """Sends a change. url: of the organisation. row_now: reads the row, None when it is not there.

    Raises as `Client.call`; UnfinishedError when the row was written, or may have been, and the rest was not.
    """
    if change.removes:
        dataverse.delete_connector(client, url, change.connector)
        return
    steps = list(_steps(client, url, environment, change, row_now))
    try:
        row = _write_row(client, url, change)
    except (LostAnswerError, ServiceUnavailableError) as error:
        if steps:
            raise _unfinished(steps, [error]) from error
        raise
    undone, errors = [], []
    for step in steps:
        try:
            step.do(row)
        except PowerPlatformError as error:
            undone.append(step)
            errors.append(error)
    if errors:
        raise _unfinished(undone, errors) from errors[0]


def _write_row(client: Client, url: str, change: ConnectorChange) -> Json:
    """What is known of the row after the write."""
    if change.creates:
        return dataverse.create_connector(client, url, change.columns or {}, change.solution) or {}
    if change.columns:
        dataverse.update_connector(client, url, change.connector, change.columns, change.etag)
    return {"connectorid": change.connector, "connectorinternalid": change.internal_id}


def _steps(
    client: Client, url: str, environment: str, change: ConnectorChange, row_now: Callable[[], Json | None]
) -> Sequence[_Step]:
    solution, secrets = change.solution, change.secrets
    steps = []
    if change.creates and solution:
        steps.append(
            _Step(
                f"the connector was not put into solution {solution}",
                f"Add the connector to solution {solution} in the maker portal, if it is not in it.",
                lambda row: dataverse.add_connector_to_solution(
                    client, url, _told(client, row, row_now, "connectorid"), solution
                ),
            )
        )
    if secrets:

        def write_secrets(row: Json) -> None:
            connector = _told(client, row, row_now, "connectorinternalid")
            record = _record(client, environment, connector)
            powerapps_connectors.update_connector(client, environment, connector, with_secrets(record, secrets))

        steps.append(
            _Step(
                "the secrets were not written",
                f"Set the secrets ({', '.join(secrets)}): run once with update_secrets=always, or use the portal.",
                write_secrets,
            )
        )
    return steps


def _unfinished(steps: Sequence[_Step], errors: Sequence[PowerPlatformError]) -> UnfinishedError:
    told = " and ".join(step.what for step in steps)
    return UnfinishedError(
        f"{told[0].upper()}{told[1:]}, or nobody knows: {' '.join(error.message for error in errors)}",
        remedy=" ".join([*(error.remedy for error in errors if error.remedy), *(step.by_hand for step in steps)]),
        manual_steps=[step.by_hand for step in steps],
        uncertain=any(isinstance(error, LostAnswerError) or getattr(error, "uncertain", False) for error in errors),
    )


def _told(client: Client, row: Json, row_now: Callable[[], Json | None], column: str) -> str:
    """A column that the platform fills a while after the row was made."""
    for delay in (0.0, *_LAG):
        if row.get(column):
            return str(row[column])
        client.wait(delay)
        row = row_now() or {}
    raise TransportError(
        f"Dataverse has not told the {column} of the new connector in time.", remedy="Run again later."
    )


def _record(client: Client, environment: str, connector: str) -> Json:
    for delay in _LAG:
        try:
            return powerapps_connectors.get_connector(client, environment, connector)
        except NotFoundError:
            client.wait(delay)
    return powerapps_connectors.get_connector(client, environment, connector)

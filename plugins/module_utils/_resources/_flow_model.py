# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared of a flow, what the services say of it, and what is written. Pure."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, Thing, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import Owner
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import (
    References,
    client_data,
    row_references,
    service_references,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_options import WantedFlow
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_rows import Solution
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import workflow_id


class DesiredFlow(NamedTuple):
    """What is declared of one flow.

    delegated: whether the identity is a user, whom alone the Flow service lets make and change flows.
    owner: whom Dataverse knows by the declared name. deleted: those of the last 21 days that may be restored instead.
    solution: the declared one, as it is now; None where it is not declared, or where there is no Dataverse.
    started: whether it was just turned on, and has to be.
    """

    target: Target
    wanted: WantedFlow
    delegated: bool
    owner: Owner | None = None
    deleted: tuple[Thing, ...] = ()
    solution: Solution | None = None
    started: bool = False


class CurrentFlow(NamedTuple):
    """What the services say of a flow; `record` is None when there is none.

    row: its row in Dataverse, for a flow of a solution; None for others, and where `unread` says why.
    """

    record: Json | None
    row: Json | None = None
    unread: PowerPlatformError | None = None

    @property
    def workflow(self) -> str:
        """The id of its row in Dataverse; "" for a flow outside solutions (contract 4.1)."""
        return workflow_id(self.record or {})

    @property
    def definition(self) -> Json | None:
        """None where nobody shows it to the caller."""
        found = properties(client_data(self.row)).get("definition") if self.row else None
        return found or properties(self.record or {}).get("definition")

    @property
    def references(self) -> References:
        """By connection reference for a flow of a solution, by connection for others."""
        if self.row:
            return row_references(properties(client_data(self.row)))
        return service_references(properties(self.record or {}))


class FlowChange(NamedTuple):
    """What to do, by which route.

    flow, workflow: the ids of the flow and of its row. content: what to write, by option. desired: for what can be
    compared only once the flow is restored.
    """

    route: str
    flow: str = ""
    workflow: str = ""
    etag: str = ""
    creates: bool = False
    removes: bool = False
    restores: bool = False
    starts: bool = False
    solution: str | None = None
    owner: Owner | None = None
    display_name: str | None = None
    definition: Json | None = None
    references: References | None = None
    present: Json | None = None
    desired: DesiredFlow | None = None

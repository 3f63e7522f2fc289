# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Dataverse keeps flows: those of solutions alone (contract: flow-management.md 9)."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import dataverse, dataverse_workflows
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import organization_of


def flow_organization(environment: Thing) -> str:
    """The URL of the organisation that keeps an environment's flows. NotApplicableError where it has none."""
    remedy = "Flows outside solutions are made with a user's token, by route=flow_service."
    return organization_of(environment, "flows", remedy)


class Solution(NamedTuple):
    """A solution as far as flows go: the ids of their rows, in lower case, and whether it takes no more of them."""

    name: str
    managed: bool
    members: frozenset[str]

    def check_open(self) -> None:
        """OptionError for a solution that nobody adds a flow to."""
        if self.managed:
            raise OptionError(
                "solution",
                "it is managed: nobody adds a flow to it.",
                value=self.name,
                remedy="Name an unmanaged solution, or change it where the solution is made.",
            )


def find_solution(client: Client, organization: str, name: str) -> Solution:
    """A solution by its unique name, with its flows. OptionError when it is not there."""
    found = dataverse.find_solutions(client, organization, name)
    if not found:
        raise OptionError(
            "solution",
            "the environment has no such solution.",
            value=name,
            remedy="Give its unique name, which is not the display name; check mode cannot see what an earlier task "
            "would have created.",
        )
    kind, identifier = dataverse_workflows.FLOW_COMPONENT, str(found[0].get("solutionid"))
    rows = dataverse.list_solution_components(client, organization, identifier, kind)
    members = frozenset(str(row.get("objectid")).casefold() for row in rows)
    return Solution(name, bool(found[0].get("ismanaged")), members)

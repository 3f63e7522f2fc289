# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The route that a change to a flow takes, and what closes it to an identity or an environment. Pure.

Contract: flow-management.md 5.3, 5.4, 5.22 and 9.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    NotApplicableError,
    OptionError,
    PowerPlatformError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Target
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_model import (
    CurrentFlow,
    DesiredFlow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_options import (
    AUTO,
    DATAVERSE,
    FLOW_SERVICE,
    WantedFlow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_rows import flow_organization


def route_of_creation(desired: DesiredFlow) -> tuple[str, PowerPlatformError | None]:
    """The route, and why it is closed to this identity or this environment."""
    wanted = desired.wanted
    if wanted.route == FLOW_SERVICE or (
        wanted.route == AUTO and desired.delegated and not (wanted.solution or wanted.owner)
    ):
        return FLOW_SERVICE, None if desired.delegated else needs_user("A flow outside solutions can be made")
    try:
        flow_organization(desired.target.environment)
    except NotApplicableError as error:
        # The environment has flows, so that this is no reason to pass over what was declared.
        asked = [option for option, said in (("solution", wanted.solution), ("owner", wanted.owner)) if said]
        without = f" Leave {' and '.join(asked)} out: only Dataverse knows them." if asked else ""
        return DATAVERSE, TokenError(error.message, remedy=f"{error.remedy}{without}")
    return DATAVERSE, None


def route_of_change(
    desired: DesiredFlow, current: CurrentFlow, content: dict[str, Any], name: str
) -> tuple[str, PowerPlatformError | None]:
    """The route, and what closes it. content: what changes, by member."""
    route = desired.wanted.route
    if route == AUTO:
        route = DATAVERSE if current.workflow else FLOW_SERVICE
    if not content:
        return route, None
    try:
        _check_route(desired, current, route, content.keys(), name)
    except PowerPlatformError as error:
        return route, error
    return route, None


def route_of_removal(desired: DesiredFlow, current: CurrentFlow, name: str) -> tuple[str, PowerPlatformError | None]:
    """The route, and what closes it."""
    route = desired.wanted.route
    if route == AUTO:
        route = DATAVERSE if current.workflow else FLOW_SERVICE
    try:
        check_managed(current, name)
        if route == DATAVERSE:
            need_row(current, name, desired.target)
    except PowerPlatformError as error:
        return route, error
    return route, None


def _check_route(desired: DesiredFlow, current: CurrentFlow, route: str, members: Collection[str], name: str) -> None:
    """Raises what closes a route to the members of a flow that change."""
    check_managed(current, name)
    told = f"Flow {name} ({desired.target.thing.id})"
    if route == DATAVERSE:
        need_row(current, name, desired.target)
    elif current.workflow and set(members) != {"display_name"}:
        raise OptionError(
            "route",
            f"{told} is in a solution, and the Flow service would take its connection references for connections.",
            value=route,
            remedy="Use route=auto or route=dataverse.",
        )
    elif not desired.delegated:
        where = "a solution, and can by route=flow_service" if current.workflow else "no solution, and can"
        raise needs_user(f"{told} is in {where} be changed")


def need_row(current: CurrentFlow, name: str, target: Target, option: str = "route") -> None:
    """Raises unless the flow's row in Dataverse was read."""
    if current.row is not None:
        return
    if current.unread:
        raise current.unread
    raise outside_dataverse(option, f"flow {name} ({target.thing.id})")


def outside_dataverse(option: str, what: str) -> OptionError:
    """What only Dataverse could do for a flow that it does not know. option: `route` or that of an owner."""
    told = f"{what} is in no solution, so that Dataverse does not know it"
    if option == "route":
        remedy = "Use route=auto with a user's token, or add the flow to a solution."
        return OptionError(option, f"{told}.", value=DATAVERSE, remedy=remedy)
    remedy = "Give it co-owners with flow_owners; the owner of a flow moves only where it is in a solution."
    return OptionError(option, f"{told}, and nobody can give it another owner.", remedy=remedy)


def outside_solutions(solution: str, what: str) -> OptionError:
    """A flow that the Flow service made cannot be put into a solution here."""
    return OptionError(
        "solution",
        f"{what} is in no solution, and no API puts a flow that was made outside into one.",
        value=solution,
        remedy="Add it to the solution in the maker portal, or leave solution out.",
    )


def check_references(wanted: WantedFlow, route: str, what: str) -> None:
    """OptionError where connections are named as the route does not know them."""
    needed = "connection_reference" if route == DATAVERSE else "connection"
    if wanted.references and wanted.reference_option != needed:
        kept = "in Dataverse, which knows connection references" if route == DATAVERSE else "outside solutions"
        raise OptionError(
            "connection_references",
            f"{what} is kept {kept}: its entries need {needed}.",
            remedy=f"Give {needed} in place of {wanted.reference_option}.",
        )


def check_managed(current: CurrentFlow, name: str) -> None:
    if (current.row or {}).get("ismanaged"):
        raise GuardError(
            f"Flow {name} belongs to a managed solution, which alone changes and removes it.",
            remedy="Change it where the solution is made, or remove the solution.",
        )


def needs_user(what: str) -> TokenError:
    return TokenError(
        f"{what} with a user's token only: the Flow service refuses those of applications.",
        remedy="Log in as a user, or use a flow of a solution, which applications make and change by route=dataverse.",
    )

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a flow: what is declared of one, checked as far as no service is needed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import thing_options
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import ABSENT, PRESENT, Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import read_document
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import (
    References,
    check_definition,
    read_references,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import MASK, holds_mask
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

AUTO = "auto"
FLOW_SERVICE = "flow_service"
DATAVERSE = "dataverse"
STARTED = "started"
STOPPED = "stopped"
# What options say that only a flow that is there can have.
_CONTENT = ("display_name", "definition", "connection_references", "solution", "owner_user", "owner_team")

FLOW_OPTIONS: Mapping[str, Json] = {
    **thing_options(FLOW),
    "display_name": {"type": "str"},
    "definition": {"type": "raw"},
    "connection_references": {"type": "dict"},
    "initial_state": {"type": "str", "choices": [STARTED, STOPPED], "default": STOPPED},
    "solution": {"type": "str"},
    "owner_user": {"type": "str"},
    "owner_team": {"type": "str"},
    "restore": {"type": "bool", "default": False},
    "route": {"type": "str", "choices": [AUTO, FLOW_SERVICE, DATAVERSE], "default": AUTO},
    "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
}
FLOW_CONSTRAINTS: Mapping[str, Any] = {"mutually_exclusive": [["owner_user", "owner_team"]]}


class WantedFlow(NamedTuple):
    """What the options say of one flow; None is not declared.

    reference_option: the one by which connection_references names connections. owner: user or team, and the name.
    """

    display_name: str | None
    definition: Json | None
    references: References | None
    reference_option: str
    initial_state: str
    solution: str | None
    owner: tuple[str, str] | None
    restore: bool
    route: str
    absent: bool


class FlowDeclaration(NamedTuple):
    """The options of flow."""

    environment: str
    environment_display_name: str | None
    thing: str
    display_name: str | None
    as_admin: bool
    wanted: WantedFlow
    max_removals: int = -1


def parse_flow(options: Mapping[str, Any]) -> FlowDeclaration:
    """What is declared. OptionError for what cannot be meant."""
    absent = options["state"] == ABSENT
    if absent:
        given = [option for option in _CONTENT if options[option] is not None]
        if given or options["restore"]:
            raise OptionError(
                given[0] if given else "restore", "a flow that is to be removed has none.", remedy="Leave it out."
            )
    if options["flow"] != options["flow"].strip():
        raise OptionError("flow", "it has blanks around it.", value=options["flow"], remedy="Take them away.")
    by_id = is_guid(options["flow"])
    _check_name(options["display_name"], options["flow"], by_id=by_id)
    references, way = None, "connection"
    if options["connection_references"] is not None:
        references, way = read_references("connection_references", options["connection_references"])
    if options["restore"] and not options["as_admin"]:
        raise OptionError(
            "restore",
            "deleted flows are listed and restored by administrators only.",
            value=True,
            remedy="Use as_admin=true with an identity that administers the environment.",
        )
    owner = next(
        ((what, options[f"owner_{what}"]) for what in ("user", "team") if options[f"owner_{what}"] is not None), None
    )
    if owner and not owner[1].strip():
        raise OptionError(f"owner_{owner[0]}", "it is empty.", value=owner[1], remedy="Give a name, or leave it out.")
    if options["solution"] is not None and not options["solution"].strip():
        raise OptionError("solution", "it is empty.", value=options["solution"], remedy="Name it, or leave it out.")
    wanted = WantedFlow(
        display_name=options["display_name"],
        definition=_definition(options["definition"], references),
        references=references,
        reference_option=way,
        initial_state=options["initial_state"],
        solution=options["solution"],
        owner=owner,
        restore=options["restore"],
        route=options["route"],
        absent=absent,
    )
    _check_route(wanted)
    return FlowDeclaration(
        environment=options["environment"],
        environment_display_name=options["environment_display_name"],
        thing=options["flow"],
        display_name=options["flow_display_name"],
        as_admin=options["as_admin"],
        wanted=wanted,
    )


def _check_name(display_name: str | None, flow: str, *, by_id: bool) -> None:
    if display_name is None:
        return
    if not display_name.strip() or display_name != display_name.strip():
        raise OptionError(
            "display_name", "it is empty or has blanks around it.", value=display_name, remedy="Give the bare name."
        )
    if not by_id and display_name != flow:
        raise OptionError(
            "display_name",
            "the flow is named by another display name, under which the next run would not find it any more.",
            value=display_name,
            remedy="To rename a flow, give its id in flow.",
        )


def _definition(value: Any, references: References | None) -> Json | None:
    if value is None:
        return None
    document = read_document("definition", value)
    if not isinstance(document, dict):
        raise OptionError("definition", "it is no mapping.", remedy="Give a mapping.")
    # What exports hold besides: {"properties": {"definition": ...}}.
    if "triggers" not in document and ("definition" in document or "definition" in (document.get("properties") or ())):
        raise OptionError(
            "definition",
            "it holds a definition, and is none itself.",
            remedy="Give what stands under its key definition; connection references have an option of their own.",
        )
    if holds_mask(document):
        raise OptionError(
            "definition",
            f"it holds {MASK} in place of a secret, as results do.",
            remedy="Put the secret in, from a vault, or better an expression that leads to a key vault.",
        )
    check_definition("definition", document, references)
    return document


def _check_route(wanted: WantedFlow) -> None:
    """OptionError for options that the route does not know."""
    needs = {
        "solution": wanted.solution,
        "owner_user": wanted.owner and wanted.owner[0] == "user",
        "owner_team": wanted.owner and wanted.owner[0] == "team",
    }
    if wanted.route == FLOW_SERVICE:
        for option, said in needs.items():
            if said:
                raise OptionError(
                    option,
                    "only Dataverse knows it, for flows of solutions.",
                    remedy="Use route=auto or route=dataverse, or leave it out.",
                )

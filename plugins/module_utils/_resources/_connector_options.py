# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a custom connector: what is declared of one, checked as far as no service is needed. Pure.

Contract: dataverse-connectors.md 2 and 3.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import ABSENT, PRESENT, Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import COLUMNS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_plan import (
    MEMBERS,
    WantedConnector,
    member_of,
    with_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import organization
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    as_text,
    pasted_secrets,
    read_document,
    secret_leaf,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import (
    SECRET_OPTIONS,
    parse_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import (
    check_definition,
    with_texts,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

# Options that hold a document, by what an empty one is.
_DOCUMENTS: Mapping[str, Any] = {
    "openapi_definition": None,
    "connection_parameters": {},
    "connection_parameter_sets": {},
    "policy_templates": [],
    "script_operations": [],
}
# Those of them in which a secret may have been pasted.
_WITH_SECRETS = ("connection_parameters", "connection_parameter_sets", "policy_templates")
# Characters that the columns hold, of documents as JSON text (contract 2).
_LONGEST = {
    "name": 500,
    "display_name": 200,
    "description": 1000,
    "icon_brand_color": 100,
    "script": 500_000,
    "openapi_definition": 1_000_000,
    "connection_parameters": 500_000,
    "connection_parameter_sets": 500_000,
    "policy_templates": 500_000,
    "script_operations": 500_000,
}

CONNECTOR_OPTIONS: Mapping[str, Json] = {
    "environment": {"type": "str"},
    "environment_display_name": {"type": "str"},
    "organization_url": {"type": "str"},
    "connector_id": {"type": "str"},
    "name": {"type": "str"},
    "display_name": {"type": "str"},
    "description": {"type": "str"},
    "openapi_definition": {"type": "raw"},
    "connection_parameters": {"type": "raw", "no_log": False},
    "connection_parameter_sets": {"type": "raw", "no_log": False},
    "policy_templates": {"type": "list", "elements": "dict"},
    "script": {"type": "str"},
    "script_operations": {"type": "list", "elements": "str"},
    "icon_brand_color": {"type": "str"},
    "owner_user": {"type": "str"},
    "owner_team": {"type": "str"},
    "solution": {"type": "str"},
    **SECRET_OPTIONS,
    "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
}
CONNECTOR_CONSTRAINTS: Mapping[str, Any] = {
    "required_one_of": [["environment", "organization_url"], ["connector_id", "name", "display_name"]],
    "mutually_exclusive": [["environment", "organization_url"], ["owner_user", "owner_team"]],
}


class CustomConnectorDeclaration(NamedTuple):
    """The options of custom_connector. `thing` is an id, a unique name or a display name; `by` says which."""

    environment: str
    environment_display_name: str | None
    organization_url: str | None
    thing: str
    by: str
    display_name: str | None
    wanted: WantedConnector
    as_admin: bool = True
    max_removals: int = -1


def parse_connector(options: Mapping[str, Any]) -> CustomConnectorDeclaration:
    """What is declared. OptionError for what cannot be meant."""
    if options["organization_url"] is not None:
        organization("organization_url", options["organization_url"])
        if options["secret_parameters"]:
            raise OptionError(
                "secret_parameters",
                "they go by way of the PowerApps service, which knows environments and no organization_url.",
                remedy="Name the environment in place of organization_url.",
            )
    connector_id = options["connector_id"]
    if connector_id is not None and not is_guid(connector_id):
        raise OptionError(
            "connector_id",
            "this is no id of a connector in Dataverse.",
            value=connector_id,
            remedy="Give the GUID that custom_connector_info shows, or leave it out and give name.",
        )
    for option in ("name", "display_name", "owner_user", "owner_team", "solution"):
        _check_name(option, options[option])
    for option in ("name", "display_name", "description", "icon_brand_color", "script"):
        _check_length(option, options[option])
    values, secrets = _values(options), parse_secrets(options)
    _check_secrets(secrets.values, values)
    by = next(option for option in ("connector_id", "name", "display_name") if options[option] is not None)
    owner = next(
        ((what, options[f"owner_{what}"]) for what in ("user", "team") if options[f"owner_{what}"] is not None), None
    )
    return CustomConnectorDeclaration(
        environment=options["environment"] or "",
        environment_display_name=options["environment_display_name"],
        organization_url=options["organization_url"],
        thing=options[by],
        by=by,
        display_name=None,
        wanted=WantedConnector(
            unique_name=options["name"],
            values=values,
            owner=owner,
            solution=options["solution"],
            secrets=secrets,
            absent=options["state"] == ABSENT,
        ),
    )


def misplaced_secrets(options: Mapping[str, Any]) -> Iterable[str]:
    """Secrets that stand where none belongs: refused, and hidden in the very message that refuses them."""
    for option in _WITH_SECRETS:
        try:
            document = read_document(option, options[option], empty=_DOCUMENTS[option])
        except OptionError:  # told by parse_connector; a text that is no document is hidden as a whole
            if isinstance(options[option], str):
                yield options[option]
        else:
            yield from pasted_secrets(document) if secret_leaf(document, option) else ()


def _check_name(option: str, value: str | None) -> None:
    if value is not None and value != value.strip():
        raise OptionError(
            option, "it has blanks around it.", value=value, remedy="Take them away, or leave the option out."
        )
    if value == "":
        raise OptionError(option, "it is empty.", value=value, remedy="Give a name, or leave it out.")


def _check_length(option: str, value: str | None) -> None:
    longest = _LONGEST[option]
    if value is not None and len(value) > longest:
        raise OptionError(
            option, f"it has {len(value)} characters, and Dataverse keeps {longest}.", remedy="Make it shorter."
        )


def _values(options: Mapping[str, Any]) -> Json:
    """What is declared, by option, documents as plain data. OptionError for what the service would not take."""
    values: Json = {}
    for option in COLUMNS:
        value = options[option]
        if value is None:
            continue
        values[option] = _document(option, value) if option in _DOCUMENTS else value
    if "openapi_definition" in values:
        values["openapi_definition"] = with_texts(values["openapi_definition"])
        check_definition("openapi_definition", values["openapi_definition"])
    return values


def _document(option: str, value: Any) -> Any:
    empty = _DOCUMENTS[option]
    document = read_document(option, value, empty=empty)
    if isinstance(document, list) is not isinstance(empty, list):
        what = "list" if isinstance(empty, list) else "mapping"
        raise OptionError(option, f"it is no {what}.", remedy=f"Give a {what}.")
    place = secret_leaf(document, option) if option in _WITH_SECRETS else ""
    if place:
        raise OptionError(
            place,
            "it holds a secret, which Dataverse does not keep.",
            remedy="Leave it out here, and give it in secret_parameters.",
        )
    _check_length(option, as_text(document))
    return document


def _check_secrets(secrets: Mapping[str, Any], values: Json) -> None:
    """OptionError for a secret of a connection parameter that is not among those that are declared."""
    declared = {member: values[option] for member, option in MEMBERS.items() if option in values}
    known = {key: value for key, value in secrets.items() if member_of(key) in declared}
    with_secrets({"properties": declared}, known)

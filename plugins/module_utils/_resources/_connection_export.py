# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is there as options that declare it. Its secrets are references: no service tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps_connectors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Exported,
    Json,
    Plan,
    Target,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    connector_of,
    parameters_of,
    public,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing

_SECRET_TYPES = frozenset({"securestring", "secureobject", "clientcertificate"})


def secret_names(client: Client, target: Target, once: Once) -> list[str]:
    """The secrets that the connector of a connection asks for; none where it is not in the catalogue.

    Asks once for the connectors of an environment.
    """
    environment, connector = target.environment.id, connector_of(target.thing.record)
    catalogue = once(("connectors", environment), lambda: _asked_for(client, environment))
    chosen, shown = parameters_of(target.thing.record)
    parameters = catalogue.get(connector.casefold(), {})
    names = parameters.get(chosen or "", ()) if chosen else parameters.get("", ())
    return [name for name in names if name not in shown]


def _asked_for(client: Client, environment: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The names of secret parameters by connector, and by parameter set; "" is for none."""
    found: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for record in powerapps_connectors.list_connectors(client, environment):
        content = properties(record)
        sets = (content.get("connectionParameterSets") or {}).get("values") or ()
        found[as_thing(record).id.casefold()] = {
            "": tuple(_secrets(content.get("connectionParameters"))),
            **{str(item.get("name")): tuple(_secrets(item.get("parameters"))) for item in sets},
        }
    return found


def _secrets(parameters: Any) -> Iterable[str]:
    for name, settings in (parameters or {}).items():
        if isinstance(settings, dict) and str(settings.get("type")).casefold() in _SECRET_TYPES:
            yield name


def declarable_parameters(record: Json, secrets: Iterable[str]) -> Json:
    """The parameters that may be shown as they are: a value that was masked would be written over a good one."""
    _chosen, actual = parameters_of(record)
    shown = public(actual, hidden=secrets)
    return {name: value for name, value in shown.items() if value == actual[name] and value is not None}


def exported_connection(declared: Json, plan: Plan[Any]) -> Exported:
    """A connection of the identity that runs."""
    told = [row for row in plan.facts["statuses"] if not same_text(row["status"], "Connected")]
    works = bool(plan.facts["statuses"]) and not told
    kept: Json = {name: declared[name] for name in ("parameters", "secret_parameters") if name in declared}
    shown = {name: value for name, value in plan.before.items() if name != "parameters" and value != ""}
    reasons = []
    if not works:
        said = " ".join(part for row in told[:1] for part in (row["status"], row["code"], row["message"]) if part)
        reasons.append(
            f"It is not connected ({said or 'the service gives no status'}), so that require_connected is false."
        )
    left = sorted(plan.before.get("parameters", {}).keys() - declared.get("parameters", {}).keys())
    if left:
        reasons.append(f"What may be a secret stands in its parameters {', '.join(left)}.")
    return Exported({**shown, **kept, "require_connected": works}, undeclarable=tuple(reasons))

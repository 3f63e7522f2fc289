# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL that starts a flow over HTTP: a secret (contract: flow-management.md 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow_runs
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    OptionError,
    UnknownReferenceError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_runs import (
    FINDING,
    flow_of_task,
    flow_options,
    head,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW

_NO_TRIGGER = "WorkflowTriggerNotFound"


class FlowCallbackUrlInfo(InfoKind):
    """One URL. It holds for whoever has it, so that nothing but the answer itself may hold it."""

    name = "flow_callback_url_info"
    thing_type = FLOW
    secret = True
    options: Mapping[str, Json] = {
        **flow_options(as_admin=False),
        "trigger_name": {"type": "str", "default": "manual"},
    }
    operations = (*FINDING, flow_runs.LIST_CALLBACK_URL)

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        trigger = options["trigger_name"]
        check_trigger(trigger)
        target = flow_of_task(client, options, flow_runs.LIST_CALLBACK_URL, as_admin=False)
        return {**head(target, options), "trigger_name": trigger, **self.url(client, target, trigger)}

    def url(self, client: Client, target: Target, trigger: str) -> Json:
        """URL and method of one flow that was found. UnknownReferenceError where it has no such trigger."""
        try:
            found = flow_runs.get_callback_url(client, target.environment.id, target.thing.id, trigger)
        except NotFoundError as error:
            if not same_text(error.code, _NO_TRIGGER):
                raise
            raise UnknownReferenceError(
                "trigger_name",
                f"flow {target.thing.name} ({target.thing.id}) has no trigger of this name that a URL starts.",
                value=trigger,
                remedy=(
                    "Only flows that begin with an HTTP request have such a URL. Give the name that this trigger has "
                    "in the definition of the flow."
                ),
            ) from error
        return _url(client, found)


def check_trigger(name: str) -> None:
    """OptionError for a blank name."""
    if not name.strip():
        raise OptionError("trigger_name", "it is empty.", value=name, remedy="Give a name, or leave it out.")


def _url(client: Client, found: Any) -> Json:
    """URL and method. An answer that cannot be read is not repeated in the error."""
    members: Mapping[str, Any] = found if isinstance(found, dict) else {}
    url, method, queries = members.get("value"), members.get("method"), members.get("queries")
    if not isinstance(url, str) or not url:
        raise UnreadableAnswerError("The service answered without the URL of the trigger.")
    signature = queries.get("sig") if isinstance(queries, dict) else None
    client.hide([url, *([signature] if isinstance(signature, str) else [])])
    return {"callback_url": url, "method": method if isinstance(method, str) else ""}


KIND = FlowCallbackUrlInfo()

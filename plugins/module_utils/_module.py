# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to Ansible: the only code that knows AnsibleModule, and the one place where a module fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

# Imported for its effect: every import that follows is cheaper.
import ansible_collections.powerops.powerplatform.plugins.module_utils._archive  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, AnyKind, InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import (
    MICROSOFT_ACCESS,
    Access,
    Login,
    open_client,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    FAILED,
    NOT_APPLICABLE,
    SKIPPED,
    error_json,
)

# A module's result, and why it failed: "" when it did not.
Answer = tuple[Json, str]


def run_resource(kind: AnyKind) -> None:
    """The whole of a module that brings one thing to its declared state."""
    module = _module(kind.options, kind.constraints)
    module.no_log_values.update(kind.pasted(_own(module, kind.options)))

    def work(client: Client, _settings: Login) -> Answer:
        # The option max_removals is the limit of the one declaration that there is.
        outcome = ensure(kind, _own(module, kind.options), client, Limits(max_removals=-1))
        result = outcome.as_json()
        if module.check_mode:
            result["drift"] = outcome.drift if outcome.plan else None
        failure = str(outcome.error) if outcome.status in (FAILED, NOT_APPLICABLE) else ""
        return result, outcome.reason if outcome.status == SKIPPED else failure

    # A drift that could not be determined is not an empty one.
    run(module, work, read_only=module.check_mode, on_error={"drift": None} if module.check_mode else {})


def run_info(kind: InfoKind) -> None:
    """The whole of a module that only reads."""
    module = _module(kind.options, kind.constraints, kind.access)

    def work(client: Client, settings: Login) -> Answer:
        if kind.secret and not module.no_log:
            raise OptionError(
                "no_log",
                "the answer is a secret, and without it the task would show it. Nothing was sent.",
                remedy="Add no_log: true to the task (beside the module, not among its options).",
            )
        shared = {name: settings.shared[name] for name in kind.shared if name in settings.shared}
        answer = kind.read(client, {**shared, **_own(module, kind.options)})
        # Ansible would take out of the result what an option holds, too.
        module.no_log_values.difference_update(kind.handed_out(answer))
        return {"changed": False, **answer}, ""

    run(module, work, kind.access, read_only=True, on_error={})


def run_action(kind: ActionKind) -> None:
    """The whole of a module that does something once."""
    module = _module(kind.options, kind.constraints)
    module.no_log_values.update(kind.pasted(_own(module, kind.options)))

    def work(client: Client, _settings: Login) -> Answer:
        result = kind.act(client, _own(module, kind.options))
        return result, result.pop("failure", "")

    run(module, work, read_only=module.check_mode, on_error={})


def _told(module: AnsibleModule, result: Json) -> Json:
    """A result without what is said in other ways: warnings, and a diff that nobody asked for."""
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    for option, names in (result.get("renamed") or {}).items():
        module.warn(f"{option} is {names['actual']!r} now, not {names['declared']!r}.")
    if not module._diff:
        result.pop("diff", None)
    return result


def _module(
    options: Mapping[str, Json], constraints: Mapping[str, Any], access: Access = MICROSOFT_ACCESS
) -> AnsibleModule:
    return AnsibleModule(argument_spec={**access.options, **options}, supports_check_mode=True, **constraints)


def _own(module: AnsibleModule, options: Mapping[str, Json]) -> dict[str, Any]:
    return {name: module.params[name] for name in options}


def run(
    module: AnsibleModule,
    work: Callable[[Client, Login], Answer],
    access: Access = MICROSOFT_ACCESS,
    *,
    read_only: bool,
    on_error: Json,
) -> None:
    """Logs in, does the work and ends the module with what came of it: the one place where a module fails."""
    about: Json = {"api_calls": {"read": 0, "write": 0, "throttled": 0, "tokens": 0}}
    client: Client | None = None
    settings: Login | None = None
    try:
        settings = access.login(module.params, os.environ)
        # Secrets that came from the environment are as secret as those of the task.
        module.no_log_values.update(settings.secrets)
        if module._verbosity >= 3:
            about["login"] = settings.explanation
        client = open_client(settings, read_only=read_only)
        result, failure = work(client, settings)
        result = _told(module, result)
    except MissingLibraryError as error:
        result, failure = {**on_error, "exception": error.import_error}, missing_required_lib(error.library)
    except PowerPlatformError as error:
        result, failure = {**on_error, "error": error_json(error)}, str(error)
    if client:
        about["api_calls"] = client.api_calls
    for warning in settings.tokens.warnings if settings else ():
        module.warn(warning)
    if failure:
        module.fail_json(msg=failure, **result, **about)
    module.exit_json(**result, **about)

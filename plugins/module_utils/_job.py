# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task does, whether `_module.py` runs it in a process of its own or an action plugin in the controller.

Options that were checked come in; a result goes out, and why it failed. Nothing here ends a task.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.parameters import remove_values

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
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Watch
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    FAILED,
    NOT_APPLICABLE,
    SKIPPED,
    error_json,
)

# What a task returns, and why it failed: "" when it did not.
Answer = tuple[Json, str]
# Whose services, and the options: how to log in to them.
LogIn = Callable[[Access, Mapping[str, Any]], Login]

# What a look-up that is out of date makes of an item: types of errors, as `error_json` names them.
_OUT_OF_DATE = frozenset(
    {
        "AmbiguousReferenceError",
        "BlockedError",
        "ConflictError",
        "GuardError",
        "NotApplicableError",
        "NotFoundError",
        "OptionError",
        "PermissionDeniedError",
        "ServiceError",
        "UnknownPrincipalError",
        "UnknownReferenceError",
    }
)


@dataclass
class Task:
    """A task as its edge hands it over.

    params: its options, checked. hidden: texts that may be shown nowhere, the set by which the edge hides them.
    no_log: whether nothing of the result is shown. watch: who else is told how far a long task is, given who counts its
    requests. warnings: for the edge to show.
    """

    params: dict[str, Any]
    hidden: set[str]
    check_mode: bool
    diff: bool
    no_log: bool
    verbosity: int
    watch: Callable[[Callable[[], int]], Watch] | None = None
    warnings: list[str] = field(default_factory=list)


class Job(ABC):
    """What a module is for. Made anew for each task.

    options, constraints: its part of the argument spec, in Ansible's form. access: whose services it asks.
    keeps_names: as of `Kind`. remembers: whether it may be told what an earlier item of a loop found.
    """

    options: Mapping[str, Json]
    constraints: Mapping[str, Any] = {}
    access: Access = MICROSOFT_ACCESS
    keeps_names: bool = True
    remembers: bool = True

    @property
    def spec(self) -> dict[str, Any]:
        """The whole argument spec."""
        return {**self.access.options, **self.options}

    def open(self, params: dict[str, Any]) -> Iterable[str]:
        """Secrets in options that have not been checked; may put what Ansible can check in place of what it cannot."""
        del params
        return ()

    def loggable(self, params: dict[str, Any]) -> dict[str, Any]:
        """The options as the log of the system may hold them."""
        return params

    def reads_only(self, task: Task) -> bool:
        """Whether nothing may be written."""
        del task
        return True

    def on_error(self, task: Task) -> Json:
        """What the result of a task says that failed before it had one."""
        del task
        return {}

    @abstractmethod
    def do(self, task: Task, client: Client, login: Login) -> Answer:
        """The work. Raises PowerPlatformError."""

    def own(self, task: Task) -> dict[str, Any]:
        """The options without those of connecting and logging in."""
        return {name: task.params[name] for name in self.options}


class ResourceJob(Job):
    """Brings one thing to its declared state."""

    def __init__(self, kind: AnyKind) -> None:
        self._kind = kind
        self.options, self.constraints, self.keeps_names = kind.options, kind.constraints, kind.keeps_names

    def reads_only(self, task: Task) -> bool:
        """In check mode."""
        return task.check_mode

    def on_error(self, task: Task) -> Json:
        """A drift that could not be determined is not an empty one."""
        return {"drift": None} if task.check_mode else {}

    def do(self, task: Task, client: Client, login: Login) -> Answer:
        """As `ensure`."""
        task.hidden.update(self._kind.pasted(self.own(task)))
        # The option max_removals is the limit of the one declaration that there is.
        outcome = ensure(self._kind, self.own(task), client, Limits(max_removals=-1))
        result = outcome.as_json()
        if task.check_mode:
            result["drift"] = outcome.drift if outcome.plan else None
        failure = str(outcome.error) if outcome.status in (FAILED, NOT_APPLICABLE) else ""
        return result, outcome.reason if outcome.status == SKIPPED else failure


class InfoJob(Job):
    """Answers a question."""

    def __init__(self, kind: InfoKind) -> None:
        self._kind = kind
        self.options, self.constraints, self.access = kind.options, kind.constraints, kind.access

    def do(self, task: Task, client: Client, login: Login) -> Answer:
        """As `InfoKind.read`. OptionError for a task that would show a secret answer."""
        if self._kind.secret and not task.no_log:
            raise OptionError(
                "no_log",
                "the answer is a secret, and without it the task would show it. Nothing was sent.",
                remedy="Add no_log: true to the task (beside the module, not among its options).",
            )
        shared = {name: login.shared[name] for name in self._kind.shared if name in login.shared}
        answer = self._kind.read(client, {**shared, **self.own(task)})
        given = set(self._kind.handed_out(answer))
        if given & task.hidden:
            # Ansible would take out of the answer what an option holds, too. Where it repeats the options, it shall.
            task.params.update(remove_values(dict(task.params), set(task.hidden)))
            task.hidden -= given
        return {"changed": False, **answer}, ""


class ActionJob(Job):
    """Does something once."""

    keeps_names = False

    def __init__(self, kind: ActionKind) -> None:
        self._kind = kind
        self.options, self.constraints = kind.options, kind.constraints

    def reads_only(self, task: Task) -> bool:
        """In check mode."""
        return task.check_mode

    def do(self, task: Task, client: Client, login: Login) -> Answer:
        """As `ActionKind.act`."""
        task.hidden.update(self._kind.pasted(self.own(task)))
        result = self._kind.act(client, self.own(task))
        return result, result.pop("failure", "")


def perform(job: Job, task: Task, log_in: LogIn) -> Answer:
    """Logs in and does the work: what came of it, and why it failed. The one place where an error becomes a failure."""
    about: Json = {"api_calls": {"read": 0, "write": 0, "throttled": 0, "tokens": 0}}
    client: Client | None = None
    settings: Login | None = None
    try:
        settings = log_in(job.access, task.params)
        # Secrets that came from the environment are as secret as those of the task.
        task.hidden.update(settings.secrets)
        if task.verbosity >= 3:
            about["login"] = settings.explanation
        told = settings if job.remembers else replace(settings, memory=None)
        client = open_client(told, read_only=job.reads_only(task))
        result, failure = _up_to_date(job, task, client, told)
        _tell(task, result)
    except MissingLibraryError as error:
        result, failure = {**job.on_error(task), "exception": error.import_error}, missing_required_lib(error.library)
    except PowerPlatformError as error:
        result, failure = {**job.on_error(task), "error": error_json(error)}, str(error)
    if client:
        about["api_calls"] = client.api_calls
    if settings:
        task.warnings += settings.tokens.warnings
        if settings.memory and about["api_calls"]["write"] and not job.keeps_names:
            settings.memory.forget_everywhere()
    return {**result, **about}, failure


def _up_to_date(job: Job, task: Task, client: Client, login: Login) -> Answer:
    """Does the work; once more when it failed on what an earlier item of a loop had looked up."""
    memory = login.memory
    if memory is None:
        return job.do(task, client, login)
    memory.begin()
    answer, error = _attempt(job, task, client, login)
    out_of_date = memory.used and not _OUT_OF_DATE.isdisjoint(_error_types(answer, error))
    if out_of_date and not client.api_calls["write"]:
        memory.forget()
        answer, error = _attempt(job, task, client, login)
    if error:
        raise error
    return answer


def _attempt(job: Job, task: Task, client: Client, login: Login) -> tuple[Answer, PowerPlatformError | None]:
    try:
        return job.do(task, client, login), None
    except PowerPlatformError as error:
        return ({}, ""), error


def _error_types(answer: Answer, error: PowerPlatformError | None) -> set[str]:
    """The types of the errors of an attempt: of what it raised, and of what its result tells."""
    told = answer[0].get("error")
    return {type(error).__name__} if error else {told["type"]} if told else set()


def _tell(task: Task, result: Json) -> None:
    """Takes out of a result what is said in other ways: warnings, and a diff that nobody asked for."""
    task.warnings += result.pop("warnings", ())
    for option, names in (result.get("renamed") or {}).items():
        task.warnings.append(f"{option} is {names['actual']!r} now, not {names['declared']!r}.")
    if not task.diff:
        result.pop("diff", None)

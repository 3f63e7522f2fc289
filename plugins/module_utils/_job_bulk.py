# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks do that take many declarations. `_job.py` has that of all others."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import parse_accepted
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import (
    Request,
    audit,
    converge,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._findings import (
    CATEGORIES,
    REFUSED,
    Expectation,
    findings,
    outcome_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._items import (
    Fault,
    Items,
    read_resources,
    suspicious,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._job import Answer, Job, Task
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import Surroundings, watching
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    ALL,
    AUDIT_OPTIONS,
    CHANGED,
    CONTINUE,
    CONVERGE_OPTIONS,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Watch
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    NOT_APPLICABLE,
    OK,
    SKIPPED,
    Outcome,
    Report,
    error_json,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._expected import (
    Expected,
    expectation,
    parse_expected,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant

# From so many items on, a result tells only of those with which something was the matter.
_MANY = 500
# Of so many failures the message tells.
_TOLD = 10
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BulkJob(Job):
    """A task whose option `resources` holds options of other modules, secrets included."""

    keeps_names = False
    # Some items may be written although others fail, and to an audit what is out of date is a finding like any other:
    # no second look would be possible. One call looks everything up at once, anyway.
    remembers = False

    def __init__(self) -> None:
        self._items: Items | None = None
        self._count = 0

    def open(self, params: dict[str, Any]) -> Iterable[str]:
        """The secrets of the items, too. Of a text that is no list nobody can tell what is secret in it: no part of it
        goes any further."""
        secrets: set[str] = set()
        known = self.spec
        for name, value in params.items():
            if name not in known and not name.startswith("_ansible_"):  # it may be a slip for `resources`
                secrets.update(suspicious(value))
        if params.get("resources") is not None:
            resources = read_resources(params["resources"])
            if resources is not None:
                self._items = Items(resources)
                secrets.update(self._items.secrets)
            params["resources"] = [item if isinstance(item, dict) else {} for item in resources or ()]
            self._count = len(params["resources"])
        # Also as messages quote them, which spells some in another way.
        return {form for text in secrets for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1])}

    def loggable(self, params: dict[str, Any]) -> dict[str, Any]:
        """Items are nothing for a line of the system's log, where secrets could be spelled in yet other ways."""
        return {**params, "resources": f"{len(params['resources'])} items"}

    def requests(self, task: Task) -> tuple[Sequence[Request], Answer | None]:
        """The declarations; or what a call ends with that has wrong ones."""
        if self._items is None:
            raise OptionError("resources", "it is no list.", remedy="Give a list of dictionaries.")
        if self._count > _MANY:  # told again with the result, they would be most of it
            task.params["resources"] = f"{self._count} items"
        return self._items.requests, _refused(self._items.faults) if self._items.faults else None

    def do(self, task: Task, client: Client, login: Login) -> Answer:
        """The work on all items, once every one of them is right."""
        requests, refused = self.requests(task)
        if refused:
            return {**self.on_error(task), **refused[0]}, refused[1]
        with watching(task, client) as watch:
            return self.through(requests, task, client, watch)

    @abstractmethod
    def through(self, requests: Sequence[Request], task: Task, client: Client, watch: Watch | None) -> Answer:
        """The work on all items."""


class ConvergeJob(BulkJob):
    """The module `converge`."""

    options = CONVERGE_OPTIONS

    def reads_only(self, task: Task) -> bool:
        """In check mode."""
        return task.check_mode

    def on_error(self, task: Task) -> Json:
        """A drift that could not be determined is not an empty one."""
        return {"drift": None} if task.check_mode else {}

    def through(self, requests: Sequence[Request], task: Task, client: Client, watch: Watch | None) -> Answer:
        """As the engine's `converge`."""
        limits = _limits(task.params)
        return _converged(task, converge(requests, client, limits, watch), limits)


class AuditJob(BulkJob):
    """The module `drift_info`."""

    options = AUDIT_OPTIONS

    def on_error(self, task: Task) -> Json:
        """An audit that failed found nothing out."""
        return {"outcome": REFUSED}

    def through(self, requests: Sequence[Request], task: Task, client: Client, watch: Watch | None) -> Answer:
        """As `compared`."""
        return compared(client, requests, task.params, watch), ""


def _refused(faults: Sequence[Fault]) -> Answer:
    """The answer to wrong items: the message tells of the first of them, the result of all."""
    wrong = len({fault.number for fault in faults})
    error = OptionError("resources", f"{wrong} of the items are wrong, and nothing was sent.")
    told = [f"{error}", *(str(fault) for fault in faults[:_TOLD])]
    more = [f"And {len(faults) - _TOLD} more."] if len(faults) > _TOLD else []
    return {"error": error_json(error), "faults": [fault.as_json() for fault in faults]}, " ".join([*told, *more])


def compared(
    client: Client, requests: Sequence[Request], params: Mapping[str, Any], watch: Watch | None = None
) -> Json:
    """What `drift_info` answers."""
    expected = parse_expected(params)
    limits = Limits(
        accepted=parse_accepted(params["accepted_drift"]),
        orphans=params["orphaned"],
        seen=previously_seen(params["previous_report"]),
    )
    tenant, accepted = Tenant(client), _accepted_by(expected)
    surroundings = Surroundings(client, tenant, params["scopes"] or ())
    report = audit(requests, client, limits, watch, tenant)
    unmanaged = surroundings.findings(report.outcomes, limits.accepted, accepted)
    return _audited(report, findings(report, requests, unmanaged, accepted, limits.accepted), limits, expected)


def _accepted_by(expected: Sequence[Expected]) -> Expectation:
    def accepted(environment: Thing) -> Json | None:
        told = expectation(expected, environment)
        return {"owner": "", "reason": told["reason"], "expires": told["expires"]} if told["expected"] else None

    return accepted


def _audited(report: Report, rows: list[Json], limits: Limits, expected: Sequence[Expected]) -> Json:
    counts = Counter(row["category"] for row in rows if row["accepted"] is None)
    return {
        "changed": False,
        "outcome": outcome_of(rows),
        "findings": rows,
        "summary": {
            **{category: counts.get(category, 0) for category in CATEGORIES},
            "accepted": sum(row["accepted"] is not None for row in rows),
            "total": len(report.outcomes),
        },
        "plan": _plan(report),
        "seen": dict(sorted(report.seen.items())),
        "warnings": [
            *(entry.warning for entry in expected if entry.warning),
            *limits.accepted.warnings(whole=_is_whole(report)),
            *_warnings((outcome, outcome.as_json()) for outcome in report.outcomes),
        ],
    }


def _is_whole(report: Report) -> bool:
    """Whether everything that applies was compared."""
    return all(outcome.plan or outcome.status == NOT_APPLICABLE for outcome in report.outcomes)


def _plan(report: Report) -> Json:
    """What would be done, with the digest that `expected_plan` takes."""
    return {
        "digest": report.digest,
        "changes": report.changes,
        "removals": report.removals,
    }


def _limits(params: Mapping[str, Any]) -> Limits:
    for option in ("max_changes", "max_removals"):
        if params[option] < -1:
            raise OptionError(
                option, "it is a number of them.", value=params[option], remedy="Give 0 or more, or -1 for no limit."
            )
    expected = (params["expected_plan"] or "").strip().lower()
    if params["expected_plan"] is not None and not _DIGEST.fullmatch(expected):
        raise OptionError(
            "expected_plan",
            "it is no digest of a plan.",
            value=params["expected_plan"],
            remedy="Give plan.digest of the run that was reviewed, or leave it out.",
        )
    return Limits(
        max_removals=params["max_removals"],
        max_changes=params["max_changes"],
        expected_plan=expected,
        strict=True,
        go_on=params["on_error"] == CONTINUE,
        accepted=parse_accepted(params["accepted_drift"]),
        seen=previously_seen(params["previous_report"]),
    )


def previously_seen(path: str | None) -> Mapping[str, int]:
    """How long each list was when a report was written. OptionError for a file that is no report."""
    if path is None:
        return {}
    remedy = "Give a JSON report of drift_audit, or leave it out when there is none yet."
    try:
        seen = json.loads(Path(path).read_text(encoding="utf-8"))["seen"]
    except OSError as error:
        raise OptionError(
            "previous_report", f"it cannot be read: {error.strerror}.", value=path, remedy=remedy
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError("previous_report", "it is no report.", value=path, remedy=remedy) from error
    if not isinstance(seen, dict) or not all(isinstance(count, int) for count in seen.values()):
        raise OptionError("previous_report", "it is no report.", value=path, remedy=remedy)
    return seen


def _converged(task: Task, report: Report, limits: Limits) -> Answer:
    failure = failure_of(report)
    told = task.params["return"] or (CHANGED if len(report.outcomes) > _MANY else ALL)
    # Once for each item, for of thousands it takes a while.
    rows = [(outcome, outcome.as_json()) for outcome in report.outcomes]
    diffs = [row.pop("diff") for _outcome, row in rows if "diff" in row]
    result: Json = {
        "changed": report.changed,
        "outcomes": [{"item": outcome.index, **row} for outcome, row in rows if told == ALL or _matters(outcome)],
        "summary": summary_of(report.outcomes),
        "plan": _plan(report),
        "api_calls_planned": {"write": report.writes},
        "accepted": accepted_of(report.outcomes),
        "seen": dict(sorted(report.seen.items())),
        "diff": diffs,
        "warnings": [*limits.accepted.warnings(whole=_is_whole(report)), *_warnings(rows)],
    }
    if task.check_mode:
        result["drift"] = report.drift if _is_whole(report) else None
    return result, failure


def failure_of(report: Report) -> str:
    """Why a call failed, "" where it did not: the first failures, and how many there are."""
    failed = [outcome for outcome in report.outcomes if outcome.error and outcome.status not in (OK, NOT_APPLICABLE)]
    left = [outcome for outcome in report.outcomes if outcome.status == SKIPPED]
    if not failed and not left:
        return ""
    counts = [f"{len(failed)} of {len(report.outcomes)} items failed"] if failed else []
    counts += [f"{len(left)} were not attempted"] if left else []
    told: dict[str, str] = {}
    for outcome in failed:
        told.setdefault(str(outcome.error), f"resources[{outcome.index}] ({outcome.kind})")
    if left and not failed:
        told[left[0].reason] = f"resources[{left[0].index}] ({left[0].kind})"
    texts = [f"{place}: {text}" for text, place in told.items()]
    more = f" And {len(texts) - _TOLD} more." if len(texts) > _TOLD else ""
    return f"{' and '.join(counts)}. {' '.join(texts[:_TOLD])}{more}"


def summary_of(outcomes: Sequence[Outcome]) -> Json:
    """How many items there are, by what came of them and by what was or would be done."""
    by_status: dict[str, int] = {}
    by_action: dict[str, int] = {}
    for outcome in outcomes:
        by_status[outcome.status] = by_status.get(outcome.status, 0) + 1
        if outcome.plan:
            by_action[outcome.plan.action] = by_action.get(outcome.plan.action, 0) + 1
    return {"total": len(outcomes), "by_status": by_status, "by_action": by_action}


def accepted_of(outcomes: Sequence[Outcome]) -> list[Json]:
    """What differs and was accepted, once each."""
    return list({row["fingerprint"]: row for outcome in outcomes for row in outcome.accepted}.values())


def _matters(outcome: Outcome) -> bool:
    return outcome.changed or outcome.status != OK or bool(outcome.renamed)


def _warnings(rows: Iterable[tuple[Outcome, Json]]) -> list[str]:
    """The warnings of all items, with the first item that each comes from."""
    found: dict[str, str] = {}
    for outcome, row in rows:
        place = f"resources[{outcome.index}] ({outcome.kind})"
        for text in row.get("warnings", ()):
            found.setdefault(text, place)
        for option, names in (outcome.renamed or {}).items():
            found.setdefault(f"{option} is {names['actual']!r} now, not {names['declared']!r}.", place)
    return [f"{place}: {text}" for text, place in found.items()]

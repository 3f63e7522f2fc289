# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to Ansible of modules that take many declarations. `_module.py` is that of all others."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import parse_accepted
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, audit, converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._findings import (
    CATEGORIES,
    Expectation,
    findings,
    outcome_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._items import Items
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS, Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._module import Answer, run
from ansible_collections.powerops.powerplatform.plugins.module_utils._module_export import Surroundings, progress_file
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    ALL,
    AUDIT_OPTIONS,
    CHANGED,
    CONTINUE,
    CONVERGE_OPTIONS,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Watch
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import OK, SKIPPED, Outcome, Report
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


class BulkModule(AnsibleModule):  # type: ignore[misc]
    """A module whose option `resources` holds options of other modules, secrets included."""

    def _load_params(self) -> None:
        """Also hides the secrets of the items: whatever comes next may be the failure that shows all options."""
        super()._load_params()
        given = self.params.get("resources")
        self.items: Items | None = None
        if isinstance(given, list):
            self._take(given)

    def _take(self, resources: Sequence[Any]) -> Items:
        self.items = Items(resources)
        self.no_log_values.update(self.items.secrets)
        return self.items

    def checked_items(self) -> Items:
        """The items. OptionError for every fault of all of them."""
        items = self.items or self._take(self.params["resources"])  # they may come as a text
        faults = items.faults
        if faults:
            more = f" And {len(faults) - _TOLD} more." if len(faults) > _TOLD else ""
            raise OptionError(
                "resources",
                f"{len(faults)} of the items are wrong, and nothing was sent. "
                + " ".join(str(fault) for fault in faults[:_TOLD])
                + more,
            )
        return items


def run_converge() -> None:
    """The whole of the module `converge`."""
    module = BulkModule(argument_spec={**MICROSOFT_ACCESS.options, **CONVERGE_OPTIONS}, supports_check_mode=True)

    def work(client: Client, _settings: Login) -> Answer:
        items = module.checked_items()
        limits = _limits(module.params)
        progress = progress_file(module, client)
        try:
            report = converge(items.requests, client, limits, progress)
        finally:
            if progress:
                progress.close()
        return _converged(module, report, limits)

    run(module, work, read_only=module.check_mode, on_error={"drift": None} if module.check_mode else {})


def run_audit() -> None:
    """The whole of the module `drift_info`."""
    module = BulkModule(argument_spec={**MICROSOFT_ACCESS.options, **AUDIT_OPTIONS}, supports_check_mode=True)

    def work(client: Client, _settings: Login) -> Answer:
        items = module.checked_items()
        progress = progress_file(module, client)
        try:
            return compared(client, items.requests, module.params, progress), ""
        finally:
            if progress:
                progress.close()

    run(module, work, read_only=True, on_error={"outcome": "error"})


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
    return _audited(report, findings(report, requests, unmanaged, accepted), limits, expected)


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
            "items": len(report.outcomes),
        },
        "plan": _plan(report),
        "seen": dict(report.seen),
        "warnings": [
            *(entry.warning for entry in expected if entry.warning),
            *limits.accepted.warnings,
            *_warnings(report.outcomes),
        ],
    }


def _plan(report: Report) -> Json:
    """What would be done, with the digest that `expected_plan` takes."""
    return {
        "digest": report.digest,
        "changes": sum(bool(outcome.plan and outcome.plan.differences) for outcome in report.outcomes),
        "removals": sum(outcome.plan.removals for outcome in report.outcomes if outcome.plan),
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


def _converged(module: AnsibleModule, report: Report, limits: Limits) -> Answer:
    failure = failure_of(report)
    told = module.params["return"] or (CHANGED if len(report.outcomes) > _MANY else ALL)
    result: Json = {
        "changed": report.changed,
        "items": [row_of(outcome) for outcome in report.outcomes if told == ALL or _matters(outcome)],
        "summary": summary_of(report.outcomes),
        "plan": _plan(report),
        "api_calls_planned": {"write": report.writes},
        "accepted": accepted_of(report.outcomes),
        "seen": dict(report.seen),
        "diff": [row["diff"] for row in (outcome.as_json() for outcome in report.outcomes) if "diff" in row],
        "warnings": [*limits.accepted.warnings, *_warnings(report.outcomes)],
    }
    if module.check_mode:
        result["drift"] = None if failure else report.drift
    return result, failure


def failure_of(report: Report) -> str:
    """Why a call failed, "" where it did not: the first failures, and how many there are."""
    failed = [outcome for outcome in report.outcomes if outcome.error and outcome.status not in (OK, "not_applicable")]
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


def row_of(outcome: Outcome) -> Json:
    """An item of the result. Its diff stands in that of the whole task."""
    row = outcome.as_json()
    row.pop("diff", None)
    return {"item": outcome.index, **row}


def summary_of(outcomes: Sequence[Outcome]) -> Json:
    """How many items there are, by what came of them and by what was or would be done."""
    by_status: dict[str, int] = {}
    by_action: dict[str, int] = {}
    for outcome in outcomes:
        by_status[outcome.status] = by_status.get(outcome.status, 0) + 1
        if outcome.plan:
            by_action[outcome.plan.action] = by_action.get(outcome.plan.action, 0) + 1
    return {"items": len(outcomes), "by_status": by_status, "by_action": by_action}


def accepted_of(outcomes: Sequence[Outcome]) -> list[Json]:
    """What differs and was accepted, once each."""
    return list({row["fingerprint"]: row for outcome in outcomes for row in outcome.accepted}.values())


def _matters(outcome: Outcome) -> bool:
    return outcome.changed or outcome.status != OK or bool(outcome.renamed)


def _warnings(outcomes: Sequence[Outcome]) -> list[str]:
    """The warnings of all items, with the first item that each comes from."""
    found: dict[str, str] = {}
    for outcome in outcomes:
        place = f"resources[{outcome.index}] ({outcome.kind})"
        row = outcome.as_json()
        for text in row.get("warnings", ()):
            found.setdefault(text, place)
        for option, names in (outcome.renamed or {}).items():
            found.setdefault(f"{option} is {names['actual']!r} now, not {names['declared']!r}.", place)
    return [f"{place}: {text}" for text, place in found.items()]

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drift report as SARIF 2.1.0, which code scanning shows at the lines of the desired state. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    DRIFT,
    FAILED,
    NOT_APPLICABLE,
    ORPHANED,
    RENAMED,
    UNKNOWN,
    Finding,
    Location,
    Report,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_text import (
    accepted_text,
    context,
    label,
    sentence,
    shown,
)

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# The name that GitHub and the SARIF viewers know for the root of a repository.
ROOT = "%SRCROOT%"

# SARIF 2.1.0, 3.27.10: a result that is no failure has the level none.
_LEVELS = {
    **dict.fromkeys(DRIFT, "error"),
    ORPHANED: "warning",
    UNKNOWN: "warning",
    RENAMED: "none",
    NOT_APPLICABLE: "none",
}
_BRACKETS = re.compile(r"[\\\[\]]")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_KINDS = {RENAMED: "informational", NOT_APPLICABLE: "notApplicable"}


def render_sarif(report: Report) -> str:
    """The same text for the same report."""
    rules = {name: number for number, name in enumerate(dict.fromkeys(map(_rule_name, report.findings)))}
    run: Json = {
        "tool": {
            "driver": {
                "name": "powerops.powerplatform",
                "informationUri": "https://github.com/powerops/powerplatform",
                "rules": [_rule(*name) for name in rules],
            }
        },
        "automationDetails": {"id": "powerops.powerplatform/drift/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the sources."}}},
        "invocations": [
            {
                "executionSuccessful": report.outcome != FAILED,
                "endTimeUtc": report.generated_at,
                "toolExecutionNotifications": _notifications(report),
            }
        ],
        "results": [_result(finding, rules[_rule_name(finding)]) for finding in report.findings],
        "properties": {
            "title": report.title,
            "outcome": report.outcome,
            "source": report.source,
            "summary": dict(report.summary),
            "seen": dict(report.seen),
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule_name(finding: Finding) -> tuple[str, str]:
    return (finding.category, finding.kind)


def _rule(category: str, kind: str) -> Json:
    return {
        "id": f"{category}/{kind}",
        "name": "".join(word.capitalize() for word in f"{category}_{kind}".split("_")),
        "shortDescription": {"text": f"{kind}: {category.replace('_', ' ')}"},
        "fullDescription": {"text": CATEGORIES[category]},
        "help": {
            "text": f"{CATEGORIES[category]} ansible-doc powerops.powerplatform.{kind} documents what declares it."
        },
        "defaultConfiguration": {"level": _LEVELS[category]},
        "properties": {"tags": ["drift", category, kind]},
    }


def _result(finding: Finding, rule: int) -> Json:
    result: Json = {
        "ruleId": f"{finding.category}/{finding.kind}",
        "ruleIndex": rule,
        "kind": _KINDS.get(finding.category, "fail"),
        "level": _LEVELS[finding.category],
        "message": {"text": _plain(f"{label(finding)} ({context(finding)}): {sentence(finding)}")},
        "locations": [_location(finding)],
        "partialFingerprints": {"driftFingerprint/v1": finding.fingerprint},
        "properties": {
            "id": finding.id,
            "name": finding.name,
            "before": finding.before,
            "after": finding.after,
            "host": finding.host,
            "task": finding.task,
            "item": finding.item,
        },
    }
    if finding.accepted:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": accepted_text(finding.accepted),
                "properties": finding.accepted._asdict(),
            }
        ]
    return result


def _location(finding: Finding) -> Mapping[str, Any]:
    """Where it is declared; where nothing declares it, or no line was found, its own path stands for a file.

    GitHub's code scanning refuses a whole log for one result without a file and a line.
    """
    path, line = finding.location or Location(finding.id.strip("/") or finding.kind, 1)
    return {
        "logicalLocations": [{"fullyQualifiedName": finding.id, "kind": "resource"}],
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path), "uriBaseId": ROOT},
            "region": {"startLine": line},
        },
    }


def _notifications(report: Report) -> list[Json]:
    failures = [("error", f"{failure.host}: {failure.task}: {failure.message}") for failure in report.errors]
    told = [*failures, *(("note", notice) for notice in report.notices)]
    return [{"level": level, "message": {"text": _plain(shown(text))}} for level, text in told]


def _plain(text: str) -> str:
    """SARIF 2.1.0, 3.11.5 and 3.11.6: [text](uri) would be a link, and {0} a place for an argument."""
    return _PLACEHOLDER.sub(r"{{\1}}", _BRACKETS.sub(r"\\\g<0>", text))

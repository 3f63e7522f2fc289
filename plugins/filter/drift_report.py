# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a report of what drift_info found on many hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_report
short_description: Make a report of what an audit found on many hosts
version_added: 1.0.0
author:
  - powerops contributors (@powerops)
description:
  - Makes the text of one report of the results of M(powerops.powerplatform.drift_info) on many hosts, as the role
    P(powerops.powerplatform.drift_audit#role) writes it.
  - The C(outcome) of a report is V(error) where a host failed or has no result, where a declaration could not be
    compared, or where nothing is declared for any host; else V(unknown) where something could not be read; else
    V(drift) where something differs that nobody accepted; else V(clean).
  - A finding that several hosts have is there for each of them.
options:
  _input:
    description:
      - The registered result of each host, by the name of the host.
      - A host without a result, whose value is an empty dictionary or null, is an error in the report.
    type: dict
    required: true
  format:
    description: The form of the report. V(markdown) is for a comment on a pull request, V(html) needs no other file.
    type: str
    choices: [json, junit, sarif, markdown, html]
    required: true
  generated_at:
    description: When the audit took place, in UTC, as V(2026-11-22T02:00:00Z).
    type: str
    required: true
  source_root:
    description:
      - The folder below which YAML files are searched for the lines that declare what a finding is about. The paths in
        the report are relative to it. A relative one is below the working directory.
      - Hidden folders and vaults are passed over. Unset, nothing is searched.
    type: path
  source:
    description: What made the report.
    type: str
    default: powerops.powerplatform.drift_audit
  title:
    description: The title of the report.
    type: str
    default: Power Platform drift
  may_declare_nothing:
    description:
      - Whether it is meant that nothing is declared for any host, and no error. It commonly says that an inventory or
        its variables could not be read.
    type: bool
    default: false
seealso:
  - module: powerops.powerplatform.drift_info
"""

EXAMPLES = r"""
- name: Compare what is declared with what is there
  powerops.powerplatform.drift_info:
    resources:
      - kind: flow_state
        environment: Finance Production
        flow: f0000000-0000-4000-8000-000000000011
        state: stopped
  register: audit

- name: Show it as people read it
  ansible.builtin.debug:
    msg: >-
      {{ {inventory_hostname: audit}
      | powerops.powerplatform.drift_report('markdown', now(utc=true, fmt='%Y-%m-%dT%H:%M:%SZ')) }}
"""

RETURN = r"""
_value:
  description: The text of the report.
  type: str
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_files import RENDERERS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_locations import Locations
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    Accepted,
    Failure,
    Finding,
    make_report,
)

_NAME = "drift_report"
_TASK = "drift_info"
# The category of declarations that cannot be compared. A report tells of these as errors, for they are no findings.
_ERROR = "error"
_NO_RESULT = "The host could not be reached, or failed before it was audited. The output of the run says why."
_ALL = "all hosts"
_NOTHING = "Nothing is declared for any host, so that nothing was compared. The inventory and its variables say why."
_GIVEN = ("category", "kind", "id", "name", "before", "after", "fingerprint", "message", "remedy", "item")

Result = Mapping[str, Any]


def drift_report(
    results: Any,
    format: Any,  # noqa: A002  # as users write it
    generated_at: Any,
    source_root: Any = None,
    source: Any = "powerops.powerplatform.drift_audit",
    title: Any = "Power Platform drift",
    may_declare_nothing: Any = False,
) -> str:
    """The text of a report; see the documentation of the filter."""
    if not isinstance(results, Mapping):
        raise _error(f"the input is no dictionary of results by host, but of type {type(results).__name__}.")
    if not results:
        raise _error("there is no host, so that nothing can be said of any.")
    if format not in RENDERERS:
        raise _error(f"format is {format!r}, and can be {', '.join(RENDERERS)}.")
    findings: list[Finding] = []
    errors: list[Failure] = []
    notices: list[str] = []
    seen: Counter[str] = Counter()
    for host, result in results.items():
        failure = _failure(host, result)
        if failure:
            errors.append(failure)
            continue
        for row in result["findings"]:
            if row["category"] == _ERROR:
                errors.append(Failure(host, _TASK, _refused(row)))
            else:
                findings.append(_finding(host, row))
        seen.update(result.get("seen") or {})
        notices += [f"{host}: {text}" for text in _notices(result)]
    if not may_declare_nothing and not errors and all(map(_declares_nothing, results.values())):
        errors.append(Failure(_ALL, _TASK, _NOTHING))
    if source_root:
        places = Locations(Path(source_root).expanduser())
        findings = [row._replace(location=places.find(row, {}, None)) for row in findings]
        if not places.complete:
            notices.append(f"Not every file below {source_root} was searched: there is too much of it.")
    report = make_report(
        findings,
        generated_at=str(generated_at),
        source=str(source),
        errors=errors,
        seen=seen,
        notices=notices,
        title=str(title),
    )
    return RENDERERS[format](report)


def _failure(host: str, result: Any) -> Failure | None:
    """Why a host has no findings, None where it has them."""
    if not result:
        return Failure(host, _TASK, _NO_RESULT)
    if not isinstance(result, Mapping):
        raise _error(f"what {host} has is no result, but of type {type(result).__name__}.")
    if result.get("unreachable"):
        return Failure(host, _TASK, _NO_RESULT)
    if result.get("failed"):
        return Failure(host, _TASK, str(result.get("msg") or "The task failed without a message."))
    if not isinstance(result.get("findings"), (list, tuple)):
        return Failure(host, _TASK, "The task ended without findings.")
    faults = list(_faults(result["findings"]))
    if faults:
        raise _error(f"what {host} has is no result of drift_info: {faults[0]}")
    return None


def _faults(rows: Any) -> Iterator[str]:
    known = {*CATEGORIES, _ERROR}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping) or not {"category", "kind", "id"} <= set(row):
            yield f"entry {number} is no finding."
        elif row["category"] not in known:
            yield f"entry {number} is of no category that is known, {row['category']}."


def _notices(result: Result) -> Iterator[str]:
    # Everything is as declared where nothing is, which is not what somebody had in mind who misspelt a variable.
    if _declares_nothing(result):
        yield "Nothing is declared for this host."
    yield from (text for text in result.get("warnings") or () if isinstance(text, str))


def _declares_nothing(result: Result) -> bool:
    summary = result.get("summary")
    return isinstance(summary, Mapping) and not summary.get("total")


def _finding(host: str, row: Result) -> Finding:
    given = {name: row[name] for name in _GIVEN if row.get(name) is not None}
    accepted = row.get("accepted")
    if accepted:
        given["accepted"] = Accepted(*(str(accepted.get(name) or "") for name in Accepted._fields))
    return Finding(**given, host=host, task=_TASK)


def _refused(row: Result) -> str:
    parts = (f"{row['kind']} {row.get('name') or row['id']}:", row.get("message"), row.get("remedy"))
    return " ".join(str(part) for part in parts if part)


def _error(text: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"{_NAME}: {text}")


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {_NAME: drift_report}

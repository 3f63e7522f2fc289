# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation says of the options of exports is what the modules take; of results, what they return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    AUDIT_OPTIONS,
    EXPORT_OPTIONS,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import OF_THE_TENANT
from tests.emulator.control import Emulator
from tests.unit.completeness.collection import documentation, walk

from .exporting import export

SPECS: dict[str, dict[str, Any]] = {
    "desired_state_info": {**MICROSOFT_ACCESS.options, **EXPORT_OPTIONS},
    "drift_info": {**MICROSOFT_ACCESS.options, **AUDIT_OPTIONS},
}
# Beside the answer of the module, by what runs it.
OF_THE_EDGE = {"login", "api_calls", "error"}


def _said(option: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: option[name] for name in ("elements", "choices", "default") if option.get(name) is not None}
    return {"type": option.get("type", "str"), "required": bool(option.get("required")), **facts}


@pytest.mark.parametrize("module", SPECS)
def test_options_are_documented_as_they_are(module: str) -> None:
    documented = {place: _said(option) for place, option in walk(documentation(module).options, "suboptions")}
    taken = {place: _said(option) for place, option in walk(SPECS[module], "options")}

    assert documented == taken


def test_what_is_of_the_whole_tenant_is_named() -> None:
    text = " ".join(documentation("desired_state_info").options["kinds"]["description"])
    [sentence] = re.findall(r"of the whole tenant, which are (.*?)\. ", text)

    assert set(re.findall(r"V\((\w+)\)", sentence)) == OF_THE_TENANT


def test_an_answer_holds_what_is_documented(emulator: Emulator) -> None:
    answer = export(emulator, kinds=["powerapp"])

    assert set(answer) - {"changed", "warnings"} == set(documentation("desired_state_info").returns) - OF_THE_EDGE


def test_rows_hold_what_the_samples_show(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "match": {"path": "/apps$"}, "times": 100}])
    unread = export(emulator, kinds=["powerapp"], on_error="report")
    emulator.faults([])
    answer = {**export(emulator), "unknown": unread["unknown"]}
    returns = documentation("desired_state_info").returns

    for part in ("environments", "left_out", "not_applicable", "unknown"):
        assert answer[part], part
        assert {frozenset(row) for row in answer[part]} == {frozenset(returns[part]["sample"][0])}, part

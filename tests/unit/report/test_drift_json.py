# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON report, against the schema that is documented."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_json import render_json
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Location, Report
from tests.tools.stage import ROOT

from .samples import ACCEPTED, finding, hostile_report, large_report, report

SCHEMA = json.loads((ROOT / "docs" / "docsite" / "drift_report.schema.json").read_text(encoding="utf-8"))
FULL = report(finding(location=Location("desired/apps.yml", 3), accepted=ACCEPTED, item=2), seen={"environments/e1": 4})


@pytest.mark.parametrize("made", [report(), FULL, hostile_report(), large_report(3000)])
def test_reports_are_as_documented(made: Report) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    found = json.loads(render_json(made))

    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft7Validator)
    # The schema allows keys of later versions; those of this one are all in it.
    assert set(found) == set(SCHEMA["properties"]) == set(SCHEMA["required"])
    row = SCHEMA["definitions"]["finding"]
    assert set(row["properties"]) == set(row["required"])
    assert all(set(entry) == set(row["required"]) for entry in found["findings"])
    assert len(found["findings"]) == len(made.findings)


def test_nothing_is_lost() -> None:
    found = json.loads(render_json(FULL))
    [row] = found["findings"]

    assert row["location"] == {"path": "desired/apps.yml", "line": 3}
    assert row["accepted"] == ACCEPTED._asdict()
    assert (row["before"], row["after"], row["item"]) == ({"role": "CanView"}, {"role": "CanEdit"}, 2)
    assert found["seen"] == {"environments/e1": 4}
    assert found["summary"]["accepted"] == 1
    assert found["version"] == 1


def test_names_stay_as_they_are() -> None:
    assert '"name": "Größe 漢字 😀"' in render_json(report(finding(name="Größe 漢字 😀")))


@pytest.mark.parametrize(
    "broken", [{"outcome": "fine"}, {"generated_at": "today"}, {"findings": [{}]}, {"version": 2}, {"seen": {"a": -1}}]
)
def test_the_schema_refuses_what_is_no_report(broken: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(render_json(FULL)), **broken}, SCHEMA)

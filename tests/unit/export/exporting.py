# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports and audits as their modules make them, on an emulated tenant."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._items import Items
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import compared
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import desired_state
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    AUDIT_OPTIONS,
    EXPORT_OPTIONS,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import Report
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import client

Json = dict[str, Any]
ID = "e0000000-0000-4000-8000-00000000000"


def _checked(spec: Json, options: Json) -> Json:
    checked = ArgumentSpecValidator(spec).validate(options)
    assert not checked.error_messages, checked.error_messages
    return dict(checked.validated_parameters)


def export(emulator: Emulator, name: str = "runner", **options: Any) -> Json:
    """What desired_state_info returns."""
    return desired_state(client(emulator, name, read_only=True), _checked(EXPORT_OPTIONS, options))


def audit(emulator: Emulator, resources: Sequence[Json], name: str = "runner", **options: Any) -> Json:
    """What drift_info returns; without looking for those who left, where nobody says otherwise."""
    checked = _checked(AUDIT_OPTIONS, {"orphaned": False, **options, "resources": list(resources)})
    return compared(client(emulator, name, read_only=True), _requests(resources), checked)


def planned(emulator: Emulator, resources: Sequence[Json], name: str = "runner") -> Report:
    """What converge says in check mode."""
    return converge(_requests(resources), client(emulator, name, read_only=True), Limits(max_removals=-1))


def converged(emulator: Emulator, resources: Sequence[Json], name: str = "runner") -> Report:
    """What converge does."""
    return converge(_requests(resources), client(emulator, name), Limits(max_removals=-1))


def as_yaml(resources: Sequence[Json]) -> str:
    """Items as they would stand in a file."""
    return yaml.safe_dump(list(resources), sort_keys=False, allow_unicode=True, width=200)


def of_kind(answer: Json, kind: str) -> list[Json]:
    """The items of a kind."""
    return [row for row in answer["resources"] if row["kind"] == kind]


def _requests(resources: Sequence[Json]) -> list[Any]:
    items = Items(resources)
    assert not items.faults, [str(fault) for fault in items.faults]
    return items.requests


def answer_of(*resources: Json, names: tuple[str, ...] = ("Finance",), **more: Any) -> Json:
    """A result of desired_state_info with these items."""
    environments = [{"id": f"{ID}{number}", "name": name, "called": name} for number, name in enumerate(names)]
    return {
        "resources": list(resources),
        "environments": environments,
        "kinds": ["flow_state", "powerapp_role"],
        "unknown": [],
        "not_applicable": [],
        "left_out": [],
        "scope": "admin",
        "all_environments": True,
        **more,
    }


def read_by_ansible(text: str, tmp_path: Path, **variables: Any) -> Any:
    """What Ansible makes of a file of variables, templates resolved."""
    path = tmp_path / "vars.yml"
    path.write_text(text, encoding="utf-8")
    loader = DataLoader()
    # Since ansible-core 2.19 a file of variables has to be said to hold templates.
    trusting = "trusted_as_template" in inspect.signature(loader.load_from_file).parameters
    content = loader.load_from_file(str(path), **({"trusted_as_template": True} if trusting else {}))
    return Templar(loader, variables=variables).template(content)

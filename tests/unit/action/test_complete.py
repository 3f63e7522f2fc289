# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module may run in the controller, and says what of its look-ups may be remembered there."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils._job import ActionJob, InfoJob, ResourceJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import AuditJob, ConvergeJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import ExportJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller import job_of
from tests.unit.conftest import ROOT

PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
ACTION = "powerops.powerplatform.converge"
BULK = {"converge": ConvergeJob, "desired_state_info": ExportJob, "drift_info": AuditJob}
# Writes of roles on a thing, and of its state: no part of what it is called.
_OF_ROLES_AND_STATES = re.compile(r"Edit-\w+RoleAssignment|(Admin)?ModifyFlowPermissions|(Admin)?(Start|Stop)Flow")


def test_every_module_is_routed_to_the_action() -> None:
    """The one that it is named for needs no route."""
    routing = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["plugin_routing"]
    routed = {name: entry["action_plugin"] for name, entry in routing["modules"].items() if "action_plugin" in entry}
    assert routed == dict.fromkeys([name for name in MODULES if name != "converge"], ACTION)
    assert {path.stem for path in (PLUGINS / "action").glob("*.py")} == {"__init__", "converge"}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_its_job(name: str) -> None:
    """The same one that its file runs."""
    job = job_of(name)
    assert job.__class__ is _in_file(name)
    if name in BULK:
        assert job.__class__ is BULK[name]
        return
    kinds = {**KINDS, **INFO_KINDS, **ACTION_KINDS}
    assert job._kind is kinds[name]
    assert job.access is getattr(kinds[name], "access", job.access)
    assert job.options is kinds[name].options
    assert job.constraints is kinds[name].constraints


def _in_file(name: str) -> type:
    """The kind of job that a module file runs, by the function of the edge that it calls."""
    tree = ast.parse((PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8"))
    [called] = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("run")
    }
    single = {"run_resource": ResourceJob, "run_info": InfoJob, "run_action": ActionJob}
    return single.get(called) or BULK[name]


def test_there_is_a_module_for_every_kind() -> None:
    assert sorted([*KINDS, *INFO_KINDS, *ACTION_KINDS, *BULK]) == MODULES
    with pytest.raises(KeyError):
        job_of("nothing")


def test_whose_state_is_in_the_record_asks_for_it_anew() -> None:
    telling = {name for name, kind in KINDS.items() if type(kind).listed is not Kind.listed}
    assert telling
    assert {name for name in telling if not KINDS[name].record_is_state} == set()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_who_writes_more_than_roles_and_states_forgets_names(name: str) -> None:
    """And who writes nothing else need not: the items of a loop share what they found."""
    writes = {
        operation.name
        for as_admin in (True, False)
        for operation in KINDS[name].every_operation(as_admin=as_admin)
        if operation.method != "GET"
    }
    assert writes
    assert job_of(name).keeps_names is all(map(_OF_ROLES_AND_STATES.fullmatch, writes))


@pytest.mark.parametrize("name", [*ACTION_KINDS, *BULK])
def test_deeds_and_bulk_calls_forget_names(name: str) -> None:
    """But for those that write nothing."""
    assert job_of(name).keeps_names is (name == "desired_state_info")


def test_the_action_is_thin() -> None:
    """What it does is told in files that tests reach."""
    source = Path(inspect.getfile(ActionJob)).parents[1] / "action" / "converge.py"
    tree = ast.parse(source.read_text(encoding="utf-8"))
    [made] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert [node.name for node in made.body if isinstance(node, ast.FunctionDef)] == ["run"]

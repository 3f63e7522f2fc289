# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles take every kind and every option of their modules, under names that say whose they are."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.filter.declared_resources import VARIABLES
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    AUDIT_OPTIONS,
    CONVERGE_OPTIONS,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_files import RENDERERS

ROOT = Path(__file__).resolve().parents[3]
MODULES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "converge": ("converge", CONVERGE_OPTIONS),
    "drift_audit": ("drift_info", AUDIT_OPTIONS),
}
# Options of the roles themselves.
OWN = {
    "converge": {"expected_plans", "plans_path"},
    "drift_audit": {"reports", "fail_on_drift", "may_declare_nothing", "source_root", "title"},
}
SHARED = {"powerplatform_environment", "powerplatform_defaults", "powerplatform_accepted_drift"}
EVERY_ROLE = pytest.mark.parametrize("role", sorted(MODULES))
# What the inventory plugin makes variables of, with the same prefix.
ROWS = {
    "environment_info": "environments",
    "powerapp_info": "powerapps",
    "flow_info": "flows",
    "connection_info": "connections",
    "connector_info": "connectors",
}


def read(*parts: str) -> Any:
    return yaml.safe_load(ROOT.joinpath(*parts).read_text(encoding="utf-8"))


def options(role: str) -> dict[str, Any]:
    found: dict[str, Any] = read("roles", role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    return found


def call(role: str) -> dict[str, Any]:
    """The task that calls the module."""
    name = f"powerops.powerplatform.{MODULES[role][0]}"
    [task] = [task for task in read("roles", role, "tasks", "main.yml") if name in task]
    return {"options": task[name], **task}


@EVERY_ROLE
def test_the_lists_of_a_role_are_those_of_the_catalog(role: str) -> None:
    lists = call(role)["vars"][f"__{role}_lists"]

    assert lists == {name: f"{{{{ {name} | default([]) }}}}" for name in VARIABLES}
    for name, kind in VARIABLES.items():
        option = options(role)[name]
        assert (option["type"], option["elements"]) == ("list", "dict")
        assert f"powerops.powerplatform.{kind.name})" in str(option["description"])


@EVERY_ROLE
def test_every_option_of_the_module_can_be_reached(role: str) -> None:
    taken = set(MODULES[role][1])
    own = {name.removeprefix(f"{role}_") for name in options(role) if name.startswith(f"{role}_")}

    assert own == (taken - {"resources"}) | OWN[role]
    given = call(role)["vars"][f"__{role}_options"]
    assert not set(given) & set(call(role)["options"])
    assert set(given) | set(call(role)["options"]) == taken
    for name, template in given.items():
        assert f"{role}_{name}" in template or f"__{role}_{name.split('_')[0]}" in template
    assert set(options(role)) == set(VARIABLES) | SHARED | {f"{role}_{name}" for name in own}


@EVERY_ROLE
def test_an_option_of_the_role_is_described_like_that_of_the_module(role: str) -> None:
    compared = 0
    for name, spec in MODULES[role][1].items():
        option = options(role).get(f"{role}_{name}")
        if option is None:
            assert name == "resources"
            continue
        for key in ("type", "elements", "choices"):
            assert option.get(key) == spec.get(key), (name, key)
        assert set(option.get("options", ())) == set(spec.get("options", ())), name
        # A default here would beat module_defaults.
        assert "default" not in option, name
        compared += 1
    assert compared > 5


@EVERY_ROLE
def test_options_come_by_way_of_a_group_that_holds_the_module_alone(role: str) -> None:
    group = f"role_{role}"

    assert read("meta", "runtime.yml")["action_groups"][group] == [MODULES[role][0]]
    [(name, template)] = call(role)["module_defaults"].items()
    assert name == f"group/powerops.powerplatform.{group}"
    assert f"__{role}_options" in template
    # What stands in the task itself beats module_defaults, also where it is omitted.
    assert set(call(role)["options"]) <= {"resources", "expected_plan"}


@EVERY_ROLE
def test_only_what_the_module_does_not_have_has_a_default(role: str) -> None:
    documented = {name: option["default"] for name, option in options(role).items() if "default" in option}
    file = ROOT / "roles" / role / "defaults" / "main.yml"

    assert documented == (yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {})
    assert not {name.removeprefix(f"{role}_") for name in documented} & set(MODULES[role][1])


@EVERY_ROLE
def test_the_readme_of_a_role_names_its_variables(role: str) -> None:
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")

    assert [name for name in options(role) if f"`{name}`" not in text] == []


def test_the_reports_of_the_role_are_all_that_can_be_rendered() -> None:
    assert set(options("drift_audit")["drift_audit_reports"]["options"]) == set(RENDERERS)


@pytest.mark.parametrize("module", sorted(ROWS))
def test_no_variable_is_one_of_the_inventory(module: str) -> None:
    """Who makes hosts of environments has both on one host."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    [text] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "RETURN"
    ]
    rows = {f"powerplatform_{key}" for key in yaml.safe_load(text)[ROWS[module]]["contains"]}

    ours = set(VARIABLES) | SHARED
    # Hosts that are things of an environment name it as the roles do, and mean the same. Of the other one the README
    # warns.
    assert ours & rows <= {"powerplatform_environment", "powerplatform_connections"}
    assert ("powerplatform_connections" in rows) is (module == "flow_info")
    assert ("powerplatform_id" in rows) is (module == "environment_info")
    assert ("powerplatform_environment" in rows) is (module != "environment_info")


@pytest.mark.parametrize("role", sorted(MODULES))
def test_the_playbook_of_a_role_runs_it_where_nothing_else_is_said(role: str) -> None:
    [play] = read("playbooks", f"{role}.yml")

    assert play["roles"] == [{"role": f"powerops.powerplatform.{role}"}]
    assert play["hosts"] == "{{ powerplatform_hosts | default('environments:localhost') }}"
    assert play["gather_facts"] is False
    assert play["vars"]["ansible_connection"] == "local"
    check = play["pre_tasks"][-1]["ansible.builtin.assert"]
    assert "groups['environments']" in check["that"]
    assert play["module_defaults"] == {
        "group/powerops.powerplatform.all": "{{ powerplatform_module_defaults | default({}) }}"
    }

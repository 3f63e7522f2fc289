# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every inventory plugin tells all its options, has examples that a test runs, and an integration target."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible.plugins.loader import fragment_loader, inventory_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS, Access
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import AVEPOINT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._hosts import HOST_KINDS

from .collection import COLLECTION, PLUGINS, ROOT, TARGETS, Documentation, versions, walk

INVENTORIES = sorted(path.stem for path in (PLUGINS / "inventory").glob("*.py") if path.stem != "__init__")
EVERY_INVENTORY = pytest.mark.parametrize("plugin", INVENTORIES)
TESTS = ROOT / "tests" / "unit" / "inventory"
# What the kinds of questions take and hosts do not, and why.
NOT_TAKEN = {
    "include": "Only what is of use to a host: the rest has modules that say it of one thing.",
    "owners": "A filter says it.",
    "owner_states": "A filter says it, or a group.",
    "states": "A filter says it, or a group.",
    "connected": "A filter says it, or a group.",
    "connectors": "A filter says it, or a group.",
    "connector_types": "Only custom connectors are hosts.",
    "apps": "A filter says it.",
    "roles": "It says how roles are read, which hosts do not include.",
    "flows": "A filter says it.",
    "connections": "A filter says it.",
    "top": "It changes no answer.",
}


def documentation(plugin: str) -> Documentation:
    """What ansible-doc would show."""
    path = PLUGINS / "inventory" / f"{plugin}.py"
    content, examples, returns, _metadata = get_docstring(
        str(path), fragment_loader, collection_name=COLLECTION, plugin_type="inventory"
    )
    assert content, f"{plugin} has no DOCUMENTATION"
    return Documentation(json.loads(json.dumps(content)), str(examples or ""), json.loads(json.dumps(returns or {})))


def documents(plugin: str) -> list[Mapping[str, Any]]:
    """The examples, each of them a file of its own."""
    return list(yaml.safe_load_all(documentation(plugin).examples))


def test_there_is_one() -> None:
    assert "tenant" in INVENTORIES


@EVERY_INVENTORY
def test_the_documentation_names_the_plugin(plugin: str) -> None:
    found = documentation(plugin)
    assert found.content["name"] == plugin
    assert found.content["short_description"]
    assert not found.content["short_description"].endswith(".")
    assert found.content["description"]
    assert found.content["author"]
    assert str(found.content["version_added"]) in versions()
    assert [f"{COLLECTION}.{plugin}"] == found.options["plugin"]["choices"]
    assert found.options["plugin"]["required"]


@EVERY_INVENTORY
def test_every_option_is_described(plugin: str) -> None:
    options = documentation(plugin).options
    places = dict(walk(options, "suboptions"))
    assert [place for place, option in places.items() if not option.get("description")] == []
    assert [place for place, option in places.items() if not option.get("type") and place != "cache_prefix"] == []


@EVERY_INVENTORY
def test_every_option_that_the_code_reads_is_documented(plugin: str) -> None:
    options = documentation(plugin).options
    tree = ast.parse((PLUGINS / "inventory" / f"{plugin}.py").read_text(encoding="utf-8"))
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get_option"
        and isinstance(node.args[0], ast.Constant)
    }
    assert read
    assert read - options.keys() == set()
    # And the other way round: Ansible itself reads what its own fragments say.
    theirs = {"plugin", "use_extra_vars", "leading_separator"}
    asked = {name for kind in HOST_KINDS.values() for name in INFO_KINDS[kind.info].options}
    logins = {name for kind in HOST_KINDS.values() for name in INFO_KINDS[kind.info].access.options}
    unread = options.keys() - read - theirs - asked - logins
    assert {name for name in unread if not name.startswith("cache_")} == set()


@pytest.mark.parametrize("hosts", sorted(HOST_KINDS))
def test_everything_that_a_question_takes_is_an_option_or_has_a_reason(hosts: str) -> None:
    options = documentation("tenant").options
    info = INFO_KINDS[HOST_KINDS[hosts].info]
    assert set(info.options) - options.keys() - NOT_TAKEN.keys() == set()
    for name in set(info.options) & options.keys() - NOT_TAKEN.keys():
        _same(name, options[name], info.options[name])


def test_what_is_not_taken_exists() -> None:
    known = {name for kind in HOST_KINDS.values() for name in INFO_KINDS[kind.info].options}
    assert NOT_TAKEN.keys() - known == set()
    assert NOT_TAKEN.keys() & documentation("tenant").options.keys() == {"include"}


def test_what_can_be_included_is_what_the_questions_take() -> None:
    taken: set[str] = set()
    for kind in HOST_KINDS.values():
        taken.update(INFO_KINDS[kind.info].options.get("include", {}).get("choices", ()))
    assert set(documentation("tenant").options["include"]["choices"]) <= taken
    assert sorted(documentation("tenant").options["hosts"]["choices"]) == sorted(HOST_KINDS)


@pytest.mark.parametrize("access", [MICROSOFT_ACCESS, AVEPOINT_ACCESS], ids=["microsoft", "avepoint"])
def test_every_option_of_logging_in_is_documented(access: Access) -> None:
    options = documentation("tenant").options
    for name, spec in access.options.items():
        assert name in options
        _same(name, options[name], spec)


def _same(name: str, option: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Type, default, elements and choices, as the questions have them."""
    assert option["type"] == spec["type"], name
    assert option.get("default") == spec.get("default"), name
    assert option.get("elements") == spec.get("elements"), name
    assert sorted(option.get("choices", ())) == sorted(spec.get("choices", ())), name


@EVERY_INVENTORY
def test_ansible_can_load_it_by_its_name(plugin: str) -> None:
    loaded = inventory_loader.get(f"{COLLECTION}.{plugin}")
    assert f"{COLLECTION}.{plugin}" == loaded.NAME
    assert set(loaded.option_definitions) == set(documentation(plugin).options)


@EVERY_INVENTORY
def test_the_examples_are_files_of_the_plugin_and_a_test_runs_them(plugin: str) -> None:
    found = documents(plugin)
    assert found
    for document in found:
        assert document["plugin"] == f"{COLLECTION}.{plugin}"
        assert document.keys() - documentation(plugin).options.keys() == set()
    tree = ast.parse((TESTS / "test_command_line.py").read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert len([name for name in names if name.startswith("test_the_example_of_")]) >= len(found)


@EVERY_INVENTORY
def test_an_integration_target_lists_draws_and_runs_commands(plugin: str) -> None:
    """And what is written is counted, not believed."""
    files = sorted((TARGETS / f"inventory_{plugin}" / "tasks").glob("*.yml"))
    assert files, f"there is no integration target inventory_{plugin}"
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for program in ("ansible-inventory", "ansible-doc", "ansible"):
        assert f"{{{{ programs }}}}/{program}" in text
    for word in ("--list", "--graph", "--check", "emulator_writes == []", f"{COLLECTION}.{plugin}"):
        assert word in text
    assert re.search(r"emulator_writes \| length == [1-9]", text), "nothing asserts a write"
    assert not re.search(r"^\s+cmd:", text, re.MULTILINE), "a folder may have a blank in its name"

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every lookup documents its options and answers, and has examples that are run, tests, and a row in the README."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Access
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import TenantLookup
from tests.documentation import test_examples

from .collection import COLLECTION, PLUGINS, ROOT, TARGETS, Documentation, load_yaml, versions

FOLDER = PLUGINS / "lookup"
LOOKUPS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
EVERY = pytest.mark.parametrize("lookup", LOOKUPS)
TARGET = TARGETS / "lookup" / "tasks"
# What a lookup shares with its module, where that is not called as the lookup is.
MODULES = {"avepoint_connections": "avepoint_connection_info", "dataverse_url": "environment_info"}
# Options of every lookup that are none of its module.
OWN = {"_terms", "default"}
TYPES = {"dict", "str"}


def documentation(lookup: str) -> Documentation:
    """What ansible-doc would show."""
    content, examples, returns, _metadata = get_docstring(
        str(FOLDER / f"{lookup}.py"), fragment_loader, collection_name=COLLECTION, plugin_type="lookup"
    )
    assert content, f"{lookup} has no DOCUMENTATION"
    return Documentation(json.loads(json.dumps(content)), str(examples or ""), json.loads(json.dumps(returns or {})))


def plugin(lookup: str) -> Any:
    """The class that Ansible loads."""
    return importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.lookup.{lookup}").LookupModule


def kind(lookup: str) -> InfoKind | None:
    """The question of the module that a lookup answers like; none where there is no such module."""
    return INFO_KINDS.get(MODULES.get(lookup, f"{lookup}_info"))


def specification(option: Mapping[str, Any]) -> tuple[Any, ...]:
    """What documentation and argument spec have to agree on."""
    plain = [option.get(name) for name in ("type", "elements", "default")]
    return (plain[0] or "str", *plain[1:], sorted(map(str, option.get("choices") or ())))


def test_there_are_lookups() -> None:
    assert len(LOOKUPS) == 9


@EVERY
def test_the_documentation_names_the_lookup(lookup: str) -> None:
    content = documentation(lookup).content

    assert content["name"] == lookup
    assert content["short_description"].startswith("Look up ")
    assert not content["short_description"].endswith(".")
    for key in ("description", "author", "requirements"):
        assert content[key]
    assert str(content["version_added"]) in versions()


@EVERY
def test_every_option_is_documented_and_there_are_no_others(lookup: str) -> None:
    access: Access = plugin(lookup).access
    options = documentation(lookup).options

    assert set(options) == {*OWN, *plugin(lookup).own, *access.options}
    for name, option in options.items():
        assert option["description"], name
        assert option["type"], name


@EVERY
def test_options_of_logging_in_are_those_of_modules_and_may_be_variables(lookup: str) -> None:
    """The documentation is what Ansible reads types, defaults and choices from."""
    access: Access = plugin(lookup).access
    options = documentation(lookup).options

    for name, declared in access.options.items():
        assert specification(options[name]) == specification(declared), name
        [variable] = options[name]["vars"]
        assert re.fullmatch(rf"ansible_(power_platform|avepoint)_{name}", variable["name"])
        # Environment variables are read by the same code as in modules.
        assert not {"env", "ini"} & set(options[name])
    for name in {*OWN, *plugin(lookup).own}:
        assert "vars" not in options[name], "what is looked up is said in the call"


@EVERY
def test_its_own_options_are_those_of_the_module(lookup: str) -> None:
    options = documentation(lookup).options
    module = kind(lookup)

    assert (options["_terms"]["type"], options["_terms"]["elements"]) == ("list", "str")
    assert options["default"]["type"] == "raw"
    assert "default" not in options["default"], "no default is another thing than null"
    for name in plugin(lookup).own:
        if module and name in module.options:
            theirs = specification(module.options[name])
            assert specification(options[name]) == theirs, name


@EVERY
def test_terms_are_required_where_there_is_no_answer_without(lookup: str) -> None:
    answers_all = plugin(lookup).everything is not TenantLookup.everything

    assert bool(documentation(lookup).options["_terms"].get("required")) is not answers_all
    assert ("Without a term, gives" in str(documentation(lookup).content["description"])) is answers_all


@EVERY
def test_answers_have_types(lookup: str) -> None:
    returns = documentation(lookup).returns

    assert set(returns) == {"_raw"}
    assert returns["_raw"]["description"]
    assert returns["_raw"]["type"] == "list"
    assert returns["_raw"]["elements"] in TYPES


@EVERY
def test_notes_tell_of_the_login_and_of_the_machine(lookup: str) -> None:
    notes = " ".join(documentation(lookup).content["notes"])

    assert "All terms of one call are looked up with one login" in notes
    assert "where Ansible runs" in notes
    for name in ("ansible_power_platform_", "environment variables", "module_defaults"):
        assert name in notes


@EVERY
def test_examples_are_run(lookup: str) -> None:
    assert FOLDER / f"{lookup}.py" in test_examples.LOOKUPS
    assert test_examples.tasks_of(FOLDER / f"{lookup}.py")
    assert f"'{COLLECTION}.{lookup}'" in documentation(lookup).examples


@EVERY
def test_a_file_is_documentation_and_the_class(lookup: str) -> None:
    tree = ast.parse((FOLDER / f"{lookup}.py").read_text(encoding="utf-8"))
    names = [ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)]

    assert names == ["DOCUMENTATION", "EXAMPLES", "RETURN"]
    assert [node.name for node in tree.body if isinstance(node, ast.ClassDef)] == ["LookupModule"]


@EVERY
def test_it_has_a_theme_in_the_target(lookup: str) -> None:
    themes = load_yaml(TARGET / "main.yml")[0]["block"][0]["loop"]
    tasks = load_yaml(TARGET / f"{lookup}.yml")
    name = f"'{COLLECTION}.{lookup}'"
    refused = [task for task in tasks if task.get("ansible.builtin.include_tasks") == "refused.yml"]
    claims = str([task["ansible.builtin.assert"]["that"] for task in tasks if "ansible.builtin.assert" in task])

    assert lookup in themes
    assert lookup in load_yaml(TARGET / "documentation.yml")[0]["loop"]
    assert f"lookup({name}" in str(tasks)
    assert f"query({name}" in str(tasks)
    assert "emulator_writes == []" in claims
    assert any(key.startswith(f"{COLLECTION}.") for task in tasks for key in task), "no module takes what it gives"
    assert sum(f"lookup({name}" in task["vars"]["refused_lookup"] for task in refused) >= 2
    assert any("default=" in task["vars"]["refused_lookup"] for task in refused), "no error in spite of a default"


@EVERY
def test_it_has_unit_tests_that_call_it(lookup: str) -> None:
    from tests.unit.lookup.test_options import CALLS

    assert lookup in CALLS


@pytest.mark.parametrize("folder", ["lookup", "filter", "inventory"])
def test_the_readme_lists_plugins_in_a_table(folder: str) -> None:
    rows = [
        line.split("|") for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    listed = {row[1].strip(" `") for row in rows if row[2].strip() == folder}

    assert listed == {path.stem for path in (PLUGINS / folder).glob("*.py") if path.stem != "__init__"}

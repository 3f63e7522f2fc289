# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module has its place in the catalog, the action group, the documentation, the tests and the README."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)

from .collection import (
    ALL_KINDS,
    BULK,
    COLLECTION,
    MODULES,
    PACKAGE,
    PLUGINS,
    ROOT,
    TARGETS,
    access,
    documentation,
    load_yaml,
    only_reads,
    versions,
    walk,
)

DOCUMENTATION_NAMES = ("DOCUMENTATION", "EXAMPLES", "RETURN")
EVERY_MODULE = pytest.mark.parametrize("module", MODULES)
# Not in the action group, and why.
UNGROUPED = {
    "avepoint_connection_info": (
        "Defaults of the group log in to Microsoft: the module has no place for most of them, and those that it has a "
        "place for, client_id and client_secret, would be sent to AvePoint."
    ),
}


def test_disk_catalog_and_action_group_hold_the_same_modules() -> None:
    group = load_yaml(ROOT / "meta" / "runtime.yml")["action_groups"]["all"]

    assert sorted([*ALL_KINDS, *BULK]) == MODULES
    grouped = [module for module in MODULES if module not in UNGROUPED]
    assert group == grouped, "meta/runtime.yml lists the modules in alphabetical order"
    assert len(KINDS) + len(INFO_KINDS) + len(ACTION_KINDS) == len(ALL_KINDS), "a kind is of one sort"


def test_the_action_group_is_for_whoever_logs_in_to_microsoft() -> None:
    elsewhere = {module for module in MODULES if access(module) is not MICROSOFT_ACCESS}

    assert set(UNGROUPED) == elsewhere
    for module in elsewhere:
        assert set(access(module).options) - set(MICROSOFT_ACCESS.options), "then it can be in the group"


@pytest.mark.parametrize("name", sorted(ACTION_KINDS))
def test_what_is_done_once_is_no_part_of_a_bulk_call(name: str) -> None:
    """A bulk call and an audit take what `KINDS` holds, and what is a `Kind`."""
    kind = ACTION_KINDS[name]

    assert name not in KINDS
    assert not isinstance(kind, Kind)
    assert not {"plan", "apply", "merge"} & set(dir(kind))


@pytest.mark.parametrize("name", sorted(ALL_KINDS))
def test_a_kind_a_file_and_a_module_share_a_name(name: str) -> None:
    kind = ALL_KINDS[name]

    assert kind.name == name
    assert type(kind).__module__ == f"{PACKAGE}._resources.{name}"
    assert name.endswith("_info") == (name in INFO_KINDS), "a kind that only reads, and no other, ends in _info"


@EVERY_MODULE
def test_a_module_file_is_documentation_and_one_call(module: str) -> None:
    tree = ast.parse((PLUGINS / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    if module in BULK:
        file, job = {
            "converge": ("_job_bulk", "ConvergeJob"),
            "drift_info": ("_job_bulk", "AuditJob"),
            "desired_state_info": ("_job_export", "ExportJob"),
        }[module]
        imports, call = f"from {PACKAGE}.{file} import {job}\nfrom {PACKAGE}._module import run", f"run({job}())"
    else:
        edge = "run_info" if module in INFO_KINDS else "run_action" if module in ACTION_KINDS else "run_resource"
        imports = f"from {PACKAGE}._module import {edge}\nfrom {PACKAGE}._resources.{module} import KIND"
        call = f"{edge}(KIND)"
    expected = f"""
from __future__ import annotations
{imports}
def main() -> None:
    '''Run the module.'''
    {call}
if __name__ == "__main__":
    main()
"""
    texts = [node for node in tree.body if _assigned(node)]
    tree.body = [node for node in tree.body if not _assigned(node)]

    assert tuple(map(_assigned, texts)) == DOCUMENTATION_NAMES
    assert ast.unparse(tree) == ast.unparse(ast.parse(expected))


def _assigned(node: ast.stmt) -> str:
    """The name of a documentation text; empty for any other statement."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())) if name in DOCUMENTATION_NAMES:
            return name
    return ""


@EVERY_MODULE
def test_the_documentation_names_the_module(module: str) -> None:
    content = documentation(module).content

    assert content["module"] == module
    assert content["short_description"]
    assert not content["short_description"].endswith(".")
    assert content["description"]
    assert content["author"]
    assert content["seealso"]


@EVERY_MODULE
def test_what_a_module_promises(module: str) -> None:
    attributes = documentation(module).content["attributes"]

    assert attributes["check_mode"]["support"] == "full"
    assert attributes["diff_mode"]["support"] == ("N/A" if only_reads(module) else "full")
    # What is done each time is not idempotent; what is recognised as done already is so in part.
    assert attributes["idempotent"]["support"] in (("partial", "none") if module in ACTION_KINDS else ("full",))
    assert attributes["platform"]["support"] == "full"
    if module in UNGROUPED:
        assert "action_group" not in attributes
    else:
        assert attributes["action_group"]["membership"] == [f"{COLLECTION}.all"]
    for attribute in attributes.values():
        assert attribute["description"]


@EVERY_MODULE
def test_version_added_is_a_version(module: str) -> None:
    known = versions()
    found = documentation(module)
    named = {"the module": found.content["version_added"]}
    named |= {place: option.get("version_added") for place, option in walk(found.options, "suboptions")}
    named |= {place: value.get("version_added") for place, value in walk(found.returns, "contains")}

    assert {place: version for place, version in named.items() if version and str(version) not in known} == {}


def test_the_client_tells_the_services_the_version_of_the_collection() -> None:
    from ansible_collections.powerops.powerplatform.plugins.module_utils import _connection

    assert load_yaml(ROOT / "galaxy.yml")["version"] == _connection.VERSION


@EVERY_MODULE
def test_an_integration_target_climbs_the_ladder(module: str) -> None:
    """In check mode and outside it; and what is written is counted, not believed."""
    files = sorted((TARGETS / module / "tasks").glob("*.yml"))
    assert files, f"there is no integration target {module}"
    tasks = [task for file in files for task in _tasks(load_yaml(file))]
    ours = [task for task in tasks if f"{COLLECTION}.{module}" in task]
    claims = [str(task["ansible.builtin.assert"]["that"]) for task in tasks if "ansible.builtin.assert" in task]
    counted = [claim for claim in claims if re.search(r"api_calls\.write|summary\.writes", claim)]

    assert ours, "no task calls the module"
    assert any(task.get("check_mode") is True for task in ours), "no task calls the module in check mode"
    assert any(task.get("check_mode") is not True for task in ours), "every task calls the module in check mode"
    assert counted, "nothing asserts how many requests were writes"
    if not only_reads(module):
        changed = " ".join(claims)
        assert re.search(r"is (not|n't) changed|not \S+\.changed|changed == false", changed), (
            "no second run is asserted"
        )
        assert any(re.search(r"(writes|write) == 0", claim) for claim in counted), "nothing asserts 0 writes"
        assert any(re.search(r"(writes|write) == [1-9]", claim) for claim in counted), "nothing asserts a write"


def _tasks(entries: Iterable[Mapping[str, Any]] | None) -> Iterable[Mapping[str, Any]]:
    """Tasks of a file, those in blocks too. What a block says of check mode holds for its tasks."""
    for entry in entries or ():
        yield entry
        inherited = {"check_mode": entry["check_mode"]} if "check_mode" in entry else {}
        for part in ("block", "rescue", "always"):
            yield from ({**inherited, **task} for task in _tasks(entry.get(part)))


@EVERY_MODULE
def test_the_readme_lists_the_module_in_a_table(module: str) -> None:
    rows = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]

    assert any(re.search(rf"(?<![\w/.]){module}(?!\w)", row.split("|")[1]) for row in rows)

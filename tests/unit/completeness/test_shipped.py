# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with a module to where it runs: all that it needs and nothing of others, as every file costs every task."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, InfoKind
from tests.tools.permissions import resource_rows
from tests.unit.play import Play

from .collection import ALL_KINDS, BULK, COLLECTION, KINDS, MODULE_UTILS, MODULES, OPERATIONS, PACKAGE, PLUGINS
from .imports import files_shipped

RESOURCES = MODULE_UTILS / "_resources"
# One kind, one file: what an export has to ask about a kind goes with it.
FOR_EXPORTS = {"connection": {"powerapps_connectors"}}


@pytest.mark.parametrize("module", MODULES)
def test_only_its_own_is_shipped(module: str) -> None:
    shipped = files_shipped(PLUGINS / "modules" / f"{module}.py")
    kinds = {path.stem for path in shipped if path.parent == RESOURCES and path.stem[0] != "_"}

    if module in BULK:  # of the kinds that it takes nothing may be missing, and the edge of single modules is shared
        assert set(KINDS) <= kinds
        return
    assert kinds == {module}
    assert MODULE_UTILS / "_job_bulk.py" not in shipped
    asked = _services(module) | FOR_EXPORTS.get(module, set())
    assert {path.stem for path in shipped if path.parent == MODULE_UTILS / "_api"} <= asked


def _services(module: str) -> set[str]:
    """Those of its operations, those that tell environments and people to every kind, and what they share."""
    kind = ALL_KINDS[module]
    operations = (
        kind.operations
        if isinstance(kind, (InfoKind, ActionKind))
        else (*kind.every_operation(as_admin=True), *kind.every_operation(as_admin=False))
    )
    if not isinstance(kind, (InfoKind, ActionKind)):
        operations += tuple(operation for _view, _when, operation in resource_rows(kind))  # what finds its things
    asked = {place.partition(".")[0] for place, operation in OPERATIONS.items() if operation in operations}
    return asked | {"bap", "graph", "_dataverse", "_flow", "_permissions", "_powerapps"}


def test_ansible_ships_what_the_imports_say(play: Play, tmp_path: Path) -> None:
    """Otherwise the tests that read the imports look at something else than what tasks cost."""
    looked_at = ["connection", "converge", "flow_run_info"]
    kept = tmp_path / "kept"
    play.variables |= {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TEMP": str(kept)}
    # Without its options none of them asks anything.
    tasks = [{f"{COLLECTION}.{module}": {}, "ignore_errors": True} for module in looked_at]
    playbook = tmp_path / "playbook.yml"
    shown = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    playbook.write_text(json.dumps([shown]), encoding="utf-8")
    play(playbook, "--extra-vars", json.dumps({"ansible_python_interpreter": sys.executable}))

    for module in looked_at:
        expected = {
            path for path in files_shipped(PLUGINS / "modules" / f"{module}.py") if MODULE_UTILS in path.parents
        }
        assert _payload(kept, module) == {path.relative_to(MODULE_UTILS).as_posix() for path in expected}


def _payload(folder: Path, module: str) -> set[str]:
    """The files of module_utils that Ansible sent along with a module, without those that are empty."""
    [program] = folder.glob(f"*/AnsiballZ_{module}.py")
    subprocess.run([sys.executable, str(program), "explode"], check=True, capture_output=True)
    below = program.parent / "debug_dir" / PACKAGE.replace(".", "/")
    return {path.relative_to(below).as_posix() for path in below.rglob("*.py") if path.stat().st_size}

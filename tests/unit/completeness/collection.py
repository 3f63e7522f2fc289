# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as it lies on disk: what the completeness tests compare with what it declares."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, AnyKind, InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS, Access
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    AUDIT_OPTIONS,
    CONVERGE_OPTIONS,
    EXPORT_OPTIONS,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"
TARGETS = ROOT / "tests" / "integration" / "targets"
COLLECTION = "powerops.powerplatform"
PACKAGE = f"ansible_collections.{COLLECTION}.plugins.module_utils"

ALL_KINDS: dict[str, AnyKind | InfoKind | ActionKind] = {**KINDS, **INFO_KINDS, **ACTION_KINDS}
# Modules that take declarations of many kinds, by their own options.
BULK: dict[str, Mapping[str, Any]] = {
    "converge": CONVERGE_OPTIONS,
    "drift_info": AUDIT_OPTIONS,
    "desired_state_info": EXPORT_OPTIONS,
}
# From the files, so that a module without its place in the catalog is tested too.
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
# By the file and the name that they have in `_api`.
OPERATIONS: dict[str, Operation] = {
    f"{path.stem}.{name}": value
    for path in sorted((MODULE_UTILS / "_api").glob("[!_]*.py"))
    for name, value in vars(importlib.import_module(f"{PACKAGE}._api.{path.stem}")).items()
    if isinstance(value, Operation)
}


class Documentation(NamedTuple):
    """`options` and `attributes` have the fragments merged in."""

    content: Mapping[str, Any]
    examples: str
    returns: Mapping[str, Any]

    @property
    def options(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.content["options"]
        return found


@functools.cache
def documentation(module: str) -> Documentation:
    """What ansible-doc would show."""
    path = PLUGINS / "modules" / f"{module}.py"
    content, examples, returns, _metadata = get_docstring(
        str(path), fragment_loader, collection_name=COLLECTION, plugin_type="module"
    )
    assert content, f"{module} has no DOCUMENTATION"
    # Ansible's own objects remember where they came from; plain ones compare and print better.
    return Documentation(json.loads(json.dumps(content)), str(examples or ""), json.loads(json.dumps(returns or {})))


def access(module: str) -> Access:
    """Whose services a module asks, and with which options."""
    kind = ALL_KINDS.get(module)
    return kind.access if isinstance(kind, InfoKind) else MICROSOFT_ACCESS


def argument_spec(module: str) -> dict[str, Any]:
    """What the edge hands to AnsibleModule for a module."""
    return {**access(module).options, **own_options(module)}


def own_options(module: str) -> Mapping[str, Any]:
    """Its options besides those of connecting and logging in."""
    return BULK[module] if module in BULK else ALL_KINDS[module].options


def only_reads(module: str) -> bool:
    """Whether a module can never write."""
    return module in INFO_KINDS or (module in BULK and module.endswith("_info"))


def walk(options: Mapping[str, Any], inner: str, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every option with its dotted place, those inside others too; `inner` is `options` or `suboptions`."""
    for name, option in options.items():
        yield f"{place}{name}", option
        yield from walk(option.get(inner) or {}, inner, f"{place}{name}.")


def load_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def versions() -> set[str]:
    """Those that documentation may name: what comes with a beta of a version is new in that version."""
    known = {str(load_yaml(ROOT / "galaxy.yml")["version"])}
    known.update(load_yaml(ROOT / "changelogs" / "changelog.yaml")["releases"])
    return {version.partition("-")[0] for version in known}


def python_files(folder: Path) -> list[Path]:
    """Every Python file below a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def relative(path: Path) -> str:
    """How messages name a file."""
    return path.relative_to(ROOT).as_posix()

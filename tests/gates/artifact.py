# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact that Galaxy takes, and what others make of it."""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.gates.cores import declared_libraries
from tests.gates.machine import Environment, GateError, run
from tests.tools.stage import ROOT, clean_copy

REQUIREMENTS = ROOT / "tests" / "gates" / "requirements"
EXECUTION_ENVIRONMENT = ROOT / "examples" / "execution_environment" / "execution-environment.yml"
# What users get, and nothing else: the builder takes along whatever galaxy.yml does not name.
WANTED = ("changelogs/", "docs/docsite/", "meta/", "playbooks/", "plugins/", "roles/")
WANTED_FILES = frozenset(
    {
        "CHANGELOG.rst",
        "CONTRIBUTING.md",
        "FILES.json",
        "LICENSE",
        "MANIFEST.json",
        "README.md",
        "docs/permissions.md",
        "tests/config.yml",
    }
)
# What it says about the style that ruff gives to the code: the two do not agree.
_STYLE = re.compile(r": (E203|E704|W503) ")
_IMPORTER = """\
[galaxy-importer]
LOG_LEVEL_MAIN = INFO
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_FLAKE8 = True
RUN_ANSIBLE_TEST = False
CHECK_REQUIRED_TAGS = True
CHECK_RUNTIME_YAML = True
CHECK_CHANGELOG = True
"""


class Artifact:
    """Builds it once in a folder, and looks at it. python: for environments of other tools."""

    def __init__(self, work: Path, python: Path) -> None:
        self._work = work
        self._python = python
        self._artifact: Path | None = None

    def built(self, log: Path) -> None:
        """It can be built and installed, holds what users need and nothing else, and its plugins are found."""
        if unwanted := unwanted_files(_names(self._build(log))):
            raise GateError(f"galaxy.yml lets files into the artifact that users do not need: {', '.join(unwanted)}")
        installed = self._work / "installed"
        self._install(installed, log)
        variables = {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
        collection = installed / "ansible_collections" / "powerops" / "powerplatform"
        for kind in ("module", "lookup", "filter", "inventory", "callback", "role"):
            folder = {"module": "modules", "role": "roles"}.get(kind, kind)
            options = ["--type", kind, "--list", "--json", "powerops.powerplatform"]
            told = run([_ansible("doc"), *options], log, variables=variables)
            found = {name.rpartition(".")[2] for name in json.loads(told)}
            there = collection / ("roles" if kind == "role" else f"plugins/{folder}")
            expected = {path.stem for path in there.iterdir() if path.stem != "__init__"}
            if found != expected:
                raise GateError(f"ansible-doc finds other plugins of type {kind} than there are: {found ^ expected}")

    def importer(self, log: Path) -> None:
        """Galaxy's own look at it, with everything that it can ask for."""
        environment = self._tool("importer", log)
        artifact = self._build(log)
        settings = self._work / "importer.cfg"
        settings.write_text(_IMPORTER, "utf-8")
        folder = self._work / "importer"
        folder.mkdir(exist_ok=True)
        told = run(
            [environment.bin / "python", "-m", "galaxy_importer.main", artifact],
            log,
            folder=folder,
            path=[environment.bin],
            variables={"GALAXY_IMPORTER_CONFIG": str(settings)},
        )
        # It ends with 0 although it has something to say.
        found = [line for line in told.splitlines() if line.startswith(("WARNING", "ERROR"))]
        if wrong := [line for line in found if not _STYLE.search(line)]:
            raise GateError(f"galaxy-importer: {'; '.join(wrong)}")

    def execution_environment(self, log: Path) -> None:
        """The context can be made, and the collection tells ansible-builder what it needs."""
        environment = self._tool("builder", log)
        context = self._work / "context"
        place: list[str | Path] = ["--file", EXECUTION_ENVIRONMENT, "--context", context]
        run([environment.bin / "ansible-builder", "create", *place], log, folder=self._work, path=[environment.bin])
        asked = yaml.safe_load((context / "_build" / "requirements.yml").read_text("utf-8"))
        if [item["name"] for item in asked["collections"]] != ["powerops.powerplatform"]:
            raise GateError("the context does not ask for the collection")
        installed = self._work / "introspected"
        self._install(installed, log)
        told = run([environment.bin / "ansible-builder", "introspect", installed], log, path=[environment.bin])
        needed = yaml.safe_load(told.partition("---")[2])
        libraries = [str(line).partition("#")[0].strip() for line in needed.get("python", [])]
        if sorted(libraries) != sorted(declared_libraries()):
            raise GateError(f"ansible-builder reads other requirements than are declared: {told}")

    def licences(self, log: Path) -> None:
        """REUSE: every file says whose it is and under which licence."""
        environment = self._tool("licences", log)
        run([environment.bin / "reuse", "--root", clean_copy(self._work / "licences"), "lint"], log)

    def workflows(self, log: Path) -> None:
        """They cannot run here: that they are well-formed, and give no stranger a way in, is all that is known."""
        environment = self._tool("workflows", log)
        folder = ROOT / ".github"
        files = sorted((folder / "workflows").glob("*.yml"))
        if not files:
            raise GateError("there are no workflows")
        check = environment.bin / "check-jsonschema"
        run([check, "--builtin-schema", "vendor.github-workflows", *files], log)
        run([environment.bin / "zizmor", "--offline", "--no-progress", folder], log)

    def _tool(self, name: str, log: Path) -> Environment:
        made = Environment(self._work / f"environment-{name}", self._python, (), (REQUIREMENTS / f"{name}.txt",))
        made.make(log)
        return made

    def _install(self, folder: Path, log: Path) -> None:
        artifact = self._build(log)
        run([_ansible("galaxy"), "collection", "install", "--offline", "--force", "-p", folder, artifact], log)

    def _build(self, log: Path) -> Path:
        """All gates look at the same one: they run one after the other."""
        if self._artifact is None:
            folder = self._work / "artifact"
            # Those of other versions, of earlier runs.
            for old in folder.glob("*.tar.gz"):
                old.unlink()
            run([_ansible("galaxy"), "collection", "build", "--output-path", folder, clean_copy(folder)], log)
            [self._artifact] = folder.glob("*.tar.gz")
        return self._artifact


def unwanted_files(names: Sequence[str]) -> list[str]:
    """Those of an artifact's files that users have no use for."""
    return [name for name in names if name not in WANTED_FILES and not name.startswith(WANTED)]


def _names(artifact: Path) -> list[str]:
    with tarfile.open(artifact) as archive:
        return [member.name for member in archive if member.isfile()]


def _ansible(program: str) -> Path:
    """A program of the environment that this runs in."""
    return Path(sys.executable).with_name(f"ansible-{program}")

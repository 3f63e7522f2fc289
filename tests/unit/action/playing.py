# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks whose tasks may run inside the controller, and what their tasks registered."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from tests.demo import ansible

from .looping import told

if TYPE_CHECKING:
    from tests.unit.play import Play

Json = dict[str, Any]

FINANCE = "e0000000-0000-4000-8000-000000000001"
SANDBOX = "e0000000-0000-4000-8000-000000000002"
EXPENSES = "aa000000-0000-4000-8000-000000000011"
EXPORT = "f0000000-0000-4000-8000-000000000011"
LEE = "a0000000-0000-4000-8000-000000000003"

SETTING = "POWER_PLATFORM_IN_CONTROLLER"
# Longer than any playbook here takes.
TIMEOUT = 300
_REGISTERED = re.compile(r'^ok: \[(\S+)\] => \{\s*"msg": "REGISTERED:([A-Za-z0-9+/=]+)"', re.MULTILINE)


class Played(NamedTuple):
    """results: what the tasks of each host registered. printed: all of it, but for the line that tells of these."""

    status: int
    printed: str
    results: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, name: str) -> Any:  # type: ignore[override]  # by name, not by index
        """What this machine registered under a name."""
        return self.results["localhost"][name]


def module(name: str, register: str = "", *, short: bool = False, **options: Any) -> Json:
    """A task that runs a module. Options whose names end in `_task` are keywords of the task."""
    keywords = {key.removesuffix("_task"): options.pop(key) for key in list(options) if key.endswith("_task")}
    registered = {"register": register} if register else {}
    return (
        {"name": register or name, name if short else f"powerops.powerplatform.{name}": options} | registered | keywords
    )


def registered(tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names under which these tasks and those in their blocks register results."""
    inside = [part for task in tasks for key in ("block", "rescue", "always") for part in task.get(key, ())]
    return [task["register"] for task in tasks if "register" in task] + (registered(inside) if inside else [])


def play_of(tasks: Sequence[Mapping[str, Any]], **keywords: Any) -> Json:
    """A play that tells in the end what its tasks registered."""
    names = ", ".join(f"'{name}': {name} | default(none)" for name in registered(tasks))
    report = {
        "name": "Tell what was registered",
        "ansible.builtin.debug": {"msg": "REGISTERED:{{ {" + names + "} | to_json | b64encode }}"},
    }
    return {"name": "Play", "hosts": "localhost", "gather_facts": False, **keywords, "tasks": [*tasks, report]}


class Runner:
    """ansible-playbook in a folder of its own. variables: its environment."""

    def __init__(self, play: Play, folder: Path) -> None:
        self.emulator = play.emulator
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.settings = self.folder / "ansible.cfg"
        self.settings.write_text(
            "[defaults]\nlocalhost_warning = false\n[inventory]\ninventory_unparsed_warning = false\n"
        )
        self.variables = play.variables | {
            "ANSIBLE_CONFIG": str(self.settings),
            "ANSIBLE_ASYNC_DIR": str(self.folder / "async"),
            "ANSIBLE_FORCE_COLOR": "false",
            "ANSIBLE_NOCOLOR": "true",
        }

    def tasks(self, *tasks: Mapping[str, Any], arguments: Sequence[str] = (), **keywords: Any) -> Played:
        """Runs a play of these tasks. Keywords in capitals go to the environment, the others to the play."""
        variables = {key: keywords.pop(key) for key in list(keywords) if key.isupper()}
        return self.plays([play_of(tasks, **keywords)], arguments=arguments, **variables)

    def plays(self, plays: Sequence[Mapping[str, Any]], *, arguments: Sequence[str] = (), **variables: str) -> Played:
        """Runs plays."""
        playbook = self.folder / "playbook.yml"
        if plays:
            playbook.write_text(yaml.safe_dump(list(plays), sort_keys=False), encoding="utf-8")
        return self.run("playbook", str(playbook), *arguments, **variables)

    def run(self, program: str, *arguments: str, where: Path | None = None, **variables: str) -> Played:
        """Runs an Ansible program, with a log that starts anew."""
        self.emulator.clear_log()
        done = subprocess.run(
            ansible(program, *arguments),
            cwd=where or self.folder,
            env=self.variables | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # in the order in which it came
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        printed = done.stdout
        found: dict[str, Json] = {}
        for host, text in _REGISTERED.findall(printed):
            found.setdefault(host, {}).update(json.loads(base64.b64decode(text)))
        return Played(done.returncode, _REGISTERED.sub("", printed), found)

    def both(self, *tasks: Mapping[str, Any], arguments: Sequence[str] = (), **keywords: Any) -> tuple[Played, Played]:
        """The same tasks on the same tenant, in the controller and by modules."""
        self.emulator.reset()
        here = self.tasks(*tasks, arguments=arguments, **keywords)
        self.emulator.reset()
        return here, self.tasks(*tasks, arguments=arguments, **{SETTING: "false"}, **keywords)


def issued(result: Mapping[str, Any]) -> list[int]:
    """How many tokens each item of a loop asked for."""
    assert all("api_calls" in item for item in result["results"]), result
    return [item["api_calls"]["tokens"] for item in result["results"]]


def same(here: Any, there: Any) -> None:
    """Asserts that two registered results differ in how many requests they took, and in nothing else."""
    assert _without_counts(here) == _without_counts(there)


def _without_counts(result: Any) -> Any:
    if isinstance(result, Mapping):
        return told({key: _without_counts(value) for key, value in result.items()})
    return [_without_counts(value) for value in result] if isinstance(result, list) else result

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds a task in the controller: many hosts, roles, the command line."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import yaml

from .playing import Json, Runner, issued, module, play_of


def _hosts(runner: Runner, number: int) -> list[str]:
    path = runner.folder / "hosts.yml"
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    rows: Json = {f"host{index}": variables for index in range(number)}
    path.write_text(yaml.safe_dump({"all": {"hosts": rows}}), encoding="utf-8")
    return ["-i", str(path), "--forks", "3"]


@pytest.mark.parametrize("strategy", ["linear", "free", "host_pinned"])
def test_hosts_share_nothing(runner: Runner, strategy: str) -> None:
    looped = {**module("environment_info", "looped", environments=["Finance*"]), "loop": [1, 2]}
    tasks: list[Json] = [looped, {**looped, "register": "throttled", "throttle": 1}]
    if strategy != "free":  # which cannot bypass the loop over hosts
        tasks.append({**looped, "register": "once", "run_once": True})
    played = runner.tasks(*tasks, hosts="all", strategy=strategy, arguments=_hosts(runner, 4))
    assert played.status == 0, played.printed
    assert len(played.results) == 4
    for results in played.results.values():
        assert issued(results["looped"]) == issued(results["throttled"]) == [1, 0]
    ran_once = strategy == "linear"
    if ran_once:
        assert runner.emulator.summary()["tokens"] == 4 + 4 + 1


def test_in_roles_and_files_that_are_included(runner: Runner) -> None:
    folder = runner.folder / "roles" / "asking" / "tasks"
    folder.mkdir(parents=True)
    asked = {**module("environment_info", "{{ name_of_result }}", environments=["Finance*"]), "loop": [1, 2]}
    asked.update(name="Ask", register="asked")
    (folder / "main.yml").write_text(yaml.safe_dump([asked]), encoding="utf-8")
    tell = {"name": "Keep", "ansible.builtin.set_fact": {"kept": "{{ kept | default([]) + [asked] }}"}}
    show = {"name": "Give", "ansible.builtin.set_fact": {"all": "{{ {'results': kept} }}"}, "register": "told"}
    tasks: list[Any] = [
        {"name": "Included", "ansible.builtin.include_role": {"name": "asking"}},
        tell,
        {"name": "Imported", "ansible.builtin.import_role": {"name": "asking"}},
        tell,
        show,
    ]
    played = runner.plays([play_of(tasks)])
    assert played.status == 0, played.printed
    both = played["told"]["ansible_facts"]["all"]["results"]
    assert [issued(result) for result in both] == [[1, 0], [1, 0]]


def test_from_the_command_line(runner: Runner) -> None:
    given = ["localhost", "-m", "powerops.powerplatform.environment_info", "-a", "environments=Finance*"]
    played = runner.run("adhoc", *given, ANSIBLE_REMOTE_TEMP="/dev/null/nowhere")
    assert played.status == 0, played.printed
    assert "Finance Production" in played.printed
    assert runner.emulator.summary()["tokens"] == 1

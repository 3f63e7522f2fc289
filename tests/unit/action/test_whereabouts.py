# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task runs in the controller when its module would run there as the same user, and else by its module.

Where Ansible has no place for the files of a module, what is handed over to one fails and sends nothing: the rest runs
in the controller.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from .playing import SETTING, Json, Played, Runner, issued, module, play_of

OWN = "{{ ansible_playbook_python }}"
OTHER = "/usr/bin/env"
NO_PLACE = {"ANSIBLE_REMOTE_TEMP": "/dev/null/nowhere"}
HERE, BY_MODULE = "here", "by module"


def ask(register: str, **keywords: object) -> Json:
    """A task that asks for environments, wherever it runs."""
    task = module("environment_info", register, environments=["Finance*"])
    return {**task, "ignore_errors": True, "ignore_unreachable": True, **keywords}


def places(played: Played) -> dict[str, str]:
    """Where each task ran."""
    assert played.results, played.printed
    return {
        name: HERE if "api_calls" in result else BY_MODULE
        for results in played.results.values()
        for name, result in results.items()
    }


def by_python(path: str) -> Json:
    """Variables of a host whose modules run with this Python."""
    return {"ansible_python_interpreter": path}


def test_by_the_words_of_a_task(runner: Runner) -> None:
    expected = {
        "plain": HERE,
        "own_python": HERE,
        "other_python": BY_MODULE,
        "python_by_name": BY_MODULE,
        "python_to_look_for": BY_MODULE,
        "delegated": HERE,
        "delegated_nowhere": BY_MODULE,
        "without_become": HERE,
        "become": BY_MODULE,
        "become_by_variable": BY_MODULE,
        "environment": BY_MODULE,
        "templated_environment": BY_MODULE,
        "environment_of_a_variable": BY_MODULE,
        "no_environment": HERE,
        "limited": BY_MODULE,
        "other_shell": BY_MODULE,
        "bash": HERE,
        "wrapped": BY_MODULE,
        "by_its_full_name": HERE,
        "polled": BY_MODULE,
        "left_alone": BY_MODULE,
        "in_a_block": BY_MODULE,
        "block_of_a_user": BY_MODULE,
    }
    played = runner.tasks(
        ask("plain"),
        ask("own_python", vars=by_python(OWN)),
        ask("other_python", vars=by_python(OTHER)),
        ask("python_by_name", vars=by_python("python3")),
        ask("python_to_look_for", vars=by_python("auto_silent")),
        ask("delegated", delegate_to="localhost"),
        ask("delegated_nowhere", delegate_to="nowhere", vars={"ansible_connection": "powerops.nowhere.nothing"}),
        ask("without_become", become=False),
        ask("become", become=True),
        ask("become_by_variable", vars={"ansible_become": True}),
        ask("environment", environment={"SOMETHING": "else"}),
        ask("templated_environment", environment={"SOMETHING": "{{ inventory_hostname }}"}),
        ask("environment_of_a_variable", environment="{{ settings }}", vars={"settings": {"SOMETHING": "else"}}),
        ask("no_environment", environment={}),
        ask("limited", timeout=60),
        ask("other_shell", vars={"ansible_shell_executable": "/usr/local/bin/sh"}),
        ask("bash", vars={"ansible_shell_executable": "/bin/bash"}),
        ask("wrapped", vars={"ansible_connection": "wrapped"}),
        ask("by_its_full_name", vars={"ansible_connection": "ansible.builtin.local"}),
        ask("polled", **{"async": 60, "poll": 1}),
        ask("left_alone", **{"async": 60, "poll": 0}),
        {"name": "A block", "environment": {"SOMETHING": "else"}, "block": [ask("in_a_block")]},
        {"name": "A block", "become": True, "block": [ask("block_of_a_user")]},
        ANSIBLE_CONNECTION_PLUGINS=wrapped_connection(runner),
        **NO_PLACE,
    )
    assert places(played) == expected
    assert runner.emulator.summary()["tokens"] == sum(place == HERE for place in expected.values())


def wrapped_connection(runner: Runner) -> str:
    """A folder with a plugin that does what the local one does, and could do it anywhere."""
    folder = runner.folder / "connections"
    folder.mkdir()
    text = """
    from ansible.plugins.connection.local import DOCUMENTATION, Connection as Local
    DOCUMENTATION = DOCUMENTATION.replace("name: local", "name: wrapped")
    class Connection(Local):
        pass
    """
    (folder / "wrapped.py").write_text(dedent(text), encoding="utf-8")
    return str(folder)


def test_by_the_words_of_a_play(runner: Runner) -> None:
    """Each on a host of its own, so that what they register is told apart."""
    hosts = inventory(runner, user={}, exported={}, other={}, python={}, configured={})
    plays = [
        ask_everywhere("user", become=True),
        ask_everywhere("exported", environment={"SOMETHING": "else"}),
        ask_everywhere("other", vars=by_python(OTHER)),
        ask_everywhere("python", vars=by_python(OWN)),
        ask_everywhere("configured"),
    ]
    played = runner.plays(plays, arguments=["-i", hosts], ANSIBLE_PYTHON_INTERPRETER=sys.executable, **NO_PLACE)
    assert {host: places(Played(0, "", {host: found})) for host, found in played.results.items()} == {
        "user": {"asked": BY_MODULE},
        "exported": {"asked": BY_MODULE},
        "other": {"asked": BY_MODULE},
        "python": {"asked": HERE},
        "configured": {"asked": HERE},
    }


def ask_everywhere(hosts: str, **keywords: object) -> Json:
    """A play that asks."""
    return play_of([ask("asked")], hosts=hosts, **keywords)


def inventory(runner: Runner, **hosts: Json) -> str:
    """A file of hosts that are this machine."""
    path = runner.folder / "hosts.yml"
    rows = {host: {"ansible_connection": "local", **variables} for host, variables in hosts.items()}
    path.write_text(yaml.safe_dump({"all": {"hosts": rows}}), encoding="utf-8")
    return str(path)


def test_on_hosts_of_the_inventory(runner: Runner) -> None:
    """Nobody can tell which Python a module gets that Ansible still has to look for. What counts is the host that a
    task is delegated to."""
    hosts = inventory(
        runner,
        ledger={},
        here=by_python(OWN),
        elsewhere=by_python(OTHER),
        remote={"ansible_connection": "powerops.nowhere.nothing", **by_python(sys.executable)},
    )
    played = runner.tasks(
        ask("looked_for"),
        ask("own_python", vars=by_python(OWN)),
        ask("to_localhost", delegate_to="localhost"),
        ask("to_one_that_is_looked_for", delegate_to="ledger"),
        ask("to_here", delegate_to="here"),
        ask("to_a_host_of_a_variable", delegate_to="{{ chosen }}", vars={"chosen": "here"}),
        ask("to_another_python", delegate_to="elsewhere"),
        ask("to_a_remote_host", delegate_to="remote"),
        hosts="ledger",
        arguments=["-i", hosts],
        **NO_PLACE,
    )
    assert places(played) == {
        "looked_for": BY_MODULE,
        "own_python": HERE,
        "to_localhost": HERE,
        "to_one_that_is_looked_for": BY_MODULE,
        "to_here": HERE,
        "to_a_host_of_a_variable": HERE,
        "to_another_python": BY_MODULE,
        "to_a_remote_host": BY_MODULE,
    }


def test_the_same_python_is_one_in_the_same_folder(runner: Runner, tmp_path: Path) -> None:
    """Another environment may lend its program from this one, and has other libraries."""
    own = Path(sys.executable)
    environment = tmp_path / "other" / "bin"
    environment.mkdir(parents=True)
    (environment / "python").symlink_to(own.resolve())
    linked_folder = tmp_path / "link"
    linked_folder.symlink_to(own.parent)
    others = [path for path in own.parent.iterdir() if path.resolve() == own.resolve() and path != own]
    assert others, "every virtual environment calls its Python by several names"
    played = runner.tasks(
        ask("other_name", vars=by_python(str(others[0]))),
        ask("linked_folder", vars=by_python(str(linked_folder / own.name))),
        ask("other_environment", vars=by_python(str(environment / "python"))),
        ask("not_there", vars=by_python(str(own.with_name("python-that-is-not-there")))),
        ask("other_program", vars=by_python(str(own.with_name("ansible-playbook")))),
        **NO_PLACE,
    )
    assert places(played) == {
        "other_name": HERE,
        "linked_folder": HERE,
        "other_environment": BY_MODULE,
        "not_there": BY_MODULE,
        "other_program": BY_MODULE,
    }


def test_a_setting_without_a_word_is_none(runner: Runner) -> None:
    assert places(runner.tasks(ask("asked"), **{SETTING: ""}, **NO_PLACE)) == {"asked": HERE}


def test_a_name_of_another_collection_is_left_to_ansible(runner: Runner) -> None:
    other = runner.folder / "collections" / "ansible_collections" / "other" / "names"
    (other / "meta").mkdir(parents=True)
    (other / "galaxy.yml").write_text("{namespace: other, name: names, version: 1.0.0}")
    routing = {"plugin_routing": {"modules": {"places": {"redirect": "powerops.powerplatform.environment_info"}}}}
    (other / "meta" / "runtime.yml").write_text(yaml.safe_dump(routing))
    found = f"{runner.variables['ANSIBLE_COLLECTIONS_PATH']}:{runner.folder / 'collections'}"
    asked = ask("redirected")
    options = asked.pop("powerops.powerplatform.environment_info")
    played = runner.tasks({**asked, "other.names.places": options}, ANSIBLE_COLLECTIONS_PATH=found)
    assert played["redirected"]["environments"]
    played = runner.tasks({**asked, "other.names.places": options}, ANSIBLE_COLLECTIONS_PATH=found, **NO_PLACE)
    assert places(played) == {"redirected": BY_MODULE}


@pytest.mark.parametrize("word", ["false", "no", "0"])
def test_a_setting_hands_everything_over(runner: Runner, word: str) -> None:
    played = runner.tasks(ask("asked"), **{SETTING: word}, **NO_PLACE)
    assert places(played) == {"asked": BY_MODULE}


def test_the_setting_stands_in_the_settings_of_ansible_too(runner: Runner) -> None:
    told = runner.settings.read_text()
    runner.settings.write_text(f"{told}[power_platform]\nin_controller = off\n")
    assert places(runner.tasks(ask("asked"), **NO_PLACE)) == {"asked": BY_MODULE}
    # The environment comes first.
    assert places(runner.tasks(ask("asked"), **{SETTING: "yes"}, **NO_PLACE)) == {"asked": HERE}


def test_a_setting_that_is_neither_fails_the_task_and_says_so(runner: Runner) -> None:
    played = runner.tasks(module("environment_info", "asked"), **{SETTING: "perhaps"})
    assert played.status == 2
    assert SETTING in played.printed
    assert "'perhaps'" in played.printed
    assert "Traceback" not in played.printed
    assert runner.emulator.summary()["total"] == 0
    assert played.printed.count("fatal: [localhost]") == 1


def test_who_keeps_the_files_of_modules_gets_them(runner: Runner, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    runner.tasks(ask("asked"), ANSIBLE_KEEP_REMOTE_FILES="true", ANSIBLE_REMOTE_TEMP=str(kept))
    assert list(kept.glob("*/AnsiballZ_environment_info.py"))


def test_items_share_a_login_in_the_controller_and_nowhere_else(runner: Runner) -> None:
    """By the tokens that the tenant issued, in working order."""
    # Ansible itself starts no task in the background by a path with blanks in it.
    (runner.folder / "environment").symlink_to(Path(sys.executable).parent.parent)
    python = by_python(str(runner.folder / "environment" / "bin" / Path(sys.executable).name))
    played = runner.tasks(
        ask("shared", loop=[1, 2]),
        ask("apart", loop=[1, 2], environment={"SOMETHING": "else"}),
        ask("polled", loop=[1, 2], vars=python, **{"async": 60, "poll": 1}),
        ask("left", vars=python, **{"async": 60, "poll": 0}),
        {
            "name": "Wait",
            "ansible.builtin.async_status": {"jid": "{{ left.ansible_job_id }}"},
            "vars": python,
            "register": "waited",
            "until": "waited.finished",
            "retries": 100,
            "delay": 1,
        },
    )
    assert played.status == 0, played.printed
    assert issued(played["shared"]) == [1, 0]
    assert issued(played["apart"]) == [1, 1]
    assert issued(played["polled"]) == [1, 1]
    assert "api_calls" not in played["left"]
    assert played["waited"]["api_calls"]["tokens"] == 1
    assert runner.emulator.summary()["tokens"] == 1 + 2 + 2 + 1

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin as users run it: its examples, ad-hoc commands, templates in the tenant's texts, secrets in the output."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.demo import ansible, connection, environment
from tests.emulator.control import Emulator
from tests.tools.stage import COLLECTION, ROOT, live_view

from .conftest import EXPORT, FINANCE, PLUGIN, SALES, SANDBOX

Json = dict[str, Any]

SOURCE = ROOT / "plugins" / "inventory" / "tenant.py"
# Longer than any command here takes, so that one that hangs fails with what it printed.
TIMEOUT = 120
LEDGER = "Old ledger database"


def examples() -> list[str]:
    """The documents in EXAMPLES, as they stand."""
    for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(name, "id", "") for name in node.targets] == ["EXAMPLES"]:
            return [text.strip() for text in str(ast.literal_eval(node.value)).split("\n---\n")]
    return []


ENVIRONMENTS, FLOWS, ORPHANS = examples()


class Shell:
    """Commands against the emulator. printed: all that the last one said."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self.printed = ""
        installed = ROOT.parts[-3:] == COLLECTION.parts
        collections = ROOT.parents[2] if installed else live_view()
        home = folder / "home"
        self.variables = environment(collections, home, os.environ) | connection(emulator)
        # The example keeps its cache below the home of its user.
        self.variables |= {"HOME": str(home), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}

    def write(self, content: str | Json) -> str:
        """A file of the plugin, by its name."""
        text = content if isinstance(content, str) else json.dumps({"plugin": PLUGIN, **content})
        path = self.folder / "tenant.powerplatform.yml"
        path.write_text(text + "\n", encoding="utf-8")
        return str(path)

    def __call__(self, program: str, *arguments: str, fails: bool = False) -> str:
        """What a command prints."""
        done = subprocess.run(
            ansible(program, *arguments),
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        self.printed = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, self.printed
        return done.stdout

    def listed(self, content: str | Json, *arguments: str) -> Json:
        """What `ansible-inventory --list` makes of a file."""
        found: Json = json.loads(self("inventory", "-i", self.write(content), "--list", *arguments))
        return found


@pytest.fixture
def shell(emulator: Emulator, tmp_path: Path) -> Iterator[Shell]:
    yield Shell(emulator, tmp_path)
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def hosts(listed: Json, group: str) -> list[str]:
    """The hosts of a group."""
    found: list[str] = listed[group]["hosts"]
    return found


def unsafe(text: str) -> Json:
    """How Ansible writes a text that it will not evaluate."""
    return {"__ansible_unsafe": text}


def test_the_example_of_environments(shell: Shell) -> None:
    listed = shell.listed(ENVIRONMENTS)
    assert set(hosts(listed, "environments")) == {
        "Copilot",
        "Finance Production",
        "Finance Sandbox",
        "Mothballed",
        "Plain Canvas",
        *(f"Sales ({environment})" for environment in SALES),
    }
    assert hosts(listed, "finance") == ["Finance Production", "Finance Sandbox"]
    assert "Finance Production" in hosts(listed, "protection_Standard")
    variables = listed["_meta"]["hostvars"]
    assert variables["Finance Production"]["dataverse_url"] == unsafe("https://contosofin.crm4.dynamics.com")
    assert variables["Plain Canvas"]["dataverse_url"] in ("", unsafe(""))
    assert shell.emulator.summary()["writes"] == 0


def test_the_example_of_flows_and_its_command(shell: Shell) -> None:
    """The command stands in the comment above the example."""
    listed = shell.listed(FLOWS)
    stopped = hosts(listed, "flows_stopped")
    assert "Finance Production - Month end report" in stopped
    assert "Finance Production - Nightly stock export" in hosts(listed, "flows_started")
    assert "Finance Sandbox - Nightly stock export" in stopped

    comment = " ".join(line.lstrip("# ") for line in FLOWS.splitlines() if line.startswith("#"))
    _before, found, command = comment.partition("ansible flows_stopped")
    assert found
    module, arguments = command.split(' -a "')
    arguments, after = arguments.split('"')
    assert (module.split(), after.split()) == (["-m", "powerops.powerplatform.flow_state"], ["--check"])
    shell.emulator.clear_log()

    # One of them cannot be started by anybody: a connection of it is missing.
    chosen = (
        "flows_stopped,&Finance Production*,!*Unbound import",
        "-i",
        shell.write(FLOWS),
        *module.split(),
        "-a",
        arguments,
    )
    shell("adhoc", *chosen, "--check")
    checked = shell.printed.count("| CHANGED =>")
    assert checked == 2
    assert shell.emulator.summary()["writes"] == 0

    shell("adhoc", *chosen)
    assert shell.printed.count("| CHANGED =>") == checked == shell.emulator.summary()["writes"]

    shell.emulator.clear_log()
    assert "Finance Production - Month end report" in hosts(shell.listed(FLOWS), "flows_started")
    shell("adhoc", "flows_started,&Finance Production*,!*button", *chosen[1:])
    assert shell.printed.count("| SUCCESS =>") > checked
    assert "| CHANGED =>" not in shell.printed
    assert shell.emulator.summary()["writes"] == 0


def test_the_example_of_orphans(shell: Shell) -> None:
    listed = shell.listed(ORPHANS)
    assert list(listed["_meta"]["hostvars"]) == [LEDGER]
    assert hosts(listed, "owner_deleted") == [LEDGER]
    assert len(list((shell.folder / "home" / ".cache" / "power_platform").iterdir())) == 1
    shell.emulator.clear_log()

    assert shell.listed(ORPHANS) == listed

    assert shell.emulator.log() == []


def test_every_example_was_run() -> None:
    assert [yaml.safe_load(text)["plugin"] for text in examples()] == [PLUGIN] * 3
    assert [yaml.safe_load(text).get("hosts") for text in examples()] == [None, "flows", "connections"]


def test_a_template_in_the_tenant_is_never_evaluated(shell: Shell) -> None:
    canary = shell.folder / "canary"
    evil = "{{ lookup('ansible.builtin.pipe', 'touch canary') }}"
    shell.emulator.change([{"change": "set_flow", "flow": EXPORT, "name": evil}])
    content = {
        "hosts": "flows",
        "environments": [FINANCE],
        "compose": {"again": "powerplatform_flow_display_name", "longer": "'x' ~ powerplatform_flow_display_name"},
        "keyed_groups": [{"key": "powerplatform_flow_display_name", "prefix": "named"}],
        "groups": {"evil": f"powerplatform_flow == '{EXPORT}'"},
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(shell.folder / "cache"),
    }
    path = shell.write(content)
    said = "M={{ [powerplatform_flow_display_name, again, longer, inventory_hostname, group_names] | to_json }}"
    for _run in range(2):
        shell("adhoc", "evil", "-i", path, "-m", "ansible.builtin.debug", "-a", json.dumps({"msg": said}))
        assert shell.printed.count("ansible.builtin.pipe") >= 3
        listed = shell("inventory", "-i", path, "--list")
        assert json.dumps(evil)[1:-1] in listed
        assert not canary.exists()


def test_no_secret_is_printed(shell: Shell) -> None:
    given = {
        "base_url": shell.emulator.base_url,
        "ca_path": shell.emulator.ca_path,
        **shell.emulator.credentials(),
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(shell.folder / "cache"),
    }
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        del shell.variables[f"POWER_PLATFORM_{name}"]
    shell("inventory", "-i", shell.write(given), "--list", "-vvvv")
    assert "Logging in by client_secret" in shell.printed
    shown = shell.printed
    wrong: list[Json] = [
        {"hostnames": ["nothing.at.all"], "strict": True},
        {"compose": {"x": "nothing.at.all"}, "strict": True},
        {"filters": [{"include": "nothing.at.all"}]},
        {"filters": ["include"]},
        {"deadline": 0},
        {"ca_path": "{{ nothing }}"},
        {"enviroments": ["x"]},
        {"environments": ["Fabrikam"]},
        {"hosts": "flows", "tenant": "x"},
    ]
    for options in wrong:
        # One option a line, as people write: Ansible likes to show the lines around what is wrong.
        lines = {"plugin": PLUGIN, **given, **options, "client_secret": given["client_secret"]}
        shell("inventory", "-i", shell.write(yaml.safe_dump(lines)), "--list", "-vvvv", fails=True)
        shown += shell.printed
    assert shown.count("nothing") > 3
    assert "runner-secret" not in shown
    assert "eyJ" not in shown


def test_a_secret_may_be_vaulted(shell: Shell) -> None:
    credentials = shell.emulator.credentials()
    (shell.folder / "password").write_text("of the vault\n", encoding="utf-8")
    vault = ("--vault-password-file", str(shell.folder / "password"))
    encrypted = shell("vault", "encrypt_string", *vault, credentials["client_secret"], "--name", "client_secret")
    del shell.variables["POWER_PLATFORM_CLIENT_SECRET"]
    text = f"plugin: {PLUGIN}\nenvironments: [{FINANCE}]\n{encrypted}"
    shell("inventory", "-i", shell.write(text), "--list", *vault)
    assert '"Finance Production"' in shell.printed
    assert "runner-secret" not in shell.printed


def test_a_name_with_blanks_is_a_pattern_with_a_comma(shell: Shell) -> None:
    path = shell.write({"environments": ["Finance *"]})
    assert "Finance Production" in shell("adhoc", "Finance Production,", "-i", path, "--list-hosts")
    limited = shell("adhoc", "environments", "-i", path, "--limit", "Finance Production,", "--list-hosts")
    assert "Finance Production" in limited
    assert "Sandbox" not in limited


def test_desired_state_lives_in_group_vars_and_host_vars(shell: Shell) -> None:
    for folder, name, value in (
        ("group_vars", "type_production", "group"),
        ("host_vars", "Finance Sandbox", "host"),
    ):
        (shell.folder / folder).mkdir()
        (shell.folder / folder / f"{name}.yml").write_text(f"desired: of the {value}\n", encoding="utf-8")
    found = shell.listed({"environments": [FINANCE, SANDBOX]})["_meta"]["hostvars"]
    assert found["Finance Production"]["desired"] == "of the group"
    assert found["Finance Sandbox"]["desired"] == "of the host"


def test_modules_run_on_each_host_as_it_is(shell: Shell) -> None:
    path = shell.write({"environments": ["Finance *"]})
    arguments = json.dumps({"environments": ["{{ powerplatform_id }}"]})
    shell("adhoc", "ready", "-i", path, "-m", "powerops.powerplatform.environment_info", "-a", arguments)
    assert shell.printed.count("| SUCCESS =>") == 2
    assert "WARNING" not in shell.printed


def test_reported_and_failed_inventories(shell: Shell) -> None:
    shell.emulator.faults(
        [{"kind": "status", "status": 403, "code": "Forbidden", "match": {"path": f"/{SANDBOX}/v2/flows$"}}]
    )
    listed = shell.listed({"hosts": "flows", "on_error": "report"})
    assert listed["_meta"]["hostvars"] == {}
    assert "No hosts from flows" in shell.printed
    shell("inventory", "-i", shell.write({"hosts": "flows"}), "--list", fails=True)
    assert "Finance Sandbox" in shell.printed


def test_the_documentation_can_be_read(shell: Shell) -> None:
    found = json.loads(shell("doc", "-t", "inventory", "--json", PLUGIN))[PLUGIN]
    assert set(found["doc"]["options"]) > {
        "hosts",
        "hostnames",
        "filters",
        "compose",
        "cache",
        "client_id",
        "data_center",
    }
    assert not any("This module" in note for note in found["doc"].get("notes", ()))
    assert (
        "default" not in found["doc"]["options"]["client_secret"]
        or not found["doc"]["options"]["client_secret"]["default"]
    )

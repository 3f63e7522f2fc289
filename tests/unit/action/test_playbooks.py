# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks do the same on both paths, whatever Ansible wraps around their tasks."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from .playing import EXPORT, FINANCE, SETTING, Runner, issued, module, play_of, same

SECRET = "k3y-0f-the-archive-9d1f"
PEOPLE = ["lee@contoso.example", "joerg@contoso.example", "lee@contoso.example"]
ROLE = {"environment": "Finance Production", "app": "Expenses", "role": "CanView"}
FLOW = {"environment": "Finance Production", "flow": "Nightly stock export"}
BLOB = {
    "kind": "connection",
    "environment": FINANCE,
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
}
# Of a thing that was made a moment ago.
_TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def _timeless(result: Any) -> Any:
    return json.loads(_TIMES.sub("TIME", json.dumps(result)))


def test_loops_and_what_stands_around_them(runner: Runner) -> None:
    asked = module("powerapp_role", "looped", **ROLE, user="{{ item }}")
    named = module("powerapp_role", "named", **ROLE, user="{{ person.name }}")
    tasks = [
        {**asked, "loop": PEOPLE},
        {
            **named,
            "loop": [{"name": name} for name in PEOPLE[:2]],
            "loop_control": {"loop_var": "person", "index_var": "number", "label": "{{ number }}", "extended": True},
        },
        {**module("flow_state", "with_items", **FLOW, state="{{ item }}"), "with_items": ["stopped", ["started"]]},
        {
            **module("flow_state", "mixed", **FLOW, state="{{ item }}"),
            "loop": ["stopped", "paused", "started"],
            "ignore_errors": True,
        },
        {
            **module("flow_info", "tried", environments=["Finance Production"]),
            "until": "tried.attempts | default(0) >= 2 or tried.failed",
            "retries": 2,
            "delay": 0,
        },
        {**module("flow_state", "judged", **FLOW, state="started"), "changed_when": True, "failed_when": False},
        {
            "name": "A block",
            "block": [module("powerapp_role", "refused", **{**ROLE, "app": "Nothing"}, user="lee@contoso.example")],
            "rescue": [module("flow_state", "rescued", **FLOW, state="started")],
            "always": [module("flow_state", "in_the_end", **FLOW, state="started")],
        },
        module("environment_info", "short_name", short=True, environments=["Finance*"]),
        {**module("environment_info", "hidden", environments=["Finance*"]), "no_log": True},
        module("flow_state", "renamed", **FLOW, state="started", flow_display_name="Daily export"),
    ]
    here, there = runner.both(*tasks, collections=["powerops.powerplatform"])
    assert here.status == there.status == 0, here.printed
    assert set(here.results["localhost"]) == set(there.results["localhost"])
    for name, result in here.results["localhost"].items():
        same(_timeless(result), _timeless(there[name]))
    assert [item["changed"] for item in here["looped"]["results"]] == [True, True, False]
    assert [item["changed"] for item in here["mixed"]["results"]] == [True, False, True]
    assert issued(here["looped"]) == [2, 0, 0]
    assert issued(there["looped"]) == [2, 2, 2]
    assert "Daily export" in here["renamed"]["warnings"][0]
    # Shown once, however long the line.
    assert [" ".join(played.printed.split()).count("not 'Daily export'") for played in (here, there)] == [1, 1]


def test_defaults_and_odd_values(runner: Runner) -> None:
    """Vaulted and unsafe texts, dates, numbers as keys; defaults by group and by name."""
    runner.emulator.reset()
    odd = "{{ 6 * 7 }}"
    (runner.folder / "password").write_text("open\n", encoding="utf-8")
    changes = [{"change": "set_flow", "flow": EXPORT, "name": odd}]
    given = runner.emulator.credentials()
    made = {**BLOB, "secret_parameters": {"accessKey": _vaulted(SECRET)}, "secrets_changed_at": "{{ day }}"}
    tasks = [
        module("flow_info", "found", environments=["Finance Production"], flows=[EXPORT], check_mode_task=True),
        module(
            "flow_state", "unsafe", environment=FINANCE, flow="{{ found.flows[0].flow_display_name }}", state="started"
        ),
        {"name": "Show it", "ansible.builtin.debug": {"var": "found.flows[0].flow_display_name"}},
        {**module("converge", "made", resources=[made]), "vars": {"day": "2026-01-02T00:00:00Z"}},
        module(
            "flow_state", "dated", environment=FINANCE, flow=date(2026, 1, 2), state="started", ignore_errors_task=True
        ),
        module("converge", "numbers", resources=[{"kind": "flow_state", 5: "five", **FLOW}], ignore_errors_task=True),
        module("flow_state", "defaulted", flow=EXPORT),
    ]
    defaults = {
        "group/powerops.powerplatform.all": {"client_secret": _vaulted(given["client_secret"])},
        "powerops.powerplatform.flow_state": {"environment": FINANCE, "state": "started"},
    }
    results = []
    for word in ("true", "false"):
        runner.emulator.reset()
        runner.emulator.change(changes)
        text = yaml.dump([play_of(tasks, module_defaults=defaults)], Dumper=_Dumper, sort_keys=False)
        (runner.folder / "playbook.yml").write_text(text, encoding="utf-8")
        results.append(
            runner.plays(
                [],
                arguments=["--vault-password-file", "password", "-vvvv"],
                **{SETTING: word, "POWER_PLATFORM_CLIENT_SECRET": "wrong"},
            )
        )
    here, there = results
    assert here.status == there.status == 0, here.printed
    for name, result in here.results["localhost"].items():
        same(_timeless(result), _timeless(there[name]))
    assert here["unsafe"]["resource"]["flow_display_name"] == odd
    assert here["made"]["changed"]
    # By name of the module; by the group it logs in, for what the environment says is wrong.
    assert here["defaulted"]["resource"]["environment"] == FINANCE
    for played in results:
        assert odd in played.printed
        for secret in (given["client_secret"], SECRET):
            assert secret not in played.printed
            assert secret not in json.dumps(played.results)


class _Vaulted(str):
    """What Ansible Vault made of a secret."""


class _Dumper(yaml.SafeDumper):
    """Writes such texts as people have them in their files."""


_Dumper.add_representer(_Vaulted, lambda dumper, value: dumper.represent_scalar("!vault", str(value), style="|"))


def _vaulted(secret: str) -> _Vaulted:
    return _Vaulted(VaultLib([("default", VaultSecret(b"open"))]).encrypt(secret).decode())

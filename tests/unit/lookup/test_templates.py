# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookups as playbooks write them: one or many, in loops, as data that nobody evaluates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.emulator.control import Emulator
from tests.integration.run import environment
from tests.unit.completeness.playing import play
from tests.unit.engine.conftest import ADA, EXPENSES, FINANCE, FINANCE_URL, KIM, OFF, RUNNING, SANDBOX

Json = dict[str, Any]

PREFIX = "powerops.powerplatform"
IN_FINANCE = "environment='Finance Production'"
SANDBOX_URL = "https://contosofindev.crm4.dynamics.com"


def rendered(emulator: Emulator, folder: Path, expressions: dict[str, str], **keywords: Any) -> dict[str, Any]:
    """What expressions come to, each in a task of its own. P is the name of the collection."""
    tasks: list[Json] = [
        {
            "ansible.builtin.debug": {"msg": f"{{{{ {expression.replace('P.', f'{PREFIX}.')} }}}}"},
            "register": name,
            **keywords,
        }
        for name, expression in expressions.items()
    ]
    done = play(tasks, folder / "play", environment(emulator))
    assert done.status == 0, done.output
    assert emulator.log(writes=True) == []
    return {name: result.get("msg") for name, result in done.results.items()}


def test_one_or_many_as_users_know_it(emulator: Emulator, tmp_path: Path) -> None:
    found = rendered(
        emulator,
        tmp_path,
        {
            "one": "lookup('P.dataverse_url', 'Finance Production')",
            "one_as_list": "lookup('P.dataverse_url', 'Finance Production', wantlist=True)",
            "one_queried": "query('P.dataverse_url', 'Finance Production')",
            "texts": "lookup('P.dataverse_url', 'Finance Production', 'Finance Sandbox')",
            "texts_as_list": "q('P.dataverse_url', *names)",
            "row": "lookup('P.environment', 'Finance Production').id",
            "rows": "lookup('P.environment', 'Finance Sandbox', 'Finance Production') | map(attribute='id')",
            "default": "lookup('P.environment', 'Nowhere', default={}).id | default('none')",
            "null": "lookup('P.environment', 'Nowhere', default=none) is none",
            "nulls": "query('P.principal', 'ada@contoso.example', 'x@contoso.example', default=none)",
            "nothing_yet": "query('P.connection', environment='Plain Canvas')",
            "ignored": "query('P.environment', 'Nowhere', errors='ignore')",
        },
        vars={"names": ["Finance Sandbox", "Finance Production"]},
    )

    assert found == {
        "one": FINANCE_URL,
        "one_as_list": [FINANCE_URL],
        "one_queried": [FINANCE_URL],
        "texts": f"{FINANCE_URL},{SANDBOX_URL}",
        "texts_as_list": [SANDBOX_URL, FINANCE_URL],
        "row": FINANCE,
        "rows": [SANDBOX, FINANCE],
        "default": "none",
        "null": True,
        "nulls": [ADA, None],
        "nothing_yet": [],
        "ignored": [],
    }


def test_a_lookup_as_a_loop(emulator: Emulator, tmp_path: Path) -> None:
    tasks: list[Json] = [
        {
            "ansible.builtin.debug": {"msg": "{{ item }}"},
            f"with_{PREFIX}.principal": ["kim@contoso.example", "ada@contoso.example"],
            "register": "told",
        },
        {
            "ansible.builtin.debug": {"msg": "{{ item.flow }}"},
            "loop": f"{{{{ query('{PREFIX}.flow', 'Month end report', '{RUNNING}', {IN_FINANCE}) }}}}",
            "register": "flows",
        },
    ]

    done = play(tasks, tmp_path / "play", environment(emulator))

    assert [result["msg"] for result in done.results["told"]["results"]] == [KIM, ADA]
    assert [result["msg"] for result in done.results["flows"]["results"]] == [OFF, RUNNING]
    assert emulator.summary()["tokens"] == 1 + 2


def test_what_the_tenant_says_is_data(emulator: Emulator, tmp_path: Path) -> None:
    """Whoever names an app would otherwise run code where Ansible runs."""
    evil = "{{ lookup('ansible.builtin.pipe', 'touch " + str(tmp_path / "touched") + "') }}{% raw %}"
    emulator.change(
        [
            {"change": "set_app", "app": EXPENSES, "name": evil, "description": "{{ 1 + 1 }}"},
            {"change": "set_environment", "environment": FINANCE, "name": "{{ 2 + 2 }}"},
        ]
    )
    tasks: list[Json] = [
        {
            "ansible.builtin.set_fact": {
                "row": f"{{{{ lookup('{PREFIX}.powerapp', '{EXPENSES}', environment='{FINANCE}') }}}}"
            },
        },
        {"ansible.builtin.debug": {"msg": "{{ row.app_display_name }}"}, "register": "name"},
        {
            "ansible.builtin.debug": {"msg": "{{ row.description }} in {{ row.environment_display_name }}"},
            "register": "more",
        },
        {
            "ansible.builtin.debug": {"msg": "{{ item.display_name }}"},
            "loop": f"{{{{ query('{PREFIX}.environment', '{FINANCE}') }}}}",
            "register": "looped",
        },
    ]

    done = play(tasks, tmp_path / "play", environment(emulator))

    assert done.status == 0, done.output
    assert done.results["name"]["msg"] == evil
    assert done.results["more"]["msg"] == "{{ 1 + 1 }} in {{ 2 + 2 }}"
    assert [result["msg"] for result in done.results["looped"]["results"]] == ["{{ 2 + 2 }}"]
    assert not (tmp_path / "touched").exists()


def test_an_error_fails_the_task_with_our_words(emulator: Emulator, tmp_path: Path) -> None:
    tasks: list[Json] = [
        {
            "ansible.builtin.debug": {"msg": f"{{{{ lookup('{PREFIX}.{name}', {term!r}, {options}) }}}}"},
            "register": f"failed_{number}",
            "ignore_errors": True,
        }
        for number, (name, term, options) in enumerate(
            [
                ("environment", "Nowhere", "wantlist=true"),
                ("environment", "Sales", "default=none"),
                ("powerapp", "Approvals", IN_FINANCE),
                ("flow", "Month end report", "environment='Nowhere', default=none"),
            ]
        )
    ]

    done = play(tasks, tmp_path / "play", environment(emulator))

    messages = [result["msg"] for result in done.results.values()]
    for message, says in zip(
        messages,
        [
            "environment='Nowhere': there is no such environment in the tenant.",
            "environment='Sales': 2 things bear this name",
            "app='Approvals': 2 things bear this name",
            "environment='Nowhere': there is no such environment in the tenant.",
        ],
        strict=True,
    ):
        assert message.count(says) == 1
    assert "Traceback" not in done.output

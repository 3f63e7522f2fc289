# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback in runs of ansible-playbook against an emulated tenant."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.callback import drift_report
from tests.demo import EXAMPLE

from .playing import EXPENSES, EXPORT, FINANCE, KIM, Audit, flow_state, shown

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

DRIFT = [
    {"change": "set_flow", "flow": EXPORT, "state": "Stopped"},
    {"change": "put_app_role", "app": EXPENSES, "principal": "everyone", "role": "CanView"},
]
STATE = f"environments/{FINANCE}/flows/{EXPORT}/state"
REFUSED = {"kind": "status", "status": 403, "code": "Forbidden", "match": {"service": "flow"}}
WRONG = {"environment": FINANCE, "flow": "No flow is called so", "state": "started"}


@pytest.fixture
def audit(emulator: Emulator, tmp_path: Path) -> Iterator[Audit]:
    with tempfile.TemporaryDirectory(prefix="audit", ignore_cleanup_errors=True) as home:
        yield Audit(emulator, tmp_path, Path(home))


def test_the_example_converges_drifts_and_is_reported_with_its_lines(emulator: Emulator, audit: Audit) -> None:
    shutil.copytree(EXAMPLE, audit.folder, dirs_exist_ok=True)
    playbook = audit.folder / "converge.yml"

    assert audit.run(playbook, check=False) == 0
    assert not audit.path.exists()
    assert audit.printed.count("no report was written, because nothing ran in check mode") == 1

    assert audit.run(playbook) == 0
    assert (audit.report()["outcome"], audit.findings) == ("clean", [])

    emulator.change(DRIFT)
    emulator.clear_log()
    assert audit.run(playbook) == 0
    assert emulator.summary()["writes"] == 0
    report = audit.report()
    assert (report["outcome"], report["source"], report["errors"]) == ("drift", "converge.yml", [])
    assert shown(report["findings"]) == [
        ("drifted", "flow_state", "Nightly stock export"),
        ("unmanaged", "powerapp_role", "tenant"),
    ]
    flow, app = report["findings"]
    assert (flow["id"], flow["before"], flow["after"]) == (STATE, "stopped", "started")
    assert (flow["host"], flow["task"]) == ("localhost", "Declare which flows run")
    assert flow["item"] == "Nightly stock export in Finance Production"
    assert _declared(audit, flow)[-1] == "state: started"
    assert f"app: {EXPENSES}" in _declared(audit, app, lines=2)
    assert re.search(r"drift_report: drift \(1 drifted, 1 unmanaged\): .*drift-report\.json", audit.printed)


def _declared(audit: Audit, finding: dict[str, Any], lines: int = 1) -> list[str]:
    """The lines that a finding's location points at."""
    text = (audit.folder / finding["location"]["path"]).read_text(encoding="utf-8").splitlines()
    line = finding["location"]["line"] - 1
    return [row.strip() for row in text[line : line + lines]]


def test_all_forms_are_written_where_they_were_asked_for(audit: Audit) -> None:
    names = ["out/r.json", "out/r.xml", "out/r.sarif", "out/r.md", "out/r.html", "junit=out/r.txt"]
    audit.variables["POWER_PLATFORM_DRIFT_REPORTS"] = ", ".join(names)
    audit.variables["POWER_PLATFORM_DRIFT_TITLE"] = "Contoso & sons"

    assert audit.play(flow_state()) == 0

    written = {path.name: path.read_text(encoding="utf-8") for path in (audit.folder / "out").iterdir()}
    assert set(written) == {Path(name.rpartition("=")[2]).name for name in names}
    assert written["r.txt"] == written["r.xml"]
    assert ET.fromstring(written["r.xml"]).get("name") == "Contoso & sons"
    assert "Contoso &amp; sons" in written["r.html"]
    # Every form tells the same of the same moment.
    made = re.search(r'"generated_at": "([^"]+)"', written["r.json"])
    assert made
    assert all(made[1].replace(":", separator) in text for separator, text in _moments(written))


def _moments(written: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in written.items():
        yield ("&#58;" if name == "r.md" else ":"), text


def test_options_from_ansible_cfg(audit: Audit) -> None:
    configuration = audit.folder / "ansible.cfg"
    (audit.folder / "desired").mkdir()
    configuration.write_text(
        "[callback_drift_report]\nreports = one.json, two.md\ntitle = Ours\nsource_root = desired\n", encoding="utf-8"
    )
    audit.variables["ANSIBLE_CONFIG"] = str(configuration)
    (audit.folder / "desired" / "flows.yml").write_text(f"- flow: {EXPORT}\n  state: stopped\n", encoding="utf-8")

    assert audit.play(flow_state("stopped")) == 0

    found = yaml.safe_load((audit.folder / "one.json").read_text(encoding="utf-8"))
    assert found["title"] == "Ours"
    assert found["findings"][0]["location"] == {"path": "flows.yml", "line": 2}
    assert (audit.folder / "two.md").read_text(encoding="utf-8").startswith("## Ours\n")
    assert not audit.path.exists()


def test_items_of_a_loop_are_counted_once_and_named(emulator: Emulator, audit: Audit) -> None:
    emulator.change(DRIFT)
    loop: dict[str, Any] = {
        "loop": [{"state": "started", "note": "not for reports"}, {"state": "stopped"}, {"state": "started"}]
    }

    assert audit.play(flow_state("{{ item.state }}", **loop)) == 0
    # The same difference twice is one finding; an item without a label of its own goes by its number.
    assert [(row["id"], row["item"]) for row in audit.findings] == [(STATE, 1)]
    assert "not for reports" not in audit.path.read_text(encoding="utf-8")

    assert audit.play(flow_state("{{ item }}", loop=["started", "stopped"])) == 0
    assert [row["item"] for row in audit.findings] == ["started"]


def test_a_hidden_result_is_unknown_for_a_task_and_for_each_item(audit: Audit) -> None:
    looped = flow_state("{{ item }}", no_log=True, loop=["started", "stopped"], name="Looped")

    assert audit.play(flow_state(no_log=True), looped) == 0

    assert audit.report()["outcome"] == "unknown"
    assert sorted((row["category"], row["task"], row["item"]) for row in audit.findings if row["item"]) == [
        ("unknown", "Looped", 1),
        ("unknown", "Looped", 2),
    ]
    assert len(audit.findings) == 3


@pytest.mark.parametrize(
    "task",
    [flow_state(), flow_state("{{ item }}", loop=["started"]), flow_state("{{ wanted }}", vars={"wanted": "started"})],
    ids=["plain", "loop", "template"],
)
def test_what_is_refused_is_unknown(task: dict[str, Any], emulator: Emulator, audit: Audit) -> None:
    emulator.faults([REFUSED])
    options = task["powerops.powerplatform.flow_state"]
    task = {**task, "powerops.powerplatform.flow_state": {**options, "flow": "{{ flow }}"}}

    assert audit.play(task, vars={**Audit.a_play()["vars"], "flow": EXPORT}) != 0

    [found] = audit.findings
    assert audit.report()["outcome"] == "unknown"
    assert (found["category"], found["id"]) == ("unknown", f"environments/{FINANCE}/flows/{EXPORT}")
    assert found["message"] != ""
    assert found["location"]["path"] == "audit.yml"


@pytest.mark.parametrize(
    "task",
    [
        {"ignore_errors": True},
        {"failed_when": False},
        {"loop": [1, 2], "ignore_errors": True},
        {"loop": "{{ nowhere }}", "ignore_errors": True},
    ],
    ids=["ignored", "hidden", "in a loop", "before a loop"],
)
def test_failures_count_whatever_becomes_of_them(task: dict[str, Any], audit: Audit) -> None:
    failing = {"name": "Fail", "powerops.powerplatform.flow_state": WRONG, **task}

    assert audit.play(failing, flow_state()) == 0

    report = audit.report()
    assert report["outcome"] == "error"
    assert len(report["errors"]) == (2 if task.get("loop") == [1, 2] else 1)
    assert {row["task"].split(" (")[0] for row in report["errors"]} == {"Fail"}


def test_rescued_failures_count_and_those_of_others_only_if_they_stand(audit: Audit) -> None:
    other = {"name": "Other", "ansible.builtin.fail": {"msg": "a token, perhaps"}}
    rescue = [{"name": "Rescue", "ansible.builtin.debug": {"msg": "rescued"}}]
    ours = {"name": "Ours", "powerops.powerplatform.flow_state": WRONG}

    assert audit.play({"name": "Block", "block": [ours], "rescue": rescue}) == 0
    assert audit.report()["outcome"] == "error"

    block = {"name": "Block", "block": [other], "rescue": rescue}
    assert audit.play(block, {**other, "ignore_errors": True}, flow_state()) == 0
    assert audit.report()["errors"] == []

    assert audit.play(flow_state(), other) != 0
    [error] = audit.report()["errors"]
    assert (audit.report()["outcome"], error["task"]) == ("error", "Other")
    # Nobody vouches for what other modules say.
    assert "a token, perhaps" not in audit.path.read_text(encoding="utf-8")


def test_a_host_that_cannot_be_reached_is_an_error(audit: Audit) -> None:
    nowhere = {"ansible_connection": "local", "ansible_remote_tmp": "/proc/nowhere"}
    task = flow_state("stopped", delegate_to="localhost", vars=nowhere)
    # Inside the controller nothing has to be reached.
    audit.variables["POWER_PLATFORM_IN_CONTROLLER"] = "false"

    assert audit.play(task) != 0

    report = audit.report()
    assert report["outcome"] == "error"
    assert "could not be reached" in report["errors"][0]["message"]


def test_a_run_that_breaks_off_leaves_no_report_not_even_an_old_one(audit: Audit) -> None:
    assert audit.play(flow_state()) == 0
    assert audit.path.exists()

    broken = Audit.a_play(flow_state(), serial="{{ nowhere }}")
    assert audit.plays([Audit.a_play(flow_state()), broken]) != 0

    assert not audit.path.exists()
    assert list(audit.folder.glob(".*")) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("REPORTS", "drift-report.json,report.docx", "report.docx"),
        ("ACCEPTED", "nowhere.yml", "cannot be read"),
        ("REPORTS", "drift-report.json,audit.yml/report.md", "no report was written|Not a directory"),
        ("REPORTS", "drift-report.json,drift-report.json", "two reports"),
    ],
)
def test_what_cannot_be_written_leaves_no_report_at_all(name: str, value: str, told: str, audit: Audit) -> None:
    audit.path.write_text("an old one", encoding="utf-8")
    audit.variables[f"POWER_PLATFORM_DRIFT_{name}"] = value

    audit.play(flow_state())

    assert re.search(told, audit.printed)
    assert "drift_report: clean" not in audit.printed
    assert sorted(path.name for path in audit.folder.iterdir()) in (["audit.yml"], ["audit.yml", "drift-report.json"])
    assert not audit.path.exists() or audit.path.read_text(encoding="utf-8") == "an old one"


def test_a_result_that_means_nothing_leaves_no_report(audit: Audit) -> None:
    """What the callback does not understand could be anything."""
    library = audit.folder / "library"
    library.mkdir()
    (library / "flow_state.py").write_text(
        "#!/usr/bin/python\nimport json\nprint(json.dumps({'changed': False, 'findings': ['what?']}))\n",
        encoding="utf-8",
    )
    audit.path.write_text("an old one", encoding="utf-8")
    odd = {"name": "Odd", "flow_state": {}}

    assert audit.play(odd, flow_state()) == 0

    assert "no report was written, because something went wrong before" in audit.printed
    assert not audit.path.exists()


def test_accepted_drift_is_clean_until_it_expires(emulator: Emulator, audit: Audit) -> None:
    emulator.change(DRIFT[:1])
    entry = {"id": STATE, "kind": "flow_state", "owner": "ada@contoso.example", "reason": "month end"}
    unused = {"fingerprint": "0" * 64, "owner": "kim@contoso.example", "reason": "gone", "expires": "2999-12-31"}
    accepted = audit.folder / "accepted.yml"
    audit.variables["POWER_PLATFORM_DRIFT_ACCEPTED"] = "accepted.yml"

    accepted.write_text(yaml.safe_dump([{**entry, "expires": "2999-12-31"}, unused]), encoding="utf-8")
    assert audit.play(flow_state()) == 0
    report = audit.report()
    assert (report["outcome"], report["summary"]["accepted"]) == ("clean", 1)
    assert report["findings"][0]["accepted"] == {
        "owner": "ada@contoso.example",
        "reason": "month end",
        "expires": "2999-12-31",
    }
    [notice] = report["notices"]
    assert "0" * 64 in notice
    assert "kim@contoso.example" in audit.printed

    accepted.write_text(yaml.safe_dump([{**entry, "expires": "2020-01-01"}]), encoding="utf-8")
    assert audit.play(flow_state()) == 0
    report = audit.report()
    assert (report["outcome"], report["summary"]["accepted"]) == ("drift", 0)
    assert "2020-01-01" in report["notices"][0]


def test_another_name_is_told_and_is_no_drift(audit: Audit) -> None:
    options = {"environment": FINANCE, "app": EXPENSES, "app_display_name": "Spesen", "user": KIM, "role": "CanEdit"}

    assert audit.play({"name": "Share", "powerops.powerplatform.powerapp_role": options}) == 0

    assert audit.report()["outcome"] == "clean"
    assert shown(audit.findings) == [("renamed", "powerapp_role", "Expenses")]
    assert audit.findings[0]["id"] == f"environments/{FINANCE}/apps/{EXPENSES}/app_display_name"


@pytest.mark.parametrize("check", [True, "{{ 1 == 1 }}"])
def test_a_task_in_check_mode_is_reported_in_any_run(check: Any, emulator: Emulator, audit: Audit) -> None:
    emulator.change(DRIFT[:1])

    assert audit.play(flow_state(check_mode=check), flow_state("stopped"), check=False) == 0

    assert shown(audit.findings) == [("drifted", "flow_state", "Nightly stock export")]
    assert audit.printed.count("what was not run in check mode is in no report") == 1


def test_a_task_that_changes_is_in_no_report(audit: Audit) -> None:
    assert audit.play(flow_state(), flow_state("stopped", check_mode=False)) == 0

    assert (audit.report()["outcome"], audit.findings) == ("clean", [])


def test_a_loop_without_items_that_declares_nothing_is_nothing_looked_at(audit: Audit) -> None:
    listing = {"name": "List flows", "powerops.powerplatform.flow_info": {"environment": "{{ item }}"}, "loop": []}

    assert audit.play(listing) == 0

    assert not audit.path.exists()


def test_what_is_not_to_be_looked_at_does_not_drift(audit: Audit) -> None:
    """A condition that is not met, and a loop without items."""
    assert audit.play(flow_state("{{ item }}", loop=[]), flow_state("stopped", when=False)) == 0

    assert (audit.report()["outcome"], audit.findings) == ("clean", [])


@pytest.mark.parametrize(("poll", "outcome"), [(1, "drift"), (0, "unknown")])
def test_a_task_in_the_background_is_unknown_unless_it_is_waited_for(poll: int, outcome: str, audit: Audit) -> None:
    # Ansible takes an interpreter apart at its blanks when it starts a task in the background.
    interpreter = audit.folder / "python"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    reached = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(interpreter),
        # Ansible writes below HOME, and reads below the home that the system's list of users gives.
        "ansible_async_dir": str(audit.folder / "async"),
    }

    assert audit.play(flow_state("stopped", **{"async": 60, "poll": poll}), vars=reached) == 0

    assert audit.report()["outcome"] == outcome


def test_a_run_without_our_modules_leaves_no_report(audit: Audit) -> None:
    listing = {"name": "List", "powerops.powerplatform.environment_info": {}}
    nothing = {"name": "Say", "ansible.builtin.debug": {"msg": "nothing"}}

    assert audit.play(nothing, listing) == 0

    assert not audit.path.exists()
    assert "no report was written, because nothing ran in check mode" in audit.printed


def test_a_module_is_known_by_its_short_name_too(emulator: Emulator, audit: Audit) -> None:
    emulator.change(DRIFT[:1])
    task = flow_state()
    task["flow_state"] = task.pop("powerops.powerplatform.flow_state")

    assert audit.play(task, collections=["powerops.powerplatform"]) == 0

    assert shown(audit.findings) == [("drifted", "flow_state", "Nightly stock export")]


def test_a_play_without_hosts_is_told(audit: Audit) -> None:
    assert audit.plays([Audit.a_play(flow_state()), Audit.a_play(flow_state(), hosts="nowhere")]) == 0

    report = audit.report()
    assert report["outcome"] == "error"
    assert [row["message"] for row in report["errors"]] == ["A play matched no host, so nothing of it was looked at."]


def test_a_task_that_a_condition_skipped_is_told(audit: Audit) -> None:
    assert audit.play(flow_state(), flow_state() | {"when": False}) == 0

    report = audit.report()
    assert report["outcome"] == "clean"
    assert report["notices"] == ["Tasks that a condition skipped, and of which nothing was looked at: 1."]


def test_nothing_but_skipped_tasks_is_no_clean_report(audit: Audit) -> None:
    assert audit.play(flow_state() | {"when": False}) == 0

    assert not audit.path.exists()


def test_two_hosts_are_two_findings(emulator: Emulator, audit: Audit) -> None:
    emulator.change(DRIFT[:1])
    add = {"name": "Add", "ansible.builtin.add_host": {"name": "second"}, "check_mode": False}
    play = Audit.a_play(flow_state(), hosts="localhost:second")

    assert audit.plays([Audit.a_play(add), play]) == 0

    assert [row["host"] for row in audit.findings] == ["localhost", "second"]


def test_it_is_listed_by_what_it_does() -> None:
    assert yaml.safe_load(drift_report.DOCUMENTATION)["short_description"].startswith("Report drift ")


def test_it_is_silent_unless_it_is_enabled(audit: Audit) -> None:
    del audit.variables["ANSIBLE_CALLBACKS_ENABLED"]

    assert audit.play(flow_state()) == 0

    assert "drift_report" not in audit.printed
    assert not audit.path.exists()

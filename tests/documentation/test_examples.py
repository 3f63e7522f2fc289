# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example that users read does what it says: in examples/, in the modules' documentation, in README.md."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.demo import EXAMPLE
from tests.tools.stage import ROOT

if TYPE_CHECKING:
    from tests.emulator.control import Emulator
    from tests.unit.play import Play

MODULES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
LOOKUPS = sorted(path for path in (ROOT / "plugins" / "lookup").glob("*.py") if path.stem != "__init__")
FILTERS = sorted(path for path in (ROOT / "plugins" / "filter").glob("*.py") if path.stem != "__init__")
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Plays and tasks are lists; other YAML, such as a requirements file, is a mapping.
README_EXAMPLES = [
    found
    for found in map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    if isinstance(found, list)
]
CLEANUP = ROOT / "examples" / "sharing_cleanup" / "cleanup.yml"
CONNECTORS = ROOT / "examples" / "connectors_as_code" / "converge.yml"
TEAM_FLOWS = ROOT / "examples" / "team_flows"
CONNECTION_AUDIT = ROOT / "examples" / "connection_audit" / "audit.yml"
KEY = "key-of-the-receipts"
SECRET = "secret-of-the-invoices"
# What examples of bulk modules take for everything that is declared.
DECLARED = [
    {
        "kind": "powerapp_role",
        "environment": "Finance Sandbox",
        "app": "aa000000-0000-4000-8000-000000000021",
        "assignments": [{"group": "Makers", "role": "CanView"}],
    }
]
ADA, KIM, LEE = (f"a0000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
FINANCE = "e0000000-0000-4000-8000-000000000001"
NOTHING_REPORTED = {"connections": [], "totalCount": 0, "nextLink": ""}
READERS = "b0000000-0000-4000-8000-000000000001"
RUNNER, BOT = "c0000000-0000-4000-8000-000000000001", "c0000000-0000-4000-8000-000000000006"
TIMESHEETS = "aa000000-0000-4000-8000-000000000015"
LEDGER = "aa000000-0000-4000-8000-000000000016"
STALE = "d0000000000000000000000000000003"
RECEIPTS = "d0000000000000000000000000000007"
WAREHOUSE = "shared_warehouse-5f0629412a7d1fe83e-5f11c0de00000000aa"
# Who holds what on which thing after examples/sharing_cleanup; None: it is gone.
AFTER_CLEANUP = {
    "aa000000-0000-4000-8000-000000000011": {
        ADA: "Owner",
        READERS: "CanView",
        KIM: "CanEdit",
        LEE: "CanViewWithShare",
        BOT: "CanView",
    },
    TIMESHEETS: {KIM: "Owner", ADA: "CanEdit", LEE: "CanView"},
    LEDGER: {LEE: "Owner", READERS: "CanView", KIM: "CanEdit"},
    "d0000000000000000000000000000001": {ADA: "Owner", READERS: "CanView", KIM: "CanEdit"},
    STALE: None,
    RECEIPTS: {RUNNER: "Owner", READERS: "CanView", KIM: "CanView"},
    WAREHOUSE: {"a0000000-0000-4000-8000-0000000000ff": "Owner", KIM: "CanEdit", READERS: "CanView"},
}
REPORTED = re.compile(
    r"^ok: \[localhost\] => \(item=(.*)\) => *\n    msg:\n        declared_in_files: (\w+)$", re.MULTILINE
)


def tasks_of(module: Path) -> list[dict[str, Any]]:
    """The tasks in the EXAMPLES of a module, a filter or a lookup."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(name, "id", "") for name in node.targets] == ["EXAMPLES"]:
            found: list[dict[str, Any]] = yaml.safe_load(ast.literal_eval(node.value))
            return found
    return []


def as_playbook(content: list[dict[str, Any]], folder: Path) -> Path:
    """A playbook of these plays, or of these tasks."""
    header = {
        "name": "Example",
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"declared_resources": DECLARED},
    }
    plays = content if "hosts" in content[0] else [header | {"tasks": content}]
    playbook = folder / "playbook.yml"
    playbook.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return playbook


def test_example_contoso_converges_and_stays(emulator: Emulator, play: Play) -> None:
    ok, changed = play(EXAMPLE / "converge.yml")
    assert (ok, changed) == (2, 2)
    assert emulator.summary()["writes"] > 0

    emulator.clear_log()
    assert play(EXAMPLE / "converge.yml") == (2, 0)
    assert emulator.summary()["writes"] == 0


def test_example_contoso_writes_nothing_in_check_mode(emulator: Emulator, play: Play) -> None:
    assert play(EXAMPLE / "converge.yml", "--check", "--diff") == (2, 2)
    assert emulator.summary()["writes"] == 0


@pytest.fixture
def cleanup(play: Play) -> Play:
    """For examples/sharing_cleanup, which takes a secret from the environment."""
    play.variables["RECEIPTS_ACCESS_KEY"] = KEY
    return play


def report(play: Play) -> dict[str, bool]:
    """What the last run of examples/sharing_cleanup found, and whether its files say what becomes of it."""
    return {name: said == "true" for name, said in REPORTED.findall(play.printed)}


def test_example_cleanup_in_check_mode_reports_and_writes_nothing(emulator: Emulator, cleanup: Play) -> None:
    assert cleanup(CLEANUP, "--check", "--diff") == (10, 6)

    assert emulator.summary()["writes"] == 0
    reported = (
        f"Orphaned Ledger ({LEDGER}) in Finance Production",
        f"Old ledger database ({STALE}) in Finance Production",
    )
    assert report(cleanup) == dict.fromkeys(reported, True)


def test_example_cleanup_converges_stays_and_finds_drift(emulator: Emulator, cleanup: Play) -> None:
    assert cleanup(CLEANUP, "-vvv") == (10, 6)

    # Owners, lists of apps, the connection that goes, the one that is made, lists of connections and of connectors.
    assert emulator.summary()["writes"] == 2 + 3 + 1 + 1 + 2 + 1
    assert KEY not in cleanup.printed
    [finance] = [item for item in emulator.tenant()["environments"] if item["name"] == "Finance Production"]
    things = [item for kind in ("apps", "connections", "connectors") for item in finance[kind]]
    held = {item["id"]: {row["principal"]: row["role"] for row in item["roles"]} for item in things}
    assert {name: held.get(name) for name in AFTER_CLEANUP} == AFTER_CLEANUP

    emulator.clear_log()
    assert cleanup(CLEANUP) == (8, 0)
    assert emulator.summary()["writes"] == 0
    assert report(cleanup) == {}

    emulator.change(
        [
            {"change": "put_app_role", "app": TIMESHEETS, "principal": "everyone", "role": "CanView"},
            {"change": "delete_connection_role", "connection": RECEIPTS, "principal": KIM},
            {"change": "put_connector_role", "connector": WAREHOUSE, "principal": KIM, "role": "CanView"},
            {"change": "set_principal", "principal": "joerg@contoso.example", "enabled": False},
        ]
    )
    emulator.clear_log()
    assert cleanup(CLEANUP, "--check") == (9, 3)
    assert emulator.summary()["writes"] == 0
    [(reported, declared)] = report(cleanup).items()
    assert reported.startswith("Größenrechner")
    assert not declared


@pytest.fixture
def connectors(play: Play) -> Play:
    """For examples/connectors_as_code, which takes a secret from the environment."""
    play.variables["INVOICES_CLIENT_SECRET"] = SECRET
    return play


def co_owners(emulator: Emulator, flow: str) -> set[str]:
    """Who may edit a flow, as the tenant holds it."""
    [found] = [item for place in emulator.tenant()["environments"] for item in place["flows"] if item["id"] == flow]
    return {item["principal"] for item in found["roles"] if item["role"] == "CanEdit"}


def test_example_team_flows_converges_and_stays(emulator: Emulator, play: Play) -> None:
    assert play(TEAM_FLOWS / "converge.yml", "--check", "--diff") == (4, 2)
    assert emulator.summary()["writes"] == 0
    assert "Ledger reconciliation (f0000000-0000-4000-8000-000000000028) needs a co-owner" in play.printed

    assert play(TEAM_FLOWS / "converge.yml") == (4, 2)
    assert emulator.summary()["writes"] == 2 + 2
    assert co_owners(emulator, "f0000000-0000-4000-8000-000000000027") == {KIM, "b0000000-0000-4000-8000-000000000003"}

    emulator.clear_log()
    assert play(TEAM_FLOWS / "converge.yml") == (4, 0)
    assert emulator.summary()["writes"] == 0


def test_example_team_flows_resubmits_what_failed_once(emulator: Emulator, play: Play) -> None:
    user = emulator.credentials("delegated")
    play.variables |= {
        "POWER_PLATFORM_CLIENT_ID": user["client_id"],
        "POWER_PLATFORM_CLIENT_SECRET": user["client_secret"],
    }
    assert play(TEAM_FLOWS / "resubmit.yml", "--check") == (1, 1)
    assert emulator.summary()["writes"] == 0

    assert play(TEAM_FLOWS / "resubmit.yml") == (1, 1)
    # Of the two that failed that night one was started anew before.
    assert [entry["path"].split("/")[-2] for entry in emulator.log(writes=True)] == [
        "08585000000000000105000000000000CU01"
    ]
    assert play(TEAM_FLOWS / "resubmit.yml") == (1, 0)


def test_example_audit_shows_what_both_sources_say(emulator: Emulator, play: Play) -> None:
    for arguments in ((), (), ("--check", "--diff")):
        assert play(CONNECTION_AUDIT, *arguments) == (5, 0)
        assert emulator.summary()["writes"] == 0
    shown = play.printed
    broken, unused = shown[shown.index("side by side") :].split("nobody uses")
    found = re.findall(r"item=(.*)\) =>", broken)
    assert found == ["Claims service in Finance Production", "Old ledger database in Finance Production"]
    claims, ledger = broken.split("item=")[1:]
    assert "power_platform: not there" in claims
    assert "owner_status: Disabled" in claims
    assert "- Expenses" in claims
    assert "owner_state: deleted" in ledger
    assert ledger.count("status: Error") == 2
    assert re.findall(r"item=(.*) in .*\) =>", unused) == ["Automation", "Old ledger database"]
    assert not re.search(r"(avepoint|runner)-secret|eyJ", shown)

    new = {"id": "e" * 32, "connector": "shared_sql", "name": "Brand new", "creator": "dana@contoso.example"}
    emulator.change([{"change": "add_connection", "environment": FINANCE, "connection": new}])
    emulator.faults([{"kind": "status", "status": 200, "body": NOTHING_REPORTED, "match": {"service": "avepoint"}}])
    assert play(CONNECTION_AUDIT)[1] == 0
    assert play.printed.count("avepoint: not in the report") == 2
    assert "Brand new in Finance Production" in play.printed


def custom_connectors(emulator: Emulator, environment: str) -> dict[str, Any]:
    """Those of an environment that have a row in Dataverse, by their unique names."""
    [found] = [item for item in emulator.tenant()["environments"] if item["name"] == environment]
    return {item["unique_name"]: item for item in found["connectors"]}


@pytest.mark.parametrize(
    ("stage", "environment", "created", "shared", "ending"),
    [
        # What is created is written once, told to its solution once more, and shared once; what is there is changed.
        ("development", "Finance Sandbox", 2, 3, "-dev.contoso.example"),
        ("production", "Finance Production", 1, 2, ".contoso.example"),
    ],
)
def test_example_connectors_converges_and_stays(
    stage: str, environment: str, created: int, shared: int, ending: str, emulator: Emulator, connectors: Play
) -> None:
    known = custom_connectors(emulator, environment)
    arguments = ("-e", f"stage={stage}")

    # What is not there yet cannot be shared in check mode.
    assert connectors(CONNECTORS, *arguments, "--check", "--diff") == (3, 2)
    assert emulator.summary()["writes"] == 0
    assert connectors.printed.count("Set the secrets (token)") > 0
    assert SECRET not in connectors.printed

    assert connectors(CONNECTORS, *arguments, "-vvv") == (3, 2)
    assert emulator.summary()["writes"] == 3 + created + shared
    assert SECRET not in connectors.printed
    found = custom_connectors(emulator, environment)
    assert len(found) == len(known) + created
    for key in ("expenses", "warehouse", "invoices"):
        connector = found[f"cr736_5F{key}"]
        assert connector["definition"]["host"].endswith(ending)
        assert ("-dev" in connector["definition"]["host"]) is (stage == "development")
        assert connector["owner"].startswith("b2000000")
        assert len(connector["roles"]) > 1

    emulator.clear_log()
    assert connectors(CONNECTORS, *arguments) == (2, 0)
    assert emulator.summary()["writes"] == 0
    assert "manual_steps" not in connectors.printed
    assert connectors(CONNECTORS, *arguments, "--check") == (2, 0)


def test_example_connectors_waits_for_what_the_service_learns_late(emulator: Emulator, connectors: Play) -> None:
    # The first look is for a connector that was there before, and an item that misses something looks twice.
    emulator.faults([{"kind": "rp_delay", "reads": 4, "match": {"method": "POST", "service": "dataverse"}}])

    assert connectors(CONNECTORS) == (3, 2)
    assert "FAILED - RETRYING" in connectors.printed
    assert all(len(item["roles"]) > 1 for item in custom_connectors(emulator, "Finance Sandbox").values())


@pytest.mark.parametrize(
    "original", [EXAMPLE / "converge.yml", CLEANUP, CONNECTORS, CONNECTION_AUDIT], ids=lambda path: path.parent.name
)
def test_examples_refuse_another_tenant(original: Path, emulator: Emulator, connectors: Play, tmp_path: Path) -> None:
    copied = tmp_path / original.parent.name
    shutil.copytree(original.parent, copied)
    playbook = copied / original.name
    text = playbook.read_text(encoding="utf-8")
    assert emulator.tenant_id in text
    playbook.write_text(text.replace(emulator.tenant_id, "99999999-2222-4333-8444-555555555555"), encoding="utf-8")

    with pytest.raises(AssertionError, match="99999999-2222-4333-8444-555555555555"):
        connectors(playbook)
    assert emulator.summary()["writes"] == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_examples_in_documentation_run_as_written(module: Path, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    tasks = tasks_of(module)
    assert any(f"powerops.powerplatform.{module.stem}" in task for task in tasks), "no example of this module"
    playbook = as_playbook(tasks, tmp_path)

    ok, changed = play(playbook)

    assert ok == len(tasks)
    # What only reads changes nothing; an example of the others that changes nothing shows nothing.
    assert (changed > 0) is not module.stem.endswith("_info")
    assert (emulator.summary()["writes"] > 0) is not module.stem.endswith("_info")


@pytest.mark.parametrize("plugin", FILTERS, ids=lambda path: path.stem)
def test_examples_of_filters_run_as_written(plugin: Path, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    tasks = tasks_of(plugin)
    assert any(f"powerops.powerplatform.{plugin.stem}" in str(task) for task in tasks), "no example of this filter"

    assert play(as_playbook(tasks, tmp_path)) == (len(tasks), 0)

    assert emulator.summary()["writes"] == 0


@pytest.mark.parametrize("plugin", LOOKUPS, ids=lambda path: path.stem)
def test_examples_of_lookups_run_as_written(plugin: Path, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    tasks = tasks_of(plugin)
    name = f"'powerops.powerplatform.{plugin.stem}'"
    assert all(name in str(task) for task in tasks), "an example of something else"
    assert tasks, "no example of this lookup"

    ok, changed = play(as_playbook(tasks, tmp_path))

    assert ok == len(tasks)
    # What changes something is the module that is shown with the lookup.
    shown = [task for task in tasks if "ansible.builtin.debug" not in task]
    assert changed == len(shown)
    ours = [task for task in shown if any(key.startswith("powerops.powerplatform.") for key in task)]
    assert (emulator.summary()["writes"] > 0) is bool(ours)


@pytest.mark.parametrize("example", README_EXAMPLES, ids=lambda example: example[0]["name"])
def test_examples_in_the_readme_run_and_stay(
    example: list[dict[str, Any]], emulator: Emulator, play: Play, tmp_path: Path
) -> None:
    playbook = as_playbook(example, tmp_path)
    play(playbook)
    emulator.clear_log()

    _ok, changed = play(playbook)

    assert changed == 0
    assert emulator.summary()["writes"] == 0


def test_the_readme_has_a_playbook() -> None:
    assert any("hosts" in example[0] for example in README_EXAMPLES)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/gitops: environments as hosts, brought to what host_vars and group_vars declare, at once and in slices."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.tools.stage import ROOT

if TYPE_CHECKING:
    from tests.emulator.control import Emulator
    from tests.unit.play import Play

EXAMPLE = ROOT / "examples" / "gitops"
PLAYBOOK = EXAMPLE / "converge.yml"
INVENTORY = EXAMPLE / "inventory" / "contoso.powerplatform.yml"
FORKS = ("--forks", "3")
PREFIX = "powerplatform_"
OTHER_TENANT = "99999999-2222-4333-8444-555555555555"
# Which things a list is about, the key of an item that names one of them, and which role it manages; "": all of them.
LISTS = {
    "powerplatform_powerapp_roles": ("apps", "app", ""),
    "powerplatform_flow_states": ("flows", "flow", ""),
    "powerplatform_flow_owners": ("flows", "flow", "CanEdit"),
    "powerplatform_flow_run_only_users": ("flows", "flow", "CanView"),
    "powerplatform_connection_roles": ("connections", "connection", ""),
    "powerplatform_custom_connector_roles": ("connectors", "connector", ""),
}
# Environment, list, thing: who holds which role, or in which state it is.
Facts = dict[tuple[str, str, str], Any]
# What somebody could type into the tenant; as a template it would be 42.
TYPED = "{{ 6 * 7 }}"
DEBUG = ("-m", "ansible.builtin.debug", "-a", "var=powerplatform_description")
# A job of a controller gets its hosts from a script of this kind.
SCRIPT = "#!/usr/bin/env python3\nprint(%r)\n"


def content(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def variables(host: str, kind: str) -> dict[str, Any]:
    """What the files say of a host: all, its type, itself."""
    files = [EXAMPLE / "group_vars" / name for name in ("all.yml", f"type_{kind.lower()}.yml")]
    merged: dict[str, Any] = {}
    for file in (*files, *sorted((EXAMPLE / "host_vars" / host).glob("*.yml"))):
        merged |= content(file)
    return merged


def facts(tenant: dict[str, Any]) -> Facts:
    """What the tenant holds of everything that a list could be about, in every environment."""
    found: Facts = {}
    for environment in tenant["environments"]:
        for name, (things, _key, role) in LISTS.items():
            for thing in environment.get(things, ()):
                held = {
                    entry["principal"]: entry["role"]
                    for entry in thing["roles"]
                    # A list in SharePoint is no principal; nobody declares owners.
                    if "principal" in entry and entry["role"] != "Owner" and role in ("", entry["role"])
                }
                is_state = name == "powerplatform_flow_states"
                found[environment["id"], name, thing["id"]] = thing.get("state", "Started") if is_state else held
    return found


def environments(tenant: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The environments with files, by the names of their folders."""
    by_name = {item["name"].lower().replace(" ", "-"): item for item in tenant["environments"]}
    return {folder.name: by_name[folder.name] for folder in (EXAMPLE / "host_vars").iterdir()}


def principal(tenant: dict[str, Any], entry: dict[str, Any]) -> str:
    """The id of whom an entry means; whoever is named by id keeps it."""
    if entry.get("everyone"):
        return "everyone"
    users = {user["upn"]: user["id"] for user in tenant["users"]}
    groups = {group["name"]: group["id"] for group in tenant["groups"]}
    [given] = [entry[key] for key in ("user", "group", "service_principal") if key in entry]
    return str(users.get(given) or groups.get(given) or given)


def declared(tenant: dict[str, Any]) -> Facts:
    """What the files want to be so, of a tenant as it is before."""
    before, wanted = facts(tenant), {}
    for host, environment in environments(tenant).items():
        said = variables(host, environment.get("type", "Production"))
        for name, (_things, key, role) in LISTS.items():
            for item in said[name]:
                fact = environment["id"], name, item[key]
                if name == "powerplatform_flow_states":
                    wanted[fact] = item["state"].capitalize()
                    continue
                others = {} if item.get("exclusive", said["powerplatform_exclusive"]) else before[fact]
                given = {principal(tenant, entry): role or entry["role"] for entry in item["assignments"]}
                wanted[fact] = others | given
    return wanted


def writes(emulator: Emulator) -> Counter[str]:
    """How many requests that write the tenant saw, by environment."""
    return Counter(re.findall(r"/environments/([^/]+)/", str(entry["path"]))[0] for entry in emulator.log(writes=True))


class Expectation:
    """What a run has to come to, from what the files declare and from the tenant before."""

    def __init__(self, tenant: dict[str, Any]) -> None:
        wanted = declared(tenant)
        before = facts(tenant)
        different = {fact for fact, value in wanted.items() if before[fact] != value}
        self.after = before | wanted
        # Each thing that differs takes one request.
        self.writes = Counter(environment for environment, _name, _thing in different)
        self.recap = {}
        self.recap_again = {}
        for host, environment in environments(tenant).items():
            # One task looks whether the environment is ready, one at the variables of the role, one does everything.
            self.recap[host] = 3, int(any(place == environment["id"] for place, _name, _thing in different))
            self.recap_again[host] = 3, 0


def test_every_environment_is_brought_to_its_own_state_and_stays(emulator: Emulator, play: Play) -> None:
    expected = Expectation(emulator.tenant())
    # Otherwise this would show little.
    assert len(expected.recap) == 3
    assert all(changed for _ok, changed in expected.recap.values())

    assert play.hosts(PLAYBOOK, *FORKS, "--check", "--diff") == expected.recap
    assert emulator.summary()["writes"] == 0
    assert play.printed.count("+++ after: ") == expected.writes.total()

    assert play.hosts(PLAYBOOK, *FORKS) == expected.recap
    assert writes(emulator) == expected.writes
    assert facts(emulator.tenant()) == expected.after

    emulator.clear_log()
    assert play.hosts(PLAYBOOK, *FORKS) == expected.recap_again
    assert emulator.summary()["writes"] == 0


def test_limit_leaves_the_rest_alone(emulator: Emulator, play: Play) -> None:
    tenant = emulator.tenant()
    sandbox = environments(tenant)["finance-sandbox"]["id"]
    expected = facts(tenant) | {fact: value for fact, value in declared(tenant).items() if fact[0] == sandbox}
    assert expected != facts(tenant)

    assert set(play.hosts(PLAYBOOK, "--limit", "type_sandbox")) == {"finance-sandbox"}

    assert set(writes(emulator)) == {sandbox}
    assert facts(emulator.tenant()) == expected


def test_the_audit_reports_what_a_run_would_change(emulator: Emulator, play: Play, tmp_path: Path) -> None:
    copied = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, copied)
    audit = copied / "audit.yml"
    before = emulator.tenant()
    different = {fact for fact, value in declared(before).items() if facts(before)[fact] != value}

    assert set(play.hosts(audit, *FORKS)) == set(environments(before))

    assert emulator.summary()["writes"] == 0
    report = json.loads((copied / "reports" / "drift.json").read_text(encoding="utf-8"))
    assert report["outcome"] == "drift"
    drift = [row for row in report["findings"] if row["category"] in ("drifted", "missing", "unmanaged")]
    assert {tuple(row["id"].split("/")[1:4:2]) for row in drift} == {
        (place, thing) for place, _name, thing in different
    }
    assert all(row["location"]["path"].startswith(f"host_vars/{row['host']}/") for row in drift)
    assert {path.suffix for path in (copied / "reports").iterdir()} == {".json", ".xml", ".sarif", ".md", ".html"}

    play.hosts(copied / PLAYBOOK.name, *FORKS)
    # What else is found, such as owners who are gone, is not for a run to change.
    play.hosts(audit)
    report = json.loads((copied / "reports" / "drift.json").read_text(encoding="utf-8"))
    assert {row["category"] for row in report["findings"]} <= {"orphaned"}


def test_an_audit_that_is_refused_leaves_no_report_of_an_earlier_run(play: Play, tmp_path: Path) -> None:
    copied = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, copied)
    report = copied / "reports" / "drift.json"
    report.parent.mkdir()
    report.write_text('{"outcome": "clean"}', encoding="utf-8")
    # The role refuses it before any of its tasks runs.
    no_list = ("-e", '{"powerplatform_powerapp_roles": {"app": "no list"}}')

    with pytest.raises(AssertionError, match="powerplatform_powerapp_roles"):
        play.hosts(copied / "audit.yml", *no_list)

    assert not report.exists()


def test_an_environment_that_was_renamed_stops_the_run(emulator: Emulator, play: Play) -> None:
    sandbox = environments(emulator.tenant())["finance-sandbox"]["id"]
    emulator.change([{"change": "set_environment", "environment": sandbox, "name": "Finance Test"}])

    with pytest.raises(AssertionError, match="Finance Sandbox"):
        play.hosts(PLAYBOOK, *FORKS)
    assert emulator.summary()["writes"] == 0


def test_slices_of_an_exported_inventory_do_the_same_together(emulator: Emulator, play: Play, tmp_path: Path) -> None:
    """As a controller does it: the inventory is exported to its database, and each job gets every n-th host of it."""
    canvas = environments(emulator.tenant())["plain-canvas"]["id"]
    emulator.change([{"change": "set_environment", "environment": canvas, "description": TYPED}])
    expected = Expectation(emulator.tenant())
    source = ("-i", str(INVENTORY), "--playbook-dir", str(INVENTORY.parent))
    exported = json.loads(play.run("inventory", EXAMPLE, *source, "--list", "--export"))
    hosts = sorted(exported["_meta"]["hostvars"])
    assert hosts == sorted(expected.recap)
    # What is declared is read by each job from its own branch, and not from a database.
    assert not LISTS.keys() & {name for own in exported["_meta"]["hostvars"].values() for name in own}

    share = ("-e", "powerplatform_pace_share=1/2")
    for number in range(2):
        own = hosts[number::2]
        script = tmp_path / f"slice{number}"
        script.write_text(SCRIPT % json.dumps(cut(exported, own)), encoding="utf-8")
        script.chmod(0o700)
        recap = play.hosts(PLAYBOOK, "-i", str(script), *FORKS, *share)
        assert recap == {host: expected.recap[host] for host in own}

    assert writes(emulator) == expected.writes
    assert facts(emulator.tenant()) == expected.after

    whole = tmp_path / "slice0"
    whole.write_text(SCRIPT % json.dumps(exported), encoding="utf-8")
    shown = play.run("adhoc", EXAMPLE, "plain-canvas", "-i", str(whole), *DEBUG)
    assert f"powerplatform_description: '{TYPED}'" in shown


def cut(inventory: dict[str, Any], hosts: list[str]) -> dict[str, Any]:
    """An inventory with these hosts alone."""
    groups = {
        name: group | {"hosts": [host for host in group["hosts"] if host in hosts]} if "hosts" in group else group
        for name, group in inventory.items()
        if name != "_meta"
    }
    return groups | {"_meta": {"hostvars": {host: inventory["_meta"]["hostvars"][host] for host in hosts}}}


def test_no_declaration_has_the_name_of_what_the_tenant_says() -> None:
    from ansible_collections.powerops.powerplatform.plugins.modules import environment_info

    row = yaml.safe_load(environment_info.RETURN)["environments"]["contains"]
    said = {PREFIX + key for key in row}
    assert "powerplatform_id" in said

    files = [*(EXAMPLE / "group_vars").glob("*.yml"), *(EXAMPLE / "host_vars").glob("*/*.yml")]
    names = {name for file in files for name in content(file)}
    assert LISTS.keys() <= names
    assert not names & said


@pytest.mark.parametrize("file", [PLAYBOOK, EXAMPLE / "audit.yml", INVENTORY], ids=lambda path: path.name)
def test_another_tenant_is_refused(file: Path, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    copied = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, copied)
    changed = copied / file.relative_to(EXAMPLE)
    text = changed.read_text(encoding="utf-8")
    assert emulator.tenant_id in text
    changed.write_text(text.replace(emulator.tenant_id, OTHER_TENANT), encoding="utf-8")

    with pytest.raises(AssertionError, match=OTHER_TENANT):
        play.hosts(copied / (PLAYBOOK if file == INVENTORY else file).name)
    assert emulator.summary()["writes"] == 0

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant made of an export is, for all that the export tells, the tenant that was exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.demo import connection
from tests.emulator import cli, from_export
from tests.emulator.control import Emulator
from tests.emulator.tenant_parts import TenantFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.play import Play

AUDIT = """\
- hosts: environments
  gather_facts: false
  roles:
    - role: powerops.powerplatform.drift_audit
      vars:
        drift_audit_reports: {json: drift.json}
        drift_audit_orphaned: false
"""
INVENTORY = """\
plugin: powerops.powerplatform.tenant
environments: [Contoso (default), Finance Production, Finance Sandbox, Plain Canvas]
"""
SALES = "e0000000-0000-4000-8000-000000000003"
APP = "aa000000-0000-4000-8000-000000000001"
FLOW = "f0000000-0000-4000-8000-000000000001"
APPROVALS = "aa000000-0000-4000-8000-000000000013"
SOMEBODY = "a0000000-0000-4000-8000-0000000000ff"


def exported(folder: Path, environment: str, variables: Mapping[str, Any]) -> Path:
    path = folder / "environments" / environment / "things.yml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(dict(variables)), encoding="utf-8")
    return folder


def test_nothing_differs_from_what_was_exported(play: Play, tmp_path: Path) -> None:
    (tmp_path / "audit.yml").write_text(AUDIT, encoding="utf-8")
    (tmp_path / "tenant.powerplatform.yml").write_text(INVENTORY, encoding="utf-8")
    wanted = {"export_path": "desired", "export_include_empty": True}
    play.run("playbook", tmp_path, "powerops.powerplatform.export", "-e", json.dumps(wanted))
    (tmp_path / "host_vars").symlink_to("desired/environments")

    with Emulator.start("--from-export", str(tmp_path / "desired")) as rehearsal:
        play.variables |= connection(rehearsal)
        play.hosts(tmp_path / "audit.yml", "-i", "tenant.powerplatform.yml")

    report = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
    assert (report["outcome"], report["findings"], report["errors"]) == ("clean", [], [])
    # All of them were compared, an app included that nobody has a role on.
    compared = [path for path in report["seen"] if APPROVALS in path]
    assert compared, report["seen"]


def test_what_files_leave_open_is_made_up_in_the_same_way_each_time(tmp_path: Path) -> None:
    folder = exported(
        tmp_path,
        "Sales (e0000000-0000-4000-8000-000000000003)",
        {
            "powerplatform_powerapp_roles": [
                {
                    "environment": SALES,
                    "app": APP,
                    "assignments": [
                        {"group": "Readers", "role": "CanView"},
                        {"user": SOMEBODY, "role": "CanEdit"},
                        {"everyone": True, "role": "CanView"},
                    ],
                }
            ],
            "powerplatform_flow_owners": [
                {
                    "environment": SALES,
                    "flow": FLOW,
                    "assignments": [{"user": SOMEBODY, "principal_display_name": "Some Body"}],
                }
            ],
            "powerplatform_flow_run_only_users": [
                {"environment": SALES, "flow": FLOW, "assignments": [{"user": "kim@contoso.example"}]}
            ],
            "powerplatform_connection_roles": [{"environment": SALES, "connection": "d1", "assignments": []}],
            "powerplatform_flows": [{"environment": SALES, "flow": FLOW}],
        },
    )

    made, again = from_export.load(folder), from_export.load(folder)

    tenant = made.tenant
    environment = tenant.environments[SALES]
    app, flow = environment.apps[APP], environment.flows[FLOW]
    kim = next(user.id for user in tenant.users.values() if user.upn == "kim@contoso.example")
    readers = next(group.id for group in tenant.groups.values() if group.name == "Readers")
    assert environment.name == "Sales"
    assert {role.principal: role.role for role in app.roles.values() if role.role != "Owner"} == {
        readers: "CanView",
        SOMEBODY: "CanEdit",
        "everyone": "CanView",
    }
    assert tenant.users[app.owner].upn == tenant.users[flow.creator].upn == "unknown-owner@rehearsal.example"
    assert tenant.users[SOMEBODY].name == "Some Body"
    assert {role.principal: role.role for role in flow.roles.values() if role.role != "Owner"} == {
        SOMEBODY: "CanEdit",
        kim: "CanView",
    }
    assert flow.state == "Started"
    assert [item.name for item in tenant.environments.values() if item.default] == ["Rehearsal (default)"]
    assert made.left == {"powerplatform_flows": 1}
    assert again == made


def test_the_default_environment_is_the_one_that_is_called_so(tmp_path: Path) -> None:
    items = [{"environment": "Contoso (default)", "flow": FLOW, "state": "stopped"}]

    tenant = from_export.load(exported(tmp_path, "Contoso (default)", {"powerplatform_flow_states": items})).tenant

    assert [(item.name, item.default) for item in tenant.environments.values()] == [("Contoso (default)", True)]
    assert next(iter(tenant.environments.values())).id == f"Default-{tenant.id}"


def test_a_text_that_is_no_template_is_taken_as_it_stands(tmp_path: Path) -> None:
    folder = exported(tmp_path, "Sales", {})
    path = folder / "environments" / "Sales" / "things.yml"
    path.write_text(
        "powerplatform_flow_states:\n"
        f"  - {{environment: Sales, flow: {FLOW}, flow_display_name: !unsafe '{{{{ x }}}}', state: stopped}}\n",
        encoding="utf-8",
    )

    flows = [flow for item in from_export.load(folder).tenant.environments.values() for flow in item.flows.values()]

    assert [(flow.name, flow.state) for flow in flows] == [("{{ x }}", "Stopped")]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "no declarations of environments"),
        ({"powerplatform_powerapps": {"app": APP}}, "powerplatform_powerapps is no list"),
        ({"powerplatform_powerapps": [{"app": APP}]}, "needs environment and app"),
        (
            {
                "powerplatform_flow_owners": [
                    {"environment": "Sales", "flow": FLOW, "assignments": [{"role": "CanEdit"}]}
                ]
            },
            "an assignment names nobody",
        ),
    ],
)
def test_what_is_no_export_is_told(
    variables: dict[str, Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = exported(tmp_path, "Sales", variables)

    with pytest.raises(TenantFileError, match=told):
        from_export.load(folder)
    assert cli.main(["--from-export", str(folder), "--port", "0"]) == 2
    assert told in capsys.readouterr().err

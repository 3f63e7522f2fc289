# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/pipelines: together the commands do what they promise; what surrounds them holds no secret."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.powerops.powerplatform.plugins.doc_fragments.auth import ModuleDocFragment
from tests.tools.stage import ROOT

if TYPE_CHECKING:
    from tests.emulator.control import Emulator
    from tests.unit.play import Play

PIPELINES = ROOT / "examples" / "pipelines"
GITOPS = ROOT / "examples" / "gitops"
FILES = sorted([*PIPELINES.glob("github/*.yml"), *PIPELINES.glob("azure-devops/*.yml")])
STAGES = {
    "github": ("pull-request.yml", "merge.yml", "nightly.yml"),
    "azure-devops": ("azure-pipelines-pull-request.yml", "azure-pipelines-merge.yml", "azure-pipelines-nightly.yml"),
}
EACH_FILE = pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
EACH_SERVICE = pytest.mark.parametrize("service", sorted(STAGES))
# What people set in their service, beside the variables of the environment that the collection reads.
SETTINGS = {"POWER_PLATFORM_REVIEW_CLIENT_ID"}


def content(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a document with what it holds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key), inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def scripts(file: Path) -> list[str]:
    return [text for key, text in walk(content(file)) if key in ("run", "bash") and isinstance(text, str)]


def commands(file: Path) -> list[list[str]]:
    """The playbooks that a pipeline runs, in their order, with their arguments."""
    found = [line for text in scripts(file) for line in text.splitlines() if line.startswith("ansible-playbook ")]
    return [shlex.split(line)[1:] for line in found]


@EACH_SERVICE
def test_the_commands_review_carry_out_and_audit(service: str, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    review, merge, nightly = ([*commands(PIPELINES / service / name)] for name in STAGES[service])
    folder = tmp_path / "a repository"
    shutil.copytree(GITOPS, folder)
    reports = folder / "reports"

    for command in review:
        play.run("playbook", folder, *command)
    assert emulator.summary()["writes"] == 0
    assert json.loads((reports / "drift.json").read_text(encoding="utf-8"))["outcome"] == "drift"
    assert (reports / "drift.md").read_text(encoding="utf-8").startswith("## ")
    digests = json.loads((folder / "plans.json").read_text(encoding="utf-8"))["converge_expected_plans"]
    assert set(digests) == {path.name for path in (GITOPS / "host_vars").iterdir()}

    [carry_out] = merge
    # The tenant is another one by now, in one environment.
    flow = "f0000000-0000-4000-8000-000000000029"
    emulator.change([{"change": "set_flow", "flow": flow, "state": "Stopped"}])
    with pytest.raises(AssertionError, match="The plan is not the one that was reviewed"):
        play.run("playbook", folder, *carry_out)
    assert {entry["path"].split("/environments/")[1][:36] for entry in emulator.log(writes=True)} == {
        "e0000000-0000-4000-8000-000000000001",
        "e0000000-0000-4000-8000-000000000005",
    }
    emulator.change([{"change": "set_flow", "flow": flow, "state": "Started"}])
    play.run("playbook", folder, *carry_out)

    [audit] = nightly
    # Nobody mended by then whose account is gone.
    with pytest.raises(AssertionError, match="The outcome of the audit is drift: 1 orphaned"):
        play.run("playbook", folder, *audit)
    shutil.copytree(reports, folder / "earlier")
    emulator.clear_log()
    with pytest.raises(AssertionError, match="1 orphaned"):
        play.run("playbook", folder, *audit)
    assert emulator.summary()["writes"] == 0


@EACH_FILE
def test_nothing_in_a_pipeline_is_a_secret(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert not re.search(r"\bsecrets\.\w", text)
    assert not re.search(r"CLIENT_SECRET|CERTIFICATE|password|eyJ", text)
    for key, value in walk(content(file)):
        if re.search(r"token$", key, re.IGNORECASE):
            assert value in ("write", "$(System.AccessToken)", "${{ github.token }}"), key


@EACH_FILE
def test_what_a_pipeline_uses_has_a_full_version(file: Path) -> None:
    used = [value for key, value in walk(content(file)) if key == "uses"]

    assert bool(used) is (file.parent.name == "github")
    assert [name for name in used if not re.fullmatch(r"[\w-]+(/[\w-]+)+@v\d+\.\d+\.\d+", name)] == []
    [collection] = content(PIPELINES / "requirements.yml")["collections"]
    assert collection["name"] == "powerops.powerplatform"
    assert collection["version"] == content(ROOT / "galaxy.yml")["version"]


def documented() -> set[str]:
    """The variables of the environment that the collection reads."""
    return set(re.findall(r"E\((\w+)\)", ModuleDocFragment.DOCUMENTATION))


@EACH_FILE
def test_every_variable_is_one_that_the_collection_or_a_role_reads(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    options: set[str] = set()
    for role in ("converge", "drift_audit"):
        specs = content(ROOT / "roles" / role / "meta" / "argument_specs.yml")
        options |= set(specs["argument_specs"]["main"]["options"])

    assert set(re.findall(r"POWER_PLATFORM_\w+", text)) - SETTINGS - documented() == set()
    assert "POWER_PLATFORM_USE_OIDC" in text
    given = {
        name for command in commands(file) for name in re.findall(r"\b(?:converge|drift_audit)_\w+", " ".join(command))
    }
    assert given <= options


@EACH_FILE
def test_a_pipeline_may_log_in_and_no_more_than_it_needs(file: Path) -> None:
    document = content(file)
    if file.parent.name == "github":
        assert document["permissions"]["id-token"] == "write"
        assert document["permissions"]["contents"] == "read"
    else:
        steps = next(value for key, value in walk(document) if key == "steps")
        logging_in = [step for step in steps if str(step.get("bash", "")).startswith("ansible-playbook")]
        assert logging_in
        assert all(step["env"]["SYSTEM_ACCESSTOKEN"] == "$(System.AccessToken)" for step in logging_in)
        assert all(step["env"]["POWER_PLATFORM_USE_OIDC"] == "true" for step in logging_in)


@pytest.mark.parametrize(
    "credential",
    [{"client_secret": "the-secret"}, {"client_certificate": "-----BEGIN"}],
    ids=lambda item: next(iter(item)),
)
def test_a_credential_of_awx_sets_what_the_collection_reads(credential: dict[str, str]) -> None:
    kind = content(PIPELINES / "awx" / "credential_type.yml")
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    given = {"tenant_id": "a-tenant", "client_id": "a-client", "cloud": "public", **credential}

    assert set(kind) == {"name", "description", "kind", "inputs", "injectors"}
    assert set(kind["inputs"]["required"]) <= set(fields)
    assert {name for name, field in fields.items() if field.get("secret")} == {"client_secret", "client_certificate"}
    templar = Templar(loader=DataLoader(), variables=given)
    injected = {name: _rendered(templar, text) for name, text in kind["injectors"]["env"].items()}
    assert set(injected) <= documented()
    assert {value for value in injected.values() if value} == set(given.values())
    assert set(given) <= set(fields)


def _rendered(templar: Templar, text: str) -> str:
    """As a template, which ansible-core 2.19 and later does only for what is said to be trustworthy."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return str(templar.template(text))
    return str(templar.template(trust_as_template(text)))


def test_an_empty_variable_of_the_environment_is_none(play: Play, tmp_path: Path) -> None:
    """A credential of AWX sets all of them, also those that were left empty."""
    play.variables |= {"POWER_PLATFORM_CLIENT_CERTIFICATE": "", "POWER_PLATFORM_CLOUD": ""}

    shown = play.run("adhoc", tmp_path, "localhost", "-m", "powerops.powerplatform.environment_info")

    assert "Finance Production" in shown

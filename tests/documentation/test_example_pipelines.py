# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/pipelines: together the commands do what they promise; what surrounds them holds no secret."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
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
TEMPORARY = re.compile(r"\$(RUNNER_TEMP|AGENT_TEMPDIRECTORY)\b")
KEEP = "Keep the digests, and nothing else"
FETCH = {"github": "Fetch the plans that were reviewed", "azure-devops": "Find the run of the pull request"}
NEEDS_JQ = pytest.mark.skipif(shutil.which("jq") is None, reason="The pipelines filter by jq, which is not here.")


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


def commands(file: Path, temp: Path = Path("temp")) -> list[list[str]]:
    """The playbooks that a pipeline runs, in their order, with their arguments. temp: a folder of the job."""
    found = [line for text in scripts(file) for line in text.splitlines() if line.startswith("ansible-playbook ")]
    return [[TEMPORARY.sub(str(temp), part) for part in shlex.split(line)[1:]] for line in found]


def script(file: Path, name: str, folder: Path, temp: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the step of a pipeline that has this name, as its service would."""
    steps = next(value for key, value in walk(content(file)) if key == "steps")
    [text] = [step.get("run") or step["bash"] for step in steps if name in (step.get("name"), step.get("displayName"))]
    found = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(temp), "AGENT_TEMPDIRECTORY": str(temp), **variables}
    return subprocess.run(
        ["bash", "-e", "-c", text], cwd=folder, env=found, capture_output=True, encoding="utf-8", check=False
    )


@NEEDS_JQ
@EACH_SERVICE
def test_the_commands_review_carry_out_and_audit(service: str, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    temp = tmp_path / "temporary"
    review, merge, nightly = ([*commands(PIPELINES / service / name, temp)] for name in STAGES[service])
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

    temp.joinpath("plans").mkdir(parents=True)
    folder.joinpath("plans.json").rename(temp / "plans" / "plans.json")
    assert script(PIPELINES / service / STAGES[service][1], KEEP, folder, temp).returncode == 0
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
    play.run("playbook", folder, *audit)
    assert json.loads((reports / "drift.json").read_text(encoding="utf-8"))["outcome"] == "clean"
    shutil.copytree(reports, temp / "earlier")
    emulator.change([{"change": "set_flow", "flow": flow, "state": "Started"}])
    emulator.clear_log()
    with pytest.raises(AssertionError, match="The outcome of the audit is drift: 1 drifted"):
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


def runs_ansible(step: dict[str, Any]) -> bool:
    return re.search(r"^ansible-playbook ", str(step.get("run") or step.get("bash") or ""), re.MULTILINE) is not None


@EACH_FILE
def test_names_of_makers_are_no_commands_of_a_pipeline(file: Path) -> None:
    """Both services carry out what is printed, and Ansible prints names of the tenant."""
    steps = [step for step in next(value for key, value in walk(content(file)) if key == "steps") if runs_ansible(step)]

    assert steps
    for step in steps:
        if file.parent.name == "github":
            assert step["run"].startswith('echo "::stop-commands::$(uuidgen)"\n')
        else:
            assert step["target"] == {"commands": "restricted", "settableVariables": "none"}


@EACH_FILE
def test_no_report_of_an_earlier_run_is_taken_for_one_of_this_run(file: Path) -> None:
    audits = [text for text in scripts(file) if "ansible-playbook audit.yml" in text]

    assert bool(audits) is ("merge" not in file.name)
    assert all("rm -rf reports\nansible-playbook audit.yml" in text for text in audits)


DIGEST = "0123456789abcdef" * 4
TEMPLATE = "{{ lookup('pipe', 'touch pwned') }}"


@NEEDS_JQ
@EACH_SERVICE
def test_nothing_of_the_plans_is_taken_over_but_digests(service: str, tmp_path: Path) -> None:
    """Whoever can push a branch can upload them, and templates of extra variables are carried out."""
    plans = {
        "good-host_1.x": DIGEST,
        "template": TEMPLATE,
        "lines": f"{DIGEST}\n{TEMPLATE}",
        "short": DIGEST[:-1],
        "list": [DIGEST],
        TEMPLATE: DIGEST,
        f"host\n{TEMPLATE}": DIGEST,
    }
    forged = {"converge_expected_plans": plans, "ansible_python_interpreter": "/tmp/evil", "converge_max_removals": 9}
    tmp_path.joinpath("plans").mkdir()
    tmp_path.joinpath("plans", "plans.json").write_text(json.dumps(forged), encoding="utf-8")

    done = script(PIPELINES / service / STAGES[service][1], KEEP, tmp_path, tmp_path)

    assert done.returncode == 0, done.stderr
    kept = json.loads(tmp_path.joinpath("digests.json").read_text(encoding="utf-8"))
    assert kept == {"converge_expected_plans": {"good-host_1.x": DIGEST}}


@EACH_SERVICE
def test_what_was_downloaded_lies_outside_the_checkout(service: str) -> None:
    file = PIPELINES / service / STAGES[service][1]

    assert [command[-1] for command in commands(file)] == ["@temp/digests.json"]
    if service == "github":
        [download] = [line for text in scripts(file) for line in text.splitlines() if "gh run download" in line]
        assert download.endswith('"$run" --name plans --dir "$RUNNER_TEMP/plans"')
    else:
        assert [value for key, value in walk(content(file)) if key == "targetPath"] == ["$(Agent.TempDirectory)/plans"]


# Answers in the place of both services: by what the request holds, what it gets. Notes what was downloaded.
SERVICE = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
  */commits/*|*/pullRequests/*) echo "$MERGED" ;;
  *state=all*) echo "$MADE" ;;
  *"run list"*) echo "$RUNS" ;;
  *build/builds*) echo "{\\"value\\": $RUNS}" ;;
esac
"""
HEAD = {"ref": "feature", "sha": "abc"}
MERGED = {"merged_at": "2026-11-22", "merge_commit_sha": "def", "base": {"ref": "main"}, "head": HEAD}
COMPLETED = {"status": "completed", "targetRefName": "refs/heads/main", "lastMergeCommit": {"commitId": "def"}}
RUNS = [{"databaseId": 17, "id": 17}]


@NEEDS_JQ
@pytest.mark.parametrize(
    ("service", "answers", "message", "found"),
    [
        ("github", {}, "x", True),
        ("github", {"MERGED": []}, "x", False),
        ("github", {"MERGED": [MERGED | {"merged_at": None}]}, "x", False),
        ("github", {"MERGED": [MERGED | {"base": {"ref": "theirs"}}]}, "x", False),
        ("github", {"MERGED": [MERGED | {"merge_commit_sha": "fed"}]}, "x", False),
        ("github", {"MADE": [MERGED, MERGED | {"base": {"ref": "theirs"}}]}, "x", False),
        ("github", {"RUNS": []}, "x", False),
        ("azure-devops", {}, "Merged PR 12: x", True),
        ("azure-devops", {}, "x", False),
        ("azure-devops", {"MERGED": COMPLETED | {"status": "active"}}, "Merged PR 12: x", False),
        ("azure-devops", {"MERGED": COMPLETED | {"targetRefName": "refs/heads/theirs"}}, "Merged PR 12: x", False),
        ("azure-devops", {"MERGED": COMPLETED | {"lastMergeCommit": {"commitId": "fed"}}}, "Merged PR 12: x", False),
        ("azure-devops", {"RUNS": []}, "Merged PR 12: x", False),
    ],
)
def test_only_the_run_of_the_merged_pull_request_counts(
    service: str, answers: dict[str, Any], message: str, found: bool, tmp_path: Path
) -> None:
    given = {"MERGED": [MERGED] if service == "github" else COMPLETED, "MADE": [MERGED], "RUNS": RUNS} | answers
    for name in ("gh", "curl"):
        tmp_path.joinpath(name).write_text(SERVICE, encoding="utf-8")
        tmp_path.joinpath(name).chmod(0o700)
    variables = {name: json.dumps(value) for name, value in given.items()} | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "LOG": str(tmp_path / "log"),
        "GITHUB_REPOSITORY": "contoso/tenant",
        "GITHUB_REPOSITORY_OWNER": "contoso",
        "GITHUB_SHA": "def",
        "BUILD_SOURCEVERSION": "def",
        "BUILD_SOURCEVERSIONMESSAGE": message,
        "BUILD_REPOSITORY_ID": "r",
        "SYSTEM_ACCESSTOKEN": "t",
        "API": "https://dev.example/_apis",
        "PLAN_PIPELINE": "1",
    }

    done = script(PIPELINES / service / STAGES[service][1], FETCH[service], tmp_path, tmp_path, **variables)

    log = tmp_path.joinpath("log")
    asked = log.read_text(encoding="utf-8") if log.exists() else ""
    assert (done.returncode == 0) is found, done.stderr
    taken = f"run download 17 --name plans --dir {tmp_path}/plans" in asked or "variable=planRun]17" in done.stdout
    assert taken is found
    assert found or ("download" not in asked and "planRun" not in done.stdout)


@EACH_FILE
def test_a_pipeline_may_log_in_and_no_more_than_it_needs(file: Path) -> None:
    document = content(file)
    if file.parent.name == "github":
        assert document["permissions"]["id-token"] == "write"
        assert document["permissions"]["contents"] == "read"
    else:
        steps = next(value for key, value in walk(document) if key == "steps")
        logging_in = [step for step in steps if runs_ansible(step)]
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

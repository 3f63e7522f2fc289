# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever goes wrong is the result of its task, without secrets, and nothing of it is left for the next item."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _connection
from ansible_collections.powerops.powerplatform.plugins.module_utils._job import InfoJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from tests.emulator.control import Emulator

from .looping import Json, Loop, alone, tokens, told

SECRET = "runner-secret"


class UnforeseenError(Exception):
    """A mistake of ours."""


def failing(error: BaseException) -> object:
    def read(*_all: object, **_more: object) -> Json:
        raise error

    return read


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UnforeseenError(f"with {SECRET} in it"), "UnforeseenError: with "),
        (SystemExit(3), "SystemExit: 3"),
        (KeyError("name"), "KeyError: 'name'"),
        (RecursionError("too deep"), "RecursionError: too deep"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_unforeseen_failure_is_that_of_its_item(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str
) -> None:
    loop = Loop(emulator, "environment_info")
    first = loop.item()
    where = Path.cwd()
    with monkeypatch.context() as patch:
        patch.setattr(type(INFO_KINDS["environment_info"]), "read", failing(error))
        result = loop.item()
    assert result["failed"] is True
    assert result["msg"].startswith(message)
    assert SECRET not in json.dumps(result, default=str)
    assert result["invocation"]["module_args"]["as_admin"] is True
    assert Path.cwd() == where
    # What was shared may be half done: the next one begins anew.
    assert told(loop.item()) == told(first)
    assert tokens(emulator) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit()], ids=["interrupted", "ended"])
def test_what_ends_a_task_from_outside_goes_on(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """The time limit of a task among them, which newer versions of Ansible raise in this way."""
    loop = Loop(emulator, "environment_info")
    loop.item()
    with monkeypatch.context() as patch:
        patch.setattr(type(INFO_KINDS["environment_info"]), "read", failing(error))
        with pytest.raises(type(error)):
            loop.item()
    assert not loop.item().get("failed")
    assert tokens(emulator) == 2


def test_a_failure_before_options_are_known_shows_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the options themselves, of which nobody can tell what is secret then."""

    def spec(_self: object) -> Json:
        raise UnforeseenError(f"with {SECRET} in it")

    monkeypatch.setattr(InfoJob, "spec", property(spec))
    result = Loop(emulator, "environment_info").item()
    assert result["msg"] == "UnforeseenError"
    assert result["failed"] is True
    assert SECRET not in json.dumps(result, default=str)


def test_a_missing_library_is_told_as_by_the_module(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "REQUESTS_IMPORT_ERROR", "ImportError: no requests")
    here = Loop(emulator, "environment_info").item()
    there = alone(emulator, "environment_info")
    assert told(here, []) == told(there, [])
    assert "requests" in here["msg"]
    assert here["failed"]


def test_relative_paths_lead_from_the_playbook(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever folder a process is in, and it is in the same one afterwards."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "ca.pem").write_bytes(Path(emulator.ca_path).read_bytes())
    monkeypatch.chdir(tmp_path / "elsewhere")
    loop = Loop(emulator, "environment_info")
    loop._loader.set_basedir(str(tmp_path / "playbooks"))
    assert not loop.item(ca_path="ca.pem").get("failed")
    assert Path.cwd() == tmp_path / "elsewhere"
    loop._loader.set_basedir(str(tmp_path / "elsewhere"))
    assert loop.item(ca_path="ca.pem", timeout=9)["failed"]


def test_an_answer_that_hands_out_a_token_repeats_no_option_that_holds_it(emulator: Emulator) -> None:
    token = emulator.token("https://service.flow.microsoft.com/.default")
    options = {"auth_method": "access_token", "access_tokens": {"flow": token}, "services": ["flow"]}
    for result in (
        Loop(emulator, "login_info", no_log=True).item(**options),
        alone(emulator, "login_info", no_log=True, **options),
    ):
        assert result["module_defaults"]["access_tokens"] == {"flow": token}
        assert result["invocation"]["module_args"]["auth_method"] == "access_token"
        assert token not in json.dumps(result["invocation"])

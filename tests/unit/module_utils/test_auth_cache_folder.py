# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of access tokens is refused when anybody else has to do with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from tests.emulator.control import Emulator

from .logging_in import FLOW, by_secret, options


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


def refusal(emulator: Emulator, folder: Path) -> str:
    with pytest.raises(OptionError) as caught:
        by_secret(emulator, token_cache_path=str(folder)).tokens.token(FLOW)
    assert caught.value.option == "token_cache_path"
    assert emulator.summary()["total"] == 0, "not even a token was asked for"
    return str(caught.value)


def given(folder: Path, name: str) -> Path:
    """The folder, or a file in it, as it is when all is well."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not name:
        return folder
    path = folder / name
    path.write_text('{"form": 1, "salt": "s", "tokens": {}}', encoding="ascii")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("name", ["", "tokens.json", "tokens.lock"])
@pytest.mark.parametrize("bits", [0o040, 0o020, 0o004, 0o002, 0o001])
def test_a_mode_that_lets_others_in(emulator: Emulator, folder: Path, name: str, bits: int) -> None:
    path = given(folder, name)
    path.chmod((0o600 if name else 0o700) | bits)
    text = refusal(emulator, folder)
    assert f"{path} has the mode" in text
    assert "which lets others in" in text
    assert "mode 0700" in text


@pytest.mark.parametrize("name", ["", "tokens.json", "tokens.lock"])
def test_a_symbolic_link(emulator: Emulator, folder: Path, tmp_path: Path, name: str) -> None:
    path = given(folder, name)
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert f"{path} is a symbolic link" in refusal(emulator, folder)


@pytest.mark.parametrize("name", ["tokens.json", "tokens.lock"])
def test_a_hard_link(emulator: Emulator, folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").hardlink_to(given(folder, name))
    assert "a hard link" in refusal(emulator, folder)


@pytest.mark.parametrize("name", ["", "tokens.json", "tokens.lock"])
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_owner(emulator: Emulator, folder: Path, name: str) -> None:
    os.chown(given(folder, name), 12345, -1)
    assert "belongs to another user (id 12345, not 0)" in refusal(emulator, folder)


def test_what_is_neither_file_nor_folder(emulator: Emulator, folder: Path, tmp_path: Path) -> None:
    given(folder, "")
    os.mkfifo(folder / "tokens.json", 0o600)
    assert "is no file" in refusal(emulator, folder), "nor does it wait for somebody to write into it"
    (folder / "tokens.json").unlink()
    (folder / "tokens.json").mkdir(mode=0o700)
    assert "tokens.json is no file" in refusal(emulator, folder)
    (tmp_path / "file").touch(mode=0o600)
    assert "is no folder" in refusal(emulator, tmp_path / "file")


def test_a_folder_that_cannot_be_made(emulator: Emulator, tmp_path: Path) -> None:
    assert "in a folder that has to be there" in refusal(emulator, tmp_path / "missing" / "tokens")


@pytest.mark.parametrize("path", ["tokens", "./tokens", "~nobody-of-this-name/tokens", "/tokens\0", "~"])
def test_a_path_that_leads_elsewhere(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The folder that a task runs in is most of the time the repository: tokens there are one push from the world."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "relative")
    for given_by in ({"token_cache_path": path}, {}):
        with pytest.raises(OptionError, match="no absolute path") as caught:
            login(
                {**options(emulator, client_secret="s"), **given_by},
                {"POWER_PLATFORM_TOKEN_CACHE_PATH": path},
            )
        assert caught.value.option == "token_cache_path"
    assert list(tmp_path.iterdir()) == []

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools.stage import COLLECTION, clean_copy, live_view, source_files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone in a folder with an awkward name: sources, an ignored cache, a hidden leftover."""
    root = tmp_path / "a clöne"
    for name in ("galaxy.yml", "plugins/modules/thing.py", ".ci/run", ".cache/old", "plugins/__pycache__/x.pyc"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return root


SOURCES = [Path(".ci/run"), Path("galaxy.yml"), Path("plugins/modules/thing.py")]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def test_the_view_is_made_once_and_follows_a_tree_that_moved(tree: Path) -> None:
    base = live_view(tree)
    assert (base / COLLECTION / "galaxy.yml").read_text(encoding="utf-8") == "galaxy.yml"
    assert live_view(tree) == base
    moved = tree.rename(tree.parent / "moved")
    assert (live_view(moved) / COLLECTION).resolve() == moved
    assert [path.name for path in (moved / ".cache/live").iterdir()] == ["ansible_collections"]


def test_without_git_hidden_folders_and_leftovers_are_left_out(tree: Path) -> None:
    assert source_files(tree) == SOURCES


def test_with_git_what_is_ignored_or_deleted_is_left_out(tree: Path) -> None:
    git(tree, "init", "--quiet")
    (tree / ".gitignore").write_text(".cache\n__pycache__\n", encoding="utf-8")
    (tree / "gone.py").touch()
    git(tree, "add", "gone.py")
    (tree / "gone.py").unlink()
    assert source_files(tree) == sorted([*SOURCES, Path(".gitignore")])


def test_a_copy_replaces_what_was_there_and_is_a_repository_of_its_own(tree: Path) -> None:
    git(tree, "init", "--quiet")
    stage = tree / ".cache" / "stage"
    (stage / COLLECTION).mkdir(parents=True)
    (stage / COLLECTION / "stale.py").touch()
    copy = clean_copy(stage, tree)
    assert not (copy / "stale.py").exists()
    assert (copy / "plugins/modules/thing.py").is_file()
    # Else ansible-test would ask the outer repository, which ignores the copy, and test nothing.
    assert (copy / ".git").is_dir()

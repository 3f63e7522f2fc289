# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.tools.stage import COLLECTION, ROOT, clean_copy, live_view, source_files


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


def test_a_release_has_only_what_git_knows(tree: Path) -> None:
    git(tree, "init", "--quiet")
    git(tree, "add", "galaxy.yml", "plugins/modules/thing.py")
    (tree / "secrets.yml").touch()
    (tree / "galaxy.yml").write_text("changed", encoding="utf-8")
    assert source_files(tree, tracked=True) == [Path("galaxy.yml"), Path("plugins/modules/thing.py")]
    copy = clean_copy(tree / ".cache" / "stage", tree, tracked=True)
    assert (copy / "galaxy.yml").read_text(encoding="utf-8") == "changed"
    assert not (copy / "secrets.yml").exists()


def test_without_git_a_release_is_of_the_same_files(tree: Path) -> None:
    assert source_files(tree, tracked=True) == SOURCES


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_dist_packs_what_git_knows_and_leaves_one_artifact(tmp_path: Path) -> None:
    """The real recipe and the real copy; in place of ansible-galaxy, tar."""
    for name in ("Makefile", "tests/tools/stage.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    (tmp_path / "first.yml").touch()
    dist, programs = tmp_path / ".cache" / "dist", tmp_path / ".venv" / "bin"
    dist.mkdir(parents=True)
    (dist / "powerops-powerplatform-0.9.0.tar.gz").touch()
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    galaxy = programs / "ansible-galaxy"
    galaxy.write_text(
        '#!/bin/sh\nfor last; do :; done\ntar -C "$last" -czf "$5/powerops-powerplatform-1.0.0.tar.gz" .\n'
    )
    galaxy.chmod(0o755)
    # Nothing is installed: the environment counts as made.
    command = ["make", "dist", "--old-file=.venv/.installed-run", f"PYTHON={sys.executable}"]
    variables = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    subprocess.run(command, cwd=tmp_path, env=variables, check=True, capture_output=True, timeout=60)

    [artifact] = dist.iterdir()
    assert artifact.name == "powerops-powerplatform-1.0.0.tar.gz"
    with tarfile.open(artifact) as archive:
        packed = {member.name for member in archive if member.isfile() and "/.git/" not in member.name}
    assert packed == {"./Makefile", "./tests/tools/stage.py"}


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

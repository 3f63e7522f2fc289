# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository as the collection that its imports name: `ansible_collections/powerops/powerplatform`.

Ansible and Python find a collection by the names of its folders, and a clone may lie in a folder of any name. So there
are

* a live view, a symbolic link under `.cache/live`, for whatever only reads: pytest, mypy, ansible-playbook;
* a clean copy of the files that git knows or would add, for ansible-test, which refuses a link and writes into the
  tree, and for building, which must not see caches. A release takes only what git knows: somebody's first playbook, or
  a file of secrets, that lies in the clone does not get into it.

    python -m tests.tools.stage live                      make the view, print the folder for ANSIBLE_COLLECTIONS_PATH
    python -m tests.tools.stage copy [--tracked] FOLDER   make the copy below FOLDER, print the copy's own folder
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = Path("ansible_collections", "powerops", "powerplatform")
NOT_SOURCE = frozenset({"__pycache__", "collections", "output"})


def live_view(root: Path = ROOT) -> Path:
    """Make the link if it is not there; safe when several processes do it at once."""
    base = root / ".cache" / "live"
    link = base / COLLECTION
    if link.is_symlink() and link.resolve() == root:
        return base
    link.parent.mkdir(parents=True, exist_ok=True)
    # A rename replaces a stale link (of a tree that was moved) in one step.
    with tempfile.TemporaryDirectory(dir=base) as scratch:
        fresh = Path(scratch, "link")
        fresh.symlink_to(root, target_is_directory=True)
        fresh.replace(link)
    return base


def clean_copy(folder: Path, root: Path = ROOT, *, tracked: bool = False) -> Path:
    """Copy the sources below `folder`, in place of what was there. tracked: as of `source_files`."""
    target = folder / COLLECTION
    if target.exists():
        shutil.rmtree(target)
    for source in source_files(root, tracked=tracked):
        copied = target / source
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / source, copied, follow_symlinks=False)
    if _has_git(root):
        # ansible-test asks the nearest repository for the files; in ours the copy is ignored: it would test nothing.
        subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    return target


def source_files(root: Path = ROOT, *, tracked: bool = False) -> list[Path]:
    """Every source file, relative to `root`: committed, changed or new, but neither ignored nor deleted.

    tracked: without the new ones, which git does not know yet. Without git, nobody can tell these apart.
    """
    if _has_git(root):
        new = [] if tracked else ["--others", "--exclude-standard"]
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", *new],
            cwd=root,
            check=True,
            capture_output=True,
        ).stdout
        found = {Path(os.fsdecode(name)) for name in listed.split(b"\0") if name}
        return sorted(path for path in found if os.path.lexists(root / path))
    return sorted(_walked(root))


def _has_git(root: Path) -> bool:
    return (root / ".git").exists() and shutil.which("git") is not None


def _walked(root: Path) -> Iterator[Path]:
    """Without git, as in an unpacked archive: hidden folders and known leftovers are not source."""
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in NOT_SOURCE and (name in (".ci", ".github") or name[0] != ".")]
        for name in files:
            yield Path(folder, name).relative_to(root)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.stage")
    way = parser.add_subparsers(dest="way", required=True)
    way.add_parser("live", help="a symbolic link to this tree")
    copy = way.add_parser("copy", help="a copy of its source files")
    copy.add_argument("--tracked", action="store_true", help="only of those that git knows, as for a release")
    copy.add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.way == "live":
        print(live_view())
    else:
        print(clean_copy(options.folder.resolve(), tracked=options.tracked))


if __name__ == "__main__":
    main()

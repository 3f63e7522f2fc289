# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine has: Pythons, and environments made with them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.tools.stage import ROOT

_NAME = re.compile(r"python(3\.\d+)")
# Where a shell looks besides the folders of this project.
_SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin")
# In place of the one of who runs this, wherever that lies.
_CONFIG = ROOT / "tests" / "integration" / "integration.cfg"


class GateError(Exception):
    """A gate is closed. The log says why."""


def pythons() -> dict[str, Path]:
    """Each minor version of Python 3 that works here, by its number, the first that is found of each."""
    found: dict[str, Path] = {}
    for path in _candidates():
        name = _NAME.fullmatch(path.name)
        if name and name[1] not in found and (real := _real(path, name[1])):
            found[name[1]] = real
    return found


def _candidates() -> Iterator[Path]:
    folders = [Path(name) for name in os.environ.get("PATH", "").split(os.pathsep) if name]
    # A version manager has more than it shows.
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for folder in (*folders, *sorted(managed.glob("*/bin"), reverse=True)):
        yield from sorted(folder.glob("python3.*"))


def _real(path: Path, version: str) -> Path | None:
    """The interpreter itself; None for a shim of a version that is turned off, and for one that makes no environments.
    An environment's own Python is taken for the one that it was made with."""
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys._base_executable)"
    try:
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return None
    given, _space, real = done.stdout.strip().partition(" ")
    return Path(real) if done.returncode == 0 and given == version else None


def without_blanks(folder: Path) -> Path:
    """The folder, by a path without a blank: ansible-test starts no program of an environment whose path has one."""
    if not re.search(r"\s", str(folder)):
        return folder
    digest = hashlib.sha256(bytes(folder)).hexdigest()[:12]
    link = Path(tempfile.gettempdir()) / f"powerops-gates-{os.getuid()}-{digest}"
    if not (link.is_symlink() and link.lstat().st_uid == os.getuid() and link.readlink() == folder):
        link.unlink(missing_ok=True)
        link.symlink_to(folder, target_is_directory=True)
    return link


class Environment:
    """A virtual environment that is made when it is needed, and made anew when its requirements change.

    folder: where it lies. bin: its programs.
    """

    def __init__(self, folder: Path, python: Path, requirements: Sequence[str], files: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self._python = python
        self._requirements = requirements
        self._files = files

    def make(self, log: Path) -> None:
        # Its own place is written in its programs.
        made_for = (str(self.folder), str(self._python), *self._requirements)
        wanted = "\n".join((*made_for, *(path.read_text("utf-8") for path in self._files)))
        stamp = self.folder / ".made-for"
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        run([self._python, "-m", "venv", "--clear", self.folder], log)
        files = [text for path in self._files for text in ("-r", str(path))]
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([self.bin / "python", *pip, *self._requirements, *files], log)
        stamp.write_text(wanted, "utf-8")


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    folder: Path | None = None,
    path: Sequence[Path] = (),
    variables: Mapping[str, str] | None = None,
) -> str:
    """Runs a command and gives what it printed as its answer; that and its messages go to the end of the log.

    path: where it finds programs, before those of the system. variables: added to an environment that has nothing of
    its owner that would change how Ansible behaves: no variables, no ~/.ansible.cfg, no other libraries. GateError if
    it fails.
    """
    # In a place for bytecode of its owner's, programs that are not told of that place would miss theirs.
    dropped = ("ANSIBLE_", "POWER_PLATFORM_", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    kept |= {"PATH": os.pathsep.join((*map(str, path), *_SYSTEM)), "PYTHONDONTWRITEBYTECODE": "1"}
    kept |= {"ANSIBLE_CONFIG": str(_CONFIG)}
    answer: list[str] = []
    with log.open("a", encoding="utf-8") as messages:
        messages.write(f"$ {' '.join(map(str, command))}\n")
        messages.flush()
        with subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=kept | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
            encoding="utf-8",
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                answer.append(line)
                messages.write(line)
                messages.flush()
    if process.returncode:
        raise GateError(f"{Path(command[0]).name} ended with {process.returncode}")
    return "".join(answer)

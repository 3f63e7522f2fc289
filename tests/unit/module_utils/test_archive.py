# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports from an archive compile each file once, and give the same modules as Python's own importer."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "plugins" / "module_utils" / "_archive.py"
# Counts the compilations of files in the archive, as Python itself announces them.
PROGRAM = """
import sys
archive, prepare = sys.argv[1:]
sys.path.insert(0, archive)
if prepare:
    exec(compile(open(prepare).read(), prepare, "exec"))
seen = []
sys.addaudithook(lambda name, about: name == "compile" and archive in str(about[1]) and seen.append(about[1]))
import package.inner
print(len(seen), package.inner.VALUE, package.inner.__file__ == archive + "/package/inner.py", package.__path__)
"""


@pytest.mark.parametrize(("prepare", "compilations"), [("", 4), (str(SOURCE), 2)])
def test_each_file_is_compiled_once(tmp_path: Path, prepare: str, compilations: int) -> None:
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("package/__init__.py", "NAME = 1\n")
        written.writestr("package/inner.py", "VALUE = 7\n")
    command = [sys.executable, "-c", PROGRAM, str(archive), prepare]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert said == f"{compilations} 7 True ['{archive}/package']"

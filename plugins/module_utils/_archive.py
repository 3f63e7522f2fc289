# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports from the archive in which Ansible ships a module compile each file once.

Python's own importer of archives compiles a file to tell its name, and once more to run it. A task imports a hundred
files that way and has no cache of byte code, so the second compilation is a large part of its time. Importing this
module changes it for all imports that follow; where nothing is imported from an archive, nothing changes.
"""

from __future__ import annotations

import sys
from types import CodeType
from zipimport import zipimporter


class CompileOnce(zipimporter):
    """Python's importer, which remembers what it has compiled."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._compiled: dict[str, CodeType] = {}

    def get_code(self, fullname: str) -> CodeType:
        """The code of a module. Raises ZipImportError when the archive does not hold it."""
        if fullname not in self._compiled:
            self._compiled[fullname] = super().get_code(fullname)
        return self._compiled[fullname]

    def get_filename(self, fullname: str) -> str:
        """Where the module lies in the archive."""
        return self.get_code(fullname).co_filename


sys.path_hooks.insert(0, CompileOnce)
# Importers that were made before are made anew when they are next needed.
for _path in [path for path, importer in sys.path_importer_cache.items() if isinstance(importer, zipimporter)]:
    del sys.path_importer_cache[_path]

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of the source import, as their texts tell it: nothing is run here."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from .collection import MODULE_UTILS, PACKAGE


@functools.cache
def tree(path: Path) -> ast.Module:
    """What a file says."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path, *, top_only: bool = False) -> set[str]:
    """Full names of modules, and of what is taken from them. `top_only` leaves out imports inside functions."""
    found = set()
    for node in _outside_functions(tree(path)) if top_only else ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield child
            yield from _outside_functions(child)


def files_shipped(path: Path) -> set[Path]:
    """A file, what it imports of module_utils, and what that imports: AnsiballZ follows those in functions, too."""
    found: set[Path] = set()
    left = {path}
    while left:
        found |= left
        names = {name for item in left for name in imported(item) if name.startswith(f"{PACKAGE}.")}
        files = {MODULE_UTILS / f"{name.removeprefix(f'{PACKAGE}.').replace('.', '/')}.py" for name in names}
        left = {file for file in files if file.is_file()} - found
    return found

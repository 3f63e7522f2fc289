# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/permissions.md is what the operations declare, and leaves none of them out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.tools.permissions import OUTPUT, noted, resource_rows, table

from .collection import MODULE_UTILS, MODULES, PACKAGE

OPERATIONS: dict[str, Operation] = {
    f"{path.stem}.{name}": value
    for path in sorted((MODULE_UTILS / "_api").glob("[!_]*.py"))
    for name, value in vars(importlib.import_module(f"{PACKAGE}._api.{path.stem}")).items()
    if isinstance(value, Operation)
}
EVERY_OPERATION = pytest.mark.parametrize("operation", [pytest.param(op, id=name) for name, op in OPERATIONS.items()])


def test_the_table_is_what_the_declarations_give() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == table(), "run: make docs-tables"


def test_every_module_has_its_part() -> None:
    headings = [line.removeprefix("## ") for line in table().splitlines() if line.startswith("## ")]

    assert headings == MODULES


@EVERY_OPERATION
def test_every_operation_is_in_it(operation: Operation) -> None:
    assert f"| `{operation.name}` |" in table()


@EVERY_OPERATION
def test_every_operation_declares_what_the_table_needs(operation: Operation) -> None:
    assert operation.permission
    assert operation.contract
    assert operation.contract not in table()
    assert operation.tokens <= {"application", "delegated"}
    assert operation.tokens
    assert not (operation.safe and operation.reads_only), "reads_only is for what does not look like reading"


def test_operations_have_names_of_their_own() -> None:
    names = [operation.name for operation in OPERATIONS.values()]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_maker_s_view_takes_no_application(name: str) -> None:
    """And the administrator's view takes whoever administers."""
    for operation in KINDS[name].operations(SimpleNamespace(as_admin=False)):
        assert operation.tokens == {"delegated"}, operation.name
    for _view, _when, operation in resource_rows(KINDS[name]):
        assert operation.service in {KINDS[name].service, "bap", "graph"}, operation.name


def test_notes_are_taken_of_what_is_asked_for() -> None:
    read = OPERATIONS["bap.GET_ENVIRONMENT"]

    def ask(client: Any, name: str, *, as_admin: bool) -> Iterator[Any]:
        yield client.call(read, {"environment": name})
        if as_admin:
            yield from client.items(read)

    assert noted(ask, "x", as_admin=True) == [read, read]
    assert noted(ask, "x", as_admin=False) == [read]

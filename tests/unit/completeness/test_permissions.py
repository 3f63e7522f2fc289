# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/permissions.md is what the operations declare, and leaves none of them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)
from tests.tools.permissions import OUTPUT, info_rows, noted, resource_rows, rows_of_one, table

from .collection import BULK, MODULES, OPERATIONS

WITHOUT_VIEWS = ("power_platform", "dataverse")
EVERY_OPERATION = pytest.mark.parametrize("operation", [pytest.param(op, id=name) for name, op in OPERATIONS.items()])


def test_the_table_is_what_the_declarations_give() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == table(), "run: make docs-tables"


def test_every_module_has_its_part() -> None:
    headings = [line.removeprefix("## ") for line in table().splitlines() if line.startswith("## ")]

    # What a bulk module sends is what the modules of the kinds send that are declared.
    assert headings == [module for module in MODULES if module not in BULK]


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
    """And the administrator's view takes whoever administers. Power Platform API and Dataverse have no views."""
    kind = KINDS[name]
    own = {operation for as_admin in (True, False) for operation in kind.every_operation(as_admin=as_admin)}

    if "as_admin" in kind.options:
        for operation in kind.every_operation(as_admin=False):
            assert operation.service in WITHOUT_VIEWS or operation.tokens == {"delegated"}, operation.name
    for _view, _when, operation in resource_rows(kind):
        assert operation.service in {kind.service, "bap", "graph"} or operation in own, operation.name


@pytest.mark.parametrize("name", sorted(INFO_KINDS))
def test_the_table_has_what_a_kind_declares_that_only_reads(name: str) -> None:
    """And nothing else but what tells people to every kind."""
    kind = INFO_KINDS[name]
    shown = {operation.name for _view, _when, operation in info_rows(kind)}

    assert shown - {operation.name for operation in kind.operations} <= {"Graph-Batch", "Graph-GetByIds"}
    assert {operation.name for operation in kind.operations} - shown == set()


@pytest.mark.parametrize("name", sorted({**INFO_KINDS, **ACTION_KINDS}))
def test_the_table_of_what_is_about_one_thing_has_all_that_it_sends(name: str) -> None:
    kind = {**INFO_KINDS, **ACTION_KINDS}[name]
    if kind.thing_type is None:
        return
    rows = list(rows_of_one(kind))

    assert {operation.name for _view, _when, operation in rows} == {operation.name for operation in kind.operations}
    if "as_admin" in kind.options:
        assert {view for view, _when, operation in rows if operation.tokens == {"delegated"}} == {"`as_admin: false`"}
    else:  # then one view tells all of it
        assert len({"application" in operation.tokens for operation in kind.operations}) == 1


def test_an_operation_of_both_views_is_in_both() -> None:
    rows = [
        (view, when) for view, when, operation in info_rows(INFO_KINDS["connector_info"]) if _is_catalogue(operation)
    ]

    assert rows == [
        ("`as_admin: true`", "`connector_types` holds `built_in`"),
        ("`as_admin: false`", "`connector_types` holds `custom`"),
        ("`as_admin: false`", "`connector_types` holds `built_in`"),
    ]


def _is_catalogue(operation: Operation) -> bool:
    return operation.name == "Get-Connectors"


def test_notes_are_taken_of_what_is_asked_for() -> None:
    read = OPERATIONS["bap.GET_ENVIRONMENT"]

    def ask(client: Any, name: str, *, as_admin: bool) -> Iterator[Any]:
        yield client.call(read, {"environment": name})
        if as_admin:
            yield from client.items(read)

    assert noted(ask, "x", as_admin=True) == [read, read]
    assert noted(ask, "x", as_admin=False) == [read]

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns of a custom connector in Dataverse, in the words of the options: compared, shown and sent. Pure.

Contract: dataverse-connectors.md 2, 3.6 and 3.7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    CLIENT_SECRET,
    as_text,
    same_document,
    stored,
    without_blanks,
)


class Column(NamedTuple):
    """One column. same: (declared, actual) -> whether they mean the same. send: what is written of a declared value."""

    name: str
    read: Callable[[Any], Any]
    same: Callable[[Any, Any], bool]
    send: Callable[[Any], Any]


def _text(value: Any) -> str:
    return str(value or "")


def _lines(value: Any) -> str:
    return _text(value).replace("\r\n", "\n").replace("\r", "\n")


def _same_lines(declared: Any, actual: Any) -> bool:
    return _lines(declared) == _lines(actual)


def _same_text(declared: Any, actual: Any) -> bool:
    return _text(declared) == _text(actual)


def _column(name: str) -> Column:
    return Column(name, _text, _same_text, _text)


_same_settings = partial(same_document, empty_is_missing=True)


def _settings(name: str, send: Callable[[Any], Any] = as_text, *, lists: bool = False) -> Column:
    """A document in which what is empty says nothing (contract 3.7 rule 3). lists: whether it is a list."""
    return Column(name, _list if lists else stored, _same_settings, send)


def _list(value: Any) -> Any:
    """An empty list for none: what a template makes of null is no list in every ansible-core."""
    return stored(value) or []


def _parameters(value: Any) -> str:
    """A blank stands for a secret that is there, and is never written over it."""
    return as_text(without_blanks(value))


def _policies(value: Any) -> str:
    return as_text(without_blanks(value, CLIENT_SECRET))


# By option.
COLUMNS: Mapping[str, Column] = {
    "display_name": _column("displayname"),
    "description": _column("description"),
    "icon_brand_color": _column("iconbrandcolor"),
    "openapi_definition": Column("openapidefinition", stored, same_document, as_text),
    "connection_parameters": _settings("connectionparameters", _parameters),
    "connection_parameter_sets": _settings("connectionparametersets", _parameters),
    "policy_templates": _settings("policytemplateinstances", _policies, lists=True),
    "script_operations": _settings("scriptoperations", lists=True),
    "script": Column("customcodeblobcontent", _lines, _same_lines, _lines),
}


def actual_values(row: Json) -> Json:
    """What a row says, by option. A document that is empty is null, or an empty list."""
    return {option: column.read(row.get(column.name)) for option, column in COLUMNS.items()}


def changed_values(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> Json:
    """The declared values that differ from what is there."""
    return {option: value for option, value in declared.items() if not COLUMNS[option].same(value, actual.get(option))}


def sent_columns(values: Mapping[str, Any]) -> Json:
    """The columns to write."""
    return {COLUMNS[option].name: COLUMNS[option].send(value) for option, value in values.items()}

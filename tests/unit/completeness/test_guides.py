# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides say what the code says."""

from __future__ import annotations

import inspect
import re

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors

from .collection import COLLECTION, MODULES, PLUGINS, ROOT, documentation, walk

DOCSITE = ROOT / "docs" / "docsite"
# Antsibull's roles for plugins and their options, as `:ansplugin:`name#type`` and `:ansopt:`name#type:option``.
_MARK = re.compile(
    rf":(?P<role>ansplugin|ansopt):`{re.escape(COLLECTION)}\.(?P<name>\w+)#(?P<type>\w+)(?::(?P<option>[\w\[\].]+))?[^`]*`"
)


def guide(stem: str) -> str:
    return (DOCSITE / "rst" / f"{stem}.rst").read_text(encoding="utf-8")


def marks(text: str) -> list[re.Match[str]]:
    """What a guide names of this collection."""
    return list(_MARK.finditer(text))


def exists(name: str, kind: str) -> bool:
    if kind == "role":
        return (ROOT / "roles" / name).is_dir()
    return (PLUGINS / ("modules" if kind == "module" else kind) / f"{name}.py").is_file()


def test_every_type_of_error_is_explained_once() -> None:
    explained = re.findall(r"^   \* - ``(\w+)``$", guide("guide_errors"), re.MULTILINE)
    types = {
        name
        for name, value in vars(_errors).items()
        if inspect.isclass(value) and issubclass(value, _errors.PowerPlatformError)
    }

    assert sorted(explained) == sorted(types - {"PowerPlatformError"})


def test_every_guide_is_in_the_table_of_contents() -> None:
    sections = yaml.safe_load((DOCSITE / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    listed = [name for section in sections for name in section["toctree"]]

    assert sorted(listed) == sorted(path.stem for path in (DOCSITE / "rst").glob("*.rst"))


@pytest.mark.parametrize("stem", sorted(path.stem for path in (DOCSITE / "rst").glob("*.rst")))
def test_what_a_guide_names_is_there(stem: str) -> None:
    text = guide(stem)
    found = marks(text)

    # A mark that is written otherwise is not looked at, and so would never be wrong.
    assert len(found) == len(re.findall(r":ans(?:plugin|opt):`", text))
    for mark in found:
        assert exists(mark["name"], mark["type"]), mark[0]
        if mark["role"] == "ansopt":
            assert mark["type"] == "module", mark[0]
            options = {place for place, _option in walk(documentation(mark["name"]).options, "suboptions")}
            assert mark["option"].replace("[]", "") in options, mark[0]


def test_every_module_has_a_counterpart_in_other_tools_or_is_said_to_have_none() -> None:
    text = guide("guide_coming_from")
    in_table = re.findall(r"^   \* - :ansplugin:`[\w.]+\.(\w+)#module`$", text, re.MULTILINE)
    in_list = re.findall(r"^\* :ansplugin:`[\w.]+\.(\w+)#module`:", text, re.MULTILINE)

    assert sorted(in_table + in_list) == MODULES

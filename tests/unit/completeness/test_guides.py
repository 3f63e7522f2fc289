# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides say what the code says."""

from __future__ import annotations

import inspect
import re

import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors

from .collection import ROOT

DOCSITE = ROOT / "docs" / "docsite"


def test_every_type_of_error_is_explained_once() -> None:
    guide = (DOCSITE / "rst" / "guide_errors.rst").read_text(encoding="utf-8")
    explained = re.findall(r"^   \* - ``(\w+)``$", guide, re.MULTILINE)
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

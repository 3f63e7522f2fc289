# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a named pace keeps its counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _pace_shared


@pytest.fixture
def pace_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(_pace_shared, "_default_directory", lambda: tmp_path / "pace")
    return tmp_path / "pace"

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to run playbooks on both paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.play import Play

from .playing import Runner


@pytest.fixture
def runner(play: Play, tmp_path: Path) -> Runner:
    """Runs playbooks against this tenant."""
    return Runner(play, tmp_path)

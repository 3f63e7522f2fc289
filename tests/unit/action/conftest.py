# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to run playbooks on both paths."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils import _controller
from tests.unit.play import Play

from .playing import Runner


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """A worker of Ansible ends with its task, and need not undo that it silenced them."""
    loggers = [logging.getLogger(name) for name in _controller._LOGGERS]
    before = [(logger.propagate, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (propagate, handlers) in zip(loggers, before, strict=True):
        logger.propagate, logger.handlers = propagate, handlers


@pytest.fixture
def runner(play: Play, tmp_path: Path) -> Runner:
    """Runs playbooks against this tenant."""
    return Runner(play, tmp_path)

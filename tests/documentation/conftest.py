# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users read, followed by a machine. Not below tests/unit, all of which runs on several versions of Ansible."""

from __future__ import annotations

from tests.unit.conftest import emulator, play, running_emulator

__all__ = ["emulator", "play", "running_emulator"]

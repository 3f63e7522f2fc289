# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for a module that runs in the process of a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS


def give(patch: pytest.MonkeyPatch, options: Mapping[str, Any]) -> None:
    """Hands them over as Ansible does, whichever version it is; the result is to hold the invocation."""
    # From 2.21 on only who asks for it is told; before, this option is not known.
    asked = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
    given = {"ANSIBLE_MODULE_ARGS": {**options, **asked}}
    patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
    # ansible-core 2.18 has no profiles.
    patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contract tests need to know of a kind: options to try on the contoso tenant. A new kind adds its row."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.unit.engine.conftest import (
    ADA,
    CALCULATOR,
    EXPENSES,
    FINANCE,
    KIM,
    LEE,
    OFF,
    READERS,
    RESEARCH,
    RUNNING,
    SANDBOX,
    SANDBOX_EXPENSES,
    SANDBOX_FLOW,
)

Json = dict[str, Any]


class Sample(NamedTuple):
    """Options of a kind. Things are named by ids; no two of `differs`, `matches` and `variation` are one thing.

    differs: in Finance Production, and not so in the contoso tenant. matches: in Finance Production, and so already.
    variation: in Finance Sandbox, and not so. names: in place of the ids of `differs`, the display names.
    contradicts: the thing of `differs`, and cannot be true as well.
    unparsable: never right, found without asking anybody; None where the argument spec finds everything.
    forbidden: what a guard refuses once the thing has been read; None where the kind has no guard.
    """

    differs: Json
    matches: Json
    variation: Json
    names: Json
    contradicts: Json
    unparsable: Json | None
    forbidden: Json | None


_EXPENSES = {"environment": FINANCE, "app": EXPENSES}
_RUNNING = {"environment": FINANCE, "flow": RUNNING}

SAMPLES: dict[str, Sample] = {
    "flow_state": Sample(
        differs={**_RUNNING, "state": "stopped"},
        matches={"environment": FINANCE, "flow": OFF, "state": "stopped"},
        variation={"environment": SANDBOX, "flow": SANDBOX_FLOW, "state": "started"},
        names={"environment": "Finance Production", "flow": "Nightly stock export"},
        contradicts={**_RUNNING, "state": "started"},
        unparsable=None,
        forbidden=None,
    ),
    "powerapp_role": Sample(
        differs={
            **_EXPENSES,
            "assignments": [
                {"user": LEE, "role": "CanView"},
                {"group": READERS, "role": "CanViewWithShare"},
                {"everyone": True, "role": "CanView"},
            ],
        },
        matches={
            "environment": FINANCE,
            "app": CALCULATOR,
            "assignments": [{"group": RESEARCH, "role": "CanView"}],
            "exclusive": True,
        },
        variation={"environment": SANDBOX, "app": SANDBOX_EXPENSES, "assignments": [], "exclusive": True},
        names={"environment": "Finance Production", "app": "Expenses"},
        contradicts={**_EXPENSES, "user": LEE, "role": "CanEdit"},
        unparsable={**_EXPENSES, "user": KIM, "state": "absent", "exclusive": True},
        forbidden={**_EXPENSES, "user": ADA, "role": "CanView"},
    ),
}

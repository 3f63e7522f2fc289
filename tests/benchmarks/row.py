# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """A figure, the most that it should be (None: no target is set), and the measurements behind it."""

    name: str
    value: float
    unit: str = "x"
    target: float | None = None
    behind: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        return None if self.target is None else self.value <= self.target

    def cells(self) -> tuple[str, str, str, str]:
        """Texts for the table."""
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        target = "" if self.target is None else f"<= {self.target:g}"
        return self.name, f"{self.value:.4g} {self.unit}", target, verdict

    def as_json(self) -> dict[str, Any]:
        """The row with all that was measured."""
        base = {"name": self.name, "value": self.value, "unit": self.unit, "target": self.target, "met": self.met}
        return {**base, "behind": self.behind}

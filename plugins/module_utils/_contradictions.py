# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several declarations of one call cannot say together: ContradictionError. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import ContradictionError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Target
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import Unit


class Together:
    """What was declared so far, by the index of the item that was the first to say it."""

    def __init__(self) -> None:
        self._views: dict[tuple[str, str, str], tuple[int, bool]] = {}
        self._claimed: dict[tuple[str, str], tuple[int, str]] = {}

    def check_view(self, index: int, kind: AnyKind, target: Target) -> None:
        """One thing is declared in one view."""
        option = kind.thing_type.option
        first, as_admin = self._views.setdefault((option, *target.key[:2]), (index, target.as_admin))
        if as_admin is not target.as_admin:
            raise ContradictionError(
                "as_admin",
                f"items {first} and {index} declare the same {option}, one as administrator and one as maker, and "
                "would be written apart.",
                value=target.as_admin,
                remedy="Declare one thing in one view.",
            )

    def check_claims(self, index: int, kind: AnyKind, desired: Any) -> None:
        """What one call may say once is said once, or each time the same."""
        for claim in kind.claims(desired):
            first, said = self._claimed.setdefault((kind.document, claim.about), (index, claim.said))
            if said != claim.said:
                raise ContradictionError(
                    kind.thing_type.option,
                    f"items {first} and {index} contradict each other over {claim.about}.",
                    remedy=claim.remedy,
                )


def merged(unit: Unit, desired: Any, index: int) -> Any:
    """What the declarations of a unit and one more want together."""
    try:
        return unit.kind.merge(unit.desired, desired)
    except OptionError as error:
        numbers = ", ".join(str(outcome.index) for outcome in unit.outcomes)
        raise ContradictionError(
            error.option, f"items {numbers} and {index} contradict each other: {error.message}", remedy=error.remedy
        ) from error


def gone(before: Unit, unit: Unit) -> ContradictionError:
    """Why nothing can be declared of a thing that an earlier unit deletes."""
    option, thing = unit.kind.thing_type.option, unit.target.thing
    numbers = ", ".join(str(outcome.index) for outcome in before.outcomes)
    return ContradictionError(
        option,
        f"item {numbers} declares that this {option} shall not be there, so that nothing else can be declared of it.",
        value=thing.name or thing.id,
        remedy="Keep one of the items.",
    )

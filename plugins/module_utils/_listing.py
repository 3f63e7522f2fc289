# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things by id and by name, and the errors for what is not among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing


class Listing:
    """Things by id and by name, so that each of thousands of references is found at once."""

    def __init__(self, things: Iterable[Thing], other_id: Callable[[Json], str] | None = None) -> None:
        self._by_id: dict[str, Thing] = {}
        self._by_other_id: dict[str, Thing] = {}
        self._by_name: dict[str, list[Thing]] = {}
        for thing in things:
            if other_id:
                self._by_other_id[other_id(thing.record).casefold()] = thing
            repeated = thing.id and thing.id.casefold() in self._by_id  # pages shift, and some listings overlap
            self._by_id[thing.id.casefold()] = thing
            if not repeated:
                self._by_name.setdefault(thing.name.casefold(), []).append(thing)

    def find(
        self, option: str, wanted: str, *, by_id: bool, where: str
    ) -> Thing | AmbiguousReferenceError | UnknownReferenceError:
        """The one thing that an id or a display name means, or the error that says why there is none.

        A name that is written exactly like one of several that differ in case alone means that one.
        """
        identified = self._by_id.get(wanted.casefold()) or self._by_other_id.get(wanted.casefold())
        if identified or by_id:
            return identified or unknown(option, wanted, where)
        alike = self._by_name.get(wanted.casefold(), [])
        hits = [thing for thing in alike if thing.name == wanted] or alike
        if len(hits) > 1:
            return AmbiguousReferenceError(option, wanted, [(thing.id, thing.name) for thing in hits])
        return hits[0] if hits else unknown(option, wanted, where)


def unknown(option: str, wanted: str, where: str) -> UnknownReferenceError:
    """The error for a reference that leads nowhere."""
    word = f"{option.removesuffix('ies')}y" if option.endswith("ies") else option.removesuffix("s")
    return UnknownReferenceError(
        option,
        f"there is no such {word.replace('_', ' ')} in {where}.",
        value=wanted,
        remedy=(
            "Check the spelling (a display name or an id) and that the identity may see it; check mode cannot see what "
            "an earlier task would have created."
        ),
    )

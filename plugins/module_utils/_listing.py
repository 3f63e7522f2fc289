# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things by id and by name, and the errors for what is not among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing

# How many names are compared for the errors of one listing: thousands of wrong references must not take minutes.
_COMPARED = 50_000
_LONGEST = 256
_SHOWN = 3


class Names:
    """Display names that a look-up saw, for an error to name those that are written nearly like the wanted one."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = list(names)
        self._left = _COMPARED

    def add(self, name: str) -> None:
        """One more."""
        self.names.append(name)

    def similar(self, wanted: str) -> str:
        """A sentence that tells of them; "" when there are none."""
        folded = {name.casefold(): name for name in sorted(self.names) if name and len(name) <= _LONGEST}
        self._left -= len(folded)
        if self._left < 0 or len(wanted) > _LONGEST:
            return ""
        from difflib import get_close_matches  # rarely needed

        # Anybody may choose a name: repr shows what cannot be seen in it.
        alike = [repr(folded[name]) for name in get_close_matches(wanted.casefold(), folded, _SHOWN)]
        return f"Similar: {', '.join(alike)}." if alike else ""


class Listing:
    """Things by id and by name, so that each of thousands of references is found at once.

    names: those of things that are not in it, though the tenant has them. It takes them for its own.
    """

    def __init__(
        self, things: Iterable[Thing], other_id: Callable[[Json], str] | None = None, names: Names | None = None
    ) -> None:
        self._names = names or Names()
        self._by_id: dict[str, Thing] = {}
        self._by_other_id: dict[str, Thing] = {}
        self._by_name: dict[str, list[Thing]] = {}
        for thing in things:
            if other_id:
                self._by_other_id[other_id(thing.record).casefold()] = thing
            repeated = thing.id and thing.id.casefold() in self._by_id  # pages shift, and some listings overlap
            self._by_id[thing.id.casefold()] = thing
            if not repeated:
                self._names.add(thing.name)
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
        return hits[0] if hits else unknown(option, wanted, where, self._names)


def unknown(option: str, wanted: str, where: str, names: Names | None = None) -> UnknownReferenceError:
    """The error for a reference that leads nowhere. names: what it could have led to."""
    word = f"{option.removesuffix('ies')}y" if option.endswith("ies") else option.removesuffix("s")
    return UnknownReferenceError(
        option,
        f"there is no such {word.replace('_', ' ')} in {where}.",
        value=wanted,
        remedy=(
            "Check the spelling (a display name or an id) and that the identity may see it. In check mode, what an "
            "earlier task would have created is not there yet."
        ),
        similar=None if names is None else partial(names.similar, wanted),
    )

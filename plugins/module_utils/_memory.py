# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What look-ups found for one item of a loop, kept for the items that follow."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing

# Seconds. Others may change the tenant, too; a bulk call of some size looks nothing up again for longer.
_LASTS = 300.0


class Memory:
    """Look-ups of one identity. Only what was found is kept: what was missing may have come since.

    kin: the memories of all identities of the loop, this one among them. clock: seconds from any moment.
    used: whether an item was told anything from here, so that what went wrong with it may be out of date.
    """

    def __init__(self, kin: list[Memory], clock: Callable[[], float] = time.monotonic) -> None:
        self.used = False
        self._kin = kin
        self._clock = clock
        self._since = clock()
        kin.append(self)
        self._things: dict[tuple[Hashable, str], Thing] = {}
        self._listings: dict[Hashable, Listing] = {}
        self._principals: dict[Hashable, Sequence[Json]] = {}

    def begin(self) -> None:
        """Another item comes."""
        self.used = False
        if self._clock() - self._since > _LASTS:
            self.forget()

    def thing(self, scope: Hashable, wanted: str, *, by_id: bool) -> Thing | None:
        """What a name or an id meant in a scope: in what was asked, and where it is asked for."""
        thing = self._things.get((scope, wanted))
        listing = self._listings.get(scope)
        if thing is None and listing is not None:
            found = listing.find("", wanted, by_id=by_id, where="")
            thing = found if isinstance(found, Thing) else None
        self.used = self.used or thing is not None
        return thing

    def note_thing(self, scope: Hashable, wanted: str, thing: Thing) -> None:
        """Keeps what a name or an id meant."""
        self._things[(scope, wanted)] = thing

    def note_listing(self, scope: Hashable, listing: Listing) -> None:
        """Keeps a whole listing."""
        self._listings[scope] = listing

    def principal(self, name: Hashable) -> Sequence[Json] | None:
        """The records of the directory that a name of a principal led to."""
        found = self._principals.get(name)
        self.used = self.used or found is not None
        return found

    def note_principal(self, name: Hashable, records: Sequence[Json]) -> None:
        """Keeps the records that a name led to; none and several are no answer that lasts."""
        if len(records) == 1:
            self._principals[name] = records

    def forget_scope(self, scope: Hashable) -> None:
        """Drops what was found in one scope."""
        self._listings.pop(scope, None)
        for key in list(self._things):  # at once, since other threads may add some
            if key[0] == scope:
                self._things.pop(key, None)

    def forget(self) -> None:
        """Drops everything: something in it turned out to be otherwise."""
        self.used = False
        self._since = self._clock()
        self._things.clear()
        self._listings.clear()
        self._principals.clear()

    def forget_everywhere(self) -> None:
        """Drops everything that any identity of the loop knows: they may all look at the same tenant, which changed."""
        for memory in self._kin:
            memory.forget()

    def leave(self) -> None:
        """The identity is not kept any longer."""
        self._kin.remove(self)

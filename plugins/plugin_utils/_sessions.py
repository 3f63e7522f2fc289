# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the items of one looped task share: connections, tokens, pace and what was looked up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Access, Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._memory import Memory

# Logins that a loop over many tenants keeps open.
_KEPT = 8
# Seconds after which a connection is not trusted any longer, as after the pause of a loop.
_IDLE = 60.0


class Sessions:
    """Logins by all that tells one from another. They belong to one loop: for another one, all are made anew.

    clock: seconds from any moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._loop: Hashable = None
        self._logins: dict[Hashable, Login] = {}
        self._memories: list[Memory] = []

    def login(self, loop: Hashable, access: Access, params: Mapping[str, Any], environ: Mapping[str, str]) -> Login:
        """The login of these options. loop: the process and the task. Raises what `access.login` raises."""
        if loop != self._loop:
            self.drop()
            self._loop = loop
        given = json.dumps({name: params.get(name) for name in access.options}, sort_keys=True)
        key = (access.login, given, tuple(environ.items()))
        now = self._clock()
        if now - self._began > _IDLE:
            for idle in self._logins.values():
                idle.connection.renew()
        self._began = now
        login = self._logins.pop(key, None)
        if login is None:
            login = replace(access.login(params, environ), memory=Memory(self._memories))
        self._logins[key] = login
        while len(self._logins) > _KEPT:
            eldest = self._logins.pop(next(iter(self._logins)))
            if eldest.memory:
                eldest.memory.leave()
        return login

    def drop(self) -> None:
        """Forgets all of them."""
        self._logins.clear()
        self._memories.clear()

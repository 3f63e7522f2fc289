# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that take their time, and what is polled of them (power-platform-api.md 3)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from email.utils import formatdate

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..clouds import scope_of_host
from ..platform_model import Operation
from ..world import World
from .clock import now

RUNNING = ("NotStarted", "Running", "Queued", "InProgress")


class Operations:
    """One kind of them. `running` is what the kind calls it while it runs, `finish` does what it was started for."""

    def __init__(
        self, world: World, family: str, running: str, finish: Callable[[Operation], None] = lambda _unused: None
    ) -> None:
        self.world = world
        self.family = family
        self.running = running
        self.finish = finish
        self.all = world.state.tenant.platform.operations

    def start(
        self, call: Call, name: str, *, environment: str, target: str = "", before: str = "", polls: int = 1
    ) -> Operation:
        """ASSUMED: one poll sees it running, unless the fault `operation` says how many, how long, and how it ends."""
        fault = self.world.faults.rule("operation", call)
        rule = {} if fault is None else fault.data
        made = now()
        lasts = rule.get("seconds")
        wait = rule.get("retry_after", 1)
        item = Operation(
            str(uuid.uuid4()),
            self.family,
            name,
            environment,
            target,
            polls=int(rule.get("polls", 0 if lasts is not None else polls)),
            until=None if lasts is None else time.time() + float(lasts),
            status=self.running,
            end=str(rule.get("end", "Succeeded")),
            code=str(rule.get("code", "")),
            message=str(rule.get("message", "")),
            retry_after=None if wait is None else str(wait),
            before=before,
            requested_by=call.oid(),
            created=made,
            modified=made,
        )
        self.world.state.before(self.all, item.id)
        self.all[item.id] = item
        return item

    def started(self, call: Call, item: Operation, path: str, version: str = "1") -> Reply:
        """202 with the address to poll, on the host that was asked."""
        scope = scope_of_host(call.host, call.cloud)
        if scope is not None and scope[0] == "environment":
            path = path.replace(f"/environments/{item.environment}", "")
        headers = {"Operation-Location": f"{call.base}{path}/{item.id}?api-version={version}", **retry_after(item)}
        return Reply(202, None, headers)

    def polled(self, operation_id: str, environment: str | None = None) -> Operation:
        """A poll went by: how the operation stands. Those of another environment are not there."""
        item = self.all.get(operation_id.lower())
        wrong = item is None or item.family != self.family
        if item is None or wrong or (environment is not None and item.environment.lower() != environment.lower()):
            text = f"The operation '{operation_id}' could not be found."
            raise ServiceError(404, envelopes.NO_OPERATION, text)
        if item.status not in RUNNING:
            return item
        self.world.state.in_time(self.all, item.id)
        item.modified = now()
        if item.until is not None and time.time() < item.until:
            return item
        if item.until is None and item.polls > 0:
            item.polls -= 1
            return item
        item.status = item.end
        self.finish(item)
        return item

    def of(self, environment: str) -> list[Operation]:
        """Those of an environment, the newest first (ASSUMED). Looking at them is no poll."""
        found = [item for item in self.all.values() if item.family == self.family]
        return [item for item in found if item.environment.lower() == environment.lower()][::-1]


def retry_after(item: Operation) -> dict[str, str]:
    """Seconds, or the date of the next one; none at the end, nor where the fault says null."""
    if item.retry_after is None or item.status not in RUNNING:
        return {}
    text = formatdate(time.time() + 1, usegmt=True) if item.retry_after == "date" else item.retry_after
    return {"Retry-After": text}

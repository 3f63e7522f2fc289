# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit that all processes of a user on one machine keep together, through a small file.

A slot counts as used from its grant until a whole window after its request has ended. Whenever in between the request
reached the service, the service therefore never sees more than the limit in any window, however the network jitters.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import Limit, too_late

_GRACE = 5.0  # seconds after which a waiter that should have asked again is taken for dead


class Ledger:
    """Who holds and who waits for slots: pure, its caller brings the time (seconds, monotonic) and the lock.

    slots: ticket -> [is a write, is over, when it ended or at the latest will have]. queue: [ticket, is a write, when
    it will ask again], in the order of arrival. `lease`: seconds after which the request of a crashed process is over.
    """

    def __init__(self, limits: tuple[Limit, ...], lease: float) -> None:
        self.limits = limits
        self.lease = lease
        self.slots: dict[str, list[Any]] = {}
        self.queue: list[list[Any]] = []
        self.closed_until = 0.0
        # Processes may divide one limit differently, and so need ends for different times: [of reads, of writes].
        self.keep = [
            max((limit.seconds for limit in limits if not limit.writes_only), default=0.0),
            max((limit.seconds for limit in limits), default=0.0),
        ]

    def ask(self, ticket: str, write: bool, now: float) -> float:
        """0 when the slot is granted, else the seconds (at least) after which asking again can help."""
        self._forget(now)
        if all(waiter[0] != ticket for waiter in self.queue):
            self.queue.append([ticket, write, now])
        ends = [self._ends(limit, now) for limit in self.limits]
        ahead = writes_ahead = 0
        wait = 0.0
        for waiter in self.queue:
            common = wait = max(0.0, self.closed_until - now)
            for limit, taken in zip(self.limits, ends, strict=True):
                if limit.writes_only:
                    wait = max(wait, _opens(limit, taken, writes_ahead, now) if waiter[1] else 0.0)
                else:
                    common = max(common, _opens(limit, taken, ahead, now))
            if waiter[0] == ticket:
                wait = max(wait, common)
                break
            writes_ahead += bool(waiter[1])
            # A write that its own limit holds back does not hold back the reads behind it.
            ahead += wait <= common
        if wait > 0:
            for waiter in self.queue:
                if waiter[0] == ticket:
                    waiter[2] = now + wait
            return wait
        self.withdraw(ticket)
        self.slots[ticket] = [write, False, now + self.lease]
        return 0.0

    def withdraw(self, ticket: str) -> None:
        """Wait no longer."""
        self.queue = [waiter for waiter in self.queue if waiter[0] != ticket]

    def done(self, ticket: str, now: float) -> None:
        """The request of the slot is over."""
        if slot := self.slots.get(ticket):
            slot[1:] = [True, now]

    def close(self, until: float) -> None:
        """Grant nothing before `until`."""
        self.closed_until = max(self.closed_until, until)

    def load(self, state: dict[str, Any], boot: str, now: float, wall: float) -> None:
        """Take over what another process wrote. Raises KeyError, TypeError or ValueError when it is no state."""
        # The monotonic clock is one for all processes, but starts anew with the machine.
        shift = 0.0
        if state["boot"] != boot or state["now"] > now:
            shift = now - state["now"] - max(0.0, wall - state["wall"])
        self.slots = {str(key): [bool(w), bool(over), float(end) + shift] for key, (w, over, end) in state["slots"]}
        self.queue = [[str(key), bool(w), float(at) + shift] for key, w, at in state["queue"]]
        self.closed_until = float(state["closed_until"]) + shift
        self.keep = [max(own, float(other)) for own, other in zip(self.keep, state["keep"], strict=True)]

    def dump(self, boot: str, now: float, wall: float) -> dict[str, Any]:
        """What `load` takes."""
        return {
            "boot": boot,
            "now": now,
            "wall": wall,
            "slots": list(self.slots.items()),
            "queue": self.queue,
            "closed_until": self.closed_until,
            "keep": self.keep,
        }

    def _forget(self, now: float) -> None:
        self.slots = {key: slot for key, slot in self.slots.items() if slot[2] + self.keep[slot[0]] > now}
        self.queue = [waiter for waiter in self.queue if waiter[2] + _GRACE > now]

    def _ends(self, limit: Limit, now: float) -> list[float]:
        """When the slots that count for a limit become free, in order; for a request under way: at the earliest."""
        frees = (
            (end if over else min(end, now)) + limit.seconds
            for write, over, end in self.slots.values()
            if write or not limit.writes_only
        )
        return sorted(free for free in frees if free > now)


def _opens(limit: Limit, ends: list[float], ahead: int, now: float) -> float:
    """Seconds until there is a slot for the one who has `ahead` others before him."""
    index = len(ends) + ahead - limit.calls
    laps = 0
    while index >= len(ends):  # his slot is the one that somebody ahead of him will use first
        index -= limit.calls
        laps += 1
    return (ends[index] - now if index >= 0 else 0.0) + laps * limit.seconds


class SharedGate:
    """The ledger of one host, tenant, client and set of limits, for all processes of this user.

    limits: what this process keeps to; whole: the undivided limits, which name the file. lease: seconds after which no
    request can still be on its way. Raises OptionError when the user's directory is not safe to use.
    """

    def __init__(
        self,
        host: str,
        identity: tuple[str, str],
        limits: tuple[Limit, ...],
        whole: tuple[Limit, ...],
        *,
        lease: float,
        directory: Path | None = None,
    ) -> None:
        self._host = host
        self._limits = limits
        self._lease = lease
        name = hashlib.sha256(json.dumps([host, *identity, whole]).lower().encode()).hexdigest()[:32]
        folder = _own_directory(directory or _default_directory())
        self._state = folder / f"{name}.json"
        self._lock_file = folder / f"{name}.lock"
        self._lock = threading.Lock()
        self._boot = _boot_id()

    def enter(self, write: bool, deadline: float, /) -> str:
        ticket = os.urandom(8).hex()
        waits = True
        try:
            while True:
                with self._ledger() as ledger:
                    now = time.monotonic()
                    wait = ledger.ask(ticket, write, now)
                if wait == 0:
                    waits = False
                    return ticket
                if now + wait > deadline:
                    raise too_late(self._host, wait, deadline - now)
                time.sleep(wait)
        finally:
            if waits:
                with self._ledger() as ledger:
                    ledger.withdraw(ticket)

    def leave(self, ticket: str, throttled: bool, pause: float, /) -> None:
        # The answer is worth more than the slot, which its lease gives back anyway.
        with contextlib.suppress(OptionError), self._ledger() as ledger:
            now = time.monotonic()
            ledger.done(ticket, now)
            if throttled:
                ledger.close(now + pause)

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        """The ledger, held against every other thread and process, written back afterwards."""
        try:
            with self._lock, _open_own(self._lock_file) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                ledger = self._read()
                yield ledger
                # Replaced, not rewritten: a process that dies here leaves the old state, not half a one.
                fresh = self._state.with_suffix(".new")
                with _open_own(fresh) as file:
                    file.truncate()
                    json.dump(ledger.dump(self._boot, time.monotonic(), time.time()), file)
                fresh.replace(self._state)
        except OSError as error:
            raise OptionError("pace", f"the limit cannot be kept in {self._state.parent}: {error}.") from error

    def _read(self) -> Ledger:
        ledger = Ledger(self._limits, self._lease)
        with _open_own(self._state) as file:
            text = file.read()
        if text:
            try:
                ledger.load(json.loads(text), self._boot, time.monotonic(), time.time())
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                raise OptionError(
                    "pace",
                    f"the file {self._state}, which keeps the limit, is damaged.",
                    remedy="Delete it while no task runs.",
                ) from error
        return ledger


def _default_directory() -> Path:
    # Not $XDG_RUNTIME_DIR, $TMPDIR or the home directory: a job of cron and a shell of the same user must find the same
    # place, and it must not be one that several machines mount.
    root = Path("/var/tmp")
    return (root if root.is_dir() else Path(tempfile.gettempdir())) / f"powerops-powerplatform-{os.geteuid()}"


def _own_directory(path: Path) -> Path:
    """Make the directory if need be, and refuse one that somebody else could write to."""
    try:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
    except OSError as error:
        raise OptionError("pace", f"the directory {path}, which keeps the limit, cannot be made: {error}.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise OptionError(
            "pace",
            f"{path} must be a directory (no link) of this user with mode 0700 to keep the limit in.",
            remedy="Find out who made it, then remove it, or use `pace: adaptive`.",
        )
    return path


def _open_own(path: Path) -> Any:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "r+", encoding="utf-8")


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # no such file on this system: a clock that runs backwards tells as well
        return ""

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writing half of a run: apply, then verify by reading back."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    LostAnswerError,
    PowerPlatformError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import Unit, each, settle


def apply_documents(client: Client, documents: Sequence[Sequence[Unit]], verify_delays: Sequence[float]) -> None:
    """Brings each document to its planned state, several documents at a time.

    The units of one document go one after the other, by the rank of their kinds. After the first failure no further
    write is begun. verify_delays: seconds before each further look at a write that is not visible yet.
    """
    stopped: list[Unit] = []

    def apply_document(sharing: Sequence[Unit]) -> None:
        for unit in sorted(sharing, key=lambda unit: unit.kind.rank):
            if unit.plan is None:
                continue
            if unit.plan.refusal:
                settle(unit, changed=False, status=FAILED, error=PowerPlatformError(unit.plan.refusal))
            elif unit.plan.change is None:
                settle(unit, changed=False, status=OK)
            elif not stopped:
                _write(client, unit, verify_delays)
                if not unit.open:
                    stopped.append(unit)

    each(apply_document, documents)


def _write(client: Client, unit: Unit, verify_delays: Sequence[float]) -> None:
    lost: PowerPlatformError | None = None
    try:
        unit.kind.apply(client, unit.target, unit.planned.change)
    except LostAnswerError as error:
        lost = error
    except PowerPlatformError as error:
        settle(unit, changed=_has_changed(client, unit), status=FAILED, error=error)
        return
    try:
        verified = _is_visible(client, unit, verify_delays)
    except PowerPlatformError as error:
        settle(unit, changed=True, status=FAILED, error=lost or error, verified=False)
        return
    if verified:
        settle(unit, changed=True, status=CHANGED, verified=True)
    else:
        settle(unit, changed=True, status=FAILED, error=lost or _not_visible(unit), verified=False)


def _is_visible(client: Client, unit: Unit, verify_delays: Sequence[float]) -> bool:
    """Whether a fresh read needs no further change, within a bounded wait."""
    for delay in (0.0, *verify_delays):
        if delay:
            client.wait(delay)
        if not unit.kind.plan(unit.desired, unit.kind.read(client, unit.target)).differences:
            return True
    return False


def _has_changed(client: Client, unit: Unit) -> bool:
    """Whether a write that failed had an effect all the same. When that cannot be read, it counts as one."""
    try:
        now = unit.kind.plan(unit.desired, unit.kind.read(client, unit.target))
    except PowerPlatformError:
        return True
    return now.before != unit.planned.before


def _not_visible(unit: Unit) -> PowerPlatformError:
    return TransportError(
        f"The service accepted the change to {unit.target.thing.name or unit.target.thing.id}, but its effect was not "
        "visible in time.",
        remedy=(
            "Running again is safe: it reads first, and writes only what is still missing."
            if unit.kind.rerun_safe
            else "Look at it before running again: a repeated write may do it twice."
        ),
    )

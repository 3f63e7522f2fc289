# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind with its samples as declarations, and with the client that may do all of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import Outcome, Report
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.emulator.control import Emulator
from tests.unit.engine import conftest
from tests.unit.engine.conftest import SANDBOX, TOOL_APPLICATION, request
from tests.unit.engine.samples import SAMPLES, Sample

Json = dict[str, Any]

# Kinds that live in an environment. The others have none that could be named wrongly, being made, or read-only.
PLACED = sorted(name for name, kind in KINDS.items() if kind.thing_type.in_environment)


class Subject:
    """What is declared is asked for as the sample's client."""

    def __init__(self, name: str) -> None:
        self.kind: AnyKind = KINDS[name]
        self.sample: Sample = SAMPLES[name]
        self.option = self.kind.thing_type.option
        self.placed = self.kind.thing_type.in_environment

    def request(self, options: Json, **more: Any) -> Request:
        return request(self.kind, **{**options, **more})

    @property
    def differs(self) -> Request:
        return self.request(self.sample.differs)

    @property
    def matches(self) -> Request:
        return self.request(self.sample.matches)

    @property
    def variation(self) -> Request:
        return self.request(self.sample.variation)

    @property
    def reads_of_variation(self) -> str:
        """A pattern of the paths by which the thing of `variation` is read, and no other one."""
        return self.sample.reads or (f"environments/{SANDBOX}/" if self.placed else TOOL_APPLICATION)

    @property
    def names_said(self) -> list[str]:
        """The options that say what something was called."""
        return [
            name for name in ("environment_display_name", f"{self.option}_display_name") if name in self.kind.options
        ]

    def client(self, emulator: Emulator, **options: Any) -> Any:
        return conftest.client(emulator, self.sample.client, **options)

    def run(self, emulator: Emulator, *requests: Request) -> Report:
        return conftest.run(emulator, *requests, name=self.sample.client)

    def plan(self, emulator: Emulator, *requests: Request) -> Report:
        return conftest.plan(emulator, *requests, name=self.sample.client)

    def check(self, emulator: Emulator, *requests: Request) -> Report:
        return conftest.check(emulator, *requests, name=self.sample.client)

    def one(self, emulator: Emulator, wanted: Request) -> Outcome:
        return conftest.one(emulator, wanted, self.sample.client)

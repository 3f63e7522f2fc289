# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registration that lets an application call the admin APIs (contract: powerapps-admin.md, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    DELETE,
    NONE,
    PRESENT,
    Caller,
    Difference,
    Json,
    Plan,
    Target,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import BAP, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._management_applications import (
    MANAGEMENT_APPLICATION,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid


class ManagementApplicationDeclaration(NamedTuple):
    """The options of management_application."""

    thing: str
    absent: bool
    environment: str = ""
    environment_display_name: str | None = None
    display_name: str | None = None
    as_admin: bool = True
    max_removals: int = -1


class DesiredRegistration(NamedTuple):
    """What is declared of one application."""

    target: Target
    absent: bool


class ManagementApplication(Kind[ManagementApplicationDeclaration, DesiredRegistration, bool, bool]):
    """An application that is registered or not: both its current state and its change are a truth value."""

    name = "management_application"
    service = BAP
    wave = 0
    document = "management application"
    thing_type = MANAGEMENT_APPLICATION
    exportable = True
    options: Mapping[str, Json] = {
        "application_id": {"type": "str", "required": True},
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    }

    def parse(self, options: Mapping[str, Any]) -> ManagementApplicationDeclaration:
        application = options["application_id"].strip().lower()
        if not is_guid(application):
            raise OptionError(
                "application_id",
                "this is no application (client) id.",
                value=options["application_id"],
                remedy="Give the GUID that the app registration shows as its application (client) id.",
            )
        return ManagementApplicationDeclaration(application, options["state"] == ABSENT)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (bap.GET_MANAGEMENT_APPLICATION, bap.ADD_MANAGEMENT_APPLICATION, bap.REMOVE_MANAGEMENT_APPLICATION)

    def operations(self, declaration: ManagementApplicationDeclaration) -> tuple[Operation, ...]:
        read, add, remove = self.every_operation(as_admin=True)
        return (read, remove if declaration.absent else add)

    def may_be_missing(self, declaration: ManagementApplicationDeclaration) -> bool:
        return True

    def bind(
        self, declaration: ManagementApplicationDeclaration, target: Target, find: Find, caller: Caller
    ) -> DesiredRegistration:
        del find, caller
        return DesiredRegistration(target, declaration.absent)

    def merge(self, one: DesiredRegistration, other: DesiredRegistration) -> DesiredRegistration:
        if one.absent is not other.absent:
            raise OptionError(
                "state",
                f"another item declares application {one.target.thing.id} differently.",
                value=ABSENT if other.absent else PRESENT,
                remedy="Keep one of the two items.",
            )
        return one

    def listed(self, target: Target) -> bool | None:
        return True if target.exists else None

    def missing(self, caller: Caller) -> bool:
        del caller
        return False

    def read(self, client: Client, target: Target) -> bool:
        try:
            bap.get_management_application(client, target.thing.id)
        except NotFoundError:
            return False
        return True

    def plan(self, desired: DesiredRegistration, current: bool) -> Plan[bool]:
        target, wanted = desired.target, not desired.absent
        before, after = self._render(target, current), self._render(target, wanted)
        if current is wanted:
            return Plan(NONE, before, before)
        registered = {"application_id": target.thing.id}
        difference = Difference(
            self.path(target),
            target.thing.id,
            before=registered if current else None,
            after=registered if wanted else None,
        )
        return Plan(
            CREATE if wanted else DELETE,
            before,
            after,
            differences=(difference,),
            change=wanted,
            removals=int(current),
            writes=1,
        )

    def apply(self, client: Client, target: Target, change: bool) -> None:
        if change:
            bap.add_management_application(client, target.thing.id)
        else:
            bap.remove_management_application(client, target.thing.id)

    def path(self, target: Target) -> str:
        return f"management_applications/{target.thing.id}"

    def _render(self, target: Target, registered: bool) -> Json:
        return {**self.head(target), "state": PRESENT if registered else ABSENT}


KIND = ManagementApplication()

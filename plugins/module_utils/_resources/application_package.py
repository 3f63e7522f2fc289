# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application package that is installed in an environment (contract: power-platform-api.md 3 and 4.2).

The API documents no way to take one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    ConflictError,
    DeadlineError,
    NotFoundError,
    OptionError,
    PowerPlatformError,
    ServiceError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import delays, finish
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    NONE,
    PRESENT,
    UPDATE,
    Caller,
    Difference,
    Exported,
    Json,
    Plan,
    Target,
    Undeclarable,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWER_PLATFORM, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._packages import (
    PACKAGE,
    CurrentPackage,
    catalogue,
    package_of,
)

LATEST = "latest"
_OPTIONS: Mapping[str, Json] = {
    "environment": {"type": "str", "required": True},
    "environment_display_name": {"type": "str"},
    "application_package": {"type": "str", "required": True},
    "application_package_display_name": {"type": "str"},
    "payload_value": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "state": {"type": "str", "choices": [PRESENT, LATEST], "default": PRESENT},
}


class PackageDeclaration(NamedTuple):
    """The options of application_package."""

    environment: str
    environment_display_name: str | None
    thing: str
    display_name: str | None
    latest: bool
    wait: bool
    payload: str | None
    as_admin: bool = True
    max_removals: int = -1


class DesiredPackage(NamedTuple):
    """What is declared of one package. began: whether this run has begun to install it."""

    target: Target
    latest: bool
    wait: bool
    payload: str | None
    began: bool = False


class PackageChange(NamedTuple):
    """An installation, an upgrade or another attempt: the service has one request for all three."""

    payload: str | None
    wait: bool


class ApplicationPackage(Kind[PackageDeclaration, DesiredPackage, CurrentPackage, PackageChange]):
    """A package that is installed, or installed in its newest version."""

    name = "application_package"
    service = POWER_PLATFORM
    wave = 0
    document = "application package"
    thing_type = PACKAGE
    exportable = True
    options = _OPTIONS

    def parse(self, options: Mapping[str, Any]) -> PackageDeclaration:
        return PackageDeclaration(
            environment=options["environment"],
            environment_display_name=options["environment_display_name"],
            thing=options["application_package"],
            display_name=options["application_package_display_name"],
            latest=options["state"] == LATEST,
            wait=options["wait"],
            payload=options["payload_value"],
        )

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (
            bap.LIST_ENVIRONMENTS,
            bap.GET_ENVIRONMENT,
            power_platform.LIST_PACKAGES,
            power_platform.INSTALL_PACKAGE,
            power_platform.GET_PACKAGE_OPERATION,
        )

    def bind(self, declaration: PackageDeclaration, target: Target, find: Find, caller: Caller) -> DesiredPackage:
        del find, caller
        return DesiredPackage(target, declaration.latest, declaration.wait, declaration.payload)

    def merge(self, one: DesiredPackage, other: DesiredPackage) -> DesiredPackage:
        if one[1:] != other[1:]:
            raise OptionError(
                "application_package",
                "another item declares this package differently.",
                value=one.target.thing.id,
                remedy="Keep one of the two items.",
            )
        return one

    def prepare(self, client: Client, desired: DesiredPackage, once: Once) -> DesiredPackage:
        """Waits out an installation that somebody else began, so that none is begun beside it."""
        del once
        if desired.wait and not client.read_only and package_of(desired.target.thing.record).going_on:
            self._wait_out(client, desired.target)
        return desired

    def _wait_out(self, client: Client, target: Target) -> None:
        pauses = delays()
        current = self.read(client, target)
        while current.going_on:
            try:
                client.wait(next(pauses))
                current = self.read(client, target)
            except DeadlineError as error:
                raise DeadlineError(
                    f"Package {target.thing.name or target.thing.id} is {current.state}, and that had not ended when "
                    "the deadline of the task came.",
                    remedy="Raise `deadline`. The service goes on with it; running again looks at how it went.",
                ) from error

    def listed(self, target: Target) -> CurrentPackage | None:
        found = package_of(target.thing.record)
        return None if found.going_on else found

    def read(self, client: Client, target: Target) -> CurrentPackage:
        for record in catalogue(client, target.environment.id):
            if same_text(record["name"], target.thing.id):
                return package_of(record)
        raise NotFoundError(
            f"The catalogue of environment {target.environment.name or target.environment.id} has package "
            f"{target.thing.id} no more.",
            status=404,
            operation=power_platform.LIST_PACKAGES.name,
        )

    def plan(self, desired: DesiredPackage, current: CurrentPackage) -> Plan[PackageChange]:
        head = self.head(desired.target)
        before = {**head, "state": _state(current)}
        facts = {
            "service_state": current.state,
            "version": current.version,
            "available_version": current.available,
            "update_available": current.outdated,
            "last_error": current.error,
        }
        if current.going_on and not (desired.began and desired.wait):
            warning = f"Its state is {current.state}: nothing is begun beside that, and its end is not waited for."
            return Plan(NONE, before, before, warnings=(warning,), facts=facts)
        if current.installed and not (desired.latest and current.outdated):
            return Plan(NONE, before, before, facts=facts)
        after = {**before, "state": LATEST}
        told = f"It is {current.state}: {current.error.rstrip('.') or 'the service gives no reason'}."
        again = current.failed and not desired.began
        return Plan(
            UPDATE if current.installed or current.failed else CREATE,
            before,
            after,
            differences=(
                Difference(
                    self.path(desired.target),
                    desired.target.thing.name,
                    before={"state": current.state, "version": current.version} if current.state else None,
                    after={"state": "Installed", "version": current.available},
                ),
            ),
            change=PackageChange(desired.payload, desired.wait),
            writes=1,
            warnings=(f"{told} It is tried again.",) if again else (),
            facts=facts,
            aside=({"version": current.version}, {"version": current.available}),
            refusal=told if current.failed and desired.began else "",
        )

    def written(self, client: Client, desired: DesiredPackage, change: PackageChange) -> DesiredPackage:
        del client, change
        return desired._replace(began=True)

    def apply(self, client: Client, target: Target, change: PackageChange) -> None:
        environment, package = target.environment.id, target.thing.id
        try:
            begun = power_platform.install_package(client, environment, package, change.payload)
        except ServiceError as error:
            if error.status != 409:
                raise
            # Somebody was faster. What that comes to is planned on once more.
            if change.wait:
                self._wait_out(client, target)
            raise _conflict(error) from error
        if not change.wait:
            return
        what = f"The installation of {target.thing.name or package}"
        try:
            if begun.link:
                finish(client, power_platform.GET_PACKAGE_OPERATION, {"environment": environment}, begun, what)
            else:  # then the catalogue alone tells
                self._wait_out(client, target)
        except UnfinishedError as error:
            raise self._explained(client, target, error) from error
        except PowerPlatformError as error:
            message = f"{what} was begun, and its end was not seen: {error.message}"
            raise UnfinishedError(message, remedy=error.remedy, manual_steps=(), uncertain=True) from error

    def _explained(self, client: Client, target: Target, error: UnfinishedError) -> UnfinishedError:
        """With what the package itself says of its failure, which is more than its operation does."""
        try:
            said = client.redact(self.read(client, target).error)
        except PowerPlatformError:
            said = ""
        more = f" {said}" if said and said not in error.message else ""
        return UnfinishedError(
            f"{error.message}{more}", remedy=error.remedy, manual_steps=error.manual_steps, uncertain=error.uncertain
        )

    def as_listed(self, client: Client, target: Target, once: Once) -> Json | Undeclarable | None:
        del client, once
        found = package_of(target.thing.record)
        if found.installed:
            return {**self.head(target), "wait": False}
        if not found.state:
            return None
        why = f": {found.error.rstrip('.')}" if found.error else ""
        return Undeclarable(f"It is {found.state}{why}. Only what is installed can be declared as it is.")

    def as_found(self, declared: Json, plan: Plan[PackageChange], *, exclusive: bool) -> Exported:
        # `latest` would make drift of every new version, and nobody has said that it is wanted.
        return Exported({**plan.before, "state": PRESENT})

    def head(self, target: Target) -> Json:
        return {name: value for name, value in super().head(target).items() if name != "as_admin"}


def _state(current: CurrentPackage) -> str:
    """What could be declared of it; nobody can declare that it is absent."""
    if not current.installed:
        return ABSENT
    return PRESENT if current.outdated else LATEST


def _conflict(error: ServiceError) -> ConflictError:
    told = ConflictError(
        error.message,
        status=error.status,
        code=error.code,
        service_message=error.service_message,
        operation=error.operation,
        correlation=error.correlation,
        remedy=error.remedy or "The environment is busy with something else: run again when that has ended.",
    )
    told.uncertain = error.uncertain
    return told


KIND = ApplicationPackage()

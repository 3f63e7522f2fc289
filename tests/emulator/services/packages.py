# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application packages and their installation (power-platform-api.md 4.2)."""

from __future__ import annotations

import uuid
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..paging import listing, page_of
from ..platform_model import Installed, Operation, Package
from ..world import World
from .base import folded, json_of
from .clock import seconds
from .operations import Operations, retry_after
from .platform_access import Access
from .platform_routes import NEXT, Serve, enveloped

PAGE = 100  # ASSUMED: only the link is known
# Callers that lack the permission got 401, an application that was registered and had no role among them (5).
_READ = Access("AppManagement.ApplicationPackages.Read", registered=False, refused=401)
_INSTALL = Access("AppManagement.ApplicationPackages.Install", registered=False, refused=401)
_FILTERS = {"installed": True, "notinstalled": False}
_BUSY = ("Installing", "InstallRequested", "InstallScheduled", "InstallRetrying", "Uninstalling", "UninstallRequested")


class Packages:
    def __init__(self, world: World, serve: Serve) -> None:
        self.world = world
        self.state = world.state
        self.catalogue = world.state.tenant.platform.application_packages
        self.operations = Operations(world, "install", "Running", self._finish)
        root = "/appmanagement/environments/{environment}"
        one = f"{root}/applicationPackages/{{}}"
        serve("GET", "/appmanagement/applicationPackages", self._list_tenant, _READ, enveloped)
        serve("GET", f"{root}/applicationPackages", self._list, _READ, enveloped)
        serve("POST", f"{one}/install", self._install, _INSTALL, enveloped)
        serve("GET", f"{root}/operations/{{}}", self._operation, _READ, enveloped)

    # -- lists -------------------------------------------------------------------------------------------------------

    def _list_tenant(self, call: Call) -> Reply:
        rows = [_shown(package, package.version, None) for package in self.catalogue.values()]
        chosen, link = page_of(call, self.world.faults, rows, PAGE)
        return Reply(200, listing(list(chosen), link, NEXT))

    def _list(self, call: Call, environment: Environment) -> Reply:
        """Filters by `appInstallState`; `lcid` chooses the language of the texts (ASSUMED: the catalogue has one)."""
        wanted = call.query.get("appInstallState")
        if wanted is not None and wanted.lower() not in _FILTERS:  # ASSUMED: no other value was seen
            text = f"'{wanted}' is no value of appInstallState."
            raise ServiceError(400, envelopes.BAD_REQUEST, text)
        lcid = call.query.get("lcid")
        if lcid is not None and not lcid.isdigit():
            raise ServiceError(400, envelopes.BAD_REQUEST, f"'{lcid}' is no lcid.")
        rows = [row for package in self.catalogue.values() for row in self._rows(environment, package)]
        if wanted is not None:
            rows = [row for row in rows if (row["state"] == "Installed") == _FILTERS[wanted.lower()]]
        chosen, link = page_of(call, self.world.faults, rows, PAGE)
        return Reply(200, listing(list(chosen), link, NEXT))

    def _rows(self, environment: Environment, package: Package) -> list[dict[str, Any]]:
        """One row, or two (ASSUMED): an older version that is installed, and the newer one that is not."""
        held = environment.packages.get(package.name.lower())
        if held is None:
            return [_shown(package, package.version, None)]
        rows = [_shown(package, held.version or package.version, held, environment)]
        if held.state == "Installed" and held.version and held.version != package.version:
            rows.append(_shown(package, package.version, None))
        return rows

    # -- installation ------------------------------------------------------------------------------------------------

    def _install(self, call: Call, environment: Environment, name: str) -> Reply:
        """Installs, upgrades and tries again: all three are this one request. ASSUMED: 202 for what is there already,
        and 409 while the package is being installed."""
        package = self.catalogue.get(name.lower())
        if package is None:
            text = f"The application package '{name}' could not be found."
            raise ServiceError(404, envelopes.NO_PACKAGE, text)
        unknown = [key for key in folded(json_of(call, envelopes.BAD_REQUEST)) if key != "payloadvalue"]
        if unknown:
            raise ServiceError(400, envelopes.BAD_REQUEST, f"The member '{unknown[0]}' is not allowed here.")
        key = package.name.lower()
        held = environment.packages.get(key)
        if held is not None and held.state in _BUSY:
            text = f"The application package '{package.name}' is being worked on."
            raise ServiceError(409, envelopes.UNDER_WAY, text)
        before = "None" if held is None else held.state
        operation = self.operations.start(
            call, "Install", environment=environment.id, target=package.name, before=before
        )
        self.state.before(environment.packages, key)
        if held is None:
            environment.packages[key] = Installed(package.name, package.version, "Installing")
        else:
            held.state, held.error = "Installing", {}
        root = f"/appmanagement/environments/{environment.id}"
        return self.operations.started(call, operation, f"{root}/operations")

    def _finish(self, operation: Operation) -> None:
        """What the end of an operation made of the package. ASSUMED: what was cancelled is as it was before."""
        environment = self.state.environment(operation.environment)
        key = operation.target.lower()
        held = None if environment is None else environment.packages.get(key)
        if environment is None or held is None or held.state != "Installing":
            return
        self.state.in_time(environment.packages, key)
        if operation.status == "Succeeded":
            held.state, held.version = "Installed", self.catalogue[key].version
        elif operation.status == "Canceled":
            held.state = operation.before or "None"
        else:
            held.state, held.error = "InstallFailed", _error(operation)

    def _operation(self, _unused: Call, environment: Environment, operation_id: str) -> Reply:
        item = self.operations.polled(operation_id, environment.id)
        shape: dict[str, Any] = {
            "operationId": item.id,
            "createdDateTime": seconds(item.created),
            "lastActionDateTime": seconds(item.modified),
            "status": item.status,
            "statusMessage": "",
        }
        if item.status == "Failed":
            shape["error"] = _error(item)
            shape["statusMessage"] = shape["error"]["message"]
        elif item.status == "Canceled":
            shape["statusMessage"] = item.message or "The operation was canceled."
        return Reply(200, shape, retry_after(item))


def _error(operation: Operation) -> dict[str, Any]:
    """ASSUMED: the members besides `errorCode` and `message`."""
    return {
        "errorName": operation.code or "PackageInstallationFailed",
        "errorCode": -2147188706,
        "message": operation.message or f"The installation of '{operation.target}' failed.",
        "type": "Error",
        "statusCode": 500,
        "source": "ApplicationPackageInstallation",
    }


def _shown(
    package: Package, version: str, held: Installed | None, environment: Environment | None = None
) -> dict[str, Any]:
    """As on the wire: `crmMinversion`, `crmMaxVersion` and `errorDetails`, which the documents call otherwise."""
    instance = None
    if held is not None and environment is not None and held.state != "None":
        instance = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{environment.id} {package.name}".lower()))
    own = version == package.version
    return {
        "id": package.id if own else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{package.name} {version}".lower())),
        "uniqueName": package.name,
        "version": version,
        "localizedName": package.title,
        "localizedDescription": package.description,
        "applicationId": package.application_id or str(uuid.uuid5(uuid.NAMESPACE_URL, package.name.lower())),
        "applicationName": package.application or package.title,
        "applicationDescription": package.description,
        "applicationVisibility": package.visibility,
        "catalogVisibility": package.visibility if package.visibility in ("None", "All") else "AdminCenter",
        "state": "None" if held is None else held.state,
        "publisherName": package.publisher,
        "publisherId": package.publisher_id or str(uuid.uuid5(uuid.NAMESPACE_URL, package.publisher.lower())),
        "learnMoreUrl": package.learn_more,
        "singlePageApplicationUrl": None,
        "customHandleUpgrade": False,
        "instancePackageId": instance,
        "startDateUtc": "0001-01-01T00:00:00",
        "endDateUtc": "9999-12-31T00:00:00",
        "supportedCountries": package.countries,
        "crmMinversion": "9.2.0.0",
        "crmMaxVersion": "9.9.9999.9999",
        "errorDetails": (held.error or None) if held is not None else None,
    }

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application packages of environments, as facts (contract: power-platform-api.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import SELECTION_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import (
    LOOKING_OPTIONS,
    LookingKind,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._packages import (
    CurrentPackage,
    catalogue,
    package_of,
)

INSTALLED = "installed"
NOT_INSTALLED = "not_installed"
FAILED = "failed"
GOING_ON = "in_progress"


class ApplicationPackageInfo(LookingKind):
    """All packages, or those that are chosen."""

    name = "application_package_info"
    answer = "application_packages"
    option = "application_package"
    options: Mapping[str, Json] = {
        **SELECTION_OPTIONS,
        **LOOKING_OPTIONS,
        "application_packages": {"type": "list", "elements": "str"},
        "states": {"type": "list", "elements": "str", "choices": [INSTALLED, NOT_INSTALLED, FAILED, GOING_ON]},
        "update_available": {"type": "bool"},
    }
    operations = (bap.LIST_ENVIRONMENTS, power_platform.LIST_PACKAGES)

    @staticmethod
    def is_id(text: str) -> bool:
        """Unique names are texts like any other."""
        del text
        return False

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        del options
        return catalogue(client, environment.id)

    def describe(self, record: Json) -> Json:
        package, row = package_of(record), record["package"]
        return {
            "state": _state(package),
            "service_state": package.state,
            "version": package.version,
            "available_version": package.available,
            "update_available": package.outdated,
            "publisher": row.get("publisherName") or "",
            "description": row.get("localizedDescription") or row.get("applicationDescription") or "",
            "application_id": row.get("applicationId") or "",
            "learn_more_url": row.get("learnMoreUrl") or "",
            "last_error": package.error,
        }

    def keeps(self, row: Json, options: Mapping[str, Any]) -> bool:
        states, update = options["states"], options["update_available"]
        return (states is None or row["state"] in states) and update in (None, row["update_available"])

    def filters(self, options: Mapping[str, Any]) -> bool:
        return options["states"] is not None or options["update_available"] is not None


def _state(package: CurrentPackage) -> str:
    if package.installed:
        return INSTALLED
    if package.going_on:
        return GOING_ON
    return FAILED if package.failed else NOT_INSTALLED


KIND = ApplicationPackageInfo()

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the value of an option comes from: the task, or one of the environment variables that administrators know.

The names are those of Microsoft's Terraform provider for Power Platform, then those of the Azure tools, then those that
a pipeline sets by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError

# Places, best first. The variables of a pipeline count little: nobody chose them, they are simply there. Those of the
# platform count least: whatever runs in an app of Azure has them.
TASK, OWN, SHARED, PIPELINE, PLATFORM = range(5)
PLACES = (
    "the task",
    "POWER_PLATFORM_* variables",
    "AZURE_* and ARM_* variables",
    "variables of the pipeline",
    "variables of the platform",
)

SYSTEM_REQUEST_URL = "SYSTEM_OIDCREQUESTURI"
# Both are set where App Service and its kin offer a managed identity.
IDENTITY_ENDPOINT = "IDENTITY_ENDPOINT"
_IDENTITY_HEADER = "IDENTITY_HEADER"
SWITCHES: Mapping[str, tuple[str, ...]] = {
    "workload_identity": ("POWER_PLATFORM_USE_OIDC", "ARM_USE_OIDC"),
    "managed_identity": ("POWER_PLATFORM_USE_MSI",),
    "azure_cli": ("POWER_PLATFORM_USE_CLI",),
}
_CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PIPELINE = (
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    SYSTEM_REQUEST_URL,
    "SYSTEM_ACCESSTOKEN",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURESUBSCRIPTION_TENANT_ID",
    "AZURESUBSCRIPTION_CLIENT_ID",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
)

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "tenant_id": ("POWER_PLATFORM_TENANT_ID", "AZURE_TENANT_ID", "ARM_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"),
    "client_id": ("POWER_PLATFORM_CLIENT_ID", "AZURE_CLIENT_ID", "ARM_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"),
    "client_secret": ("POWER_PLATFORM_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"),
    "client_certificate": ("POWER_PLATFORM_CLIENT_CERTIFICATE", "ARM_CLIENT_CERTIFICATE"),
    "client_certificate_file_path": (
        "POWER_PLATFORM_CLIENT_CERTIFICATE_FILE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "ARM_CLIENT_CERTIFICATE_PATH",
    ),
    "client_certificate_password": (
        "POWER_PLATFORM_CLIENT_CERTIFICATE_PASSWORD",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "ARM_CLIENT_CERTIFICATE_PASSWORD",
    ),
    "oidc_token": ("POWER_PLATFORM_OIDC_TOKEN", "ARM_OIDC_TOKEN"),
    "oidc_token_file_path": (
        "POWER_PLATFORM_OIDC_TOKEN_FILE_PATH",
        "ARM_OIDC_TOKEN_FILE_PATH",
        "AZURE_FEDERATED_TOKEN_FILE",
    ),
    "oidc_request_url": (
        "POWER_PLATFORM_OIDC_REQUEST_URL",
        "POWER_PLATFORM_OIDC_REQUEST_URI",
        "ARM_OIDC_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        SYSTEM_REQUEST_URL,
    ),
    "oidc_request_token": (
        "POWER_PLATFORM_OIDC_REQUEST_TOKEN",
        "ARM_OIDC_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "SYSTEM_ACCESSTOKEN",
    ),
    "azdo_service_connection_id": (
        "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID",
        "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
        "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    ),
    "managed_identity_object_id": ("POWER_PLATFORM_MANAGED_IDENTITY_OBJECT_ID",),
    "managed_identity_resource_id": ("POWER_PLATFORM_MANAGED_IDENTITY_RESOURCE_ID",),
    "token_cache_path": ("POWER_PLATFORM_TOKEN_CACHE_PATH",),
    "cloud": ("POWER_PLATFORM_CLOUD",),
    "base_url": ("POWER_PLATFORM_BASE_URL",),
    "ca_path": ("POWER_PLATFORM_CA_PATH", *_CA_BUNDLES),
}


@dataclass(frozen=True)
class Given:
    """A value and the place it comes from, as a rank (TASK, OWN, ...) and in words (the variable's name)."""

    value: Any = field(repr=False)
    place: int
    source: str


def resolve(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Given]:
    """Every option that has a value: from the task, else from the first of its variables that is set.

    Blank counts as not given, since that is what a variable that is not set looks like in a playbook. Without an
    `auth_method` in the task, one of SWITCHES that is true stands for it; OptionError when several are.
    IDENTITY_ENDPOINT is no option, and tells that a managed identity is at hand.
    """
    given = look_up(options, environ, VARIABLES)
    if options.get("auth_method") in (None, "auto"):
        given.pop("auth_method", None)
        switched = _switched(environ)
        if switched is not None:
            given["auth_method"] = switched
    if environ.get(IDENTITY_ENDPOINT, "").strip() and environ.get(_IDENTITY_HEADER, "").strip():
        given[IDENTITY_ENDPOINT] = Given(environ[IDENTITY_ENDPOINT], PLATFORM, IDENTITY_ENDPOINT)
    return given


def look_up(
    options: Mapping[str, Any], environ: Mapping[str, str], known: Mapping[str, tuple[str, ...]]
) -> dict[str, Given]:
    """Every option that has a value, where `known` names the variables that may stand in for options."""
    given = {
        name: Given(value, TASK, PLACES[TASK])
        for name, value in options.items()
        if value is not None and (not isinstance(value, str) or value.strip())
    }
    for name, variables in known.items():
        if name in given:
            continue
        variable = next((variable for variable in variables if environ.get(variable, "").strip()), None)
        if variable is not None:
            given[name] = Given(environ[variable], _place(variable), variable)
    return given


def empty(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, list[str]]:
    """By option: what stands for it and is blank, the option itself or its variables."""
    found: dict[str, list[str]] = {}
    for name, variables in VARIABLES.items():
        texts = {name: options.get(name), **{variable: environ.get(variable) for variable in variables}}
        blank = [source for source, text in texts.items() if isinstance(text, str) and not text.strip()]
        if blank:
            found[name] = blank
    return found


def _switched(environ: Mapping[str, str]) -> Given | None:
    """The way to log in that is switched on, in the best place where one is."""
    on = [
        Given(way, _place(switch), switch)
        for way, switches in SWITCHES.items()
        for switch in switches
        if environ.get(switch, "").strip().lower() in ("true", "1")
    ]
    best = [switch for switch in on if switch.place == min(item.place for item in on)]
    if len(best) > 1:
        raise OptionError(
            "auth_method",
            f"{' and '.join(switch.source for switch in best)} are both true in the environment.",
            remedy="Turn one of them off, or say in auth_method which way you mean.",
        )
    return best[0] if best else None


def _place(variable: str) -> int:
    if variable in _PIPELINE:
        return PIPELINE
    return OWN if variable.startswith("POWER_PLATFORM_") else SHARED

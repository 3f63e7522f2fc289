# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts and audiences of each cloud (auth-clouds-throttling.md, section 2), and which service a host or a path is."""

from __future__ import annotations

from dataclasses import dataclass

from . import avepoint_hosts

LOGIN, GRAPH, BAP, POWERAPPS, FLOW = "login", "graph", "bap", "powerapps", "flow"
POWER_PLATFORM = "power_platform"
DATAVERSE = "dataverse"
AVEPOINT, AVEPOINT_LOGIN = "avepoint", "avepoint_login"
MANAGED_IDENTITY = "managed_identity"
CONTROL = "control"
TOKEN_SERVICES = frozenset({LOGIN, AVEPOINT_LOGIN})


@dataclass(frozen=True, slots=True)
class Cloud:
    name: str
    login: str
    graph: str
    bap: str
    powerapps: str
    flow: str
    platform: str
    powerapps_audience: str
    flow_audience: str
    arm_audience: str
    dataverse_suffix: str


CLOUDS: tuple[Cloud, ...] = (
    Cloud(
        "public",
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "api.bap.microsoft.com",
        "api.powerapps.com",
        "api.flow.microsoft.com",
        "api.powerplatform.com",
        "https://service.powerapps.com/",
        "https://service.flow.microsoft.com/",
        "https://management.azure.com/",
        "dynamics.com",
    ),
    Cloud(
        "gcc",
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "gov.api.bap.microsoft.us",
        "gov.api.powerapps.us",
        "gov.api.flow.microsoft.us",
        "api.gov.powerplatform.microsoft.us",
        "https://gov.service.powerapps.us/",
        "https://gov.service.flow.microsoft.us/",
        "https://management.usgovcloudapi.net/",
        "dynamics.com",
    ),
    Cloud(
        "gcchigh",
        "login.microsoftonline.us",
        "graph.microsoft.us",
        "high.api.bap.microsoft.us",
        "high.api.powerapps.us",
        "high.api.flow.microsoft.us",
        "api.high.powerplatform.microsoft.us",
        "https://high.service.powerapps.us/",
        "https://high.service.flow.microsoft.us/",
        "https://management.usgovcloudapi.net/",
        "microsoftdynamics.us",
    ),
    Cloud(
        "dod",
        "login.microsoftonline.us",
        "dod-graph.microsoft.us",
        "api.bap.appsplatform.us",
        "api.apps.appsplatform.us",
        "api.flow.appsplatform.us",
        "api.appsplatform.us",
        "https://service.apps.appsplatform.us/",
        "https://service.flow.appsplatform.us/",
        "https://management.usgovcloudapi.net/",
        "appsplatform.us",
    ),
    Cloud(
        "china",
        "login.chinacloudapi.cn",
        "microsoftgraph.chinacloudapi.cn",
        "api.bap.partner.microsoftonline.cn",
        "api.powerapps.cn",
        "api.powerautomate.cn",
        "api.powerplatform.partner.microsoftonline.cn",
        "https://service.powerapps.cn/",
        "https://service.powerautomate.cn/",
        "https://management.chinacloudapi.cn",
        "dynamics.cn",
    ),
)
PUBLIC = CLOUDS[0]
LOGIN_ALIASES = ("login.partner.microsoftonline.cn", "login.windows.net")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
DATAVERSE_REGIONS = ("crm", *(f"crm{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 19, 20, 21)))

_EXACT: dict[str, tuple[str, Cloud]] = dict.fromkeys(LOGIN_ALIASES, (LOGIN, PUBLIC))
for _cloud in reversed(CLOUDS):  # reversed: hosts that public and gcc share belong to public
    for _service in (LOGIN, GRAPH, BAP, POWERAPPS, FLOW):
        _EXACT[getattr(_cloud, _service)] = (_service, _cloud)
    _EXACT[_cloud.platform] = (POWER_PLATFORM, _cloud)
# AvePoint's environments are none of Microsoft's clouds.
_AVEPOINT = {
    **dict.fromkeys(avepoint_hosts.DATA, AVEPOINT),
    **dict.fromkeys(avepoint_hosts.ISSUERS, AVEPOINT_LOGIN),
}

_PATHS = (
    ("/providers/microsoft.powerapps", POWERAPPS),
    ("/providers/microsoft.businessappplatform", BAP),
    ("/providers/powerplatform.governance", BAP),
    ("/providers/microsoft.processsimple", FLOW),
    ("/connectivity", POWER_PLATFORM),
    ("/licensing", POWER_PLATFORM),
    ("/appmanagement", POWER_PLATFORM),
    ("/environmentmanagement", POWER_PLATFORM),
    ("/authorization", POWER_PLATFORM),
    ("/smp", AVEPOINT),
    (avepoint_hosts.TOKEN_PATH, AVEPOINT_LOGIN),
    ("/v1.0", GRAPH),
    ("/common/discovery/instance", LOGIN),
    ("/metadata/identity", MANAGED_IDENTITY),
    ("/msi", MANAGED_IDENTITY),
)


def service_of_host(host: str) -> tuple[str, Cloud | None] | None:
    """The service and cloud that a host name belongs to; regional names belong to their parent."""
    if host in _AVEPOINT:
        return _AVEPOINT[host], None
    found = _EXACT.get(host)
    if found is None and "." in host:
        parent = _EXACT.get(host.split(".", 1)[1])
        if parent is not None and parent[0] in (BAP, POWERAPPS, FLOW):
            return parent
        for cloud in CLOUDS:
            if scope_of_host(host, cloud) is not None:
                return POWER_PLATFORM, cloud
        organisation = organisation_of_host(host)
        if organisation is not None:
            return DATAVERSE, next(cloud for cloud in CLOUDS if organisation[1] in dataverse_hosts(cloud))
    return found


def dataverse_hosts(cloud: Cloud) -> list[str]:
    """The region suffixes of a cloud (2.4): an organisation's name stands in front."""
    regions = DATAVERSE_REGIONS if cloud is PUBLIC else ("crm9",) if cloud.name == "gcc" else ("crm",)
    return [f"{region}.{cloud.dataverse_suffix}" for region in regions if cloud is not PUBLIC or region != "crm9"]


def organisation_of_host(host: str) -> tuple[str, str] | None:
    """The organisation's name and its region suffix, of `{org}.{suffix}` and of `{org}.api.{suffix}`."""
    organisation, _unused, suffix = host.lower().partition(":")[0].partition(".")
    suffix = suffix.removeprefix("api.")
    return (organisation, suffix) if organisation and suffix in _DATAVERSE_HOSTS else None


def dataverse_origins(organisation: str, suffix: str) -> frozenset[str]:
    """The audiences of an organisation: the origin of either form of its host."""
    return frozenset({f"https://{organisation}.{suffix}".lower(), f"https://{organisation}.api.{suffix}".lower()})


def scope_of_host(host: str, cloud: Cloud | None) -> tuple[str, str] | None:
    """`environment` or `tenant`, and the id without hyphens, of `{head}.{tail}.{scope}.{platform host}` (2.6).

    The tail is the id's last two characters in the public cloud and its last one elsewhere; with any other tail there
    is no such host.
    """
    parts = host.lower().partition(":")[0].split(".", 3)
    if cloud is None or len(parts) != 4 or len(parts[1]) != (2 if cloud is PUBLIC else 1):
        return None
    for scope in ("environment", "tenant"):
        if f"{parts[2]}.{parts[3]}" == f"{scope}.{cloud.platform}":
            return scope, f"{parts[0]}{parts[1]}"
    return None


def service_of_path(path: str) -> str | None:
    """The service that a path belongs to when it is asked of a loopback name."""
    low = path.lower()
    for prefix, service in _PATHS:
        if low == prefix or low.startswith(prefix + "/"):
            return service
    if "/oauth2/" in low or low.endswith(("/.well-known/openid-configuration", "/discovery/v2.0/keys")):
        return LOGIN
    return None


def audiences(service: str, cloud: Cloud | None) -> frozenset[str]:
    """Accepted audiences without their last slash; every cloud's when the request named no cloud (loopback)."""
    return _AUDIENCES[service, cloud.name if cloud else ""]


def _audiences_of(service: str, cloud: Cloud) -> set[str]:
    if service == GRAPH:
        found = {f"https://{cloud.graph}", GRAPH_APP_ID}
    elif service == FLOW:
        found = {cloud.flow_audience, cloud.arm_audience, PUBLIC.arm_audience, cloud.powerapps_audience}
    elif service == BAP:
        found = {cloud.powerapps_audience, f"https://{cloud.bap}"}
    elif service == POWER_PLATFORM:
        found = {f"https://{cloud.platform}"}  # the audience is the host's own origin in every cloud (2.3)
    else:
        found = {cloud.powerapps_audience}
    return {text.rstrip("/").lower() for text in found}


_AUDIENCES: dict[tuple[str, str], frozenset[str]] = {}
for _service in (GRAPH, FLOW, BAP, POWERAPPS, POWER_PLATFORM):
    _every: set[str] = set()
    for _cloud in CLOUDS:
        _one = _audiences_of(_service, _cloud)
        _every |= _one
        _AUDIENCES[_service, _cloud.name] = frozenset(_one)
    _AUDIENCES[_service, ""] = frozenset(_every)


_DATAVERSE_HOSTS = frozenset(suffix for cloud in CLOUDS for suffix in dataverse_hosts(cloud))


def certificate_names() -> list[str]:
    """Every name that the certificate carries, wildcards for organisations, regions and environment hosts."""
    names = {"localhost", "127.0.0.1", *LOGIN_ALIASES}
    for cloud in CLOUDS:
        names |= {cloud.login, cloud.graph}
        for host in (cloud.bap, cloud.powerapps, cloud.flow):
            names |= {host, f"*.{host}"}
        names.add(cloud.platform)
        for suffix in dataverse_hosts(cloud):
            names |= {f"*.{suffix}", f"*.api.{suffix}"}
    names |= set(avepoint_hosts.CERTIFICATE_NAMES)
    return sorted(names)


def is_environment_host(host: str) -> bool:
    """Whether a name is `{head}.{tail}.environment|tenant.{platform host}`: too many tails for one certificate."""
    parts = host.lower().split(".", 3)
    suffixes = {f"{scope}.{cloud.platform}" for cloud in CLOUDS for scope in ("environment", "tenant")}
    return len(parts) == 4 and f"{parts[2]}.{parts[3]}" in suffixes

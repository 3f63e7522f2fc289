# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts and audiences of every cloud, each of which a user may override one by one.

Source: contract `auth-clouds-throttling`, sections 1 and 2; links to other hosts: `flow-management`, section 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    FLOW,
    GRAPH,
    POWER_PLATFORM,
    POWERAPPS,
)

SERVICES = (BAP, POWERAPPS, FLOW, POWER_PLATFORM, GRAPH)
AUTHORITY = "authority"


class Cloud(NamedTuple):
    """One cloud after the user's overrides.

    authority: URL of the login service without tenant and without a closing slash.
    endpoints: service -> base URL without a closing slash (it may have a path).
    audiences: service -> audience exactly as registered; a closing slash belongs to it.
    siblings: service -> hosts that its links may name besides its own; `*.` stands for one or more labels.
    label_length: characters of an environment's id that make the second label of its own host (contract, 2.6).
    """

    name: str
    authority: str
    endpoints: Mapping[str, str]
    audiences: Mapping[str, str]
    siblings: Mapping[str, tuple[str, ...]]
    label_length: int

    def environment_base(self, service: str, environment: str) -> str:
        """The base URL of the host that an environment has of its own (contract, 2.6)."""
        parts = urlsplit(self.endpoints[service])
        label = environment.replace("-", "").lower()
        if not (label.isascii() and label.isalnum() and len(label) > self.label_length):
            raise OptionError("environment", "cannot be part of a host name.", value=environment)
        head, tail = label[: -self.label_length], label[-self.label_length :]
        return f"{parts.scheme}://{head}.{tail}.environment.{parts.netloc}{parts.path}"

    def owns_organization(self, host: str) -> bool:
        """Whether a host is one of Dataverse: a token for an organisation goes nowhere else (contract, 2.4)."""
        return _ORGANIZATION.fullmatch(host.lower()) is not None

    def owns_host(self, service: str, host: str) -> bool:
        """Whether a link to `host`, with or without a port, may be followed, with the service's base URL put in."""
        name = host.lower().rpartition("@")[2].partition(":")[0]
        if service not in self.endpoints:  # each organisation has a host of its own
            return False
        if name == urlsplit(self.endpoints[service]).hostname:
            return True
        return any(
            name.endswith(sibling[1:]) if sibling.startswith("*.") else name == sibling
            for sibling in self.siblings[service]
        )


def scope(audience: str) -> str:
    """The scope to ask for. An audience that ends in a slash gives the double slash of the contract's section 1."""
    return f"{audience}/.default"


# {org}.{region}, and {org}.api.{region}, in every cloud.
_ORGANIZATION = re.compile(
    r"[a-z0-9-]+(\.api)?\.crm(\d*\.dynamics\.com|\.microsoftdynamics\.us|\.appsplatform\.us|\.dynamics\.cn)"
)
# name: authority, bap, powerapps, flow, power_platform, graph, audience of powerapps and bap, of flow, ARM host, label
_CLOUDS = {
    "public": (
        "login.microsoftonline.com",
        "api.bap.microsoft.com",
        "api.powerapps.com",
        "api.flow.microsoft.com",
        "api.powerplatform.com",
        "graph.microsoft.com",
        "https://service.powerapps.com/",
        "https://service.flow.microsoft.com/",
        "management.azure.com",
        2,
    ),
    "gcc": (
        "login.microsoftonline.com",
        "gov.api.bap.microsoft.us",
        "gov.api.powerapps.us",
        "gov.api.flow.microsoft.us",
        "api.gov.powerplatform.microsoft.us",
        "graph.microsoft.com",
        "https://gov.service.powerapps.us/",
        "https://gov.service.flow.microsoft.us/",
        "management.usgovcloudapi.net",
        1,
    ),
    "gcchigh": (
        "login.microsoftonline.us",
        "high.api.bap.microsoft.us",
        "high.api.powerapps.us",
        "high.api.flow.microsoft.us",
        "api.high.powerplatform.microsoft.us",
        "graph.microsoft.us",
        "https://high.service.powerapps.us/",
        "https://high.service.flow.microsoft.us/",
        "management.usgovcloudapi.net",
        1,
    ),
    "dod": (
        "login.microsoftonline.us",
        "api.bap.appsplatform.us",
        "api.apps.appsplatform.us",
        "api.flow.appsplatform.us",
        "api.appsplatform.us",
        "dod-graph.microsoft.us",
        "https://service.apps.appsplatform.us/",
        "https://service.flow.appsplatform.us/",
        "management.usgovcloudapi.net",
        1,
    ),
    "china": (
        "login.chinacloudapi.cn",
        "api.bap.partner.microsoftonline.cn",
        "api.powerapps.cn",
        "api.powerautomate.cn",
        "api.powerplatform.partner.microsoftonline.cn",
        "microsoftgraph.chinacloudapi.cn",
        "https://service.powerapps.cn/",
        "https://service.powerautomate.cn/",
        "management.chinacloudapi.cn",
        1,
    ),
}
CLOUDS = tuple(_CLOUDS)


def resolve_cloud(
    name: str,
    endpoints: Mapping[str, str] | None = None,
    audiences: Mapping[str, str] | None = None,
    *,
    label_length: int | None = None,
) -> Cloud:
    """The cloud `name` with single base URLs (`endpoints`, also `authority`), audiences and label length replaced.

    Raises OptionError for an unknown cloud or service and for a base URL that is not plain https.
    """
    if name not in _CLOUDS:
        raise OptionError("cloud", f"there is no such cloud; there are {', '.join(CLOUDS)}.", value=name)
    authority, bap, powerapps, flow, power_platform, graph, for_apps, for_flow, arm, usual_length = _CLOUDS[name]
    bases = {
        AUTHORITY: f"https://{authority}",
        BAP: f"https://{bap}",
        POWERAPPS: f"https://{powerapps}",
        FLOW: f"https://{flow}",
        POWER_PLATFORM: f"https://{power_platform}",
        GRAPH: f"https://{graph}",
    }
    defaults = dict(bases)
    for service, url in (endpoints or {}).items():
        _known("endpoints", service, bases)
        bases[service] = https_url(f"endpoints.{service}", url)
    wanted = {
        BAP: for_apps,
        POWERAPPS: for_apps,
        FLOW: for_flow,
        POWER_PLATFORM: defaults[POWER_PLATFORM],
        GRAPH: defaults[GRAPH],
    }
    for service, audience in (audiences or {}).items():
        _known("audiences", service, wanted)
        wanted[service] = audience
    return Cloud(
        name=name,
        authority=bases.pop(AUTHORITY),
        endpoints=bases,
        audiences=wanted,
        siblings={
            # A region comes before the label `api`. The cloud's own hosts stay in: a gateway set as an endpoint may
            # pass the links of the service behind it through unchanged.
            BAP: (bap, f"*.{bap[bap.index('api.') :]}"),
            FLOW: (flow, f"*.{flow[flow.index('api.') :]}", arm),
            # The ARM host was seen in the public cloud only; its counterparts elsewhere are an assumption.
            POWERAPPS: (powerapps, arm),
            POWER_PLATFORM: (power_platform,),
            GRAPH: (graph,),
        },
        label_length=label_length or usual_length,
    )


def https_url(option: str, url: str, *, source: str = "") -> str:
    """`url` without its closing slash. Raises OptionError unless it is https, has a host, and no query or user name.

    source: where it comes from, in the words of a message, where that is not clear.
    """
    # The value is not shown: a URL with a user name in it has a password as well.
    if not _plain(url):
        told = [f"It is from {source}."] if source else []
        if not url.strip().lower().startswith("https:"):
            told.append("Begin it with https://: nothing is sent unencrypted.")
        raise OptionError(
            option,
            "must be an https URL with a host, and without user name, query and fragment.",
            remedy=" ".join(told),
        )
    return url.rstrip("/")


def _plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    extras = parts.query or parts.fragment or parts.username is not None or port == 0 or url != url.strip()
    return parts.scheme == "https" and bool(parts.hostname) and not extras


def _known(option: str, service: str, names: Mapping[str, str]) -> None:
    if service not in names:
        raise OptionError(option, f"there is no service {service!r}; there are {', '.join(names)}.")

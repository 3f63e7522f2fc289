# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of AvePoint Online Services (avepoint.md 1 and 2): data centres, token endpoints, which belongs to which."""

from __future__ import annotations

_SUFFIX = "avepointonlineservices.com"
_REGIONS = ("au", "sg", "ca", "ne", "we", "fr", "de", "jp", "kr", "ch", "uk", "us", "uae", "za", "qa")
TOKEN_PATH = "/connect/token"
# Environment to the host that issues its tokens.
IDENTITY: dict[str, str] = {
    "commercial": f"identity.{_SUFFIX}",
    "gov": f"identity-gov.{_SUFFIX}",
    "aos2": f"identity-aos2.{_SUFFIX}",
    "fedramp": "identity.online15.net",
}
ISSUERS: dict[str, str] = {host: environment for environment, host in IDENTITY.items()}
# Data centre to its environment. Those without one have no /smp: other editions and other services live there.
DATA: dict[str, str] = {
    **{f"graph-{region}.{_SUFFIX}": "commercial" for region in _REGIONS},
    f"graph-gov.{_SUFFIX}": "gov",
    f"graph-aos2.{_SUFFIX}": "aos2",
    "graphusgovapi.online15.net": "fedramp",
    **{f"graph-gcp-{region}.{_SUFFIX}": "" for region in ("au", "jp", "us", "we", "kr")},
    f"graph.{_SUFFIX}": "",
}
CERTIFICATE_NAMES = (f"*.{_SUFFIX}", "*.online15.net")


def token_endpoints() -> frozenset[str]:
    return frozenset(f"https://{host}{TOKEN_PATH}" for host in ISSUERS)


def environment_of(host: str) -> str | None:
    """The environment of a data centre or of a token endpoint; None for a host that is neither, such as loopback."""
    name = host.lower().partition(":")[0]
    return ISSUERS.get(name, DATA.get(name))

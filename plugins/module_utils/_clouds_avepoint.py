# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of AvePoint Online Services, as a `Cloud` of one service that has nothing in common with those of Microsoft.

Source: contract `avepoint`, sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import AUTHORITY, Cloud, https_url
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import AVEPOINT

SCOPE = "enpower.data.read.all"
_SUFFIX = "avepointonlineservices.com"
_REGIONS = ("au", "sg", "ca", "ne", "we", "fr", "de", "jp", "kr", "ch", "uk", "us", "uae", "za", "qa")
# Other services of AvePoint live there. That EnPower does is not documented.
_GOOGLE = ("gcp-au", "gcp-jp", "gcp-us", "gcp-we", "gcp-kr")
_COMMERCIAL = f"identity.{_SUFFIX}"
# Data centre: the host of its data, and the host that issues tokens for it.
_HOSTS = {
    **{name: (f"graph-{name}.{_SUFFIX}", _COMMERCIAL) for name in _REGIONS},
    "gov": (f"graph-gov.{_SUFFIX}", f"identity-gov.{_SUFFIX}"),
    "aos2": (f"graph-aos2.{_SUFFIX}", f"identity-aos2.{_SUFFIX}"),
    "fedramp": ("graphusgovapi.online15.net", "identity.online15.net"),
    **{name: (f"graph-{name}.{_SUFFIX}", _COMMERCIAL) for name in _GOOGLE},
}
DATA_CENTERS = tuple(_HOSTS)


def resolve_data_center(name: str, endpoints: Mapping[str, str]) -> Cloud:
    """The hosts of a data centre, with those in `endpoints` (AVEPOINT, AUTHORITY) in place of its own.

    Raises OptionError for an unknown data centre, for none where a host is missing, and for a URL that is not plain
    https.
    """
    bases = {service: https_url(f"endpoints.{service}", url) for service, url in endpoints.items()}
    if name in _HOSTS:
        data, identity = _HOSTS[name]
        bases = {AVEPOINT: f"https://{data}", AUTHORITY: f"https://{identity}", **bases}
    elif name or len(bases) < len((AVEPOINT, AUTHORITY)):
        raise OptionError(
            "data_center",
            f"{'there is no such data centre' if name else 'missing'}; there are {', '.join(DATA_CENTERS)}.",
            value=name or None,
            remedy="Give that of your organisation in AvePoint Online Services, in the task or in the environment as "
            "AVEPOINT_DATA_CENTER.",
        )
    return Cloud(
        name=name,
        authority=bases[AUTHORITY],
        endpoints={AVEPOINT: bases[AVEPOINT]},
        audiences={AVEPOINT: SCOPE},
        siblings={AVEPOINT: ()},
        label_length=0,
    )

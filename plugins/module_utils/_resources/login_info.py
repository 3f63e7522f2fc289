# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in once for all tasks of a play: tokens, whose they are, and the options that hand them on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import SERVICES, https_url
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    DATAVERSE,
    FLOW,
    GRAPH,
    POWERAPPS,
)

# The Power Platform API is unknown in tenants where nobody ever asked for it.
_USUAL = (BAP, POWERAPPS, FLOW, GRAPH)


class LoginInfo(InfoKind):
    """One token for each service; none is sent anywhere."""

    name = "login_info"
    secret = True
    # How the tasks that follow reach the services. What only this login takes stays behind; so does auth_method: where
    # one of them is given a credential of its own as well, that is an error in place of somebody else's identity.
    shared = (
        "cloud",
        "base_url",
        "endpoints",
        "audiences",
        "environment_label_length",
        "api_versions",
        "ca_path",
        "validate_certs",
        "pace",
        "pace_share",
        "expected_tenant_id",
    )
    options: Mapping[str, Json] = {
        "services": {"type": "list", "elements": "str", "choices": list(SERVICES), "default": list(_USUAL)},
        "organization_urls": {"type": "list", "elements": "str", "default": []},
    }
    operations = ()

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        services, urls = dict.fromkeys(options["services"]), options["organization_urls"]
        if not (services or urls):
            raise OptionError("services", "it is empty.", value=[], remedy="Name a service, or leave it out.")
        tokens = {service: (service, client.caller(service)) for service in services}
        for url in urls:
            address = _address(url.strip())
            tokens[address] = (DATAVERSE, client.organization_caller(address))
        ends = [token.expires_at for _service, token in tokens.values()]
        return {
            "identities": [
                {
                    "service": service,
                    "audience": str(token.claims.get("aud") or ""),
                    "kind": token.kind,
                    "tenant_id": token.tenant_id,
                    "object_id": token.object_id,
                    "application_id": token.application_id,
                    "name": token.name,
                    "expires_at": _time(token.expires_at),
                }
                for service, token in tokens.values()
            ],
            "expires_at": _time(min(ends)),
            "module_defaults": {
                **{name: options[name] for name in self.shared if name in options},
                "access_tokens": {key: token.text for key, (_service, token) in tokens.items()},
            },
        }

    def handed_out(self, answer: Json) -> Iterable[str]:
        """The tokens."""
        texts: Iterable[str] = answer["module_defaults"]["access_tokens"].values()
        return texts


def _address(url: str) -> str:
    """The organisation's own address, which is its audience. Raises OptionError for a page or table of it."""
    address = https_url("organization_urls", url).lower()
    parts = urlsplit(address)
    if parts.path:
        alone = f"{parts.scheme}://{parts.netloc}"
        raise OptionError("organization_urls", "it has a path.", value=url, remedy=f"Give the address alone: {alone}.")
    return address


def _time(moment: float) -> str | None:
    """RFC 3339; None for a token that does not say when it ends."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if math.isfinite(moment) else None


KIND = LoginInfo()

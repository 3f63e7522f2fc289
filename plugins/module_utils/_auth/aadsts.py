# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about the refusals of Microsoft Entra that administrators meet. Source: its published AADSTS codes."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CODE = re.compile(r"AADSTS(\d+)")

_TENANT = "Check tenant_id, and cloud: a tenant is known in its own cloud only."
_CLIENT = (
    "Check client_id: it is the application (client) id of the app registration, and it must exist in this tenant."
)
_FEDERATION = (
    "Compare issuer, subject and audience of the federated credential of the app registration with those of the token "
    "that the pipeline issued."
)
_REMEDIES = {
    7000215: "client_secret is wrong. Give the value of the secret, not its id.",
    7000222: "client_secret has expired. Make a new one in the app registration.",
    7000216: "No credential arrived. Give client_secret, a certificate or a federated token.",
    7000218: "No credential arrived. Give client_secret, a certificate or a federated token.",
    7000112: "The application is disabled in this tenant: enable its enterprise application.",
    700016: _CLIENT,
    700027: "Upload the public part of this certificate to the app registration, and check that it has not expired.",
    700024: "The federated token is outside its validity. Fetch a new one in the same job, and check the clock.",
    700021: _FEDERATION,
    700211: _FEDERATION,
    700212: _FEDERATION,
    700213: _FEDERATION,
    70021: _FEDERATION,
    700238: _FEDERATION,
    90002: _TENANT,
    900021: _TENANT,
    900023: _TENANT,
    90013: _TENANT,
    500011: "The service of this audience is unknown in the tenant. Check cloud and audiences, and that the tenant has "
    "a service principal for it.",
    500014: "The service principal of this audience is disabled in the tenant: enable it.",
    650052: "The service of this audience is unknown in the tenant, or the tenant has no subscription for it.",
    50034: "This account does not exist in the tenant. " + _TENANT,
    50194: "Give the id or a domain of one tenant in tenant_id: an application cannot log in to 'common'.",
    53003: "A Conditional Access policy refused the login: see the sign-in log of the service principal.",
    530035: "A security default refused the login: see the sign-in log of the service principal.",
    1002012: "The scope is not valid for an application. Check audiences.",
    70011: "The scope is not valid. Check audiences.",
}


def explain(answer: Mapping[str, object]) -> tuple[str, str]:
    """(what the login service said, remedy or "") from the JSON body of its refusal."""
    description = str(answer.get("error_description") or answer.get("error") or "no reason was given")
    text = description.splitlines()[0].strip().rstrip(".")
    correlation = answer.get("correlation_id")
    if correlation:
        text += f" (correlation id {correlation})"
    listed = answer.get("error_codes")
    codes = [int(code) for code in _CODE.findall(description)]
    codes += [code for code in listed if isinstance(code, int)] if isinstance(listed, list) else []
    return text, next((_REMEDIES[code] for code in codes if code in _REMEDIES), "")

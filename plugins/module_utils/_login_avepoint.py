# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options and environment to all that talking to AvePoint takes. Nothing of a login at Microsoft is looked at.

The task is asked first, then AVEPOINT_* variables. The first of the two that holds a credential decides which it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.avepoint import (
    AvePointCertificateLogin,
    AvePointLogin,
    AvePointSecretLogin,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.environment import (
    VARIABLES,
    Given,
    look_up,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import Exchange, TokenSource
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import Cloud
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds_avepoint import resolve_data_center
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import (
    Access,
    Login,
    connect,
    given_dict,
    given_text,
    settle,
    with_defaults,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import CONNECTION
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_avepoint import AVEPOINT_OPTIONS

_OWN = ("client_id", "client_secret", "client_certificate", "client_certificate_file_path")
AVEPOINT_VARIABLES: Mapping[str, tuple[str, ...]] = {
    **{name: (f"AVEPOINT_{name.upper()}",) for name in (*_OWN, "client_certificate_password", "data_center")},
    **{name: VARIABLES[name] for name in CONNECTION if name in VARIABLES},
}
_CREDENTIALS = _OWN[1:]
_CLIENT = re.compile(r"[\w.:/-]+")


def _login(options: Mapping[str, Any], environ: Mapping[str, str]) -> Login:
    given = look_up(with_defaults(options, AVEPOINT_OPTIONS), environ, AVEPOINT_VARIABLES)
    cloud = resolve_data_center(given_text(given, "data_center"), given_dict(given, "endpoints"))
    connection = connect(given)
    exchange = Exchange(connection)
    method, explanation = _select(given, cloud, exchange)
    return settle(AVEPOINT_OPTIONS, given, connection, cloud, TokenSource(method, exchange), explanation)


AVEPOINT_ACCESS = Access(AVEPOINT_OPTIONS, _login)


def _select(given: Mapping[str, Given], cloud: Cloud, exchange: Exchange) -> tuple[AvePointLogin, str]:
    """The way to log in, and a sentence that says which one it is and why."""
    found = [name for name in _CREDENTIALS if name in given]
    if not found:
        raise OptionError(
            " or ".join(_CREDENTIALS),
            "nothing to log in to AvePoint with is given.",
            remedy="Give one of them in the task, or in the environment: AVEPOINT_CLIENT_ID and "
            "AVEPOINT_CLIENT_SECRET, for example. Credentials of Microsoft are none of AvePoint.",
        )
    best = min(given[name].place for name in found)
    chosen = [name for name in found if given[name].place == best]
    if len(chosen) > 1:
        sources = " and ".join(f"{name} from {given[name].source}" for name in chosen)
        raise OptionError(chosen[0], f"several credentials are given at once: {sources}.", remedy="Give one of them.")
    [option] = chosen
    client_id = given_text(given, "client_id")
    if not _CLIENT.fullmatch(client_id):
        raise OptionError(
            "client_id",
            "is not an id." if client_id else f"missing. Logging in with {option} needs it.",
            value=client_id or None,
            remedy="It is the id of an app registration in AvePoint Online Services. Give it in the task, or in the "
            "environment as AVEPOINT_CLIENT_ID.",
        )
    aside = ", ".join(given[name].source for name in found if name != option)
    told = ", ".join(f"{name} from {given[name].source}" for name in (option, "client_id"))
    left = f" Left aside: {aside}." if aside else ""
    return _make(option, given, cloud, exchange), f"Logging in to AvePoint: {told}.{left}"


def _make(option: str, given: Mapping[str, Given], cloud: Cloud, exchange: Exchange) -> AvePointLogin:
    client_id, credential = given_text(given, "client_id"), given_text(given, option)
    if option == "client_secret":
        return AvePointSecretLogin(cloud.authority, client_id, exchange, credential)
    password = str(given["client_certificate_password"].value) if "client_certificate_password" in given else ""
    where = {"text": credential} if option == "client_certificate" else {"path": credential}
    return AvePointCertificateLogin(cloud.authority, client_id, exchange, **where, password=password)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins to AvePoint, for the tests of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import avepoint as operations
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds_avepoint import (
    SCOPE,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import (
    AVEPOINT_ACCESS,
)
from tests.emulator.control import Emulator

from .http_calls import QUICK

OTHER = "another-secret-9d1f"


def options(emulator: Emulator, client: str = "avepoint", **more: Any) -> dict[str, Any]:
    """base_url and all that logs in with a secret."""
    own = emulator.avepoint(client)
    given = {"client_id": own["client_id"], "client_secret": own["client_secret"], "data_center": "we"}
    return {"base_url": emulator.base_url, "ca_path": emulator.ca_path, "timeout": 20, **given, **more}


def by_certificate(emulator: Emulator, **more: Any) -> Login:
    own = emulator.avepoint("avepoint-certificate")
    return log_in(options(emulator, client_id=own["client_id"], client_secret=None, **more))


def certificate(emulator: Emulator) -> str:
    return Path(emulator.avepoint("avepoint-certificate")["certificate_path"]).read_text(encoding="ascii")


def log_in(given: dict[str, Any], environ: dict[str, str] | None = None) -> Login:
    return AVEPOINT_ACCESS.login(given, environ or {})


def client_of(settings: Login) -> Client:
    return Client(
        settings.connection, settings.cloud, settings.tokens, read_only=True, policy=QUICK, redact=settings.redactor
    )


def listed(settings: Login) -> int:
    return len(list(operations.list_connections(client_of(settings), tenant="", page_size=100)))


def refused(settings: Login, *secrets: str) -> TokenError:
    """How the login fails, without a secret anywhere in it."""
    with pytest.raises(TokenError) as caught:
        settings.tokens.token(SCOPE)
    for error in chain(caught.value):
        assert not any(secret in f"{error} {vars(error)}" for secret in (*secrets, "eyJ"))
    return caught.value


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def wired(url: str, ca_path: str, **more: Any) -> Login:
    """A login at a server on the wire, which stands for both hosts."""
    return log_in(
        {
            "client_id": "ac-1",
            "ca_path": ca_path,
            "endpoints": {"authority": url, "avepoint": url},
            "timeout": 5,
            **more,
        }
    )

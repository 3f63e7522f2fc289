# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all services share: the tenant, the tokens, the faults, the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

from . import tenant_file
from .call import Call, ServiceError
from .clouds import audiences
from .faults import Faults
from .model import Client
from .request_log import RequestLog
from .state import State
from .tokens import Tokens


class World:
    def __init__(
        self, state: State, *, delegated: bool = False, latency: float = 0.0, save_to: Path | None = None
    ) -> None:
        self.state = state
        self.tokens = Tokens(state, delegated=delegated)
        self.faults = Faults()
        self.log = RequestLog()
        self.latency = latency
        self.save_to = save_to
        # Set by a reset, for the requests that are on their way then.
        self.overtaken = asyncio.Event()

    def save(self, path: Path | None = None) -> Path | None:
        target = path or self.save_to
        if target is not None:
            tenant_file.save(self.state.tenant, target)
        return target

    def reset(self) -> None:
        self.overtaken.set()
        self.overtaken = asyncio.Event()
        self.state.reset()
        self.faults.clear()
        self.apply_faults()
        self.tokens.reset()
        self.log.clear()

    def apply_faults(self) -> None:
        """Faults that are a setting and not an answer take hold here, after every change of the list."""
        self.tokens.lifetime = None
        for fault in self.faults.of("token_lifetime"):
            self.tokens.lifetime = int(fault.data.get("seconds", 1))
        for fault in self.faults.of("expire_tokens"):
            if not fault.hits:
                fault.hits = 1
                self.tokens.expire_all()
        if not self.faults.of("stale"):
            self.state.forget_stale()

    # -- callers ---------------------------------------------------------------------------------------------------

    def read_token(self, call: Call) -> None:
        """Put the caller of the bearer token on the call when the token was issued here; checks follow later."""
        scheme, _unused, text = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and text.count(".") == 2:
            call.caller = self.tokens.read(text.strip())

    def authenticate(self, call: Call, accepted: frozenset[str] | None = None) -> None:
        """401 unless the bearer token is good for this service, or for one of the audiences that are named."""
        text = call.headers.get("authorization", "")
        if not text.lower().startswith("bearer ") or not text[7:].strip():
            raise UnauthorizedError("Access token is empty.")
        caller = call.caller
        if caller is None:
            raise UnauthorizedError("The access token is malformed or its signature is not valid.")
        if self.tokens.expired(caller):
            raise UnauthorizedError("Lifetime validation failed, the token is expired.", expired=True)
        if caller.audience not in (audiences(call.service, call.cloud) if accepted is None else accepted):
            raise UnauthorizedError(
                f"The access token has been obtained for wrong audience or resource '{caller.audience}'."
            )

    def client(self, call: Call) -> Client | None:
        return self.state.tenant.clients.get(call.caller.client_id) if call.caller else None

    def is_admin(self, call: Call) -> bool:
        """A registered management application, or a user with an administrator's role (auth section 1)."""
        caller = call.caller
        if caller is None:
            return False
        if caller.app_only:
            return caller.client_id in self.state.registered
        user = self.state.user(caller.oid)
        return user is not None and user.admin


class UnauthorizedError(ServiceError):
    """401; the envelope adds the service's own code and headers."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(401, "", message)
        self.expired = expired

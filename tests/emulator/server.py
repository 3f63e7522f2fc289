# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uvicorn on loopback: TLS, keep-alive, a transport within reach of the application, an end without noise."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import signal
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn

_PARSER = "httptools" if importlib.util.find_spec("httptools") else "h11"
_BASE: Any = importlib.import_module(f"uvicorn.protocols.http.{_PARSER}_impl")
_Base: Any = _BASE.HttpToolsProtocol if _PARSER == "httptools" else _BASE.H11Protocol


class Protocol(_Base):  # type: ignore[misc]  # uvicorn offers one of two classes
    """Puts the connection's transport into the scope's state, so that a fault can really drop the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGINT and SIGTERM; unlike the original, do not raise them again: the tenant is saved after this."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


def bind(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1, and nowhere else."""
    # The protocol is named because asyncio sets TCP_NODELAY only then; without it every answer waits 40 ms for an ACK.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(256)
    except BaseException:
        listening.close()
        raise
    return listening


def serve(application: Any, listening: socket.socket, context: ssl.SSLContext) -> None:
    config = uvicorn.Config(
        application,
        http=Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    config.load()
    config.ssl = context
    Server(config).run(sockets=[listening])

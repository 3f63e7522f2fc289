# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS server whose every byte a test chooses: for answers that a proper server, such as the emulator, never gives."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs

import trustme


class Request(NamedTuple):
    """What arrived. `headers`: names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


Answer = Callable[[Request, socket.socket], None]


def reply(status: int, body: object = "", headers: dict[str, str] | None = None) -> bytes:
    """One whole answer; a body that is not text goes as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(text.encode())}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", text]).encode()


class Wire:
    """`requests`: all that arrived. `answer`: called for each, writes to the socket what it likes."""

    def __init__(self, answer: Answer, context: ssl.SSLContext | None, ca_path: str) -> None:
        self.answer = answer
        self.ca_path = ca_path
        self.requests: list[Request] = []
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"https://localhost:{self.port}"

    def run(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            connection = self._context.wrap_socket(plain, server_side=True) if self._context else plain
            request = _read(connection)
            if request is not None:
                self.requests.append(request)
                self.answer(request, connection)
            connection.close()


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _unused, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _unused, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, target, _version = first.split(" ")
    return Request(method, target, headers, body.decode())


@contextlib.contextmanager
def wire(folder: Path, answer: Answer, *, tls: bool = True, names: tuple[str, ...] = ("localhost",)) -> Iterator[Wire]:
    """A server of its own certificate authority, whose certificate lies at `ca_path`."""
    authority = trustme.CA()
    ca_path = folder / f"ca-{id(authority)}.pem"
    authority.cert_pem.write_to_path(str(ca_path))
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
    server = Wire(answer, context, str(ca_path))
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield server
    finally:
        server.close()


def always(answer: bytes) -> Answer:
    return lambda _request, connection: connection.sendall(answer)


def in_turn(*answers: bytes) -> Answer:
    """One answer after the other; the last one for ever."""
    left = list(answers)

    def give(_request: Request, connection: socket.socket) -> None:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return give

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a request goes, whom it trusts, and what is said when no answer comes."""

from __future__ import annotations

import socket
import struct
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import (
    VERSION,
    AnswerLostError,
    ConnectError,
    Connection,
    ConnectionSettings,
    retry_after,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError

from .wire import Request, Wire, always, reply, wire

REAL = "https://api.flow.microsoft.com"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def connect(server: Wire, **settings: object) -> Connection:
    values: dict[str, object] = {"ca_path": server.ca_path, "timeout": 5, **settings}
    return Connection(ConnectionSettings(**values))


def test_one_request(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, {"value": []}, {"X-Id": "7"}))) as server:
        answer = connect(server).send(
            "POST", f"{server.url}/a?b=c", headers={"Authorization": "Bearer x", "Content-Type": "text/x"}, body="hé"
        )
    assert (answer.status_code, answer.json(), answer.headers["x-id"]) == (200, {"value": []}, "7")
    [request] = server.requests
    assert (request.method, request.target, request.body) == ("POST", "/a?b=c", "hé")
    assert request.headers["host"] == f"localhost:{server.port}"
    assert request.headers["user-agent"] == f"powerops.powerplatform/{VERSION}"
    assert request.headers["authorization"] == "Bearer x"


def test_the_version_is_that_of_the_collection() -> None:
    galaxy = Path(__file__).resolve().parents[3] / "galaxy.yml"
    assert f"version: {VERSION}" in galaxy.read_text(encoding="utf-8").replace('"', "")


def test_base_url_moves_the_connection_and_keeps_the_host(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200))) as server:
        connection = connect(server, base_url=f"{server.url}/prefix/")
        connection.send("GET", f"{REAL}/providers/x?api-version=1&$skiptoken=eyJ%3d%3d", headers={})
        connection.send("GET", "https://emea.api.flow.microsoft.com:11777/x", headers={})
    assert server.requests[0].headers["host"] == "api.flow.microsoft.com"
    assert server.requests[0].target.lower() == "/prefix/providers/x?api-version=1&$skiptoken=eyj%3d%3d"
    assert server.requests[1].headers["host"] == "emea.api.flow.microsoft.com:11777"


@pytest.mark.parametrize("status", [301, 401, 404, 429, 503])
def test_any_status_is_an_answer_and_nothing_is_repeated(tmp_path: Path, status: int) -> None:
    headers = {"Location": "https://example.test/", "Retry-After": "1"}
    with wire(tmp_path, always(reply(status, headers=headers))) as server:
        assert connect(server).send("GET", server.url, headers={}).status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_bundle_in_the_environment_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate", encoding="ascii")
    monkeypatch.setenv(variable, str(wrong))
    with wire(tmp_path, always(reply(200))) as server:
        assert connect(server).send("GET", server.url, headers={}).status_code == 200
        assert connect(server, ca_path="", validate_certs=False).send("GET", server.url, headers={}).status_code == 200


def test_certificates_are_checked_unless_told_otherwise(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200))) as server, wire(tmp_path, always(reply(200))) as other:
        with pytest.raises(ConnectError, match="No trusted encrypted connection") as caught:
            connect(server, ca_path="").send("GET", server.url, headers={})
        assert caught.value.permanent
        assert caught.value.remedy.startswith("Set ca_path")
        assert "validate_certs" in caught.value.remedy
        assert "validate_certs" not in caught.value.message
        for source in ("the option ca_path", "REQUESTS_CA_BUNDLE"):
            with pytest.raises(ConnectError) as caught:
                connect(server, ca_path=other.ca_path, ca_path_source=source).send("GET", server.url, headers={})
            assert caught.value.permanent
            assert f"{other.ca_path!r} (from {source}) must hold" in caught.value.remedy
            assert "ca_path=" not in str(caught.value)
        assert not server.requests
        assert connect(server, validate_certs=False, ca_path="").send("GET", server.url, headers={}).ok


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200)), names=("other.test",)) as server, pytest.raises(ConnectError) as caught:
        connect(server).send("GET", server.url, headers={})
    assert caught.value.permanent


def test_ca_path_is_looked_at_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="ca_path") as caught:
        Connection(ConnectionSettings(ca_path=str(tmp_path / "nothing"), ca_path_source="CURL_CA_BUNDLE"))
    assert caught.value.option == "ca_path"
    assert caught.value.remedy.startswith("It is from CURL_CA_BUNDLE: correct that. An emulator")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no certificate", encoding="ascii")
    with wire(tmp_path, always(reply(200))) as server, pytest.raises(ConnectError, match="ca_path") as lasting:
        connect(server, ca_path=str(garbage)).send("GET", server.url, headers={})
    assert lasting.value.permanent


def test_no_tls_on_the_other_side(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200)), tls=False) as server, pytest.raises((ConnectError, AnswerLostError)):
        connect(server).send("GET", server.url, headers={})


def test_refused_and_unknown_hosts_were_never_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    connection = Connection(ConnectionSettings(timeout=5))
    with pytest.raises(ConnectError, match=f"127.0.0.1:{port} could not be reached") as caught:
        connection.send("GET", f"https://127.0.0.1:{port}/secret?sig=abc", headers={})
    assert not caught.value.permanent
    assert "abc" not in str(caught.value)
    assert "firewall" in caught.value.remedy
    with pytest.raises(ConnectError) as caught:
        connection.send("GET", "https://no-such-host.invalid/", headers={})
    assert "names, firewall, and the proxy" in caught.value.remedy


@pytest.mark.parametrize("source", ["the option base_url", "POWER_PLATFORM_BASE_URL"])
def test_where_nothing_listens_the_source_of_the_address_is_named(source: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        base_url = f"https://127.0.0.1:{free.getsockname()[1]}"
    connection = Connection(ConnectionSettings(base_url=base_url, base_url_source=source, timeout=5))
    with pytest.raises(ConnectError) as caught:
        connection.send("GET", f"{REAL}/x", headers={})
    assert caught.value.remedy == f"Check that it runs and listens there. The address is from {source}."
    with pytest.raises(ConnectError) as caught:
        connection.to_machine(3).send("GET", base_url, headers={})
    assert caught.value.remedy == ""


def _reset(connection: socket.socket) -> None:
    # The peer gets a reset instead of an end.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _silent(_request: Request, _connection: socket.socket) -> None:
    time.sleep(3)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda _request, connection: connection.close(), "broke off"),
        (lambda _request, connection: _reset(connection), "broke off"),
        (lambda _request, connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le"), "broke off"),
        (
            lambda _request, connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
            "broke off",
        ),
        (
            lambda _request, connection: connection.sendall(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"
            ),
            "broke off",
        ),
        (_silent, "did not answer within 0.3 seconds"),
        (
            lambda request, connection: (
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
                _silent(request, connection),
            ),
            "broke off",
        ),
    ],
)
def test_answers_that_get_lost(tmp_path: Path, answer: object, words: str) -> None:
    with wire(tmp_path, answer) as server:
        with pytest.raises(AnswerLostError, match=words):
            connect(server).send("POST", f"{server.url}/x?sig=secret", headers={}, body="{}", timeout=0.3)
        assert len(server.requests) == 1


def test_a_server_that_never_finishes_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        connection = Connection(ConnectionSettings(timeout=0.3))
        with pytest.raises((ConnectError, AnswerLostError)):
            connection.send("GET", f"https://127.0.0.1:{mute.getsockname()[1]}/", headers={})


def test_a_netrc_entry_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password hunter2\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with wire(tmp_path, always(reply(200))) as server:
        connect(server).send("GET", server.url, headers={"Authorization": "Bearer mine"})
    assert server.requests[0].headers["authorization"] == "Bearer mine"


def test_cookies_are_not_kept(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, headers={"Set-Cookie": "a=b; Path=/"}))) as server:
        connection = connect(server)
        connection.send("GET", server.url, headers={})
        connection.send("GET", server.url, headers={})
    assert "cookie" not in server.requests[1].headers


def _tunnel(target: int) -> object:
    def serve(_request: Request, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", target)) as upstream:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_pump, args=(upstream, client), daemon=True).start()
            _pump(client, upstream)

    return serve


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return


@pytest.mark.parametrize("by", ["option", "environment"])
def test_through_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    with (
        wire(tmp_path, always(reply(200))) as server,
        wire(tmp_path, _tunnel(server.port), tls=False) as proxy,
    ):
        url = f"http://me:hunter2@127.0.0.1:{proxy.port}"
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", url)
        connection = connect(server, proxy=url if by == "option" else "")
        assert connection.send("GET", server.url, headers={}).status_code == 200
        assert proxy.requests[0].method == "CONNECT"
        assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")
        assert "proxy-authorization" not in server.requests[0].headers
        if by == "environment":
            monkeypatch.setenv("NO_PROXY", "localhost")
            connect(server).send("GET", server.url, headers={})
            assert len(proxy.requests) == 1


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_refuses(tmp_path: Path, status: int) -> None:
    with wire(tmp_path, always(reply(status)), tls=False) as proxy:
        connection = Connection(ConnectionSettings(proxy=f"http://me:hunter2@127.0.0.1:{proxy.port}", timeout=5))
        with pytest.raises(ConnectError, match="proxy") as caught:
            connection.send("GET", "https://example.test/", headers={})
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(connection.settings)


def test_each_thread_has_its_own_session(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200))) as server:
        connection = connect(server)
        failures: list[BaseException] = []

        def work() -> None:
            try:
                for _unused in range(5):
                    assert connection.send("GET", server.url, headers={}).status_code == 200
            except Exception as error:  # noqa: BLE001 - a failed assertion would die with its thread
                failures.append(error)

        threads = [threading.Thread(target=work) for _unused in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert len(server.requests) == 80


def test_retry_after() -> None:
    assert retry_after({"Retry-After": "7"}) == 7
    assert retry_after({}) is None
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({"Retry-After": "-1"}) is None
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 55 < (retry_after({"Retry-After": later}) or 0) <= 60
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


def test_settings_hide_the_proxy() -> None:
    assert "hunter2" not in repr(ConnectionSettings(proxy="http://u:hunter2@x"))

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against the emulator: what is sent, and the refusals that surface at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    APPLICATION,
    DELEGATED,
    FLOW,
    POWERAPPS,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact
from tests.emulator.control import Emulator
from tests.unit.module_utils.http_calls import (
    ANY_MAKER_FLOWS,
    BATCH,
    DELETE_APP,
    EXPENSES,
    GET_APP,
    LIST_APPS,
    LIST_FLOWS,
    MAKER_FLOWS,
    RUNNING,
    SHARE_APP,
    STOP,
    STOP_ONCE,
    USERS,
    client_of,
    fault,
    operation,
    raised,
    sent,
)

# -- the request --


def test_a_call_as_the_service_sees_it(emulator: Emulator) -> None:
    client = client_of(emulator)
    app = client.call(GET_APP, EXPENSES, query={"$expand": "a b/c'd&e", "n": 5})
    assert app["name"] == EXPENSES["app"]
    client.call(SHARE_APP, EXPENSES, body={"put": [], "delete": []}, headers={"If-Match": "ü".encode().hex()})
    get, post = sent(emulator)
    assert get["host"] == post["host"] == "api.powerapps.com"
    assert get["path"].endswith(f"/apps/{EXPENSES['app']}")
    assert get["query"] == "api-version=2016-11-01&$expand=a%20b%2Fc%27d%26e&n=5"
    assert get["headers"]["accept"] == "application/json"
    assert "content-type" not in get["headers"]
    assert post["headers"]["content-type"] == "application/json"
    assert post["headers"]["if-match"] == "c3bc"
    assert post["body"] == {"put": [], "delete": []}
    one, two = get["headers"], post["headers"]
    assert one["x-ms-client-request-id"] != two["x-ms-client-request-id"]
    assert one["x-ms-correlation-id"] == two["x-ms-correlation-id"] == one["x-ms-client-session-id"]
    assert one["user-agent"].startswith("powerops.powerplatform/")


def test_graph_has_a_header_of_its_own(emulator: Emulator) -> None:
    client = client_of(emulator)
    list(client.items(USERS, query={"$select": "id"}, headers={"ConsistencyLevel": "eventual"}, page_size=5))
    entries = sent(emulator)
    assert len(entries) > 1
    assert len({entry["headers"]["client-request-id"] for entry in entries}) == len(entries)
    assert all(entry["headers"]["consistencylevel"] == "eventual" for entry in entries)
    assert not any(name.startswith("x-ms-") for entry in entries for name in entry["headers"])


def test_an_empty_body_is_none(emulator: Emulator) -> None:
    assert client_of(emulator).call(STOP, RUNNING) is None


def test_segments_are_encoded_and_never_lead_elsewhere(emulator: Emulator) -> None:
    client = client_of(emulator)
    raised(_errors.NotFoundError, client, lambda: client.call(GET_APP, {**EXPENSES, "app": "a/../b?c#d"}))
    assert sent(emulator)[0]["path"].endswith("/apps/a%2F..%2Fb%3Fc%23d")
    for value in ("", ".", ".."):
        error = raised(
            _errors.OptionError, client, lambda value=value: client.call(DELETE_APP, {**EXPENSES, "app": value})
        )
        assert error.option == "app"
    assert len(sent(emulator)) == 1


def test_requests_are_counted_by_what_they_do(emulator: Emulator) -> None:
    client = client_of(emulator)
    assert client.api_calls == {"read": 0, "write": 0, "throttled": 0, "tokens": 0}
    emulator.faults([fault(429, times=1), fault(503, times=1)])
    client.call(GET_APP, EXPENSES)
    client.call(STOP, RUNNING)
    client.call(BATCH, body={"requests": [{"id": "1", "method": "GET", "url": "/users"}]})
    assert client.api_calls == {"read": 4, "write": 1, "throttled": 1, "tokens": 3}
    summary = emulator.summary()
    assert (summary["reads"], summary["writes"], summary["tokens"]) == (4, 1, 3)


def test_who_calls(emulator: Emulator) -> None:
    token = client_of(emulator).caller(POWERAPPS)
    assert token.kind == APPLICATION
    assert token.tenant_id == emulator.tenant_id
    assert token.application_id == emulator.credentials()["client_id"]
    assert client_of(emulator, "delegated").caller(FLOW).kind == DELEGATED
    assert sent(emulator) == []


# -- the wall and the token's kind --


def test_no_write_of_a_read_only_client_reaches_the_server(emulator: Emulator) -> None:
    client = client_of(emulator, read_only=True)
    for each, path in ((STOP, RUNNING), (STOP_ONCE, RUNNING), (SHARE_APP, EXPENSES), (DELETE_APP, EXPENSES)):
        with pytest.raises(_errors.WriteRefusedError):
            client.call(each, path, body={})
        with pytest.raises(_errors.WriteRefusedError):
            client.items(each, path)
    with pytest.raises(_errors.WriteRefusedError):
        client.call(BATCH, body={"requests": [{"id": "1", "method": "DELETE", "url": "/users/x"}]})
    assert emulator.log() == []
    assert client.api_calls == {"read": 0, "write": 0, "throttled": 0, "tokens": 0}
    answer = client.call(BATCH, body={"requests": [{"id": "1", "method": "GET", "url": "/users"}]})
    assert answer["responses"][0]["status"] == 200


def test_the_wrong_kind_of_token_is_found_before_anything_is_sent(emulator: Emulator) -> None:
    client = client_of(emulator)
    for act in (
        lambda: client.call(MAKER_FLOWS, RUNNING),
        lambda: list(client.items(MAKER_FLOWS, RUNNING)),
        lambda: client.require(MAKER_FLOWS),
    ):
        error = raised(_errors.TokenError, client, act)
        assert "ListMyFlows does not take the application token" in str(error)
        assert "`access_tokens`" in str(error)
    client.require(LIST_FLOWS)
    assert sent(emulator) == []
    delegated = client_of(emulator, "delegated")
    delegated.require(MAKER_FLOWS)
    assert list(delegated.items(MAKER_FLOWS, RUNNING))


# -- refusals that surface at once --


def test_a_403_is_one_request_and_names_the_registration(emulator: Emulator) -> None:
    client = client_of(emulator, "unregistered")
    error = raised(_errors.PermissionDeniedError, client, lambda: client.call(GET_APP, EXPENSES))
    (entry,) = sent(emulator)
    assert error.status == 403
    identifier = emulator.credentials("unregistered")["client_id"]
    assert f"New-PowerAppManagementApp -ApplicationId {identifier}" in str(error)
    assert error.service_message in str(error)
    assert error.correlation["x-ms-client-request-id"] == entry["headers"]["x-ms-client-request-id"]
    assert error.correlation["x-ms-correlation-id"] in str(error)
    assert client.api_calls["read"] == 1


def test_a_403_of_graph_says_to_give_ids(emulator: Emulator) -> None:
    client = client_of(emulator, "graphless")
    error = raised(_errors.PermissionDeniedError, client, lambda: list(client.items(USERS)))
    assert error.code == "Authorization_RequestDenied"
    assert "give object ids instead of names" in str(error)
    assert len(sent(emulator)) == 1


def test_a_lasting_401_is_two_requests_and_one_new_token(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(401)])
    error = raised(_errors.AuthenticationError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "The service does not take the token" in str(error)
    assert len(sent(emulator)) == 2
    tokens = [entry for entry in emulator.log(service="login") if entry["method"] == "POST"]
    assert len(tokens) == 2 + 2  # afterwards `raised` asked for those of the two other services


def test_a_makers_route_refuses_an_application_with_the_way_out(emulator: Emulator) -> None:
    client = client_of(emulator)
    error = raised(_errors.AuthenticationError, client, lambda: list(client.items(ANY_MAKER_FLOWS, RUNNING)))
    assert error.code == "ClientScopeAuthorizationFailed"
    assert "takes a user's token" in str(error)
    assert len(sent(emulator)) == 2


def test_a_token_that_ends_in_mid_run_is_renewed_once_for_all_threads(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.call(GET_APP, EXPENSES)
    emulator.faults([{"kind": "expire_tokens"}])
    emulator.clear_log()
    threads = [threading.Thread(target=client.call, args=(GET_APP, EXPENSES)) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [entry["status"] for entry in sent(emulator)]
    assert statuses.count(200) == 8
    assert 1 <= statuses.count(401) <= 8
    assert emulator.summary()["tokens"] == 1


def test_a_write_with_an_ended_token_is_sent_again(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "expire_tokens"}])
    client.call(STOP_ONCE, RUNNING)
    assert [entry["status"] for entry in sent(emulator)] == [401, 200]


def test_a_given_token_that_is_refused_shows_the_services_own_words(emulator: Emulator) -> None:
    given = {"access_tokens": {POWERAPPS: emulator.token()}}
    client = client_of(emulator, options={**dict.fromkeys(emulator.credentials()), **given})
    emulator.faults([{"kind": "expire_tokens"}])
    with pytest.raises(_errors.AuthenticationError) as caught:
        client.call(GET_APP, EXPENSES)
    assert caught.value.code == "InvalidAuthenticationToken"
    assert "Replace access_tokens.powerapps: it may have expired" in str(caught.value)
    assert "new token" not in str(caught.value)
    assert given["access_tokens"][POWERAPPS] not in str(caught.value)
    assert len(sent(emulator)) == 1


def test_a_service_that_repeats_the_token_is_not_quoted(emulator: Emulator) -> None:
    text = "opaque-and-short"
    options = {**dict.fromkeys(emulator.credentials()), "access_tokens": {POWERAPPS: text}}
    client = client_of(emulator, options=options, redact=redact)
    emulator.faults([fault(400, message=f"The token {text!r} is odd.")])
    with pytest.raises(_errors.ServiceError, match="is odd") as caught:
        client.call(GET_APP, EXPENSES)
    assert text not in repr(vars(caught.value)) + str(caught.value)


@pytest.mark.parametrize("status", [400, 404, 409, 412])
def test_other_refusals_are_one_request(emulator: Emulator, status: int) -> None:
    client = client_of(emulator)
    emulator.faults([fault(status, code="SomeCode", message="Words of the service.")])
    kind = {404: _errors.NotFoundError, 412: _errors.ConflictError}.get(status, _errors.ServiceError)
    error = raised(kind, client, lambda: client.call(GET_APP, EXPENSES))
    assert (error.status, error.code, error.service_message) == (status, "SomeCode", "Words of the service.")
    assert len(sent(emulator)) == 1


def test_an_unknown_route_is_not_absence(emulator: Emulator) -> None:
    client = client_of(emulator)
    nowhere = operation("Nowhere", POWERAPPS, "GET", "/providers/Microsoft.PowerApps/nowhere", "2016-11-01")
    raised(_errors.ServiceError, client, lambda: client.call(nowhere))


def test_a_redirect_is_not_followed(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(302, headers={"Location": "https://evil.example/"})])
    raised(_errors.ServiceError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 1


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda client: client.call(GET_APP, EXPENSES), _errors.TransportError),
        (lambda client: list(client.items(LIST_APPS, EXPENSES)), _errors.TransportError),
        (lambda client: client.call(SHARE_APP, EXPENSES, body={}), _errors.LostAnswerError),
    ],
)
@pytest.mark.parametrize("content", [b"<html>Please sign in</html>", b"[" * 100_000], ids=["page", "endless"])
def test_what_is_no_json_with_200_is_no_answer(
    emulator: Emulator, act: Any, kind: type[Exception], content: bytes
) -> None:
    client = client_of(emulator)
    emulator.faults([fault(200)])
    monkey = client._sender._connection.send

    def send(*args: Any, **kwargs: Any) -> Any:
        reply = monkey(*args, **kwargs)
        if reply.request.headers.get("Authorization"):
            reply._content = content
        return reply

    client.caller(POWERAPPS)
    client._sender._connection.send = send
    with pytest.raises(kind, match="but not with JSON") as caught:
        act(client)
    assert caught.value.__class__ is kind
    assert len(sent(emulator)) == 1


@pytest.mark.parametrize("body", [{}, {"error": "x"}, {"value": None}])
def test_a_listing_in_another_form_is_incomplete(emulator: Emulator, body: Any) -> None:
    client = client_of(emulator)
    emulator.faults([fault(200, body=body)])
    raised(_errors.IncompleteListingError, client, lambda: list(client.items(LIST_APPS, EXPENSES)))

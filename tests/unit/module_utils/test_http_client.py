# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against the emulator: what is sent, how often, and what is raised."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors, _pace_shared
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import AccessToken
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    APPLICATION,
    BAP,
    DELEGATED,
    FLOW,
    GRAPH,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import PROFILES, Limit
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator
from tests.unit.module_utils.pace_worker import run_all

E = TypeVar("E", bound=Exception)
FINANCE = "e0000000-0000-4000-8000-000000000001"
EXPENSES = {"environment": FINANCE, "app": "aa000000-0000-4000-8000-000000000011"}
RUNNING = {"environment": FINANCE, "flow": "f0000000-0000-4000-8000-000000000011"}
QUICK = RetryPolicy(attempts=4, base=0.01, throttle_base=0.01, longest=0.05)


def operation(name: str, service: str, method: str, path: str, version: str = "", **more: Any) -> Operation:
    needs = "the role Power Platform administrator"
    return Operation(
        name=name,
        service=service,
        method=method,
        path=path,
        api_version=version,
        contract="-",
        permission=needs,
        **more,
    )


APPS = "/providers/Microsoft.PowerApps/scopes/admin/environments/{environment}/apps"
FLOWS = "/providers/Microsoft.ProcessSimple/scopes/admin/environments/{environment}"
MY_FLOWS = "/providers/Microsoft.ProcessSimple/environments/{environment}/flows"
LIST_APPS = operation("Get-AdminApps", POWERAPPS, "GET", APPS, "2016-11-01")
GET_APP = operation("Get-AdminApp", POWERAPPS, "GET", APPS + "/{app}", "2016-11-01")
DELETE_APP = operation("Remove-AdminApp", POWERAPPS, "DELETE", APPS + "/{app}", "2016-11-01")
SHARE_APP = operation("Edit", POWERAPPS, "POST", APPS + "/{app}/modifyPermissions", "2022-11-01", repeatable=True)
LIST_FLOWS = operation("ListFlows", FLOW, "GET", FLOWS + "/v2/flows", "2016-11-01")
STOP = operation("StopFlow", FLOW, "POST", FLOWS + "/flows/{flow}/stop", "2016-11-01", repeatable=True)
STOP_ONCE = operation("StopOnce", FLOW, "POST", FLOWS + "/flows/{flow}/stop", "2016-11-01")
MAKER_FLOWS = operation("ListMyFlows", FLOW, "GET", MY_FLOWS, "2016-11-01", tokens=frozenset({DELEGATED}))
ANY_MAKER_FLOWS = operation("ListMyFlows", FLOW, "GET", MY_FLOWS, "2016-11-01")
ENVIRONMENTS = operation(
    "ListEnvironments",
    BAP,
    "GET",
    "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments",
    "2020-10-01",
)
BATCH = operation("Batch", GRAPH, "POST", "/v1.0/$batch", reads_only=True, repeatable=True)
USERS = operation("Users", GRAPH, "GET", "/v1.0/users")


def options_of(emulator: Emulator, client: str = "runner") -> dict[str, Any]:
    return {
        **emulator.credentials(client),
        "base_url": emulator.base_url,
        "ca_path": emulator.ca_path,
        "timeout": 30,
    }


def client_of(
    emulator: Emulator, client: str = "runner", *, options: dict[str, Any] | None = None, **more: Any
) -> Client:
    found = login({**options_of(emulator, client), **(options or {})}, {})
    settings: dict[str, Any] = {"read_only": False, "policy": QUICK, "redact": found.redactor, **more}
    return Client(found.connection, found.cloud, found.tokens, **settings)


def sent(emulator: Emulator) -> list[dict[str, Any]]:
    """Requests to the services, without those to log in."""
    return [entry for entry in emulator.log() if entry["service"] != "login"]


def raised(kind: type[E], client: Client, act: Callable[[], Any]) -> E:
    """The exception, in whose whole chain no token occurs."""
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.__class__ is kind
    tokens = [client.caller(service).text for service in (POWERAPPS, FLOW, GRAPH)]
    error: BaseException | None = caught.value
    while error is not None:
        for text in (str(error), repr(vars(error))):
            assert not any(token in text for token in tokens)
            assert "runner-secret" not in text
        error = error.__cause__ or error.__context__
    return caught.value


def fault(status: int, **more: Any) -> dict[str, Any]:
    return {"kind": "status", "status": status, "match": {"service": POWERAPPS}, **more}


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
    assert "A new token was refused as well" in str(error)
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


def test_a_claims_challenge_reaches_the_login(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(emulator)
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
    text = base64.b64encode(claims.encode()).decode()
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{text}"'
    emulator.faults([fault(401, times=1, headers={"WWW-Authenticate": challenge})])
    asked: list[str | None] = []
    tokens = client._sender._tokens
    original = tokens.token

    def token(audience: str, *, refused: AccessToken | None = None, claims_challenge: str | None = None) -> AccessToken:
        if refused is not None:
            asked.append(claims_challenge)
        return original(audience, refused=refused, claims_challenge=claims_challenge)

    monkeypatch.setattr(tokens, "token", token)
    client.call(GET_APP, EXPENSES)
    assert asked == [claims]


def test_a_given_token_that_is_refused_shows_the_services_own_words(emulator: Emulator) -> None:
    given = {"access_tokens": {POWERAPPS: emulator.token()}}
    client = client_of(emulator, options={**dict.fromkeys(emulator.credentials()), **given})
    emulator.faults([{"kind": "expire_tokens"}])
    with pytest.raises(_errors.AuthenticationError) as caught:
        client.call(GET_APP, EXPENSES)
    assert caught.value.code == "InvalidAuthenticationToken"
    assert "access_tokens" in str(caught.value)
    assert given["access_tokens"][POWERAPPS] not in str(caught.value)
    assert len(sent(emulator)) == 1


def test_a_service_that_repeats_the_token_is_not_quoted(emulator: Emulator) -> None:
    text = "opaque and short"
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
    kind = _errors.NotFoundError if status == 404 else _errors.ServiceError
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
def test_a_page_of_html_with_200_is_no_answer(emulator: Emulator, act: Any, kind: type[Exception]) -> None:
    client = client_of(emulator)
    emulator.faults([fault(200)])
    monkey = client._sender._connection.send

    def send(*args: Any, **kwargs: Any) -> Any:
        reply = monkey(*args, **kwargs)
        if reply.request.headers.get("Authorization"):
            reply._content = b"<html>Please sign in</html>"
        return reply

    client.caller(POWERAPPS)
    client._sender._connection.send = send  # type: ignore[method-assign]
    with pytest.raises(kind, match="but not with JSON") as caught:
        act(client)
    assert caught.value.__class__ is kind
    assert len(sent(emulator)) == 1


@pytest.mark.parametrize("body", [{}, {"error": "x"}, {"value": None}])
def test_a_listing_in_another_form_is_incomplete(emulator: Emulator, body: Any) -> None:
    client = client_of(emulator)
    emulator.faults([fault(200, body=body)])
    raised(_errors.IncompleteListingError, client, lambda: list(client.items(LIST_APPS, EXPENSES)))


# -- repeated or not --


@pytest.mark.parametrize(
    ("each", "status", "repeated"),
    [
        (GET_APP, 408, True),
        (GET_APP, 425, True),
        (GET_APP, 500, True),
        (GET_APP, 502, True),
        (GET_APP, 503, True),
        (GET_APP, 504, True),
        (GET_APP, 429, True),
        (SHARE_APP, 429, True),
        (SHARE_APP, 502, True),
        (SHARE_APP, 503, True),
        (SHARE_APP, 504, True),
        (SHARE_APP, 500, False),
        (SHARE_APP, 408, False),
        (DELETE_APP, 429, True),
        (DELETE_APP, 500, False),
        (DELETE_APP, 502, False),
        (DELETE_APP, 503, False),
        (DELETE_APP, 504, False),
    ],
    ids=lambda value: value.name if isinstance(value, Operation) else str(value),
)
def test_what_is_repeated(emulator: Emulator, each: Operation, status: int, repeated: bool) -> None:
    client = client_of(emulator)
    emulator.faults([fault(status, times=2)])
    body = {"put": [], "delete": []} if each is SHARE_APP else None
    if repeated:
        client.call(each, EXPENSES, body=body)
    else:
        error = raised(_errors.ServiceUnavailableError, client, lambda: client.call(each, EXPENSES, body=body))
        assert "may or may not have taken effect" in str(error)
    assert len(sent(emulator)) == (3 if repeated else 1)


def test_retries_have_an_end(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(503)])
    error = raised(_errors.ServiceUnavailableError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "after 4 attempts" in str(error)
    assert len(sent(emulator)) == 4


def test_the_total_of_waits_has_a_cap(emulator: Emulator) -> None:
    client = client_of(emulator, policy=RetryPolicy(total=5))
    emulator.faults([fault(503, headers={"Retry-After": "6"})])
    before = time.monotonic()
    raised(_errors.ServiceUnavailableError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 1
    assert time.monotonic() - before < 5


def test_a_storm_of_429_ends_and_is_counted(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "seconds": 0}])
    errors: list[_errors.ThrottledError] = []

    def work() -> None:
        errors.append(raised(_errors.ThrottledError, client, lambda: client.call(GET_APP, EXPENSES)))

    threads = [threading.Thread(target=work) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 8
    assert all("after 4 attempts: HTTP 429" in str(error) for error in errors)
    assert client.api_calls["read"] == client.api_calls["throttled"] == len(sent(emulator)) == 32


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(emulator: Emulator, form: str) -> None:
    """By the date in whole seconds, two seconds ahead is more than one second ahead at any moment."""
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 1, "window": 1.5, "seconds": 2, "retry_after": form}])
    client.call(GET_APP, EXPENSES)
    before = time.monotonic()
    client.call(GET_APP, EXPENSES)
    assert time.monotonic() - before >= 0.9
    assert client.api_calls["throttled"] in (1, 2)


def test_without_retry_after_there_is_a_back_off(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "retry_after": None}])
    raised(_errors.ThrottledError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 4


def test_a_connectors_429_has_its_own_envelope(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "seconds": 0, "body": "connector"}])
    error = raised(_errors.ThrottledError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "Rate limit is exceeded." in str(error)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_of_what_must_not_be_repeated_is_one_request(emulator: Emulator, when: str) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": when}])
    error = raised_while_dropping(emulator, _errors.LostAnswerError, client, lambda: client.call(STOP_ONCE, RUNNING))
    assert "may or may not have taken effect" in str(error)
    (entry,) = sent(emulator)
    assert entry["effect"] is (when == "after")
    assert entry["headers"]["x-ms-client-request-id"] in str(error)
    assert client.api_calls["write"] == 1


def raised_while_dropping(emulator: Emulator, kind: type[E], client: Client, act: Callable[[], Any]) -> E:
    def then_mend() -> None:
        try:
            act()
        finally:
            emulator.faults([])

    return raised(kind, client, then_mend)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_of_what_may_be_repeated_is_asked_for_again(emulator: Emulator, when: str) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": when, "times": 2}])
    client.call(STOP, RUNNING)
    assert len(sent(emulator)) == 3
    assert client.api_calls["write"] == 3


def test_a_write_whose_answer_is_lost_every_time_may_have_taken_effect(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": "after"}])
    error = raised_while_dropping(emulator, _errors.LostAnswerError, client, lambda: client.call(STOP, RUNNING))
    assert "failed 4 times" in str(error)
    assert len(sent(emulator)) == 4


def test_a_read_whose_answer_is_lost_every_time_changed_nothing(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(POWERAPPS)
    emulator.faults([{"kind": "drop"}])
    raised_while_dropping(emulator, _errors.TransportError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 4


@pytest.mark.parametrize("then", [{"kind": "status", "status": 503}, {"kind": "status", "status": 429}])
def test_a_lost_answer_is_not_forgotten_over_later_ones(emulator: Emulator, then: dict[str, Any]) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": "after", "times": 1}, {**then, "after": 1, "match": {"service": FLOW}}])
    kind = _errors.LostAnswerError if then["status"] == 429 else _errors.ServiceUnavailableError
    error = raised(kind, client, lambda: client.call(STOP, RUNNING))
    assert "may or may not have taken effect" in str(error)


def test_a_lost_answer_is_not_forgotten_over_a_turn_that_comes_too_late(
    emulator: Emulator, pace_directory: Path
) -> None:
    client = client_of(emulator, pace="1/3600", deadline=60)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": "after", "times": 1}])
    error = raised(_errors.LostAnswerError, client, lambda: client.call(STOP, RUNNING))
    assert "would have to wait" in str(error)
    assert "may or may not have taken effect" in str(error)
    assert pace_directory.is_dir()


def test_a_refusal_after_a_lost_answer_stands_with_a_warning(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    refused = {"kind": "status", "status": 403, "after": 1, "match": {"service": FLOW}}
    emulator.faults([{"kind": "drop", "when": "after", "times": 1}, refused])
    error = raised(_errors.PermissionDeniedError, client, lambda: client.call(STOP, RUNNING))
    assert "may or may not have taken effect" in str(error)


def test_an_answer_that_takes_too_long_is_lost(emulator: Emulator) -> None:
    client = client_of(emulator, options={"timeout": 1})
    client.caller(FLOW)
    emulator.faults([{"kind": "delay", "seconds": 3, "match": {"service": FLOW}}])
    raised(_errors.LostAnswerError, client, lambda: client.call(STOP_ONCE, RUNNING))


def test_a_host_that_is_not_there_is_tried_again_and_nothing_is_counted(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    client._sender._connection._base = "https://127.0.0.1:1"
    with pytest.raises(_errors.TransportError, match="StopOnce failed 4 times") as caught:
        client.call(STOP_ONCE, RUNNING)
    assert caught.value.__class__ is _errors.TransportError
    assert client.api_calls["write"] == 0


def test_a_certificate_that_is_not_trusted_is_tried_once(emulator: Emulator, tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    client = client_of(emulator)
    client.caller(POWERAPPS)
    client._sender._connection._verify = str(tmp_path / "other.pem")
    before = time.monotonic()
    with pytest.raises(_errors.TransportError, match="Get-AdminApp failed: No trusted encrypted connection"):
        client.call(GET_APP, EXPENSES)
    assert time.monotonic() - before < 20


# -- the deadline --


def test_no_wait_passes_the_deadline(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=30)
    emulator.faults([fault(429, headers={"Retry-After": "120"})])
    before = time.monotonic()
    error = raised(_errors.DeadlineError, client, lambda: client.call(GET_APP, EXPENSES))
    assert time.monotonic() - before < 20
    assert "HTTP 429" in str(error)
    assert "would start in 120 s" in str(error)
    assert "Raise `deadline`" in str(error)
    assert len(sent(emulator)) == 1
    # The gate is closed for everybody, and everybody knows at once.
    other = raised(_errors.DeadlineError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "would have to wait" in str(other)
    assert len(sent(emulator)) == 1
    with pytest.raises(_errors.DeadlineError, match="A wait of 60 s"):
        client.wait(60)
    assert 0 < client.remaining() < 30


def test_a_deadline_that_passed_sends_nothing(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=0.2)
    client.caller(FLOW)
    time.sleep(0.25)
    with pytest.raises(_errors.DeadlineError):
        client.call(STOP, RUNNING)
    assert sent(emulator) == []


def test_a_slow_answer_is_waited_for_until_the_deadline_only(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=1.5)
    client.caller(POWERAPPS)
    client.caller(FLOW)
    emulator.faults([{"kind": "delay", "seconds": 20}])
    before = time.monotonic()
    with pytest.raises(_errors.DeadlineError):
        client.call(GET_APP, EXPENSES)
    assert time.monotonic() - before < 15
    assert len(sent(emulator)) == 1


def test_a_write_cut_off_by_the_deadline_may_have_taken_effect(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=1.5)
    client.caller(FLOW)
    emulator.faults([{"kind": "delay", "seconds": 20}])
    for each in (STOP, STOP_ONCE):
        kind = _errors.LostAnswerError if each is STOP else _errors.DeadlineError  # the second is not sent any more
        with pytest.raises(kind):
            client.call(each, RUNNING)
    assert len(sent(emulator)) == 1


def test_without_a_deadline_time_is_endless(emulator: Emulator) -> None:
    client = client_of(emulator)
    assert client.remaining() == float("inf")
    client.wait(0)


# -- listings --


def names(client: Client, **more: Any) -> list[str]:
    return [app["name"] for app in client.items(LIST_APPS, EXPENSES, **more)]


def test_every_page_is_read_and_links_go_out_as_they_came(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = names(client)
    assert len(whole) == len(set(whole)) == 6
    emulator.clear_log()
    assert names(client, page_size=2) == whole
    entries = sent(emulator)
    assert len(entries) == 3
    assert entries[0]["query"] == "api-version=2016-11-01&$top=2"
    link = client.call(LIST_APPS, EXPENSES, query={"$top": 2})["nextLink"]
    assert link == f"https://api.powerapps.com{entries[1]['path']}?{entries[1]['query']}"
    assert all("skiptoken=" in entry["query"] for entry in entries[1:])
    assert client.api_calls["read"] == 5


def test_a_listing_streams(emulator: Emulator) -> None:
    stream = client_of(emulator).items(LIST_APPS, EXPENSES, page_size=2)
    assert sent(emulator) == []
    next(stream)
    next(stream)
    assert len(sent(emulator)) == 1
    next(stream)
    assert len(sent(emulator)) == 2


def test_links_to_a_region_with_a_port_come_back_to_the_base(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = [flow["name"] for flow in client.items(LIST_FLOWS, RUNNING)]
    emulator.faults([{"kind": "next_link", "host": "emea.api.flow.microsoft.com", "port": 11777}])
    assert [flow["name"] for flow in client.items(LIST_FLOWS, RUNNING, page_size=2)] == whole
    assert {entry["host"] for entry in sent(emulator)} == {"api.flow.microsoft.com"}


@pytest.mark.parametrize("host", ["evil.example", "api.flow.microsoft.com.evil.example", "api.powerapps.com"])
def test_a_link_to_a_foreign_host_is_refused_and_named(emulator: Emulator, host: str) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "next_link", "host": host}])
    error = raised(_errors.ForeignLinkError, client, lambda: list(client.items(LIST_FLOWS, RUNNING, page_size=2)))
    assert host in str(error)
    assert len(sent(emulator)) == 1


def test_empty_pages_with_a_link_are_pages(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = names(client)
    emulator.faults([{"kind": "empty_page", "page": 2}])
    assert names(client, page_size=2) == whole
    assert len(sent(emulator)) == 1 + 4


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_second_page_that_fails_breaks_the_listing(emulator: Emulator, status: int) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "page", "page": 2, "status": status, "message": "Words of the service."}])
    error = raised(_errors.IncompleteListingError, client, lambda: names(client, page_size=2))
    assert "broke off at page 2" in str(error)
    assert "Words of the service." in str(error)
    assert str(status) in str(error)
    assert len(sent(emulator)) == (2 if status < 500 else 1 + 4)


def test_a_second_page_that_fails_for_a_while_is_read_in_the_end(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "page", "page": 2, "status": 500, "times": 2}])
    assert len(names(client, page_size=2)) == 6


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, _errors.PermissionDeniedError),
        (404, _errors.NotFoundError),
        (503, _errors.ServiceUnavailableError),
        (429, _errors.ThrottledError),
    ],
)
def test_a_first_page_that_fails_is_the_plain_error(emulator: Emulator, status: int, kind: type[Exception]) -> None:
    client = client_of(emulator)
    emulator.faults([fault(status)])
    raised(kind, client, lambda: names(client, page_size=2))


def test_a_page_that_is_too_large_is_halved_until_it_comes(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "top_timeout", "above": 40}, {"kind": "page_cap", "max": 2}])
    assert len(names(client, page_size=100)) == 6
    tops = [entry["query"].replace("%24", "$").partition("$top=")[2].partition("&")[0] for entry in sent(emulator)]
    assert tops == ["100", "50", "25", "25", "25"]


def test_a_page_that_never_comes_ends_at_the_smallest_size(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(504)])
    raised(_errors.ServiceUnavailableError, client, lambda: names(client, page_size=25))
    tops = [entry["query"].partition("$top=")[2] for entry in sent(emulator)]
    assert tops == ["25", "12", "10", "10", "10", "10"]


def test_a_504_of_a_listing_without_a_size_is_repeated_as_it_is(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(504, times=2)])
    assert len(names(client)) == 6
    assert len(sent(emulator)) == 3


# -- the pace --


@pytest.fixture
def pace_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(_pace_shared, "_default_directory", lambda: tmp_path / "pace")
    return tmp_path / "pace"


def read_apps(client: Client, threads: int, each: int) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _unused in range(each):
                client.call(GET_APP, EXPENSES)
        except _errors.PowerPlatformError as error:
            failures.append(error)

    workers = [threading.Thread(target=work) for _unused in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []


@pytest.mark.parametrize(("processes", "share"), [(1, None), (4, None), (4, "1/2")])
def test_a_named_limit_is_never_exceeded(emulator: Emulator, tmp_path: Path, processes: int, share: str | None) -> None:
    emulator.faults([{"kind": "throttle", "limit": 5, "window": 1}])
    order = {
        "client": options_of(emulator),
        "directory": str(tmp_path / "pace"),
        "operation": {**GET_APP._asdict(), "tokens": sorted(GET_APP.tokens)},
        "path": EXPENSES,
        "pace": "10/1" if share else "5/1",
        "share": share,
        "threads": 2,
        "each": 3,
    }
    assert run_all([order] * processes) == [[200] * 6] * processes
    assert [entry["status"] for entry in sent(emulator)] == [200] * 6 * processes
    assert len(list((tmp_path / "pace").glob("*.json"))) == 1


def test_writes_have_a_limit_of_their_own(
    emulator: Emulator, pace_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROFILES, "connector-5", (Limit(50, 60), Limit(2, 3600, True)))
    client = client_of(emulator, pace="connector-5", deadline=60)
    client.call(STOP, RUNNING)
    client.call(STOP, RUNNING)
    error = raised(_errors.DeadlineError, client, lambda: client.call(STOP, RUNNING))
    assert "api.flow.microsoft.com would have to wait for 3600 s" in str(error)
    list(client.items(LIST_FLOWS, RUNNING))
    assert pace_directory.is_dir()


def test_a_named_limit_belongs_to_one_host(emulator: Emulator, pace_directory: Path) -> None:
    client = client_of(emulator, pace="1/3600", deadline=60)
    client.call(GET_APP, EXPENSES)
    list(client.items(LIST_FLOWS, RUNNING))
    list(client.items(ENVIRONMENTS))
    raised(_errors.DeadlineError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(list(pace_directory.glob("*.json"))) == 3


def test_the_adaptive_pace_gets_through_a_throttled_service(emulator: Emulator) -> None:
    emulator.faults([{"kind": "throttle", "limit": 20, "window": 1}])
    client = client_of(emulator, policy=RetryPolicy())
    read_apps(client, threads=16, each=3)
    statuses = [entry["status"] for entry in sent(emulator)]
    assert statuses.count(200) == 48
    assert client.api_calls["throttled"] == statuses.count(429)
    assert client.api_calls["read"] == len(statuses)


@pytest.mark.parametrize(("option", "value"), [("pace", "fast"), ("pace_share", "2/3")])
def test_a_pace_that_cannot_be_is_refused_at_once(emulator: Emulator, option: str, value: str) -> None:
    more = {option: value}
    with pytest.raises(_errors.OptionError, match=option):
        client_of(emulator, **more)
    assert emulator.log() == []

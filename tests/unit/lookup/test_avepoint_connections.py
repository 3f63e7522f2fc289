# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup avepoint_connections, and what is the same for connections of either source: ids, keys and names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.conftest import DATABASE, FINANCE, MAILBOX, NOTHING, SANDBOX

from .conftest import Look, refusing

Json = dict[str, Any]

NAME = "avepoint_connections"
AVEPOINT: Json = {"who": "avepoint"}
LIST = "avepoint GET connections"
FABRIKAM = "77777777-2222-4333-8444-555555555555"
ORDERS = "d00000000000000000000000000000b1"
KEY = f"{FINANCE}/shared_sql/{DATABASE}"
# Both sources of rows: the options that each takes here.
SOURCES: dict[str, Json] = {NAME: AVEPOINT, "connection": {"environment": FINANCE}}
EITHER = pytest.mark.parametrize("name", SOURCES)


def ids(rows: list[Any]) -> list[str]:
    return [row["connection"] for row in rows]


def add(look: Look, environment: str, **connection: str) -> None:
    given = {"connector": "shared_office365", "creator": "ada@contoso.example", **connection}
    look.emulator.change([{"change": "add_connection", "environment": environment, "connection": given}])


def test_everything_with_one_login_and_one_listing(look: Look) -> None:
    rows = look(NAME, **AVEPOINT)

    assert look.tokens() == 1
    assert {LIST} == set(look.asked())
    assert {DATABASE, MAILBOX, ORDERS} < set(ids(rows))
    names = [(row["tenant_name"], row["environment_display_name"], row["connection_display_name"]) for row in rows]
    assert names == sorted(names, key=lambda row: tuple(text.casefold() for text in row))


def test_the_connections_of_one_tenant(look: Look) -> None:
    assert ids(look(NAME, tenant=FABRIKAM, **AVEPOINT)) == [ORDERS]
    look.missing(NAME, DATABASE, tenant=FABRIKAM, **AVEPOINT)


def test_a_tenant_that_avepoint_does_not_know_is_told(look: Look, capfd: pytest.CaptureFixture[str]) -> None:
    assert look(NAME, tenant=NOTHING, **AVEPOINT) == []

    told = capfd.readouterr()
    assert f"no connection of tenant {NOTHING}" in " ".join((told.out + told.err).split())


def test_many_terms_with_one_login_and_one_listing(look: Look) -> None:
    found = look(NAME, "Orders", DATABASE, KEY.upper(), "ledger DATABASE", **AVEPOINT)

    assert ids(found) == [ORDERS, DATABASE, DATABASE, DATABASE]
    assert look.tokens() == 1
    assert look.asked() == [LIST]


@EITHER
def test_an_id_a_key_and_a_name_mean_the_same(look: Look, name: str) -> None:
    rows = [look(name, term, **SOURCES[name]) for term in (DATABASE, KEY, "Ledger database")]

    assert rows[0] == rows[1] == rows[2]
    assert rows[0][0]["join_key"] == KEY


@EITHER
def test_an_id_that_connections_of_several_connectors_have(look: Look, name: str) -> None:
    """Whoever makes a connection chooses its id."""
    add(look, FINANCE, id=DATABASE, name="Not the ledger")

    message = look.error(name, DATABASE, **SOURCES[name])

    other = f"{FINANCE}/shared_office365/{DATABASE}"
    assert "2 things bear this name" in message
    assert KEY in message
    assert other in message
    found = look(name, KEY, other, **SOURCES[name])
    assert [row["connection_display_name"] for row in found] == ["Ledger database", "Not the ledger"]


@EITHER
@pytest.mark.parametrize("term", [NOTHING, "d" * 32, f"{FINANCE}/shared_sql/{NOTHING}", f"{FINANCE}/shared_sql/gone"])
def test_an_id_and_a_key_are_never_names(look: Look, name: str, term: str) -> None:
    add(look, FINANCE, id="d00000000000000000000000000000e1", name=term)

    assert f"connection={term!r}: there is no such connection" in look.missing(name, term, **SOURCES[name])


@EITHER
def test_a_name_with_slashes_is_a_name(look: Look, name: str) -> None:
    add(look, FINANCE, id="d00000000000000000000000000000e1", name="Finance/SQL/ledger")

    assert ids(look(name, "Finance/SQL/ledger", **SOURCES[name])) == ["d00000000000000000000000000000e1"]


@EITHER
def test_a_name_that_fits_several(look: Look, name: str) -> None:
    message = look.error(name, "Approvals mailbox", **SOURCES[name])

    assert "connection='Approvals mailbox': 2 things bear this name" in message
    assert f"{FINANCE}/shared_office365/{MAILBOX}" in message
    assert f"{FINANCE}/shared_office365/d0000000000000000000000000000005" in message


@EITHER
def test_names_that_differ_in_case_alone(look: Look, name: str) -> None:
    add(look, FINANCE, id="d00000000000000000000000000000e1", name="LEDGER database")

    assert ids(look(name, "Ledger database", "LEDGER database", **SOURCES[name])) == [
        DATABASE,
        "d00000000000000000000000000000e1",
    ]
    assert KEY in look.error(name, "ledger database", **SOURCES[name])


def test_connections_of_one_name_in_several_environments(look: Look) -> None:
    add(look, SANDBOX, id="d00000000000000000000000000000e1", name="Ledger database")

    message = look.error(NAME, "Ledger database", **AVEPOINT)

    assert KEY in message
    assert f"{SANDBOX}/shared_office365/d00000000000000000000000000000e1" in message
    assert ids(look("connection", "Ledger database", environment=FINANCE)) == [DATABASE]


@pytest.mark.parametrize("term", ["*", "Ledger*", "[L]edger database"])
def test_a_name_is_no_pattern(look: Look, term: str) -> None:
    assert "AvePoint's inventory" in look.missing(NAME, DATABASE, term, **AVEPOINT)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_what_cannot_be_read_is_an_error_even_with_a_default(look: Look, status: int) -> None:
    look.emulator.faults(refusing(status, service="avepoint"))

    for terms in (("Nothing",), ()):
        assert str(status) in look.error(NAME, *terms, **AVEPOINT)


def test_a_part_is_never_passed_off_as_the_whole(look: Look) -> None:
    match = {"service": "avepoint"}
    look.emulator.faults(
        [{"kind": "page_cap", "max": 3, "match": match}, {"kind": "page", "page": 2, "status": 500, "match": match}]
    )

    assert "500" in look.error(NAME, "Nothing", **AVEPOINT)


def test_an_empty_tenant_is_refused(look: Look) -> None:
    assert "tenant: it is empty" in look.error(NAME, "Nothing", tenant=" ", **AVEPOINT)
    assert look.asked() == []


def test_credentials_of_microsoft_are_none_of_avepoint(look: Look) -> None:
    message = look.error(NAME, "Nothing", who="runner", variables={"ansible_avepoint_data_center": "we"})

    assert "AVEPOINT_CLIENT_SECRET" in message
    assert look.emulator.log() == []


def test_a_client_of_another_service_is_refused(look: Look) -> None:
    message = look.error(NAME, "Nothing", who="avepoint-other")

    assert "there is no such" not in message
    assert "avepoint-other-secret" not in message

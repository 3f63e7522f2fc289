# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every lookup of things in one environment: powerapp, flow, connection, connector."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.unit.engine.conftest import (
    APPROVALS,
    BRAND_NEW,
    CLAIMS,
    DATABASE,
    EXPENSES,
    FINANCE,
    INTAKE,
    MAILBOX,
    MOTHBALLED,
    NOTHING,
    NOWHERE,
    OFF,
    RUNNING,
    SALES_EAST,
    SALES_WEST,
    SANDBOX,
    WAREHOUSE,
)

from .conftest import Look, refusing

Json = dict[str, Any]


class Sample(NamedTuple):
    """Two things of Finance Production by id and name, and a name that two others have, with their ids.

    absent: an id that nothing has there. listing: the requests that list the whole environment. single: those that
    read one by its id. new_ids: those of things that a test adds.
    """

    first: tuple[str, str]
    second: tuple[str, str]
    twins: tuple[str, tuple[str, str]]
    absent: str
    listing: tuple[str, ...]
    single: tuple[str, ...]
    new_ids: tuple[str, str]


SAMPLES = {
    "powerapp": Sample(
        (EXPENSES, "Expenses"),
        ("aa000000-0000-4000-8000-000000000014", "Größenrechner 📐 – 測試"),
        ("Approvals", APPROVALS),
        NOTHING,
        ("powerapps GET apps",),
        (f"powerapps GET {EXPENSES}",),
        ("aa000000-0000-4000-8000-0000000000e1", "aa000000-0000-4000-8000-0000000000e2"),
    ),
    "flow": Sample(
        (RUNNING, "Nightly stock export"),
        (OFF, "Month end report"),
        ("Twin of the test", ("f0000000-0000-4000-8000-0000000000f1", "f0000000-0000-4000-8000-0000000000f2")),
        NOTHING,
        ("flow GET flows",),
        (f"flow GET {RUNNING}",),
        ("f0000000-0000-4000-8000-0000000000e1", "f0000000-0000-4000-8000-0000000000e2"),
    ),
    "connection": Sample(
        (DATABASE, "Ledger database"),
        ("d0000000000000000000000000000003", "Old ledger database"),
        ("Approvals mailbox", (MAILBOX, "d0000000000000000000000000000005")),
        NOTHING,
        ("powerapps GET connections",),
        ("powerapps GET connections",),
        ("d00000000000000000000000000000e1", "d00000000000000000000000000000e2"),
    ),
    "connector": Sample(
        (CLAIMS, "Expenses"),
        (WAREHOUSE, "Warehouse"),
        (
            "Rates",
            (
                "shared_rates-5f0629412a7d1fe83e-5f22c0de000000aa01",
                "shared_rates-5f0629412a7d1fe83e-5f22c0de000000aa02",
            ),
        ),
        "shared_nothing-5f0629412a7d1fe83e-5f22c0de000000aa03",
        ("powerapps GET apis", "powerapps GET apis"),
        ("powerapps GET apis", "powerapps GET apis"),
        (
            "shared_probe-5f0629412a7d1fe83e-5f22c0de000000aae1",
            "shared_probe-5f0629412a7d1fe83e-5f22c0de000000aae2",
        ),
    ),
}
EVERY = pytest.mark.parametrize("name", SAMPLES)
LIST_ENVIRONMENTS = "bap GET environments"


def add(look: Look, name: str, *named: tuple[str, str]) -> None:
    """Makes things of these ids and names in Finance Production."""
    maker = {"powerapp": "owner", "flow": "creator", "connection": "creator", "connector": "creator"}[name]
    noun = name.removeprefix("power")
    more = {"connector": "shared_sql"} if name == "connection" else {}
    look.emulator.change(
        [
            {
                "change": f"add_{noun}",
                "environment": FINANCE,
                noun: {"id": identifier, "name": text, maker: "ada@contoso.example", **more},
            }
            for identifier, text in named
        ]
    )


def ids(name: str, rows: list[Any]) -> list[str]:
    noun = name.removeprefix("power")
    return [row[noun] for row in rows]


@EVERY
def test_one_by_its_id(look: Look, name: str) -> None:
    identifier, text = SAMPLES[name].first

    [row] = look(name, identifier, environment=FINANCE)

    noun = name.removeprefix("power")
    assert (row[noun], row[f"{noun}_display_name"]) == (identifier, text)
    assert (row["environment"], row["environment_display_name"]) == (FINANCE, "Finance Production")
    assert look.asked() == [f"bap GET {FINANCE}", *SAMPLES[name].single]
    assert ids(name, look(name, identifier.upper(), environment=FINANCE.upper())) == [identifier]


@EVERY
def test_one_by_its_name_is_the_same_row(look: Look, name: str) -> None:
    identifier, text = SAMPLES[name].first

    found = look(name, text, environment="Finance Production")

    assert look.asked() == [LIST_ENVIRONMENTS, *SAMPLES[name].listing]
    assert found == look(name, identifier, environment=FINANCE)
    assert found == look(name, text.upper(), environment="finance production")


@EVERY
def test_many_in_the_order_of_the_terms_with_one_login_and_one_listing(look: Look, name: str) -> None:
    (first, first_name), (second, second_name) = SAMPLES[name].first, SAMPLES[name].second

    found = look(name, second_name, first, first_name, second, second_name, environment="Finance Production")

    assert ids(name, found) == [second, first, first, second, second]
    # One audience serves environments, apps, connections and connectors; flows have one of their own.
    assert look.tokens() == (2 if name == "flow" else 1)
    assert look.asked() == [LIST_ENVIRONMENTS, *SAMPLES[name].listing]


@EVERY
def test_everything_without_a_term_by_name(look: Look, name: str) -> None:
    noun = name.removeprefix("power")

    rows = look(name, environment=FINANCE)

    assert look.asked() == [f"bap GET {FINANCE}", *SAMPLES[name].listing]
    assert {SAMPLES[name].first[0], SAMPLES[name].second[0]} < set(ids(name, rows))
    keys = [(row[f"{noun}_display_name"].casefold(), row[noun]) for row in rows]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@EVERY
def test_a_name_that_fits_several_is_one_error_with_their_ids(look: Look, name: str) -> None:
    text, twins = SAMPLES[name].twins
    if name == "flow":
        add(look, name, *((identifier, text) for identifier in twins))

    message = look.error(name, SAMPLES[name].first[1], text, environment=FINANCE)

    assert f"{name.removeprefix('power')}={text!r}" in message
    assert "2 things bear this name" in message
    assert all(identifier in message for identifier in twins)
    assert ids(name, look(name, *twins, environment=FINANCE)) == list(twins)


@EVERY
def test_names_that_differ_in_case_alone(look: Look, name: str) -> None:
    lower, upper = SAMPLES[name].new_ids
    add(look, name, (lower, "probe of the test"), (upper, "Probe of the Test"))

    found = look(name, "Probe of the Test", "probe of the test", environment=FINANCE)

    assert ids(name, found) == [upper, lower]
    assert lower in look.error(name, "PROBE of the test", environment=FINANCE)


@EVERY
@pytest.mark.parametrize(
    "text", ["*", "Exp*", "[E]xpenses", "?xpenses", "[probe]", "{{ 1 + 1 }}", "%41", "a/b", "..", "~default"]
)
def test_a_name_is_no_pattern(look: Look, name: str, text: str) -> None:
    assert repr(text) in look.missing(name, text, environment=FINANCE)

    add(look, name, (SAMPLES[name].new_ids[0], text))
    [row] = look(name, text, environment=FINANCE)

    noun = name.removeprefix("power")
    assert (row[noun], row[f"{noun}_display_name"]) == (SAMPLES[name].new_ids[0], text)


@EVERY
def test_an_id_is_never_a_name(look: Look, name: str) -> None:
    """Whoever makes a thing could call it like the id of one that is gone."""
    absent = SAMPLES[name].absent
    add(look, name, (SAMPLES[name].new_ids[0], absent))

    for terms in ((absent,), (SAMPLES[name].first[1], absent)):
        message = look.missing(name, *terms, environment=FINANCE)
        assert f"{name.removeprefix('power')}={absent!r}" in message
        assert "environment Finance Production" in message
    # Neither where the thing of that name is at hand, because another term means it.
    [row, none] = look(name, SAMPLES[name].new_ids[0], absent, environment=FINANCE, default=None)
    assert row[f"{name.removeprefix('power')}_display_name"] == absent
    assert none is None


@EVERY
def test_a_term_that_fits_nothing(look: Look, name: str) -> None:
    noun = name.removeprefix("power")
    message = look.missing(name, SAMPLES[name].first[0], "Nothing of the kind", environment=FINANCE)

    assert f"{noun}='Nothing of the kind': there is no such {noun} in environment Finance Production" in message
    found = look(name, "Nothing", SAMPLES[name].first[0], SAMPLES[name].absent, environment=FINANCE, default=None)
    assert [row and row[noun] for row in found] == [None, SAMPLES[name].first[0], None]


@EVERY
def test_a_term_that_is_nearly_a_name(look: Look, name: str) -> None:
    text = SAMPLES[name].first[1]
    assert f" Similar: {text!r}" in look.missing(name, f"{text}s", environment=FINANCE)


@EVERY
def test_a_thing_of_another_environment_is_not_there(look: Look, name: str) -> None:
    message = look.missing(name, SAMPLES[name].first[0], environment=SANDBOX)

    assert "in environment Finance Sandbox" in message


def test_a_deleted_flow_is_not_there(look: Look) -> None:
    for term in ("Old import", "f0000000-0000-4000-8000-000000000014"):
        assert term in look.missing("flow", term, environment=FINANCE)
    assert "Old import" not in {row["flow_display_name"] for row in look("flow", environment=FINANCE)}


@EVERY
@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ("Nowhere", "environment='Nowhere'"),
        (NOWHERE, NOWHERE),
        ("Sales", SALES_WEST),
        ("Sales", SALES_EAST),
        ("Finance*", "Finance*"),
        (BRAND_NEW, "not ready"),
        (MOTHBALLED, "is disabled"),
        ("", "environment='': it is empty"),
        (" ", "environment=' ': it is empty"),
    ],
)
def test_an_environment_that_is_not_to_be_had_is_an_error_even_with_a_default(
    look: Look, name: str, environment: str, says: str
) -> None:
    assert says in look.error(name, "Nothing", environment=environment)
    assert says in look.error(name, environment=environment)


@EVERY
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("where", ["first", "second page"])
def test_what_cannot_be_read_is_an_error_even_with_a_default(look: Look, name: str, status: int, where: str) -> None:
    service = "flow" if name == "flow" else "powerapps"
    if where == "first":
        look.emulator.faults(refusing(status, service=service))
    else:
        cap = {"kind": "page_cap", "max": 1, "match": {"service": service}}
        look.emulator.faults([cap, {"kind": "page", "page": 2, "status": status, "match": {"service": service}}])

    for terms in ((SAMPLES[name].first[1],), ("Nothing",), ()):
        message = look.error(name, *terms, environment=FINANCE)
        assert str(status) in message
        assert "there is no such" not in message


def test_connectors_of_an_environment_that_is_closed_to_administrators(look: Look) -> None:
    assert "PermissionBlockedByOfficeAI" in look.error("connector", "Nothing", environment="Copilot")


# What Kim has in Finance Production, and what is somebody else's; every maker sees the connectors of an environment.
MAKERS = {
    "powerapp": ("aa000000-0000-4000-8000-000000000013", "aa000000-0000-4000-8000-000000000014"),
    "flow": ("f0000000-0000-4000-8000-000000000013", OFF),
    "connection": (MAILBOX, "d0000000000000000000000000000005"),
    "connector": ("shared_rates-5f0629412a7d1fe83e-5f22c0de000000aa01", SAMPLES["connector"].absent),
}


@EVERY
def test_the_view_of_a_maker(look: Look, name: str) -> None:
    own, foreign = MAKERS[name]
    maker: Json = {"environment": "Finance Production", "as_admin": False, "who": "maker"}

    rows = look(name, **maker)

    assert own in ids(name, rows)
    assert foreign not in ids(name, rows)
    assert ids(name, look(name, own, **maker)) == [own]
    assert all("/scopes/admin/" not in entry["path"] for entry in look.emulator.log())
    assert "in environment Finance Production" in look.missing(name, foreign, **maker)
    assert "environment='Finance Sandbox'" in look.error(name, **{**maker, "environment": "Finance Sandbox"})


@EVERY
def test_the_view_of_a_maker_needs_a_user(look: Look, name: str) -> None:
    message = look.error(name, "Nothing", environment=FINANCE, as_admin=False)

    assert "application" in message
    assert look.asked() == []


def test_a_row_is_that_of_the_module(look: Look) -> None:
    """What is asked of other services on request only is not in it."""
    [row] = look("flow", INTAKE, environment=SANDBOX)

    assert row["state"] == "started"
    assert row["owner"]["id"] == "a0000000-0000-4000-8000-000000000001"
    assert not {"owners", "run_only_users", "definition", "connections", "roles"} & set(row)

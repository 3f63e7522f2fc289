# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments and the URLs of Dataverse, which are looked up by environment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.conftest import (
    BRAND_NEW,
    COPILOT,
    FINANCE,
    FINANCE_URL,
    MOTHBALLED,
    NOWHERE,
    PLAIN,
    SALES_EAST,
    SALES_WEST,
    SANDBOX,
)

from .conftest import Look, refusing

Json = dict[str, Any]

DEFAULT = "Default-11111111-2222-4333-8444-555555555555"
SANDBOX_URL = "https://contosofindev.crm4.dynamics.com"
LIST = "bap GET environments"
# What each lookup says of Finance Production and Finance Sandbox, as far as it is compared here.
EXPECTED = {"environment": (FINANCE, SANDBOX), "dataverse_url": (FINANCE_URL, SANDBOX_URL)}
EVERY = pytest.mark.parametrize("name", EXPECTED)


def told(answers: list[Any]) -> list[Any]:
    return [answer["id"] if isinstance(answer, dict) else answer for answer in answers]


@EVERY
def test_one_by_its_id_is_one_read(look: Look, name: str) -> None:
    assert told(look(name, FINANCE)) == [EXPECTED[name][0]]
    assert look.asked() == [f"bap GET {FINANCE}"]
    assert told(look(name, FINANCE.upper())) == [EXPECTED[name][0]]


@EVERY
def test_one_by_its_name_is_one_listing_and_the_same_answer(look: Look, name: str) -> None:
    found = look(name, "Finance Production")

    assert look.asked() == [LIST]
    assert found == look(name, FINANCE) == look(name, "FINANCE production")


@EVERY
def test_many_in_the_order_of_the_terms_with_one_login(look: Look, name: str) -> None:
    finance, sandbox = EXPECTED[name]

    assert told(look(name, SANDBOX, FINANCE, SANDBOX)) == [sandbox, finance, sandbox]
    assert look.tokens() == 1
    assert sorted(look.asked()) == [f"bap GET {FINANCE}", f"bap GET {SANDBOX}"]

    assert told(look(name, "Finance Sandbox", FINANCE, SANDBOX, "Finance Production")) == [
        sandbox,
        finance,
        sandbox,
        finance,
    ]
    assert look.tokens() == 1
    assert look.asked() == [LIST]


def test_the_default_environment_has_a_word(look: Look) -> None:
    [alone] = look("environment", "~default")
    [beside, _finance] = look("environment", "~DEFAULT", "Finance Production")

    assert alone == beside
    assert (alone["id"], alone["is_default"], alone["type"]) == (DEFAULT, True, "Default")


def test_everything_by_name(look: Look) -> None:
    rows = look("environment")

    assert look.asked() == [LIST]
    # Those of one name by their ids.
    assert told(rows) == [BRAND_NEW, DEFAULT, COPILOT, FINANCE, SANDBOX, MOTHBALLED, PLAIN, SALES_EAST, SALES_WEST]
    assert [row["ready"] for row in rows] == [row["id"] not in (BRAND_NEW, MOTHBALLED) for row in rows]


def test_every_url_by_the_name_of_its_environment(look: Look) -> None:
    assert look("dataverse_url") == [
        "https://contoso.crm4.dynamics.com",
        "https://contosocopilot.crm4.dynamics.com",
        FINANCE_URL,
        SANDBOX_URL,
        "https://contososales.crm4.dynamics.com",
        "https://contososales2.crm.dynamics.com",
    ]
    assert look.asked() == [LIST]


@EVERY
def test_a_name_that_fits_several(look: Look, name: str) -> None:
    message = look.error(name, "Finance Production", "sales")

    assert "environment='sales': 2 things bear this name" in message
    assert SALES_EAST in message
    assert SALES_WEST in message
    assert len(look(name, SALES_WEST, SALES_EAST)) == 2


@EVERY
def test_names_that_differ_in_case_alone(look: Look, name: str) -> None:
    look.emulator.change([{"change": "set_environment", "environment": PLAIN, "name": "finance PRODUCTION"}])

    assert told(look(name, "Finance Production")) == [EXPECTED[name][0]]
    assert PLAIN in look.error(name, "finance production")


@EVERY
@pytest.mark.parametrize(
    "text", ["*", "Finance*", "[F]inance Production", "?ales", "%53ales", "a/b", "../environments"]
)
def test_a_name_is_no_pattern(look: Look, name: str, text: str) -> None:
    assert f"environment={text!r}: there is no such environment in the tenant" in look.missing(name, text)

    look.emulator.change([{"change": "set_environment", "environment": SANDBOX, "name": text}])
    assert told(look(name, text)) == [EXPECTED[name][1]]


@EVERY
def test_an_id_is_never_a_name(look: Look, name: str) -> None:
    look.emulator.change([{"change": "set_environment", "environment": SANDBOX, "name": NOWHERE}])

    assert NOWHERE in look.missing(name, NOWHERE)
    assert NOWHERE in look.missing(name, "Finance Production", NOWHERE)


@EVERY
def test_a_default_stands_for_each_term_that_fits_nothing(look: Look, name: str) -> None:
    finance, sandbox = EXPECTED[name]

    found = look(name, "Nowhere", FINANCE, NOWHERE, SANDBOX, default=0)

    assert told(found) == [0, finance, 0, sandbox]


@EVERY
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_what_cannot_be_read_is_an_error_even_with_a_default(look: Look, name: str, status: int) -> None:
    look.emulator.faults(refusing(status, service="bap"))

    for terms in (("Nowhere",), (NOWHERE,), (FINANCE, "Nowhere"), ()):
        message = look.error(name, *terms)
        assert str(status) in message
        assert "there is no such" not in message


@EVERY
def test_a_part_is_never_passed_off_as_the_whole(look: Look, name: str) -> None:
    look.emulator.faults([{"kind": "page_cap", "max": 3}, {"kind": "page", "page": 2, "status": 500}])

    for terms in (("Nowhere",), ("Finance Production",), ()):
        assert "500" in look.error(name, *terms)


@EVERY
def test_a_closed_environment_is_no_missing_one(look: Look, name: str) -> None:
    """The listing has it not, and what is said of it alone is a refusal."""
    faults = refusing(403, path=f"/{NOWHERE}$")
    look.emulator.faults(faults)

    assert "403" in look.error(name, NOWHERE)
    assert "403" in look.error(name, "Finance Production", NOWHERE)


@EVERY
def test_the_view_of_a_maker(look: Look, name: str) -> None:
    maker: Json = {"as_admin": False, "who": "maker"}

    assert told(look(name, "Finance Production", **maker)) == [EXPECTED[name][0]]
    assert told(look(name, FINANCE, **maker)) == [EXPECTED[name][0]]
    assert len(look(name, **maker)) == 2
    assert all("/scopes/admin/" not in entry["path"] for entry in look.emulator.log())
    look.missing(name, "Finance Sandbox", **maker)
    look.emulator.clear_log()
    assert "application" in look.error(name, "Finance Production", as_admin=False)
    assert look.asked() == []


def test_an_environment_without_dataverse_is_one_for_the_default(look: Look) -> None:
    for term in ("Plain Canvas", PLAIN):
        assert "environment='Plain Canvas': this environment has no Dataverse" in look.missing("dataverse_url", term)
    assert look("environment", PLAIN)[0]["dataverse"] is None


def test_one_that_is_still_made_may_yet_get_dataverse(look: Look) -> None:
    message = look.error("dataverse_url", BRAND_NEW)

    assert "Environment Brand New has no URL of Dataverse yet" in message
    assert "Provisioning" in message


def test_dataverse_that_has_no_url_yet(look: Look) -> None:
    body = {
        "name": FINANCE,
        "properties": {
            "displayName": "Finance Production",
            "provisioningState": "Succeeded",
            "linkedEnvironmentMetadata": {"resourceId": NOWHERE, "instanceState": "Preparing"},
        },
    }
    look.emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"path": f"/{FINANCE}$"}}])

    assert "its state is Preparing" in look.error("dataverse_url", FINANCE)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup principal: from names to object ids, by Microsoft Graph."""

from __future__ import annotations

import pytest

from tests.unit.engine.conftest import ADA, KIM, LEE, MAKERS, NOTHING, READERS, RUNNER

from .conftest import Look, refusing

AUDITORS = ("b0000000-0000-4000-8000-000000000006", "b0000000-0000-4000-8000-000000000007")
TWINS = ("a0000000-0000-4000-8000-00000000000b", "a0000000-0000-4000-8000-00000000000c")
RUNNER_APPLICATION = "c1000000-0000-4000-8000-000000000001"
BATCH = "graph POST $batch"


@pytest.mark.parametrize(
    ("kind", "terms", "expected"),
    [
        ("user", ["ada@contoso.example"], [ADA]),
        ("user", ["LEE@contoso.example", "ada@contoso.example", "lee@contoso.example"], [LEE, ADA, LEE]),
        ("user", ["o'neil@contoso.example"], ["a0000000-0000-4000-8000-000000000006"]),
        # Its mail address, and then another of its addresses.
        ("user", ["kay@fabrikam.example"], ["a0000000-0000-4000-8000-000000000005"]),
        ("user", ["kim.maker@contoso.example"], [KIM]),
        ("group", ["Makers", "finance readers"], [MAKERS, READERS]),
        ("group", ["R&D + IT für Größe"], ["b0000000-0000-4000-8000-000000000008"]),
        ("service_principal", ["Governance Runner"], [RUNNER]),
        ("application_id", [RUNNER_APPLICATION, RUNNER_APPLICATION.upper()], [RUNNER, RUNNER]),
    ],
)
def test_names_become_object_ids_in_the_order_of_the_terms(
    look: Look, kind: str, terms: list[str], expected: list[str]
) -> None:
    assert look("principal", *terms, type=kind) == expected


def test_a_term_is_a_user_unless_the_type_says_otherwise(look: Look) -> None:
    assert look("principal", "ada@contoso.example") == [ADA]
    assert "neither an object id nor a user principal name" in look.error("principal", "Makers")


def test_all_terms_are_asked_for_together(look: Look) -> None:
    people = [f"{name}@contoso.example" for name in ("ada", "kim", "lee", "joerg", "max", "dana")]

    assert len(set(look("principal", *people, *people))) == len(people)

    assert look.tokens() == 1
    assert look.asked() == [BATCH]


@pytest.mark.parametrize("kind", ["user", "group", "service_principal"])
def test_an_object_id_is_given_back_without_a_request(look: Look, kind: str) -> None:
    assert look("principal", NOTHING.upper(), NOTHING, type=kind) == [NOTHING, NOTHING]

    assert look.emulator.log() == []


def test_a_group_that_is_called_like_an_object_id_is_not_meant(look: Look) -> None:
    look.emulator.change([{"change": "set_principal", "principal": "Makers", "name": NOTHING}])

    assert look("principal", NOTHING, type="group") == [NOTHING]


@pytest.mark.parametrize(
    ("kind", "term", "expected"),
    [("group", "Auditors", AUDITORS), ("user", "chris@contoso.example", TWINS)],
)
def test_a_name_that_fits_several(look: Look, kind: str, term: str, expected: tuple[str, str]) -> None:
    message = look.error("principal", term, type=kind)

    assert f"{kind}={term!r}: 2 things bear this name" in message
    assert all(identifier in message for identifier in expected)


@pytest.mark.parametrize(
    ("kind", "known", "term"),
    [
        ("user", "ada@contoso.example", "nobody@contoso.example"),
        # In the bin of the directory.
        ("user", "ada@contoso.example", "lou@contoso.example"),
        ("user", "ada@contoso.example", "*@contoso.example"),
        ("group", "Makers", "ada@contoso.example"),
        ("group", "Makers", "Make*"),
        ("service_principal", "Governance Runner", RUNNER_APPLICATION[:-1]),
        # An object id is none.
        ("application_id", RUNNER_APPLICATION, RUNNER),
    ],
)
def test_a_term_that_fits_nothing(look: Look, kind: str, known: str, term: str) -> None:
    assert f"{kind}={term!r}: Microsoft Graph knows no such principal" in look.missing(
        "principal", known, term, type=kind
    )
    [first, none, last] = look("principal", known, term, known, type=kind, default=None)
    assert first == last
    assert none is None


def test_what_cannot_be_a_client_id_is_an_error_before_anything_is_sent(look: Look) -> None:
    assert "application_id='Runner': it does not name a principal" in look.error(
        "principal", "Runner", type="application_id"
    )
    assert look.emulator.log() == []


def test_a_type_that_there_is_not(look: Look) -> None:
    with pytest.raises(Exception, match=r"(?s)team.*\btype\b|\btype\b.*team"):
        look("principal", "Makers", type="team")


def test_terms_are_needed(look: Look) -> None:
    assert "terms: none is given" in look.error("principal", type="group")
    assert look.emulator.log() == []


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
@pytest.mark.parametrize("term", ["ada@contoso.example", "nobody@contoso.example"])
def test_what_cannot_be_read_is_an_error_even_with_a_default(look: Look, status: int, term: str) -> None:
    look.emulator.faults(refusing(status, service="graph"))
    assert str(status) in look.error("principal", term)

    look.emulator.faults([{"kind": "batch_item", "status": status, "retry_after": 0}])
    assert str(status) in look.error("principal", term)


def test_an_application_without_the_permission_says_what_to_grant(look: Look) -> None:
    message = look.error("principal", "Makers", type="group", who="graphless")

    assert "403" in message
    assert "Grant the application" in message

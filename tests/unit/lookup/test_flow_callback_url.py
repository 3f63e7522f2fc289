# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup flow_callback_url: a secret, which a lookup cannot guard, and which is nowhere but in its answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.integration.run import environment
from tests.unit.completeness.playing import play
from tests.unit.engine.conftest import BRAND_NEW, FINANCE, INTAKE, NOTHING, NOWHERE, OFF, RUNNING, SANDBOX

from .conftest import Look, refusing

Json = dict[str, Any]

NAME = "flow_callback_url"
BUTTON = "f0000000-0000-4000-8000-00000000002a"
ADA: Json = {"who": "delegated"}
LIST = "bap GET environments"
SIGNATURE = "the-signature-of-the-test"


def test_one_by_ids_in_as_few_requests_as_there_can_be(look: Look) -> None:
    [url] = look(NAME, INTAKE, environment=SANDBOX, **ADA)

    assert look.tokens() == 2
    assert look.asked() == [f"bap GET {SANDBOX}", f"flow GET {INTAKE}", "flow POST listCallbackUrl"]
    assert url.startswith("https://")
    assert "sig=" in url
    assert look(NAME, "Invoice intake", environment="Finance Sandbox", **ADA) == [url]


def test_one_listing_for_all_terms_and_one_question_for_each_flow(look: Look) -> None:
    look.emulator.change([{"change": "set_flow", "flow": BUTTON, "trigger": "Request"}])

    terms = ("Invoice intake", "Expense claim button", INTAKE, "Invoice intake")
    first, second, third, fourth = look(NAME, *terms, environment="Finance Sandbox", **ADA)

    assert first == third == fourth != second
    assert look.tokens() == 2
    assert look.asked() == [LIST, "flow GET flows", *["flow POST listCallbackUrl"] * 2]


def test_a_trigger_of_another_name(look: Look) -> None:
    message = look.missing(NAME, INTAKE, environment=SANDBOX, trigger_name="Elsewhere", **ADA)

    assert "trigger_name='Elsewhere'" in message
    assert "has no trigger of this name" in message


def test_a_flow_that_nothing_starts_over_http(look: Look) -> None:
    assert "has no trigger of this name" in look.missing(NAME, RUNNING, environment=FINANCE, **ADA)


@pytest.mark.parametrize("term", ["Nothing", "Invoice*", "[I]nvoice intake"])
def test_a_flow_that_is_not_there(look: Look, term: str) -> None:
    assert f"flow={term!r}: there is no such flow" in look.missing(NAME, INTAKE, term, environment=SANDBOX, **ADA)

    none, url = look(NAME, term, INTAKE, environment=SANDBOX, default=None, **ADA)
    assert none is None
    assert "sig=" in url


def test_a_name_that_fits_several(look: Look) -> None:
    look.emulator.change([{"change": "set_flow", "flow": BUTTON, "name": "Invoice intake"}])

    message = look.error(NAME, "Invoice intake", environment=SANDBOX, **ADA)

    assert "2 things bear this name" in message
    assert INTAKE in message
    assert BUTTON in message


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"environment": "Nowhere"}, "environment='Nowhere'"),
        ({"environment": NOWHERE}, NOWHERE),
        ({"environment": "Sales"}, "2 things bear this name"),
        ({"environment": BRAND_NEW}, "Brand New"),
        ({"environment": ""}, "environment='': it is empty"),
        ({"trigger_name": " "}, "trigger_name=' ': it is empty"),
    ],
)
def test_what_no_default_stands_for(look: Look, options: Json, says: str) -> None:
    assert says in look.error(NAME, "Nothing", **{"environment": SANDBOX, **ADA, **options})


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
@pytest.mark.parametrize("path", ["/flows", "/listCallbackUrl$"])
def test_what_cannot_be_read_is_an_error_even_with_a_default(look: Look, status: int, path: str) -> None:
    look.emulator.faults(refusing(status, path=path, service="flow"))

    for term in (INTAKE, "Invoice intake"):
        assert str(status) in look.error(NAME, term, environment=SANDBOX, **ADA)


def test_a_flow_that_is_gone_between_two_requests_is_no_missing_trigger(look: Look) -> None:
    look.emulator.faults(refusing(404, path="/listCallbackUrl$", code="FlowNotFound"))

    assert "404" in look.error(NAME, INTAKE, environment=SANDBOX, **ADA)


@pytest.mark.parametrize("term", [OFF, NOTHING])
def test_what_a_maker_does_not_see_is_not_there_and_the_service_says_why(look: Look, term: str) -> None:
    """It answers so for what is not there as well; the whole listing of the maker tells that it is neither."""
    message = look.missing(NAME, term, environment=FINANCE, who="maker")

    assert "403" in message
    assert "The service gives the same answer for a thing that does not exist" in message
    look.emulator.faults(refusing(500, path="/flows$", service="flow"))
    assert "500" in look.error(NAME, term, environment=FINANCE, who="maker")


def test_an_application_is_told_before_anything_is_sent(look: Look) -> None:
    assert "application" in look.error(NAME, INTAKE, environment=SANDBOX)
    assert look.asked() == []


def test_an_application_for_flows_is_told_before_a_user_lists_environments(look: Look) -> None:
    flows = look.emulator.token("https://service.flow.microsoft.com//.default", "runner")
    tokens = {"bap": look.emulator.token(client="delegated"), "flow": flows}

    message = look.error(NAME, INTAKE, environment="Finance Sandbox", who="", access_tokens=tokens)

    assert "application" in message
    assert look.asked() == []


def test_terms_are_needed(look: Look) -> None:
    assert "terms: none is given" in look.error(NAME, environment=SANDBOX, **ADA)
    assert look.emulator.log() == []


@pytest.mark.parametrize("body", [{}, {"response": {"basePath": f"https://x.example/?sig={SIGNATURE}"}}])
def test_an_answer_without_the_url_is_not_repeated(look: Look, body: Json) -> None:
    look.emulator.faults(
        [{"kind": "status", "status": 200, "body": body, "match": {"path": "/listCallbackUrl$"}}],
    )

    message = look.error(NAME, INTAKE, environment=SANDBOX, **ADA)

    assert "without the URL" in message
    assert SIGNATURE not in message


def test_with_no_log_it_is_shown_nowhere_at_any_verbosity(emulator: Emulator, tmp_path: Path) -> None:
    own = emulator.credentials("delegated")
    logged_in = {f"POWER_PLATFORM_{name.upper()}": value for name, value in own.items()}
    template = f"{{{{ lookup('powerops.powerplatform.{NAME}', '{INTAKE}', environment='{SANDBOX}') }}}}"
    tasks: list[Json] = [
        {"ansible.builtin.debug": {"msg": template}, "no_log": True},
        {"ansible.builtin.set_fact": {"held": template}, "no_log": True, "register": "kept"},
        # It fails with the URL in its hand.
        {
            "ansible.builtin.command": {"argv": ["false", template]},
            "no_log": True,
            "ignore_errors": True,
            "register": "failed",
        },
        {"ansible.builtin.debug": {"msg": "{{ item }}"}, "loop": [template], "no_log": True},
    ]

    done = play(tasks, tmp_path / "play", {**environment(emulator), **logged_in})

    assert done.status == 0
    url = done.results["kept"]["ansible_facts"]["held"]
    assert len(url.partition("sig=")[2]) > 20
    for part in (url.partition("sig=")[2], url.partition("?")[0]):
        assert part not in done.output
    assert done.results["failed"]["failed"]
    assert emulator.log(writes=True) == []
    assert url.partition("sig=")[2] not in json.dumps(emulator.log())

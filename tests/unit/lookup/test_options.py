# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of lookups: terms, the call, variables, the environment; which wins, and what no message shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.plugins.loader import lookup_loader

from ansible_collections.powerops.powerplatform.plugins.module_utils import _connection, _login
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from tests.emulator.control import Emulator
from tests.integration.run import environment
from tests.unit.completeness.playing import play
from tests.unit.engine.conftest import FINANCE, INTAKE, SANDBOX, Impatient

from .conftest import Look

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 renders any text
    trust_as_template = str

Json = dict[str, Any]

# Each lookup with options that let it answer without a term, or with this one.
CALLS: dict[str, tuple[tuple[str, ...], Json]] = {
    "environment": ((FINANCE,), {}),
    "dataverse_url": ((FINANCE,), {}),
    "powerapp": (("Expenses",), {"environment": FINANCE}),
    "flow": (("Month end report",), {"environment": FINANCE}),
    "connection": (("Ledger database",), {"environment": FINANCE}),
    "connector": (("Expenses",), {"environment": FINANCE}),
    "principal": (("ada@contoso.example",), {}),
    "flow_callback_url": ((INTAKE,), {"environment": SANDBOX, "who": "delegated"}),
    "avepoint_connections": (("Ledger database",), {"who": "avepoint"}),
}
EVERY = pytest.mark.parametrize("name", CALLS)


@EVERY
def test_every_lookup_answers(look: Look, name: str) -> None:
    terms, options = CALLS[name]

    assert len(look(name, *terms, *terms, **options)) == 2


@EVERY
def test_every_client_of_a_lookup_is_read_only(look: Look, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall itself is tested with the client."""
    terms, options = CALLS[name]
    opened: list[Client] = []

    class Noted(Impatient):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            opened.append(self)

    monkeypatch.setattr(_login, "Client", Noted)
    look(name, *terms, **options)

    assert [client.read_only for client in opened] == [True]


# -- terms -------------------------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize(
    "bad", ["", " ", "\t\n", None, 7, True, 1.5, {"id": FINANCE}, ["Finance Production"], b"Sales"]
)
def test_a_term_that_is_no_text_is_named_by_its_number(look: Look, name: str, bad: Any) -> None:
    terms, options = CALLS[name]

    message = look.error(name, *terms, bad, **options)

    assert message.startswith("term 2")
    assert "it is no id and no name" in message
    assert ("Write a star before a list: query(..., *names)." in message) is isinstance(bad, list)
    assert look.emulator.log() == []


# -- options of the lookup ---------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("option", ["defualt", "enviroment", "as_admn", "Default"])
def test_an_option_that_there_is_not_is_refused(look: Look, name: str, option: str) -> None:
    terms, options = CALLS[name]

    assert f"{option}: the lookup has no such option" in look.error(name, *terms, **{**options, option: "x"})
    assert look.emulator.log() == []


@EVERY
def test_what_ansible_hands_on_where_a_lookup_is_a_loop_is_no_option(look: Look, name: str) -> None:
    terms, options = CALLS[name]

    assert len(look(name, *terms, **options, wantlist=True)) == 1


@pytest.mark.parametrize("name", [name for name, (_terms, options) in CALLS.items() if "environment" in options])
@pytest.mark.parametrize("given", [{}, {"environment": None}])
def test_the_environment_is_needed(look: Look, name: str, given: Json) -> None:
    with pytest.raises(AnsibleError, match="environment"):
        look(name, "Nothing", default=None, **given)
    assert look.emulator.log() == []


def test_options_are_converted_as_in_modules(look: Look) -> None:
    assert look("environment", FINANCE, as_admin="yes", timeout="30")[0]["id"] == FINANCE
    assert "timeout=0" in look.error("environment", FINANCE, timeout="0")
    with pytest.raises(AnsibleError, match="cloud"):
        look("environment", FINANCE, cloud="marsian")


@EVERY
def test_another_tenant_than_the_expected_one_is_an_error(look: Look, name: str) -> None:
    terms, options = CALLS[name]
    other = "99999999-2222-4333-8444-555555555555"
    message = look.error(name, *terms, **options, expected_tenant_id=other)

    # AvePoint's tokens name no tenant.
    assert (other in message) is (name != "avepoint_connections")
    assert ("no such option" in message) is (name == "avepoint_connections")
    assert look.asked() == []


@EVERY
@pytest.mark.parametrize("value", ["perhaps", "", "2", 2, "ja"])
def test_a_word_that_is_no_boolean_is_not_taken_for_false(look: Look, name: str, value: Any) -> None:
    """Certificates would no longer be checked."""
    terms, options = CALLS[name]
    held = {"ansible_power_platform_validate_certs": value}

    for given in ({"validate_certs": value}, {"variables": held}):
        message = look.error(name, *terms, **options, **given)
        assert f"validate_certs={value!r}: it is neither true nor false" in message
    assert look.emulator.log() == []
    if "as_admin" in documentation_of(name):
        assert f"as_admin={value!r}" in look.error(name, *terms, **{**options, "as_admin": value})


def documentation_of(name: str) -> set[str]:
    """The options of a lookup."""
    plugin = lookup_loader.get(f"powerops.powerplatform.{name}")
    return set(plugin.option_definitions)


# -- where options of logging in come from -----------------------------------------------------------------------------


def clients(emulator: Emulator) -> set[str]:
    """Who asked for tokens."""
    return {entry["client_id"] for entry in emulator.log() if entry["path"].endswith("/token")}


def test_the_call_wins_over_variables_and_these_over_the_environment(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = look.emulator
    ways = {who: emulator.credentials(who) for who in ("runner", "delegated", "graphless")}

    for option, value in ways["graphless"].items():
        monkeypatch.setenv(f"POWER_PLATFORM_{option.upper()}", value)
    look("environment", FINANCE, who="")
    assert clients(emulator) == {ways["graphless"]["client_id"]}

    emulator.clear_log()
    look("environment", FINANCE, who="runner")
    assert clients(emulator) == {ways["runner"]["client_id"]}

    emulator.clear_log()
    look("environment", FINANCE, who="runner", **ways["delegated"])
    assert clients(emulator) == {ways["delegated"]["client_id"]}


def test_everything_may_come_from_the_environment(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in look.variables("runner").items():
        monkeypatch.setenv(name.removeprefix("ansible_").upper(), value)
    plugin = lookup_loader.get("powerops.powerplatform.environment")

    assert [row["id"] for row in plugin.run([FINANCE])] == [FINANCE]
    monkeypatch.delenv("POWER_PLATFORM_CLIENT_SECRET")
    with pytest.raises(AnsibleLookupError, match="POWER_PLATFORM_CLIENT_SECRET"):
        lookup_loader.get("powerops.powerplatform.environment").run([FINANCE])


def test_logins_of_avepoint_come_from_places_of_their_own(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    for option, value in {"data_center": "we", **look.emulator.avepoint()}.items():
        if option != "certificate_path":
            monkeypatch.setenv(f"AVEPOINT_{option.upper()}", value)

    assert look("avepoint_connections", "Ledger database", who="runner")
    assert clients(look.emulator) == {look.emulator.avepoint()["client_id"]}


def test_tokens_that_were_fetched_before_need_no_login(look: Look) -> None:
    tokens = {"bap": look.emulator.token(), "graph": look.emulator.token("https://graph.microsoft.com/.default")}
    look.emulator.clear_log()

    held = {"ansible_power_platform_access_tokens": tokens}
    assert look("environment", FINANCE, who="", variables=held)[0]["id"] == FINANCE
    assert len(look("principal", "ada@contoso.example", who="", access_tokens=tokens)) == 1

    assert look.tokens() == 0


def test_the_token_cache_serves_several_calls(look: Look, tmp_path: Path) -> None:
    for _number in range(3):
        look("environment", FINANCE, token_cache_path=str(tmp_path / "tokens"))

    assert look.tokens() == 1


def test_variables_may_be_templates(look: Look) -> None:
    """Most are: a secret stands in a vault, under another name."""
    held = look.variables("runner")
    secret = held.pop("ansible_power_platform_client_secret")
    template = trust_as_template("{{ vaulted ~ '' }}")

    assert look(
        "environment",
        FINANCE,
        who="",
        variables={**held, "vaulted": secret, "ansible_power_platform_client_secret": template},
    )
    with pytest.raises(AnsibleError, match="vaulted"):
        look("environment", FINANCE, variables={"ansible_power_platform_client_secret": template})


def test_a_variable_that_is_no_option_is_not_touched(look: Look) -> None:
    """A play has thousands of variables, some of which cannot even be rendered."""
    broken = trust_as_template("{{ nowhere.to_be_found }}")
    held = {"anything": broken, "ansible_power_platform_display_name": broken, "ansible_avepoint_client_id": broken}

    assert look("environment", FINANCE, variables=held)


# -- what is said ------------------------------------------------------------------------------------------------------


@EVERY
def test_a_missing_library_is_named_and_where_it_belongs(
    look: Look, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms, options = CALLS[name]
    monkeypatch.setattr(_connection, "REQUESTS_IMPORT_ERROR", "ImportError: no such module")

    message = look.error(name, *terms, **options)

    assert "requests" in message
    assert message.endswith(f"Install it where ansible-core runs, for its Python {sys.executable}.")


def test_warnings_of_the_login_are_shown_also_where_the_lookup_fails(
    look: Look, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tokens"
    look("environment", FINANCE, token_cache_path=str(folder))
    for file in folder.iterdir():
        file.write_text("no token", encoding="utf-8")
        file.chmod(0o600)

    with pytest.raises(AnsibleLookupError, match="Nowhere"):
        look("environment", "Nowhere", token_cache_path=str(folder))

    told = capfd.readouterr()
    assert "[WARNING]" in told.out + told.err
    assert str(folder) in "".join((told.out + told.err).split("\n"))


def test_no_secret_is_shown_at_any_verbosity(emulator: Emulator, tmp_path: Path) -> None:
    """Neither where a lookup works nor where it fails, at -vvvv, from environment, variable or call."""
    lookup = "lookup('powerops.powerplatform.environment', 'Finance Production'"
    tasks: list[Json] = [{"ansible.builtin.debug": {"msg": f"{{{{ {lookup}).id }}}}"}, "register": "worked"}]
    held = {
        "ansible_power_platform_client_id": emulator.credentials("delegated")["client_id"],
        "ansible_power_platform_client_secret": "{{ lookup('ansible.builtin.env', 'SECRET_OF_THE_TEST') }}",
    }
    tasks.append(
        {"ansible.builtin.debug": {"msg": f"{{{{ {lookup}).id }}}}"}, "register": "with_variables", "vars": held}
    )
    for number, extra in enumerate(
        (
            "client_secret=wrong",
            "timeout=0",
            "access_tokens={'bap': token}, auth_method='access_token'",
            "proxy=proxied, deadline=1",
            "defualt=wrong",
        )
    ):
        tasks.append(
            {
                "ansible.builtin.debug": {"msg": f"{{{{ {lookup}, {extra}) }}}}"},
                "vars": {
                    "wrong": "{{ lookup('ansible.builtin.env', 'WRONG_SECRET') }}",
                    "token": "{{ lookup('ansible.builtin.env', 'WRONG_TOKEN') }}",
                    "proxied": "http://me:{{ lookup('ansible.builtin.env', 'WRONG_SECRET') }}@127.0.0.1:1",
                },
                "ignore_errors": True,
                "register": f"failed_{number}",
            }
        )
    token = emulator.token()[:-4] + "AAAA"
    given = {"SECRET_OF_THE_TEST": "delegated-secret", "WRONG_SECRET": "the-wrong-secret", "WRONG_TOKEN": token}

    done = play(tasks, tmp_path / "play", {**environment(emulator), **given})

    assert done.status == 0, done.output
    assert done.results["worked"]["msg"] == done.results["with_variables"]["msg"] == FINANCE
    assert all(done.results[f"failed_{number}"]["failed"] for number in range(5))
    told = done.output + json.dumps(done.results)
    for secret in ("runner-secret", "delegated-secret", "the-wrong-secret", token, "eyJ"):
        assert secret not in told
    assert emulator.log(writes=True) == []

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in once: which tokens, whose they are, and what is handed on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    PowerPlatformError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.login_info import KIND
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import ask, services_asked

GRAPH = "https://graph.microsoft.com"
ORGANIZATION = "https://contosofin.crm4.dynamics.com"


def test_one_token_for_each_audience(emulator: Emulator) -> None:
    answer = ask(emulator, "login_info", organization_urls=[ORGANIZATION, f" {ORGANIZATION.upper()}/ "])
    tokens = answer["module_defaults"]["access_tokens"]
    assert list(tokens) == ["bap", "powerapps", "flow", "graph", ORGANIZATION]
    assert tokens["bap"] == tokens["powerapps"]
    assert emulator.summary()["tokens"] == 4
    assert services_asked(emulator) == set()
    assert [row["service"] for row in answer["identities"]] == ["bap", "powerapps", "flow", "graph", "dataverse"]
    assert answer["identities"][-1]["audience"] == ORGANIZATION
    assert set(KIND.handed_out(answer)) == set(tokens.values())


def test_what_is_asked_for_twice_is_fetched_once(emulator: Emulator) -> None:
    answer = ask(emulator, "login_info", services=["graph", "power_platform", "graph"])
    assert [row["service"] for row in answer["identities"]] == ["graph", "power_platform"]


def test_the_first_end_is_told(emulator: Emulator) -> None:
    long = emulator.token("https://graph.microsoft.com/.default")
    emulator.faults([{"kind": "token_lifetime", "seconds": 600}])
    short = emulator.token("https://service.flow.microsoft.com//.default")
    found = login({"access_tokens": {"graph": long, "flow": short, "bap": "opaque"}}, {})
    client = Client(found.connection, found.cloud, found.tokens, read_only=True, redact=found.redactor)
    answer = KIND.read(client, {"services": ["graph", "flow"], "organization_urls": []})
    by_service = {row["service"]: row["expires_at"] for row in answer["identities"]}
    assert answer["expires_at"] == by_service["flow"] < by_service["graph"]
    client = Client(found.connection, found.cloud, found.tokens, read_only=True, redact=found.redactor)
    unknown = KIND.read(client, {"services": ["bap"], "organization_urls": []})
    assert unknown["expires_at"] is None
    assert unknown["identities"][0]["audience"] == ""


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"services": []}, OptionError, r"services=\[\]: it is empty"),
        ({"organization_urls": ["http://contosofin.crm4.dynamics.com"]}, OptionError, "organization_urls: must be"),
        ({"organization_urls": [f"{ORGANIZATION}/main.aspx"]}, OptionError, rf"alone: {re.escape(ORGANIZATION)}\."),
        ({"organization_urls": [f"{ORGANIZATION}/api/data/v9.2/"]}, OptionError, "it has a path"),
        ({"organization_urls": [""]}, OptionError, "organization_urls: must be an https URL"),
        ({"organization_urls": ["https://contoso.example"]}, GuardError, "no address of a Dataverse organisation"),
        ({"organization_urls": ["https://contosofin.crm4.dynamics.com.evil.example"]}, GuardError, "no address"),
    ],
)
def test_what_cannot_be(
    emulator: Emulator, options: dict[str, Any], error: type[PowerPlatformError], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(emulator, "login_info", **options)


def test_one_token_that_cannot_be_had_is_an_error(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 400, "after": 2, "match": {"path": "/token$"}}])
    with pytest.raises(TokenError, match=r"https://graph\.microsoft\.com"):
        ask(emulator, "login_info")


# -- what is handed on -------------------------------------------------------------------------------------------------


def test_every_option_of_logging_in_is_handed_on_or_not_for_a_reason() -> None:
    """A new option has to be put on one side: without it, the tasks that follow might reach another tenant."""
    credentials = {"tenant_id", "client_id", "auth_method", "access_tokens", "token_cache_path"}
    credentials |= {
        name for name in AUTH_OPTIONS if name.startswith(("client_", "oidc_", "azdo_", "managed_identity_"))
    }
    of_this_task = {"timeout", "deadline"}
    assert set(AUTH_OPTIONS) - credentials - of_this_task - {"proxy"} == set(KIND.shared)


def test_a_credential_of_ones_own_is_no_silent_change_of_identity(emulator: Emulator) -> None:
    """Neither of them: the task says who it is, and its defaults say something else."""
    defaults = ask(emulator, "login_info", services=["graph"])["module_defaults"]
    assert login(defaults, {"ARM_CLIENT_SECRET": "s", "POWER_PLATFORM_USE_OIDC": "true"}).tokens.token(GRAPH).text
    own = {"tenant_id": "t", "client_id": "c", "client_secret": "s3cret"}
    for more in (own, {"managed_identity_object_id": "1b2c"}):
        with pytest.raises(OptionError, match=r"2 ways to log in are given at once: .*access_tokens from the task"):
            login({**defaults, **more}, {})


def test_only_what_was_given_is_handed_on() -> None:
    given = {"tenant_id": "t", "client_id": "c", "client_secret": "s3cret", "proxy": "http://u:p4ss@x.test:1"}
    more = {
        "endpoints": {"flow": "https://flow.test", "bap": None},
        "audiences": {},
        "timeout": 60,
        "deadline": 7,
        "validate_certs": False,
        "pace": "adaptive",
        "token_cache_path": "/x",
    }
    found = login({**given, **more}, {"POWER_PLATFORM_CLOUD": "gcc", "REQUESTS_CA_BUNDLE": __file__})
    handed_on = {name: found.shared[name] for name in KIND.shared if name in found.shared}
    assert handed_on == {
        "cloud": "gcc",
        "endpoints": {"flow": "https://flow.test"},
        "ca_path": __file__,
        "validate_certs": False,
    }
    assert not {"client_secret", "proxy"} & set(found.shared)
    assert "s3cret" not in repr(found.shared)

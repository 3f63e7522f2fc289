# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surveys show of a connection's parameters, and that an id is never followed as a name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnknownReferenceError
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BROKEN,
    CALCULATOR,
    CLAIMS,
    DATABASE,
    EXPENSES,
    FINANCE,
    NOTHING,
    SECRET,
    WAREHOUSE,
    ask,
)
from tests.unit.engine.conftest import PLAIN as PLAIN_CANVAS
from tests.unit.resources.surveys import ids

Json = dict[str, Any]

PLAIN: Json = {
    "server": "sql.contoso.example",
    "database": "ledger",
    "port": 1433,
    "encrypt": True,
    "tokenIssuer": "https://login.contoso.example/issuer",
    "keyVaultName": "vault",
    "passwordPolicy": "strong",
}
NAMED_LIKE_SECRETS = (
    "password",
    "PWD",
    "secret",
    "clientSecret",
    "client_secret",
    "api_key",
    "apiKey",
    "accessKey",
    "accountKey",
    "storage-key",
    "sharedSecret",
    "primaryKey",
    "secondary_key",
    "token",
    "accessToken",
    "connectionString",
    "sqlConnectionString",
    "azureBlob_connection-string",
    "sasToken",
    "privateKey",
    "credential",
    "gatewayCredentials",
)
SIGNED = (
    f"https://prod.logic.contoso.example/workflows/1/triggers/manual/paths/invoke?sp=%2Fread&sv=1.0&sig={SECRET}",
    f"https://archive.blob.contoso.example/box?sv=2024&SIG={SECRET}",
    f"https://ada:{SECRET}@files.contoso.example/box",
)


def shown(emulator: Emulator, **options: Any) -> Json:
    [row] = ask(emulator, "connection_info", environments=[FINANCE], connections=[DATABASE], **options)["connections"]
    return dict(row["parameters"])


def holds(emulator: Emulator, parameters: Json) -> None:
    emulator.change([{"change": "set_connection", "connection": DATABASE, "parameters": parameters}])
    assert SECRET in json.dumps(emulator.tenant())


# -- parameters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMED_LIKE_SECRETS)
def test_a_parameter_that_is_named_like_a_secret_is_not_shown(emulator: Emulator, name: str) -> None:
    """Should a service ever return one."""
    holds(emulator, {**PLAIN, name: SECRET})
    assert shown(emulator) == PLAIN


@pytest.mark.parametrize("url", SIGNED)
def test_an_address_is_shown_without_what_opens_it(emulator: Emulator, url: str) -> None:
    holds(emulator, {**PLAIN, "callback": url})
    parameters = shown(emulator)
    assert parameters.keys() == {*PLAIN, "callback"}
    assert parameters["callback"].startswith("https://")
    assert ".contoso.example/" in parameters["callback"]
    assert SECRET not in json.dumps(parameters)


def test_an_address_without_a_signature_is_shown_as_it_is(emulator: Emulator) -> None:
    address = "https://sites.contoso.example/finance?view=all&page=2"
    emulator.change([{"change": "set_connection", "connection": DATABASE, "parameters": {"site": address}}])
    assert shown(emulator) == {"site": address}


# -- ids and names -----------------------------------------------------------------------------------------------------

# A question, the option that chooses, a thing that bears a name like an id, and how it comes to it.
LURES = {
    "powerapp_info": ("apps", CALCULATOR, "set_app", "app"),
    "connection_info": ("connections", BROKEN, "set_connection", "connection"),
    "connector_info": ("connectors", WAREHOUSE, "set_connector", "connector"),
}
IDS = {
    "powerapp_info": [EXPENSES, EXPENSES.upper()],
    "connection_info": [DATABASE, DATABASE.upper()],
    "connector_info": [CLAIMS, CLAIMS.upper()],
}
FREE = {
    "powerapp_info": [NOTHING],
    "connection_info": ["ab" * 16, NOTHING, "shared-sql-nothing"],
    "connector_info": ["shared_nothing"],
}


def lured(emulator: Emulator, name: str, text: str) -> None:
    _option, thing, change, word = LURES[name]
    emulator.change([{"change": change, word: thing, "name": text}])


@pytest.mark.parametrize(("name", "known"), [(name, known) for name in IDS for known in IDS[name]])
@pytest.mark.parametrize("others", [[], ["No such*"]], ids=["alone", "beside a pattern"])
def test_an_id_chooses_that_thing_alone(emulator: Emulator, name: str, known: str, others: list[str]) -> None:
    lured(emulator, name, known)
    found = ask(emulator, name, environments=[FINANCE], **{LURES[name][0]: [known, *others]})
    assert [item.lower() for item in ids(found, name)] == [known.lower()]


@pytest.mark.parametrize(("name", "free"), [(name, free) for name in FREE for free in FREE[name]])
def test_an_id_of_nothing_is_not_found_in_a_name(emulator: Emulator, name: str, free: str) -> None:
    lured(emulator, name, free)
    with pytest.raises(UnknownReferenceError, match=free):
        ask(emulator, name, environments=[FINANCE], **{LURES[name][0]: [free, "No such*"]})


@pytest.mark.parametrize("option", ["environments", "exclude"])
@pytest.mark.parametrize("known", [FINANCE, FINANCE.upper()])
def test_nor_is_that_of_an_environment(emulator: Emulator, option: str, known: str) -> None:
    emulator.change([{"change": "set_environment", "environment": PLAIN_CANVAS, "name": known}])
    there = {row["environment"] for row in ask(emulator, "powerapp_info", **{option: [known]})["powerapps"]}
    assert (FINANCE in there, PLAIN_CANVAS in there) == ((True, False) if option == "environments" else (False, True))

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connection a declaration means, and what can never be right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Caller,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    is_connection_id,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connection import KIND
from tests.unit.engine.conftest import declared
from tests.unit.resources.connecting import (
    ADA,
    CALLER,
    ENVIRONMENT,
    IDENTIFIER,
    SECRET,
    SQL,
    Json,
    bound,
)
from tests.unit.resources.declaring import IDS

# -- which one -------------------------------------------------------------------------------------------------------


def located(caller: Caller = CALLER, environment: Thing = ENVIRONMENT, **options: Any) -> str:
    wanted = {"environment": "written somehow", "connector": "shared_sql", "display_name": "Ledger", **options}
    return KIND.locate(KIND.parse(declared(KIND, **wanted)), environment, caller)


def test_the_derived_id_lasts() -> None:
    """Whoever runs again means the same connection: by tenant, environment, connector and key, and by nothing else."""
    known = located(key="k")
    assert is_connection_id(known)
    assert known == known.lower()
    shouted = Thing(ENVIRONMENT.id.upper(), "Renamed", {})
    alike = [
        located(key="k", display_name="Other"),
        located(key="k", connector="Shared_SQL"),
        located(CALLER._replace(object_id=ADA, kind="delegated"), key="k"),
        located(environment=shouted, key="k"),
        located(key="k", parameters=SQL),
    ]
    assert set(alike) == {known}
    others = [
        located(),
        located(key="K"),
        located(connector="shared_azureblob", key="k"),
        located(CALLER._replace(tenant_id=IDS[2]), key="k"),
        located(environment=Thing(IDS[3], "Finance", {}), key="k"),
    ]
    assert len({known, *others}) == 1 + len(others)
    assert located(connection_id=IDENTIFIER) == IDENTIFIER


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (IDENTIFIER, True),
        (IDENTIFIER.upper(), True),
        (IDS[0], True),
        ("shared-sql-1d9b2f4e-0000-4000-8000-000000000001", True),
        ("Ledger", False),
        (IDENTIFIER[:-1], False),
        ("shared-sql/x", False),
        ("", False),
    ],
)
def test_what_an_id_looks_like(text: str, is_one: bool) -> None:
    assert is_connection_id(text) is is_one


# -- two declarations, and what can never be right -------------------------------------------------------------------


def test_two_declarations_are_one_or_a_contradiction() -> None:
    one = {"display_name": "Ledger", "secret_parameters": {"password": SECRET}}
    assert KIND.merge(bound(**one), bound(**one)) == bound(**one)
    for other in (
        {**one, "display_name": "Other"},
        {**one, "secret_parameters": {"password": "another"}},
        {**one, "update_secrets": "always"},
        {"state": "absent"},
    ):
        with pytest.raises(OptionError, match="differently") as raised:
            KIND.merge(bound(**one), bound(**other))
        assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"connector": "SQL Server"}, "connector"),
        ({"connector": ""}, "connector"),
        ({"connection_id": "Ledger"}, "connection_id"),
        ({"display_name": " "}, "display_name"),
        ({"parameters": {"password": 1}, "secret_parameters": {"password": SECRET}}, "parameters.password"),
        ({"secret_parameters": {"password": ""}}, "secret_parameters.password"),
    ],
)
def test_what_can_never_be_right(options: Json, option: str) -> None:
    with pytest.raises(OptionError) as raised:
        bound(**options)
    assert raised.value.option == option
    assert SECRET not in str(raised.value)

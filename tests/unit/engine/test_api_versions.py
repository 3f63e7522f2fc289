# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version that each operation is asked for, and the option that replaces it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import FAILED, OK
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import GROUP, GROUPS, LIMITS, client, shared
from tests.unit.engine.platform import group, resource

Json = dict[str, Any]

PREVIEW = "2022-03-01-preview"


def queries(emulator: Emulator, service: str = "power_platform") -> list[tuple[str, str]]:
    return [(entry["method"], entry["query"]) for entry in emulator.log(service=service)]


def ensured(emulator: Emulator, wanted: Any, **versions: Any) -> Any:
    return ensure(wanted.kind, wanted.options, client(emulator, api_versions=versions), LIMITS)


def test_an_overridden_version_is_what_is_asked_for(emulator: Emulator) -> None:
    versions = {"List-PowerPlatformResources": "1", "Post-PowerPlatformResource": PREVIEW, "No-SuchOperation": "9"}
    assert ensured(emulator, group(), **versions).error is None
    assert queries(emulator) == [
        ("GET", "api-version=1"),
        ("POST", f"api-version={PREVIEW}"),
        ("GET", "api-version=1"),
        ("GET", "api-version=2024-10-01"),
    ]


def test_other_services_take_other_versions_as_well(emulator: Emulator) -> None:
    kind = INFO_KINDS["environment_info"]
    options = {name: option.get("default") for name, option in kind.options.items()}
    kind.read(client(emulator, api_versions={"List-AdminEnvironments": "2020-10-01"}), options)
    assert {query.partition("&")[0] for _method, query in queries(emulator, "bap")} == {"api-version=2020-10-01"}


def test_the_version_of_a_task_comes_first(emulator: Emulator) -> None:
    wanted = resource(path=f"{GROUPS}/{GROUP}", api_version=PREVIEW)
    assert ensured(emulator, wanted, **{"Get-PowerPlatformResource": "1"}).status == OK
    assert queries(emulator) == [("GET", f"api-version={PREVIEW}")]


def test_a_version_that_is_not_supported_names_the_option(emulator: Emulator) -> None:
    outcome = ensured(emulator, resource(path=f"{GROUPS}/{GROUP}"), **{"Get-PowerPlatformResource": "1999-01-01"})
    assert outcome.status == FAILED
    text = str(outcome.error)
    assert "API version 1999-01-01 is not supported. Supported API versions are: " in text
    assert "Give one that it supports in `api_versions`, under Get-PowerPlatformResource" in text
    assert "api_version gives it there" in text


def test_an_operation_without_a_version_takes_none(emulator: Emulator) -> None:
    wanted = shared("aa000000-0000-4000-8000-000000000011", ("kim@contoso.example", "CanView"))
    outcome = ensured(emulator, wanted, **{"Graph-Batch": "v2"})
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.message == "api_versions.Graph-Batch='v2': this operation has no version in its address."
    assert emulator.log(service="graph") == []


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"List-BillingPolicies": 1}, "api_versions.List-BillingPolicies=1: a version is a text"),
        ({"List-BillingPolicies": " "}, "api_versions.List-BillingPolicies=' ': a version is a text"),
        ({"List-BillingPolicies": ""}, "api_versions.List-BillingPolicies=''"),
        ({"List-BillingPolicies": None}, "api_versions.List-BillingPolicies: a version is a text"),
        ({"List-BillingPolicies": {"v": "1"}}, "api_versions.List-BillingPolicies={'v': '1'}"),
        ({" ": "1"}, "under the name of an operation"),
    ],
)
def test_versions_are_texts(emulator: Emulator, versions: Json, said: str) -> None:
    with pytest.raises(PowerPlatformError) as raised:
        client(emulator, api_versions=versions)
    assert said in str(raised.value)
    assert "Put the version in quotes" in str(raised.value)
    assert emulator.log() == []


def test_blanks_around_them_do_not_count() -> None:
    given = {"tenant_id": "t", "client_id": "c", "client_secret": "secret"}
    assert login({**given, "api_versions": {" A-B ": " 1 "}}, {}).versions == {"A-B": "1"}
    assert login(given, {}).versions == {}

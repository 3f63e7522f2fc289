# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data centres of AvePoint, and options that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds_avepoint import (
    DATA_CENTERS,
    resolve_data_center,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    PowerPlatformError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import AVEPOINT
from tests.emulator.avepoint_hosts import DATA, IDENTITY, TOKEN_PATH
from tests.emulator.control import Emulator

from .avepoint_logins import OTHER, listed, log_in, options, refused


def test_data_centres_are_those_of_the_contract() -> None:
    """The emulator's list was written from the contract on its own."""
    hosts = {name: resolve_data_center(name, {}) for name in DATA_CENTERS}
    told = {cloud.endpoints[AVEPOINT].removeprefix("https://"): cloud.authority for cloud in hosts.values()}

    # That of the partners' edition is no data centre.
    assert set(told) == set(DATA) - {"graph.avepointonlineservices.com"}
    for host, environment in DATA.items():
        if host in told:
            assert told[host] == f"https://{IDENTITY[environment or 'commercial']}", host


@pytest.mark.parametrize("data_center", [name for name in DATA_CENTERS if not name.startswith("gcp-")])
def test_every_data_centre_is_asked_with_a_token_of_its_own_environment(emulator: Emulator, data_center: str) -> None:
    host = resolve_data_center(data_center, {}).endpoints[AVEPOINT].removeprefix("https://")
    emulator.change([{"change": "set_avepoint_client", "client": "avepoint", "environment": DATA[host]}])
    emulator.clear_log()

    assert listed(log_in(options(emulator, data_center=data_center))) == 9
    assert [(entry["host"], entry["path"]) for entry in emulator.log()] == [
        (IDENTITY[DATA[host]], TOKEN_PATH),
        (host, "/smp/powerplatform/connections"),
    ]


def test_a_data_centre_of_another_environment_knows_no_such_client(emulator: Emulator) -> None:
    error = refused(log_in(options(emulator, "avepoint-gov")), "avepoint-gov-secret")
    assert "invalid_client" in str(error)
    assert "data_center" in error.remedy


def test_a_data_centre_without_reports_says_what_to_check(emulator: Emulator) -> None:
    with pytest.raises(PowerPlatformError) as caught:
        listed(log_in(options(emulator, data_center="gcp-we")))
    assert "check `data_center`, `endpoints` and `base_url`" in str(caught.value)


def test_hosts_can_be_replaced(emulator: Emulator) -> None:
    own = {"authority": f"{emulator.base_url}/", "avepoint": emulator.base_url}
    result = log_in(options(emulator, data_center=None, base_url=None, endpoints=own))
    assert listed(result) == 9
    one = log_in(options(emulator, data_center="jp", endpoints={"avepoint": "https://gate.example/ave"}))
    assert (one.cloud.endpoints[AVEPOINT], one.cloud.authority) == (
        "https://gate.example/ave",
        "https://identity.avepointonlineservices.com",
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"data_center": None}, ["data_center: missing", "gcp-kr", "AVEPOINT_DATA_CENTER"]),
        ({"data_center": None, "endpoints": {"avepoint": "https://x.example"}}, ["data_center: missing"]),
        ({"data_center": "mars"}, ["data_center='mars'", "there is no such data centre", "fedramp"]),
        ({"endpoints": {"authority": "http://x.example"}}, ["endpoints.authority", "https"]),
        ({"client_secret": None}, ["client_secret or client_certificate", "nothing to log in", "AVEPOINT_CLIENT_ID"]),
        ({"client_secret": " "}, ["nothing to log in"]),
        ({"client_id": None}, ["client_id: missing", "client_secret needs it", "AVEPOINT_CLIENT_ID"]),
        ({"client_id": "two words"}, ["client_id='two words'", "is not an id"]),
        ({"client_certificate": OTHER}, ["several credentials", "client_secret from the task", "Give one"]),
        ({"timeout": 0}, ["timeout=0", "above 0"]),
        ({"deadline": -1}, ["deadline=-1", "above 0"]),
        ({"base_url": "http://x.example"}, ["base_url", "https"]),
        ({"proxy": f"x:{OTHER}"}, ["proxy", "must be a URL"]),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(
    emulator: Emulator, more: dict[str, Any], says: list[str]
) -> None:
    with pytest.raises(OptionError) as caught:
        log_in(options(emulator, **more))
    for text in says:
        assert text in str(caught.value)
    for secret in ("avepoint-secret", OTHER):
        assert secret not in str(caught.value)
    assert emulator.log() == []

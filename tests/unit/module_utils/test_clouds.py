# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, audiences, overrides, and which hosts a link may name."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import (
    CLOUDS,
    SERVICES,
    https_url,
    resolve_cloud,
    scope,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login


def test_public_cloud() -> None:
    cloud = resolve_cloud("public")
    assert cloud.authority == "https://login.microsoftonline.com"
    assert cloud.endpoints == {
        "bap": "https://api.bap.microsoft.com",
        "powerapps": "https://api.powerapps.com",
        "flow": "https://api.flow.microsoft.com",
        "power_platform": "https://api.powerplatform.com",
        "graph": "https://graph.microsoft.com",
    }
    assert scope(cloud.audiences["flow"]) == "https://service.flow.microsoft.com//.default"
    assert scope(cloud.audiences["bap"]) == scope(cloud.audiences["powerapps"])
    assert scope(cloud.audiences["graph"]) == "https://graph.microsoft.com/.default"
    assert cloud.label_length == 2


@pytest.mark.parametrize("name", CLOUDS)
def test_every_cloud_is_complete(name: str) -> None:
    cloud = resolve_cloud(name)
    assert set(cloud.endpoints) == set(cloud.audiences) == set(cloud.siblings) == set(SERVICES)
    for url in (cloud.authority, *cloud.endpoints.values()):
        assert https_url("test", url) == url
    for service in ("bap", "powerapps", "flow"):
        assert cloud.audiences[service].endswith("/")
    for service, url in cloud.endpoints.items():
        assert cloud.owns_host(service, url.removeprefix("https://"))


def test_overrides_one_by_one() -> None:
    cloud = resolve_cloud(
        "gcc",
        {"authority": "https://login.example.test/", "flow": "https://gate.example.test:8443/flow/"},
        {"flow": "https://management.azure.com/"},
    )
    plain = resolve_cloud("gcc")
    assert cloud.authority == "https://login.example.test"
    assert cloud.endpoints["flow"] == "https://gate.example.test:8443/flow"
    assert cloud.audiences["flow"] == "https://management.azure.com/"
    assert cloud.endpoints["bap"] == plain.endpoints["bap"]
    assert cloud.audiences["graph"] == plain.audiences["graph"]
    assert cloud.owns_host("flow", "gate.example.test")
    assert cloud.owns_host("flow", "gov.api.flow.microsoft.us"), "a gateway hands on the links of the service behind it"


def test_an_audience_does_not_follow_its_endpoint() -> None:
    cloud = resolve_cloud("public", {"graph": "https://127.0.0.1:8443", "power_platform": "https://127.0.0.1:8443"})
    assert cloud.audiences["graph"] == "https://graph.microsoft.com"
    assert cloud.audiences["power_platform"] == "https://api.powerplatform.com"


@pytest.mark.parametrize(
    ("service", "host"),
    [
        ("flow", "api.flow.microsoft.com"),
        ("flow", "API.Flow.Microsoft.com"),
        ("flow", "emea.api.flow.microsoft.com:11777"),
        ("flow", "emea.api.flow.microsoft.com"),
        ("flow", "management.azure.com"),
        ("bap", "unitedstates.api.bap.microsoft.com"),
        ("powerapps", "api.powerapps.com"),
        ("powerapps", "management.azure.com:443"),
        ("graph", "graph.microsoft.com"),
    ],
)
def test_hosts_that_links_may_name(service: str, host: str) -> None:
    assert resolve_cloud("public").owns_host(service, host)


@pytest.mark.parametrize(
    ("service", "host"),
    [
        ("flow", "evilapi.flow.microsoft.com"),
        ("flow", "api.flow.microsoft.com.example.test"),
        ("flow", "api.flow.microsoft.com@example.test"),
        ("flow", "api.bap.microsoft.com"),
        ("flow", ""),
        ("bap", "management.azure.com"),
        ("graph", "emea.graph.microsoft.com"),
        ("graph", "management.azure.com"),
        ("powerapps", "emea.api.powerapps.com"),
        ("power_platform", "a.b.environment.api.powerplatform.com"),
    ],
)
def test_hosts_that_links_may_not_name(service: str, host: str) -> None:
    assert not resolve_cloud("public").owns_host(service, host)


def test_regional_hosts_of_a_national_cloud() -> None:
    assert resolve_cloud("gcc").owns_host("flow", "region.api.flow.microsoft.us:11777")
    assert not resolve_cloud("gcc").owns_host("flow", "emea.api.flow.microsoft.com")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mars",), ["cloud='mars'", "public", "china"]),
        (("public", {"flows": "https://x.test"}), ["endpoints", "'flows'", "authority"]),
        (("public", {}, {"dataverse": "x"}), ["audiences", "'dataverse'", "graph"]),
        (("public", {"flow": "http://x.test"}), ["endpoints.flow", "https"]),
        (("public", {"flow": "https://"}), ["endpoints.flow"]),
        (("public", {"flow": "https://x.test:99999"}), ["endpoints.flow"]),
        (("public", {"flow": "https://x.test/?a=b"}), ["query"]),
    ],
)
def test_bad_input(arguments: tuple[object, ...], words: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        resolve_cloud(*arguments)
    for word in words:
        assert word in str(caught.value)


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    with pytest.raises(OptionError) as caught:
        https_url("base_url", "https://me:hunter2@example.test")
    assert "hunter2" not in str(caught.value)
    assert caught.value.remedy == ""


@pytest.mark.parametrize("url", ["http://me:hunter2@x.test", "x.test", "HTTP://x.test"])
def test_that_https_is_needed_is_said_and_where_the_url_is_from(url: str) -> None:
    with pytest.raises(OptionError, match="must be an https URL") as caught:
        https_url("base_url", url, source="POWER_PLATFORM_BASE_URL")
    assert caught.value.remedy.startswith("It is from POWER_PLATFORM_BASE_URL. Begin it with https://")
    assert "x.test" not in str(caught.value)


# -- the host that an environment has of its own -----------------------------------------------------------------------

ENVIRONMENT = "5c1b0f2a-9d3e-4a5b-8c6d-7e8f90a1b2c3"


@pytest.mark.parametrize(
    ("cloud", "host"),
    [
        ("public", "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2.c3.environment.api.powerplatform.com"),
        ("gcc", "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2c.3.environment.api.gov.powerplatform.microsoft.us"),
        ("gcchigh", "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2c.3.environment.api.high.powerplatform.microsoft.us"),
        ("dod", "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2c.3.environment.api.appsplatform.us"),
        ("china", "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2c.3.environment.api.powerplatform.partner.microsoftonline.cn"),
    ],
)
def test_the_host_of_an_environment(cloud: str, host: str) -> None:
    """Two characters of its id in the public cloud, one elsewhere (contract, 2.6)."""
    assert resolve_cloud(cloud).environment_base("power_platform", ENVIRONMENT) == f"https://{host}"
    assert resolve_cloud(cloud).environment_base("power_platform", ENVIRONMENT.upper()) == f"https://{host}"


def test_the_length_of_the_label_can_be_set() -> None:
    for length, label in ((1, "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2c.3"), (2, "5c1b0f2a9d3e4a5b8c6d7e8f90a1b2.c3")):
        for cloud in CLOUDS:
            base = resolve_cloud(cloud, label_length=length).environment_base("power_platform", ENVIRONMENT)
            assert base.startswith(f"https://{label}.environment.")


@pytest.mark.parametrize("cloud", ["public", "gcc"])
def test_the_option_of_the_login_sets_it(cloud: str) -> None:
    given = {"tenant_id": ENVIRONMENT, "client_id": ENVIRONMENT, "client_secret": "s3cret", "cloud": cloud}
    usual = resolve_cloud(cloud).label_length
    assert login(given, {}).cloud.label_length == usual
    for length in (1, 2):
        assert login({**given, "environment_label_length": length}, {}).cloud.label_length == length


def test_the_default_environment_has_one_too() -> None:
    base = resolve_cloud("public").environment_base("power_platform", f"Default-{ENVIRONMENT}")
    assert base == "https://default5c1b0f2a9d3e4a5b8c6d7e8f90a1b2.c3.environment.api.powerplatform.com"


def test_a_base_url_of_the_user_keeps_its_port_and_path() -> None:
    cloud = resolve_cloud("public", {"power_platform": "https://gate.example.test:8443/platform/"})
    base = cloud.environment_base("power_platform", ENVIRONMENT)
    assert base == "https://5c1b0f2a9d3e4a5b8c6d7e8f90a1b2.c3.environment.gate.example.test:8443/platform"


@pytest.mark.parametrize(
    "environment",
    ["", "-", "evil.example.test/", "a/b", "x@y", "5c1b.0f2a", "5c1b:443", "ümlaut", "a b", "５c1b", "a%2f", "#", "?"],
)
def test_what_is_no_label_leads_to_no_host(environment: str) -> None:
    """A token goes only where it belongs."""
    with pytest.raises(OptionError) as caught:
        resolve_cloud("public").environment_base("power_platform", environment)
    assert caught.value.option == "environment"


@pytest.mark.parametrize("name", CLOUDS)
def test_links_to_it_are_no_links_of_the_service(name: str) -> None:
    """For whoever follows one is given the base of the service, which is another host."""
    cloud = resolve_cloud(name)
    host = cloud.environment_base("power_platform", ENVIRONMENT).removeprefix("https://")
    assert not cloud.owns_host("power_platform", host)

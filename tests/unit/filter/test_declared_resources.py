# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter declared_resources: what becomes of lists of declarations, and what it does not take."""

from __future__ import annotations

import copy
import inspect
import re
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.powerops.powerplatform.plugins.filter import declared_resources as plugin
from ansible_collections.powerops.powerplatform.plugins.module_utils._items import Items
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import variable_of
from tests.unit.conftest import ROOT

FILTER = plugin.FilterModule().filters()["declared_resources"]
FINANCE = "e0000000-0000-4000-8000-000000000001"
SECRET = "a-secret-nobody-may-see"
# As the documentation of the roles tells them.
VARIABLES = dict(
    re.findall(
        r"^\| `(powerplatform_\w+)` \| `(\w+)`",
        (ROOT / "roles" / "converge" / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
STATE = {"flow": "f0000000-0000-4000-8000-000000000011", "state": "started"}


def test_there_is_a_variable_for_each_kind_of_the_catalog() -> None:
    assert {variable: kind.name for variable, kind in plugin.VARIABLES.items()} == VARIABLES
    assert sorted(VARIABLES.values()) == sorted(KINDS)


def test_items_come_in_the_order_of_the_lists_each_with_its_kind() -> None:
    lists = {
        "powerplatform_powerapps": [{"app": "one"}, {"app": "two", "environment": "Sandbox"}],
        "powerplatform_flows": None,
        "powerplatform_connections": [],
        "powerplatform_flow_states": (MappingProxyType(STATE),),
    }
    before = copy.deepcopy({**lists, "powerplatform_flow_states": [STATE]})

    assert FILTER(lists, FINANCE) == [
        {"app": "one", "environment": FINANCE, "kind": "powerapp"},
        {"app": "two", "environment": "Sandbox", "kind": "powerapp"},
        {**STATE, "environment": FINANCE, "kind": "flow_state"},
    ]
    assert {**lists, "powerplatform_flow_states": [STATE]} == before, "what users wrote stays as it is"
    assert FILTER({}) == []


def test_what_it_gives_is_what_the_modules_take() -> None:
    lists = {
        "powerplatform_flow_states": [STATE],
        "powerplatform_billing_policies": [{"name": "Finance", "location": "europe"}],
    }
    items = Items(FILTER(lists, FINANCE))

    assert [fault for fault in items.faults if fault.kind != "billing_policy"] == []
    assert [request.kind.name for request in items.requests][:1] == ["flow_state"]
    assert items.requests[0].options["environment"] == FINANCE


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_which_kinds_get_the_environment(kind: str) -> None:
    [item] = FILTER({variable_of(kind): [{}]}, FINANCE)

    # Without a path it is not known whether there is a place for it.
    unknown = kind == "power_platform_resource"
    assert ("environment" in item) is (KINDS[kind].thing_type.in_environment and not unknown)


@pytest.mark.parametrize(
    ("kind", "item", "gets_it"),
    [
        ("custom_connector", {"organization_url": "https://contoso.crm4.dynamics.com"}, False),
        ("custom_connector", {"organization_url": None}, True),
        ("power_platform_resource", {"path": "/environmentmanagement/environments/{environment}/settings"}, True),
        ("power_platform_resource", {"path": "/licensing/billingPolicies/1"}, False),
        ("power_platform_resource", {"find": {"path": "/x/{environment}/y", "where": {"name": "a"}}}, True),
        ("power_platform_resource", {"find": {"path": "/x/y", "where": {"name": "{environment}"}}}, False),
        ("power_platform_resource", {"find": "a text"}, False),
        ("power_platform_resource", {"path": "/connectivity/connections", "host": "environment"}, True),
        ("powerapp", {"app": "one", "environment": None}, True),
    ],
)
def test_who_gets_the_environment_by_what_an_item_says(kind: str, item: dict[str, Any], gets_it: bool) -> None:
    [found] = FILTER({variable_of(kind): [item]}, FINANCE)

    assert (found.get("environment") == FINANCE) is gets_it
    assert [{"kind": kind, **item}] == FILTER({variable_of(kind): [item]}), "without one nobody gets it"
    assert [{"kind": kind, **item}] == FILTER({variable_of(kind): [item]}, " ")


def test_an_item_beats_the_defaults_of_its_kind_and_they_beat_the_environment_of_the_host() -> None:
    lists = {
        "powerplatform_powerapp_roles": [{"app": "one", "exclusive": False}, {"app": "two"}],
        "powerplatform_flow_states": [STATE],
    }
    defaults = {
        "powerapp_role": {"exclusive": True, "assignments": [{"everyone": True, "role": "CanView"}]},
        "flow_state": {"environment": "Sandbox", "state": "stopped"},
    }

    one, two, flow = FILTER(lists, FINANCE, defaults)

    assert (one["exclusive"], two["exclusive"]) == (False, True)
    assert one["assignments"] == two["assignments"] == defaults["powerapp_role"]["assignments"]
    assert (one["environment"], flow["environment"], flow["state"]) == (FINANCE, "Sandbox", "started")


@pytest.mark.parametrize(
    ("lists", "more", "says"),
    [
        ([], {}, "no dictionary of lists, but of type list"),
        (
            {"powerplatform_apps": []},
            {},
            "there is no variable powerplatform_apps. There are powerplatform_application",
        ),
        ({"powerplatform_flows": {"flow": SECRET}}, {}, "powerplatform_flows is no list, but of type dict"),
        ({"powerplatform_flows": SECRET}, {}, "powerplatform_flows is no list, but of type str"),
        ({"powerplatform_flows": [{}, SECRET]}, {}, "powerplatform_flows[1] is no dictionary of options"),
        ({"powerplatform_flows": [{"kind": SECRET}]}, {}, "powerplatform_flows[0] has another kind than flow"),
        ({}, {"environment": [SECRET]}, "environment is of type list"),
        ({}, {"defaults": [SECRET]}, "defaults is no dictionary of kinds"),
        ({}, {"defaults": {"powerapps": {}}}, "defaults: there is no kind powerapps. There are application_package"),
        ({}, {"defaults": {"powerapp": SECRET}}, "defaults: powerapp is no dictionary of options"),
    ],
)
def test_what_it_does_not_take(lists: Any, more: dict[str, Any], says: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        FILTER(lists, **more)

    assert str(refused.value).startswith("declared_resources: ")
    assert says in str(refused.value)
    assert SECRET not in str(refused.value)


def test_the_documentation_has_the_options_that_the_filter_takes() -> None:
    documented = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    parameters = list(inspect.signature(FILTER).parameters)

    assert list(documented) == ["_input", *parameters[1:]]

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions of flows: what counts when they are compared, and what is wrong with them before anything is sent."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import HIDDEN as MASK
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import (
    check_definition,
    completed,
    differing_definitions,
    read_references,
    row_references,
    same_definition,
    same_references,
    sent_to_row,
    sent_to_service,
    service_references,
)

Json = dict[str, Any]

SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"


def step(**more: Any) -> Json:
    return {"type": "Compose", "inputs": "@utcNow()", **more}


# One of everything that holds steps.
NESTED: Json = {
    "triggers": {"manual": {"type": "Request", "kind": "Button", "inputs": {"schema": {}}}},
    "actions": {
        "First": step(),
        "Scope": {"type": "Scope", "actions": {"Inside": step()}, "runAfter": {"First": ["Succeeded"]}},
        "If": {
            "type": "If",
            "expression": {"and": [{"equals": [1, 1]}]},
            "actions": {"Then": step()},
            "else": {"actions": {"Otherwise": step()}},
            "runAfter": {"Scope": ["Succeeded", "Failed"]},
        },
        "Switch": {
            "type": "Switch",
            "expression": "@1",
            "cases": {"One": {"case": 1, "actions": {"When_one": step()}}},
            "default": {"actions": {"When_none": step()}},
            "runAfter": {"If": ["Succeeded"]},
        },
        "Each": {
            "type": "Foreach",
            "foreach": "@createArray(1)",
            "actions": {"Loop": {"type": "Until", "actions": {"Deep": step()}, "expression": "@equals(1, 1)"}},
            "runAfter": {"Switch": ["Succeeded"]},
        },
    },
}
# The places of all steps that stand in others.
INNER = [
    ("Scope", "actions", "Inside"),
    ("If", "actions", "Then"),
    ("If", "else", "actions", "Otherwise"),
    ("Switch", "cases", "One", "actions", "When_one"),
    ("Switch", "default", "actions", "When_none"),
    ("Each", "actions", "Loop", "actions", "Deep"),
]


def at(definition: Json, place: tuple[str, ...]) -> Json:
    """The step at a place."""
    found: Json = definition["actions"]
    for name in place:
        found = found[name]
    return found


def with_step(place: tuple[str, ...], **more: Any) -> Json:
    changed = copy.deepcopy(NESTED)
    at(changed, place).update(more)
    return changed


def turned(value: Any) -> Any:
    """The same with its keys in another order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(list(value))}
    return [turned(item) for item in value] if isinstance(value, list) else value


# -- comparing --------------------------------------------------------------------------------------------------------


def test_the_order_of_keys_does_not_count() -> None:
    assert list(turned(NESTED)["actions"]) != list(NESTED["actions"])
    assert same_definition(NESTED, turned(completed(NESTED)))


@pytest.mark.parametrize(
    "actual",
    [
        {**NESTED, "$schema": SCHEMA, "contentVersion": "1.0.0.0", "outputs": {}},
        completed(NESTED),
        {**completed(NESTED), "parameters": {"$connections": {"defaultValue": {"shared_sql": {}}, "type": "Object"}}},
        {
            **completed(NESTED),
            "parameters": {"$authentication": {"defaultValue": {"type": "Raw"}, "type": "SecureObject"}},
        },
    ],
    ids=["defaults", "completed", "values of connections", "authentication"],
)
def test_what_every_definition_has_does_not_count(actual: Json) -> None:
    assert same_definition(NESTED, actual)
    assert same_definition(actual, NESTED)
    assert differing_definitions(NESTED, actual) == ({}, {})


@pytest.mark.parametrize("place", [("First",), *INNER], ids="/".join)
def test_steps_at_any_depth(place: tuple[str, ...]) -> None:
    """An empty runAfter and what the designer adds do not count, whatever else does."""
    assert same_definition(NESTED, with_step(place, runAfter={}))
    assert same_definition(with_step(place, runAfter={}), NESTED)
    assert same_definition(NESTED, with_step(place, metadata={"operationMetadataId": "x"}))
    declared = with_step(place, metadata={"operationMetadataId": "x"})
    assert same_definition(declared, with_step(place, metadata={"operationMetadataId": "x"}))
    assert not same_definition(declared, NESTED), "metadata that is declared counts"
    assert not same_definition(declared, with_step(place, metadata={"operationMetadataId": "y"}))
    assert not same_definition(NESTED, with_step(place, inputs="@guid()"))
    assert not same_definition(NESTED, with_step(place, runAfter={"First": ["Failed"]}))
    assert not same_definition(NESTED, with_step(place, operationOptions="DisableAsyncPattern"))


@pytest.mark.parametrize("place", INNER, ids="/".join)
def test_a_step_more_or_less_counts(place: tuple[str, ...]) -> None:
    more = copy.deepcopy(NESTED)
    at(more, place[:-1])["Further"] = step()
    assert not same_definition(NESTED, more)
    assert not same_definition(more, NESTED)


def test_metadata_of_a_trigger_is_that_of_a_step() -> None:
    noted = copy.deepcopy(NESTED)
    noted["triggers"]["manual"]["metadata"] = {"operationMetadataId": "x"}
    assert same_definition(NESTED, noted)
    assert not same_definition(noted, NESTED)


@pytest.mark.parametrize(
    "actual",
    [
        {**NESTED, "contentVersion": "2.0.0.0"},
        {**NESTED, "outputs": {"answer": {"type": "String", "value": "x"}}},
        {**NESTED, "parameters": {"limit": {"type": "Int", "defaultValue": 5}}},
        {**NESTED, "parameters": {"$connections": {"defaultValue": {}, "type": "SecureObject"}}},
        {**NESTED, "triggers": {}},
        {**NESTED, "description": "x"},
    ],
    ids=["version", "outputs", "parameter", "type", "trigger", "member"],
)
def test_everything_else_counts(actual: Json) -> None:
    assert not same_definition(NESTED, actual)


def test_an_order_that_means_something_counts() -> None:
    swapped = copy.deepcopy(NESTED)
    swapped["actions"]["If"]["expression"] = {"and": [{"equals": [1, 2]}]}
    assert not same_definition(NESTED, swapped)
    assert not same_definition(with_step(("First",), inputs=[1, 2]), with_step(("First",), inputs=[2, 1]))


@pytest.mark.parametrize("name", ["required", "tags", "schemes", "consumes", "produces"])
def test_no_list_is_taken_for_a_set(name: str) -> None:
    """What is one in a connector may be anything in a step."""
    held = with_step(("First",), inputs={"body": {name: ["a", "b"]}})
    declared = with_step(("First",), inputs={"body": {name: ["b", "a"]}})
    assert not same_definition(declared, held)
    told = {"actions": {"First": {"inputs": {"body": {name: ["a", "b"]}}}}}
    assert differing_definitions(declared, held)[0] == told


@pytest.mark.parametrize("name", ["key", "password", "secret", "clientSecret"])
@pytest.mark.parametrize(("held", "declared"), [("", "new"), ("new", ""), ("", None), ("********", "new")])
def test_no_blank_is_taken_for_a_secret_that_the_service_hides(name: str, held: Any, declared: Any) -> None:
    """Definitions are shown as they are."""
    actual = with_step(("First",), inputs={"body": {name: held}})
    assert not same_definition(with_step(("First",), inputs={"body": {name: declared}}), actual)
    assert not same_definition(with_step(("First",), inputs={"body": {}}), actual)


def test_a_figure_may_be_spelt_in_two_ways_and_is_no_text() -> None:
    declared = with_step(("First",), inputs=[1, 0.5])
    assert same_definition(declared, with_step(("First",), inputs=[1.0, 0.5]))
    for other in (["1", 0.5], [True, 0.5], [1, 0.25]):
        assert not same_definition(declared, with_step(("First",), inputs=other))


def test_a_difference_is_told_without_what_is_the_same() -> None:
    actual = with_step(("If", "else", "actions", "Otherwise"), inputs="@guid()")
    held, declared = differing_definitions(NESTED, actual)
    inside = {"If": {"else": {"actions": {"Otherwise": {"inputs": "@guid()"}}}}}
    assert held == {"actions": inside}
    assert declared == json.loads(json.dumps(held).replace("@guid()", "@utcNow()"))


def test_none_is_no_definition() -> None:
    assert not same_definition(NESTED, None)
    assert differing_definitions(NESTED, None) == (None, NESTED)


# -- checking ---------------------------------------------------------------------------------------------------------


def faults_of(definition: Json, references: Any = None) -> str:
    with pytest.raises(OptionError) as raised:
        check_definition("definition", definition, references)
    assert raised.value.option == "definition"
    return raised.value.message


def test_a_sound_definition_passes() -> None:
    check_definition("definition", NESTED, None)
    check_definition("definition", completed(NESTED), {})


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({"actions": {}}, "definition.triggers: there is none"),
        ({"triggers": []}, "definition.triggers: it is no mapping"),
        ({**NESTED, "actions": []}, "definition.actions: it is no mapping"),
        ({**NESTED, "parameters": []}, "definition.parameters: it is no mapping"),
        ({"triggers": {"manual": "x"}}, "definition.triggers.manual: it is no mapping"),
        ({"triggers": {"manual": {}}}, "definition.triggers.manual.type: it is missing"),
        (with_step(("First",), type=""), "definition.actions.First.type: it is missing or no text"),
        (with_step(("First",), runAfter=[]), None),
        (with_step(("First",), runAfter=["Scope"]), "definition.actions.First.runAfter: it is no mapping"),
        (
            with_step(("First",), runAfter={"Nothing": []}),
            "definition.actions.First.runAfter: there is no step Nothing",
        ),
        (with_step(("Scope",), actions=[]), "definition.actions.Scope.actions: it is no mapping"),
    ],
)
def test_each_fault_has_its_place(definition: Json, place: str | None) -> None:
    if place is None:  # an empty list follows nothing, and so is none
        check_definition("definition", definition, None)
        return
    assert place in faults_of(definition)


@pytest.mark.parametrize("place", INNER, ids="/".join)
def test_faults_inside_of_steps_have_their_place(place: tuple[str, ...]) -> None:
    """A step runs after those beside it, and after no other one."""
    where = f"definition.actions.{'.'.join(place)}"
    assert f"{where}.type" in faults_of(with_step(place, type=None))
    assert f"{where}.runAfter: there is no step First beside it" in faults_of(
        with_step(place, runAfter={"First": ["Succeeded"]})
    )
    used = with_step(place, inputs={"host": {"connectionName": "shared_sql"}})
    check_definition("definition", used, None)
    assert f"{where}.inputs.host.connectionName: shared_sql is not among" in faults_of(used, {})


def test_many_faults_are_counted() -> None:
    many = {**NESTED, "actions": {f"Step_{number}": {} for number in range(25)}}
    told = faults_of(many)
    assert told.count("it is missing") == 10
    assert "and 15 more" in told


# -- references -------------------------------------------------------------------------------------------------------


SQL = {"connector": "shared_sql", "connection": "abc"}


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        ({"a": "x"}, "references.a"),
        ({"a": {**SQL, "name": "x"}}, "references.a.name"),
        ({"a": {"connector": "shared_sql"}}, "references.a"),
        ({"a": {**SQL, "connection_reference": "x"}}, "references.a"),
        ({"a": {"connector": "shared_sql", "connection": 5}}, "references.a"),
        ({"a": {"connection": "x"}}, "references.a.connector"),
        ({"a": {**SQL, "source": "both"}}, "references.a.source"),
        ({"a": SQL, "b": {"connector": "shared_sql", "connection_reference": "x"}}, "references"),
    ],
)
def test_references_that_cannot_be_meant(declared: Json, place: str) -> None:
    with pytest.raises(OptionError) as raised:
        read_references("references", declared)
    assert raised.value.option == place


def test_references_come_as_a_mapping_or_as_a_list() -> None:
    wanted, way = read_references("references", {"shared_sql": SQL})
    entry = {
        "connectionName": "ABC",
        "source": "Embedded",
        "id": "/providers/Microsoft.PowerApps/apis/shared_SQL",
        "displayName": "SQL Server",
        "tier": "NotSpecified",
    }
    assert way == "connection"
    for said in ({"shared_sql": entry}, [{**entry, "id": entry["id"].lower()}]):
        assert same_references(wanted, service_references({"connectionReferences": said}))
    assert service_references({}) == service_references({"connectionReferences": None}) == {}
    assert not same_references(wanted, service_references({"connectionReferences": {"other": entry}}))
    assert not same_references(
        wanted, service_references({"connectionReferences": {"shared_sql": {**entry, "source": "Invoker"}}})
    )


@pytest.mark.parametrize("source", ["embedded", "invoker", "Invoker", None])
def test_references_survive_both_routes(source: str | None) -> None:
    given = {"connector": "shared_sql", "connection": "abc", **({"source": source} if source else {})}
    wanted, _way = read_references("references", {"mine": given})
    assert same_references(wanted, service_references({"connectionReferences": sent_to_service(wanted)}))
    content = json.loads(sent_to_row({}, NESTED, wanted))["properties"]
    assert same_references(wanted, row_references(content))
    assert same_definition(NESTED, content["definition"])


def test_a_row_keeps_what_is_not_declared() -> None:
    """The platform's own members of a reference, of the other references nothing, and the other part as it is."""
    held = {
        "schemaVersion": "1.0.0.0",
        "properties": {
            "definition": NESTED,
            "connectionReferences": {
                "mine": {
                    "runtimeSource": "embedded",
                    "connection": {"connectionReferenceLogicalName": "cr736_old"},
                    "api": {"name": "shared_sql", "logicalName": "shared_sql"},
                    "impersonation": {"source": "x"},
                },
                "other": {"api": {"name": "shared_teams"}},
            },
            "templateName": "x",
        },
    }
    wanted, _way = read_references(
        "references", {"mine": {"connector": "SHARED_SQL", "connection_reference": "cr736_new"}}
    )
    content = json.loads(sent_to_row(held, None, wanted))["properties"]
    assert content["definition"] == NESTED
    assert content["templateName"] == "x"
    [(key, entry)] = content["connectionReferences"].items()
    assert (key, entry["connection"]) == ("mine", {"connectionReferenceLogicalName": "cr736_new"})
    assert (entry["impersonation"], entry["api"]["logicalName"]) == ({"source": "x"}, "shared_sql")
    content = json.loads(sent_to_row(held, {"triggers": {"a": {"type": "Request"}}}, None))["properties"]
    assert content["connectionReferences"] == held["properties"]["connectionReferences"]
    assert list(content["definition"]["triggers"]) == ["a"]
    other, _way = read_references(
        "references", {"mine": {"connector": "shared_teams", "connection_reference": "cr736_t"}}
    )
    entry = json.loads(sent_to_row(held, None, other))["properties"]["connectionReferences"]["mine"]
    assert "impersonation" not in entry, "of another connector it would be wrong"


def test_two_secrets_are_seen_to_be_two() -> None:
    one, other = (
        {"triggers": {}, "parameters": {"key": {"type": "SecureString", "defaultValue": text}}}
        for text in ("first-secret", "second-secret")
    )
    held, declared = differing_definitions(one, other)
    assert held == {"parameters": {"key": {"defaultValue": MASK}}}
    assert declared != held
    assert "secret" not in str((held, declared))

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: what a module takes is what its documentation says, and its examples use nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import yaml

from .collection import ALL_KINDS, BULK, COLLECTION, MODULES, argument_spec, documentation, walk

EVERY_MODULE = pytest.mark.parametrize("module", MODULES)
SECRET = re.compile(r"secret|password|passphrase|token|credential|certificate|private_?key|api_?key", re.IGNORECASE)
UNIT = re.compile(
    r"\b(seconds|minutes|hours|days|bytes|characters|percent|requests|assignments|environments|apps|connections"
    r"|flows|runs|things|roles)\b"
)
NUMBERS = ("int", "float")
# Of a task, not of a module.
KEYWORDS = {"name", "register", "when", "loop", "vars", "check_mode", "diff", "no_log", "delegate_to", "run_once"}
KEYWORDS |= {"module_defaults"}


def _from_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """An argument spec in a form that documentation can be brought to as well."""
    return {name: _described(option, option.get("options")) for name, option in spec.items()}


def _from_documentation(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _described(option, option.get("suboptions")) for name, option in options.items()}


def _described(option: Mapping[str, Any], inner: Mapping[str, Any] | None) -> dict[str, Any]:
    described = {
        "type": option.get("type", "str"),
        "elements": option.get("elements"),
        "required": bool(option.get("required", False)),
        "default": option.get("default"),
        "choices": option.get("choices"),
        "aliases": option.get("aliases") or [],
    }
    if inner:
        # Both name what is inside differently; only what it holds counts.
        described["inner"] = {name: _described(part, _inner(part)) for name, part in inner.items()}
    return described


def _inner(option: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return option.get("options") or option.get("suboptions")


@EVERY_MODULE
def test_the_argument_spec_is_the_documented_one(module: str) -> None:
    taken = _from_spec(argument_spec(module))
    documented = _from_documentation(documentation(module).options)

    assert sorted(taken) == sorted(documented)
    assert {name: taken[name] for name in taken if taken[name] != documented[name]} == {
        name: documented[name] for name in taken if taken[name] != documented[name]
    }


@EVERY_MODULE
def test_every_option_is_described(module: str) -> None:
    places = walk(documentation(module).options, "suboptions")

    assert [place for place, option in places if not "".join(option.get("description") or "").strip()] == []


@EVERY_MODULE
def test_every_number_names_its_unit(module: str) -> None:
    numbers = {
        place: " ".join([option["description"]] if isinstance(option["description"], str) else option["description"])
        for place, option in walk(documentation(module).options, "suboptions")
        if option.get("type") in NUMBERS or option.get("elements") in NUMBERS
    }

    assert [place for place, text in numbers.items() if not UNIT.search(text.lower())] == []


@EVERY_MODULE
def test_secrets_are_declared_as_such(module: str) -> None:
    """A path is no secret, nor is one of several fixed words, nor the time of a change."""
    suspicious = [
        place
        for place, option in walk(argument_spec(module), "options")
        if SECRET.search(place.rpartition(".")[2])
        and option.get("type") != "path"
        and not option.get("choices")
        and not place.endswith("_at")
        and option.get("no_log") is not True
    ]

    assert suspicious == []


@EVERY_MODULE
def test_secrets_have_no_default(module: str) -> None:
    spec = walk(argument_spec(module), "options")

    assert [place for place, option in spec if option.get("no_log") and option.get("default")] == []


@EVERY_MODULE
def test_constraints_name_options(module: str) -> None:
    spec = argument_spec(module)
    levels = [(spec, {} if module in BULK else ALL_KINDS[module].constraints)]
    levels += [(option["options"], option) for _place, option in walk(spec, "options") if option.get("options")]

    for options, constraints in levels:
        assert set(_named(constraints)) - set(options) == set()


def _named(constraints: Mapping[str, Any]) -> Iterable[str]:
    for rule in ("mutually_exclusive", "required_one_of", "required_together"):
        for group in constraints.get(rule, ()):
            yield from group
    for option, _value, others, *_any in constraints.get("required_if", ()):
        yield from (option, *others)
    for option, others in constraints.get("required_by", {}).items():
        yield from (option, *others)


@EVERY_MODULE
def test_examples_use_existing_options_of_fully_named_modules(module: str) -> None:
    tasks = yaml.safe_load(documentation(module).examples)
    assert any(f"{COLLECTION}.{module}" in task for task in tasks)
    for task in tasks:
        assert task["name"][0].isupper()
        actions = set(task) - KEYWORDS
        assert len(actions) == 1, f"one module and known keywords: {sorted(actions)}"
        action = actions.pop()
        assert action.count(".") == 2, f"{action} is no fully qualified name"
        if action.startswith(f"{COLLECTION}."):
            called = action.removeprefix(f"{COLLECTION}.")
            _check_values(task[action] or {}, argument_spec(called), action)


def _check_values(given: Mapping[str, Any], spec: Mapping[str, Any], place: str) -> None:
    assert set(given) <= set(spec), f"{place} has no {sorted(set(given) - set(spec))}"
    for name, value in given.items():
        inner = spec[name].get("options")
        for row in value if isinstance(value, list) else [value]:
            if inner and isinstance(row, dict):
                _check_values(row, inner, f"{place}.{name}")

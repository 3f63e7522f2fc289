# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether tasks come to the same inside the controller as they do as modules, in processes of their own.

There are two records by the callback `recorder`, of one target on a tenant of its own each. They have to be equal in
everything but what `_Equality` names.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]

INSIDE, OUTSIDE = "inside the controller", "as a module"
# How far apart two runs of a target may be, in seconds, that do the same at the same pace.
_APART = 600.0
# How much of a text is shown around the spot where it differs.
_BEFORE, _AFTER = 40, 120

_HEX = "[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_CORRELATION = re.compile(r"(?:x-ms-)?(?:client-|correlation-|service-)?(?:request|session|correlation)-id")
_CORRELATED = re.compile(rf"\b({_CORRELATION.pattern}) {_UUID}")
# Of the emulator's own tenant, where ids are told by figures that stand alone.
_GIVEN = re.compile(r"-0000-[48]000-[89]000-")
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
_TOKEN = r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"
# As Python and Ansible name what they make there: with eight letters at random at the end.
_TEMPORARY = rf"{re.escape(tempfile.gettempdir())}/[\w.-]*[a-z0-9_]{{8}}(?![\w.-])"
_ID = rf"{_UUID}|{_HEX}{{16,}}"
_VARYING = re.compile(rf"({_TOKEN}|{_TEMPORARY}|{_TIME}|{_ID})")
# What a token says of when it was made, and which one it is.
_MADE_AT = frozenset({"iat", "nbf", "exp", "uti"})

_MISSING = "(nothing)"
# What items that share a login ask for less often.
_SHARED = frozenset({"read", "tokens"})


class DifferenceError(Exception):
    """Two results that are not the same. place: the keys that lead there."""

    def __init__(self, place: tuple[str, ...], inside: object, outside: object) -> None:
        super().__init__(".".join(place))
        self.place = place
        self.inside = inside
        self.outside = outside


def read(path: Path, places: Mapping[str, str]) -> list[Json]:
    """A record. places: texts that are of one run, such as the port of its emulator, and what stands in their place."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    for own in sorted(places, key=len, reverse=True):
        text = text.replace(json.dumps(own)[1:-1], places[own])
    # Each host for itself: several do their tasks at the same time.
    return sorted((json.loads(line) for line in text.splitlines()), key=lambda record: str(record["host"]))


def ran_inside(records: Sequence[Json]) -> int:
    """How many tasks and items did not need a process of a module."""
    return sum(record["runs"] - record["shipped"] for record in records)


def problems(inside: Sequence[Json], outside: Sequence[Json]) -> list[str]:
    """Why the two do not show that both ways come to the same; [] where they do."""
    if not ran_inside(inside):
        return [f"nothing ran {INSIDE}, so that there is nothing to compare"]
    return [*misplaced(inside, outside), *differences(inside, outside)]


def misplaced(inside: Sequence[Json], outside: Sequence[Json]) -> list[str]:
    """The tasks that ran elsewhere than they had to."""
    told = [
        f"{_name(record)}: {record['shipped']} of {record['runs']} ran {OUTSIDE}, and nothing in the task asks for it"
        for record in inside
        if record["shipped"] and not record["needs_process"]
    ]
    return told + [
        f"{_name(record)}: {record['runs'] - record['shipped']} of {record['runs']} ran {INSIDE}, which was turned off"
        for record in outside
        if record["shipped"] != record["runs"]
    ]


def differences(inside: Sequence[Json], outside: Sequence[Json]) -> list[str]:
    """What is not the same, in words."""
    equality = _Equality()
    told: list[str] = []
    for first, second in itertools.zip_longest(inside, outside):
        if first is None or second is None or _name(first) != _name(second):
            # What follows is not about the same tasks any more.
            return [*told, f"other tasks from here on{_sides(first and _name(first), second and _name(second))}"]
        told += [f"{_name(first)}: {text}" for text in equality.unequal(first, second)]
    return told


class _Equality:
    """What two runs of one target may differ in:

    * how often a later item of a loop, or a later attempt, asked: sharing that is what running inside is for;
    * the ids by which services find a request in their logs;
    * times, as long as they are equally far from the moment of their own run;
    * tokens, in the times that they hold;
    * ids and names of temporary files that are made up, as long as each stands for the same one throughout.
    """

    def __init__(self) -> None:
        self._twins: dict[str, str] = {}
        self._made: dict[str, str] = {}
        self._moments = (0.0, 0.0)

    def unequal(self, inside: Json, outside: Json) -> Iterator[str]:
        """The first difference of each item, in words."""
        self._moments = inside["time"], outside["time"]
        counted = {"runs": inside["runs"]}, {"runs": outside["runs"]}
        first, second = dict(inside["result"]), dict(outside["result"])
        items = first.pop("results", None), second.pop("results", None)
        pairs = [("", counted, False), ("", (first, second), _is_repeated(first))]
        if isinstance(items[0], list) and isinstance(items[1], list):
            if len(items[0]) != len(items[1]):
                yield f"results{_sides(f'{len(items[0])} items', f'{len(items[1])} items')}"
            numbered = enumerate(zip(items[0], items[1], strict=False), 1)
            pairs += [(f"item {number}: ", pair, number > 1 or _is_repeated(pair[0])) for number, pair in numbered]
        elif items[0] != items[1]:
            yield f"results{_sides(items[0], items[1])}"
        for label, (one, other), shares in pairs:
            try:
                self._compare((one, other), (), shares=shares)
            except DifferenceError as found:
                yield f"{label}{found}{_sides(found.inside, found.outside)}"

    def _compare(self, pair: tuple[Any, Any], place: tuple[str, ...], *, shares: bool = False) -> None:
        """DifferenceError for what is unequal. shares: whether the login was used before."""
        inside, outside = pair
        if type(inside) is not type(outside):
            raise DifferenceError(place, inside, outside)
        if isinstance(inside, dict):
            for key in sorted({**inside, **outside}):
                here = (*place, key)
                if (key in inside) != (key in outside):
                    raise DifferenceError(here, inside.get(key, _MISSING), outside.get(key, _MISSING))
                if here == ("api_calls",) and shares:
                    self._compare((_asked(inside, outside), outside[key]), here)
                elif not _CORRELATION.fullmatch(key) or not inside[key] or not outside[key]:
                    self._compare((inside[key], outside[key]), here)
        elif isinstance(inside, list):
            if len(inside) != len(outside):
                raise DifferenceError(place, inside, outside)
            for number, values in enumerate(zip(inside, outside, strict=True)):
                self._compare(values, (*place, str(number)))
        elif not (self._same_text(inside, outside) if isinstance(inside, str) else inside == outside):
            raise DifferenceError(place, inside, outside)

    def _same_text(self, inside: str, outside: str) -> bool:
        parts = [_VARYING.split(_CORRELATED.sub(r"\1", text)) for text in (inside, outside)]
        if len(parts[0]) != len(parts[1]):
            return False
        return all(
            self._same_varying(one, other) if number % 2 else one == other
            for number, (one, other) in enumerate(zip(*parts, strict=True))
        )

    def _same_varying(self, inside: str, outside: str) -> bool:
        kinds = (
            (_TOKEN, self._same_token),
            (_TEMPORARY, self._same_temporary),
            (_TIME, self._same_time),
            (_ID, self._same_id),
        )
        for pattern, same in kinds:
            found = [re.fullmatch(pattern, text) is not None for text in (inside, outside)]
            if any(found):
                return all(found) and same(inside, outside)
        return False

    def _same_token(self, inside: str, outside: str) -> bool:
        return _claims(inside) == _claims(outside)

    def _same_temporary(self, inside: str, outside: str) -> bool:
        return inside[:-8] == outside[:-8] and self._same_id(inside, outside)

    def _same_time(self, inside: str, outside: str) -> bool:
        if inside == outside:
            return True
        ages = [moment - _moment(text) for moment, text in zip(self._moments, (inside, outside), strict=True)]
        return abs(ages[0] - ages[1]) < _APART

    def _same_id(self, inside: str, outside: str) -> bool:
        if len(inside) != len(outside) or inside.isupper() is not outside.isupper():
            return False
        inside, outside = inside.lower(), outside.lower()
        if _GIVEN.search(inside) or _GIVEN.search(outside):
            return inside == outside
        return self._twins.setdefault(inside, outside) == outside and self._made.setdefault(outside, inside) == inside


def _asked(inside: Json, outside: Json) -> Json:
    """How often services were asked inside; as often as outside where it may differ. It may be less, and up to twice as
    much with an error: an item that fails on what was remembered looks again, once."""
    most = 2 if inside.get("error") else 1
    alone = outside["api_calls"]
    return {
        name: alone.get(name, 0) if name in _SHARED and count <= most * alone.get(name, 0) else count
        for name, count in inside["api_calls"].items()
    }


def _claims(token: str) -> Json:
    payload = token.split(".")[1]
    claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value for name, value in claims.items() if name not in _MADE_AT}


def _is_repeated(result: Json) -> bool:
    return bool(result.get("attempts", 1) > 1)


def _moment(text: str) -> float:
    """Seconds since 1970. The services tell times in UTC; seven digits of a second are one more than Python reads."""
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _name(record: Json) -> str:
    return f"{record['task']} ({record['action'].rpartition('.')[2]}, {record['host']})"


def _sides(inside: object, outside: object) -> str:
    """Both, on lines of their own; of long texts only where they part."""
    texts = [value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in (inside, outside)]
    alike = next((number for number, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    start = max(0, alike - _BEFORE)
    shown = [f"{'...' if start else ''}{text[start : alike + _AFTER]}" for text in texts]
    return f"\n    {INSIDE}: {shown[0]}\n    {OUTSIDE}: {shown[1]}"

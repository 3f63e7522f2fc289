# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where desired state is written: the line that declares what a finding is about.

The files are read again, with their positions: what a task gets has none any more. Nothing is evaluated; a value that
is a template names nothing.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Finding, Location

# A root that was chosen too high shall not keep a run from ending.
MOST_FILES = 5_000
MOST_BYTES = 1_000_000
MOST_BYTES_TOGETHER = 20_000_000
# libyaml goes down by recursion of its own, and takes the process with it where the stack ends.
MOST_DEPTH = 200

_SUFFIXES = (".yml", ".yaml")
_VAULT = b"$ANSIBLE_VAULT"
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "venv"})
# libyaml where it is there: several times as fast, and with the same positions.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Entry(NamedTuple):
    """A scalar value of a mapping, folded, and the line of its key."""

    value: str
    line: int


class _Mapping(NamedTuple):
    """A mapping as it stands in a file, with the scalars that it holds directly.

    words: by what it names something: its values, and keys that are true. A display name beside an id names nothing.
    parts: for each word of the mappings inside it, the line of the first that holds it; made when it is asked for.
    """

    path: str
    line: int
    entries: Mapping[str, _Entry]
    keys: Mapping[str, int]
    inner: list[_Mapping]
    words: frozenset[str]
    parts: dict[str, int]

    def part(self, words: frozenset[str]) -> int | None:
        """The line of the first mapping inside that holds one of these."""
        if not self.parts:
            for inner in _below(self):
                for word in inner.words:
                    self.parts.setdefault(word, inner.line)
        return min((self.parts[word] for word in words if word in self.parts), default=None)


class Locations:
    """Where things are declared in the files below a root; None for no files at all.

    complete: False where there was more to read than is ever read.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = (root or Path()).resolve()
        self._by_value: dict[str, list[_Mapping]] = defaultdict(list)
        self.complete = True
        for path in self._files() if root else ():
            for mapping in _mappings(path, path.relative_to(self._root).as_posix()):
                self._index(mapping)

    def find(self, finding: Finding, declared: Mapping[str, str], origin: str | None) -> Location | None:
        """The line that declares the thing of a finding; else that of the task.

        declared: the options of the task that say which thing it is. origin: file and line of the task, with a colon
        between them.
        """
        names = _Names.of(finding, declared)
        found = {id(mapping): mapping for value in names.values for mapping in self._by_value.get(value, ())}
        rated = [(names.rate(mapping), mapping) for mapping in found.values()]
        fitting = [(rate, mapping) for rate, mapping in rated if rate > 0]
        if fitting:
            _rate, best = min(fitting, key=lambda item: (-item[0], item[1].path, item[1].line))
            return Location(best.path, names.line(best))
        return self.of_origin(origin)

    def of_origin(self, origin: str | None) -> Location | None:
        """A file and a line as Ansible names them, where the file lies below the root."""
        path, _colon, line = (origin or "").rpartition(":")
        if not path or not line.isdigit():
            return None
        try:
            return Location(Path(path).resolve().relative_to(self._root).as_posix(), max(1, int(line)))
        except ValueError:
            return None

    def _index(self, mapping: _Mapping) -> None:
        for value in {entry.value for entry in mapping.entries.values()}:
            self._by_value[value].append(mapping)
        for inner in mapping.inner:
            self._index(inner)

    def _files(self) -> Iterator[Path]:
        count = size = 0
        for folder, folders, files in os.walk(self._root):
            folders[:] = sorted(name for name in folders if name[0] != "." and name not in _PASSED_OVER)
            for name in sorted(files):
                path = Path(folder, name)
                if path.suffix not in _SUFFIXES or path.is_symlink():
                    continue
                bytes_ = _size(path)
                if count >= MOST_FILES or bytes_ > MOST_BYTES or size + bytes_ > MOST_BYTES_TOGETHER:
                    self.complete = False
                    continue
                count, size = count + 1, size + bytes_
                yield path


class _Names(NamedTuple):
    """By what files may name the thing of a finding, folded.

    thing, part: the ids of the thing and of what is a part of it (a principal), and the part's name. key: what of the
    thing it is, such as its state. environments: id and name. named: the options that say which thing it is, with what
    the task was given. is_placed: whether the task said which environment.
    """

    thing: frozenset[str]
    part: frozenset[str]
    key: str
    environments: frozenset[str]
    named: frozenset[tuple[str, str]]
    is_placed: bool

    @classmethod
    def of(cls, finding: Finding, declared: Mapping[str, str]) -> _Names:
        segments = finding.id.casefold().split("/")
        environments = {declared.get("environment", "").casefold()}
        if segments[0] == "environments" and len(segments) > 1:
            environments.add(segments[1])
            segments = segments[2:] or segments
        kind, thing, rest = segments[0], segments[1:2], segments[2:]
        part = (
            {rest[1], finding.name.casefold(), *_texts(finding.before), *_texts(finding.after)} if rest[1:] else set()
        )
        options = {(option, value.casefold()) for option, value in declared.items() if option != "environment"}
        return cls(
            thing=frozenset(thing),
            part=frozenset(part - {""}),
            key=rest[0] if len(rest) == 1 else "",
            environments=frozenset(environments - {""}),
            named=frozenset(options | {(_singular(kind), value) for value in thing}),
            is_placed="environment" in declared,
        )

    @property
    def values(self) -> frozenset[str]:
        """Everything that a mapping about the thing may hold."""
        return self.thing | {value for _option, value in self.named}

    def rate(self, mapping: _Mapping) -> int:
        """How well a mapping fits; 0 where it is about something else."""
        here = mapping.entries.get("environment")
        is_elsewhere = here is not None and bool(self.environments) and here.value not in self.environments
        is_named = any(option in mapping.entries and mapping.entries[option].value == it for option, it in self.named)
        if is_elsewhere and self.is_placed:
            return 0
        if mapping.words & self.thing:
            rate = 8
        elif is_named and not is_elsewhere:
            rate = 6
        else:
            return 0
        rate += 4 if self.part and mapping.part(self.part) else 0
        rate += 4 if self.key and self.key in mapping.keys else 0
        rate += 2 if is_named else 0
        return rate + (1 if here is not None and not is_elsewhere else 0)

    def line(self, mapping: _Mapping) -> int:
        """The line within a mapping that says most exactly what the finding is about."""
        if self.part:
            return mapping.part(self.part) or mapping.line
        return mapping.keys.get(self.key, mapping.line)


def _singular(word: str) -> str:
    """Of the words that ids are made of: apps, billing_policies."""
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _below(mapping: _Mapping) -> Iterator[_Mapping]:
    for inner in mapping.inner:
        yield inner
        yield from _below(inner)


def _texts(value: Any) -> Iterator[str]:
    """The principals in a row of a role: what is no name for people."""
    if isinstance(value, Mapping):
        for key, content in value.items():
            if isinstance(content, str) and content and key not in ("role", "principal_display_name"):
                yield content.casefold()
            elif content is True:
                yield str(key).casefold()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _mappings(path: Path, shown: str) -> Iterator[_Mapping]:
    """The outermost mappings of a file; none where it cannot be read."""
    try:
        content = path.read_bytes()
        if content.lstrip().startswith(_VAULT):
            return
        if _is_deep(content):
            return
        for document in yaml.compose_all(content, Loader=_LOADER):
            if document is not None:
                yield from _walked(document, shown, frozenset())
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        # Whatever reads the file for its content says what is wrong with it.
        return


def _is_deep(content: bytes) -> bool:
    depth = 0
    for event in yaml.parse(content, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            return True
    return False


def _walked(node: yaml.Node, path: str, above: frozenset[int]) -> Iterator[_Mapping]:
    if id(node) in above or not isinstance(node, (yaml.MappingNode, yaml.SequenceNode)):
        return
    inside = above | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _walked(child, path, inside)
        return
    pairs: Sequence[tuple[yaml.Node, yaml.Node]] = node.value
    named = [(key.value, key.start_mark.line + 1, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]
    entries = {
        name: _Entry(value.value.casefold(), line)
        for name, line, value in named
        if isinstance(value, yaml.ScalarNode) and value.value
    }
    values = {entry.value for name, entry in entries.items() if not name.endswith("display_name")}
    yield _Mapping(
        path=path,
        line=node.start_mark.line + 1,
        entries=entries,
        keys={name: line for name, line, _value in named},
        inner=[inner for _key, value in pairs for inner in _walked(value, path, inside)],
        words=frozenset(values | {name for name, entry in entries.items() if entry.value == "true"}),
        parts={},
    )

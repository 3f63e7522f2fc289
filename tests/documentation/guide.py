# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guide, followed to the letter: its files are saved, its commands are run, and what it shows of them is compared.

    .. code-block:: yaml          a file that readers save; a block without a caption is an illustration
       :caption: first.yml

    .. code-block:: console       lines that begin with `$ ` are run, in one shell for the whole guide; what stands
                                  below one of them is printed by it, in this order; `...` stands for anything

The reader's folder is empty but for `powerplatform`, a clone of the repository.

Comments in the source say what is special about the console block that follows:

    .. fails: 2                   its last command ends with this status; the others, and all elsewhere, with 0
    .. not run: why               nobody can follow it here

and a third does to the tenant what somebody else does meanwhile, as `Emulator.change` takes it:

    .. changed by hand: [{"change": "set_flow", ...}]
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Longer than any command of a guide takes, so that one that hangs fails with what it printed.
TIMEOUT = 300.0

_MARKER = re.compile(r"^(?P<indent> *)\.\. (?P<name>fails|not run|changed by hand): (?P<value>.*)$")
_BLOCK = re.compile(r"^(?P<indent> *)\.\. code-block:: (?P<language>\w+)$")
_CAPTION = re.compile(r"^ *:caption: (?P<name>\S.*)$")
_OPTION = re.compile(r"^ *:\w+:")
_ENDED = re.compile(r"^\x01(\d+)\n$")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class GuideError(AssertionError):
    """A reader who follows the guide gets something else than it says."""


@dataclass(frozen=True)
class File:
    """Something to save. name: relative to the reader's folder."""

    name: str
    text: str


@dataclass(frozen=True)
class Command:
    """Something to run. shown: the lines of its output that the guide shows."""

    line: int
    text: str
    shown: tuple[str, ...]
    status: int = 0


@dataclass(frozen=True)
class Change:
    """What somebody else does to the tenant."""

    changes: list[dict[str, Any]]


Step = File | Command | Change


def steps(text: str) -> list[Step]:
    """What a reader of this guide (its source) does, in order. GuideError for a marker that marks nothing."""
    return list(_steps(text.splitlines()))


def _steps(lines: list[str]) -> Iterator[Step]:
    skipped = False
    status = 0
    number = 0
    while number < len(lines):
        if marker := _MARKER.match(lines[number]):
            # A long value goes on below, indented.
            value = [marker["value"]]
            while number + 1 < len(lines) and lines[number + 1].startswith(marker["indent"] + "   "):
                number += 1
                value.append(lines[number].strip())
            if marker["name"] == "changed by hand":
                yield Change(json.loads(" ".join(value)))
            elif marker["name"] == "fails":
                status = int(value[0])
            else:
                skipped = True
        elif block := _BLOCK.match(lines[number]):
            first = number + 1
            number = _end(lines, first, block["indent"])
            caption, body, start = _content(lines, first, number)
            if block["language"] == "console":
                if not skipped:
                    yield from _commands(body, start, status)
                skipped, status = False, 0
            elif caption:
                yield File(caption, "\n".join(body) + "\n")
            continue
        elif lines[number].strip() and (skipped or status):
            raise GuideError(f"line {number + 1}: a console block has to follow the comment above")
        number += 1


def _end(lines: list[str], first: int, indent: str) -> int:
    """Where the block that begins here ends: at the next line that is not indented more."""
    for number in range(first, len(lines)):
        if lines[number].strip() and not lines[number].startswith(indent + " "):
            return number
    return len(lines)


def _content(lines: list[str], first: int, end: int) -> tuple[str, list[str], int]:
    """The caption or "", the lines without their indentation, and the number of the first of these in the guide."""
    caption = ""
    while first < end and (not lines[first].strip() or _OPTION.match(lines[first])):
        found = _CAPTION.match(lines[first])
        caption = found["name"] if found else caption
        first += 1
    body = lines[first:end]
    while body and not body[-1].strip():
        body.pop()
    depth = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
    return caption, [line[depth:] for line in body], first + 1


def _commands(body: list[str], start: int, status: int) -> Iterator[Command]:
    found: list[tuple[int, list[str], list[str]]] = []
    for offset, line in enumerate(body):
        if line.startswith("$ "):
            found.append((start + offset, [line[2:]], []))
        elif not found:
            raise GuideError(f"line {start + offset}: output before any command")
        elif found[-1][1][-1].endswith("\\") and not found[-1][2]:
            found[-1][1].append(line)
        elif line.strip():
            found[-1][2].append(line)
    for number, (line_number, command, shown) in enumerate(found, 1):
        yield Command(line_number, "\n".join(command), tuple(shown), status if number == len(found) else 0)


class Reader:
    """Somebody at a terminal. It ends with the block, and so does what was left running in the background."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_ignored: object) -> None:
        self._kill()
        self._shell.communicate()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)

    def save(self, file: File) -> None:
        path = self._folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")

    def run(self, command: Command) -> None:
        """GuideError where it ends with another status, or does not print what the guide shows."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{{\n{command.text}\n}} </dev/null\nprintf '\\n\\001%d\\n' $?\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        ended = None
        watchdog = threading.Timer(TIMEOUT, self._kill)
        watchdog.start()
        try:
            for line in self._shell.stdout:
                ended = _ENDED.match(line)
                if ended:
                    break
                printed.append(_COLOUR.sub("", line))
        finally:
            watchdog.cancel()
        place = f"line {command.line}: $ {command.text}"
        output = "".join(printed)
        if ended is None or int(ended[1]) != command.status:
            status = ended[1] if ended else "no status"
            raise GuideError(f"{place}\nended with {status}, not with {command.status}, and printed:\n{output}")
        if missing := not_printed(command.shown, output):
            raise GuideError(f"{place}\ndid not print (in this order): {missing}\nbut:\n{output}")


def not_printed(shown: tuple[str, ...], output: str) -> str:
    """The first line of these that the output has not, after the ones before; "" if it has them all."""
    rest = iter(output.splitlines())
    for line in shown:
        if line.strip() == "...":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.strip().split("...")))
        if not any(pattern.fullmatch(printed.strip()) for printed in rest):
            return line
    return ""

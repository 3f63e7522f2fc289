# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection does, shown in a minute on an emulated tenant: make demo

    python -m tests.demo

The collection is built and installed as its users get it, and the playbook of examples/contoso is run as they run it.
Every step says what it should come to, and the demo fails when it comes to something else. What it makes lies in
.cache, and is gone when it ends, however it ends.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.emulator.control import Emulator, EmulatorError
from tests.tools.stage import ROOT, clean_copy

EXAMPLE = ROOT / "examples" / "contoso"
TENANT = ROOT / "tests" / "emulator" / "tenants" / "contoso.yml"
WORK = ROOT / ".cache" / "demo"

# What would lead the playbook to another tenant, to another certificate authority, or to other settings of Ansible.
_LEADING_ASTRAY = (
    "ACTIONS_ID_TOKEN_",
    "ANSIBLE_",
    "ARM_",
    "AVEPOINT_",
    "AZURE_",
    "AZURESUBSCRIPTION_",
    "CURL_CA_BUNDLE",
    "POWER_PLATFORM_",
    "REQUESTS_CA_BUNDLE",
    "SYSTEM_ACCESSTOKEN",
    "SYSTEM_OIDCREQUESTURI",
)
_PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")

# ansible-core 2.21 and later put a socket below the folder for temporary files, 33 characters further down. The path of
# a socket has 103 bytes at most on macOS, 107 on Linux. In place of a longer folder than this the system's own is used.
_LONGEST_TEMPORARY = 70

EXPENSES = "aa000000-0000-4000-8000-000000000011"
# Behind the client's back: what somebody might do in the portal, and what it concerns as the playbook names it.
DRIFT = (
    {"change": "set_flow", "flow": "f0000000-0000-4000-8000-000000000011", "state": "Stopped"},
    {"change": "put_app_role", "app": EXPENSES, "principal": "everyone", "role": "CanView"},
)
_DRIFTED = frozenset({"Expenses in Finance Production", "Nightly stock export in Finance Production"})

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CHANGED = re.compile(r"^changed: \[localhost\] => \(item=(.*)\)\s*$")
_RECAP = re.compile(r"^localhost\s+: ok=\d+\s+changed=(\d+)\s")
# More than a run takes, so that one that hangs does not hang the demo.
_TIMEOUT = 600


class DemoError(RuntimeError):
    """Something came to another end than this demo says."""


class Interrupted(BaseException):
    """A signal asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """Turns the first signal into an exception, but not while a process starts that nobody would end otherwise."""

    def __init__(self) -> None:
        self._held = False
        self._ending = False
        self._waiting: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._caught)

    def end(self) -> None:
        """From here on things are put away, and nothing gets in between."""
        self._ending = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """A signal that comes now is raised at the end of the block."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            if self._waiting is not None and not self._ending:
                self._ending = True
                raise Interrupted(self._waiting)

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if self._ending:
            return
        if self._held:
            self._waiting = self._waiting or number
            return
        self._ending = True
        raise Interrupted(number)


@dataclass(frozen=True)
class Run:
    """What a run of the playbook came to: the things that changed, Ansible's count of tasks, requests that write."""

    changed: tuple[str, ...]
    changed_tasks: int
    writes: int


@dataclass(frozen=True)
class Row:
    """A line of the summary."""

    step: str
    changed: str
    writes: str
    meaning: str


def environment(collections: Path, home: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child that uses only these collections, and leaves nothing outside `home`."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(_LEADING_ASTRAY) and name.upper() not in _PROXIES
    }
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    if len(bytes(temporary)) <= _LONGEST_TEMPORARY:
        kept["TMPDIR"] = str(temporary)
    # Who names a place for bytecode gets it there.
    if "PYTHONPYCACHEPREFIX" not in kept:
        kept["PYTHONDONTWRITEBYTECODE"] = "1"
    return kept | {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CONFIG": str(EXAMPLE / "ansible.cfg"),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_NOCOWS": "true",
        "ANSIBLE_REMOTE_TEMP": str(temporary),
        # Ansible insists on UTF-8.
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
    }


def connection(emulator: Emulator) -> dict[str, str]:
    """The environment variables that lead the collection's modules to the emulated tenant."""
    return {
        "POWER_PLATFORM_BASE_URL": emulator.base_url,
        "POWER_PLATFORM_CA_PATH": emulator.ca_path,
        **{f"POWER_PLATFORM_{name.upper()}": value for name, value in emulator.credentials().items()},
    }


def ansible(program: str, *arguments: str) -> list[str]:
    """The command line of an Ansible program that belongs to this Python; `adhoc` is the one named `ansible` alone."""
    script = "ansible" if program == "adhoc" else f"ansible-{program}"
    # `python -m ansible` would look for its programs in metadata, which ansible-test's copy of Ansible has not.
    return [sys.executable, str(Path(sys.executable).with_name(script)), *arguments]


class Demo:
    """The steps, with everything that they need."""

    def __init__(self, emulator: Emulator, variables: Mapping[str, str], signals: Signals) -> None:
        self.emulator = emulator
        self.variables = variables
        self.signals = signals
        self.rows: list[Row] = []

    def show(self) -> None:
        """Everything, in order."""
        self._heading(1, "Bring the tenant to the state that examples/contoso/desired declares")
        first = self._play()
        _expect(len(first.changed) > 0, "the first run should change something, and changed nothing")
        self._wrote_once_for_each(first)
        self._row("converge", first, "what differed was changed, the rest was left alone")

        self._heading(2, "Run the same again: nothing is left to do")
        again = self._play()
        self._nothing_changed(again)
        self._row("converge again", again, "nothing differs, nothing is written")

        self._heading(3, "Somebody changes the tenant by hand")
        self.emulator.change(DRIFT)
        print("Flow 'Nightly stock export' was stopped, and app 'Expenses' was shared with everyone in the tenant.")
        self.rows.append(Row("changes by hand", "", "", "a flow stopped, an app shared with everyone"))

        self._heading(4, "Audit: show what differs. Check mode is unable to write")
        audit = self._play("--check", "--diff")
        _expect(
            set(audit.changed) == _DRIFTED,
            f"the audit should show {', '.join(sorted(_DRIFTED))}, and shows {', '.join(audit.changed) or 'nothing'}",
        )
        _expect(audit.writes == 0, f"the audit sent {audit.writes} requests that write")
        self._row("audit", audit, "both are shown (changed: would change); nothing was written")

        self._heading(5, "Bring it back")
        back = self._play()
        _expect(
            set(back.changed) == _DRIFTED,
            f"this run should change {', '.join(sorted(_DRIFTED))}, and changed {', '.join(back.changed) or 'nothing'}",
        )
        self._wrote_once_for_each(back)
        self._row("converge", back, "both are as declared again")

        self._heading(6, "Audit once more: the tenant is as declared")
        final = self._play("--check", "--diff")
        self._nothing_changed(final)
        self._row("audit", final, "no drift")

    def _heading(self, number: int, text: str) -> None:
        print(f"\n--- {number} of 6: {text}\n")

    def _row(self, step: str, run: Run, meaning: str) -> None:
        self.rows.append(Row(step, str(len(run.changed)), str(run.writes), meaning))

    def _nothing_changed(self, run: Run) -> None:
        names = ", ".join(run.changed)
        _expect(run.changed_tasks == 0 and not names, f"this run should change nothing, and changed {names}")
        _expect(run.writes == 0, f"this run should write nothing, and sent {run.writes} requests that write")

    def _wrote_once_for_each(self, run: Run) -> None:
        _expect(
            run.writes == len(run.changed),
            f"{len(run.changed)} things changed, which should take as many requests that write, not {run.writes}",
        )

    def _play(self, *arguments: str) -> Run:
        """Runs the playbook, shows what it prints, and counts what the tenant was sent meanwhile."""
        print(f"examples/contoso$ ansible-playbook {' '.join(['converge.yml', *arguments])}")
        self.emulator.clear_log()
        lines: list[str] = []
        with _started(ansible("playbook", "converge.yml", *arguments), self.variables, self.signals) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="")
                lines.append(_COLOUR.sub("", line))
            code = process.wait()
        if code != 0:
            raise DemoError(f"ansible-playbook ended with {code}; it says why above")
        recap = [int(match[1]) for line in lines if (match := _RECAP.match(line))]
        _expect(len(recap) == 1, "ansible-playbook printed no recap")
        changed = tuple(match[1] for line in lines if (match := _CHANGED.match(line)))
        return Run(changed=changed, changed_tasks=recap[0], writes=self.emulator.summary()["writes"])


@contextmanager
def _started(command: Sequence[str], variables: Mapping[str, str], signals: Signals) -> Iterator[subprocess.Popen[str]]:
    """A process in the example's folder. Leaving the block ends it, with everything that it has started."""
    process: subprocess.Popen[str] | None = None
    try:
        with signals.held():
            # A session of its own: Ctrl-C at the keyboard reaches only the demo, which then ends this one in order.
            process = subprocess.Popen(
                command,
                cwd=EXAMPLE,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        yield process
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the process and its group. Ansible passes the signal on to workers that have a group of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        os.killpg(process.pid, number)
        try:
            # Not wait() alone: a child that still prints would block on a full pipe.
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            continue
    if process.stdout is not None:
        process.stdout.close()


def _expect(held: bool, otherwise: str) -> None:
    if not held:
        raise DemoError(otherwise)


def install(folder: Path, variables: Mapping[str, str], signals: Signals) -> Path:
    """Builds the artifact and installs it below `folder`; gives the folder for ANSIBLE_COLLECTIONS_PATH."""
    collections = folder / "collections"
    _quietly(
        ansible("galaxy", "collection", "build", "--output-path", str(folder), str(clean_copy(folder / "stage"))),
        variables,
        signals,
    )
    [artifact] = folder.glob("*.tar.gz")
    _quietly(
        ansible("galaxy", "collection", "install", "--offline", "-p", str(collections), str(artifact)),
        variables,
        signals,
    )
    print(f"Built {artifact.name} and installed it in a folder of its own.")
    return collections


def _quietly(command: Sequence[str], variables: Mapping[str, str], signals: Signals) -> None:
    """What the command prints is shown only when it fails."""
    with _started(command, variables, signals) as process:
        printed, _none = process.communicate(timeout=_TIMEOUT)
    if process.returncode != 0:
        print(printed)
        started = " ".join((Path(command[1]).name, *command[2:4]))
        raise DemoError(f"{started} ended with {process.returncode}; it says why above")


def _summary(rows: Sequence[Row]) -> str:
    """A table for somebody who sees it for the first time."""
    lines = [f"    {'step':<16} {'changed':>8} {'writes':>8}   what it means"]
    lines += [
        f"  {number} {row.step:<16} {row.changed:>8} {row.writes:>8}   {row.meaning}"
        for number, row in enumerate(rows, start=1)
    ]
    lines += [
        "",
        "changed: apps and flows that differed from the files. writes: requests sent that could change the tenant,",
        "counted by the tenant itself. Read examples/contoso next; its README.md leads to a tenant of your own.",
    ]
    return "\n".join(lines)


def _run(signals: Signals) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    with ExitStack() as put_away:
        with signals.held():
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=WORK))
            put_away.callback(shutil.rmtree, folder, ignore_errors=True)
        # Put away last in, first out: this one before everything else.
        put_away.callback(signals.end)
        collections = folder / "collections"
        variables = environment(collections, folder / "home", os.environ)
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            variables["ANSIBLE_FORCE_COLOR"] = "true"
        # The emulator is started with our own environment.
        named = ("PYTHONDONTWRITEBYTECODE", "TMPDIR")
        os.environ.update({name: variables[name] for name in named if name in variables})
        install(folder, variables, signals)
        with signals.held():
            arguments = ("--tenant", str(TENANT), "--ca-out", str(folder / "ca.pem"))
            emulator = put_away.enter_context(Emulator.start(*arguments))
            put_away.callback(signals.end)
        print(f"Started an emulated tenant, Contoso, at {emulator.base_url}.")
        demo = Demo(emulator, variables | connection(emulator), signals)
        demo.show()
        print("\n--- Summary\n")
        print(_summary(demo.rows))


def main() -> int:
    argparse.ArgumentParser(prog="python -m tests.demo", description="The collection, shown in a minute.").parse_args()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", line_buffering=True)
    signals = Signals()
    try:
        _run(signals)
    except Interrupted as interrupted:
        print(f"\ndemo: ended by {signal.Signals(interrupted.number).name}; everything is put away", file=sys.stderr)
        return 128 + interrupted.number
    except (DemoError, EmulatorError) as error:
        print(f"\ndemo: FAILED: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

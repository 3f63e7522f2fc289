# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates: what they have to run on, what they find in an artifact, and that one which fails closes the way."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.gates import __main__ as main
from tests.gates import artifact, cores, machine
from tests.gates.__main__ import Gate, gates, lacking, run
from tests.gates.artifact import Artifact, unwanted_files
from tests.gates.cores import NEWEST, OLDEST, PYTHONS, Core, lower_bounds
from tests.gates.machine import GateError
from tests.gates.machine import run as run_command
from tests.tools.stage import ROOT

ALL = {version: Path("/nowhere") / f"python{version}" for versions in PYTHONS.values() for version in versions}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the logs of gates go."""
    monkeypatch.setattr(main, "WORK", tmp_path / "gates")
    return tmp_path / "gates"


def passes(log: Path) -> None:
    log.write_text("all is well", "utf-8")


def fails(log: Path) -> None:
    log.write_text("line one\nline two\n", "utf-8")
    raise GateError("ruff ended with 1")


def breaks(_log: Path) -> None:
    json.loads("no JSON")


# -- versions ---------------------------------------------------------------------------------------------------------


def test_what_a_version_runs_on_and_what_is_missing(tmp_path: Path) -> None:
    core = Core(OLDEST, {version: ALL[version] for version in ("3.12", "3.13", "3.14")}, tmp_path)
    assert (core.supported, core.missing) == (["3.12", "3.13"], ["3.11"])


def test_the_oldest_meets_the_oldest_and_the_newest_the_newest(tmp_path: Path) -> None:
    assert Core(OLDEST, ALL, tmp_path).python == PYTHONS[OLDEST][0]
    assert Core(NEWEST, ALL, tmp_path).python == PYTHONS[NEWEST][-1]


def test_a_version_that_nothing_here_can_run_is_named_and_has_no_gate() -> None:
    chosen, absent = gates({"3.11": ALL["3.11"]}, None)
    names = [gate.name for gate in chosen]
    assert absent == [
        "ansible-core 2.20: no Python 3.12 or 3.13 or 3.14",
        "ansible-core 2.21: no Python 3.12 or 3.13 or 3.14",
    ]
    assert not [name for name in names if name.endswith(("2.20", "2.21"))]
    [note] = [gate.note for gate in chosen if gate.name == "sanity-2.18"]
    assert note == "Python 3.11; not here: 3.12, 3.13"


def test_every_version_has_its_gates_where_all_pythons_are() -> None:
    chosen, absent = gates(ALL, None)
    names = [gate.name for gate in chosen]
    assert absent == []
    assert len(set(names)) == len(names)
    assert {f"sanity-{version}" for version in PYTHONS} < set(names)
    assert {f"{tests}-{version}" for tests in ("units", "integration") for version in (OLDEST, NEWEST)} < set(names)


def test_what_a_release_would_lack_is_every_missing_python() -> None:
    assert lacking(ALL) == []
    assert lacking({version: path for version, path in ALL.items() if version not in ("3.11", "3.14")}) == [
        "ansible-core 2.18: no Python 3.11",
        "ansible-core 2.19: no Python 3.11",
        "ansible-core 2.20: no Python 3.14",
        "ansible-core 2.21: no Python 3.14",
    ]


def test_a_release_needs_all_pythons() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["build"]["steps"]]
    assert "make check ARGS=--complete" in steps


def test_continuous_integration_runs_every_gate_once() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    spread = " ".join(workflow["jobs"]["gates"]["strategy"]["matrix"]["gates"]).split()
    chosen, _absent = gates(ALL, None)
    assert sorted(spread) == sorted(gate.name for gate in chosen)


def test_continuous_integration_leaves_nothing_out() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line.partition(" BEFORE_ANSIBLE_TEST=")[0] for line in lines if line.startswith("make ")] == [
        "make test check"
    ]
    # With these, make would leave out gates, or pytest tests.
    assert [line for line in lines if "ARGS=" in line] == []


def test_gates_that_share_a_folder_run_one_after_the_other() -> None:
    chosen, _absent = gates(ALL, None)
    for gate in chosen:
        _kind, _dash, version = gate.name.partition("-")
        assert gate.series == (version if version in PYTHONS else "artifact"), gate.name


def test_the_lower_bounds_are_exactly_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "ee-requirements.txt").write_text("# Why.\n\nrequests>=2.31\nmsal>=1.35,<2\n", "utf-8")
    monkeypatch.setattr(cores, "ROOT", tmp_path)
    assert lower_bounds() == ("requests==2.31", "msal==1.35,<2")


def test_every_requirement_has_a_lower_bound() -> None:
    assert lower_bounds()
    assert [bound for bound in lower_bounds() if "==" not in bound] == []


def test_only_the_oldest_version_gets_the_oldest_libraries(tmp_path: Path) -> None:
    def asked(version: str) -> tuple[str, ...]:
        return tuple(Core(version, ALL, tmp_path).environment._requirements)

    assert set(lower_bounds()) < set(asked(OLDEST))
    assert not set(lower_bounds()) & set(asked(NEWEST))


# -- the artifact -----------------------------------------------------------------------------------------------------


def test_what_users_have_no_use_for_is_found() -> None:
    wanted = ["README.md", "MANIFEST.json", "plugins/modules/flow.py", "docs/docsite/links.yml", "tests/config.yml"]
    unwanted = ["notes.txt", "tests/unit/test_x.py", "docs/notes.md", "plugins.txt", "examples/README.md", ".env"]
    assert unwanted_files([*wanted, *unwanted]) == unwanted


def test_the_artifact_is_built_once_and_old_ones_are_put_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "powerops-powerplatform-0.9.0.tar.gz").touch()
    built: list[str] = []

    def build(command: list[str | Path], _log: Path) -> str:
        built.append(" ".join(map(str, command[1:3])))
        (folder / f"powerops-powerplatform-1.0.{len(built)}.tar.gz").touch()
        return ""

    monkeypatch.setattr(artifact, "clean_copy", lambda place: place / "copy")
    monkeypatch.setattr(artifact, "run", build)
    made = Artifact(tmp_path, Path(sys.executable))
    found = [made._build(tmp_path / "log") for _time in range(2)]
    assert built == ["collection build"]
    assert [path.name for path in found] == ["powerops-powerplatform-1.0.1.tar.gz"] * 2
    assert list(folder.iterdir()) == [found[0]]


# -- running ----------------------------------------------------------------------------------------------------------


def test_all_that_is_open_passes(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([Gate("one", "a", passes), Gate("two", "b", passes, "Python 3.11")], 2) == 0
    printed = capsys.readouterr().out
    assert "passed  one  (" in printed
    assert "Python 3.11" in printed
    assert (work / "one.log").read_text("utf-8") == "all is well"


@pytest.mark.parametrize(("act", "why"), [(fails, "ruff ended with 1"), (breaks, "JSONDecodeError: ")])
def test_a_closed_gate_is_counted_and_shown_and_hides_no_other(
    work: Path, capsys: pytest.CaptureFixture[str], act: Callable[[Path], None], why: str
) -> None:
    chosen = [Gate("closed", "a", act), Gate("behind", "a", passes), Gate("beside", "b", passes)]
    assert run(chosen, 1) == 1
    printed = capsys.readouterr().out
    assert "FAILED  closed" in printed
    assert why in printed
    assert str(work / "closed.log") in printed
    assert ("passed  behind" in printed, "passed  beside" in printed) == (True, True)
    assert ("  line two" in printed) is (act is fails)


@pytest.mark.usefixtures("work")
def test_series_run_side_by_side_and_their_gates_in_order() -> None:
    """Each of the first two waits for the other: they could not both end, were they not there at the same time."""
    together = threading.Barrier(2, timeout=30)
    done: list[str] = []

    def waits(log: Path) -> None:
        together.wait()
        done.append(log.stem)

    chosen = [Gate("a1", "a", waits), Gate("b1", "b", waits), Gate("a2", "a", lambda log: done.append(log.stem))]
    assert run(chosen, 2) == 0
    assert sorted(done) == ["a1", "a2", "b1"]
    assert done.index("a2") > done.index("a1")


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(("act", "code"), [(passes, 0), (fails, 1)])
def test_the_exit_code_says_whether_all_are_open(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], None], code: int
) -> None:
    chosen = [Gate("one", "a", passes), Gate("two", "a", act)]
    monkeypatch.setattr(main, "gates", lambda _found, _before: (chosen, []))
    monkeypatch.setattr(sys, "argv", ["gates"])
    assert main.main() == code


@pytest.mark.usefixtures("work")
def test_a_gate_that_is_not_chosen_is_not_run_and_one_that_is_unknown_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        main, "gates", lambda _found, _before: ([Gate("one", "a", passes), Gate("two", "a", fails)], [])
    )
    monkeypatch.setattr(sys, "argv", ["gates", "one"])
    assert main.main() == 0
    assert "1 passed, 0 failed" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["gates", "three"])
    with pytest.raises(SystemExit, match="2"):
        main.main()


@pytest.mark.usefixtures("work")
def test_a_gate_for_which_there_is_no_python_is_told_and_hinders_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "pythons", lambda: {"3.11": ALL["3.11"]})
    monkeypatch.setattr(Core, "sanity", lambda _core, log: passes(log))
    monkeypatch.setattr(sys, "argv", ["gates", f"sanity-{OLDEST}", f"sanity-{NEWEST}"])
    assert main.main() == 0
    printed = capsys.readouterr().out
    assert f"NOT RUN ansible-core {NEWEST}: no Python" in printed
    assert "1 passed, 0 failed, 2 skipped" in printed


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(("found", "code"), [(ALL, 0), ({"3.12": ALL["3.12"], "3.13": ALL["3.13"]}, 1)])
def test_where_all_is_asked_for_a_missing_python_is_a_failure(
    found: dict[str, Path], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[Path] = []
    monkeypatch.setattr(main, "pythons", lambda: found)
    monkeypatch.setattr(main, "gates", lambda _found, _before: ([Gate("one", "a", ran.append)], []))
    monkeypatch.setattr(sys, "argv", ["gates", "--complete"])
    assert main.main() == code
    assert len(ran) == 1 - code
    assert ("MISSING ansible-core 2.18: no Python 3.11" in capsys.readouterr().out) is bool(code)
    monkeypatch.setattr(sys, "argv", ["gates"])
    assert main.main() == 0
    monkeypatch.setattr(sys, "argv", ["gates", "--complete", "--list"])
    assert main.main() == code


# -- commands ---------------------------------------------------------------------------------------------------------


def test_a_command_that_fails_closes_its_gate(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(GateError, match="ended with 3"):
        run_command([sys.executable, "-c", "import sys; print('said'); sys.exit(3)"], log)
    assert log.read_text("utf-8").splitlines()[1:] == ["said"]


def test_a_command_sees_none_of_the_settings_of_who_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_CONFIG", "/elsewhere")
    monkeypatch.setenv("POWER_PLATFORM_TENANT_ID", "a-tenant")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "/elsewhere")
    names = ("ANSIBLE_", "POWER_PLATFORM_", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
    code = f"import json, os; print(json.dumps({{n: v for n, v in os.environ.items() if n.startswith({names})}}))"

    def seen(variables: dict[str, str]) -> dict[str, str]:
        told: dict[str, str] = json.loads(
            run_command([sys.executable, "-c", code], tmp_path / "log", variables=variables)
        )
        return told

    # Else ~/.ansible.cfg would be read.
    ours = str(ROOT / "tests" / "integration" / "integration.cfg")
    assert seen({"ANSIBLE_COLLECTIONS_PATH": "/here"}) == {"ANSIBLE_COLLECTIONS_PATH": "/here", "ANSIBLE_CONFIG": ours}
    assert seen({"ANSIBLE_CONFIG": "/given"}) == {"ANSIBLE_CONFIG": "/given"}


def test_a_folder_is_reached_by_a_path_without_blanks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.tempfile, "gettempdir", lambda: str(tmp_path))
    folder, other = tmp_path / "some corner", Path("/corner")
    folder.mkdir()

    reached = machine.without_blanks(folder)
    assert " " not in str(reached)
    assert reached.resolve() == folder
    assert machine.without_blanks(folder) == reached
    assert machine.without_blanks(other) == other

    reached.unlink()
    reached.symlink_to(other)
    assert machine.without_blanks(folder).resolve() == folder

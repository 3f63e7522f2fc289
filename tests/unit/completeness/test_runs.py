# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module, run: what it returns is documented, and no secret comes out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.integration.run import environment

from .cases import CASES, Case
from .collection import COLLECTION, MODULES, documentation, only_reads
from .playing import Played, play

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

# What Ansible itself adds to any result.
COMMON = {"changed", "deprecations", "diff", "exception", "failed", "invocation", "msg", "warnings"}
TYPES = {"bool": bool, "dict": dict, "float": (int, float), "int": int, "list": list, "str": str}
JWT = re.compile(r"eyJ[\w-]{8,}")
SCOPES = {
    "powerapps": "https://service.powerapps.com//.default",
    "flow": "https://service.flow.microsoft.com//.default",
    "graph": "https://graph.microsoft.com/.default",
    "power_platform": "https://api.powerplatform.com/.default",
    # Each organisation of Dataverse is an audience of its own.
    **{
        organization: f"{organization}/.default"
        for organization in ("https://contosofin.crm4.dynamics.com", "https://contosofindev.crm4.dynamics.com")
    },
}
# A task with an `environment` runs in a process of its own, the others inside the controller: of both the same is
# documented, and no secret comes out.
AS_A_MODULE = {"environment": {"ANY": "thing"}}
# A port on which nothing listens.
NOWHERE = "https://127.0.0.1:9"


class Ran(NamedTuple):
    """One module in every way. `secrets`: all that went in; `played`: the calls by their names in `ran`."""

    module: str
    played: Played
    secrets: frozenset[str]

    @property
    def results(self) -> dict[str, Mapping[str, Any]]:
        return {name: _without_ansible(result) for name, result in self.played.results.items()}


def _without_ansible(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in result.items() if name not in COMMON and not name.startswith("_ansible")}


@pytest.fixture(scope="module", params=MODULES)
def ran(request: pytest.FixtureRequest, running_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One play a module, because each start of ansible-playbook costs as much as a call."""
    module: str = request.param
    case = CASES[module]
    running_emulator.reset()
    running_emulator.faults(case.faults)
    variables, refused, other, secrets = (_of_avepoint if case.avepoint else _of_microsoft)(running_emulator, case)
    no_way = {"base_url": NOWHERE, "deadline": 1, "timeout": 1}
    calls: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "checked": (case.works, {"check_mode": True, "diff": True}),
        "done": (case.works, {}),
        "failed": (case.fails, {}),
        "refused": ({**case.works, **refused}, {}),
        "with_tokens": ({**case.works, **other}, {}),
        "with_tokens_failed": ({**case.fails, **other}, {}),
        "unreachable": ({**case.works, **no_way}, {}),
        "with_tokens_unreachable": ({**case.works, **no_way, **other}, {}),
    }
    tasks = [
        {f"{COLLECTION}.{module}": options, "register": name, "ignore_errors": True, **case.keywords, **keywords}
        for name, (options, keywords) in calls.items()
    ]
    # Of one module these calls, of the next one the others.
    for task in tasks[MODULES.index(module) % 2 :: 2]:
        task |= AS_A_MODULE
    played = play(tasks, tmp_path_factory.mktemp(module) / "play", {**environment(running_emulator), **variables})
    assert set(played.results) == set(calls), played.output
    return Ran(module, played, frozenset({*secrets, *case.secrets}))


# Variables by which a case logs in; options of one whom the service refuses; options of another way; what is secret.
Logins = tuple[dict[str, str], dict[str, str], dict[str, Any], set[str]]


def _of_microsoft(emulator: Emulator, case: Case) -> Logins:
    own, refused = emulator.credentials(case.client), emulator.credentials(case.refused)
    tokens = {service: emulator.token(scope, case.client) for service, scope in SCOPES.items()}
    variables = {f"POWER_PLATFORM_{name.upper()}": value for name, value in own.items()}
    secrets = {*tokens.values(), refused["client_secret"], own["client_secret"]}
    return variables, refused, {"access_tokens": tokens}, secrets


def _of_avepoint(emulator: Emulator, case: Case) -> Logins:
    """The other way is a certificate, as text: nobody else fetches tokens of AvePoint."""
    own, refused = ({**emulator.avepoint(name)} for name in (case.client, case.refused))
    proven = emulator.avepoint("avepoint-certificate")
    certificate = Path(proven["certificate_path"]).read_text(encoding="ascii")
    variables = {f"AVEPOINT_{name.upper()}": own[name] for name in ("client_id", "client_secret")}
    options = {name: refused[name] for name in ("client_id", "client_secret")}
    lines = {line for line in certificate.splitlines() if not line.startswith("-----")}
    other = {"client_id": proven["client_id"], "client_certificate": certificate}
    return variables, options, other, {*lines, own["client_secret"], refused["client_secret"]}


def test_each_module_has_a_case() -> None:
    assert sorted(CASES) == MODULES


def test_the_cases_do_what_they_are_there_for(ran: Ran) -> None:
    """Otherwise the other tests look at less than they say."""
    results = ran.played.results
    failed = {name for name, result in results.items() if result["failed"]}

    assert not failed & {"checked", "done", "with_tokens"}, ran.played.output
    assert {"failed", "with_tokens_failed"} <= failed
    # Half of the calls ran as modules.
    assert len(re.findall(rf"PUT .* TO .*/AnsiballZ_{ran.module}\.py", ran.played.output)) == len(results) / 2
    assert results["failed"]["error"]["type"]
    if not only_reads(ran.module):
        assert results["checked"]["changed"]
        assert results["done"]["changed"]
        idempotent = documentation(ran.module).content["attributes"]["idempotent"]["support"] != "none"
        assert results["with_tokens"]["changed"] is not idempotent
        assert {"refused", "unreachable", "with_tokens_unreachable"} <= failed
        refused = [row["error"] for row in results["refused"].get("outcomes", [results["refused"]])]
        assert {error["status"] for error in refused} == {403}


def test_what_is_returned_is_documented(ran: Ran) -> None:
    documented = documentation(ran.module).returns

    assert {place: why for result in ran.results.values() for place, why in _undocumented(result, documented)} == {}


def _undocumented(
    result: Mapping[str, Any], documented: Mapping[str, Any], place: str = ""
) -> Iterator[tuple[str, str]]:
    for name, value in result.items():
        if name not in documented:
            yield f"{place}{name}", "is not documented"
            continue
        described = documented[name]
        if value is not None and not _is(value, described["type"]):
            yield f"{place}{name}", f"is {type(value).__name__}, documented as {described['type']}"
        for row in value if isinstance(value, list) else [value]:
            if isinstance(row, dict) and "contains" in described:
                yield from _undocumented(row, described["contains"], f"{place}{name}.")


def _is(value: object, documented: str) -> bool:
    return isinstance(value, TYPES[documented]) and (documented == "bool" or not isinstance(value, bool))


def test_what_is_documented_is_returned(ran: Ran) -> None:
    """Each value in some call, and where it says when, in every call of that sort."""
    documented = documentation(ran.module).returns
    results = ran.results
    never = [name for name in documented if not any(name in result for result in results.values())]
    failed = {name for name in results if ran.played.results[name]["failed"]}
    sorts = {"always": set(results), "success": set(results) - failed, "failure": failed}
    missing = {
        f"{name}, returned {described['returned']}": sorted(
            call for call in sorts[described["returned"]] if name not in results[call]
        )
        for name, described in documented.items()
        if described["returned"] in sorts
    }

    assert never == []
    assert {place: calls for place, calls in missing.items() if calls} == {}


def test_every_sample_is_one(ran: Ran) -> None:
    """It has the documented type, and neither it nor `contains` shows a member that no call returned."""
    for place, described in _described(documentation(ran.module).returns):
        assert described["description"], place
        assert described["type"] in TYPES, place
        assert "sample" in described or "contains" in described, place
        if described.get("sample") is not None:
            assert _is(described["sample"], described["type"]), place
    for name, described in documentation(ran.module).returns.items():
        shown = _members(described.get("sample")) | set(described.get("contains") or ())
        returned = {member for result in ran.results.values() for member in _members(result.get(name))}
        # The members of some depend on the tenant, or on the error.
        if name not in ("facts", "renamed"):
            assert shown <= returned, name
        if name in ("api_calls", "resource"):
            assert shown == returned, name


def _described(returns: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, described in returns.items():
        yield f"{place}{name}", described
        yield from _described(described.get("contains") or {}, f"{place}{name}.")


def _members(value: object) -> set[str]:
    """The keys of a mapping, or of all mappings of a list."""
    rows: Iterable[object] = value if isinstance(value, list) else [value]
    return {key for row in rows if isinstance(row, dict) for key in row}


def test_no_secret_comes_out(ran: Ran) -> None:
    """At the highest verbosity, in success, failure and silence; neither what went in nor a token that came back."""
    results = json.loads(json.dumps(ran.played.results))
    hidden = [text for place in CASES[ran.module].hidden for text in _taken(results, place)]
    printed = ran.played.output + json.dumps(results)
    _start, *tasks = ran.played.output.split("\nTASK [")
    assert len(tasks) > len(results)
    # Or all of it is hidden by `no_log`.
    silent = [text for text in tasks if not re.search(r'"(invocation|censored)": ', text)]
    assert silent == [], "nothing was printed that could hold a secret"

    assert [secret[:12] for secret in ran.secrets if secret in printed] == []
    assert JWT.findall(printed) == []
    assert [text for text in hidden if text in printed] == []
    assert bool(hidden) is bool(CASES[ran.module].hidden)


def _taken(results: Mapping[str, Any], place: str) -> Iterator[str]:
    """The texts at a dotted place of each result, which are what was asked for, taken out of it."""
    *above, name = place.split(".")
    for result in results.values():
        for key in above:
            result = result.get(key) or {}
        found = result.pop(name, "")
        yield from (text for text in (found.values() if isinstance(found, dict) else [found]) if text)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of permissions, made from what the operations declare.

    python -m tests.tools.permissions

writes docs/permissions.md: for each module the operations that it may send, with the tokens that they take and what the
identity must hold. How a kind finds its thing by name is asked of the code itself, with a client that only takes notes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.tools.stage import ROOT, live_view

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, AnyKind, InfoKind
    from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation

OUTPUT = ROOT / "docs" / "permissions.md"
PACKAGE = "ansible_collections.powerops.powerplatform.plugins.module_utils"
SERVICES = {
    "bap": "Business Application Platform",
    "powerapps": "Power Apps",
    "flow": "Power Automate",
    "graph": "Microsoft Graph",
    "power_platform": "Power Platform API",
    "dataverse": "Dataverse",
    "avepoint": "AvePoint Graph API",
}
TITLE = """# Permissions

<!-- Made by `make docs-tables` from what the operations declare. Do not edit. -->

"""
INTRODUCTION = """\
What each module may send, and what the identity needs for it. A module sends no more of it than its task needs: ids in
place of names save the look-ups, and check mode sends nothing that is marked *write*.

* **Version**: the API version that the operation is sent with, if it has one in its address. The option `api_versions`
  replaces it, by the name of the operation. Of resources that a task gives the path of, so does `api_version`.
* **View**: `as_admin: true` (the default) is the administrator's view of the services, `as_admin: false` the maker's,
  which needs a user's token.
* **Token**: *application* is the token of an app registration that logs in by itself (client secret, certificate,
  workload identity) or of a managed identity; *user* is a delegated token. *Assumed* marks what the vendor does not
  state and real tenants have to confirm; the module `powerops.powerplatform.access_info` tries what can be read.
"""
HEAD = """| View | When | Service | Operation | Version | Sends | Token | What the identity needs |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
NOTHING = "Asks the login service for tokens, and sends them to no service."
Row = tuple[str, str, "Operation"]
# Every word by which a row of a survey may name its thing, and what decides how it is asked about.
_WORDS = ("environment", "app", "connection", "connector", "connector_type", "flow", "state")


class _Notes:
    """In place of a client: notes which operations are asked for, and answers with nothing."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def call(self, operation: Operation, *_arguments: Any, **_options: Any) -> dict[str, Any]:
        self.operations.append(operation)
        return {}

    def items(self, operation: Operation, *_arguments: Any, **_options: Any) -> Iterator[Any]:
        self.operations.append(operation)
        return iter(())


def noted(ask: Callable[..., Any], *arguments: Any, as_admin: bool) -> list[Operation]:
    """The operations that a function sends; what it makes of an answer that says nothing does not matter."""
    errors = importlib.import_module(f"{PACKAGE}._errors")
    notes = _Notes()
    with suppress(errors.PowerPlatformError):
        answer = ask(notes, *arguments, as_admin=as_admin)
        if isinstance(answer, Iterator):
            list(answer)
    return notes.operations


def resource_rows(kind: AnyKind) -> Iterator[Row]:
    """What a kind that changes things may send, look-ups of environment, thing and people included."""
    views = "as_admin" in kind.options
    for as_admin in (True, False) if views else (True,):
        view = f"`as_admin: {str(as_admin).lower()}`" if views else ""
        yield from ((view, when, operation) for when, operation in _finding_rows(kind, as_admin=as_admin))
        for operation in kind.every_operation(as_admin=as_admin):
            yield view, "reading the present state" if operation.safe else "changing it", operation
    yield from _directory_rows(kind)


def rows_of_one(kind: InfoKind | ActionKind) -> Iterator[Row]:
    """What a question about one thing, or a deed, may send. Without a choice of views operations tell which it is."""
    views = "as_admin" in kind.options
    only = any("application" in operation.tokens for operation in kind.operations)
    for as_admin in (True, False) if views else (only,):
        view = f"`as_admin: {str(as_admin).lower()}`" if views else ""
        found = list(_finding_rows(kind, as_admin=as_admin))
        yield from ((view, when, operation) for when, operation in found)
        known = {operation.name for _when, operation in found}
        for operation in kind.operations:
            if operation.name not in known and ("application" in operation.tokens) is as_admin:
                yield view, "reading" if operation.safe or operation.reads_only else "changing it", operation


def _finding_rows(kind: AnyKind | InfoKind | ActionKind, *, as_admin: bool) -> Iterator[tuple[str, Operation]]:
    """What finds environment and thing in one view, and when."""
    bap = importlib.import_module(f"{PACKAGE}._api.bap")
    thing, where = kind.thing_type, _somewhere()
    if thing is None:
        return
    occasions: dict[str, list[Operation]] = {}
    if thing.in_environment:
        occasions["`environment` is an id"] = noted(bap.get_environment, "", as_admin=as_admin)
        occasions["`environment` is a name"] = noted(bap.list_environments, as_admin=as_admin)
    if thing.get:
        occasions[_finding(kind, "is an id")] = noted(thing.get, where, "", as_admin=as_admin)
    if thing.get is None or thing.in_environment:
        when = _finding(kind, "is a name") if thing.get else _finding(kind, "")
        occasions[when] = noted(thing.list, where, as_admin=as_admin)
    for when, operations in occasions.items():
        yield from ((when, operation) for operation in operations)


def _somewhere() -> Any:
    """An environment in which everything can be asked for: one that has an organisation in Dataverse."""
    model = importlib.import_module(f"{PACKAGE}._model")
    linked = {"instanceUrl": "https://organization.example"}
    return model.Thing("", "", {"properties": {"linkedEnvironmentMetadata": linked}})


def _finding(kind: AnyKind | InfoKind | ActionKind, how: str) -> str:
    """When a thing is looked up. Some have several options that name it, and none of its own."""
    option = kind.thing_type.option if kind.thing_type else ""
    if how and option in kind.options:
        return f"`{option}` {how}"
    told = {"is an id": " by its id", "is a name": " by a name"}
    return f"finding the {option.replace('_', ' ')}{told.get(how, '')}"


def _directory_rows(kind: AnyKind) -> Iterator[Row]:
    """Look-ups of people, where a kind names any. That it does is told by its having the method."""
    graph = importlib.import_module(f"{PACKAGE}._api.graph")
    base = importlib.import_module(f"{PACKAGE}._kind").Kind
    if type(kind).principals is not base.principals:
        yield "both", "a user, group or application is a name", graph.BATCH
    if type(kind).unsure is not base.unsure:
        yield "both", "finding out who no longer exists", graph.GET_BY_IDS
        yield "both", "finding out who no longer exists", graph.BATCH


def info_rows(kind: InfoKind) -> Iterator[Row]:
    """What a kind that only reads may send. A maker's operation is one that takes no application's token."""
    if isinstance(kind, importlib.import_module(f"{PACKAGE}._resources._survey").OwnedKind):
        yield from _survey_rows(kind)
        return
    if kind.thing_type is not None:
        yield from rows_of_one(kind)
        return
    views, chosen = "as_admin" in kind.options, "services" in kind.options
    included = dict(_included(kind))
    for operation in kind.operations:
        view = f"`as_admin: {'true' if 'application' in operation.tokens else 'false'}`" if views else ""
        always = not chosen or operation is kind.operations[0]
        if operation in included:
            yield "both" if views else "", included[operation], operation
        else:
            yield view, "always" if always else "asked for in `services`", operation


def _included(kind: InfoKind) -> Iterator[tuple[Operation, str]]:
    """What is sent for a word of `include`, and for nothing else."""
    options = {name: option.get("default") for name, option in kind.options.items()}

    def ask(client: Any, words: list[str], *, as_admin: bool) -> Any:
        return kind.read(client, {**options, "include": words, "as_admin": as_admin})

    for word in kind.options.get("include", {}).get("choices", ()):
        more = set(noted(ask, [word], as_admin=True)) - set(noted(ask, [], as_admin=True))
        yield from ((operation, f"`include` holds `{word}`") for operation in more)


def _survey_rows(kind: Any) -> Iterator[Row]:
    """What a survey sends in each view: asked of its code, since some operations serve both views."""
    bap = importlib.import_module(f"{PACKAGE}._api.bap")
    graph = importlib.import_module(f"{PACKAGE}._api.graph")
    looking = importlib.import_module(f"{PACKAGE}._resources._looking")
    where = _somewhere()
    defaults = {name: option.get("default") for name, option in kind.options.items()}
    row = {**dict.fromkeys(_WORDS, ""), "owner": None}

    def parts(client: Any, word: str, *, as_admin: bool) -> None:
        look = looking.Look(where, {})
        look.rows = [{**row, "solution_flow": False}]
        kind.enrich(client, [look], {**defaults, "include": [word], "as_admin": as_admin})

    def listing(client: Any, wanted: dict[str, Any], *, as_admin: bool) -> Iterable[Any]:
        found: Iterable[Any] = kind.records(client, where, {**defaults, **wanted, "as_admin": as_admin})
        return found

    questions: dict[str, dict[str, Any]] = {"always": {}}
    if "connector_types" in kind.options:
        words = kind.options["connector_types"]["choices"]
        questions = {f"`connector_types` holds `{word}`": {"connector_types": [word]} for word in words}
    for as_admin in (True, False):
        occasions = {"always": noted(bap.list_environments, as_admin=as_admin)}
        for when, wanted in questions.items():
            occasions.setdefault(when, []).extend(noted(listing, wanted, as_admin=as_admin))
        one = noted(listing, {f"{kind.option}s": [str(UUID(int=0))]}, as_admin=as_admin)
        known = [operation for operations in occasions.values() for operation in operations]
        occasions[f"`{kind.option}s` holds one id and nothing else"] = [item for item in one if item not in known]
        for word in kind.options["include"]["choices"]:
            occasions[f"`include` holds `{word}`"] = noted(parts, word, as_admin=as_admin)
        for when, operations in occasions.items():
            yield from ((f"`as_admin: {str(as_admin).lower()}`", when, operation) for operation in operations)
    yield "both", "a user in `owners` is a name", graph.BATCH
    for operation in (graph.GET_BY_IDS, graph.BATCH):
        yield "both", "`owner_states` is set, or `include` holds `owner_state`", operation


def cells(view: str, when: str, operation: Operation) -> tuple[str, ...]:
    """One row, a cell for each of the columns of HEAD."""
    tokens = " or ".join("application" if kind == "application" else "user" for kind in sorted(operation.tokens))
    sends = "read" if operation.safe or operation.reads_only else "write"
    return (
        view,
        when,
        SERVICES[operation.service],
        f"`{operation.name}`",
        operation.api_version,
        sends,
        f"{tokens} (assumed)" if operation.tokens_assumed else tokens,
        operation.permission,
    )


def _line(row: Row) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells(*row))} |".replace("|   |", "| |")


def _merged(rows: Iterable[Row]) -> Iterator[Row]:
    """Each operation once in each view, with all occasions for it."""
    found: dict[tuple[str, str], Row] = {}
    for view, when, operation in rows:
        key = (view, operation.name)
        known = found[key][1] if key in found else when
        found[key] = (view, known if when in known else f"{known}; {when}", operation)
    yield from found.values()


def modules() -> dict[str, list[Row]]:
    """The rows of each module, in the order of their names."""
    catalog = importlib.import_module(f"{PACKAGE}._resources.catalog")
    rows = {name: list(_merged(resource_rows(kind))) for name, kind in catalog.KINDS.items()}
    rows |= {name: list(_merged(info_rows(kind))) for name, kind in catalog.INFO_KINDS.items()}
    rows |= {name: list(_merged(rows_of_one(kind))) for name, kind in catalog.ACTION_KINDS.items()}
    return {name: rows[name] for name in sorted(rows)}


def table() -> str:
    """The content of docs/permissions.md."""
    parts = [f"\n## {name}\n\n{_part(rows)}" for name, rows in modules().items()]
    return TITLE + INTRODUCTION + "".join(parts)


def _part(rows: list[Row]) -> str:
    return HEAD + "".join(f"{_line(row)}\n" for row in rows) if rows else f"{NOTHING}\n"


def main() -> None:
    sys.path.insert(0, str(live_view()))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    main()

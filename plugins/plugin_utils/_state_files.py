# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What desired_state_info returns as files of variables: where each one lies, and what stands in it. Pure.

Runs on the controller alone, which has PyYAML.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yaml import SafeDumper, dump
from yaml.nodes import Node, ScalarNode

Json = dict[str, Any]

# The option that tells the things of a kind apart. A file is in its order, so that a new name moves nothing, and a
# report names by it what could not be read.
IDENTITIES: Mapping[str, str] = {
    "application_package": "application_package",
    "billing_policy": "billing_policy",
    "connection": "connection_id",
    "connection_role": "connection",
    "custom_connector": "connector_id",
    "custom_connector_role": "connector",
    "flow": "flow",
    "flow_owners": "flow",
    "flow_run_only_users": "flow",
    "flow_state": "flow",
    "management_application": "application_id",
    "powerapp": "app",
    "powerapp_role": "app",
}
OF_THE_TENANT = frozenset({"billing_policy", "management_application"})
ENVIRONMENTS, TENANT = "environments", "tenant"
SECRETS = "secret_parameters"

_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
# What looks a secret up, and nothing else.
_REFERENCE = re.compile(r"\{\{ powerplatform_secrets\['[\w.$/ -]+'\]\['[\w.$/ -]+'\] \}\}", re.ASCII)
_UNSAFE = re.compile(r"[^\w .,+&()@-]+")
# Bytes of a name, far from what file systems take, for an id comes behind it.
_LONGEST = 120
# A name that looks as if an id stood behind it gets its own.
_WITH_ID = re.compile(r"\([^()]*[0-9a-f]{12}\)$", re.IGNORECASE)
# Names of devices, which Windows takes for files nowhere.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class _Unsafe(str):
    """A text of the tenant that would be a template if nobody said that it is none."""


class _Dumper(SafeDumper):
    """Lists are indented, texts of several lines stand as they are, and nothing is folded."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: SafeDumper, text: str) -> ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _unsafe(dumper: SafeDumper, text: str) -> Node:
    return dumper.represent_scalar("!unsafe", str(text), style="|" if "\n" in text else '"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Unsafe, _unsafe)


def variable_of(kind: str) -> str:
    """The variable that holds the declarations of a kind: its plural."""
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind.removesuffix('s')}s"
    return f"powerplatform_{plural}"


def folders(environments: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The folder of each environment, by what items call it. Environments of one name get their ids behind it."""
    listed = list(environments)
    cleaned = {row["id"]: _cleaned(row["name"]) for row in listed}
    counts = Counter(map(_folded, cleaned.values()))
    found = {}
    for row in listed:
        name = cleaned[row["id"]]
        alone = counts[_folded(name)] == 1 and name == row["name"] == row["called"] and not _WITH_ID.search(name)
        found[row["called"]] = name if alone else f"{name} ({row['id']})" if name else row["id"]
    return found


def _cleaned(name: str) -> str:
    text = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    while len(text.encode()) > _LONGEST:
        text = text[:-1].rstrip(" .")
    return f"{text}_" if _DEVICES.fullmatch(text) else text


def _folded(name: str) -> str:
    """Equal for names that some file system takes for one."""
    return unicodedata.normalize("NFKC", name).casefold()


def files(answer: Mapping[str, Any]) -> dict[str, str]:
    """The text of each file, by its path below the folder of the export.

    None of what could not be read to the end: what is missing in it would look as if it were not there.
    """
    plain: Json = json.loads(json.dumps(answer))
    places = folders(plain["environments"])
    grouped: dict[tuple[str, str], list[Json]] = {}
    for row in plain["resources"]:
        kind = row.pop("kind")
        folder = TENANT if kind in OF_THE_TENANT else f"{ENVIRONMENTS}/{places[row['environment']]}"
        grouped.setdefault((folder, kind), []).append(row)
    unread = _places(plain, plain["unknown"])
    return {
        f"{folder}/{kind}.yml": _content(kind, sorted(rows, key=lambda row: str(row[IDENTITIES[kind]])))
        for (folder, kind), rows in sorted(grouped.items(), key=lambda item: item[0])
        if (folder, kind) not in unread
    }


def _places(answer: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The folders and kinds that rows of `unknown` and `not_applicable` are about."""
    places = folders(answer["environments"])
    by_id = {row["id"]: f"{ENVIRONMENTS}/{places[row['called']]}" for row in answer["environments"]}
    by_id[None] = TENANT
    return {(by_id[row["environment"]], kind) for row in rows for kind in row["kinds"]}


def _content(kind: str, rows: Sequence[Json]) -> str:
    marked = [{option: _marked(value, option == SECRETS) for option, value in row.items()} for row in rows]
    text = dump(
        {variable_of(kind): marked},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        explicit_start=True,
        width=float("inf"),
    )
    return str(text)


def _marked(value: Any, secrets: bool = False) -> Any:
    """A value whose texts are no templates, whatever stands in them. secrets: unless they are references to secrets."""
    if isinstance(value, dict):
        return {key: _marked(content, secrets) for key, content in value.items()}
    if isinstance(value, list):
        return [_marked(content) for content in value]
    if secrets and isinstance(value, str) and _REFERENCE.fullmatch(value):
        return value
    return _Unsafe(value) if isinstance(value, str) and _TEMPLATE.search(value) else value


def stale(answer: Mapping[str, Any], present: Iterable[str]) -> list[str]:
    """Files of earlier exports of which this one proves that nothing of what they declare is there.

    Only of kinds that were asked for; and not where something could not be read, does not apply for now, or is there
    and cannot be declared. None in the view of a maker, who sees a part. present: paths below the folder of the export.
    """
    if answer["scope"] != "admin":
        return []
    written, kinds = files(answer), set(answer["kinds"])
    left = [{"environment": row["environment"], "kinds": [row["kind"]]} for row in answer["left_out"]]
    kept = _places(answer, [*answer["unknown"], *answer["not_applicable"], *left])
    places = folders(answer["environments"])
    known = {TENANT, *(f"{ENVIRONMENTS}/{folder}" for folder in places.values())}
    found = []
    for path in sorted(present):
        folder, _slash, name = path.rpartition("/")
        kind = name.removesuffix(".yml")
        if path in written or kind not in kinds or not name.endswith(".yml") or (folder, kind) in kept:
            continue
        of_export = folder == TENANT or (folder.startswith(f"{ENVIRONMENTS}/") and folder.count("/") == 1)
        # Of a folder that belongs to none of the environments nobody can tell, unless all of them were looked at.
        if of_export and (folder in known or answer["all_environments"]):
            found.append(path)
    return found

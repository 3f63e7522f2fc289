# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that people keep in git and services store: read, compared by meaning, shown where they differ. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, canonical

# Lists whose order means nothing (contract: dataverse-connectors.md 3.7).
_SETS = frozenset({"tags", "schemes", "consumes", "produces", "required"})
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def read_document(option: str, value: Any) -> Any:
    """A mapping or list, or the text of one in JSON or YAML, as plain JSON data. OptionError for anything else."""
    try:
        if isinstance(value, str):
            value = _parsed(option, value)
        if not isinstance(value, (dict, list)):
            raise OptionError(
                option, "it is neither a mapping nor a list.", remedy="Give a document, or the text of one."
            )
        plain = _plain(value)
        json.dumps(plain, allow_nan=False)
    except (RecursionError, TypeError, ValueError) as error:
        raise OptionError(
            option,
            f"it cannot be said in JSON: {error}.",
            remedy="Use texts, figures, lists and mappings, not too deep.",
        ) from error
    return plain


def _parsed(option: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        if text.lstrip()[:1] in ("{", "["):
            raise OptionError(option, f"it is no JSON: {error}.", remedy="Correct the text.") from error
    try:
        import yaml
    except ImportError as error:
        raise OptionError(
            option,
            "it is no JSON, and for YAML the library PyYAML is missing where the module runs.",
            remedy="Install PyYAML there, or give JSON or a mapping.",
        ) from error
    try:
        # The C parser reads the same in a tenth of the time, where PyYAML has one.
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise OptionError(option, f"it is neither JSON nor YAML: {error}.", remedy="Correct the text.") from error


def _plain(value: Any) -> Any:
    """The same with texts as keys, and dates as YAML reads them turned back into texts."""
    if isinstance(value, Mapping):
        return {_key(key): _plain(content) for key, content in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(content) for content in value]
    return value.isoformat() if isinstance(value, date) else value


def _key(key: Any) -> str:
    return ("true" if key else "false") if isinstance(key, bool) else str(key)


def as_text(document: Any) -> str:
    """A document as the JSON text that is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def stored(text: Any) -> Any:
    """A stored JSON text as a document; None for an empty one, the text itself for one that cannot be read."""
    if not isinstance(text, str):
        return text
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def same_document(declared: Any, actual: Any) -> bool:
    """Whether two documents mean the same: key order, order in lists that are sets, blanked secrets do not count."""
    if declared in _EMPTY and actual in _EMPTY:
        return True
    return canonical(_ordered(_known(declared, actual))) == canonical(_ordered(without_blanks(actual)))


def _known(declared: Any, actual: Any) -> Any:
    """The declared document without secrets that the stored one has blanked: nobody can tell whether they differ."""
    if isinstance(declared, dict):
        held = actual if isinstance(actual, dict) else {}
        return {
            key: _known(content, held.get(key))
            for key, content in declared.items()
            if not (_blanked(key, content) or (_is_secret(key) and held.get(key) == ""))
        }
    if isinstance(declared, list):
        others = actual if isinstance(actual, list) and len(actual) == len(declared) else [None] * len(declared)
        return [_known(content, other) for content, other in zip(declared, others, strict=True)]
    return declared


# Names of leaves whose value the service replaces by a blank (contract: dataverse-connectors.md 3.6, 3.7).
_SECRET_LEAVES = ("clientsecret", "secret", "password", "key")


def without_blanks(value: Any) -> Any:
    """A document without the blanks that stand for secrets, so that no blank is ever written over one."""
    if isinstance(value, dict):
        return {key: without_blanks(content) for key, content in value.items() if not _blanked(key, content)}
    return [without_blanks(content) for content in value] if isinstance(value, list) else value


def secret_leaf(value: Any, place: str) -> str:
    """Where a document holds a secret that is written out; "" when it holds none."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, content in entries:
        where = f"{place}.{key}" if isinstance(value, dict) else f"{place}[{key}]"
        if _is_secret(str(key)) and isinstance(content, str) and content:
            return where
        found = secret_leaf(content, where)
        if found:
            return found
    return ""


def _is_secret(name: str) -> bool:
    return name.casefold() in _SECRET_LEAVES


def _blanked(name: str, content: Any) -> bool:
    return _is_secret(name) and content in (None, "")


def _ordered(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _ordered(content, key) for key, content in value.items()}
    if isinstance(value, list):
        items = [_ordered(content) for content in value]
        plain = name in _SETS and not any(isinstance(item, dict) for item in items)
        return sorted(items, key=canonical) if plain else items
    return value


def differing(before: Any, after: Any) -> tuple[Any, Any]:
    """Both documents without what they have in common: what a diff shows of thousands of lines."""
    if isinstance(before, dict) and isinstance(after, dict):
        left: Json = {}
        right: Json = {}
        for key in sorted({**before, **after}):
            if key not in before:
                right[key] = after[key]
            elif key not in after:
                left[key] = before[key]
            elif not same_document({key: after[key]}, {key: before[key]}):
                left[key], right[key] = differing(before[key], after[key])
        return left, right
    return before, after

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that people keep in git and services store: read, compared by meaning, shown where they differ. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, canonical

# Lists whose order means nothing (contract: dataverse-connectors.md 3.7).
_SETS = frozenset({"tags", "schemes", "consumes", "produces", "required"})
_EMPTY: tuple[Any, ...] = (None, "", [], {})

# Far beyond what people nest, and within what every function here can follow.
_DEEPEST = 100


def read_document(option: str, value: Any, *, empty: Any = None) -> Any:
    """A mapping or list, or the text of one in JSON or YAML, as plain JSON data. OptionError for anything else.

    empty: what a text without content says, for ansible-core 2.18 makes one of a null in a template; None refuses it.
    """
    try:
        if isinstance(value, str):
            value = _parsed(option, value) if value.strip() else empty
        if not isinstance(value, (dict, list)):
            raise OptionError(
                option, "it is neither a mapping nor a list.", remedy="Give a document, or the text of one."
            )
        plain = _plain(value, _DEEPEST)
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
        # Not the error's own text, which quotes the document: a secret may stand there.
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise OptionError(option, f"it is neither JSON nor YAML: {what}{where}.", remedy="Correct the text.") from None


def _plain(value: Any, depth: int) -> Any:
    """The same with texts as keys, and dates as YAML reads them turned back into texts. ValueError for one too deep."""
    if depth == 0:
        raise ValueError(f"it is more than {_DEEPEST} levels deep")
    if isinstance(value, Mapping):
        return {_key(key): _plain(content, depth - 1) for key, content in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(content, depth - 1) for content in value]
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


# Names of leaves whose value the service replaces by a blank (contract: dataverse-connectors.md 3.6, 3.7).
_SECRET_LEAVES = frozenset({"clientsecret", "secret", "password", "key"})
# Those of them that are secrets when they are declared. In a policy template `key` names a header, for example.
CLIENT_SECRET = frozenset({"clientsecret"})
_PARAMETER_SECRETS = frozenset({"clientsecret", "secret", "password"})


def same_document(declared: Any, actual: Any, *, empty_is_missing: bool = False) -> bool:
    """Whether two documents mean the same: key order, order in lists that are sets, blanked secrets do not count.

    empty_is_missing: nor do members that are null or empty (contract 3.7 rule 3). In a definition they do count:
    `security: []` of an operation takes the security of the document away.
    """
    left, right = _known(declared, actual), without_blanks(actual)
    if empty_is_missing:
        left, right = _filled(left), _filled(right)
    if left in _EMPTY and right in _EMPTY:
        return True
    return canonical(_ordered(left)) == canonical(_ordered(right))


def same_json(declared: Any, actual: Any) -> bool:
    """Whether two documents are the same JSON: key order and the spelling of figures do not count, and no more."""
    return canonical(_figures(declared)) == canonical(_figures(actual))


def _known(declared: Any, actual: Any) -> Any:
    """The declared document without secrets that the stored one has blanked: nobody can tell whether they differ."""
    if isinstance(declared, dict):
        held = actual if isinstance(actual, dict) else {}
        return {
            key: _known(content, held.get(key))
            for key, content in declared.items()
            if not (_blanked(key, content) or (_is_secret_leaf(key, content) and held.get(key) == ""))
        }
    if isinstance(declared, list):
        others = actual if isinstance(actual, list) and len(actual) == len(declared) else [None] * len(declared)
        return [_known(content, other) for content, other in zip(declared, others, strict=True)]
    return declared


def _filled(value: Any) -> Any:
    """A document without members that are null or empty. Entries of lists stay: they have a place."""
    if isinstance(value, dict):
        filled = {key: _filled(content) for key, content in value.items()}
        return {key: content for key, content in filled.items() if content not in _EMPTY}
    return [_filled(content) for content in value] if isinstance(value, list) else value


def without_blanks(value: Any, names: Collection[str] = _SECRET_LEAVES) -> Any:
    """A document without the blanks that stand for secrets, so that no blank is ever written over one."""
    if isinstance(value, dict):
        return {
            key: without_blanks(content, names) for key, content in value.items() if not _blanked(key, content, names)
        }
    return [without_blanks(content, names) for content in value] if isinstance(value, list) else value


def secret_leaf(value: Any, option: str) -> str:
    """Where the document of an option holds a secret that is written out; "" when it holds none."""
    if option == "policy_templates":
        found = _secrets(value, option, CLIENT_SECRET, defines=False)
    else:
        found = _secrets(value, option, _PARAMETER_SECRETS)
    return next((place for place, _secret in found), "")


def pasted_secrets(value: Any) -> Iterator[str]:
    """Every text under a name like that of a secret: to be hidden, if it was pasted where no secret belongs."""
    for _place, secret in _secrets(value, "", _SECRET_LEAVES):
        yield from _texts(secret)


def _secrets(value: Any, place: str, names: Collection[str], *, defines: bool = True) -> Iterator[tuple[str, Any]]:
    """Secrets with their places: texts under these names, and whatever a client secret is said to be.

    defines: whether this part defines connection parameters, which may be called like a secret: oAuthSettings do not.
    """
    if isinstance(value, list):
        for number, content in enumerate(value):
            yield from _secrets(content, f"{place}[{number}]", names, defines=defines)
    elif isinstance(value, dict):
        for key, content in value.items():
            where, name = f"{place}.{key}", str(key).casefold()
            written = content if name in names and isinstance(content, str) else None
            if name in CLIENT_SECRET and not (defines and _is_parameter(content)):
                written = content
            if written not in _EMPTY:
                yield where, written
            else:
                yield from _secrets(content, where, names, defines=defines and name != "oauthsettings")


def _is_parameter(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("type"), str)


def _texts(value: Any) -> Iterator[str]:
    """What is written in a value: its texts, and its figures as they would be shown."""
    if isinstance(value, (dict, list)):
        for content in value.values() if isinstance(value, dict) else value:
            yield from _texts(content)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)


def _is_secret_leaf(name: str, content: Any) -> bool:
    return name.casefold() in _SECRET_LEAVES and not isinstance(content, (dict, list))


def _blanked(name: str, content: Any, names: Collection[str] = _SECRET_LEAVES) -> bool:
    return name.casefold() in names and content in (None, "")


def _ordered(value: Any, name: str = "") -> Any:
    """What is compared as text: sets in one order, and figures in one spelling, for 1.0 is 1 in JSON."""
    if isinstance(value, dict):
        return {key: _ordered(content, key) for key, content in value.items()}
    if isinstance(value, list):
        items = [_ordered(content) for content in value]
        plain = name in _SETS and not any(isinstance(item, dict) for item in items)
        return sorted(items, key=canonical) if plain else items
    return _figures(value)


def _figures(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _figures(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_figures(content) for content in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def differing(
    before: Any,
    after: Any,
    same: Callable[[Any, Any], bool] = same_document,
    *,
    shown: Callable[[Any], Any] = lambda document: document,
) -> tuple[Any, Any]:
    """Both documents without what they have in common: what a diff shows of thousands of lines.

    same: (after, before) -> whether two members mean the same. shown: a whole document as it may be seen, in the same
    shape; what differs is found before that.
    """
    return _differing((before, shown(before)), (after, shown(after)), same)


def _differing(left: tuple[Any, Any], right: tuple[Any, Any], same: Callable[[Any, Any], bool]) -> tuple[Any, Any]:
    (before, before_shown), (after, after_shown) = left, right
    if not (isinstance(before, dict) and isinstance(after, dict)):
        # Of two secrets nobody sees otherwise that they are two.
        hidden = before_shown == after_shown and isinstance(after_shown, str) and before_shown != before
        return before_shown, f"{after_shown} (another)" if hidden else after_shown
    gone: Json = {}
    come: Json = {}
    for key in sorted({**before, **after}):
        if key not in before:
            come[key] = after_shown[key]
        elif key not in after:
            gone[key] = before_shown[key]
        elif not same({key: after[key]}, {key: before[key]}):
            held, wanted = (before[key], before_shown[key]), (after[key], after_shown[key])
            gone[key], come[key] = _differing(held, wanted, same)
    return gone, come

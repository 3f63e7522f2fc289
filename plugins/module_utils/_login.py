# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options and environment to all that talking to the services takes: what every edge calls first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.environment import (
    TASK,
    Given,
    empty,
    resolve,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.select import select
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import Exchange, TokenSource
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import Cloud, https_url, resolve_cloud
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import Connection, ConnectionSettings
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import Redactor

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.cache import TokenCache
    from ansible_collections.powerops.powerplatform.plugins.module_utils._memory import Memory
    from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import Gates


@dataclass(frozen=True)
class Login:
    """Nothing has been sent yet: the first token is fetched when it is first needed.

    deadline: seconds for the whole task. pace, pace_share: as the user wrote them, pace_share "" when not given.
    versions: of single operations, by their names.
    explanation: how the way to log in was chosen, for -vvv. secrets: every secret among the options.
    shared: the options that are no secrets, where they are not what they are without being given.
    gates, memory: what the items of a loop share besides; memory is None in a process of its own, where there are none.
    """

    connection: Connection
    cloud: Cloud
    tokens: TokenSource
    redactor: Redactor
    secrets: tuple[str, ...] = field(repr=False)
    deadline: int
    pace: str
    pace_share: str
    versions: Mapping[str, str]
    expected_tenant_id: str
    explanation: str
    shared: Mapping[str, Any]
    gates: Gates = field(default_factory=dict, repr=False)
    memory: Memory | None = field(default=None, repr=False)


def login(options: Mapping[str, Any], environ: Mapping[str, str]) -> Login:
    """Settle connection, cloud and way to log in; other options than those of AUTH_OPTIONS are ignored.

    Raises OptionError for what cannot be right, MissingLibraryError without requests.
    """
    known = with_defaults(options, AUTH_OPTIONS)
    given = resolve(known, environ)
    cloud = resolve_cloud(
        given_text(given, "cloud", "public"),
        given_dict(given, "endpoints"),
        given_dict(given, "audiences"),
        label_length=known["environment_label_length"],
    )
    connection = connect(given)
    exchange = Exchange(connection)
    method, explanation = select(given, cloud, exchange, partial(empty, known, environ))
    cache = _cache(given_text(given, "token_cache_path"))
    return settle(AUTH_OPTIONS, given, connection, cloud, TokenSource(method, exchange, cache), explanation)


def open_client(settings: Login, *, read_only: bool) -> Client:
    """The client of one run."""
    return Client(
        settings.connection,
        settings.cloud,
        settings.tokens,
        read_only=read_only,
        pace=settings.pace,
        pace_share=settings.pace_share,
        deadline=settings.deadline,
        redact=settings.redactor,
        expected_tenant_id=settings.expected_tenant_id,
        versions=settings.versions,
        gates=settings.gates,
        memory=settings.memory,
    )


class Access(NamedTuple):
    """Whose services a kind asks: the options of logging in there, and what makes a Login of them, as `login` does."""

    options: Mapping[str, dict[str, Any]]
    login: Callable[[Mapping[str, Any], Mapping[str, str]], Login]


MICROSOFT_ACCESS = Access(AUTH_OPTIONS, login)


def with_defaults(options: Mapping[str, Any], specs: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What is given of these options, and the defaults of the others."""
    return {name: options.get(name, spec.get("default")) for name, spec in specs.items()}


def connect(given: Mapping[str, Given]) -> Connection:
    """The connection that the options describe."""
    base_url = given_text(given, "base_url")
    return Connection(
        ConnectionSettings(
            base_url=https_url("base_url", base_url, source=_source(given, "base_url")) if base_url else "",
            ca_path=given_text(given, "ca_path"),
            base_url_source=_source(given, "base_url"),
            ca_path_source=_source(given, "ca_path"),
            validate_certs=bool(given["validate_certs"].value),
            proxy=_proxy(given_text(given, "proxy")),
            timeout=_seconds(given, "timeout"),
        )
    )


def _source(given: Mapping[str, Given], name: str) -> str:
    """Where the value of an option comes from, in the words of a message."""
    # An option is set in more places than the task: in defaults of modules, in variables of lookups.
    return f"the option {name}" if name not in given or given[name].place == TASK else given[name].source


def settle(
    specs: Mapping[str, dict[str, Any]],
    given: Mapping[str, Given],
    connection: Connection,
    cloud: Cloud,
    tokens: TokenSource,
    explanation: str,
) -> Login:
    """All of it together, and what the other options say. specs: those that say which options are secrets."""
    secrets = _secrets(specs, given)
    return Login(
        connection=connection,
        cloud=cloud,
        tokens=tokens,
        redactor=Redactor(secrets),
        secrets=secrets,
        deadline=_seconds(given, "deadline"),
        pace=given_text(given, "pace"),
        pace_share=given_text(given, "pace_share"),
        versions=_versions(given),
        expected_tenant_id=given_text(given, "expected_tenant_id"),
        explanation=explanation,
        shared=_shared(specs, given),
    )


def _cache(folder: str) -> TokenCache | None:
    if not folder:
        return None
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.cache import TokenCache

    return TokenCache(folder)


def given_text(given: Mapping[str, Given], name: str, default: str = "") -> str:
    """The value of an option without blanks around it."""
    return str(given[name].value).strip() if name in given else default


def given_dict(given: Mapping[str, Given], name: str) -> dict[str, str]:
    """What of an option that holds others has a value."""
    return {key: value for key, value in given[name].value.items() if value} if name in given else {}


def _versions(given: Mapping[str, Given]) -> dict[str, str]:
    """OptionError for what is no text, such as a figure that YAML made of a version, or a blank one."""
    versions = given["api_versions"].value if "api_versions" in given else {}
    for name, version in versions.items():
        if not isinstance(version, str) or not version.strip() or not name.strip():
            raise OptionError(
                f"api_versions.{name}",
                "a version is a text that is not blank, under the name of an operation.",
                value=version,
                remedy="Put the version in quotes, or leave the operation out for its own one.",
            )
    return {name.strip(): version.strip() for name, version in versions.items()}


def _shared(specs: Mapping[str, dict[str, Any]], given: Mapping[str, Given]) -> dict[str, Any]:
    found = {
        name: given_dict(given, name) if spec["type"] == "dict" else given[name].value
        for name, spec in specs.items()
        if name in given and not spec.get("no_log") and given[name].value != spec.get("default")
    }
    return {name: value for name, value in found.items() if value != {}}


def _seconds(given: Mapping[str, Given], name: str) -> int:
    value = int(given[name].value)
    if value <= 0:
        raise OptionError(name, "must be a number of seconds above 0.", value=value)
    return value


def _proxy(url: str) -> str:
    parts = urlsplit(url)
    if url and not (parts.scheme and parts.hostname):
        # The value is not shown: it may hold a password.
        raise OptionError("proxy", "must be a URL such as http://proxy.example.com:8080.")
    return url


def _secrets(specs: Mapping[str, dict[str, Any]], given: Mapping[str, Given]) -> tuple[str, ...]:
    found: set[str] = set()
    for name, spec in specs.items():
        if spec.get("no_log") and name in given:
            value = given[name].value
            values = value.values() if isinstance(value, dict) else (value,)
            texts = [str(text) for text in values if text is not None]
            # What is sent has no blanks around it; a secret that was read from a file often ends in a line break.
            found.update(*((text, text.strip()) for text in texts))
    password = urlsplit(given_text(given, "proxy")).password
    if password:
        found.update((password, unquote(password)))
    # A blank secret would mask every output.
    return tuple(sorted(text for text in found if text.strip()))

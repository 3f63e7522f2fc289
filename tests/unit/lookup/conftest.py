# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookups in this process, by Ansible's own loader, against the emulated tenant."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

from ansible_collections.powerops.powerplatform.plugins.module_utils import _login
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import QUICK, Impatient

Json = dict[str, Any]

# Environment variables that log in, or say whom to trust.
PREFIXES = ("POWER_PLATFORM_", "AVEPOINT_", "AZURE_", "ARM_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Look:
    """Calls lookups as a template would, and tells what was asked of the tenant."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def __call__(
        self, name: str, *terms: Any, who: str = "runner", variables: Mapping[str, Any] | None = None, **options: Any
    ) -> list[Any]:
        """who: the client that logs in; "" for none. variables: further ones, or others, of the play."""
        held = {**self.variables(who), **(variables or {})}
        loader = DataLoader()
        plugin = lookup_loader.get(
            f"powerops.powerplatform.{name}", loader=loader, templar=Templar(loader=loader, variables=held)
        )
        found: list[Any] = plugin.run(list(terms), variables=held, **options)
        assert self.emulator.log(writes=True) == []
        return found

    def variables(self, who: str) -> Json:
        """What leads a lookup to the tenant, and logs in."""
        place = {"base_url": self.emulator.base_url, "ca_path": self.emulator.ca_path}
        variables: Json = {f"ansible_power_platform_{name}": value for name, value in place.items()}
        if who.startswith("avepoint"):
            own = {name: self.emulator.avepoint(who)[name] for name in ("client_id", "client_secret")}
            return variables | {
                f"ansible_avepoint_{name}": value for name, value in {**own, "data_center": "we"}.items()
            }
        own = self.emulator.credentials(who) if who else {}
        return variables | {f"ansible_power_platform_{name}": value for name, value in own.items()}

    def error(self, name: str, *terms: Any, **options: Any) -> str:
        """What a lookup says that fails. A default changes nothing about it."""
        texts = []
        for given in ({}, {"default": "the default of the test"}):
            with pytest.raises(AnsibleLookupError) as raised:
                self(name, *terms, **{**options, **given})
            texts.append(str(raised.value))
        assert without_ids(texts[0]) == without_ids(texts[1])
        return texts[0]

    def missing(self, name: str, *terms: Any, **options: Any) -> str:
        """What a lookup says of a term that fits nothing, for which a default would do, an empty one too."""
        for default in ("the default of the test", None, "", 0, [], {"a": 1}):
            assert self(name, *terms, **options, default=default)[-1] == default
        with pytest.raises(AnsibleLookupError) as raised:
            self(name, *terms, **options)
        return str(raised.value)

    def asked(self) -> list[str]:
        """Services and ends of the paths of all requests since the last call, in order; logging in does not count."""
        entries = [entry for entry in self.emulator.log() if not entry["service"].endswith("login")]
        self.emulator.clear_log()
        return [f"{entry['service']} {entry['method']} {entry['path'].rpartition('/')[2]}" for entry in entries]

    def tokens(self) -> int:
        """How many tokens were asked for since the log was cleared."""
        return self.emulator.summary()["tokens"]


def without_ids(text: str) -> str:
    """A message without what the services number their answers with."""
    return text.partition(" (x-ms-")[0].partition(" (client-request-id")[0].partition(" (request-id")[0]


def refusing(status: int, *, path: str = "", code: str = "Refused", **match: Any) -> Sequence[Json]:
    """Faults that answer every such request with a status."""
    return [{"kind": "status", "status": status, "code": code, "match": {"path": path, **match}}]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of whoever runs the tests logs in."""
    for name in os.environ:
        if name.startswith(PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture
def look(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Waits are cut short; how often something is repeated is not."""
    monkeypatch.setattr(_login, "Client", functools.partial(Impatient, policy=QUICK))
    return Look(emulator)

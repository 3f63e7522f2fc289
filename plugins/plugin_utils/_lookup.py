# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all lookups share: options, one login for all terms, and what is said of terms that fit nothing or too much."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    PowerPlatformError,
    UnknownPrincipalError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing, Names
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS, Access
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import LookingKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.environment_info import (
    KIND,
    render_environment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant, place
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._session import (
    as_ansible_errors,
    check_boolean,
    declared,
    read_only_client,
    settle_login,
    warn,
)

# What a term comes to: an answer, or why there is none.
Answer = Any
_MISSING = (UnknownReferenceError, UnknownPrincipalError)


class TenantLookup(LookupBase):  # type: ignore[misc]  # Ansible has no types
    """A lookup whose terms name things of a tenant, each of which gives one answer in the order of the terms.

    own: the names of its options besides those of logging in and `default`. access: whose services it asks.
    """

    own: Sequence[str] = ()
    access: Access = MICROSOFT_ACCESS

    def run(self, terms: Sequence[Any], variables: Any = None, **kwargs: Any) -> list[Any]:
        """One answer for each term, or everything where no term is given.

        AnsibleLookupError for a term that fits several things, or none while there is no default.
        """
        held = self._rendered(variables or {})
        self.set_options(var_options=held, direct=kwargs)
        with as_ansible_errors(AnsibleLookupError):
            self._check(kwargs, held)
            wanted = [_text(number, term) for number, term in enumerate(terms, 1)]
            options = {name: self.get_option(name) for name in self.own}
            login = settle_login(self.access, self.get_option)
            client = read_only_client(login)
            try:
                answers = self.answers(client, wanted, options) if wanted else self.everything(client, options)
                return [_settled(answer, kwargs) for answer in answers]
            finally:
                warn(login.tokens.warnings)

    @abstractmethod
    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        """The answer for each term, or the error that says why there is none."""

    def everything(self, client: Client, options: Mapping[str, Any]) -> Iterable[Answer]:
        """The answers where no term is given. OptionError where a term is needed."""
        del client, options
        raise OptionError("terms", "none is given.", remedy="Name what to look up.")

    def _check(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        """OptionError for what Ansible takes and a module would not: unknown options, and any word for a boolean.

        It would leave the first aside, and take the second for false: certificates would no longer be checked.
        """
        definitions: Mapping[str, Mapping[str, Any]] = self.option_definitions
        # Ansible up to 2.18 hands this one on where the lookup is a loop.
        strange = sorted(given.keys() - definitions.keys() - {"wantlist"})
        if strange:
            raise OptionError(strange[0], "the lookup has no such option.", remedy="ansible-doc -t lookup lists them.")
        for name, definition in definitions.items():
            if definition.get("type") != "bool":
                continue
            for value in (given.get(name), *(variables.get(variable) for variable in _variables(definition))):
                if value is not None:
                    check_boolean(name, value)

    def _rendered(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that stand for options. Ansible hands them over as they are written, templates too."""
        names = [name for definition in self.option_definitions.values() for name in _variables(definition)]
        return {name: self._templar.template(variables[name]) for name in names if name in variables}


class ThingLookup(TenantLookup):
    """A lookup of things in one environment, answered by the rows of the module that lists them.

    kind: the question of that module.
    """

    kind: LookingKind
    own = ("environment", "as_admin")

    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        others = Names()
        environment, rows = self.rows(client, list(terms), options, others)
        kind = self.kind
        listing = Listing((Thing(row[kind.id_key], row[kind.name_key], row) for row in rows), names=others)
        for term in terms:
            found = listing.find(kind.option, term, by_id=kind.is_id(term), where=place(environment))
            yield found.record if isinstance(found, Thing) else found

    def everything(self, client: Client, options: Mapping[str, Any]) -> Iterable[Answer]:
        return self.rows(client, None, options)[1]

    def rows(
        self, client: Client, terms: list[str] | None, options: Mapping[str, Any], others: Names | None = None
    ) -> tuple[Thing, list[Json]]:
        """The environment, and what it has: all of it, or at least what the terms mean.

        others: takes the names of what is left out.
        """
        environment = environment_of(client, options["environment"], as_admin=options["as_admin"])
        asked = declared(self.kind, {**options, **self.asked(), f"{self.kind.option}s": terms})
        return environment, self.kind.rows(client, environment, asked, others)

    def asked(self) -> Mapping[str, Any]:
        """What else is asked."""
        return {}


class EnvironmentLookup(TenantLookup):
    """A lookup of environments, answered by the rows of the module that lists them or by what stands in these."""

    own = ("as_admin",)

    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        for found in environments_of(client, terms, as_admin=options["as_admin"]):
            yield self.answer(render_environment(found)) if isinstance(found, Thing) else found

    def everything(self, client: Client, options: Mapping[str, Any]) -> Iterable[Answer]:
        rows = KIND.read(client, declared(KIND, options))["environments"]
        return [answer for answer in map(self.answer, rows) if not isinstance(answer, PowerPlatformError)]

    def answer(self, row: Json) -> Answer:
        """What is told of an environment, or why nothing is."""
        return row


def environment_of(client: Client, wanted: str, *, as_admin: bool) -> Thing:
    """The one environment that things are looked up in. Raises what is wrong with it: no default stands for it."""
    if not wanted.strip():
        raise OptionError("environment", "it is empty.", value=wanted, remedy="Give an id or a display name.")
    [found] = environments_of(client, [wanted], as_admin=as_admin)
    if isinstance(found, PowerPlatformError):
        raise found
    return found


def environments_of(client: Client, wanted: Sequence[str], *, as_admin: bool) -> Sequence[Thing | PowerPlatformError]:
    """The environments that ids and names mean, or why they mean none, in as few requests as it takes."""
    tenant = Tenant(client)
    tenant.prefetch_environments(wanted, as_admin=as_admin)
    return [_either(tenant, name, as_admin=as_admin) for name in wanted]


def _either(tenant: Tenant, name: str, *, as_admin: bool) -> Thing | PowerPlatformError:
    try:
        return tenant.environment(name, as_admin=as_admin)
    except PowerPlatformError as error:
        return error


def _text(number: int, term: Any) -> str:
    if not isinstance(term, str) or not term.strip():
        remedy = "Write a star before a list: query(..., *names)." if isinstance(term, list) else "Give a text."
        raise OptionError(f"term {number}", "it is no id and no name.", value=term, remedy=remedy)
    return term


def _variables(definition: Mapping[str, Any]) -> Iterable[str]:
    """The names of the variables that may hold an option."""
    return (entry["name"] for entry in definition.get("vars") or ())


def _settled(answer: Answer, given: Mapping[str, Any]) -> Any:
    """An answer, or the default where there is none. The default may be null: what counts is that it is given."""
    if isinstance(answer, _MISSING) and "default" in given:
        return given["default"]
    if isinstance(answer, UnknownReferenceError):
        raise answer.told()
    if isinstance(answer, PowerPlatformError):
        raise answer
    return answer

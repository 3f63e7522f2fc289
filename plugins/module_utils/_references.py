# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What declarations refer to, found in as few requests as all of them together take: environments, things, principals.

A thing that is missing may be one that another declaration of the same run is going to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    PowerPlatformError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Caller,
    Target,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import each
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import Principal, PrincipalReference
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Scope, Tenant, ThingType, place

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory

# A kind, a declaration of it, and who runs.
_Declared = tuple[AnyKind, Any, Caller]


class References:
    """The look-ups of one run. `prefetch` asks, and keeps what went wrong for whoever refers to it."""

    def __init__(self, client: Client, tenant: Tenant | None = None) -> None:
        self._client = client
        self._tenant = tenant or Tenant(client)
        self._directory: Directory | None = None
        # What declarations of this run will make, by id, whichever view they declare it in.
        self._coming: dict[tuple[ThingType, str], dict[str, Thing]] = {}

    def prefetch(self, declared: Sequence[_Declared]) -> None:
        """Looks up all names of all declarations. What cannot be found shows in `target` and `principal`."""
        inside = [item for kind, item, _caller in declared if kind.given_environment(item) is None]
        for as_admin in (True, False):
            names = [item.environment for item in inside if item.as_admin is as_admin]
            self._tenant.prefetch_environments(names, as_admin=as_admin)
        # By the environment's id, so that one that is named in two ways is listed once.
        scopes: dict[Scope, tuple[Thing, set[str]]] = {}
        fresh: set[Scope] = set()
        for kind, item, caller in declared:
            with suppress(PowerPlatformError):
                environment, wanted = self._place(kind, item, caller)
                scope = (kind.type_of(item), environment.id, item.as_admin)
                scopes.setdefault(scope, (environment, set()))[1].add(wanted)
                if kind.record_is_state:
                    fresh.add(scope)

        def look_up(scope: Scope) -> None:
            environment, names = scopes[scope]
            self._tenant.prefetch_things(scope[0], environment, names, as_admin=scope[2], fresh=scope in fresh)

        each(look_up, list(scopes))
        for kind, item, caller in declared:
            with suppress(PowerPlatformError):
                self._note_coming(kind, item, caller)
        named = [
            reference for kind, item, _caller in declared for reference in kind.principals(item) if reference.fields
        ]
        if named:
            self.directory().prefetch(named)

    def target(self, kind: AnyKind, declaration: Any, caller: Caller) -> Target:
        """The thing that a declaration is about. Raises what was found wrong with it."""
        environment, wanted = self._place(kind, declaration, caller)
        as_admin: bool = declaration.as_admin
        thing_type = kind.type_of(declaration)
        thing = self._to_come(thing_type, environment, wanted)
        try:
            found = self._tenant.thing(thing_type, environment, wanted, as_admin=as_admin)
        except UnknownReferenceError as error:
            if thing is None and not kind.may_be_missing(declaration):
                raise error.told() from None
        except AmbiguousReferenceError as error:
            option = kind.named_by(declaration)
            raise AmbiguousReferenceError(option, wanted, error.candidates, id_option=kind.id_option) from error
        else:
            if thing is not None:  # a name that fits one that is there and one that this run makes
                pairs = [(item.id or "(to be made)", item.name) for item in (found, thing)]
                raise AmbiguousReferenceError(kind.thing_type.option, wanted, pairs)
            return Target(environment, found, as_admin)
        if thing is None:
            thing = Thing(wanted, "", {}) if thing_type.is_id(wanted) else Thing("", wanted, {})
        return Target(environment, thing, as_admin, exists=False)

    def environment(self, kind: AnyKind, declaration: Any) -> Thing:
        """The environment of a declaration. Raises what was found wrong with it."""
        given = kind.given_environment(declaration)
        if given is not None:
            return given
        return self._tenant.environment(declaration.environment, as_admin=declaration.as_admin)

    def principal(self, reference: PrincipalReference) -> Principal:
        """A principal that some declaration names. Raises what was found wrong with it."""
        if reference.fields:
            return self.directory().principal(reference)
        return Principal(reference.type, reference.value)

    def directory(self) -> Directory:
        """Only a run that asks the directory pays for it."""
        if self._directory is None:
            from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory

            self._directory = Directory(self._client)
        return self._directory

    def _place(self, kind: AnyKind, declaration: Any, caller: Caller) -> tuple[Thing, str]:
        """The environment of a thing, and the id or name to look for in it."""
        environment = self.environment(kind, declaration)
        return environment, kind.locate(declaration, environment, caller)

    def _note_coming(self, kind: AnyKind, declaration: Any, caller: Caller) -> None:
        environment, wanted = self._place(kind, declaration, caller)
        coming = kind.created(declaration, wanted)
        if coming is None:
            return
        try:
            self._tenant.thing(kind.type_of(declaration), environment, wanted, as_admin=declaration.as_admin)
        except UnknownReferenceError:
            self._coming.setdefault((kind.type_of(declaration), environment.id), {})[coming.id or coming.name] = coming

    def _to_come(self, thing_type: ThingType, environment: Thing, wanted: str) -> Thing | None:
        """What this run will make under that id or name. AmbiguousReferenceError when it would make several."""
        coming = Listing(self._coming.get((thing_type, environment.id), {}).values())
        found = coming.find(thing_type.option, wanted, by_id=thing_type.is_id(wanted), where=place(environment))
        if isinstance(found, UnknownReferenceError):
            return None
        if isinstance(found, PowerPlatformError):
            raise found
        return found

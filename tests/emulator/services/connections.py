# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with connections, whichever route asks for it.

powerapps-admin.md 3.7 to 3.10 and 4.3, power-platform-api.md 4.7.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..catalogue import CATALOGUE, CERTIFICATE_SET, Needs, needs_of_built_in, needs_of_custom
from ..model import Connection, Connector, Environment, Role, connection_key
from ..paging import listing, page_of
from ..state import State
from ..world import World
from . import connectivity_shapes as shapes
from . import roles
from .base import folded, json_of
from .clock import after, now

PAGE = 250  # ASSUMED, as for apps
_EDITORS = ("Owner", "CanEdit")


class Connections:
    def __init__(self, world: World) -> None:
        self.world = world
        self.state = world.state

    # -- finding ---------------------------------------------------------------------------------------------------

    def of(self, environment: Environment, connector: str | None = None) -> Iterator[Connection]:
        """The connections of an environment, or of one connector in it, as a reader sees them."""
        for item in environment.connections.values():
            if connector is None or item.connector.lower() == connector.lower():
                seen = self.state.seen(environment.connections, item)
                if not seen.deleted:
                    yield seen

    def of_caller(self, call: Call, environment: Environment, connector: str | None = None) -> list[Connection]:
        """Those that the caller made, or that are shared with it."""
        return [item for item in self.of(environment, connector) if roles.role_of(self.state, call.oid(), item)]

    def live(self, environment: Environment, connector: str, name: str) -> Connection:
        """The record itself: who writes takes this one."""
        item = environment.connections.get(connection_key(connector, name))
        if item is None or item.deleted:
            raise _missing(environment, connector, name)
        return item

    def shown(self, environment: Environment, connector: str, name: str) -> Connection:
        item = environment.connections.get(connection_key(connector, name))
        seen = self.state.seen(environment.connections, item) if item is not None else None
        if seen is None or seen.deleted:
            raise _missing(environment, connector, name)
        return seen

    def need_role(self, call: Call, item: Connection, *, edit: bool = False) -> None:
        """403 for a connection that is not the caller's and not shared with it; `edit`: it may change it as well."""
        role = roles.role_of(self.state, call.oid(), item)
        if role is None or (edit and role not in _EDITORS):
            text = f"The principal with id '{call.oid()}' is not authorized to access the connection '{item.id}'."
            raise ServiceError(403, envelopes.CONNECTION_DENIED, text)

    def needs(self, environment: Environment, connector: str) -> Needs:
        """What the connector asks of its connections; 404 when there is no such connector."""
        built_in = CATALOGUE.get(connector.lower())
        if built_in is not None:
            return needs_of_built_in(built_in)
        custom = custom_connector(self.state, environment, connector)
        if custom is None:
            raise no_connector(environment, connector)
        return needs_of_custom(custom.id, custom.name, custom.definition or {})

    def need_connector(self, environment: Environment, connector: str) -> None:
        """404 unless the connector is known, or the environment has connections of it: the catalogue is a short one."""
        if not any(item.connector.lower() == connector.lower() for item in environment.connections.values()):
            self.needs(environment, connector)

    # -- answering -------------------------------------------------------------------------------------------------

    def page(
        self, call: Call, environment: Environment, found: Iterable[Connection], form: str, size: int | None = None
    ) -> Reply:
        """`size` is the length of a page that names no $top; everything when there is none."""
        items = list(found)
        chosen, link = page_of(call, self.world.faults, items, size or max(len(items), 1))
        return Reply(200, listing([shapes.connection(self.state, environment, item, form) for item in chosen], link))

    def permissions(self, call: Call, item: Connection) -> Reply:
        chosen, link = page_of(call, self.world.faults, list(item.roles.values()), PAGE)
        return Reply(200, listing([shapes.connection_permission(self.state, item, role) for role in chosen], link))

    def modify(self, call: Call, environment: Environment, item: Connection) -> Reply:
        def check(put: Role) -> None:
            if not item.allow_sharing and put.type != "ServicePrincipal":
                text = f"The connection '{item.id}' does not allow sharing."
                raise ServiceError(403, envelopes.NOT_SHAREABLE, text)

        roles.modify(self.world, call, environment.connections, item, check=check)
        return Reply(200)

    def remove(self, environment: Environment, item: Connection) -> Reply:
        self.state.before(environment.connections, item.key)
        item.deleted = True
        return Reply(200)

    # -- creating and updating -------------------------------------------------------------------------------------

    def put(self, call: Call, environment: Environment, connector: str, name: str, form: str) -> Reply:
        """201 made, 200 changed. The caller becomes creator and owner."""
        properties = folded(folded(json_of(call, envelopes.BAD_BODY)).get("properties"))
        self._need_environment(environment, properties)
        needs = self.needs(environment, connector)
        key = connection_key(needs.connector, name)
        item = environment.connections.get(key)
        made = item is None or item.deleted
        if item is None or item.deleted:
            self.state.before(environment.connections, key)
            item = self._new(call, needs, name, properties)
            environment.connections[key] = item
        else:
            self.need_role(call, item, edit=True)
            self.state.before(environment.connections, key)
            item.modified = after(item.modified)
        title = properties.get("displayname")
        if title:
            item.name = str(title)
        old_set = item.parameter_set
        sent = self._take_parameters(item, needs, properties)
        _settle(item, needs, made=made, sent=sent, certificate_before=_by_certificate(old_set))
        if made and needs.oauth and not _by_certificate(item.parameter_set):
            item.allow_sharing = False  # ASSUMED: the contract says "most" of those that a user consented to
        return Reply(201 if made else 200, shapes.connection(self.state, environment, item, form))

    def _new(self, call: Call, needs: Needs, name: str, properties: dict[str, object]) -> Connection:
        creator, time = call.oid(), now()
        title = str(properties.get("displayname") or needs.title)  # ASSUMED: a name by itself when none is sent
        item = Connection(name, needs.connector, title, creator, created=time, modified=time)
        kind = "ServicePrincipal" if call.caller is not None and call.caller.app_only else "User"
        item.roles[creator] = Role(creator, "Owner", kind)
        return item

    def _need_environment(self, environment: Environment, properties: dict[str, object]) -> None:
        """The body names its environment, by name or id (ASSUMED: 400 when it does not, or names another one)."""
        named = folded(properties.get("environment"))
        text = str(named.get("name") or "") or str(named.get("id") or "").rstrip("/").rpartition("/")[2]
        if self.state.environment(text) is not environment:
            raise ServiceError(400, envelopes.BAD_BODY, f"'{text}' is not the environment of the request.")

    @staticmethod
    def _take_parameters(item: Connection, needs: Needs, properties: dict[str, object]) -> dict[str, str]:
        """Both forms of parameters; gives the secrets that were sent, as digests.

        ASSUMED: what is sent replaces all parameters, but a secret that is not sent is kept, and so is everything when
        neither form is sent. Where both are, the set's name stands and the values are one.
        """
        plain, group = properties.get("connectionparameters"), folded(properties.get("connectionparametersset"))
        if plain is None and not group:
            return {}
        values = group.get("values")
        given: dict[str, Any] = dict(plain) if isinstance(plain, dict) else {}
        for name, holder in values.items() if isinstance(values, dict) else ():
            given[name] = folded(holder).get("value") if isinstance(holder, dict) else holder
        item.parameter_set = str(group["name"]) if group.get("name") else None
        sent = {name: _digest(value) for name, value in given.items() if value is not None and needs.is_secret(name)}
        item.parameters = {name: value for name, value in given.items() if not needs.is_secret(name)}
        for name, digest in sent.items():
            held = next((key for key in item.secrets if key.lower() == name.lower()), name)
            item.secrets[held] = digest
        return sent

    # -- consent ---------------------------------------------------------------------------------------------------

    def consent_link(self, call: Call, item: Connection) -> Reply:
        """ASSUMED: only the members are known, not what stands in them."""
        target = str(folded(json_of(call, envelopes.BAD_BODY)).get("redirecturl") or "")
        link = f"https://consent.azure-apim.net/login?connection={item.id}&redirect={target}"
        return Reply(200, {"consentLink": link, "principalType": "ActiveDirectory", "redirectUrl": target})

    def confirm_consent(self, call: Call, environment: Environment, item: Connection, form: str) -> Reply:
        """Whatever the code is, a user has consented; connectors without consent are left alone (ASSUMED)."""
        if not folded(json_of(call, envelopes.BAD_BODY)).get("code"):
            raise ServiceError(400, envelopes.BAD_BODY, "A consent code is needed.")
        if self.needs(environment, item.connector).oauth and item.status != "Connected":
            self.state.before(environment.connections, item.key)
            user = self.state.user(call.oid())
            item.account_name = user.upn if user is not None else item.account_name
            item.modified = after(item.modified)
            connect(item)
        return Reply(200, shapes.connection(self.state, environment, item, form))


def connect(item: Connection) -> None:
    item.status, item.error_code, item.error_message = "Connected", None, None


def _settle(item: Connection, needs: Needs, *, made: bool, sent: dict[str, str], certificate_before: bool) -> None:
    """The status after a write. What a connection had before it was first written here counts as present."""
    trusted = not made and item.status == "Connected"
    certificate = _by_certificate(item.parameter_set)
    if needs.oauth and not certificate:
        if made or certificate_before:  # ASSUMED: leaving the certificate asks for consent anew
            item.status, item.error_code = "Error", "Unauthenticated"
            item.error_message = "This connection is not authenticated."
        return
    if not made and not sent and certificate == certificate_before:
        return
    held = {name.lower(): digest for name, digest in item.secrets.items()}
    lacking = [name for name in needs.secrets if name.lower() not in held and not trusted]
    lacking += [name for name, digest in item.secrets.items() if not digest]
    if not lacking:
        connect(item)
        return
    item.status, item.error_code = "Error", "Unauthorized"
    item.error_message = f"The connection parameter '{lacking[0]}' is missing or blank."


def _by_certificate(parameter_set: str | None) -> bool:
    return (parameter_set or "").lower() == CERTIFICATE_SET.lower()


def _digest(value: Any) -> str:
    """The SHA-256 of a secret; nothing for a blank one."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() if text.strip() else ""


def custom_connector(state: State, environment: Environment, connector: str) -> Connector | None:
    """The record itself, unless it is gone or the RP does not know it yet."""
    found = environment.connectors.get(connector.lower())
    if found is None or found.deleted or state.hidden(environment.connectors, found.key):
        return None
    return found


def no_connector(environment: Environment, connector: str) -> ServiceError:
    text = f"Could not find API resource '{connector}' in environment '{environment.id}'."
    return ServiceError(404, "ApiResourceNotFound", text)


def no_environment(name: str, tenant_id: str) -> ServiceError:
    """Of every connector and connection route, never wrapped (powerapps-admin.md 2.1)."""
    text = f"The environment '{name}' could not be found in the tenant '{tenant_id}'."
    return ServiceError(404, "ServiceToServiceEnvironmentNotFound", text)


def _missing(environment: Environment, connector: str, name: str) -> ServiceError:
    text = f"Could not find connection '{name}' for API '{connector}' in environment '{environment.id}'."
    return ServiceError(404, "ConnectionNotFound", text)

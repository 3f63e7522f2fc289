# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment as the organisation that Dataverse knows: rows of its tables, ids that hang on it alone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from ..flow_model import FIRST_VERSION, Flow
from ..model import Connector, Environment, Publisher, ServicePrincipal, Solution, Team, User
from ..world import World
from . import flow_definitions
from .connectivity_shapes import definition_of
from .dataverse_tables import CAPABILITIES, COMPONENT_TYPE, WORKFLOW_COMPONENT, Table
from .flow_access import is_live

Row = dict[str, Any]
# ASSUMED: the ids of rows that every organisation has are its own; the version of rows that nobody writes here.
VERSION = FIRST_VERSION
_STATES = {"Started": (1, 2), "Suspended": (2, 3)}


class Organisation:
    def __init__(self, world: World, environment: Environment) -> None:
        self.world = world
        self.state = world.state
        self.environment = environment
        self._host = f"{environment.dataverse}.{environment.dataverse_host}".lower()
        self.id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{environment.dataverse}.{environment.dataverse_host}"))
        self.business_unit = self.identifier("businessunit", "root")

    def identifier(self, kind: str, name: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self._host}/{kind}/{name}".lower()))

    def user_id(self, principal: str) -> str:
        """The systemuserid of a principal: another one in every organisation."""
        return self.identifier("systemuser", principal)

    def rows(self, table: str) -> list[Row]:
        makers: dict[str, Callable[[], Iterator[Row]]] = {
            "connectors": self._connectors,
            "workflows": self._workflows,
            "systemusers": lambda: iter(self.users.values()),
            "teams": self._teams,
            "solutions": self._solutions,
            "publishers": self._publishers,
            "solutioncomponents": self._components,
            "solutioncomponentdefinitions": self._definitions,
        }
        return list(makers[table]())

    # -- people ----------------------------------------------------------------------------------------------------

    @cached_property
    def users(self) -> dict[str, Row]:
        """By principal. ASSUMED: users of the security group, or of the tenant, and registered applications; who owns
        something stays as a disabled row when the directory knows it no more."""
        found: dict[str, Row] = {}
        tenant, environment = self.state.tenant, self.environment
        group = tenant.groups.get(environment.security_group or "")
        for user in tenant.users.values():
            named = user.admin or user.id in environment.admins or user.id in environment.makers
            allowed = group is None or user.id in group.members or named
            if not user.gone and not user.deleted_at and allowed:
                found[user.id] = self._user(user.id, user)
        for client_id in sorted(self.state.registered):
            held = self.state.by_name("serviceprincipals.appid", client_id)
            client = tenant.clients.get(client_id)
            if held and isinstance(held[0], ServicePrincipal):
                found[held[0].id] = self._application(held[0].id, client_id, held[0].name)
            elif client is not None:
                principal = self.world.tokens.service_principal_id(client)
                found[principal] = self._application(principal, client_id, client.name)
        rows: list[Connector | Flow] = [
            *environment.connectors.values(),
            *(item for item in environment.flows.values() if item.workflow_id),
        ]
        for row in rows:
            for principal in (row.creator, row.row_owner, row.modified_by):
                if principal and principal not in found and principal not in environment.teams:
                    found[principal] = self._former(principal)
        return found

    def _user(self, principal: str, user: User) -> Row:
        return self._system_user(principal, user.name, user.upn, user.mail, disabled=not user.enabled)

    def _former(self, principal: str) -> Row:
        user = self.state.tenant.users.get(principal)
        if user is not None:
            return self._system_user(principal, user.name, user.upn, user.mail, disabled=True)
        item = self.state.tenant.service_principals.get(principal)
        if item is not None:
            return self._application(principal, item.app_id, item.name)
        return self._system_user(principal, "Former user", "", None, disabled=True)

    def _application(self, principal: str, client_id: str, name: str) -> Row:
        """ASSUMED: its name begins with a number sign, its address is empty."""
        return {**self._system_user(principal, f"# {name}", "", None, disabled=False), "applicationid": client_id}

    def _system_user(self, principal: str, name: str, domain_name: str, mail: str | None, *, disabled: bool) -> Row:
        return {
            "systemuserid": self.user_id(principal),
            "fullname": name,
            "domainname": domain_name,
            "internalemailaddress": mail,
            "azureactivedirectoryobjectid": principal,
            "isdisabled": disabled,
            "applicationid": None,
            "_businessunitid_value": self.business_unit,
            "versionnumber": VERSION,
        }

    def is_application(self, principal: str) -> bool:
        row = self.users.get(principal)
        return row is not None and row["applicationid"] is not None

    def principal(self, user_id: str) -> str | None:
        return next((key for key, row in self.users.items() if row["systemuserid"] == user_id), None)

    def _teams(self) -> Iterator[Row]:
        for team in self.environment.teams.values():
            yield {
                "teamid": team.id,
                "name": team.name,
                "azureactivedirectoryobjectid": team.group,
                "teamtype": self._team_type(team),
                "_businessunitid_value": self.business_unit,
                "versionnumber": VERSION,
            }

    def _team_type(self, team: Team) -> int:
        group = self.state.tenant.groups.get(team.group or "")
        if team.group is None:
            return 0
        return 3 if group is not None and group.kind == "m365" else 2

    def holds(self, owner: str, principal: str) -> bool:
        """Whether a row of that owner is the principal's own, by itself or by a team."""
        team = self.environment.teams.get(owner)
        group = self.state.tenant.groups.get(team.group or "") if team is not None else None
        return owner == principal or (group is not None and principal in group.members)

    # -- solutions -------------------------------------------------------------------------------------------------

    def publishers(self) -> list[Publisher]:
        org = self.environment.dataverse or ""
        default = Publisher(f"DefaultPublisher{org}", f"Default Publisher for {org}", "new")
        return [default, *self.environment.publishers.values()]

    def solutions(self) -> list[Solution]:
        default = Solution("Default", "Default Solution", version="1.0", publisher=self.publishers()[0].name)
        return [default, *self.environment.solutions.values()]

    def solution(self, name: str) -> Solution | None:
        return next((item for item in self.solutions() if item.name.lower() == name.lower()), None)

    def solution_id(self, name: str) -> str:
        return self.identifier("solution", name)

    def _solutions(self) -> Iterator[Row]:
        for item in self.solutions():
            yield {
                "solutionid": self.solution_id(item.name),
                "uniquename": item.name,
                "friendlyname": item.friendly_name or item.name,
                "ismanaged": item.managed,
                "isvisible": True,
                "version": item.version,
                "_publisherid_value": self.identifier("publisher", item.publisher or self.publishers()[0].name),
                "versionnumber": VERSION,
            }

    def _publishers(self) -> Iterator[Row]:
        for item in self.publishers():
            yield {
                "publisherid": self.identifier("publisher", item.name),
                "uniquename": item.name,
                "friendlyname": item.friendly_name or item.name,
                "customizationprefix": item.prefix,
                "versionnumber": VERSION,
            }

    def component_id(self, solution: str, row_id: str) -> str:
        return self.identifier("solutioncomponent", f"{solution}/{row_id}")

    def _components(self) -> Iterator[Row]:
        found: list[tuple[int, str, Connector | Flow]] = [
            *((COMPONENT_TYPE, str(item.dataverse_id), item) for item in self.live()),
            *((WORKFLOW_COMPONENT, str(flow.workflow_id), flow) for flow in self.live_flows()),
        ]
        for kind, row_id, item in found:
            for name in dict.fromkeys(["Default", *item.solution]):
                yield {
                    "solutioncomponentid": self.component_id(name, row_id),
                    "componenttype": kind,
                    "objectid": row_id,
                    "rootcomponentbehavior": 0,
                    "_solutionid_value": self.solution_id(name),
                    "versionnumber": item.version_number,
                }

    def _definitions(self) -> Iterator[Row]:
        yield {
            "solutioncomponentdefinitionid": self.identifier("componentdefinition", "connector"),
            "name": "Connector",
            "primaryentityname": "connector",
            "solutioncomponenttype": COMPONENT_TYPE,
            "versionnumber": VERSION,
        }

    # -- connectors and flows --------------------------------------------------------------------------------------

    def live(self) -> Iterator[Connector]:
        """The records that have a row, for those who write."""
        for item in self.environment.connectors.values():
            if item.dataverse_id is not None and not item.deleted:
                yield item

    def find(self, row_id: str) -> Connector | None:
        return next((item for item in self.live() if item.dataverse_id == row_id), None)

    def row(self, table: Table, row_id: str) -> Row | None:
        one = {"connector": self._connectors, "workflow": self._workflows}.get(table.logical)
        rows = one(row_id) if one is not None else iter(self.rows(table.set))
        return next((row for row in rows if row[table.key] == row_id), None)

    def _connectors(self, row_id: str | None = None) -> Iterator[Row]:
        """As a reader sees them: who reads one does not use up the stale reads of the others."""
        for item in self.environment.connectors.values():
            if item.dataverse_id is not None and row_id in (None, item.dataverse_id):
                seen = self.state.seen(self.environment.connectors, item)
                if not seen.deleted and seen.dataverse_id is not None:
                    yield self.connector(seen)

    def connector(self, item: Connector) -> Row:
        solution = next((name for name in item.solution if item.managed), "Default")
        return {
            "connectorid": item.dataverse_id,
            "name": item.unique_name,
            "displayname": item.name,
            "description": item.description or None,
            "connectortype": item.type,
            "openapidefinition": None if item.definition is None else text_of(definition_of(item)),
            "connectionparameters": text_of(item.connection_parameters),
            "connectionparametersets": text_of(item.connection_parameter_sets),
            "policytemplateinstances": text_of(item.policy_templates),
            "scriptoperations": text_of(item.script_operations),
            "customcodeblobcontent": item.script,
            "capabilities": ",".join(str(CAPABILITIES[name]) for name in item.capabilities if name in CAPABILITIES)
            or None,
            "connectorinternalid": item.id,
            "iconbrandcolor": item.icon_brand_color,
            "interfaces": item.interfaces,
            "introducedversion": item.introduced_version,
            "iscustomizable": {
                "Value": item.customizable,
                "CanBeChanged": not item.managed,
                "ManagedPropertyLogicalName": "iscustomizableanddeletable",
            },
            "connectoridunique": self.identifier("connectoridunique", str(item.dataverse_id)),
            **self._owned(item.row_owner, item.creator, item.modified_by or item.creator),
            "createdon": date_of(item.created),
            "modifiedon": date_of(item.modified),
            "versionnumber": item.version_number,
            "statecode": 0 if item.active else 1,
            "statuscode": 1 if item.active else 2,
            "ismanaged": item.managed,
            "solutionid": self.solution_id(solution),
            "componentstate": 0,
        }

    def _owned(self, owner: str, creator: str, modifier: str) -> Row:
        team = owner in self.environment.teams
        owner_id = owner if team else self.user_id(owner)
        return {
            "_ownerid_value": owner_id,
            "_owninguser_value": None if team else owner_id,
            "_owningteam_value": owner_id if team else None,
            "_owningbusinessunit_value": self.business_unit,
            "owneridtype": "team" if team else "systemuser",
            "_createdby_value": self.user_id(creator),
            "_modifiedby_value": self.user_id(modifier),
        }

    def live_flows(self) -> Iterator[Flow]:
        for item in self.environment.flows.values():
            if item.workflow_id and is_live(item):
                yield item

    def find_flow(self, row_id: str) -> Flow | None:
        return next((item for item in self.live_flows() if item.workflow_id == row_id), None)

    def _workflows(self, row_id: str | None = None) -> Iterator[Row]:
        flows = self.environment.flows
        for item in list(flows.values()):
            if item.workflow_id and not item.gone and row_id in (None, item.workflow_id):
                seen = self.state.seen(flows, item)
                if is_live(seen):
                    yield self.workflow(seen)

    def workflow(self, flow: Flow) -> Row:
        """State, owner and name are those of the flow in the Flow RP: one record stands behind both."""
        state, status = _STATES.get(flow.state, (0, 1))
        solution = next((name for name in flow.solution if flow.managed), "Default")
        return {
            "workflowid": flow.workflow_id,
            "workflowidunique": self.identifier("workflowidunique", str(flow.workflow_id)),
            "name": flow.name,
            "description": flow.description or None,
            "category": 5,
            "type": 1,
            "primaryentity": "none",
            "clientdata": flow_definitions.to_client_data(flow),
            **self._owned(flow.row_owner, flow.creator, flow.modified_by or flow.creator),
            "createdon": date_of(flow.created),
            "modifiedon": date_of(flow.modified),
            "versionnumber": flow.version_number,
            "statecode": state,
            "statuscode": status,
            "ismanaged": flow.managed,
            "solutionid": self.solution_id(solution),
            "componentstate": 0,
        }

    # -- names of lookups ------------------------------------------------------------------------------------------

    def name_of(self, column: str, row_id: str) -> tuple[str, str] | None:
        """The text of what a lookup leads to, and its table."""
        if column in ("_publisherid_value", "_solutionid_value"):
            table, key = ("publishers", "publisherid") if "publisher" in column else ("solutions", "solutionid")
            found = next((row for row in self.rows(table) if row[key] == row_id), None)
            return (str(found["friendlyname"]), table.removesuffix("s")) if found else None
        if column.startswith(("_owningbusinessunit", "_businessunit")):
            return str(self.environment.dataverse), "businessunit"
        team = self.environment.teams.get(row_id)
        if team is not None:
            return team.name, "team"
        user = next((row for row in self.users.values() if row["systemuserid"] == row_id), None)
        return (str(user["fullname"]), "systemuser") if user is not None else None


def text_of(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def date_of(moment: str) -> str:
    """Dataverse has no parts of a second."""
    return f"{moment[:19]}Z"

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each action and parameter of the vendors' connectors and reports went: an option, or the reason why not.

The actions and parameters themselves are in vendor_actions.yml. Whoever adds a module moves its name from `planned` to
`modules`, and makes an Option of each Later; the tests say which.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class Option(tuple[str, ...]):
    """The options that stand for a parameter, those inside others with a dot."""

    def __new__(cls, *places: str) -> Option:
        return super().__new__(cls, places)


class Later(str):
    """The option of a planned module that is meant to stand for a parameter."""


class Never(str):
    """Why no option stands for a parameter."""


@dataclass(frozen=True)
class Action:
    """modules: those that do it. planned: those that do not exist yet and will. parameters: by the name on the page."""

    parameters: dict[str, Option | Later | Never]
    modules: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    note: str = field(default="", compare=False)


API_VERSION = Option("api_versions")
CONTENT_TYPE = Never("Bodies are JSON, and the client says so itself.")
PAGING = Never("Every listing is followed to its end; the size of a page and its token are the client's business.")
ASSIGNMENT_ID = Never("Read from the present assignments; a principal, not an assignment, is what gets declared.")
OBSERVED = Never("The service says it; it cannot be declared.")
CONNECTOR_OF_CONNECTION = Never("The record by which a connection was found names its connector.")
CREATOR = Never("The creator is the identity that sends the request; the service writes it down itself.")

ENVIRONMENT = Option("environment")
EITHER_ENVIRONMENT = Option("environment", "environments")
LATER_ENVIRONMENT = Later("environment")
_PRINCIPALS = ("user", "group", "service_principal", "application_id")
_ROLE = Option("role", "assignments.role")
_PRINCIPAL = Option(*_PRINCIPALS, "everyone", *(f"assignments.{name}" for name in (*_PRINCIPALS, "everyone")))

POWERAPPS = {
    "Edit App Role Assignment as Admin": Action(
        modules=("powerapp_role",),
        parameters={
            "Environment Name": ENVIRONMENT,
            "PowerApp Name": Option("app"),
            "API Version": API_VERSION,
            "Filter Query": Never("Assignments are compared as a whole, and a write names its principals: no filter."),
            "Role Name": _ROLE,
            "capabilities": Never("Sent empty: the page names no value for it, and repeats another parameter's text."),
            "Notify Share Target Option": Option("notify"),
            "Principal Email": Option("user", "assignments.user"),
            "Principal Object ID": Option(*_PRINCIPALS, *(f"assignments.{name}" for name in _PRINCIPALS)),
            "Principal Type": Option("user", "group", "service_principal", "everyone"),
            "Tenant ID": Never("Everyone is everyone in the tenant that the token names; there is no other to choose."),
            "Role ID": ASSIGNMENT_ID,
        },
    ),
    "Edit Connection Role Assignment as Admin": Action(
        modules=("connection_role",),
        parameters={
            "Environment Name": ENVIRONMENT,
            "Connector Name": CONNECTOR_OF_CONNECTION,
            "Connection Name": Option("connection"),
            "API Version": API_VERSION,
            "Field Content Type": CONTENT_TYPE,
            "Role ID": ASSIGNMENT_ID,
            "Role Name": _ROLE,
            "Principal ID": _PRINCIPAL,
        },
    ),
    "Edit Connector Role Assignment as Admin": Action(
        modules=("custom_connector_role",),
        parameters={
            "Environment Name": ENVIRONMENT,
            "Connector Name": Option("connector"),
            "API Version": API_VERSION,
            "Field Content Type": CONTENT_TYPE,
            "Role ID": ASSIGNMENT_ID,
            "Role Name": _ROLE,
            "Principal Object ID": _PRINCIPAL,
        },
    ),
    "Get App as Admin": Action(
        modules=("powerapp", "powerapp_info", "powerapp_role"),
        note="powerapp and powerapp_role look an app up by its id; powerapp_info asks for a single id with it.",
        parameters={
            "Environment Name": EITHER_ENVIRONMENT,
            "PowerApp Name": Option("app", "apps"),
            "API Version": API_VERSION,
        },
    ),
    "Get App Role Assignments as Admin": Action(
        modules=("powerapp_info", "powerapp_role"),
        note="powerapp_info where include holds roles.",
        parameters={
            "Environment Name": EITHER_ENVIRONMENT,
            "PowerApp Name": Option("app", "apps"),
            "API Version": API_VERSION,
        },
    ),
    "Get Apps as Admin": Action(
        modules=("access_info", "powerapp", "powerapp_info", "powerapp_role"),
        note="powerapp and powerapp_role look apps up by display name; access_info tries whether they can be listed.",
        parameters={
            "Environment Name": EITHER_ENVIRONMENT,
            "API Version": API_VERSION,
            "Top Apps": PAGING,
            "Skip token": PAGING,
        },
    ),
    "Get Connection Role Assignments as Admin": Action(
        modules=("connection_info", "connection_role"),
        note="connection_info where include holds roles.",
        parameters={
            "Environment Name": EITHER_ENVIRONMENT,
            "Connector Name": CONNECTOR_OF_CONNECTION,
            "Connection Name": Option("connection", "connections"),
            "API Version": API_VERSION,
        },
    ),
    "Get Connections as Admin": Action(
        modules=("connection", "connection_info", "connection_role", "custom_connector"),
        note="connection and connection_role find a connection with it; custom_connector who uses what is to go.",
        parameters={"Environment Name": EITHER_ENVIRONMENT, "API Version": API_VERSION},
    ),
    "Get Connector Role Assignments as Admin": Action(
        modules=("connector_info", "custom_connector_role"),
        note="connector_info where include holds roles.",
        parameters={
            "Environment Name": EITHER_ENVIRONMENT,
            "Connector Name": Option("connector", "connectors"),
            "API Version": API_VERSION,
        },
    ),
    "Get Custom Connectors as Admin": Action(
        modules=("connector_info", "custom_connector_role"),
        note="custom_connector_role finds a connector with it.",
        parameters={"Environment Name": EITHER_ENVIRONMENT, "API Version": API_VERSION},
    ),
    "Remove App as Admin": Action(
        modules=("powerapp",),
        note="With state set to absent.",
        parameters={"Environment Name": ENVIRONMENT, "PowerApp Name": Option("app"), "API Version": API_VERSION},
    ),
    "Remove Connection as Admin": Action(
        modules=("connection",),
        note="With state set to absent.",
        parameters={
            "Environment Name": ENVIRONMENT,
            "Connector Name": Option("connector"),
            "Connection Name": Option("connection_id", "key"),
            "API Version": API_VERSION,
        },
    ),
    "Set App Owner": Action(
        modules=("powerapp",),
        parameters={
            "Environment Name": ENVIRONMENT,
            "PowerApp Name": Option("app"),
            "API Version": API_VERSION,
            "Content Type": CONTENT_TYPE,
            "Role For Old App Owner": Option("role_for_old_owner"),
            "New PowerApp Owner": Option("owner"),
        },
    ),
}

_FLOW: dict[str, Option | Later | Never] = {"Environment": ENVIRONMENT, "Flow": Option("flow")}
_EITHER_FLOW: dict[str, Option | Later | Never] = {
    "Environment": EITHER_ENVIRONMENT,
    "Flow": Option("flow", "flows"),
}
_MEMBER = Option(*_PRINCIPALS, *(f"assignments.{name}" for name in _PRINCIPALS))
_PEOPLE: dict[str, Option | Later | Never] = {
    **_FLOW,
    "Add User Object Id": _MEMBER,
    "Add User Type": Option("user", "group", "service_principal"),
    "Remove User Object Id": Option(*_MEMBER, "state", "exclusive"),
    "Remove User Type": Option("user", "group", "service_principal"),
}
_DEFINITION: dict[str, Option | Later | Never] = {
    "Environment": ENVIRONMENT,
    "Flow Display Name": Option("display_name"),
    "Connection Name": Option("connection_references"),
    "Connection Display Name": OBSERVED,
    "Connector Id": Option("connection_references"),
    "Connector Name": Option("connection_references"),
    "Connector Display Name": OBSERVED,
    "Connection Created Time": OBSERVED,
    "Connector Runtime Url": OBSERVED,
    "Connector Icon Url": OBSERVED,
    "Connector is Custom Api": OBSERVED,
    "Connector Tier": OBSERVED,
    "Flow Created Time": OBSERVED,
    "Flow Modified Time": OBSERVED,
    "Flow Template Name": OBSERVED,
    "Flow Trigger Uri": OBSERVED,
    "Flow Installation Status": OBSERVED,
    "Creator tenant ID": CREATOR,
    "Creator object ID": CREATOR,
    "Creator user ID": CREATOR,
    "Creator user type": CREATOR,
    "Flow trigger type": Option("definition"),
    "Flow trigger kind": Option("definition"),
    "Action type": Option("definition"),
    "Swagger operation Id": Option("definition"),
    "Action Api name": Option("definition"),
    "Action Api id": Option("definition"),
    "Action Api type": Option("definition"),
}

POWER_AUTOMATE = {
    "Cancel Flow Run": Action(
        modules=("flow_run",),
        note="With state set to cancelled.",
        parameters={**_FLOW, "Run ID": Option("run", "status", "started_after", "started_before")},
    ),
    "Create Connection": Action(
        modules=("connection",),
        parameters={
            "Environment": ENVIRONMENT,
            "Connector": Option("connector"),
            "connection": Option("connection_id", "display_name", "parameters", "parameter_set", "secret_parameters"),
        },
    ),
    "Create Flow": Action(
        modules=("flow",),
        note="With a user's token, for flows outside solutions. Dataverse makes those of solutions.",
        parameters={
            **_DEFINITION,
            "Flow Name": Never("The service chooses the id of a flow that it makes."),
            "Flow State": Option("initial_state"),
        },
    ),
    "Delete Flow": Action(modules=("flow",), note="With state set to absent.", parameters=_FLOW),
    "Get Connector": Action(
        modules=("connector_info", "custom_connector"),
        note="connector_info finds a connector in a listing; custom_connector asks for one to write its secrets.",
        parameters={"Environment": EITHER_ENVIRONMENT, "Connector": Option("connectors", "connector_id", "name")},
    ),
    "Get Flow": Action(
        modules=(
            "flow",
            "flow_callback_url_info",
            "flow_info",
            "flow_owners",
            "flow_run",
            "flow_run_info",
            "flow_run_only_users",
            "flow_state",
        ),
        note="Where as_admin is false they find a flow by its id with it; flow and flow_info read definitions with it.",
        parameters=_EITHER_FLOW,
    ),
    "Get Flow as Admin": Action(
        modules=("flow", "flow_info", "flow_owners", "flow_run_info", "flow_run_only_users", "flow_state"),
        note="They find a flow by its id with it; flow and flow_info read definitions with it.",
        parameters=_EITHER_FLOW,
    ),
    "List Callback URL": Action(modules=("flow_callback_url_info",), parameters=_FLOW),
    "List Connectors": Action(
        modules=("connector_info", "custom_connector_role"),
        note="custom_connector_role finds a connector with it where as_admin is false.",
        parameters={"Environment": EITHER_ENVIRONMENT},
    ),
    "List Flow Owners": Action(
        modules=("flow_info", "flow_owners"),
        note="Read as all permissions, of which the owners are a part; that list leaves out nobody.",
        parameters=_EITHER_FLOW,
    ),
    "List Flow Run-Only Users": Action(
        modules=("flow_info", "flow_run_only_users"),
        note="Read as all permissions, of which the run-only users are a part.",
        parameters=_EITHER_FLOW,
    ),
    "List Flows as Admin": Action(
        modules=(
            "access_info",
            "flow",
            "flow_info",
            "flow_owners",
            "flow_run_info",
            "flow_run_only_users",
            "flow_state",
        ),
        note="Flows are looked up by display name with it; access_info tries whether they can be listed.",
        parameters={"Environment": EITHER_ENVIRONMENT, "Top count": PAGING},
    ),
    "List My Connections": Action(
        modules=("connection", "connection_info", "connection_role"),
        note="With as_admin set to false.",
        parameters={"Environment": EITHER_ENVIRONMENT},
    ),
    "List My Environments": Action(modules=("environment_info",), note="With as_admin set to false.", parameters={}),
    "List My Flows": Action(
        modules=(
            "flow",
            "flow_callback_url_info",
            "flow_info",
            "flow_owners",
            "flow_run",
            "flow_run_info",
            "flow_run_only_users",
            "flow_state",
        ),
        note="Flows are looked up by display name with it where as_admin is false.",
        parameters={"Environment": EITHER_ENVIRONMENT},
    ),
    "Modify Flow Owners": Action(modules=("flow_owners",), note="With as_admin set to false.", parameters=_PEOPLE),
    "Modify Flow Owners as Admin": Action(modules=("flow_owners",), parameters=_PEOPLE),
    "Modify Run-Only Users": Action(modules=("flow_run_only_users",), parameters=_PEOPLE),
    "Resubmit Flow": Action(
        modules=("flow_run",),
        note="With state set to resubmitted.",
        parameters={
            **_FLOW,
            "Trigger Name": Option("trigger_name"),
            "Run ID": Option("run", "status", "started_after", "started_before"),
        },
    ),
    "Turn Off Flow": Action(modules=("flow_state",), parameters=_FLOW),
    "Turn On Flow": Action(modules=("flow_state",), parameters=_FLOW),
    "Update Flow": Action(
        modules=("flow", "flow_state"),
        note="flow with the token of an owner, or through Dataverse; flow_state turns flows on and off.",
        parameters={
            **_DEFINITION,
            "Flow": Option("flow"),
            "Flow Name": Never("The id by which a flow is found; nobody can change it."),
            "Flow State": Option("state"),
        },
    ),
}

AVEPOINT = {
    "Retrieve Connections Details": Action(
        modules=("avepoint_connection_info",),
        parameters={"top": Option("top"), "tenant": Option("tenant")},
    ),
}

CONNECTORS = {
    "powerapps-for-admins": POWERAPPS,
    "power-automate-management": POWER_AUTOMATE,
    "avepoint-graph": AVEPOINT,
}

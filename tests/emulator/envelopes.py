# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error bodies: each service's own envelope, and the codes that no contract establishes, in one place."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from .call import Call, Reply, ServiceError
from .clouds import AVEPOINT, AVEPOINT_LOGIN, BAP, DATAVERSE, FLOW, GRAPH, LOGIN, MANAGED_IDENTITY, POWER_PLATFORM

# ASSUMED. Where the contracts say "not established" the emulator answers these; a client must branch on the status.
FORBIDDEN_ADMIN = (
    "Forbidden"  # powerapps-admin 2.1: code on the admin write routes; also of BAP for an unregistered app
)
TOO_MANY = "TooManyRequests"  # auth 4.2: 429 of Flow, PowerApps and BAP; graph 2.3
MISSING_API_VERSION = "MissingApiVersionParameter"  # flow 11.2
SUSPENDED_START = "FlowSuspended"  # flow 5.20: start while a data policy stands; only the 400 is assumed there
BAD_FLOW = "InvalidOpenApiFlow"  # flow 5.3: a definition that cannot be saved; only the 400 and its text are known
RUN_FINISHED = "WorkflowRunAlreadyCompleted"  # flow 5.1: cancelling what has ended; only "4xx" is assumed there
BAD_RUN_FILTER = "InvalidFilterInQuery"  # flow 6: a $filter of the runs that is none of the known ones; status 400
USER_UNKNOWN = "UserNotFound"  # powerapps 2.5 and 3.6: only the text is known; status assumed 404
OWNER_IMMUTABLE = "InvalidOperation"  # powerapps 2.5: a put or delete of the Owner; status assumed 400
BAD_BODY = "InvalidRequestContent"  # a body that is no JSON or has no known role; status assumed 400
UNUSABLE_GROUP = "InvalidPrincipal"  # graph 11.3: sharing with a group that cannot hold roles; status assumed 400
GROUP_EDITS_SOLUTION_APP = "GroupCannotCoOwnSolutionApp"  # inside the 200: CanEdit of a group on a solution app
NOT_SHAREABLE = "ConnectionSharingNotAllowed"  # powerapps 3.9: put on a connection with allowSharing false; status 403
NO_SELF_REGISTRATION = "ServicePrincipalNotAllowed"  # powerapps 4.4: adminApplications by an application; status 403
GATEWAY_UNAUTHORIZED = "Unauthorized"  # power-platform 2: the flat 401 of the gateway has no known code
NO_USE_OF_CONNECTOR = FORBIDDEN_ADMIN  # powerapps 4.2: permissions of a custom connector of another maker; status 403
CONNECTION_DENIED = "ConnectionAuthorizationFailed"  # known on the environment host (4.7), ASSUMED on the RP (4.3)
BAD_DEFINITION = "InvalidOpenApiDefinition"  # dataverse 5.3: create or update with what is no Swagger 2.0; status 400
# Dataverse: contract 1.2 and 4 establish 0x80040217, 0x80040220, 0x80040237, 0x80060882 and 0x80072322; the others are
# ASSUMED. An expired token's code is not known, "may be empty" is.
NO_PRIVILEGE = "0x80040220"
NO_ROW = "0x80040217"
DUPLICATE_KEY = "0x80040237"
VERSION_MISMATCH = "0x80060882"
TOO_MANY_XRM = "0x80072322"
BAD_PAYLOAD = "0x80048d19"
ACTIVATION_FAILED = "0x80060467"  # flow 9: establishes it
TEXT_TOO_LONG = "0x80044331"
BAD_ARGUMENT = "0x80040203"
BAD_QUERY = "0x80060888"
NO_SEGMENT = "0x8006088a"
UNEXPECTED = "0x80040216"
HAS_DEPENDENTS = "0x8004f01f"
MANAGED = "0x80045036"
_REFUSED = "The caller is not authorized to perform the request."
# Power Platform API: contract 2 establishes BillingPolicyNotFound and EnvironmentNotFound; these are ASSUMED.
BAD_REQUEST = "InvalidRequest"  # a body that is no JSON, or has members that it cannot have; only the 400 is known
SECOND_POLICY = "EnvironmentAlreadyLinked"  # 4.1: 400 instead of moving the environment, where the fault asks for it
NO_PACKAGE = "ApplicationPackageNotFound"  # 4.2: 404 of a package that is not in the catalogue
NO_OPERATION = "OperationNotFound"  # 3: 404 of an operation that is not there
BAD_FILTER = "InvalidFilter"  # 4.3: a $filter or $orderby that is none of the known ones; status 400
NO_GROUP = "EnvironmentGroupNotFound"  # 4.5: only the 400 of ProblemDetails is known
SETTINGS_EXIST = "SettingsAlreadyExist"  # 4.4: 409 of a create where there is a record
NO_SETTINGS = "SettingsNotFound"  # 4.4: 404 of a change where there is none
ASSIGNED = "RoleAssignmentExists"  # 6: only the 409 is known
NO_ASSIGNMENT = "RoleAssignmentNotFound"
UNDER_WAY = "OperationInProgress"  # 4.2: 409 of an install while another one of the package runs
_XRM_BY_STATUS = {
    400: BAD_PAYLOAD,
    401: "",
    403: NO_PRIVILEGE,
    404: NO_ROW,
    412: VERSION_MISMATCH,
    429: TOO_MANY_XRM,
}
BY_STATUS = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: FORBIDDEN_ADMIN,
    404: "NotFound",
    409: "Conflict",
    429: TOO_MANY,
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


def error(
    call: Call,
    status: int,
    code: str,
    message: str,
    *,
    details: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """An error in the envelope of the service that was asked."""
    if call.service == LOGIN:
        return login_error(status, code, message)
    if call.service == AVEPOINT_LOGIN:
        return Reply(status, {"error": code}, dict(headers or {}))
    if call.service == AVEPOINT:
        return Reply(status, _of_avepoint(status, message), dict(headers or {}))
    body: dict[str, Any] = {"code": code, "message": message}
    if details:
        body["details"] = details
    if call.service == BAP:
        body["detailUrlType"] = "NotSpecified"
    if call.service == GRAPH:
        request_id = call.headers.get("client-request-id") or str(uuid.uuid4())
        body["innerError"] = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": request_id,
        }
    return Reply(status, {"error": body}, dict(headers or {}))


def _of_avepoint(status: int, message: str) -> dict[str, Any]:
    """Documented for one 429 of AvePoint's; ASSUMED for every other error (avepoint.md 5)."""
    return {
        "statusCode": status,
        "message": message,
        "requestId": str(uuid.uuid4()),
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "traceId": uuid.uuid4().hex,
    }


def login_error(status: int, code: str, message: str, number: int = 0) -> Reply:
    """The token endpoint's error (auth 3.7)."""
    trace = str(uuid.uuid4())
    return Reply(
        status,
        {
            "error": code,
            "error_description": message,
            "error_codes": [number] if number else [],
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
            "trace_id": trace,
            "correlation_id": trace,
        },
    )


def from_error(call: Call, refused: ServiceError) -> Reply:
    return error(call, refused.status, refused.code, refused.message, details=refused.details, headers=refused.headers)


def gateway(status: int, code: str, message: str, inner: str = "", inner_message: str = "") -> Reply:
    """The flat body of the Power Platform API's gateway (power-platform 2)."""
    body: dict[str, Any] = {"code": code, "message": message}
    if inner:
        body["innererror"] = {"code": inner, "message": inner_message} if inner_message else {"code": inner}
    return Reply(status, body)


def insufficient_principal(permission: str = "Connectivity.Connections.Read") -> Reply:
    why = f"Authorization denied: the principal lacks the required permissions: [{permission}]"
    return gateway(403, "Forbidden", _REFUSED, "InsufficientPrincipalPermissions", why)


def insufficient_delegated(permission: str) -> Reply:
    """The client application may not do that for any user: said before identifiers are looked at."""
    why = f"Authorization denied: Application missing required delegated permissions: [{permission}]"
    return gateway(403, "Forbidden", _REFUSED, "InsufficientDelegatedPermissions", why)


def by_status(call: Call, status: int, code: str | None = None, message: str | None = None) -> Reply:
    """What a fault answers when it names little more than a status."""
    if status == 401 and code is None:
        return unauthorized(call, "The access token has expired.")
    if call.service in (LOGIN, MANAGED_IDENTITY):
        return login_error(
            status, code or "temporarily_unavailable", message or "AADSTS90033: A transient error has occurred."
        )
    if call.service == AVEPOINT_LOGIN:
        return error(call, status, code or "temporarily_unavailable", "")
    if call.service == GRAPH and status == 403:
        code = code or "Authorization_RequestDenied"
    if call.service == DATAVERSE:
        code = _XRM_BY_STATUS.get(status, UNEXPECTED) if code is None else code
    return error(
        call,
        status,
        BY_STATUS.get(status, "Error") if code is None else code,
        message or f"The emulator was told to answer {status}.",
    )


def unauthorized(call: Call, message: str, *, expired: bool = False) -> Reply:
    """401 with the code and headers of the service (powerapps 2.1, flow 4.4, graph 2.3)."""
    if call.service == FLOW:
        code = "ExpiredAuthenticationToken" if expired else "AuthenticationFailed"
        challenge = 'Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token"'
        return error(call, 401, code, message, headers={"WWW-Authenticate": challenge})
    if call.service == DATAVERSE:
        challenge = f'Bearer authorization_uri="https://login.microsoftonline.com/common", resource_id="{call.base}/"'
        return error(call, 401, "", message, headers={"WWW-Authenticate": challenge})
    if call.service == POWER_PLATFORM:
        return gateway(401, GATEWAY_UNAUTHORIZED, message)
    return error(call, 401, "InvalidAuthenticationToken", message)


def challenged(call: Call, claims: str) -> Reply:
    """401 of continuous access evaluation and of Conditional Access (auth 4.3): a token with other claims is wanted."""
    text = "Continuous access evaluation resulted in challenge with result: InteractionRequired."
    reply = unauthorized(call, text)
    reply.headers["WWW-Authenticate"] = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{claims}"'
    )
    return reply


def throttled(call: Call, seconds: int, body: str = "service") -> Reply:
    if body == "connector":
        text = f"Rate limit is exceeded. Try again in {seconds} seconds."
        return Reply(429, {"statusCode": 429, "message": text})
    if call.service == DATAVERSE:
        text = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
        return error(call, 429, TOO_MANY_XRM, text)
    return error(call, 429, TOO_MANY, f"Too many requests. Try again in {seconds} seconds.")


def lapsed(call: Call) -> Reply:
    """The caller's role ended while it was at work."""
    if call.service == GRAPH:
        return error(call, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    if call.service == FLOW:
        return error(call, 403, "EnvironmentAccessDenied", "Access to the environment is denied.")
    if call.service == POWER_PLATFORM:
        return insufficient_principal()
    if call.service == AVEPOINT:
        return error(call, 403, "", "The application does not have the permission enpower.data.read.all.")
    if call.service == DATAVERSE:
        return error(call, 403, NO_PRIVILEGE, "The principal is missing the privilege prvReadConnector.")
    return forbidden(call)


def not_there_yet(call: Call) -> Reply:
    """404 of something that was just made and is not replicated."""
    code = {GRAPH: "Request_ResourceNotFound", FLOW: "FlowNotFound"}.get(call.service, "ApplicationNotFound")
    low = call.path.lower()
    if call.service == DATAVERSE:
        return error(call, 404, NO_ROW, "The row does not exist.")
    if "/connections" in low:
        code = "ConnectionNotFound"
    elif "/apis" in low or "/connectors" in low:
        code = "ApiResourceNotFound"
    return error(call, 404, code, "The resource could not be found.")


def forbidden(call: Call, permission: str = "ManageAnyPowerApp", environment: str = "") -> Reply:
    """403 of BAP and of the PowerApps RP on admin routes (powerapps 2.1, auth section 1)."""
    if call.service == BAP:
        text = (
            f"The service principal with id '{call.oid()}' does not have permission to access the path '{call.path}'."
        )
        return error(call, 403, FORBIDDEN_ADMIN, text)
    where = f" in environment '{environment}'" if environment else ""
    text = f"The user with object id '{call.oid()}' does not have access to permission '{permission}'{where}."
    return error(call, 403, FORBIDDEN_ADMIN, text)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Power Platform API on its own host: billing policies, application packages, environments, and any resource.

Contract: power-platform-api.md. Every operation names the version that it is asked for; `api_versions` replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Begun, Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    ENVIRONMENT_HOST,
    POWER_PLATFORM,
    SERVICE_HOST,
    USERS_PATH,
    Operation,
)

# The version of the current documentation (contract 1).
VERSION = "2024-10-01"
_POLICIES = "/licensing/billingPolicies"
_POLICY = _POLICIES + "/{policy}"
_PACKAGES = "/appmanagement/environments/{environment}/applicationPackages"
_WHO = (
    "for a user's token the delegated permission {}; an application must be registered as a management application or "
    "have a Power Platform role"
)

_operation = partial(Operation, service=POWER_PLATFORM, api_version=VERSION, tokens_assumed=True)
_billing = partial(_operation, contract="power-platform-api.md 4.1")
_reading = _WHO.format("Licensing.BillingPolicies.Read")
_writing = _WHO.format("Licensing.BillingPolicies.ReadWrite")
_packages = partial(_operation, contract="power-platform-api.md 4.2")

LIST_BILLING_POLICIES = _billing(name="List-BillingPolicies", method="GET", path=_POLICIES, permission=_reading)
GET_BILLING_POLICY = _billing(name="Get-BillingPolicy", method="GET", path=_POLICY, permission=_reading)
CREATE_BILLING_POLICY = _billing(name="Create-BillingPolicy", method="POST", path=_POLICIES, permission=_writing)
UPDATE_BILLING_POLICY = _billing(
    name="Update-BillingPolicy", method="PUT", path=_POLICY, repeatable=True, permission=_writing
)
DELETE_BILLING_POLICY = _billing(
    name="Delete-BillingPolicy", method="DELETE", path=_POLICY, repeatable=True, permission=_writing
)
LIST_POLICY_ENVIRONMENTS = _billing(
    name="List-BillingPolicyEnvironments", method="GET", path=_POLICY + "/environments", permission=_reading
)
ADD_POLICY_ENVIRONMENTS = _billing(
    name="Add-BillingPolicyEnvironments",
    method="POST",
    path=_POLICY + "/environments/add",
    repeatable=True,
    permission=_writing,
)
REMOVE_POLICY_ENVIRONMENTS = _billing(
    name="Remove-BillingPolicyEnvironments",
    method="POST",
    path=_POLICY + "/environments/remove",
    repeatable=True,
    permission=_writing,
)
LIST_PACKAGES = _packages(
    name="List-EnvironmentApplicationPackages",
    method="GET",
    path=_PACKAGES,
    permission=_WHO.format("AppManagement.ApplicationPackages.Read"),
)
INSTALL_PACKAGE = _packages(
    name="Install-ApplicationPackage",
    method="POST",
    path=_PACKAGES + "/{package}/install",
    permission=_WHO.format("AppManagement.ApplicationPackages.Install"),
)
GET_PACKAGE_OPERATION = _packages(
    name="Get-ApplicationPackageOperation",
    method="GET",
    path="/appmanagement/environments/{environment}/operations/{operation}",
    permission=_WHO.format("AppManagement.ApplicationPackages.Read"),
)
LIST_ENVIRONMENTS = _operation(
    name="List-PowerPlatformEnvironments",
    method="GET",
    path="/environmentmanagement/environments",
    permission=_WHO.format("EnvironmentManagement.Environments.Read"),
    contract="power-platform-api.md 4.3",
)

_NO_CONTENT = 204
_RESOURCE = "the permission of the API for this resource, as the vendor documents it"
_resource = partial(_operation, path=USERS_PATH, permission=_RESOURCE, contract="power-platform-api.md 1")
GET_RESOURCE = _resource(name="Get-PowerPlatformResource", method="GET")
LIST_RESOURCES = _resource(name="List-PowerPlatformResources", method="GET")
PUT_RESOURCE = _resource(name="Put-PowerPlatformResource", method="PUT", repeatable=True)
PATCH_RESOURCE = _resource(name="Patch-PowerPlatformResource", method="PATCH", repeatable=True)
# Doing it twice may make two.
POST_RESOURCE = _resource(name="Post-PowerPlatformResource", method="POST")
DELETE_RESOURCE = _resource(name="Delete-PowerPlatformResource", method="DELETE", repeatable=True)


class GivenPath(NamedTuple):
    """A path that a user gives, percent-encoded, with its first slash.

    environment: the id of the one to whose host it is sent, "" for the host of the API. query: an `api-version` in it
    is asked for in place of that of the operation.
    """

    path: str
    environment: str
    query: Mapping[str, str]

    def of(self, operation: Operation) -> tuple[Operation, dict[str, str]]:
        """The operation on this path, and the values to send it with."""
        host = ENVIRONMENT_HOST if self.environment else SERVICE_HOST
        values = {ENVIRONMENT_HOST: self.environment} if self.environment else {}
        return operation._replace(path=self.path, host=host), values


# -- billing policies --------------------------------------------------------------------------------------------------


def list_billing_policies(client: Client) -> Iterator[Json]:
    """Every billing policy of the tenant."""
    return client.items(LIST_BILLING_POLICIES)


def get_billing_policy(client: Client, policy: str) -> Json:
    """One policy by its id. NotFoundError when there is none."""
    answer: Json = client.call(GET_BILLING_POLICY, {"policy": policy})
    return answer


def create_billing_policy(client: Client, content: Json) -> Json:
    """Makes a policy of name, location, status and billing instrument. Doing it twice makes two."""
    answer: Json = client.call(CREATE_BILLING_POLICY, body=content) or {}
    return answer


def update_billing_policy(client: Client, policy: str, name: str, status: str) -> None:
    """Replaces name and status, which are all that can change."""
    client.call(UPDATE_BILLING_POLICY, {"policy": policy}, body={"name": name, "status": status})


def delete_billing_policy(client: Client, policy: str) -> None:
    """Deletes a policy; one that is gone already is as wanted."""
    with suppress(NotFoundError):
        client.call(DELETE_BILLING_POLICY, {"policy": policy})


def list_policy_environments(client: Client, policy: str) -> Iterator[str]:
    """The ids, in lower case, of the environments that a policy pays for."""
    for link in client.items(LIST_POLICY_ENVIRONMENTS, {"policy": policy}):
        yield str(link.get("environmentId") or "").lower()


def add_policy_environments(client: Client, policy: str, environments: list[str]) -> None:
    """Links environments. Assumed: one that is linked already stays so, and each has one policy at most."""
    client.call(ADD_POLICY_ENVIRONMENTS, {"policy": policy}, body={"environmentIds": environments})


def remove_policy_environments(client: Client, policy: str, environments: list[str]) -> None:
    """Takes links away. Assumed: one that is not linked is as wanted."""
    client.call(REMOVE_POLICY_ENVIRONMENTS, {"policy": policy}, body={"environmentIds": environments})


# -- application packages ----------------------------------------------------------------------------------------------


def list_packages(client: Client, environment: str) -> Iterator[Json]:
    """The whole catalogue of an environment, with the state of each package in it."""
    return client.items(LIST_PACKAGES, {"environment": environment})


def install_package(client: Client, environment: str, package: str, payload: str | None) -> Begun:
    """Begins to install, to upgrade or to try again. The operation goes on when this returns.

    The link of the answer leads to GET_PACKAGE_OPERATION.
    """
    body = None if payload is None else {"payloadValue": payload}
    return client.begin(INSTALL_PACKAGE, {"environment": environment, "package": package}, body=body)


# -- environments, and any resource ------------------------------------------------------------------------------------


def list_environments(client: Client) -> Iterator[Json]:
    """Every environment that the identity sees, in the flat form of this API."""
    return client.items(LIST_ENVIRONMENTS)


def get_resource(client: Client, given: GivenPath) -> Any:
    """What the service says of a resource; None where it says without words that there is none (204).

    NotFoundError when it says so.
    """
    operation, values = given.of(GET_RESOURCE)
    answer = client.begin(operation, values, query=given.query)
    if answer.body is None and answer.status != _NO_CONTENT:
        raise UnreadableAnswerError(f"{given.path} was answered with HTTP {answer.status} and nothing in it.")
    return answer.body


def list_resources(client: Client, given: GivenPath) -> Iterator[Json]:
    """Every item of a listing."""
    operation, values = given.of(LIST_RESOURCES)
    return client.items(operation, values, query=given.query)


def send_resource(client: Client, operation: Operation, given: GivenPath, body: Any) -> Begun:
    """One write to a resource; what it has begun may go on when this returns."""
    filled, values = given.of(operation)
    return client.begin(filled, values, query=given.query, body=body)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of connecting and logging in; `module_utils/_options_auth.py` holds the same as an argument spec."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._documentation import (
    as_options,
    options_of,
    with_variables,
)

_LOOKUPS = """notes:
  - Options of logging in are taken from the call, then from variables whose names are C(ansible_power_platform_) and
    the name of the option, then from environment variables.
  - A lookup runs where Ansible runs, whatever the host of the task. Paths and environment variables are those of that
    machine; the keyword C(environment) and C(module_defaults) of a play or task do not reach it.
"""
# Those that say how to connect, whoever issues the tokens.
_CONNECTION = {"base_url", "ca_path", "validate_certs", "proxy", "timeout", "deadline", "pace", "pace_share"}


class ModuleDocFragment:
    """`powerops.powerplatform.auth`; its `.connection` is the part of it for modules that log in elsewhere.

    `.plugin` and `.plugin_connection` are the same for lookups, which take options from variables as well.
    """

    DOCUMENTATION = r"""
options:
  auth_method:
    description:
      - How to log in.
      - V(auto) goes by which credentials are given. It asks these places in this order, and the first one that holds a
        credential decides; (1) the task; (2) environment variables that begin with E(POWER_PLATFORM_); (3) environment
        variables that begin with E(AZURE_) or E(ARM_); (4) variables that GitHub Actions, Azure DevOps and Kubernetes
        set by themselves. Credentials in later places are left aside, and C(-vvv) says which.
      - One place that holds the credentials of two methods is an error, unless O(auth_method) says which one is meant.
        So is a method of which something is missing.
      - O(tenant_id), O(client_id) and O(client_certificate_password) complete a credential from whatever place they
        come, the earlier place first.
      - V(client_secret) takes O(client_secret), V(client_certificate) takes O(client_certificate) or
        O(client_certificate_file_path), V(access_token) takes O(access_tokens).
      - V(workload_identity) takes O(azdo_service_connection_id) with O(oidc_request_url) and O(oidc_request_token), or
        O(oidc_token), or O(oidc_token_file_path), or O(oidc_request_url) with O(oidc_request_token). Where the
        environment holds several of them, that is their order.
      - V(managed_identity) is the identity that Azure gives to a virtual machine, to an app of App Service and its kin,
        or to a machine of Azure Arc. O(client_id), O(managed_identity_object_id) or O(managed_identity_resource_id)
        names one that is assigned to it; without them it is the machine's own. A client id that a pipeline set is left
        aside. The service of the platform is asked directly, whatever O(base_url) and O(proxy) say, and waited for ten
        seconds at most each time. An app of Service Fabric has the identity that its cluster sets; to name one there is
        an error.
      - V(azure_cli) takes whoever is logged in to the Azure CLI (C(az login)) on the machine where the module runs, as
        the user who runs it. C(az) has to be on the C(PATH). What the token can do depends on whether that is a user or
        an application.
      - V(auto) takes V(managed_identity) only when one of its own two options is given, or when no credential is, and
        the environment variables E(IDENTITY_ENDPOINT) and E(IDENTITY_HEADER) say that this is an app which has one. A
        O(client_id) in the task or in E(POWER_PLATFORM_CLIENT_ID) without its credential is an error there as anywhere.
        It never looks for one on a virtual machine, and never takes V(azure_cli).
      - The environment variables E(POWER_PLATFORM_USE_OIDC) or E(ARM_USE_OIDC), E(POWER_PLATFORM_USE_MSI) and
        E(POWER_PLATFORM_USE_CLI) with the value V(true) stand for V(workload_identity), V(managed_identity) and
        V(azure_cli), unless the task, or for E(ARM_USE_OIDC) an earlier place, holds a credential of its own.
      - A service may refuse a token and ask for one with other claims (Conditional Access, continuous access
        evaluation). It is answered once, by logging in with these claims. V(access_token) and V(azure_cli) cannot, and
        say what to do.
      - There is no login by user name and password.
    type: str
    choices:
      - auto
      - client_secret
      - client_certificate
      - workload_identity
      - managed_identity
      - azure_cli
      - access_token
    default: auto
  tenant_id:
    description:
      - Id or a domain name of the tenant to log in to. Needed by every method but V(access_token), V(managed_identity)
        and V(azure_cli).
      - With O(auth_method=azure_cli) it is the tenant to get tokens of, in place of that of the login at hand. With
        O(auth_method=managed_identity), whose tenant cannot be chosen, another id than that of its tenant is an error.
      - Environment variables are E(POWER_PLATFORM_TENANT_ID), E(AZURE_TENANT_ID), E(ARM_TENANT_ID),
        E(AZURESUBSCRIPTION_TENANT_ID).
    type: str
  client_id:
    description:
      - Application (client) id of the app registration that logs in. Needed by every method but V(access_token),
        V(managed_identity) and V(azure_cli).
      - With O(auth_method=managed_identity), the client id of an identity that is assigned to the machine.
      - Environment variables are E(POWER_PLATFORM_CLIENT_ID), E(AZURE_CLIENT_ID), E(ARM_CLIENT_ID),
        E(AZURESUBSCRIPTION_CLIENT_ID).
    type: str
  client_secret:
    description:
      - Secret of the app registration.
      - Environment variables are E(POWER_PLATFORM_CLIENT_SECRET), E(AZURE_CLIENT_SECRET), E(ARM_CLIENT_SECRET).
    type: str
  client_certificate:
    description:
      - Certificate of the app registration together with its private RSA key, as text. Either PEM with both in it, or
        the base64 form of a PFX (PKCS#12) bundle.
      - Environment variables are E(POWER_PLATFORM_CLIENT_CERTIFICATE), E(ARM_CLIENT_CERTIFICATE).
    type: str
  client_certificate_file_path:
    description:
      - File with the same content as O(client_certificate), PEM or binary PFX, on the machine where the module runs.
      - Environment variables are E(POWER_PLATFORM_CLIENT_CERTIFICATE_FILE_PATH), E(AZURE_CLIENT_CERTIFICATE_PATH),
        E(ARM_CLIENT_CERTIFICATE_PATH).
    type: path
  client_certificate_password:
    description:
      - Password of the private key or of the PFX bundle, where it has one.
      - Environment variables are E(POWER_PLATFORM_CLIENT_CERTIFICATE_PASSWORD), E(AZURE_CLIENT_CERTIFICATE_PASSWORD),
        E(ARM_CLIENT_CERTIFICATE_PASSWORD).
    type: str
  oidc_token:
    description:
      - Token of another issuer that the app registration trusts (workload identity federation).
      - Environment variables are E(POWER_PLATFORM_OIDC_TOKEN), E(ARM_OIDC_TOKEN).
    type: str
  oidc_token_file_path:
    description:
      - File that holds the token of O(oidc_token). It is read anew for every token request, since its writer renews it.
      - Environment variables are E(POWER_PLATFORM_OIDC_TOKEN_FILE_PATH), E(ARM_OIDC_TOKEN_FILE_PATH),
        E(AZURE_FEDERATED_TOKEN_FILE).
    type: path
  oidc_request_url:
    description:
      - URL of the pipeline's service that issues the token of O(oidc_token). Asked as GitHub Actions documents it, or,
        with O(azdo_service_connection_id), as Azure DevOps does.
      - The token is asked for the audience V(api://AzureADTokenExchange) in GitHub Actions, unless the query of the URL
        names another C(audience).
      - Environment variables are E(POWER_PLATFORM_OIDC_REQUEST_URL), E(POWER_PLATFORM_OIDC_REQUEST_URI),
        E(ARM_OIDC_REQUEST_URL), E(ACTIONS_ID_TOKEN_REQUEST_URL), E(SYSTEM_OIDCREQUESTURI).
    type: str
  oidc_request_token:
    description:
      - Bearer token for O(oidc_request_url), in Azure DevOps the value of C(System.AccessToken).
      - Environment variables are E(POWER_PLATFORM_OIDC_REQUEST_TOKEN), E(ARM_OIDC_REQUEST_TOKEN),
        E(ACTIONS_ID_TOKEN_REQUEST_TOKEN), E(SYSTEM_ACCESSTOKEN).
    type: str
  azdo_service_connection_id:
    description:
      - Id of the Azure DevOps service connection whose token is asked for.
      - Environment variables are E(POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID),
        E(ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID), E(ARM_OIDC_AZURE_SERVICE_CONNECTION_ID),
        E(AZURESUBSCRIPTION_SERVICE_CONNECTION_ID).
    type: str
  managed_identity_object_id:
    description:
      - Object id of the managed identity to log in as, in place of O(client_id).
      - The environment variable is E(POWER_PLATFORM_MANAGED_IDENTITY_OBJECT_ID).
    type: str
  managed_identity_resource_id:
    description:
      - Resource id of the managed identity to log in as, in place of O(client_id). It begins with C(/subscriptions/).
      - The environment variable is E(POWER_PLATFORM_MANAGED_IDENTITY_RESOURCE_ID).
    type: str
  access_tokens:
    description:
      - Access tokens that were fetched elsewhere, each under the name of a service (V(bap), V(powerapps), V(flow),
        V(power_platform), V(graph)) or under an audience URL, which is the way for an organisation of Dataverse.
      - Services with the same audience, as V(bap) and V(powerapps), need it only once.
      - They cannot be renewed. When one of them expires, the task fails.
      - M(powerops.powerplatform.login_info) fetches them once for the tasks of a play.
    type: dict
  token_cache_path:
    description:
      - Folder on the machine where the module runs, in which access tokens are kept from task to task, so that not each
        one logs in. Without it they are kept in memory, and end with the task.
      - The path is absolute, or begins with C(~/). The folder is made where it is missing, in a folder that has to be
        there. It must be the own one of the user who runs the module, with mode C(0700), its files with mode C(0600),
        and no link. Anything else is an error.
      - Only access tokens are kept there, no refresh tokens and no credentials. A token is found again by the same
        login alone, with the same credential, tenant and audience; after a change of secret there is a new one. It is
        taken until five minutes before its end, and dropped when a service refuses it.
      - Whoever can read the folder can act as the identity until the tokens end, most of the time within an hour or so.
      - Tokens of V(managed_identity), V(azure_cli) and V(access_token) are not kept. The platform and the Azure CLI
        keep theirs themselves, and know better whose they are.
      - Check mode uses it, too.
      - The environment variable is E(POWER_PLATFORM_TOKEN_CACHE_PATH).
    type: path
  expected_tenant_id:
    description:
      - Id of the tenant that this task is meant for, a GUID and not a domain name. It is compared with the tenant that
        each token names before anything is sent with it, in check mode too and by modules that only read. Another
        tenant is an error.
    type: str
  cloud:
    description:
      - The cloud of the tenant. Without it V(public).
      - The environment variable is E(POWER_PLATFORM_CLOUD).
    type: str
    choices:
      - public
      - gcc
      - gcchigh
      - dod
      - china
  base_url:
    description:
      - Sends every connection to this https URL (an emulator, a gateway), those of logging in included. Each request
        still names the host of the real service in its C(Host) header, and keeps its path and query; a path in the URL
        is put before it.
      - The environment variable is E(POWER_PLATFORM_BASE_URL).
    type: str
  endpoints:
    description:
      - Base URLs that replace those of O(cloud), one by one. They must be https, and may have a path.
    type: dict
    suboptions:
      authority:
        description: The login service, without a tenant.
        type: str
      bap:
        description: Environments and tenant settings.
        type: str
      powerapps:
        description: Apps, connectors and connections.
        type: str
      flow:
        description: Flows.
        type: str
      power_platform:
        description: The Power Platform API.
        type: str
      graph:
        description: Microsoft Graph.
        type: str
  audiences:
    description:
      - Audiences that replace those of O(cloud), one by one, exactly as registered. A closing slash belongs to the
        audience. The scope asked for is the audience with C(/.default) after it.
    type: dict
    suboptions:
      bap:
        description: Environments and tenant settings.
        type: str
      powerapps:
        description: Apps, connectors and connections.
        type: str
      flow:
        description: Flows.
        type: str
      power_platform:
        description: The Power Platform API.
        type: str
      graph:
        description: Microsoft Graph.
        type: str
  environment_label_length:
    description:
      - How many characters of an environment's id make the second label of the host that the environment has of its own
        in the Power Platform API. Connections are created there.
      - Unset, it is 2 in the public cloud and 1 in the others, of which the vendor's own tools disagree.
    type: int
    choices: [1, 2]
  api_versions:
    description:
      - API versions in place of those that the collection asks for, by the name of the operation, such as
        C(List-BillingPolicies). Each operation with its name stands in the table of permissions of the collection,
        C(docs/permissions.md).
      - Meant for the day on which a service retires a version. With another version an operation was never tried.
      - A name that no operation of the module has does nothing, so that one setting does for all modules.
      - Versions are texts. Write them in quotes.
    type: dict
  ca_path:
    description:
      - File or folder with the certificates of the authorities to trust, instead of those that requests brings.
      - Environment variables are E(POWER_PLATFORM_CA_PATH), and then, as for everything that uses requests,
        E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE).
    type: path
  validate_certs:
    description:
      - Whether the certificates of servers are checked. V(false) lets anybody in between read the tokens.
    type: bool
    default: true
  proxy:
    description:
      - URL of a proxy for every connection, such as V(http://proxy.example.com:8080). Without it, E(HTTPS_PROXY) and
        E(NO_PROXY) in the environment apply.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, and for a server that says nothing.
    type: int
    default: 60
  deadline:
    description:
      - Seconds that the whole task may take, waiting and repeating included. When they have passed, no further request
        is sent.
    type: int
    default: 3600
  pace:
    description:
      - How fast requests are sent. V(adaptive) keeps some in flight, fewer after the service has throttled, and waits
        as long as the service asks, up to five minutes at a time.
      - V(connector-1000), V(connector-100) and V(connector-5) keep to that many requests in a minute, the last two also
        to 300 writes in an hour. These are the documented limits of the vendors' connectors; those of the services
        themselves are not documented.
      - Figures such as V(60/30) are that many requests in so many seconds.
      - Limits given by name or in figures hold for each host of the services. They are shared by all processes of one
        user on a machine.
    type: str
    default: adaptive
  pace_share:
    description:
      - The share of the pace that this run may take, such as V(1/4) when four jobs on different machines run at once.
        With O(pace=adaptive) it is the share of the requests in flight.
    type: str
requirements:
  - python >= 3.11
  - requests >= 2.31
  - msal >= 1.38 (not for O(auth_method=access_token) and O(auth_method=azure_cli))
  - Azure CLI (for O(auth_method=azure_cli))
notes:
  - Options of logging in and connecting are best set once for all modules of the collection, in C(module_defaults)
    under C(group/powerops.powerplatform.all), or in environment variables on the machine where the modules run.
"""

    # Annotated, because ansible-test takes every plain assignment here for a text as it stands.
    CONNECTION: str = as_options(options_of(DOCUMENTATION, _CONNECTION))
    PLUGIN: str = with_variables(DOCUMENTATION, "ansible_power_platform_") + _LOOKUPS
    PLUGIN_CONNECTION: str = with_variables(CONNECTION, "ansible_power_platform_")

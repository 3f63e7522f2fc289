# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way to log in, by what is given where; and the options against their documentation."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.doc_fragments.auth import ModuleDocFragment
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.environment import VARIABLES
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import AUTHORITY, CLOUDS, SERVICES
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS

IDS = {"tenant_id": "contoso.onmicrosoft.com", "client_id": "1b2c"}
ENV_IDS = {"POWER_PLATFORM_TENANT_ID": "contoso.onmicrosoft.com", "POWER_PLATFORM_CLIENT_ID": "1b2c"}


def chosen(result: Login) -> str:
    return result.explanation.removeprefix("Logging in by ").partition(" ")[0]


@pytest.mark.parametrize(
    ("options", "way"),
    [
        ({"client_secret": "s3cret"}, "client_secret"),
        ({"client_certificate": "-----BEGIN"}, "client_certificate"),
        ({"client_certificate_file_path": "/x.pfx", "client_certificate_password": "p4ss"}, "client_certificate"),
        ({"oidc_token": "a.b.c"}, "workload_identity"),
        ({"oidc_token_file_path": "/var/run/token"}, "workload_identity"),
        ({"oidc_request_url": "https://x.test/t", "oidc_request_token": "t0ken"}, "workload_identity"),
        (
            {"azdo_service_connection_id": "7", "oidc_request_url": "https://x.test", "oidc_request_token": "t0ken"},
            "workload_identity",
        ),
        ({"access_tokens": {"flow": "a.b.c"}, "tenant_id": None, "client_id": None}, "access_token"),
        ({"managed_identity_object_id": "2c3d", "client_id": None}, "managed_identity"),
        ({"managed_identity_resource_id": "/subscriptions/1", "client_id": None}, "managed_identity"),
    ],
)
def test_auto_goes_by_what_the_task_gives(options: dict[str, Any], way: str) -> None:
    result = login({**IDS, **options}, {})
    assert chosen(result) == way
    assert "the task" in result.explanation
    assert "s3cret" not in result.explanation


@pytest.mark.parametrize(
    ("environ", "way", "variable"),
    [
        ({"POWER_PLATFORM_CLIENT_SECRET": "x1x"}, "client_secret", "POWER_PLATFORM_CLIENT_SECRET"),
        ({"AZURE_CLIENT_SECRET": "x1x"}, "client_secret", "AZURE_CLIENT_SECRET"),
        ({"ARM_CLIENT_CERTIFICATE_PATH": "/x"}, "client_certificate", "ARM_CLIENT_CERTIFICATE_PATH"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/x"}, "workload_identity", "AZURE_FEDERATED_TOKEN_FILE"),
        (
            {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.test", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x1x"},
            "workload_identity",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
        ),
        (
            {
                "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID": "7",
                "SYSTEM_OIDCREQUESTURI": "https://x.test",
                "ARM_OIDC_REQUEST_TOKEN": "x1x",
                # Microsoft's own example for Azure DevOps sets this one to something else.
                "POWER_PLATFORM_OIDC_TOKEN": "x1x",
            },
            "workload_identity",
            "azdo_service_connection_id from POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID",
        ),
        # A better place decides, whatever worse places hold.
        (
            {"POWER_PLATFORM_CLIENT_CERTIFICATE": "x", "AZURE_CLIENT_SECRET": "x1x"},
            "client_certificate",
            "Left aside: AZURE_CLIENT_SECRET",
        ),
        (
            {
                "ARM_CLIENT_SECRET": "x1x",
                "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x",
                "AZURE_FEDERATED_TOKEN_FILE": "/x",
            },
            "client_secret",
            "ARM_CLIENT_SECRET",
        ),
        (
            {"POWER_PLATFORM_CLIENT_SECRET": "x1x", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "a.b.c"},
            "client_secret",
            "Left aside: ARM_OIDC_TOKEN",
        ),
        ({"ARM_CLIENT_SECRET": "x1x", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "a.b.c"}, "workload_identity", "USE"),
        (
            {"POWER_PLATFORM_CLIENT_SECRET": "x1x", "POWER_PLATFORM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "a.b.c"},
            "workload_identity",
            "chosen by POWER_PLATFORM_USE_OIDC",
        ),
    ],
)
def test_auto_goes_by_the_environment(environ: dict[str, str], way: str, variable: str) -> None:
    result = login({}, {**ENV_IDS, **environ})
    assert chosen(result) == way
    assert variable in result.explanation


@pytest.mark.parametrize(
    "environ",
    [
        {"POWER_PLATFORM_CLIENT_CERTIFICATE": "x"},
        {"POWER_PLATFORM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "a.b.c"},
        {"POWER_PLATFORM_CLIENT_SECRET": "other"},
    ],
)
def test_a_credential_in_the_task_beats_the_environment(environ: dict[str, str]) -> None:
    result = login({"client_secret": "mine", "client_id": "2c3d"}, {**ENV_IDS, **environ})
    assert chosen(result) == "client_secret"
    assert "client_secret from the task" in result.explanation
    assert "tenant_id from POWER_PLATFORM_TENANT_ID, client_id from the task" in result.explanation


APP = {"IDENTITY_ENDPOINT": "http://localhost:42/msi/token", "IDENTITY_HEADER": "x1x"}


@pytest.mark.parametrize(
    ("options", "environ", "way", "words"),
    [
        ({}, APP, "managed_identity", "by IDENTITY_ENDPOINT in variables of the platform): without any option"),
        ({"tenant_id": "t"}, APP, "managed_identity", "tenant_id from the task."),
        ({}, {**APP, "AZURE_CLIENT_ID": "1b2c"}, "managed_identity", "client_id from AZURE_CLIENT_ID"),
        # Azure DevOps and its like set a client id that is none of this machine.
        ({}, {**APP, "AZURESUBSCRIPTION_CLIENT_ID": "1b2c"}, "managed_identity", "without any option"),
        # Whatever else is given comes first: each app of App Service has these variables.
        ({}, {**APP, **ENV_IDS, "AZURE_FEDERATED_TOKEN_FILE": "/x"}, "workload_identity", "AZURE_FEDERATED_TOKEN_FILE"),
        ({**IDS, "client_secret": "x1x"}, APP, "client_secret", "from the task"),
        ({}, {"POWER_PLATFORM_USE_MSI": "true"}, "managed_identity", "chosen by POWER_PLATFORM_USE_MSI"),
        ({}, {"POWER_PLATFORM_USE_CLI": "1"}, "azure_cli", "chosen by POWER_PLATFORM_USE_CLI"),
        ({}, {"POWER_PLATFORM_USE_CLI": "true", "ARM_USE_OIDC": "true"}, "azure_cli", "POWER_PLATFORM_USE_CLI"),
        (
            {},
            {"POWER_PLATFORM_USE_CLI": "true", "AZURE_CLIENT_SECRET": "x1x", "AZURE_TENANT_ID": "t"},
            "azure_cli",
            "tenant_id from AZURE_TENANT_ID. Left aside: AZURE_CLIENT_SECRET.",
        ),
        ({"auth_method": "azure_cli", **IDS}, {}, "azure_cli", "tenant_id from the task."),
        ({"auth_method": "managed_identity"}, {"POWER_PLATFORM_USE_CLI": "true"}, "managed_identity", "without any"),
        (
            {"auth_method": "managed_identity", "managed_identity_object_id": "2c3d"},
            {"AZURE_CLIENT_ID": "1b2c"},
            "managed_identity",
            "managed_identity_object_id from the task.",
        ),
        (
            {"auth_method": "managed_identity", "client_id": "1b2c"},
            {"POWER_PLATFORM_MANAGED_IDENTITY_OBJECT_ID": "2c3d"},
            "managed_identity",
            "client_id from the task.",
        ),
    ],
)
def test_ways_that_bring_their_credential(
    options: dict[str, Any], environ: dict[str, str], way: str, words: str
) -> None:
    result = login(options, environ)
    assert chosen(result) == way
    assert words in result.explanation
    assert "x1x" not in result.explanation


@pytest.mark.parametrize(
    "environ", [{}, {"IDENTITY_ENDPOINT": "http://x"}, {"IDENTITY_HEADER": "x"}, {"POWER_PLATFORM_USE_MSI": "false"}]
)
def test_auto_looks_for_no_identity_of_a_machine(environ: dict[str, str]) -> None:
    """On a machine without one it would take seconds to find out; and nobody asked for it."""
    with pytest.raises(OptionError, match="when auth_method asks for them, managed_identity and azure_cli"):
        login({}, environ)


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ({**IDS, "client_secret": ""}, {}),
        ({"client_id": "1b2c"}, {}),
        ({}, {"POWER_PLATFORM_CLIENT_ID": "1b2c"}),
    ],
)
def test_a_lost_credential_is_no_reason_for_an_identity(options: dict[str, Any], environ: dict[str, str]) -> None:
    """A blank secret comes of a look-up that failed; the app that this runs in is somebody else."""
    with pytest.raises(OptionError, match="given, but no credential"):
        login(options, {**APP, **environ})


def test_auth_method_says_which_of_several() -> None:
    options = {**IDS, "client_secret": "mine", "client_certificate": "-----BEGIN"}
    assert chosen(login({**options, "auth_method": "client_certificate"}, {})) == "client_certificate"
    assert chosen(login({**options, "auth_method": "client_secret"}, {})) == "client_secret"


def test_blank_is_not_given() -> None:
    environ = {**ENV_IDS, "POWER_PLATFORM_CLIENT_SECRET": "x1x"}
    result = login({"client_secret": "", "client_id": " ", "client_certificate": None}, environ)
    assert "client_secret from POWER_PLATFORM_CLIENT_SECRET" in result.explanation


@pytest.mark.parametrize(
    ("options", "environ", "words"),
    [
        (
            {},
            {},
            ["Nothing to log in with", "client_secret", "oidc_token", "access_tokens", "POWER_PLATFORM_TENANT_ID"],
        ),
        (IDS, {}, ["tenant_id and client_id are given, but no credential. Set client_secret (or"]),
        (
            {**IDS, "client_secret": " "},
            {"AZURE_CLIENT_SECRET": ""},
            ["no credential. client_secret and AZURE_CLIENT_SECRET are set, but empty"],
        ),
        (
            {"auth_method": "client_secret"},
            {**ENV_IDS, "POWER_PLATFORM_CLIENT_SECRET": ""},
            ["auth_method client_secret needs it", "POWER_PLATFORM_CLIENT_SECRET is set, but empty"],
        ),
        (
            {"client_secret": "hunter2", "tenant_id": "t"},
            {"POWER_PLATFORM_CLIENT_ID": ""},
            ["client_id: missing", "POWER_PLATFORM_CLIENT_ID is set, but empty"],
        ),
        (
            {**IDS, "client_secret": "hunter2", "client_certificate_file_path": "/x"},
            {},
            ["2 ways", "client_secret (client_secret from the task)", "client_certificate_file_path", "auth_method"],
        ),
        (
            {},
            {**ENV_IDS, "AZURE_CLIENT_SECRET": "hunter2", "ARM_OIDC_TOKEN": "a.b.c"},
            ["2 ways", "AZURE_CLIENT_SECRET", "ARM_OIDC_TOKEN"],
        ),
        (
            {"client_secret": "hunter2"},
            {},
            ["tenant_id and client_id", "missing", "POWER_PLATFORM_TENANT_ID", "POWER_PLATFORM_CLIENT_ID"],
        ),
        ({**IDS, "auth_method": "client_certificate"}, {}, ["client_certificate or client_certificate_file_path"]),
        ({**IDS, "auth_method": "access_token", "client_secret": "hunter2"}, {}, ["access_tokens"]),
        (
            {**IDS, "oidc_request_url": "https://x.test"},
            {},
            ["oidc_request_token", "POWER_PLATFORM_OIDC_REQUEST_TOKEN"],
        ),
        ({**IDS, "azdo_service_connection_id": "7"}, {}, ["oidc_request_url and oidc_request_token"]),
        ({**IDS, "oidc_token": "a", "oidc_token_file_path": "/x"}, {}, ["oidc_token and oidc_token_file_path"]),
        ({**IDS, "client_certificate": "a", "client_certificate_file_path": "/x"}, {}, ["both given in the task"]),
        (
            {**IDS, "oidc_request_url": "http://x.test", "oidc_request_token": "hunter2"},
            {},
            ["oidc_request_url", "https"],
        ),
        ({**IDS, "tenant_id": "a/b", "client_secret": "hunter2"}, {}, ["tenant_id='a/b'"]),
        ({"auth_method": "azure_cli", "tenant_id": "--x"}, {}, ["tenant_id='--x'", "from the task"]),
        ({"auth_method": "managed_identity", "client_id": "a b"}, {}, ["client_id='a b'"]),
        (
            {},
            {"POWER_PLATFORM_USE_CLI": "true", "POWER_PLATFORM_USE_MSI": "true"},
            ["POWER_PLATFORM_USE_MSI and POWER_PLATFORM_USE_CLI are both true", "auth_method"],
        ),
        (
            {"managed_identity_object_id": "2c3d", "managed_identity_resource_id": "/s"},
            {},
            ["managed_identity_object_id and managed_identity_resource_id are both given in the task"],
        ),
        (
            {**IDS, "client_secret": "hunter2", "managed_identity_object_id": "2c3d"},
            {},
            ["2 ways", "managed_identity (managed_identity_object_id from the task)"],
        ),
        ({"auth_method": "password"}, {}, ["auth_method='password'", "managed_identity, access_token, azure_cli"]),
        ({}, {**ENV_IDS, "SYSTEM_OIDCREQUESTURI": "https://x", "SYSTEM_ACCESSTOKEN": "hunter2"}, ["no credential"]),
        ({"access_tokens": {"mail": "hunter2"}}, {}, ["'mail'", "powerapps"]),
        ({"access_tokens": {"bap": "hunter2", "powerapps": "hunter3"}}, {}, ["two different tokens"]),
        ({"access_tokens": {}}, {}, ["access_tokens: it is empty", "Give a token for each service"]),
        (
            {"access_tokens": {"bap": "hunter2", "flow": ""}},
            {},
            ["access_tokens.flow: it is empty", "leave this key out"],
        ),
        ({"access_tokens": {"flow": " \n"}}, {}, ["access_tokens.flow: it is empty"]),
        ({"access_tokens": {"flow": None}}, {}, ["access_tokens.flow: it is empty"]),
        ({"access_tokens": {"flow": 5}}, {}, ["access_tokens.flow: it is not a text", "as a text"]),
        ({"access_tokens": {"flow": {"accessToken": "hunter2"}}}, {}, ["access_tokens.flow: it is not a text"]),
        ({"access_tokens": {7: "hunter2"}}, {}, ["'7' is neither a service"]),
        ({**IDS, "client_secret": "hunter2", "cloud": "mars"}, {}, ["cloud='mars'"]),
        ({**IDS, "client_secret": "hunter2", "timeout": 0}, {}, ["timeout=0"]),
        ({**IDS, "client_secret": "hunter2", "deadline": -5}, {}, ["deadline=-5"]),
        (
            {**IDS, "client_secret": "hunter2", "base_url": "http://x.test"},
            {},
            ["It is from the option base_url. Begin it with https://"],
        ),
        (
            {**IDS, "client_secret": "hunter2"},
            {"POWER_PLATFORM_BASE_URL": "http://x.test"},
            ["It is from POWER_PLATFORM_BASE_URL. Begin it with https://"],
        ),
        ({**IDS, "client_secret": "hunter2", "proxy": "me:hunter2@x"}, {}, ["proxy"]),
        (
            {**IDS, "client_secret": "hunter2", "ca_path": "/nothing"},
            {"CURL_CA_BUNDLE": "/other"},
            ["ca_path='/nothing'", "It is from the option ca_path"],
        ),
        (
            {**IDS, "client_secret": "hunter2"},
            {"CURL_CA_BUNDLE": "/nothing"},
            ["ca_path='/nothing'", "It is from CURL_CA_BUNDLE"],
        ),
    ],
)
def test_bad_input(options: dict[str, Any], environ: dict[str, str], words: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        login(options, environ)
    text = str(caught.value)
    for word in words:
        assert word in text
    assert "hunter" not in text


def test_settings_and_secrets() -> None:
    result = login(
        {
            **IDS,
            "client_secret": "s1s",
            "endpoints": {"flow": "https://flow.test", "bap": None},
            "audiences": {"graph": "g"},
            "proxy": "http://u:p%40ss@proxy.test:1",
            "timeout": 7,
            "pace": "connector-100",
            "pace_share": "1/4",
            "expected_tenant_id": " T ",
            "unrelated": object(),
        },
        {"POWER_PLATFORM_CLOUD": "gcc", "POWER_PLATFORM_BASE_URL": "https://localhost:1/"},
    )
    assert result.cloud.name == "gcc"
    assert result.cloud.endpoints["flow"] == "https://flow.test"
    assert result.cloud.endpoints["bap"] == "https://gov.api.bap.microsoft.us"
    assert result.cloud.audiences["graph"] == "g"
    assert result.connection.settings.base_url == "https://localhost:1"
    assert (result.connection.settings.timeout, result.deadline) == (7, 3600)
    assert (result.pace, result.pace_share, result.expected_tenant_id) == ("connector-100", "1/4", "T")
    assert {"s1s", "p@ss", "p%40ss"} <= set(result.secrets)
    assert "s1s" not in repr(result)
    assert "p@ss" not in result.redactor("s1s p@ss")


def test_ca_path_from_the_environment(tmp_path: Any) -> None:
    own, bundle = tmp_path / "own.pem", tmp_path / "bundle.pem"
    own.touch()
    bundle.touch()
    options = {**IDS, "client_secret": "s1s"}
    environ = {"REQUESTS_CA_BUNDLE": str(bundle)}
    assert login(options, environ).connection.settings.ca_path == str(bundle)
    environ["POWER_PLATFORM_CA_PATH"] = str(own)
    assert login(options, environ).connection.settings.ca_path == str(own)
    assert login({**options, "ca_path": str(bundle)}, environ).connection.settings.ca_path == str(bundle)


def test_the_documentation_is_that_of_the_options() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]

    def shape(option: dict[str, Any], nested: str) -> dict[str, Any]:
        found = {key: option[key] for key in ("type", "choices", "default", "required") if key in option}
        if nested in option:
            found["options"] = {name: shape(inner, nested) for name, inner in option[nested].items()}
        return found

    assert list(documented) == list(AUTH_OPTIONS)
    for name, spec in AUTH_OPTIONS.items():
        assert shape(documented[name], "suboptions") == shape(spec, "options"), name


def test_the_documentation_names_every_variable_in_order() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    for name, variables in VARIABLES.items():
        text = " ".join(documented[name]["description"])
        places = [text.index(f"E({variable})") for variable in variables]
        assert places == sorted(places), name


def test_choices_are_those_of_the_clouds() -> None:
    assert AUTH_OPTIONS["cloud"]["choices"] == list(CLOUDS)
    assert set(AUTH_OPTIONS["endpoints"]["options"]) == {AUTHORITY, *SERVICES}
    assert set(AUTH_OPTIONS["audiences"]["options"]) == set(SERVICES)
    # A default would make an option look as if the task had given it, and its variable would never be read.
    assert not [name for name in VARIABLES if "default" in AUTH_OPTIONS[name]]


def test_a_secret_is_known_without_the_line_break_that_its_file_ended_in() -> None:
    result = login({"tenant_id": "t", "client_id": "c", "client_secret": "s3cret\n"}, {})
    assert {"s3cret\n", "s3cret"} <= set(result.secrets)
    assert "s3cret" not in result.redactor("it said s3cret.")


def test_blank_values_are_no_secrets() -> None:
    tokens = {"flow": "", "bap": "  ", "graph": None, "powerapps": "t0k"}
    options = {**IDS, "auth_method": "client_secret", "client_secret": "s3cret", "access_tokens": tokens}
    assert login(options, {}).secrets == ("s3cret", "t0k")


def test_a_text_does_not_lean_on_what_stood_before_it() -> None:
    """ansible-doc orders options by their names, and shows the notes far from them."""
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)
    for name in ("oidc_token_file_path", "oidc_request_url"):
        assert "the token of O(oidc_token)" in documented["options"][name]["description"][0]
    assert documented["notes"][0].startswith("Options of logging in and connecting ")

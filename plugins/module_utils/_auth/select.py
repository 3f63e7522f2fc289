# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way to log in, by which options are given.

The places are asked in order: the task, POWER_PLATFORM_* variables, AZURE_* and ARM_* variables, variables of the
pipeline. The first place that holds a credential decides the way; credentials in later places are left aside. What the
way needs besides (tenant_id, client_id, a password) may come from any place.

A managed identity and the Azure CLI bring their credential themselves. So they have to be asked for, but where the
platform says by its variables that there is a managed identity, and nothing else is given: to look for one on a machine
that has none takes seconds, and one that is found unasked may be anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.environment import (
    IDENTITY_ENDPOINT,
    OWN,
    PIPELINE,
    PLACES,
    PLATFORM,
    SYSTEM_REQUEST_URL,
    TASK,
    VARIABLES,
    Given,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import Exchange, LoginMethod
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import Cloud
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError

AUTO = "auto"
MANAGED_IDENTITY = "managed_identity"
AZURE_CLI = "azure_cli"
# way -> the options of which one makes it this way. Within a way: the first one wins where a place holds several.
CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "client_secret": ("client_secret",),
    "client_certificate": ("client_certificate", "client_certificate_file_path"),
    "workload_identity": (
        "azdo_service_connection_id",
        "oidc_token",
        "oidc_token_file_path",
        "oidc_request_url",
    ),
    MANAGED_IDENTITY: ("managed_identity_object_id", "managed_identity_resource_id"),
    "access_token": ("access_tokens",),
}
# Ways that need none of these options.
_BARE = (MANAGED_IDENTITY, AZURE_CLI)
_REQUEST = ("oidc_request_url", "oidc_request_token")
# Asked where something is missing: by option, what stands for it and is blank.
Empty: TypeAlias = Callable[[], Mapping[str, Sequence[str]]]
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_CLIENT = re.compile(r"[\w.:/-]+")


def select(given: Mapping[str, Given], cloud: Cloud, exchange: Exchange, empty: Empty) -> tuple[LoginMethod, str]:
    """The way to log in, ready for use, and a sentence that says which one it is and why.

    Raises OptionError when no credential is given, when one place holds those of two ways, when something is missing.
    """
    credentials = _credentials(given)
    way, why = _way(given, credentials, empty)
    if way in _BARE:
        return _bare(way, why, given, credentials, exchange)
    option = _option(way, credentials, empty)
    needed: tuple[str, ...] = () if way == "access_token" else ("tenant_id", "client_id")
    if option == "azdo_service_connection_id":
        needed += _REQUEST
    elif option == "oidc_request_url":
        needed += ("oidc_request_token",)
    _require(way, option, given, needed, empty)
    sources = ", ".join(f"{name} from {given[name].source}" for name in (option, *needed))
    unused = [item.source for name, item in credentials.items() if name not in (option, *needed) and item.place != TASK]
    aside = f" Left aside: {', '.join(unused)}." if unused else ""
    return _make(way, option, given, cloud, exchange), f"Logging in by {way} ({why}): {sources}.{aside}"


def _bare(
    way: str, why: str, given: Mapping[str, Given], credentials: Mapping[str, Given], exchange: Exchange
) -> tuple[LoginMethod, str]:
    """A way that brings its credential itself."""
    taken = {"tenant_id": given["tenant_id"]} if "tenant_id" in given else {}
    if taken:
        _check_form("tenant_id", _TENANT, given)
    tenant_id = str(taken["tenant_id"].value).strip() if taken else ""
    identity = _identity(given) if way == MANAGED_IDENTITY else ""
    if identity:
        taken[identity] = given[identity]
    sources = ", ".join(f"{name} from {item.source}" for name, item in taken.items()) or "without any option"
    unused = [item.source for name, item in credentials.items() if name not in taken and item.place != TASK]
    aside = f" Left aside: {', '.join(unused)}." if unused else ""
    told = f"Logging in by {way} ({why}): {sources}.{aside}"
    if way == AZURE_CLI:
        from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.azure_cli import AzureCliLogin

        return AzureCliLogin(exchange, tenant_id), told
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.managed_identity import (
        ManagedIdentityLogin,
    )

    named = {identity.removeprefix(f"{MANAGED_IDENTITY}_"): str(given[identity].value).strip()} if identity else {}
    return ManagedIdentityLogin(exchange, named, tenant_id), told


def _identity(given: Mapping[str, Given]) -> str:
    """The option that names an identity which is assigned to the machine; "" for that of the machine itself."""
    # A pipeline's client id is that of its service connection.
    names = [
        name for name in ("client_id", *CREDENTIALS[MANAGED_IDENTITY]) if name in given and given[name].place < PIPELINE
    ]
    if not names:
        return ""
    best = min(given[name].place for name in names)
    names = [name for name in names if given[name].place == best]
    if len(names) > 1:
        raise OptionError(
            names[0],
            f"{' and '.join(names)} are both given in {PLACES[best]}.",
            remedy="One of them names the identity.",
        )
    if names[0] == "client_id":
        _check_form("client_id", _CLIENT, given)
    return names[0]


def _credentials(given: Mapping[str, Given]) -> dict[str, Given]:
    found = {name: given[name] for names in CREDENTIALS.values() for name in names if name in given}
    # Azure DevOps sets this variable in every job; without a service connection it stands for nothing.
    if "oidc_request_url" in found and found["oidc_request_url"].source == SYSTEM_REQUEST_URL:
        del found["oidc_request_url"]
    return found


def _way(given: Mapping[str, Given], credentials: Mapping[str, Given], empty: Empty) -> tuple[str, str]:
    chosen = given.get("auth_method")
    best = min((item.place for item in credentials.values()), default=PLATFORM)
    # A switch in the environment does not overrule a credential in a better place, such as the task.
    if chosen is not None and chosen.place <= best:
        known = list(dict.fromkeys((*CREDENTIALS, *_BARE)))
        if chosen.value not in known:
            raise OptionError("auth_method", f"there are {AUTO}, {', '.join(known)}.", value=chosen.value)
        return str(chosen.value), "chosen by auth_method" if chosen.place == TASK else f"chosen by {chosen.source}"
    if not credentials:
        # Whoever says which application it is has lost its credential, and means no identity. A tenant is compared.
        named = "client_id" in given and given["client_id"].place <= OWN
        if IDENTITY_ENDPOINT in given and not named:
            return MANAGED_IDENTITY, f"auth_method {AUTO}, by {IDENTITY_ENDPOINT} in {PLACES[PLATFORM]}"
        raise _nothing(given, empty)
    ways = {
        way: [f"{name} from {credentials[name].source}" for name in names if _in(credentials, name, best)]
        for way, names in CREDENTIALS.items()
    }
    ways = {way: names for way, names in ways.items() if names}
    if len(ways) > 1:
        listed = " and ".join(f"{way} ({', '.join(names)})" for way, names in ways.items())
        raise OptionError(
            "auth_method",
            f"{len(ways)} ways to log in are given at once: {listed}.",
            remedy="Take the options of one of them away, or say in auth_method which one you mean.",
        )
    return next(iter(ways)), f"auth_method {AUTO}, by what is given in {PLACES[best]}"


def _in(credentials: Mapping[str, Given], name: str, place: int) -> bool:
    return name in credentials and credentials[name].place == place


def _option(way: str, credentials: Mapping[str, Given], empty: Empty) -> str:
    """The option that holds the credential: the one from the best place, and there the first in CREDENTIALS."""
    names = [name for name in CREDENTIALS[way] if name in credentials]
    if not names:
        alternatives = " or ".join(CREDENTIALS[way])
        raise OptionError(alternatives, f"auth_method {way} needs it.", remedy=_where(CREDENTIALS[way], empty))
    best = min(credentials[name].place for name in names)
    names = [name for name in names if credentials[name].place == best]
    if "azdo_service_connection_id" in names and "oidc_request_url" in names:
        names.remove("oidc_request_url")
    if len(names) > 1 and (best == TASK or way == "client_certificate"):
        raise OptionError(
            names[0], f"{' and '.join(names)} are both given in {PLACES[best]}.", remedy="Give one of them."
        )
    return names[0]


def _require(way: str, option: str, given: Mapping[str, Given], needed: tuple[str, ...], empty: Empty) -> None:
    missing = [name for name in needed if name not in given]
    if missing:
        raise OptionError(
            " and ".join(missing),
            f"missing. Logging in by {way} ({option} from {given[option].source}) needs it.",
            remedy=_where(missing, empty),
        )
    for name, form in (("tenant_id", _TENANT), ("client_id", _CLIENT)):
        if name in needed:
            _check_form(name, form, given)


def _check_form(name: str, form: re.Pattern[str], given: Mapping[str, Given]) -> None:
    if not form.fullmatch(str(given[name].value).strip()):
        raise OptionError(name, "is not an id.", value=given[name].value, remedy=f"It is from {given[name].source}.")


def _where(names: Sequence[str], empty: Empty) -> str:
    variables = [VARIABLES[name][0] for name in names if name in VARIABLES]
    remedy = "Give it in the task" + (f", or in the environment as {', '.join(variables)}." if variables else ".")
    return f"{remedy} {_blank(names, empty)}".strip()


def _blank(names: Sequence[str], empty: Empty) -> str:
    """A sentence about what is given for these options and is blank; "" when nothing is."""
    found = empty()
    blank = [source for name in names for source in found.get(name, ())]
    if not blank:
        return ""
    return f"{_listed(blank)} {'are' if len(blank) > 1 else 'is'} set, but empty: perhaps a secret that nobody set."


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _nothing(given: Mapping[str, Given], empty: Empty) -> OptionError:
    ids = ("tenant_id", "client_id")
    present, missing = [name for name in ids if name in given], [name for name in ids if name not in given]
    said = ["Nothing to log in with is given."]
    if present:
        said = [f"{_listed(present)} {'are' if len(present) > 1 else 'is'} given, but no credential."]
        said += [f"{name} is from {given[name].source}." for name in present if given[name].place != TASK]
    secret, *others = (
        name for way, names in CREDENTIALS.items() if way not in (MANAGED_IDENTITY, "access_token") for name in names
    )
    wanted = [*missing, secret]
    alone = ", which need none of these," if missing else ""
    return OptionError(
        "",
        " ".join(filter(None, (*said, _blank((*wanted, *others), empty)))),
        remedy=f"Set {_listed(wanted)} (or {_listed([VARIABLES[name][0] for name in wanted])}), or in place of "
        f"{secret} one of {_listed(others)}. Other ways{alone} are access_tokens and, when auth_method asks for them, "
        f"{_listed(_BARE)}.",
    )


def _make(way: str, option: str, given: Mapping[str, Given], cloud: Cloud, exchange: Exchange) -> LoginMethod:
    def text(name: str) -> str:
        return str(given[name].value).strip() if name in given else ""

    # Each way is imported only when it is the one: a task pays for no other.
    if way == "access_token":
        from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.token import ReadyTokens

        return ReadyTokens(given[option].value, cloud.audiences)
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.confidential import Application

    application = Application(cloud.authority, text("tenant_id"), text("client_id"), exchange)
    if way == "client_secret":
        from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.secret import SecretLogin

        return SecretLogin(application, text(option))
    if way == "client_certificate":
        from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.certificate import CertificateLogin

        password = str(given["client_certificate_password"].value) if "client_certificate_password" in given else ""
        if option == "client_certificate":
            return CertificateLogin(application, text=text(option), password=password)
        return CertificateLogin(application, path=text(option), password=password)

    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import workload_identity

    if option == "oidc_token":
        return workload_identity.TokenTextLogin(application, text(option))
    if option == "oidc_token_file_path":
        return workload_identity.TokenFileLogin(application, text(option))
    return workload_identity.TokenRequestLogin(
        application,
        url=text("oidc_request_url"),
        token=text("oidc_request_token"),
        service_connection_id=text(option) if option == "azdo_service_connection_id" else "",
    )

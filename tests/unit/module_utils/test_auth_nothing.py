# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where there is nothing to log in with."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login

ENV_IDS = {"POWER_PLATFORM_TENANT_ID": "contoso.onmicrosoft.com", "POWER_PLATFORM_CLIENT_ID": "1b2c"}


def test_without_a_credential_the_most_common_one_is_named_first() -> None:
    with pytest.raises(OptionError) as caught:
        login({}, {**ENV_IDS, "POWER_PLATFORM_CLIENT_SECRET": "", "ARM_OIDC_TOKEN": "", "POWER_PLATFORM_CLOUD": ""})
    assert caught.value.message == (
        "tenant_id and client_id are given, but no credential. tenant_id is from POWER_PLATFORM_TENANT_ID. client_id "
        "is from POWER_PLATFORM_CLIENT_ID. POWER_PLATFORM_CLIENT_SECRET and ARM_OIDC_TOKEN are set, but empty: perhaps "
        "a secret that nobody set."
    )
    assert caught.value.remedy == (
        "Set client_secret (or POWER_PLATFORM_CLIENT_SECRET), or in place of client_secret one of client_certificate, "
        "client_certificate_file_path, azdo_service_connection_id, oidc_token, oidc_token_file_path and "
        "oidc_request_url. Other ways are access_tokens and, when auth_method asks for them, managed_identity and "
        "azure_cli."
    )


def test_of_the_ids_those_that_are_missing_are_named() -> None:
    with pytest.raises(OptionError, match=r"^tenant_id is given, but no credential\. Set client_id and ") as caught:
        login({"tenant_id": "contoso.onmicrosoft.com"}, {})
    assert "(or POWER_PLATFORM_CLIENT_ID and POWER_PLATFORM_CLIENT_SECRET)" in caught.value.remedy
    with pytest.raises(
        OptionError, match=r"^Nothing .* is given\. Set tenant_id, client_id and client_secret"
    ) as caught:
        login({}, {})
    assert "Other ways, which need none of these, are access_tokens" in caught.value.remedy

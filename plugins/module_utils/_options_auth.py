# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of connecting and logging in, the same for every module and plugin, in the form of an argument spec.

Described in plugins/doc_fragments/auth.py. Options that environment variables may stand in for have no default here, so
that "given in the task" can be told from "not given"; see `_auth/environment.py`.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import AUTHORITY, SERVICES

AUTH_OPTIONS: dict[str, dict[str, Any]] = {
    "auth_method": {
        "type": "str",
        "choices": [
            "auto",
            "client_secret",
            "client_certificate",
            "workload_identity",
            "managed_identity",
            "azure_cli",
            "access_token",
        ],
        "default": "auto",
    },
    "tenant_id": {"type": "str"},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "client_certificate": {"type": "str", "no_log": True},
    "client_certificate_file_path": {"type": "path"},
    "client_certificate_password": {"type": "str", "no_log": True},
    "oidc_token": {"type": "str", "no_log": True},
    "oidc_token_file_path": {"type": "path", "no_log": False},
    "oidc_request_url": {"type": "str"},
    "oidc_request_token": {"type": "str", "no_log": True},
    "azdo_service_connection_id": {"type": "str"},
    "managed_identity_object_id": {"type": "str"},
    "managed_identity_resource_id": {"type": "str"},
    "access_tokens": {"type": "dict", "no_log": True},
    "token_cache_path": {"type": "path", "no_log": False},
    "expected_tenant_id": {"type": "str"},
    "cloud": {"type": "str", "choices": ["public", "gcc", "gcchigh", "dod", "china"]},
    "base_url": {"type": "str"},
    "endpoints": {"type": "dict", "options": {name: {"type": "str"} for name in (AUTHORITY, *SERVICES)}},
    "audiences": {"type": "dict", "options": {name: {"type": "str"} for name in SERVICES}},
    "environment_label_length": {"type": "int", "choices": [1, 2]},
    "api_versions": {"type": "dict"},
    "ca_path": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    # A proxy's URL may hold a password.
    "proxy": {"type": "str", "no_log": True},
    "timeout": {"type": "int", "default": 60},
    "deadline": {"type": "int", "default": 3600},
    "pace": {"type": "str", "default": "adaptive"},
    "pace_share": {"type": "str"},
}
# Those that say how to connect, whoever issues the tokens.
CONNECTION = ("base_url", "ca_path", "validate_certs", "proxy", "timeout", "deadline", "pace", "pace_share")

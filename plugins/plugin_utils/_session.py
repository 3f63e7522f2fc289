# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What plugins log in with: the same options and the same client as modules, always read-only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS

_display = Display()


def auth_options(get_option: Callable[[str], Any]) -> dict[str, Any]:
    """The options of connecting and logging in, as a plugin has them."""
    return {name: get_option(name) for name in AUTH_OPTIONS}


def read_only_client(options: Mapping[str, Any]) -> Client:
    """A client that refuses to write. Raises what `login` raises."""
    settings = login(options, os.environ)
    _display.vvv(settings.explanation)
    client = Client(
        settings.connection,
        settings.cloud,
        settings.tokens,
        read_only=True,
        pace=settings.pace,
        pace_share=settings.pace_share,
        deadline=settings.deadline,
        redact=settings.redactor,
        expected_tenant_id=settings.expected_tenant_id,
    )
    for warning in settings.tokens.warnings:
        _display.warning(warning)
    return client


@contextmanager
def as_ansible_errors(error_type: type[AnsibleError] = AnsibleError) -> Iterator[None]:
    """Turns what goes wrong into Ansible's own errors, in the words of modules."""
    try:
        yield
    except MissingLibraryError as error:
        raise error_type(f"{error} Install it where ansible-core runs.") from error
    except PowerPlatformError as error:
        raise error_type(str(error)) from error

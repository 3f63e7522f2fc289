# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the tenant as the info modules read them, for plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._hosts import HostKind

Json = dict[str, Any]


def declared(info: InfoKind, options: Mapping[str, Any]) -> Json:
    """The options of a question with its defaults, checked by its argument spec. OptionError for the first fault."""
    known = {name: value for name, value in options.items() if name in info.options and value is not None}
    checked = ArgumentSpecValidator(dict(info.options)).validate(known)
    if checked.error_messages:
        raise OptionError(info.name, checked.error_messages[0])
    found: Json = checked.validated_parameters
    return found


def read_rows(info: InfoKind, kind: HostKind, client: Client, options: Mapping[str, Any]) -> list[Json]:
    """The rows of which hosts are made; none where something could not be read and that is only to be reported."""
    answer = info.read(client, declared(info, options))
    rows: list[Json] = answer[kind.rows] if answer.get("complete", True) else []
    return rows

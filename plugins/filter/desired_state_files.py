# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what desired_state_info returns into files of variables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: desired_state_files
short_description: Turn what desired_state_info returns into files of variables
version_added: 1.0.0
author:
  - powerops contributors (@powerops)
description:
  - Says which files an export consists of, one for each environment and kind, and which files of an earlier export are
    stale. It reads and writes nothing; the role P(powerops.powerplatform.export#role) does that.
  - Each file holds one variable, such as C(powerplatform_powerapp_roles), as the roles
    P(powerops.powerplatform.converge#role) and P(powerops.powerplatform.drift_audit#role) take it.
  - Texts of the tenant in which something looks like a template are marked as C(!unsafe), so that they are none.
    References to secrets are templates.
options:
  _input:
    description: What M(powerops.powerplatform.desired_state_info) returned.
    type: dict
    required: true
  found:
    description:
      - Files that are there already, as M(ansible.builtin.find) returns them, with their checksums. Those that hold
        what they should are left out of C(changed).
    type: list
    elements: dict
    default: []
  path:
    description: The folder of the export, in which these files are.
    type: str
seealso:
  - module: powerops.powerplatform.desired_state_info
"""

EXAMPLES = r"""
- name: Read the tenant
  powerops.powerplatform.desired_state_info:
  register: tenant

- name: Show the files that it comes to
  ansible.builtin.debug:
    msg: "{{ (tenant | powerops.powerplatform.desired_state_files).changed | map(attribute='path') }}"
"""

RETURN = r"""
_value:
  description:
    - C(changed) lists the files to write, with C(path), below the folder of the export, and C(content).
    - C(files) lists the paths of all files of the export.
    - C(stale) lists the paths of files of an earlier export that this one has no more. What could not be read, what
      does not apply for now, kinds that were not asked for and environments that were not looked at make no file stale.
  type: dict
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import files, stale

_NAME = "desired_state_files"
_NEEDED = ("resources", "environments", "kinds", "unknown", "not_applicable", "left_out", "scope", "all_environments")


def desired_state_files(answer: Any, found: Any = (), path: Any = None) -> dict[str, Any]:
    """The files of an export; see the documentation of the filter."""
    missing = [name for name in _NEEDED if not isinstance(answer, Mapping) or name not in answer]
    if missing:
        raise AnsibleFilterError(f"{_NAME}: the input is no result of desired_state_info: it has no {missing[0]}.")
    if found and not path:
        raise AnsibleFilterError(f"{_NAME}: found needs path, the folder of the export.")
    present = _present(found, str(path or ""))
    written = files(answer)
    return {
        # Nothing of it is a template here: it is text for files.
        "changed": wrap_var(
            [{"path": name, "content": text} for name, text in written.items() if present.get(name) != _checksum(text)]
        ),
        "files": wrap_var(list(written)),
        "stale": wrap_var(stale(answer, present)),
    }


def _present(found: Sequence[Mapping[str, Any]], path: str) -> dict[str, str]:
    """The checksums of files, by their paths below the folder."""
    return {os.path.relpath(row["path"], path).replace(os.sep, "/"): str(row.get("checksum") or "") for row in found}


def _checksum(text: str) -> str:
    """As ansible.builtin.find computes it."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {_NAME: desired_state_files}

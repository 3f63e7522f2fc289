# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are written and never read; `_resources/_secrets.py` holds the options as an argument spec."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as `extends_documentation_fragment: [powerops.powerplatform.secrets]`."""

    DOCUMENTATION = r"""
options:
  secret_parameters:
    description:
      - Parameters that are secret, by name. They are sent, and never read, compared or shown.
      - A value that is blank is an error, so that an unset variable never overwrites a good secret.
    type: dict
  update_secrets:
    description:
      - When to write O(secret_parameters) to something that exists already. What is created gets them in any case.
      - V(on_create) leaves the secrets that are there, unless O(secrets_changed_at) says that they are older.
      - V(always) writes them in every run, which is a change every time.
    type: str
    choices: [on_create, always]
    default: on_create
  secrets_changed_at:
    description:
      - When the secrets were last changed, as a time with its time zone (RFC 3339), such as V(2026-03-01T09:30:00Z). To
        be kept beside them, and changed with them.
      - The secrets are written when the service says that the thing was last modified at this time or before.
      - The gap in this is that the service knows one time for everything. When somebody edits anything else between
        this time and the run, the new secrets are taken for written. O(update_secrets=always) writes them for certain.
      - A time in the future is an error.
    type: str
"""

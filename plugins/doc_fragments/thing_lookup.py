# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lookups of things in an environment have in common; `plugin_utils/_lookup.py` reads these options."""

from __future__ import annotations


class ModuleDocFragment:
    """`powerops.powerplatform.thing_lookup`, for lookups whose terms are ids or names of things in one environment."""

    DOCUMENTATION = r"""
options:
  environment:
    description:
      - The environment, by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name.
      - A display name that fits several environments is an error that lists them.
    type: str
    required: true
  as_admin:
    description:
      - V(true) looks at what the identity administers.
      - V(false) looks at what the signed-in user may see; it needs a delegated token.
    type: bool
    default: true
  default:
    description:
      - The answer for a term that fits nothing. Without it, such a term is an error.
      - A term that fits several things, an environment that is not there, and what cannot be read are errors all the
        same.
    type: raw
notes:
  - All terms of one call are looked up with one login. A call in a loop is another call.
"""

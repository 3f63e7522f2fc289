# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules name the environment of a thing, and how reads choose environments."""

from __future__ import annotations


class ModuleDocFragment:
    """`powerops.powerplatform.environment` for one thing, `powerops.powerplatform.environment.selection` for reads.

    `powerops.powerplatform.environment.maker` for one thing without a choice of views, and
    `powerops.powerplatform.environment.organization` for one that Dataverse keeps.
    """

    DOCUMENTATION = r"""
options:
  environment:
    description:
      - The environment, by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name.
      - A display name that fits several environments is an error that lists them.
    type: str
    required: true
  environment_display_name:
    description:
      - What the environment is called, for those who read the file. It is never followed; a different name is reported
        as RV(renamed).
    type: str
  as_admin:
    description:
      - V(true) uses the admin view of the services, which reaches everything in the environment.
      - V(false) uses the maker view, which reaches what the signed-in user may reach; it needs a delegated token.
    type: bool
    default: true
"""

    # For what has one view only.
    MAKER = r"""
options:
  environment:
    description:
      - The environment, by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name.
      - A display name that fits several environments is an error that lists them.
    type: str
    required: true
  environment_display_name:
    description:
      - What the environment is called, for those who read the file. It is never followed; a different name is reported
        as RV(renamed).
    type: str
"""

    SELECTION = r"""
options:
  environments:
    description:
      - Environments to look at, each by id, by V(~default), by display name or by a pattern with C(*), C(?) and C([]);
        unset means all. A display name chooses every environment that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits nothing is an error.
    type: list
    elements: str
  environment_types:
    description:
      - Keep only environments of these types.
    type: list
    elements: str
    choices: [Default, Production, Sandbox, Trial, Developer, Teams]
  exclude:
    description:
      - Leave out environments that fit one of these ids, display names or patterns.
    type: list
    elements: str
"""

    ORGANIZATION = r"""
options:
  environment:
    description:
      - The environment, by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name. The Business
        Application Platform is asked for its organisation in Dataverse.
      - A display name that fits several environments is an error that lists them.
      - Exactly one of O(environment) and O(organization_url) is needed.
    type: str
  environment_display_name:
    description:
      - What the environment is called, for those who read the file. It is never followed; a different name is reported
        as RV(renamed).
    type: str
  organization_url:
    description:
      - URL of the environment's organisation in Dataverse, such as V(https://contosofin.crm4.dynamics.com), in place of
        O(environment).
      - The Business Application Platform is then not asked for anything, so that an identity suffices that only
        Dataverse knows.
    type: str
"""

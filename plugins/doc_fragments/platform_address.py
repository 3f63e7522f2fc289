# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules name what has no module of its own: a path of the Power Platform API."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as `extends_documentation_fragment: [powerops.powerplatform.platform_address]`."""

    DOCUMENTATION = r"""
options:
  environment:
    description:
      - The environment whose id takes the place of C({environment}) in the path, or to whose own host the request goes
        with O(host=environment); by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name.
      - A display name that fits several environments is an error that lists them. So is an environment that nothing in
        the task needs, and one that is missing.
      - It is looked up with the Business Application Platform, as administrator.
    type: str
  environment_display_name:
    description:
      - What the environment is called, for those who read the file. It is never followed; a different name is reported
        as RV(renamed).
    type: str
  host:
    description:
      - The host that the path is of. Most routes are of one host alone.
      - V(global) is the host of the API, C(api.powerplatform.com) in the public cloud.
      - V(environment) is the host that O(environment) has of its own. Its paths have no C(/environments/{environment}).
    type: str
    choices: [global, environment]
    default: global
  api_version:
    description:
      - The API version to ask for. Unset, it is V(2024-10-01), or what O(api_versions) says for the operation.
    type: str
  query:
    description:
      - Further parameters of the query, such as C($filter). They go with every request for the resource. Values are
        texts, figures, V(true) or V(false).
    type: dict
notes:
  - The permission that the identity needs is that of the resource; the vendor documents it. An application also has to
    be registered as a management application, or to have a role in Power Platform.
  - Values with the names of credentials, such as C(clientSecret) or C(password), are hidden wherever the module shows a
    document. Other secrets are shown; the task then needs C(no_log).
seealso:
  - name: Power Platform API
    description: Namespaces, resources and versions, as the vendor documents them.
    link: https://learn.microsoft.com/rest/api/power-platform/
"""

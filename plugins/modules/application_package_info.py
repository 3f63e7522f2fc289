#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: application_package_info
short_description: List application packages, and whether they are installed and up to date
version_added: 1.0.0
description:
  - Lists the catalogue of application packages, such as the apps of Dynamics 365, of all environments that the identity
    administers or of those that are chosen, with the state of each package in its environment.
  - The service may list a package once for each version. Here it has one row in each environment.
  - Follows every page of each listing. An environment that cannot be read never looks empty; it fails the task, or is
    listed in RV(unknown).
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.survey.looking
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  application_packages:
    description:
      - Packages to list, each by unique name, by title or by a pattern with C(*), C(?) and C([]); unset means all. A
        title chooses every package that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits no package is an error, unless something
        could not be read, or O(states) or O(update_available) may have left it out.
    type: list
    elements: str
  states:
    description:
      - Keep only packages in one of these states.
      - V(in_progress) stands for every word of the service for an installation or a removal that is asked for or under
        way, V(failed) for the failure of either.
    type: list
    elements: str
    choices: [installed, not_installed, failed, in_progress]
  update_available:
    description:
      - V(true) keeps only packages that are installed in an older version than the catalogue of the environment has,
        V(false) only the others.
    type: bool
seealso:
  - module: powerops.powerplatform.application_package
"""

EXAMPLES = r"""
- name: List what could be brought up to date, in all environments of one department
  powerops.powerplatform.application_package_info:
    environments: ["Finance*"]
    update_available: true
  register: outdated

- name: Read why installations failed
  powerops.powerplatform.application_package_info:
    environments: [Finance Production]
    states: [failed]
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 0
    throttled: 0
    tokens: 2
application_packages:
  description: The packages, ordered by environment, title and unique name.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Finance Production
    application_package:
      description: Unique name of the package.
      type: str
      sample: msdyn_FieldServiceAnchor
    application_package_display_name:
      description: Its title.
      type: str
      sample: Field Service
    state:
      description: V(installed), V(not_installed), V(failed) or V(in_progress).
      type: str
      sample: installed
    service_state:
      description: The service's word for it, such as V(Installed) or V(InstallRetrying); empty when it has none.
      type: str
      sample: Installed
    version:
      description: The version that is installed, or that was last tried; empty when there is none.
      type: str
      sample: 8.8.120.3
    available_version:
      description: The newest version that the catalogue of the environment has.
      type: str
      sample: 8.8.130.1
    update_available:
      description: Whether that is newer than the one that is installed.
      type: bool
      sample: true
    publisher:
      description: Name of its publisher.
      type: str
      sample: Microsoft Dynamics 365
    description:
      description: Its description, empty when there is none.
      type: str
      sample: Work orders, and who goes where
    application_id:
      description: Id of the application that it belongs to.
      type: str
      sample: 8d2f0b3c-4e5a-4f10-a9b8-c7d6e5f40312
    learn_more_url:
      description: Where to read about it, empty when the catalogue does not say.
      type: str
      sample: https://learn.microsoft.com/dynamics365/field-service/
    last_error:
      description: Why it failed last, in the service's words; empty when it did not.
      type: str
      sample: ""
complete:
  description:
    - Whether every chosen environment could be read. V(false) only with O(on_error=report) or O(expected_unreadable).
    - Environments in RV(not_applicable) do not count against it.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: Forbidden
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
not_applicable:
  description:
    - Environments in which there is nothing to read now, because they are being provisioned or are disabled.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000006
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Brand New
    reason:
      description: Why.
      type: str
      sample: "Environment Brand New is not ready: its provisioning state is Provisioning."
scope:
  description: Whose view of the tenant this is. Environments are listed as administrator, so that it is V(admin).
  returned: success
  type: str
  sample: admin
unknown:
  description: What could not be read, and is therefore not known to be empty. One entry for each error.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000009
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Legacy
    expected:
      description: Whether O(expected_unreadable) covers it.
      type: bool
      sample: true
    reason:
      description: The reason that is given there, else null.
      type: str
      sample: Belongs to another team
    expires:
      description: The last day on which that entry counts, else null.
      type: str
      sample: "2026-12-31"
    error:
      description: What went wrong, as type, message and remedy. Of a refusal it holds status, code and correlation ids.
      type: dict
      sample:
        type: AuthenticationError
        status: 401
        code: Unauthorized
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.application_package_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()

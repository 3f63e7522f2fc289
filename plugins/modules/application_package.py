#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: application_package
short_description: Install an application package, or bring it up to date
version_added: 1.0.0
description:
  - Installs a package of the catalogue, such as an app of Dynamics 365, in one environment, brings it up to date, and
    tries again what failed before. The service has one request for all three.
  - An installation takes minutes to hours. The module follows it to its end, at most until O(deadline). The service
    goes on after that; the next run finds it under way, waits for it and begins no second one.
  - The API documents no way to remove a package.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.maker
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  application_package:
    description:
      - The package, by unique name such as V(msdyn_FieldServiceAnchor), or by title. Upper and lower case do not count.
        M(powerops.powerplatform.application_package_info) lists the catalogue of an environment.
      - A title that several packages bear is an error that lists them.
    type: str
    required: true
  application_package_display_name:
    description:
      - Title of the package, for those who read the file. It is never followed; a different title is reported as
        RV(renamed).
    type: str
  payload_value:
    description:
      - Text that is handed to the installation as it is, for packages that take one. It is sent when something is
        installed, and never compared.
    type: str
  wait:
    description:
      - V(true) waits for the end of the installation, and fails the task when it fails. An installation or a removal
        that is under way already is waited for first.
      - V(false) begins it and returns. One that is under way already is left alone, and a warning says so. How it went
        shows the next run.
      - In check mode nothing is waited for.
    type: bool
    default: true
  state:
    description:
      - V(present) means that the package is installed, in whatever version.
      - V(latest) means that it is installed in the newest version that the catalogue of the environment has.
    type: str
    choices: [present, latest]
    default: present
seealso:
  - module: powerops.powerplatform.application_package_info
"""

EXAMPLES = r"""
- name: Install a package, and wait for its end
  powerops.powerplatform.application_package:
    environment: Finance Sandbox
    application_package: msdyn_ProjectOperationsAnchor
    deadline: 7200

- name: Bring a package up to date
  powerops.powerplatform.application_package:
    environment: Finance Production
    application_package: msdyn_FieldServiceAnchor
    application_package_display_name: Field Service
    state: latest

- name: Try a failed installation again, without waiting for its end
  powerops.powerplatform.application_package:
    environment: Finance Production
    application_package: Customer Voice
    wait: false
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done. An upgrade and another attempt are an V(update).
  returned: success
  type: str
  choices: [none, create, update]
  sample: create
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 9
    write: 1
    throttled: 0
    tokens: 2
drift:
  description:
    - One entry if the package is not as declared, with the service's word for its state and its version.
    - RV(ignore:before) is null when it was never installed.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: application_package
      id: environments/5c1b0000-0000-4000-8000-000000000001/application_packages/msdyn_FieldServiceAnchor
      name: Field Service
      before:
        state: Installed
        version: 8.8.120.3
      after:
        state: Installed
        version: 8.8.130.1
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: UnfinishedError
    message: "The installation of Field Service ended as Failed: No space."
    remedy: ""
facts:
  description:
    - What else was read of the package.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    service_state:
      description: The service's word for its state, such as V(Installed) or V(InstallFailed); empty when it has none.
      type: str
      sample: Installed
    version:
      description: The version that is installed, or that was last tried; empty when there is none.
      type: str
      sample: 8.8.130.1
    available_version:
      description: The newest version that the catalogue of the environment has.
      type: str
      sample: 8.8.130.1
    update_available:
      description: Whether that is newer than the one that is installed.
      type: bool
      sample: false
    last_error:
      description: Why it failed last, in the service's words; empty when it did not.
      type: str
      sample: ""
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: application_package
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the declaration.
  returned: when O(environment_display_name) or O(application_package_display_name) is not the present name
  type: dict
  sample:
    environment_display_name:
      declared: Finance
      actual: Finance Production
resource:
  description:
    - The package, named like the options.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
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
      description:
        - V(latest) when it is installed in the newest version of the catalogue, V(present) when in an older one.
        - V(absent), which is no choice of O(state), when it is not installed.
      type: str
      sample: latest
scope:
  description: Always V(admin); there is no other view of packages.
  returned: success
  type: str
  sample: admin
status:
  description: What came of the declaration.
  returned: success
  type: str
  choices: [ok, planned, changed, failed, not_applicable]
  sample: changed
verified:
  description: Whether the effect of the write was read back.
  returned: when something was written
  type: bool
  sample: true
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_resource
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.application_package import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()

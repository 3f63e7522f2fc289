#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_state
short_description: Turn a cloud flow on or off
version_added: 1.0.0
description:
  - Starts or stops a cloud flow, when it is not in that state already, and reads the state back.
  - Runs in progress end normally when a flow is stopped.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  flow:
    description:
      - The flow, by id (a GUID) or by display name.
      - Anybody can make a second flow of the same name, so files in git should hold the id. A display name that fits
        several flows of the environment is an error that lists them.
    type: str
    required: true
  flow_display_name:
    description:
      - What the flow is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed).
    type: str
  state:
    description:
      - Whether the flow shall run.
    type: str
    choices: [started, stopped]
    required: true
  on_suspended:
    description:
      - What to do with a flow that the platform itself has suspended, for example because it breaks a data policy.
      - V(report) sends nothing. With O(state=started) the task fails and names the reason. With O(state=stopped) the
        flow is left as it is, with a warning; it does not run, but the platform may start it again when the reason is
        gone.
      - V(act) sends the start or the stop all the same, and the service decides.
    type: str
    choices: [report, act]
    default: report
seealso:
  - module: powerops.powerplatform.flow
  - module: powerops.powerplatform.flow_info
  - module: powerops.powerplatform.flow_run
"""

EXAMPLES = r"""
- name: Stop a flow
  powerops.powerplatform.flow_state:
    environment: Finance Production
    flow: Nightly stock export
    state: stopped

- name: Start a flow that is named by its id
  powerops.powerplatform.flow_state:
    environment: Finance Production
    flow: f0000000-0000-4000-8000-000000000011
    flow_display_name: Nightly stock export
    state: started
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the flow.
  returned: success
  type: str
  choices: [none, update]
  sample: update
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 1
    throttled: 0
    tokens: 2
drift:
  description:
    - The state that is not as declared, if it is not.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: flow_state
      id: environments/5c1b0000-0000-4000-8000-000000000001/flows/6b1f0000-0000-4000-8000-000000000001/state
      name: Nightly stock export
      before: stopped
      after: started
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: EnvironmentAccessDenied
facts:
  description: What else was read of the flow.
  returned: success
  type: dict
  contains:
    suspension_reason:
      description: Why the platform has suspended the flow, in the service's own word.
      returned: when it is suspended
      type: str
      sample: CompanyDlpViolation
  sample:
    suspension_reason: CompanyDlpViolation
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: flow_state
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the declaration.
  returned: when O(flow_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    flow_display_name:
      declared: Nightly export
      actual: Nightly stock export
resource:
  description:
    - The flow, named like the options.
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
    flow:
      description: Id of the flow.
      type: str
      sample: 6b1f0000-0000-4000-8000-000000000001
    flow_display_name:
      description: What the flow is called.
      type: str
      sample: Nightly stock export
    as_admin:
      description: As O(as_admin).
      type: bool
      sample: true
    state:
      description:
        - The state that the service reports, in lower case; besides the choices of O(state) it may be V(suspended).
      type: str
      sample: started
    on_suspended:
      description: As O(on_suspended).
      type: str
      sample: report
scope:
  description: Whose view of the tenant this is, V(admin) or V(maker).
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_state import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()

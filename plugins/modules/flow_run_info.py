#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_run_info
short_description: List the runs of a cloud flow
version_added: 1.0.0
description:
  - Lists the runs of one cloud flow, newest first, with their status and what went wrong.
  - The services keep runs for about 28 days.
  - What went into a run and what came out of it is not read. The links to it are secrets.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
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
  status:
    description:
      - Keep only runs of these statuses, as the service spells them; unset means all.
    type: list
    elements: str
    choices:
      - NotSpecified
      - Paused
      - Running
      - Waiting
      - Suspended
      - Cancelling
      - Succeeded
      - Skipped
      - Cancelled
      - Failed
      - Faulted
      - TimedOut
      - Aborted
      - Ignored
  started_after:
    description:
      - Keep only runs that began at this time or later. A time with its zone as in RFC 3339, such as
        V(2026-03-01T09:30:00Z).
    type: str
  started_before:
    description:
      - Keep only runs that began before this time. A time with its zone as in RFC 3339.
    type: str
  limit:
    description:
      - How many runs to list at most, at least 1. RV(complete) says whether there are more.
    type: int
    default: 100
  include:
    description:
      - What else to ask for.
      - V(actions) adds what became of each action. It takes one request for each run, and only owners of the flow can
        send it, so that it needs O(as_admin=false).
    type: list
    elements: str
    choices: [actions]
    default: []
seealso:
  - module: powerops.powerplatform.flow_run
"""

EXAMPLES = r"""
- name: List what failed in a week
  powerops.powerplatform.flow_run_info:
    environment: Finance Sandbox
    flow: Invoice intake
    status: [Failed, TimedOut]
    started_after: "2025-03-01T00:00:00Z"
    started_before: "2025-03-08T00:00:00Z"
  register: failed

- name: Look at the newest run
  powerops.powerplatform.flow_run_info:
    environment: Finance Sandbox
    flow: Invoice intake
    limit: 1
  register: newest
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
complete:
  description: Whether these are all runs that were asked for; V(false) when O(limit) left out some.
  returned: success
  type: bool
  sample: true
environment:
  description: Id of the environment.
  returned: success
  type: str
  sample: 5c1b0000-0000-4000-8000-000000000001
environment_display_name:
  description: What the environment is called.
  returned: success
  type: str
  sample: Finance Production
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: EnvironmentAccessDenied
flow:
  description: Id of the flow.
  returned: success
  type: str
  sample: 6b1f0000-0000-4000-8000-000000000001
flow_display_name:
  description: What the flow is called.
  returned: success
  type: str
  sample: Invoice intake
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the task.
  returned: when O(flow_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    flow_display_name:
      declared: Invoices
      actual: Invoice intake
runs:
  description: The runs, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    run:
      description: Id of the run.
      type: str
      sample: 08585000000000000104000000000000CU01
    status:
      description: Its status, as the service spells it.
      type: str
      sample: Failed
    start_time:
      description: When it began, in UTC; null when the service does not say.
      type: str
      sample: "2025-03-05T08:00:00.0000000Z"
    end_time:
      description: When it ended, in UTC; null while it is going on.
      type: str
      sample: "2025-03-05T08:00:08.0000000Z"
    trigger_name:
      description: Name of the trigger that started it.
      type: str
      sample: manual
    code:
      description: The service's word for how it went; empty when it says none.
      type: str
      sample: ActionFailed
    error:
      description: What went wrong, in the service's words; null when nothing did.
      type: dict
      contains:
        code:
          description: The code.
          type: str
          sample: ActionFailed
        message:
          description: The message.
          type: str
          sample: An action failed. No dependent actions succeeded.
    resubmitted_from:
      description: Id of the run that this one repeats; null when it repeats none.
      type: str
      sample: null
    tracking_id:
      description: The id under which the client that started it can be traced.
      type: str
      sample: 08585000000000000104000000000000CU01
    actions:
      description: What became of each action, by their start.
      returned: when O(include) holds V(actions)
      type: list
      elements: dict
      contains:
        action:
          description: Name of the action.
          type: str
          sample: Tell
        status:
          description: Its status, as the service spells it.
          type: str
          sample: Failed
        code:
          description: The service's word for how it went.
          type: str
          sample: BadRequest
        start_time:
          description: When it began, in UTC; null when the service does not say.
          type: str
          sample: "2025-03-05T08:00:00.0000000Z"
        end_time:
          description: When it ended, in UTC; null while it is going on.
          type: str
          sample: "2025-03-05T08:00:08.0000000Z"
scope:
  description: Whose view of the tenant this is, V(admin) or V(maker).
  returned: success
  type: str
  sample: admin
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_run_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: converge
short_description: Bring many things of a tenant to their declared state in one go
version_added: 1.0.0
description:
  - Takes the declarations of hundreds or thousands of things of all kinds, and does what their modules would do one
    after the other, in one process, with one login and with the fewest requests that the services allow.
  - Everything is looked up, read and planned before the first write. Nothing is written when anything is wrong with the
    plan, unless O(on_error=continue).
  - Things are written several at a time. Connectors come before connections, connections before apps and flows, and of
    one thing the owner before the roles. What is to go goes last, in the opposite order.
  - After each write the thing is read back.
  - The second run changes nothing and sends no write.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.bulk
  - powerops.powerplatform.bulk.comparing
  - powerops.powerplatform.bulk.progress
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  on_error:
    description:
      - What becomes of the other items when one cannot be found, read, planned or written.
      - V(stop) writes nothing when that shows before the first write, and begins no further write after it.
      - V(continue) leaves out what failed, what is about the same thing, and what refers to it. Nothing is removed as a
        whole once something failed, since it may still be in use. It goes on with the rest, and fails in the end.
      - Options that are wrong, items that contradict each other, and limits of the whole task stop everything in any
        case.
    type: str
    choices: [stop, continue]
    default: stop
  max_changes:
    description: How many things the task may change. If its plan changes more, nothing is written. V(-1) is no limit.
    type: int
    default: -1
  max_removals:
    description:
      - How much the task may take away, roles and whole things alike, all items together. If its plan takes away more,
        nothing is written. V(-1) is no limit.
      - Each item has a limit of its own beside it, in its own C(max_removals).
    type: int
    default: 20
  expected_plan:
    description:
      - The digest of the plan that was reviewed, C(digest) in RV(plan) of a run in check mode. If the plan is another
        one by now, because the tenant or the declarations have changed, nothing is written.
      - Where there is nothing left to do, it makes no difference.
    type: str
  return:
    description:
      - Which items RV(outcomes) tells of.
      - V(changed) are those that were or would be changed, that failed, or that are called otherwise than declared.
      - Unset, it is V(all) up to 500 items and V(changed) above.
    type: str
    choices: [changed, all]
seealso:
  - module: powerops.powerplatform.drift_info
  - module: powerops.powerplatform.desired_state_info
  - plugin: powerops.powerplatform.declared_resources
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Bring two apps and a flow to their declared state
  powerops.powerplatform.converge:
    resources:
      - kind: powerapp_role
        environment: Finance Production
        app: aa000000-0000-4000-8000-000000000011
        app_display_name: Expenses
        assignments:
          - group: Finance Readers
            role: CanView
      - kind: powerapp
        environment: Finance Production
        app: aa000000-0000-4000-8000-000000000015
        owner: kim@contoso.example
      - kind: flow_state
        environment: Finance Production
        flow: f0000000-0000-4000-8000-000000000011
        state: stopped

- name: See the plan
  powerops.powerplatform.converge:
    resources: "{{ declared_resources }}"
  check_mode: true
  register: reviewed

- name: Carry out that plan and no other, but nothing that removes more than five roles
  powerops.powerplatform.converge:
    resources: "{{ declared_resources }}"
    expected_plan: "{{ reviewed.plan.digest }}"
    max_removals: 5
    on_error: continue
"""

RETURN = r"""
accepted:
  description: What differs and stays so, as O(accepted_drift) says. Rows like those of RV(drift), with C(accepted).
  returned: success, and failure after the plan was made
  type: list
  elements: dict
  sample: []
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 6
    write: 2
    throttled: 0
    tokens: 1
api_calls_planned:
  description: Requests that the plan takes, besides those that read back what was written.
  returned: success, and failure after the plan was made
  type: dict
  sample:
    write: 2
drift:
  description:
    - Everything that is not as declared, once each; null where that could not be determined.
    - The fingerprint of a difference lasts as long as the difference.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: flow_state
      id: environments/e0000000-0000-4000-8000-000000000001/flows/f0000000-0000-4000-8000-000000000011/state
      name: Nightly stock export
      before: started
      after: stopped
      fingerprint: 0d4c2f1f3a5a4a4e0a8f6f0f2d9d8c7b6a594837261504f3e2d1c0b0a9988776
error:
  description: What went wrong before any item was looked at, such as a wrong option or a failed login.
  returned: failure before any item was looked at
  type: dict
  sample:
    type: OptionError
    message: "resources: 1 of the items are wrong, and nothing was sent."
    remedy: ""
faults:
  description:
    - Everything that is wrong with the items, of all of them, by their numbers from 0. Nothing was sent then.
    - RV(ignore:msg) tells of the first ten.
  returned: when an item is wrong
  type: list
  elements: dict
  sample:
    - item: 4
      kind: ""
      message: "there is no kind 'powerapp_rol'."
      remedy: "There are application_package, billing_policy, connection and others."
outcomes:
  description:
    - What came of each item, in the order of O(resources), each like the result of its module, with C(item), its number
      from 0, and C(status).
    - C(status) is C(ok), C(changed), C(planned) (in check mode), C(failed), C(skipped) (C(reason) says why) or
      C(not_applicable).
  returned: success, and failure after the items were checked
  type: list
  elements: dict
  sample:
    - item: 0
      kind: flow_state
      status: changed
      changed: true
      action: update
      verified: true
      scope: admin
      facts: {}
      warnings: []
      resource:
        environment: e0000000-0000-4000-8000-000000000001
        environment_display_name: Finance Production
        flow: f0000000-0000-4000-8000-000000000011
        flow_display_name: Nightly stock export
        as_admin: true
        state: stopped
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
plan:
  description:
    - What the task would do or did, to how many things, and how much it takes away.
    - The digest is equal for plans that do the same to the same things.
  returned: success, and failure after the items were checked
  type: dict
  sample:
    digest: 4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
    changes: 2
    removals: 0
seen:
  description: How many entries each list had that was read, for O(previous_report).
  returned: success, and failure after the items were checked
  type: dict
  sample:
    "app: environments/e0000000-0000-4000-8000-000000000001/apps/aa000000-0000-4000-8000-000000000011": 4
summary:
  description: How many items there are, by what came of them and by what was or would be done.
  returned: success, and failure after the items were checked
  type: dict
  sample:
    total: 3
    by_status:
      ok: 1
      changed: 2
    by_action:
      none: 1
      update: 2
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import ConvergeJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run


def main() -> None:
    """Run the module."""
    run(ConvergeJob())


if __name__ == "__main__":
    main()

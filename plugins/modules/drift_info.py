#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drift_info
short_description: Find out what in a tenant is not as declared
version_added: 1.0.0
description:
  - Compares declarations, as P(powerops.powerplatform.converge#module) takes them, with what is there, and says what
    differs. Nothing is ever written; the client refuses to.
  - What cannot be read is neither as declared nor absent, but unknown, and does not hide the rest.
  - Drift is a result here, not a failure of the task. RV(outcome) sums it up.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.bulk
  - powerops.powerplatform.bulk.comparing
  - powerops.powerplatform.bulk.progress
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  orphaned:
    description:
      - Whether to look for people and applications that hold something on a declared thing and are deleted, and for
        owners whose account is disabled. Microsoft Graph is asked about all of them together.
      - Where Microsoft Graph refuses that, it is one finding that is unknown.
    type: bool
    default: true
  scopes:
    description:
      - Where to look for what nobody declares. What is there, holds something, and has no item of its kind in
        O(resources) is a finding of the category C(unmanaged).
      - Only what P(powerops.powerplatform.desired_state_info#module) would return counts. What cannot be declared does
        not, and neither does a thing that nobody has a role on.
      - What cannot be read there is unknown. Scopes may overlap; each thing is found once. It is looked at as
        administrator.
    type: list
    elements: dict
    suboptions:
      environments:
        description:
          - Environments to look at, each by id, by V(~default), by display name or by a pattern with C(*), C(?) and
            C([]). Unset means things of the whole tenant.
        type: list
        elements: str
      kinds:
        description:
          - Kinds to look for. With O(scopes[].environments), unset means the default of
            O(powerops.powerplatform.desired_state_info#module:kinds). Without it, unset means all of the whole tenant,
            which that option names.
        type: list
        elements: str
        choices:
          - application_package
          - billing_policy
          - connection
          - connection_role
          - custom_connector
          - custom_connector_role
          - flow
          - flow_owners
          - flow_run_only_users
          - flow_state
          - management_application
          - powerapp
          - powerapp_role
  expected_unreadable:
    description:
      - Environments that are accepted as unreadable for a time. What is unknown in them is reported as accepted.
      - An entry that has expired no longer counts, and a warning says so.
    type: list
    elements: dict
    suboptions:
      environment:
        description: An environment, by id, by V(~default), by display name or by a pattern with C(*), C(?) and C([]).
        type: str
        required: true
      reason:
        description: Why it cannot be read, for those who read the file and the result.
        type: str
        required: true
      expires:
        description: The last day on which the entry counts, in UTC, such as V(2026-12-31).
        type: str
        required: true
seealso:
  - module: powerops.powerplatform.converge
  - module: powerops.powerplatform.desired_state_info
  - plugin: powerops.powerplatform.drift_report
    plugin_type: filter
  - plugin: powerops.powerplatform.drift_report
    plugin_type: callback
"""

EXAMPLES = r"""
- name: Compare what is declared with what is there
  powerops.powerplatform.drift_info:
    resources: "{{ declared_resources }}"
  register: audit

- name: Say where something differs, or where nobody can tell
  ansible.builtin.debug:
    msg: "{{ audit.findings | rejectattr('accepted') | map(attribute='id') | join(', ') }}"
  when: audit.outcome != "clean"

- name: Compare, and look for what nobody declares in the environments of the finance department
  powerops.powerplatform.drift_info:
    resources: "{{ declared_resources }}"
    scopes:
      - environments: ["Finance*"]
        kinds: [powerapp_role, flow_owners, flow_run_only_users]
  register: audit

- name: Compare, and leave alone what was accepted for a time
  powerops.powerplatform.drift_info:
    resources: "{{ declared_resources }}"
    accepted_drift:
      - kind: powerapp_role
        id: "environments/e0000000-0000-4000-8000-000000000001/apps/aa000000-0000-4000-8000-000000000011\
          /permissions/b0000000-0000-4000-8000-000000000001"
        owner: ada@contoso.example
        reason: The auditors need it until the year is closed.
        expires: "2999-12-31"
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 6
    write: 0
    throttled: 0
    tokens: 1
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
findings:
  description:
    - Everything that was found, each once.
    - C(category) is C(drifted) for what differs, C(missing) for what is declared and not there, C(unmanaged) for what
      is there and is not to be there, such as a role that a list with C(exclusive) leaves out or something in
      O(scopes) that nobody declared, C(orphaned) for what belongs to somebody who left, C(unknown),
      C(not_applicable), C(renamed), or C(error) for a declaration that cannot be compared.
    - C(item) is the number of the declaration in O(resources). C(accepted) is null, or tells C(owner), C(reason) and
      C(expires).
    - The fingerprint of a difference lasts as long as the difference.
  returned: success
  type: list
  elements: dict
  sample:
    - category: drifted
      kind: flow_state
      id: environments/e0000000-0000-4000-8000-000000000001/flows/f0000000-0000-4000-8000-000000000011/state
      name: Nightly stock export
      before: started
      after: stopped
      fingerprint: 0d4c2f1f3a5a4a4e0a8f6f0f2d9d8c7b6a594837261504f3e2d1c0b0a9988776
      message: ""
      remedy: ""
      item: 2
      accepted: null
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
outcome:
  description:
    - V(error) where something could not be compared, else V(unknown) where something could not be read, else V(drift)
      where something that nobody accepted is drifted, missing or unmanaged, else V(clean).
    - Orphans are no drift, for they may hold what is declared. RV(summary) counts them.
  returned: always
  type: str
  choices: [clean, drift, unknown, error]
  sample: drift
plan:
  description:
    - What P(powerops.powerplatform.converge#module) would do, with the digest that O(ignore:expected_plan) takes there.
  returned: success
  type: dict
  sample:
    digest: 4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
    changes: 2
    removals: 0
seen:
  description: How many entries each list had that was read, for O(previous_report).
  returned: success
  type: dict
  sample:
    "app: environments/e0000000-0000-4000-8000-000000000001/apps/aa000000-0000-4000-8000-000000000011": 4
summary:
  description: How many findings of each category nobody accepted, how many were accepted, and how many items there are.
  returned: success
  type: dict
  sample:
    drifted: 1
    missing: 0
    unmanaged: 0
    unknown: 0
    not_applicable: 0
    orphaned: 0
    renamed: 0
    error: 0
    accepted: 0
    total: 3
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import AuditJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run


def main() -> None:
    """Run the module."""
    run(AuditJob())


if __name__ == "__main__":
    main()

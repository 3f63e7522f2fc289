# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of bulk modules; `module_utils/_options_bulk.py` holds the same as an argument spec."""

from __future__ import annotations


class ModuleDocFragment:
    """`powerops.powerplatform.bulk`, and its parts `.comparing` and `.progress`."""

    DOCUMENTATION = r"""
options:
  resources:
    description:
      - What is declared. Each item is a dictionary with C(kind), the name of a module of this collection that manages
        something, and with the options of that module, as its documentation describes them. Options of connecting and
        logging in belong to the task, not to items.
      - Kinds are C(application_package), C(billing_policy), C(connection), C(connection_role), C(custom_connector),
        C(custom_connector_role), C(flow), C(flow_owners), C(flow_run_only_users), C(flow_state),
        C(management_application), C(power_platform_resource), C(powerapp) and C(powerapp_role).
      - All items are checked first, by the same rules as the options of their modules. If one is wrong, the task fails,
        names each that is, by its number from 0, and nothing is sent.
      - Items that say things of one thing are put together, unless one of them is C(exclusive). Two items that
        contradict each other fail the task, and are both named.
      - Secrets in items are as well hidden as in the options of their modules.
    type: list
    elements: dict
    required: true
"""

    COMPARING = r"""
options:
  accepted_drift:
    description:
      - What differs and stays so for a time. It is neither changed nor reported as drift, but as accepted.
      - Where a thing differs in several ways of which one is accepted, the others are changed all the same, if the kind
        can do that; roles can. Otherwise the item fails.
      - An entry that has expired counts no more, and a warning says so; so it does of one that fits nothing.
    type: list
    elements: dict
    suboptions:
      fingerprint:
        description:
          - Of the very difference, as C(drift) or C(findings) of a result shows it. Any change of it makes it another
            one.
        type: str
      id:
        description: What differs, as C(drift) or C(findings) of a result shows it, whatever the difference.
        type: str
      kind:
        description: The kind, with O(accepted_drift[].id), where several kinds know that id.
        type: str
      owner:
        description: Who accepted it.
        type: str
        required: true
      reason:
        description: Why.
        type: str
        required: true
      expires:
        description: The last day on which it counts, in UTC, such as V(2026-12-31).
        type: str
        required: true
  previous_report:
    description:
      - A JSON report of an earlier run, as the role P(powerops.powerplatform.drift_audit#role) writes it, on the
        machine where the module runs.
      - A list, such as that of the roles on an app, that has lost half of its entries since then counts as unknown. It
        may be that the service did not tell all of it, and nothing is removed on such grounds.
    type: path
"""

    PROGRESS = r"""
options:
  progress_path:
    description:
      - A file for those who follow a long run, on the machine where the module runs. It gets a line of JSON every two
        seconds or so, with the step (C(read) or C(write)), how many things are C(done), C(of) how many, how many are
        C(left), how many C(requests) were sent, and an estimate of C(seconds_left) for the step.
    type: path
  progress_in_check_mode:
    description: Whether O(progress_path) is written in check mode, too.
    type: bool
    default: false
"""

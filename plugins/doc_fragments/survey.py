# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of surveys, modules that list things of many environments; `_resources/_survey.py` holds them too.

Which environments are looked at is said by `powerops.powerplatform.environment.selection`, and what happens when one of
them cannot be read by `powerops.powerplatform.survey.looking`, which is there for questions without owners as well.
"""

from __future__ import annotations


class ModuleDocFragment:
    """`powerops.powerplatform.survey` for things with owners and roles, together with its `.looking`."""

    DOCUMENTATION = r"""
options:
  as_admin:
    description:
      - V(true) lists what there is in the environments that the identity administers.
      - V(false) lists what the signed-in user may see; it needs a delegated token.
    type: bool
    default: true
  owners:
    description:
      - Keep only what these users own, each given by object id (a GUID) or by user principal name; a mail address is
        tried when no such name exists.
      - Service principals can be given by object id. Names are looked up in Microsoft Graph, object ids are not.
    type: list
    elements: str
  owner_states:
    description:
      - Keep only what has an owner in one of these states. Microsoft Graph is asked once, about all owners that were
        found.
      - V(enabled) and V(disabled) are what the account of the owner says. V(deleted) means that the owner no longer
        exists or can still be restored.
      - What has no owner, or an owner that no directory knows by an object id, is in none of these states.
      - Where Microsoft Graph does not show whether an account is enabled, the task fails.
    type: list
    elements: str
    choices: [enabled, disabled, deleted]
  include:
    description:
      - What else to read. Each word costs requests of its own.
      - V(roles) adds who holds which role, with one request or more for each thing.
      - V(owner_state) adds to each owner what became of it, in the words of O(owner_states). That option adds it too.
    type: list
    elements: str
    choices: [roles, owner_state]
    default: []
"""

    # `_resources/_looking.py` holds these.
    LOOKING = r"""
options:
  on_error:
    description:
      - What to do when an environment, or something in it that was asked for, cannot be read. Neither ever looks
        empty.
      - V(fail) fails the task and names the environments, unless O(expected_unreadable) covers them all.
      - V(report) lists them in RV(unknown), and RV(complete) is V(false).
      - Errors of the run as a whole, such as a wrong option, a failed login or a deadline that has passed, fail the
        task in any case. So does a refused listing of the environments.
    type: str
    choices: [fail, report]
    default: fail
  expected_unreadable:
    description:
      - Environments that are accepted as unreadable for a time. They are listed in RV(unknown) as expected, do not fail
        the task, and leave RV(complete) at V(false).
      - An entry that has expired no longer counts, and a warning says so. A warning also says when an environment that
        is covered by an entry could be read.
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
"""

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that manage one role; `_resources/_assignment_options.py` holds them as an argument spec."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as `extends_documentation_fragment: [powerops.powerplatform.members]`."""

    DOCUMENTATION = r"""
options:
  user:
    description:
      - A user, by object id (a GUID) or by user principal name; a mail address is tried when no such name exists.
      - Names are looked up in Microsoft Graph, object ids are not.
      - Exactly one of O(user), O(group), O(service_principal), O(application_id) and O(assignments) is needed.
    type: str
  group:
    description:
      - A group, by object id or by display name. Security groups and Microsoft 365 groups are allowed, the latter
        whether they are security-enabled or not.
    type: str
  service_principal:
    description:
      - A service principal (enterprise application), by object id or by display name.
      - This is not the application (client) id; O(application_id) takes that.
    type: str
  application_id:
    description:
      - A service principal, by the application (client) id of its app registration. Looked up in Microsoft Graph.
    type: str
  principal_display_name:
    description:
      - What the principal is called, for those who read the file. It is never followed; where the directory says
        otherwise, a warning says so.
    type: str
  assignments:
    description:
      - Several principals at once, written in one request.
      - Without O(exclusive), principals that are not listed keep what they have, and an empty list declares nothing.
      - With O(exclusive=true) this is the complete list, and an empty list means nobody but the owner.
    type: list
    elements: dict
    suboptions:
      user:
        description: As O(user).
        type: str
      group:
        description: As O(group).
        type: str
      service_principal:
        description: As O(service_principal).
        type: str
      application_id:
        description: As O(application_id).
        type: str
      principal_display_name:
        description: As O(principal_display_name).
        type: str
  state:
    description:
      - V(present) gives the role that this module manages, in place of another one that a principal holds.
      - V(absent) takes that role from the declared principals. Who holds another one keeps it.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Take the role that this module manages from everybody who is not declared.
      - The owner and O(protected_principals) never lose anything, and other roles are left alone.
    type: bool
    default: false
  max_removals:
    description:
      - Fail, before anything is written, when the task would remove more assignments than this. V(-1) means no limit.
      - A role that is taken from somebody to be replaced by a lower one counts as well.
    type: int
    default: 20
  protected_principals:
    description:
      - Users, groups or service principals by object id, or users by user principal name, whose assignments are neither
        changed nor removed, whatever else is declared.
      - Unset, this is the identity that runs. A list stands in its place; an empty list protects nobody.
      - Needed with an access token that does not say who runs (it has no claim C(oid)).
    type: list
    elements: str
  remove_orphans:
    description:
      - Remove the assignments of principals that no longer exist, after Microsoft Graph has confirmed it for each one.
        It concerns the role that this module manages.
      - Soft-deleted principals, which can still be restored, keep their assignments.
      - With O(exclusive=true) undeclared orphans go in any case.
    type: bool
    default: false
"""

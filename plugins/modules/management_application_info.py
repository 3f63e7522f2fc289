#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: management_application_info
short_description: List the applications that may administer Power Platform
version_added: 1.0.0
description:
  - Lists the applications that are registered as management applications. Each of them acts as a Power Platform
    administrator of the whole tenant.
  - Follows every page of the listing; a page that cannot be read fails the task, so an answer is always complete.
  - Reading is assumed to work with the token of a user who is administrator as well as with that of an application that
    is registered.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
seealso:
  - module: powerops.powerplatform.management_application
"""

EXAMPLES = r"""
- name: List the applications that may administer the tenant
  powerops.powerplatform.management_application_info:
  register: registered

- name: Stop here when one is registered that nobody knows
  ansible.builtin.assert:
    that: registered.management_applications | map(attribute='application_id') | difference(known) | length == 0
  vars:
    known:
      - c1000000-0000-4000-8000-000000000001
      - c1000000-0000-4000-8000-000000000003
      - c1000000-0000-4000-8000-000000000007
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 1
    write: 0
    throttled: 0
    tokens: 1
complete:
  description: Always V(true); a listing that is not complete fails the task.
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
management_applications:
  description: The registrations, ordered by id.
  returned: success
  type: list
  elements: dict
  contains:
    application_id:
      description: Application (client) id, in lower case.
      type: str
      sample: c3f00000-0000-4000-8000-000000000001
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.management_application_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()

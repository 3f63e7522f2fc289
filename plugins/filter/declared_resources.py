# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the lists of declarations of a host together, for one bulk call."""

from __future__ import annotations

DOCUMENTATION = r"""
name: declared_resources
short_description: Put lists of declarations, one for each kind, together for a bulk call
version_added: 1.0.0
author:
  - powerops contributors (@powerops)
description:
  - Makes the O(powerops.powerplatform.converge#module:resources) of M(powerops.powerplatform.converge) and
    M(powerops.powerplatform.drift_info) of lists that hold declarations of one kind each, as the roles
    P(powerops.powerplatform.converge#role) and P(powerops.powerplatform.drift_audit#role) take them from variables.
  - The items come in the order of the lists, each with its C(kind). It sends nothing, and leaves it to the modules to
    look at the options of an item.
options:
  _input:
    description:
      - The lists, each under the name of a variable of these roles, such as C(powerplatform_powerapp_roles) for the
        kind C(powerapp_role).
      - A list that is null counts as empty.
    type: dict
    required: true
  environment:
    description:
      - The environment of items that name none, by id or by display name. Empty, there is none.
      - Kinds of the whole tenant, such as C(billing_policy), never get it. Neither does a C(custom_connector) with
        C(organization_url), nor a C(power_platform_resource) whose path has no place for it.
    type: str
  defaults:
    description:
      - Options for items that do not have them, under the name of their kind.
      - They are not merged into what an item says; an option is taken as a whole from the one or from the other.
    type: dict
seealso:
  - module: powerops.powerplatform.converge
  - module: powerops.powerplatform.drift_info
"""

EXAMPLES = r"""
- name: Show what two lists come to
  ansible.builtin.debug:
    msg: >-
      {{ {'powerplatform_powerapp_roles': apps, 'powerplatform_flow_states': flows}
      | powerops.powerplatform.declared_resources('Finance Production', defaults) }}
  vars:
    apps:
      - app: aa000000-0000-4000-8000-000000000011
        assignments:
          - group: Finance Readers
            role: CanView
    flows:
      - flow: f0000000-0000-4000-8000-000000000011
        state: started
    defaults:
      powerapp_role:
        exclusive: true
"""

RETURN = r"""
_value:
  description: The items of all lists.
  type: list
  elements: dict
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import variable_of

_NAME = "declared_resources"
_ENVIRONMENT = "environment"
_PLACE = "{environment}"

Item = Mapping[str, Any]


VARIABLES: dict[str, AnyKind] = {variable_of(name): kind for name, kind in KINDS.items()}


def declared_resources(lists: Any, environment: Any = None, defaults: Any = None) -> list[dict[str, Any]]:
    """The items of all lists; see the documentation of the filter."""
    if not isinstance(lists, Mapping):
        raise _error(f"the input is no dictionary of lists, but of type {type(lists).__name__}.")
    place = _text(environment)
    beneath = _defaults(defaults)
    found = []
    for variable, items in lists.items():
        kind = VARIABLES.get(variable)
        if kind is None:
            raise _error(f"there is no variable {variable}. There are {', '.join(sorted(VARIABLES))}.")
        for item in _items(variable, items):
            given = {**beneath.get(kind.name, {}), **item}
            if place and _takes_environment(kind, given):
                given[_ENVIRONMENT] = place
            found.append({**given, "kind": kind.name})
    return found


def _items(variable: str, items: Any) -> Iterator[Item]:
    """The items of a list. Their content stands in no message: it may be secret."""
    if items is None:
        return
    if isinstance(items, (str, bytes, Mapping)) or not isinstance(items, Sequence):
        raise _error(f"{variable} is no list, but of type {type(items).__name__}.")
    for number, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise _error(f"{variable}[{number}] is no dictionary of options, but of type {type(item).__name__}.")
        if item.get("kind", kind := VARIABLES[variable].name) != kind:
            raise _error(f"{variable}[{number}] has another kind than {kind}, which is what this list is for.")
        yield item


def _takes_environment(kind: AnyKind, item: Item) -> bool:
    """Whether an item that names no environment is about things of one."""
    if _ENVIRONMENT not in kind.options or item.get(_ENVIRONMENT) is not None:
        return False
    if kind.options[_ENVIRONMENT].get("required"):
        return True
    if "organization_url" in kind.options:
        return item.get("organization_url") is None
    # The rest goes by a path, in which there is a place for it or not.
    find = item.get("find")
    paths = (item.get("path"), find.get("path") if isinstance(find, Mapping) else None)
    return item.get("host") == _ENVIRONMENT or any(_PLACE in str(path) for path in paths)


def _defaults(defaults: Any) -> Mapping[str, Item]:
    if defaults is None:
        return {}
    if not isinstance(defaults, Mapping):
        raise _error(f"defaults is no dictionary of kinds, but of type {type(defaults).__name__}.")
    for name, options in defaults.items():
        if name not in KINDS:
            raise _error(f"defaults: there is no kind {name}. There are {', '.join(sorted(KINDS))}.")
        if not isinstance(options, Mapping):
            raise _error(f"defaults: {name} is no dictionary of options, but of type {type(options).__name__}.")
    return defaults


def _text(environment: Any) -> str:
    if environment is not None and not isinstance(environment, str):
        raise _error(f"environment is of type {type(environment).__name__}, and must be an id or a display name.")
    return (environment or "").strip()


def _error(text: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"{_NAME}: {text}")


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {_NAME: declared_resources}

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of what the Power Platform API and AvePoint know, behind the client's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .changes_base import Change, ChangeError, environment_of, principal_of
from .model import Environment
from .platform_file import (
    PACKAGE_STATES,
    assignment_from_dict,
    group_from_dict,
    installed_from_dict,
    policy_from_dict,
)
from .platform_model import AvePointClient
from .services.clock import now
from .state import State
from .tenant_file import names_of

_OF_POLICY = ("name", "status", "location", "subscription", "resource_group", "environments", "then", "reads")
_OF_GROUP = ("name", "description", "parent")
_OF_AVEPOINT_CLIENT = ("secret", "certificate", "scopes", "enabled", "environment")


def _found(container: dict[str, Any], item: Change, kind: str) -> Any:
    """By its id, or by its name where only one has it."""
    wanted = str(item[kind]).lower()
    alive = [thing for thing in container.values() if not thing.deleted]
    found = [thing for thing in alive if thing.id == wanted] or [x for x in alive if x.name.lower() == wanted]
    if len(found) != 1:
        raise ChangeError(f"{len(found)} of {kind} {item[kind]!r}")
    return found[0]


def _add_policy(state: State, item: Change) -> None:
    policies = state.tenant.platform.billing_policies
    policy = policy_from_dict(item["billing_policy"], names_of(state.tenant))
    state.before(policies, policy.id)
    policies[policy.id] = policy


def _set_policy(state: State, item: Change) -> None:
    """`environments` is the whole list; `status: Provisioning` with `then` and `reads` gets on by itself."""
    policies = state.tenant.platform.billing_policies
    policy = _found(policies, item, "billing_policy")
    state.before(policies, policy.id)
    for key in _OF_POLICY:
        if key in item:
            setattr(policy, key, item[key])
    policy.modified = now()


def _delete_policy(state: State, item: Change) -> None:
    policies = state.tenant.platform.billing_policies
    policy = _found(policies, item, "billing_policy")
    state.before(policies, policy.id)
    policy.deleted = True


def _set_package(state: State, item: Change) -> None:
    """`version` of the environment's own, `state`, `error`; without an environment `version` is the catalogue's."""
    catalogue = state.tenant.platform.application_packages
    key = str(item["package"]).lower()
    if key not in catalogue:
        raise ChangeError(f"no application package {item['package']!r}")
    if "environment" not in item:
        state.before(catalogue, key)
        catalogue[key].version = str(item["version"])
        return
    environment = environment_of(state, item)
    _of_environment(state, environment, key, item)


def _of_environment(state: State, environment: Environment, key: str, item: Change) -> None:
    name = state.tenant.platform.application_packages[key].name
    if item.get("state") not in (None, *PACKAGE_STATES):
        raise ChangeError(f"state must be one of {', '.join(PACKAGE_STATES)}: {item!r}")
    state.before(environment.packages, key)
    held = environment.packages.get(key)
    if held is None:
        held = installed_from_dict({"name": name}, "change")
        environment.packages[key] = held
    for attribute in ("version", "state", "error"):
        if attribute in item:
            setattr(held, attribute, item[attribute])


def _add_group(state: State, item: Change) -> None:
    groups = state.tenant.platform.environment_groups
    group = group_from_dict(item["environment_group"], names_of(state.tenant))
    state.before(groups, group.id)
    groups[group.id] = group


def _set_group(state: State, item: Change) -> None:
    groups = state.tenant.platform.environment_groups
    group = _found(groups, item, "environment_group")
    state.before(groups, group.id)
    for key in _OF_GROUP:
        if key in item:
            setattr(group, key, item[key])
    group.modified = now()


def _delete_group(state: State, item: Change) -> None:
    groups = state.tenant.platform.environment_groups
    group = _found(groups, item, "environment_group")
    state.before(groups, group.id)
    group.deleted = True


def _put_assignment(state: State, item: Change) -> None:
    assignments = state.tenant.platform.role_assignments
    data: Change = {key: item[key] for key in ("principal", "role", "scope") if key in item}
    assignment = assignment_from_dict(data, names_of(state.tenant), state.tenant.id)
    state.before(assignments, assignment.id)
    assignments[assignment.id] = assignment


def _delete_assignments(state: State, item: Change) -> None:
    """Every role of the principal, wherever it has it."""
    principal = principal_of(state, str(item["principal"]))
    assignments = state.tenant.platform.role_assignments
    for key, assignment in assignments.items():
        if assignment.principal == principal and not assignment.deleted:
            state.before(assignments, key)
            assignment.deleted = True


def _set_avepoint_client(state: State, item: Change) -> None:
    clients: dict[str, AvePointClient] = state.tenant.platform.avepoint.clients
    wanted = str(item["client"]).lower()
    client = clients.get(wanted) or next((c for c in clients.values() if c.name.lower() == wanted), None)
    if client is None:
        raise ChangeError(f"no AvePoint client {item['client']!r}")
    state.before(clients, client.client_id)
    for key in _OF_AVEPOINT_CLIENT:
        if key in item:
            setattr(client, key, item[key])


HANDLERS: dict[str, Callable[[State, Change], None]] = {
    "add_billing_policy": _add_policy,
    "set_billing_policy": _set_policy,
    "delete_billing_policy": _delete_policy,
    "set_package": _set_package,
    "add_environment_group": _add_group,
    "set_environment_group": _set_group,
    "delete_environment_group": _delete_group,
    "put_role_assignment": _put_assignment,
    "delete_role_assignments": _delete_assignments,
    "set_avepoint_client": _set_avepoint_client,
}

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds. Imported by what handles many of them at once, never by a module of one kind."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, AnyKind, InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import (
    access_info,
    application_package,
    application_package_info,
    avepoint_connection_info,
    billing_policy,
    billing_policy_info,
    connection,
    connection_info,
    connection_role,
    connector_info,
    custom_connector,
    custom_connector_info,
    custom_connector_role,
    environment_info,
    flow,
    flow_callback_url_info,
    flow_info,
    flow_owners,
    flow_run,
    flow_run_info,
    flow_run_only_users,
    flow_state,
    login_info,
    management_application,
    management_application_info,
    power_platform_action,
    power_platform_resource,
    power_platform_resource_info,
    powerapp,
    powerapp_info,
    powerapp_role,
)

KINDS: dict[str, AnyKind] = {
    kind.name: kind
    for kind in (
        application_package.KIND,
        billing_policy.KIND,
        connection.KIND,
        connection_role.KIND,
        custom_connector.KIND,
        custom_connector_role.KIND,
        flow.KIND,
        flow_owners.KIND,
        flow_run_only_users.KIND,
        flow_state.KIND,
        management_application.KIND,
        power_platform_resource.KIND,
        powerapp.KIND,
        powerapp_role.KIND,
    )
}
INFO_KINDS: dict[str, InfoKind] = {
    kind.name: kind
    for kind in (
        access_info.KIND,
        application_package_info.KIND,
        avepoint_connection_info.KIND,
        billing_policy_info.KIND,
        connection_info.KIND,
        connector_info.KIND,
        custom_connector_info.KIND,
        environment_info.KIND,
        flow_callback_url_info.KIND,
        flow_run_info.KIND,
        flow_info.KIND,
        login_info.KIND,
        management_application_info.KIND,
        power_platform_resource_info.KIND,
        powerapp_info.KIND,
    )
}
# What is done once. No bulk call takes it, and no audit.
ACTION_KINDS: dict[str, ActionKind] = {kind.name: kind for kind in (flow_run.KIND, power_platform_action.KIND)}

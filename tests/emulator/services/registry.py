# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of the emulator, by the names that hosts and paths lead to. A later service adds its line here."""

from __future__ import annotations

from collections.abc import Callable

from ..clouds import (
    AVEPOINT,
    AVEPOINT_LOGIN,
    BAP,
    DATAVERSE,
    FLOW,
    GRAPH,
    LOGIN,
    MANAGED_IDENTITY,
    POWER_PLATFORM,
    POWERAPPS,
)
from ..world import World
from .avepoint import AvePoint
from .avepoint_login import AvePointLogin
from .bap import Bap
from .base import Service
from .dataverse import Dataverse
from .flow import FlowService
from .graph import Graph
from .login import Login
from .managed_identity import ManagedIdentity
from .power_platform import PowerPlatform
from .powerapps import PowerApps

SERVICES: dict[str, Callable[[World], Service]] = {
    LOGIN: Login,
    MANAGED_IDENTITY: ManagedIdentity,
    BAP: Bap,
    POWERAPPS: PowerApps,
    FLOW: FlowService,
    GRAPH: Graph,
    POWER_PLATFORM: PowerPlatform,
    DATAVERSE: Dataverse,
    AVEPOINT: AvePoint,
    AVEPOINT_LOGIN: AvePointLogin,
}

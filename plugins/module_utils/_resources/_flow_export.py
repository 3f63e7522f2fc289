# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud flow that is there as options that declare its definition. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Exported, Plan
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_public import public_definition

_NAMED = 5


def exported_flow(plan: Plan[Any]) -> Exported:
    """A flow with its definition and its connections. A definition with a secret in it is none to keep in git."""
    definition, references = plan.content.get("definition"), plan.content.get("connection_references")
    if definition is None:
        return Exported(None, undeclarable=("Nobody shows its definition to this identity; its owners see it.",))
    hidden: list[str] = []
    shown = public_definition(definition, hidden)
    if hidden:
        more = " and more" if len(hidden) > _NAMED else ""
        return Exported(None, undeclarable=(f"Its definition holds secrets: {', '.join(hidden[:_NAMED])}{more}.",))
    if references is None:
        return Exported(None, undeclarable=("The service lists its connections without their names.",))
    return Exported({**plan.before, "definition": shown, "connection_references": references})

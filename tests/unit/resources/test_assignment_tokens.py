# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that does not say who runs, or in which tenant: nobody is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    DesiredAssignments,
    as_assignment,
)
from tests.unit.engine.conftest import declared
from tests.unit.resources.declaring import IDS, KIND, SELF, TARGET, TENANT_ID, by_id, record


def bound(caller: Caller, **options: Any) -> DesiredAssignments:
    declaration = KIND.parse(declared(KIND, environment="env", app="app-id", **options))
    return KIND.bind(declaration, TARGET, by_id, caller)


def test_everyone_in_an_unknown_tenant_is_nobody() -> None:
    with pytest.raises(TokenError, match="of which tenant"):
        bound(Caller("", SELF, "", "application"), everyone=True, role="CanView")


def test_an_unknown_identity_cannot_be_protected_unasked() -> None:
    unknown = Caller(TENANT_ID, "", "", "application")
    with pytest.raises(GuardError, match="who runs"):
        bound(unknown, assignments=[], exclusive=True)
    assert bound(unknown, assignments=[], exclusive=True, protected_principals=[]).protected == frozenset()
    assert bound(unknown, assignments=[], exclusive=True, protected_principals=[IDS[1]]).protected == {IDS[1]}


def test_a_principal_without_an_id_goes_by_the_name_of_its_assignment_not_by_its_tenant() -> None:
    keys = {as_assignment(record(name, "CanView", {"type": "User", "tenantId": TENANT_ID})).key for name in IDS[:2]}
    assert keys == set(IDS[:2])

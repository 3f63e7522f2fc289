# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that does not say who runs, or in which tenant: nobody is guessed."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    as_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind
from tests.unit.resources.declaring import IDS, ROLE_KINDS, SELF, TENANT_ID, bound, record


@pytest.fixture(params=ROLE_KINDS, ids=[kind.name for kind in ROLE_KINDS])
def kind(request: pytest.FixtureRequest) -> AssignmentKind:
    found: AssignmentKind = request.param
    return found


def test_everyone_in_an_unknown_tenant_is_nobody(kind: AssignmentKind) -> None:
    with pytest.raises(TokenError, match="of which tenant"):
        bound(kind, {"everyone": True, "role": "CanView"}, Caller("", SELF, "", "application"))


def test_an_unknown_identity_cannot_be_protected_unasked(kind: AssignmentKind) -> None:
    unknown = Caller(TENANT_ID, "", "", "application")
    nobody_else = {"assignments": [], "exclusive": True}
    with pytest.raises(GuardError, match="who runs"):
        bound(kind, nobody_else, unknown)
    for protected in ([], [IDS[1]]):
        wanted = {**nobody_else, "protected_principals": protected}
        assert bound(kind, wanted, unknown).protected == frozenset(protected)


def test_a_principal_without_an_id_goes_by_the_name_of_its_assignment_not_by_its_tenant() -> None:
    keys = {as_assignment(record(name, "CanView", {"type": "User", "tenantId": TENANT_ID})).key for name in IDS[:2]}
    assert keys == set(IDS[:2])

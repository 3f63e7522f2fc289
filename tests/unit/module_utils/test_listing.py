# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a name that leads nowhere."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _listing
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnknownReferenceError
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing, Names, unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Thing


def missing(listing: Listing, wanted: str, *, by_id: bool = False) -> UnknownReferenceError:
    found = listing.find("environment", wanted, by_id=by_id, where="the tenant")
    assert isinstance(found, UnknownReferenceError)
    return found


def listing(*names: str) -> Listing:
    return Listing(Thing(str(number), name, {}) for number, name in enumerate(names))


def test_similar_names_are_told_best_first() -> None:
    error = missing(listing("Sales", "Finance Sandbox", "Finance Production", ""), "finance prodution")
    assert error.remedy.startswith("Check the spelling")
    assert error.remedy.endswith(
        "In check mode, what an earlier task would have created is not there yet. Similar: 'Finance Production'."
    )
    assert error.remedy.count("Similar") == 1
    assert str(error).endswith("Similar: 'Finance Production'.")


def test_their_order_does_not_matter() -> None:
    """Two views of one tenant list it in different orders."""
    names = ("Finance", "finance", "FINANCE")
    assert missing(listing(*names), "Financ").remedy == missing(listing(*reversed(names)), "Financ").remedy


def test_at_most_three_are_told() -> None:
    remedy = missing(listing("Test 1", "Test 2", "Test 3", "Test 4"), "Test 9").remedy
    assert remedy.partition("Similar: ")[2].count("'Test ") == 3


@pytest.mark.parametrize(("wanted", "by_id"), [("Fabrikam", False), ("Finance Prodution", True), ("F" * 300, False)])
def test_nothing_is_said_without_a_candidate(wanted: str, by_id: bool) -> None:
    names = listing("Finance Production", "F" * 299)
    assert "Similar" not in missing(names, wanted, by_id=by_id).remedy
    assert "Similar" not in unknown("environment", wanted, "the tenant").remedy


def test_what_cannot_be_seen_in_a_name_is_shown() -> None:
    remedy = missing(listing("Fin\x1b[31mance\n\u202e"), "Finance").remedy
    assert remedy.endswith(r"Similar: 'Fin\x1b[31mance\n\u202e'.")


def test_names_of_what_is_not_in_the_listing_count() -> None:
    assert missing(Listing((), names=Names(["Payroll"])), "Payrol").remedy.endswith("Similar: 'Payroll'.")


def test_thousands_of_wrong_names_do_not_compare_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_listing, "_COMPARED", 4)
    names = listing("Payroll", "Sales")
    unread = missing(names, "Payrol")
    told = ["Similar" in missing(names, "Payrol").remedy for _time in range(3)]
    assert told == [True, True, False]
    assert "Similar" not in unread.remedy

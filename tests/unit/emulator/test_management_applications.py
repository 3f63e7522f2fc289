# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Management applications (powerapps-admin.md 4.4)."""

from __future__ import annotations

from pathlib import Path

from tests.emulator import tenant_file
from tests.emulator.control import Emulator

from .api import ADMIN, BAP, Api

TOOL = "c1000000-0000-4000-8000-000000000002"
RUNNER = "c1000000-0000-4000-8000-000000000001"
STRANGER = "c1000000-0000-4000-8000-0000000000ee"
ROOT = f"{BAP}/adminApplications"


def registered(api: Api, client: str = "delegated") -> list[str]:
    return [item["applicationId"] for item in api.get("bap", ROOT, client=client, version="2020-06-01").json()["value"]]


def test_a_registered_application_reads_but_does_not_register(emulator: Emulator, api: Api) -> None:
    assert registered(api, "runner") == registered(api, "delegated")
    assert api.get("bap", f"{ROOT}/{RUNNER}").json() == {"applicationId": RUNNER}
    for method in ("PUT", "DELETE"):
        refused = api("bap", method, f"{ROOT}/{RUNNER}")
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (403, "ServicePrincipalNotAllowed")
        assert "service principal" in error["message"]
    assert api.get("bap", ROOT, client="unregistered").status_code == 403
    assert api.get("bap", ROOT, client="maker").status_code == 403
    assert api("bap", "PUT", f"{ROOT}/{TOOL}", client="maker").status_code == 403
    assert [item["effect"] for item in emulator.log(writes=True)] == [False] * 3


def test_an_application_that_is_no_client_is_kept_too(emulator: Emulator, api: Api, tmp_path: Path) -> None:
    missing = api.get("bap", f"{ROOT}/{STRANGER}", client="delegated")
    assert missing.status_code == 404
    form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0"}
    made = api("bap", "PUT", f"{ROOT}/{STRANGER.upper()}", client="delegated", version="2020-06-01", headers=form)
    assert (made.status_code, made.json()) == (200, {"applicationId": STRANGER})
    assert STRANGER in registered(api)
    assert emulator.tenant()["tenant"]["management_applications"] == [STRANGER]
    saved = tmp_path / "after.yml"
    emulator.save(saved)
    assert tenant_file.load(saved).management_applications == [STRANGER]
    for _unused in range(2):
        gone = api("bap", "DELETE", f"{ROOT}/{STRANGER}", client="delegated", version="2020-06-01")
        assert (gone.status_code, gone.content) == (204, b"")
        assert STRANGER not in registered(api)


def test_a_registration_counts_on_every_service_at_once(api: Api) -> None:
    path = f"{ADMIN}/connections"
    assert api.get("powerapps", path, client="unregistered").status_code == 403
    api("bap", "PUT", f"{ROOT}/{TOOL}", client="delegated")
    assert api.get("powerapps", path, client="unregistered").status_code == 200
    api("bap", "DELETE", f"{ROOT}/{TOOL}", client="delegated")
    assert api.get("powerapps", path, client="unregistered").status_code == 403

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application with its client secret."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.confidential import (
    Application,
    ConfidentialLogin,
)


class SecretLogin(ConfidentialLogin):
    """Logs in with `client_secret`."""

    label = "client secret"

    def __init__(self, application: Application, client_secret: str) -> None:
        super().__init__(application, (client_secret,))
        self._secret = client_secret

    def credential(self) -> object:
        """The secret as it is."""
        return self._secret

    def evidence(self) -> tuple[str, ...]:
        """The secret itself."""
        return (self._secret,)

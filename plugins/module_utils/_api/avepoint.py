# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AvePoint's Graph API: what EnPower reports of the Power Platform (contract: avepoint.md, 3 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, AVEPOINT, Operation

LIST_CONNECTIONS = Operation(
    name="Retrieve-ConnectionsDetails",
    service=AVEPOINT,
    method="GET",
    path="/smp/powerplatform/connections",
    tokens=frozenset({APPLICATION}),
    permission=(
        "an app registration in AvePoint Online Services with the service EnPower and its permission "
        "enpower.data.read.all"
    ),
    contract="avepoint.md 3",
    list_key="connections",
    page_key="top",
)


def list_connections(client: Client, *, tenant: str, page_size: int) -> Iterator[Json]:
    """The rows of the report, of one tenant or ("") of all. Its totalCount is never asked about the end."""
    return client.items(LIST_CONNECTIONS, query={"tenant": tenant} if tenant else {}, page_size=page_size)

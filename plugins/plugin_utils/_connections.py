# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of many rows of connections a term means, whoever listed them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    PowerPlatformError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Names, unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_keys import JOIN_KEY
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import is_connection_id
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_environment_id


def find_connection(rows: Sequence[Json], term: str, where: str) -> Json | PowerPlatformError:
    """The one connection with this id, `join_key` or display name, or the error that says why there is none.

    An id says nothing of connector and environment, in which another connection may have it too: whoever makes a
    connection chooses its id. What can only be an id or a key is never a name.
    """
    known = {row[JOIN_KEY]: row for row in rows}.values()  # pages shift, and some listings overlap
    names: Names | None = None
    hits = [row for row in known if same_text(term, row[JOIN_KEY]) or same_text(term, row["connection"])]
    if not hits and not is_connection_id(term) and not _is_key(term):
        alike = [row for row in known if same_text(term, row["connection_display_name"])]
        hits = [row for row in alike if row["connection_display_name"] == term] or alike
        names = Names(row["connection_display_name"] for row in known)
    if len(hits) > 1:
        named = [(row[JOIN_KEY], row["connection_display_name"]) for row in hits]
        return AmbiguousReferenceError("connection", term, named, id_option="the term, as it stands in this list")
    return hits[0] if hits else unknown("connection", term, where, names)


def _is_key(term: str) -> bool:
    """Whether a text can only be a `join_key`."""
    environment, _slash, rest = term.partition("/")
    return "/" in rest and is_environment_id(environment)

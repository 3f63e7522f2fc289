# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the standard (SARIF 2.1.0, by section) requires of the objects that a drift report is made of, as a JSON schema.

Its own schema is not part of this repository. Closed here: a property that is not in the list is one to look up first.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
INDEX: Schema = {"type": "integer", "minimum": 0}
BAG: Schema = {"type": "object"}  # 3.8


def closed(required: tuple[str, ...], **properties: Schema) -> Schema:
    """An object with these properties, and no other."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items: Schema, **limits: Any) -> Schema:
    """An array of these."""
    return {"type": "array", "items": items, **limits}


MESSAGE = closed(("text",), text={**TEXT, "minLength": 1})  # 3.11, 3.12
LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
KIND: Schema = {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]}  # 3.27.9
RULE = closed(  # 3.49
    ("id", "shortDescription", "fullDescription"),
    id=TEXT,
    name=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed((), level=LEVEL),  # 3.50
    properties=BAG,
)
ARTIFACT = closed(  # 3.4: a relative reference of RFC 3986, without what would lead out of its base
    ("uri", "uriBaseId"),
    uri={"type": "string", "pattern": r"^(?!/|\.\./)[A-Za-z0-9\-._~/%!$&'()*+,;=@]+$"},
    uriBaseId=TEXT,
)
LOCATION = closed(  # 3.28
    ("logicalLocations",),
    physicalLocation=closed(  # 3.29, 3.30: lines are counted from 1
        ("artifactLocation",),
        artifactLocation=ARTIFACT,
        region=closed(("startLine",), startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=listed(closed(("fullyQualifiedName",), fullyQualifiedName=TEXT, kind=TEXT), minItems=1),  # 3.33
)
SUPPRESSION = closed(  # 3.35
    ("kind",),
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=TEXT,
    properties=BAG,
)
RESULT: Schema = {
    **closed(  # 3.27
        ("message", "ruleId", "ruleIndex", "partialFingerprints"),
        ruleId=TEXT,
        ruleIndex=INDEX,
        kind=KIND,
        level=LEVEL,
        message=MESSAGE,
        locations=listed(LOCATION, maxItems=1),  # 3.27.12: several only where all have to be changed
        partialFingerprints={"type": "object", "additionalProperties": TEXT, "minProperties": 1},  # 3.27.17
        suppressions=listed(SUPPRESSION, uniqueItems=True),  # 3.27.23
        properties=BAG,
    ),
    # 3.27.9, 3.27.10: what is no failure has no level
    "if": {"properties": {"kind": {"not": {"const": "fail"}}}},
    "then": {"properties": {"level": {"const": "none"}}},
    "else": {"properties": {"level": {"not": {"const": "none"}}}},
}
INVOCATION = closed(  # 3.20
    ("executionSuccessful",),
    executionSuccessful={"type": "boolean"},
    endTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},  # 3.9
    toolExecutionNotifications=listed(closed(("message",), message=MESSAGE, level=LEVEL)),  # 3.58
)
RUN = closed(  # 3.14
    ("tool", "results"),
    tool=closed(  # 3.18, 3.19
        ("driver",),
        driver=closed(("name",), name=TEXT, informationUri=TEXT, rules=listed(RULE, uniqueItems=True)),
    ),
    automationDetails=closed((), id=TEXT),  # 3.17
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
    originalUriBaseIds={"type": "object", "additionalProperties": closed((), uri=TEXT, description=MESSAGE)},  # 3.14.14
    invocations=listed(INVOCATION),
    results=listed(RESULT),
    properties=BAG,
)
LOG = closed(  # 3.13
    ("version", "runs"),
    **{"$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"}, "runs": listed(RUN)},
)

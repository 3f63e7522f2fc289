# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From people, groups and applications as they are written to object ids, through Microsoft Graph (contract: graph.md).

Everything that a run needs is asked for at once and in batches; object ids are never looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import graph
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import retry_after
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    IncompleteListingError,
    PermissionDeniedError,
    PowerPlatformError,
    ServiceError,
    ThrottledError,
    UnknownPrincipalError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    ACTIVE,
    DISABLED,
    ENABLED,
    GONE,
    GROUP,
    SERVICE_PRINCIPAL,
    SOFT_DELETED,
    USER,
    Principal,
    PrincipalReference,
)

# Without advanced query parameters Graph takes 15 alternatives in one filter (contract 6).
_ALTERNATIVES = 15
_BATCH_ATTEMPTS = 6
_DEFAULT_WAIT = 10.0
_LONGEST_WAIT = 300.0
_TRANSIENT = (429, 503, 504)

# The type of a principal, its name without case, and the fields to look it up by: what one question is about.
_Name = tuple[str, str, tuple[str, ...]]
_Query = Callable[[str, Sequence[str]], str]
_QUERIES: dict[str, _Query] = {
    USER: graph.users_in,
    GROUP: graph.groups_in,
    SERVICE_PRINCIPAL: graph.service_principals_in,
}


class Directory:
    """The look-ups of one run in Microsoft Graph. Each name is asked for once, wherever it is written."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: dict[_Name, list[Json] | PowerPlatformError] = {}

    def principal(self, reference: PrincipalReference) -> Principal:
        """What a reference means. Raises what `prefetch` found wrong with it."""
        found = self._found[_name(reference)]
        if isinstance(found, PowerPlatformError):
            raise found
        return _decide(reference, found)

    def prefetch(self, references: Iterable[PrincipalReference]) -> None:
        """Looks up all that are not object ids: by the first field, what is left by the second. Failures are kept."""
        wanted = {_name(item): item for item in references if item.fields and _name(item) not in self._found}
        memory = self._client.memory
        if memory is not None:
            for name in list(wanted):
                records = memory.principal(name)
                if records is not None:
                    self._found[name] = list(records)
                    del wanted[name]
        try:
            for depth in range(max((len(reference.fields) for reference in wanted.values()), default=0)):
                asked = sorted(
                    (item for name, item in wanted.items() if depth < len(item.fields) and name not in self._found),
                    key=lambda item: (item.type, item.fields[depth], item.value),
                )
                for reference, hits in self._hits(asked, depth):
                    if hits or depth == len(reference.fields) - 1:
                        self._found[_name(reference)] = hits
                        if memory is not None and isinstance(hits, list):
                            memory.note_principal(_name(reference), hits)
        except PowerPlatformError as error:
            self._found.update(dict.fromkeys(wanted.keys() - self._found.keys(), error))

    def states(self, object_ids: Iterable[str], names: dict[str, Json] | None = None) -> dict[str, str]:
        """ACTIVE, SOFT_DELETED or GONE for each object id, in lower case (contract 11.2). An error is no state.

        names: as of `accounts`.
        """
        return self._states(object_ids, {}, {} if names is None else names)

    def accounts(self, object_ids: Iterable[str], names: dict[str, Json] | None = None) -> dict[str, str]:
        """ENABLED or DISABLED in place of ACTIVE; what is no user and has no account counts as enabled.

        names: takes the records of those that the directory described on the way, which hold their names.
        PermissionDeniedError when the directory hides whether an account is enabled.
        """
        enabled: dict[str, bool] = {}
        states = self._states(object_ids, enabled, {} if names is None else names)
        # Microsoft Graph may leave the field out of an answer about many (contract 5).
        silent = [key for key, state in states.items() if state == ACTIVE and key not in enabled]
        for key, answer in zip(silent, self._batches([graph.account(key) for key in silent]), strict=True):
            if _is_absent(answer):
                continue
            if answer["status"] != 200:
                raise _refused(answer)
            _note_account(enabled, key, answer["body"])
            if key not in enabled:
                raise PermissionDeniedError(
                    f"Microsoft Graph does not tell whether the account of {key} is enabled.",
                    status=200,
                    operation=graph.BATCH.name,
                    remedy=f"Grant the application {graph.LIST_USERS.permission}, or leave owner states out.",
                )
        words = {True: ENABLED, False: DISABLED}
        return {key: words[enabled.get(key, True)] if state == ACTIVE else state for key, state in states.items()}

    def _states(self, object_ids: Iterable[str], enabled: dict[str, bool], names: dict[str, Json]) -> dict[str, str]:
        """The states; what answers say of accounts and names by the way goes to `enabled` and `names`."""
        wanted = sorted({object_id.lower() for object_id in object_ids})
        states = dict.fromkeys(wanted, GONE)
        try:
            for start in range(0, len(wanted), graph.IDS_A_CALL):
                for record in graph.get_by_ids(self._client, wanted[start : start + graph.IDS_A_CALL]):
                    states[record["id"].lower()] = ACTIVE
                    names[record["id"].lower()] = record
                    _note_account(enabled, record["id"].lower(), record)
        except PermissionDeniedError:
            self._mark(states, wanted, graph.directory_object, ACTIVE, names)
        missing = [object_id for object_id in wanted if states[object_id] != ACTIVE]
        self._mark(states, missing, graph.deleted_item, SOFT_DELETED, {})
        return states

    def _mark(
        self,
        states: dict[str, str],
        object_ids: Sequence[str],
        url: Callable[[str], str],
        state: str,
        names: dict[str, Json],
    ) -> None:
        answers = self._batches([url(object_id) for object_id in object_ids])
        for object_id, answer in zip(object_ids, answers, strict=True):
            if _is_absent(answer):
                continue
            if answer["status"] != 200:
                raise _refused(answer)
            if str(answer["body"].get("id")).lower() != object_id:
                raise UnreadableAnswerError(f"Microsoft Graph answered a look-up of {object_id} without the object.")
            states[object_id] = state
            names[object_id] = answer["body"]

    def _hits(
        self, asked: Sequence[PrincipalReference], depth: int
    ) -> Iterable[tuple[PrincipalReference, list[Json] | PowerPlatformError]]:
        """What each reference may mean, or why nobody can tell; one that is refused does not hide the others."""
        chunks = list(_chunks(asked, depth))
        urls = [_QUERIES[chunk[0].type](chunk[0].fields[depth], [item.value for item in chunk]) for chunk in chunks]
        for chunk, answer in zip(chunks, self._batches(urls), strict=True):
            try:
                records = _records(answer, chunk)
            except PowerPlatformError as error:
                yield from ((reference, error) for reference in chunk)
                continue
            for reference in chunk:
                field = reference.fields[depth]
                yield reference, [record for record in records if _holds(record.get(field), reference.value)]

    def _batches(self, urls: Sequence[str]) -> list[Json]:
        """Answers to any number of GETs, in order. Items that were throttled are asked again, the others are not."""
        answers: dict[int, Json] = {}
        pending = list(range(len(urls)))
        for attempt in range(_BATCH_ATTEMPTS):
            for start in range(0, len(pending), graph.BATCH_SIZE):
                numbers = pending[start : start + graph.BATCH_SIZE]
                batch = graph.batch(self._client, [urls[number] for number in numbers])
                answers.update(zip(numbers, batch, strict=True))
            pending = [number for number in pending if answers[number]["status"] in _TRANSIENT]
            if not pending:
                break
            if attempt < _BATCH_ATTEMPTS - 1:
                self._client.wait(max(_retry_after(answers[number]) for number in pending))
        return [answers[number] for number in range(len(urls))]


def _chunks(asked: Sequence[PrincipalReference], depth: int) -> Iterable[list[PrincipalReference]]:
    """Neighbours that one filter can ask for together."""
    chunk: list[PrincipalReference] = []
    for reference in asked:
        alike = chunk and (chunk[0].type, chunk[0].fields[depth]) == (reference.type, reference.fields[depth])
        if chunk and (not alike or len(chunk) == _ALTERNATIVES or reference.fields[depth] == graph.PROXY_ADDRESSES):
            yield chunk
            chunk = []
        chunk.append(reference)
    if chunk:
        yield chunk


def _records(answer: Json, asked: Sequence[PrincipalReference]) -> list[Json]:
    """All that one look-up found. Raises what keeps it from being told."""
    if answer["status"] != 200:
        raise _refused(answer)
    records = graph.principals(answer["body"])
    if answer["body"].get("@odata.nextLink"):
        raise IncompleteListingError(
            f"Microsoft Graph knows too many principals named {', '.join(item.value for item in asked)}.",
            remedy="Give their object ids.",
        )
    return records


def _is_absent(answer: Json) -> bool:
    """Whether there is no such object (contract 3). Other codes say something else, and an answer without one may come
    from what stands in between."""
    error = answer["body"].get("error")
    return answer["status"] == 404 and isinstance(error, dict) and error.get("code") == graph.NO_OBJECT


def _note_account(enabled: dict[str, bool], object_id: str, record: Json) -> None:
    if isinstance(record.get("accountEnabled"), bool):
        enabled[object_id] = record["accountEnabled"]


def _holds(field: object, value: str) -> bool:
    if isinstance(field, list):
        return any(str(entry).casefold().removeprefix("smtp:") == value.casefold() for entry in field)
    return str(field or "").casefold() == value.casefold()


def _name(reference: PrincipalReference) -> _Name:
    return (reference.type, reference.value.casefold(), reference.fields)


def _decide(reference: PrincipalReference, hits: Sequence[Json]) -> Principal:
    if len(hits) > 1:
        candidates = [(hit["id"], hit.get("displayName") or "") for hit in hits]
        raise AmbiguousReferenceError(reference.option, reference.value, candidates)
    if not hits:
        raise UnknownPrincipalError(
            reference.option,
            "Microsoft Graph knows no such principal.",
            value=reference.value,
            remedy="Check the spelling, or give its object id.",
        )
    hit = hits[0]
    return Principal(
        reference.type,
        hit["id"].lower(),
        hit.get("displayName") or "",
        hit.get("mail") or "",
        hit.get("securityEnabled"),
    )


def _retry_after(answer: Json) -> float:
    headers = answer.get("headers")
    told = headers if isinstance(headers, dict) else {}
    asked = retry_after({name.title(): str(value) for name, value in told.items()})
    return _DEFAULT_WAIT if asked is None else min(asked, _LONGEST_WAIT)


def _refused(answer: Json) -> ServiceError:
    """The error of one item of a batch, with the way out that needs no Graph permission."""
    error = answer["body"].get("error")
    if not isinstance(error, dict):
        error = {"message": error or ""}
    inner = error.get("innerError")
    if not isinstance(inner, dict):
        inner = {}
    ids = {name: str(inner[name]) for name in ("client-request-id", "request-id") if inner.get(name)}
    shown = f" ({', '.join(f'{name} {value}' for name, value in ids.items())})" if ids else ""
    status = int(answer["status"])
    kind = {403: PermissionDeniedError, 429: ThrottledError}.get(status, ServiceError)
    first = f"Grant the application {graph.BATCH.permission}" if status in (401, 403) else "Run again later"
    return kind(
        f"Microsoft Graph refused a look-up with {status} {error.get('code', '')}: {error.get('message', '')}{shown}",
        status=status,
        code=error.get("code", ""),
        service_message=error.get("message", ""),
        operation=graph.BATCH.name,
        correlation=ids,
        remedy=f"{first}, or give object ids in place of names: they are used as they are, without Graph.",
    )

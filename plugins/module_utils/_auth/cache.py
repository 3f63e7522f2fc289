# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens that outlive a task, in a folder of their user's own: `token_cache_path`.

Only access tokens are kept, with their end; no refresh token, and nothing to log in with. A token is found by a keyed
digest of all that makes it another one (`LoginMethod.proof` and its audience), so that one secret never finds what
another one was given. Folder and files are refused when anybody else owns them or may open them, or when a link leads
to them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import hmac
import json
import math
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    MARGIN,
    AccessToken,
    access_token,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError

OPTION = "token_cache_path"
_TOKENS = "tokens.json"
_FRESH = "tokens.new"
_LOCK = "tokens.lock"
_FORM = 1
_LARGEST = 4_000_000
_POLL = 0.05
# Somebody else's login is not waited for longer than this.
_LONGEST_TURN = 30.0
_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_REMEDY = (
    "Find out who made it, then remove it or give another path. The folder must be this user's own with mode 0700, its "
    "files with mode 0600, and none of them a link."
)


class _Content(NamedTuple):
    """What the file holds. `salt`: of the digests, so that equal secrets look different in other files."""

    salt: str
    tokens: dict[str, tuple[str, float]]


class TokenCache:
    """The folder, for any number of threads and processes. `warnings`: what its user should be told, once."""

    def __init__(self, folder: str) -> None:
        self._folder = _absolute(folder)
        self.warnings: list[str] = []

    def find(self, proof: tuple[str, ...], audience: str) -> AccessToken | None:
        """As `Turn.find`, waiting for nobody: the file is replaced as a whole. Raises as `turn`."""
        folder = self._opened()
        try:
            return Turn(self, folder, self._folder, alone=False).find(proof, audience)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[Turn]:
        """The cache, held against everybody else, for whom nobody waits longer than `patience` seconds.

        Raises OptionError for a folder or file that cannot be trusted or opened.
        """
        folder = self._opened()
        try:
            lock = _own_file(folder, self._folder / _LOCK, os.O_RDWR | os.O_CREAT)
            try:
                patience = max(0.0, min(patience, _LONGEST_TURN))
                alone = _locked(lock, patience, self._folder / _LOCK)
                if not alone:
                    self.warn(
                        f"{OPTION}: another process held {self._folder / _LOCK} for {patience:.0f} s, so that what is "
                        "kept there was left as it was."
                    )
                yield Turn(self, folder, self._folder, alone=alone)
            finally:
                os.close(lock)
        finally:
            os.close(folder)

    def drop(self, proof: tuple[str, ...], audience: str, refused: AccessToken, patience: float) -> None:
        """Forget a token that a service refused. Raises as `turn`."""
        if proof:
            with self.turn(patience) as turn:
                turn.drop(proof, audience, refused)

    def warn(self, text: str) -> None:
        """Note what the user should be told."""
        if text not in self.warnings:
            self.warnings.append(text)

    def _opened(self) -> int:
        try:
            with contextlib.suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
            found = self._folder.lstat()
            if stat.S_ISLNK(found.st_mode):
                raise _refused(self._folder, "is a symbolic link")
            # What was looked at and what is opened need not be the same.
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | _OPEN)
        except OSError as error:
            raise _failed(self._folder, error) from None
        try:
            _check(self._folder, os.fstat(folder), stat.S_IFDIR)
        except OptionError:
            os.close(folder)
            raise
        return folder


class Turn:
    """The cache while nobody else uses it. `alone`: whether that is so; else nothing is written."""

    def __init__(self, cache: TokenCache, folder: int, path: Path, *, alone: bool) -> None:
        self._cache = cache
        self._folder = folder
        self._path = path / _TOKENS
        self._alone = alone

    def find(self, proof: tuple[str, ...], audience: str) -> AccessToken | None:
        """The token that the same login was given for the audience, unless it ends within five minutes."""
        content = self._read()
        text, expires_at = content.tokens.get(_key(content.salt, proof, audience), ("", 0.0))
        left = expires_at - time.time()
        return access_token(text, lifetime=left) if MARGIN < left < math.inf else None

    def keep(self, proof: tuple[str, ...], audience: str, token: AccessToken) -> None:
        """Keep a token, in place of the one before. That it cannot be kept is a warning: it is there to be used."""
        if not math.isfinite(token.expires_at):
            return
        content = self._read()
        content.tokens[_key(content.salt, proof, audience)] = (token.text, token.expires_at)
        self._write(content)

    def drop(self, proof: tuple[str, ...], audience: str, token: AccessToken) -> None:
        """Forget this token, and no other that may have taken its place."""
        content = self._read()
        key = _key(content.salt, proof, audience)
        if content.tokens.get(key, ("", 0.0))[0] == token.text:
            del content.tokens[key]
            self._write(content)

    def _read(self) -> _Content:
        try:
            file = _own_file(self._folder, self._path, os.O_RDONLY)
        except FileNotFoundError:
            return _Content(os.urandom(16).hex(), {})
        with os.fdopen(file, "rb") as opened:
            text = opened.read(_LARGEST + 1)
        content = _parsed(text)
        if content is None:
            self._cache.warn(f"{OPTION}: {self._path} held nothing that can be read, and was begun anew.")
            return _Content(os.urandom(16).hex(), {})
        return content

    def _write(self, content: _Content) -> None:
        if not self._alone:
            return
        ends = time.time() + MARGIN
        left = {
            key: {"access_token": text, "expires_at": end} for key, (text, end) in content.tokens.items() if end > ends
        }
        text = json.dumps({"form": _FORM, "salt": content.salt, "tokens": left})
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(_FRESH, dir_fd=self._folder)  # of a process that was ended while it wrote
            file = os.open(_FRESH, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600, dir_fd=self._folder)
            with os.fdopen(file, "w", encoding="ascii") as opened:
                opened.write(text)
                opened.flush()
                os.fsync(opened.fileno())
            # Replaced, not rewritten: whoever is ended here leaves the old file, not half a one.
            os.replace(_FRESH, _TOKENS, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            os.fsync(self._folder)
        except OSError as error:
            self._cache.warn(f"{OPTION}: {self._path} could not be written: {error.strerror or error}.")


def _absolute(folder: str) -> Path:
    """The folder. A relative one would be made in whatever folder the module runs, where nobody expects secrets."""
    try:
        path = Path(folder).expanduser()
    except RuntimeError:  # the home folder of nobody
        path = Path(folder)
    if not path.is_absolute() or "\0" in folder:
        raise OptionError(
            OPTION,
            "is no absolute path.",
            value=folder,
            remedy="Begin it with / or, for the home folder of the user who runs the module, with ~/.",
        )
    return path


def _key(salt: str, proof: tuple[str, ...], audience: str) -> str:
    return hmac.new(salt.encode(), json.dumps([*proof, audience]).encode(), hashlib.sha256).hexdigest()


def _parsed(text: bytes) -> _Content | None:
    """What the text holds; None when it is nothing that was written here."""
    if len(text) > _LARGEST:
        return None
    try:
        found: Any = json.loads(text)
        if found["form"] != _FORM:
            return None
        rows = {
            str(key): (_text(entry["access_token"]), float(entry["expires_at"]))
            for key, entry in found["tokens"].items()
        }
        return _Content(_text(found["salt"]), rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not value:
        raise ValueError
    return value


def _locked(file: int, patience: float, path: Path) -> bool:
    """Whether the lock could be had in time. It is given back when the file is closed, and when the process ends."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise _failed(path, error) from None
            if time.monotonic() >= until:
                return False
        time.sleep(_POLL)


def _own_file(folder: int, path: Path, flags: int) -> int:
    """A file of the folder, opened. Raises FileNotFoundError, or OptionError when it cannot be trusted or opened."""
    try:
        file = os.open(path.name, flags | _OPEN, 0o600, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _refused(path, "is a symbolic link") from None
        raise _failed(path, error) from None
    try:
        _check(path, os.fstat(file), stat.S_IFREG)
    except OptionError:
        os.close(file)
        raise
    return file


def _check(path: Path, found: os.stat_result, kind: int) -> None:
    if stat.S_IFMT(found.st_mode) != kind:
        raise _refused(path, "is no folder" if kind == stat.S_IFDIR else "is no file")
    if found.st_uid != os.geteuid():
        raise _refused(path, f"belongs to another user (id {found.st_uid}, not {os.geteuid()})")
    if found.st_mode & 0o077:
        raise _refused(path, f"has the mode {stat.S_IMODE(found.st_mode):04o}, which lets others in")
    if kind == stat.S_IFREG and found.st_nlink > 1:
        raise _refused(path, "has a second name somewhere (a hard link)")


def _refused(path: Path, why: str) -> OptionError:
    return OptionError(OPTION, f"{path} {why}.", remedy=_REMEDY)


def _failed(path: Path, error: OSError) -> OptionError:
    if isinstance(error, NotADirectoryError):
        return _refused(path, "is no folder")
    return OptionError(
        OPTION,
        f"{path} cannot be used: {error.strerror or error}.",
        remedy="Give a folder of this user's own. It is made where it is missing, in a folder that has to be there.",
    )

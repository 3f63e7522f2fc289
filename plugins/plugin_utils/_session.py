# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What plugins log in with: the same options and the same client as modules, always read-only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Access, Login, open_client

_display = Display()


def settle_login(access: Access, get_option: Callable[[str], Any]) -> Login:
    """The login that the options of a plugin describe. Nothing is sent. Raises what `login` raises."""
    settings = access.login({name: get_option(name) for name in access.options}, os.environ)
    _display.vvv(settings.explanation)
    return settings


def read_only_client(settings: Login) -> Client:
    """A client that refuses to write."""
    return open_client(settings, read_only=True)


def check_boolean(name: str, value: Any) -> None:
    """OptionError for what is neither true nor false. Ansible takes any such option of a plugin for false."""
    try:
        boolean(value)
    except TypeError:
        raise OptionError(name, "it is neither true nor false.", value=value, remedy="Give true or false.") from None


def declared(info: InfoKind, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a question with its defaults, checked by its argument spec. OptionError for the first fault."""
    known = {name: value for name, value in options.items() if name in info.options and value is not None}
    checked = ArgumentSpecValidator(dict(info.options)).validate(known)
    if checked.error_messages:
        raise OptionError(info.name, checked.error_messages[0])
    found: dict[str, Any] = checked.validated_parameters
    return found


def warn(texts: Iterator[str] | list[str]) -> None:
    """Shows warnings as Ansible does."""
    for text in texts:
        _display.warning(text)


@contextmanager
def as_ansible_errors(error_type: type[AnsibleError] = AnsibleError) -> Iterator[None]:
    """Turns what goes wrong into Ansible's own errors, in the words of modules."""
    try:
        yield
    except MissingLibraryError as error:
        # Ansible would repeat the message of a cause that is worded otherwise.
        where = f"Install it where ansible-core runs, for its Python {sys.executable}."
        raise error_type(f"{error} {where}") from None
    except PowerPlatformError as error:
        raise error_type(str(error)) from error

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all lookups share: options, one login for all terms, and what is said of terms that fit nothing or too much."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, UnknownReferenceError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._session import (
    as_ansible_errors,
    auth_options,
    read_only_client,
)


class TenantLookup(LookupBase):  # type: ignore[misc]
    """A lookup whose terms name things of a tenant, each of which gives one answer in the order of the terms.

    own: the names of its options besides those of logging in. secret: whether its answers must not be shown.
    """

    own: Sequence[str] = ()

    def run(self, terms: Sequence[Any], variables: Any = None, **kwargs: Any) -> list[Any]:
        """One answer for each term. AnsibleLookupError for a term that fits nothing, unless a default is given."""
        self.set_options(var_options=variables, direct=kwargs)
        options = {name: self.get_option(name) for name in self.own}
        with as_ansible_errors(AnsibleLookupError):
            wanted = [_text(number, term) for number, term in enumerate(terms)]
            client = read_only_client(auth_options(self.get_option))
            return [self._answer(client, term, options) for term in self.prepared(client, wanted, options)]

    def prepared(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Sequence[str]:
        """The terms, once everything that they need together was asked for."""
        del client, options
        return terms

    @abstractmethod
    def find(self, client: Client, term: str, options: Mapping[str, Any]) -> Any:
        """The answer for one term. Raises UnknownReferenceError for none, AmbiguousReferenceError for several."""

    def _answer(self, client: Client, term: str, options: Mapping[str, Any]) -> Any:
        try:
            return self.find(client, term, options)
        except UnknownReferenceError:
            if "default" in self.own and options["default"] is not None:
                return options["default"]
            raise


def _text(number: int, term: Any) -> str:
    if not isinstance(term, str) or not term.strip():
        raise OptionError(f"term {number}", "it is no name and no id.", value=term, remedy="Give a text.")
    return term

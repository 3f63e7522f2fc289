# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the documentation site that are made from others: lists of modules, plugins and roles, the table of
permissions, and what the sidebar holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.tools.permissions import INTRODUCTION, NOTHING, Row, cells
from tests.tools.stage import ROOT

REPOSITORY: str = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
COLLECTION = "powerops.powerplatform"
# What antsibull-docs names its pages by, in the order in which plugins.rst has them.
PLUGIN_TYPES = ("lookup", "filter", "inventory", "callback")
_TITLE = re.compile(rf"^{re.escape(COLLECTION)}\.(?P<name>\w+) (?P<type>\w+) -- (?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page that antsibull-docs made of a module, a plugin or a role."""

    name: str
    type: str
    text: str

    @property
    def document(self) -> str:
        return f"/reference/{self.name}_{self.type}"

    @property
    def short(self) -> str:
        """For the sidebar. The names of plugins of different types may be equal."""
        return self.name if self.type in ("module", "role") else f"{self.name} {self.type}"

    @classmethod
    def of(cls, source: str) -> Page:
        match = _TITLE.search(source)
        if match is None:
            raise ValueError("no title of the form that antsibull-docs gives its pages")
        return cls(**match.groupdict())


def modules_page(pages: Iterable[Page]) -> str:
    introduction = """All of them but :doc:`avepoint_connection_info </reference/avepoint_connection_info_module>`,
which does not log in to Microsoft, are in the action group ``powerops.powerplatform.all``, so that
``module_defaults`` can set what they have in common once."""
    return _heading("Modules", "=") + f"{introduction}\n\n" + _listed([page for page in pages if page.type == "module"])


def plugins_page(pages: Sequence[Page]) -> str:
    introduction = """Plugins log in as modules do, with options in the call, in variables or in the environment, and
never write."""
    parts = [
        _heading(plugin_type.capitalize(), "-") + _listed([page for page in pages if page.type == plugin_type])
        for plugin_type in PLUGIN_TYPES
    ]
    return _heading("Plugins", "=") + f"{introduction}\n\n" + "\n".join(parts)


def roles_page(pages: Iterable[Page]) -> str:
    introduction = (
        """Each is a playbook, too, which runs by name: ``ansible-playbook powerops.powerplatform.converge``."""
    )
    return _heading("Roles", "=") + f"{introduction}\n\n" + _listed([page for page in pages if page.type == "role"])


def _listed(pages: Sequence[Page]) -> str:
    """A list for the reader, and the same for the sidebar."""
    pages = sorted(pages, key=lambda page: page.name)
    shown = "".join(f"* :doc:`{page.name} <{page.document}>`: {page.text}\n" for page in pages)
    return f"{shown}\n{_toctree({page.document: page.short for page in pages})}"


def variables_page(source: str) -> str:
    """The index of environment variables, which antsibull-docs calls complete. It knows only what plugins declare."""
    _introduction, mark, variables = source.partition(".. envvar::")
    if not mark:
        raise ValueError("no variable in the index of environment variables")
    introduction = """What the callback and the inventory plugin read. Those by which modules and plugins log in are
documented with :ansopt:`powerops.powerplatform.access_info#module:auth_method` and the options beside it."""
    return f":orphan:\n\n{_heading('Environment variables', '=')}{introduction}\n\n{mark}{variables}"


def sidebar(extra_docs: Mapping[str, Any]) -> str:
    """What the front page includes: the guides as extra-docs.yml has them, the reference, the project."""
    own = {
        "Reference": {
            "/modules": "",
            "/plugins": "",
            "/roles": "",
            "/permissions": "",
            "/reference/environment_variables": "",
        },
        "Project": {
            "/changelog": "Changelog",
            REPOSITORY: "Source code",
            f"{REPOSITORY}/tree/main/examples": "Examples",
            f"{REPOSITORY}/issues": "Issues",
        },
    }
    guides = {
        section["title"]: {f"/reference/docsite/{guide}": "" for guide in section["toctree"]}
        for section in extra_docs["sections"]
    }
    before = {title: pages for title, pages in guides.items() if title not in own}
    # Guides that are listed under a heading of ours stand below what is there.
    joined = before | {title: pages | guides.get(title, {}) for title, pages in own.items()}
    return "\n".join(_toctree(pages, caption=title) for title, pages in joined.items())


def _toctree(documents: Mapping[str, str], *, caption: str = "") -> str:
    """Shown in the sidebar only."""
    options = ["   :maxdepth: 1\n", "   :hidden:\n", f"   :caption: {caption}\n" if caption else ""]
    lines = [f"   {title} <{document}>\n" if title else f"   {document}\n" for document, title in documents.items()]
    return f".. toctree::\n{''.join(options)}\n{''.join(lines)}"


def permissions_page(modules: Mapping[str, Sequence[Row]]) -> str:
    """What docs/permissions.md says, in fewer columns: eight do not fit beside a sidebar."""
    parts = [_heading("Permissions", "="), INTRODUCTION.replace("`", "``")]
    for name, rows in modules.items():
        parts += ["\n", _heading(f":doc:`{name} </reference/{name}_module>`", "-"), _table(rows) or f"{NOTHING}\n"]
    return "".join(parts)


def _table(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    head = """.. list-table::
   :header-rows: 1
   :class: permissions
   :widths: 26 24 8 14 28

   * - Operation
     - When
     - Sends
     - Token
     - What the identity needs
"""
    return head + "".join(_line(row) for row in rows)


def _line(row: Row) -> str:
    view, when, service, operation, version, sends, token, permission = (_text(cell) for cell in cells(*row))
    where = f"{service}, {version}" if version else service
    views = {"": "", "both": "Both views: "}.get(view, f"{view}: ")
    return f"""   * - {operation}

       {where}
     - {views}{when}
     - {sends}
     - {token}
     - {permission}
"""


def _text(cell: str) -> str:
    """A cell of a table in Markdown as reStructuredText: code has two marks there, and everything else is plain."""
    parts = re.split(r"`([^`]*)`", cell)
    return "".join(f"``{part}``" if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_|`])", r"\\\1", text)


def _heading(text: str, mark: str) -> str:
    return f"{text}\n{mark * len(text)}\n\n"

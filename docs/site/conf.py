# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for `make docs`. tests/tools/docs_site.py puts the pages together and calls it."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).resolve().parents[2]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))

project = f"{GALAXY['namespace']}.{GALAXY['name']}"
release = version = GALAXY["version"]
project_copyright = "powerops contributors, GPL-3.0-or-later"
language = "en"

extensions = ["sphinx_antsibull_ext"]
# Its colours come from site.css, which follows the reader's choice of light or dark.
antsibull_ext_color_scheme = "none"
# The list of all pages that antsibull-docs makes; modules.rst, plugins.rst and roles.rst stand in its place.
exclude_patterns = ["reference/index.rst"]
nitpicky = True
# It would make dashes of the hyphens of options.
smartquotes = False

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options = {
    "source_repository": "",
    "footer_icons": [],
    "top_of_page_buttons": [],
}

# Where Ansible's own documentation has what our pages refer to. Sphinx would fetch its index; a build needs no net, so
# pages stand in this list, and modules, plugins and settings go by a rule, if the installed ansible-core has them.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "inventory_plugins": "plugins/inventory.html",
    "lookup_plugins": "plugins/lookup.html",
    "module_defaults": "playbook_guide/playbooks_module_defaults.html",
}
_BUILTIN = re.compile(r"ansible_collections\.ansible\.builtin\.(\w+)_(module|callback|filter|inventory|lookup|test)")
# "powerops.powerplatform.flow module -- Manage ...", and "Entry point ``main`` -- Bring ..." on pages of roles.
_TITLE = re.compile(rf"^(?:{re.escape(project)}\.(?=\w+ \w+ --)|(?=Entry point ))(.+?) -- (.+)$", re.MULTILINE)


def _core() -> Path:
    spec = find_spec("ansible")
    if spec is None or spec.origin is None:
        raise RuntimeError("ansible-core is not installed")
    return Path(spec.origin).parent


def _ansible_page(kind: str, target: str) -> str | None:
    """The address of what Ansible itself documents under this name."""
    if kind == "envvar":
        known = (_core() / "config" / "base.yml").read_text(encoding="utf-8")
        listed = re.search(rf"\bname: {re.escape(target)}\b", known)
        return f"reference_appendices/config.html#envvar-{target}" if listed else None
    if match := _BUILTIN.fullmatch(target):
        name, plugin_type = match.groups()
        folder = _core() / ("modules" if plugin_type == "module" else f"plugins/{plugin_type}")
        listed = any((folder / f"{name}{suffix}").is_file() for suffix in (".py", ".yml"))
        return f"collections/ansible/builtin/{name}_{plugin_type}.html" if listed else None
    return ANSIBLE_PAGES.get(target)


def link_to_ansible(_app: Sphinx, _env: BuildEnvironment, node: pending_xref, text: nodes.Node) -> nodes.Node | None:
    """What is not found in these pages may be a page of Ansible's. Else it stays missing, which fails the build."""
    page = _ansible_page(node["reftype"], node["reftarget"])
    return nodes.reference("", "", text, refuri=ANSIBLE + page, internal=False) if page else None


def shorten_title(_app: Sphinx, page: str, source: list[str]) -> None:
    """The collection's name at the beginning of each title hides what the page is about, on a phone above all."""
    if page.startswith("reference/"):
        source[0] = _TITLE.sub(r"\1: \2", source[0])


def remove_contents(_app: Sphinx, doctree: nodes.document) -> None:
    """The theme lists the headings of each page beside it; pages that do so themselves would have the list twice."""
    for topic in list(doctree.findall(nodes.topic)):
        if "contents" in topic["classes"]:
            topic.parent.remove(topic)
    for title in doctree.findall(nodes.title):
        title.attributes.pop("refid", None)  # each heading was a link to its entry in the list


def label_cells(_app: Sphinx, doctree: nodes.document) -> None:
    """On a phone site.css puts the cells of a row below each other; then each needs the heading of its column."""
    for table in doctree.findall(nodes.table):
        head = next(table.findall(nodes.thead), None)
        if head is None or "ansible-option-table" in table["classes"]:
            continue
        labels = [entry.astext() for entry in head.findall(nodes.entry)]
        for row in next(table.findall(nodes.tbody)).findall(nodes.row):
            for label, entry in list(zip(labels, row.children, strict=True))[1:]:
                entry.insert(0, nodes.paragraph("", label, classes=["cell-label"]))


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", link_to_ansible)
    app.connect("source-read", shorten_title)
    app.connect("doctree-read", remove_contents)
    app.connect("doctree-read", label_cells)

# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site: make docs

    python -m tests.tools.docs_site

antsibull-docs makes pages of the collection and takes in the guides, docs_pages.py makes those that list others, and
Sphinx makes HTML of all, without the net. It fails on every warning and on every link that leads nowhere. Everything
lies in .cache/docs, the site in its folder html. Where nothing changed since the last time, nothing is done.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

from tests.tools.docs_links import problems
from tests.tools.docs_pages import (
    COLLECTION,
    Page,
    modules_page,
    permissions_page,
    plugins_page,
    roles_page,
    sidebar,
    variables_page,
)
from tests.tools.permissions import modules
from tests.tools.stage import ROOT, live_view, source_files

WORK = ROOT / ".cache" / "docs"
SOURCE = WORK / "rst"
REFERENCE = SOURCE / "reference"
VARIABLES = "reference/environment_variables.rst"
READ = WORK / "doctrees"
BUILT = WORK / "html.new"
SITE = WORK / "html"
STAMP = WORK / "built-from"
SETTINGS = ROOT / "docs" / "site"

# What the site is made from and with.
_INPUTS = ("CHANGELOG.rst", "docs", "galaxy.yml", "meta", "plugins", "roles", "tests/tools")
_TOOLS = ("ansible-core", "antsibull-docs", "docutils", "furo", "Sphinx")


class SiteError(RuntimeError):
    """The site cannot be built as it is; what is wrong has been printed."""


def fingerprint() -> str:
    """Differs when anything differs that the site is made from."""
    told = hashlib.sha256(" ".join(f"{tool} {version(tool)}" for tool in _TOOLS).encode())
    for path in source_files():
        if str(path).startswith(_INPUTS):
            told.update(f"\n{path}\n".encode())
            told.update((ROOT / path).read_bytes())
    return told.hexdigest()


def compose() -> None:
    """Put everything that Sphinx reads into one folder."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    _reference()
    pages = [Page.of(path.read_text(encoding="utf-8")) for path in sorted(_pages_of_plugins())]
    extra_docs = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))
    written = {
        "index.rst": (SETTINGS / "index.rst").read_bytes(),
        "sidebar.txt": sidebar(extra_docs).encode(),
        "modules.rst": modules_page(pages).encode(),
        "plugins.rst": plugins_page(pages).encode(),
        "roles.rst": roles_page(pages).encode(),
        "permissions.rst": permissions_page(modules()).encode(),
        VARIABLES: variables_page((SOURCE / VARIABLES).read_text(encoding="utf-8")).encode(),
        "changelog.rst": (ROOT / "CHANGELOG.rst").read_bytes(),
        **{f"images/{path.name}": path.read_bytes() for path in sorted((ROOT / "docs" / "images").glob("*.png"))},
    }
    for name, content in written.items():
        path = SOURCE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def _reference() -> None:
    # antsibull-docs refuses a folder that others may write to.
    REFERENCE.mkdir(mode=0o755)
    options = ("--use-current", "--squash-hierarchy", "--fail-on-error")
    _run("antsibull-docs", "collection", *options, "--dest-dir", str(REFERENCE), COLLECTION)


def _pages_of_plugins() -> list[Path]:
    return [path for path in REFERENCE.glob("*_*.rst") if path != SOURCE / VARIABLES]


def build() -> None:
    """HTML of all pages. Each is read anew: of a page that it remembers, Sphinx would not say again what is wrong."""
    shutil.rmtree(BUILT, ignore_errors=True)
    folders = ("--conf-dir", str(SETTINGS), "--doctree-dir", str(READ), str(SOURCE), str(BUILT))
    strict = ("--fail-on-warning", "--keep-going", "--nitpicky", "--fresh-env")
    _run("sphinx-build", "--quiet", "--builder", "html", "--jobs", "auto", *strict, *folders)
    found = problems(BUILT)
    if found:
        raise SiteError("\n".join(found))
    shutil.rmtree(SITE, ignore_errors=True)
    BUILT.rename(SITE)


def _run(*command: str) -> None:
    variables = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(live_view())}
    ended = subprocess.run(command, cwd=ROOT, check=False, env=variables)
    if ended.returncode != 0:
        raise SiteError(f"{Path(command[0]).name} ended with {ended.returncode}; it says why above")


def main() -> int:
    sys.path.insert(0, str(live_view()))
    now = fingerprint()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == now and (SITE / "index.html").exists():
        print(f"Nothing has changed since {SITE / 'index.html'} was made.")
        return 0
    try:
        compose()
        build()
    except SiteError as error:
        print(f"docs: FAILED\n{error}", file=sys.stderr)
        return 1
    STAMP.write_text(now, encoding="utf-8")
    print(f"Made {SITE / 'index.html'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

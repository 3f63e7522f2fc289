# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate authority and the certificates of the emulator."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from .clouds import certificate_names, is_environment_host


def make(ca_out: Path) -> ssl.SSLContext:
    """A fresh authority, its certificate written to `ca_out`, and a server context.

    One certificate carries every fixed name and wildcard. Hosts of single environments would need a wildcard for each
    of their 256 second labels, so those get a certificate of their own when they are asked for.
    """
    authority = trustme.CA(organization_name="Power Platform emulator")
    authority.cert_pem.write_to_path(str(ca_out))

    def context(*names: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(made)
        return made

    main = context(*certificate_names())
    own: dict[str, ssl.SSLContext] = {}

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _unused: ssl.SSLContext) -> None:
        if name and is_environment_host(name):
            wildcard = "*." + name.lower().split(".", 1)[1]
            if wildcard not in own:
                own[wildcard] = context(wildcard)
            connection.context = own[wildcard]

    main.sni_callback = choose
    return main

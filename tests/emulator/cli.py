# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the emulator: python -m tests.emulator"""

from __future__ import annotations

import argparse
import json
import shlex
import socket
import sys
import tempfile
from pathlib import Path

from . import avepoint_keys, certificates, faults, from_export, generate, server, tenant_file
from .application import Application
from .model import Client, Tenant
from .state import State
from .world import World

TENANTS = Path(__file__).parent / "tenants"
READY = "EMULATOR READY "


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.emulator", description="A Power Platform tenant in a box.")
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--tenant", type=Path, default=TENANTS / "contoso.yml", metavar="FILE", help="tenant file (YAML)"
    )
    source.add_argument(
        "--generate", metavar="COUNTS", help="a large tenant, such as environments=50,apps=200,flows=200"
    )
    source.add_argument(
        "--from-export", type=Path, metavar="FOLDER", help="a tenant made of what the role export wrote of another one"
    )
    made.add_argument("--port", type=int, default=8443, help="port on 127.0.0.1; 0 takes a free one (default 8443)")
    made.add_argument(
        "--ca-out", type=Path, metavar="FILE", help="where the CA certificate goes (default: a temporary file)"
    )
    made.add_argument("--save", type=Path, metavar="FILE", help="write the tenant there on exit")
    made.add_argument(
        "--latency", type=duration, default=0.0, metavar="TIME", help="added to every answer, such as 20ms"
    )
    made.add_argument(
        "--faults", type=Path, metavar="FILE", help="faults to start with (JSON, see tests/emulator/README.md)"
    )
    made.add_argument(
        "--delegated", action="store_true", help="client credentials give an administrator's delegated token"
    )
    return made


def duration(text: str) -> float:
    """`20ms`, `0.5s`, or bare seconds."""
    for suffix, factor in (("ms", 0.001), ("s", 1.0), ("", 1.0)):
        if text.endswith(suffix):
            try:
                value = float(text.removesuffix(suffix)) * factor
            except ValueError:
                break
            if value >= 0:
                return value
            break
    raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 20ms or 1.5s")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        tenant = _load(options)
        world = World(State(tenant), delegated=options.delegated, latency=options.latency, save_to=options.save)
        if options.faults:
            world.faults.add(json.loads(options.faults.read_text(encoding="utf-8")))
            world.apply_faults()
        listening = _listen(options.port)
    except (tenant_file.TenantFileError, generate.CountError, faults.FaultError, OSError, ValueError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder:
        ca_path = (options.ca_out or Path(folder) / "ca.pem").resolve()
        context = certificates.make(ca_path)
        keys = make_keys(tenant, Path(folder))
        _announce(tenant, f"https://127.0.0.1:{listening.getsockname()[1]}", ca_path, keys)
        server.serve(Application(world), listening, context)
    saved = world.save()
    if saved:
        print(f"Tenant saved to {saved}", flush=True)
    return 0


def _load(options: argparse.Namespace) -> Tenant:
    if options.generate:
        return generate.make(generate.counts(options.generate))
    if options.from_export:
        made = from_export.load(options.from_export)
        for variable, count in made.left.items():
            print(f"emulator: left out {count} of {variable}", file=sys.stderr)
        return made.tenant
    return tenant_file.load(options.tenant)


def _listen(port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ValueError(f"--port {port}: a port is a number from 0 to 65535")
    try:
        return server.bind(port)
    except OSError as error:
        raise OSError(
            f'--port {port}: {error.strerror or error}; --port 0 takes a free one (make emulator ARGS="--port 0")'
        ) from error


def make_keys(tenant: Tenant, folder: Path) -> dict[str, Path]:
    """Key pairs for the AvePoint clients that ask for one: the private key and the certificate in one file each."""
    found: dict[str, Path] = {}
    for client in tenant.platform.avepoint.clients.values():
        if client.certificate == "generated":
            client.certificate, private = avepoint_keys.make(client.name)
            found[client.client_id] = folder / f"{client.client_id}.pem"
            found[client.client_id].write_text(private + client.certificate, encoding="ascii")
    return found


def _runner(tenant: Tenant) -> Client | None:
    """The client whose credentials are shown: the first registered one that has a secret."""
    with_secret = [client for client in tenant.clients.values() if client.secret]
    return next((client for client in with_secret if client.registered), with_secret[0] if with_secret else None)


def exports(tenant: Tenant, base_url: str, ca_path: Path) -> list[str]:
    """Lines for a shell that leads the collection here."""
    client = _runner(tenant)
    values = {
        "POWER_PLATFORM_BASE_URL": base_url,
        "POWER_PLATFORM_CA_PATH": str(ca_path),
        "POWER_PLATFORM_TENANT_ID": tenant.id,
    }
    if client is not None:
        values["POWER_PLATFORM_CLIENT_ID"] = client.app_id
        values["POWER_PLATFORM_CLIENT_SECRET"] = client.secret
    return [f"export {key}={shlex.quote(value)}" for key, value in values.items()]


def _announce(tenant: Tenant, base_url: str, ca_path: Path, keys: dict[str, Path]) -> None:
    print("\n".join(exports(tenant, base_url, ca_path)))
    if sys.stdout.isatty():
        print("Ready. Ctrl-C ends it.", flush=True)
        return
    # For programs, which read it from a pipe or a file.
    clients = {
        item.name: {"tenant_id": tenant.id, "client_id": item.app_id, "client_secret": item.secret}
        for item in tenant.clients.values()
    }
    avepoint = {
        item.name: {
            "client_id": item.client_id,
            "client_secret": item.secret,
            "certificate_path": str(keys.get(item.client_id, "")),
        }
        for item in tenant.platform.avepoint.clients.values()
    }
    ready: dict[str, object] = {"base_url": base_url, "ca_path": str(ca_path), "tenant_id": tenant.id}
    ready |= {"clients": clients, "avepoint_clients": avepoint}
    print(READY + json.dumps(ready), flush=True)

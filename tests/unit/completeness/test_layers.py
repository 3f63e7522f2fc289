# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers, as the imports and the texts of the source tell them: nothing is run here.

Each rule is a function of files, so that the message is the list of what breaks it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from .collection import MODULE_UTILS, PACKAGE, PLUGINS, ROOT, python_files, relative
from .imports import files_shipped, imported, tree

MAX_LINES = 500
# Where options are checked, where a library is missing, and where a module begins and ends.
EDGES = {MODULE_UTILS / name for name in ("_items.py", "_job.py", "_module.py")}
# What may know kinds: where the items of a bulk call are told apart, and what speaks of environments as `_info` does.
OF_ALL_KINDS = {MODULE_UTILS / name for name in ("_items.py", "_job_bulk.py", "_job_export.py", "_options_bulk.py")}
API = MODULE_UTILS / "_api"
AUTH = MODULE_UTILS / "_auth"
RESOURCES = MODULE_UTILS / "_resources"
THREADS = MODULE_UTILS / "_parallel.py"
# Those that may use them: the engine, and questions about many things, which have no plan that an engine could run, and
# would otherwise wait for one after the other.
ENGINE = {MODULE_UTILS / name for name in ("_apply.py", "_engine.py", "_references.py")}
IN_THREADS = {
    *ENGINE,
    MODULE_UTILS / "_export.py",
    RESOURCES / "_looking.py",
    RESOURCES / "billing_policy_info.py",
}
CATALOG = f"{PACKAGE}._resources.catalog"
SENDS_REQUESTS = {MODULE_UTILS / name for name in ("_connection.py", "_http.py", "_sender.py", "_unreachable.py")}
# The layers below `_api` may: the write guard has a list of its own, a refusal says what to send, a link is compared.
BELOW = {MODULE_UTILS / name for name in ("_guard.py", "_paging.py", "_refusal.py")}
SERVICE_PATH = re.compile(
    r"/providers/|/v1\.0/|/api/data/v|/smp/|/(licensing|appmanagement|environmentmanagement|authorization|connectivity)/"
)
# The exception: kinds of resources of which the user gives the path.
GIVE_PATHS = {
    RESOURCES / name
    for name in (
        "_platform_address.py",
        "power_platform_action.py",
        "power_platform_resource.py",
        "power_platform_resource_info.py",
    )
}
POOLS = re.compile(r"^(concurrent\.futures|multiprocessing)(\.|$)")
# What `_api` may stand on: it declares operations and calls the client, and decides nothing.
BELOW_API = {"_errors", "_http", "_model", "_operation"}


def _importing(paths: Iterable[Path], package: str, *, top_only: bool = False) -> list[str]:
    """The files among `paths` that import a package or anything of it."""
    return [
        relative(path)
        for path in paths
        if any(name == package or name.startswith(f"{package}.") for name in imported(path, top_only=top_only))
    ]


def test_imports_name_whole_paths() -> None:
    """The tests here look for these."""
    relative_ones = {
        relative(path)
        for path in python_files(PLUGINS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    }

    assert relative_ones == set()


def test_only_the_edge_imports_ansible() -> None:
    assert _importing(set(python_files(MODULE_UTILS)) - EDGES, "ansible") == []
    assert _importing(python_files(PLUGINS / "modules"), "ansible") == []


def test_only_the_sending_layers_import_requests() -> None:
    assert _importing(set(python_files(PLUGINS)) - SENDS_REQUESTS, "requests") == []
    assert _importing(set(python_files(PLUGINS)) - SENDS_REQUESTS, "urllib3") == []
    assert _importing(python_files(PLUGINS), "urllib.request") == []


@pytest.mark.parametrize("library", ["msal", "cryptography", "jwt"])
def test_libraries_of_logging_in_are_imported_when_a_token_is_fetched(library: str) -> None:
    assert _importing(set(python_files(PLUGINS)) - set(python_files(AUTH)), library) == []
    assert _importing(python_files(AUTH), library, top_only=True) == []


def test_third_party_libraries_are_known_ones() -> None:
    """A library that is not listed has no guard, and no line in meta/ee-requirements.txt. msal brings two of them."""
    known = {"ansible", "ansible_collections", "cryptography", "jwt", "msal", "requests", "urllib3", "yaml"}
    found = {name.partition(".")[0] for path in python_files(PLUGINS) for name in imported(path)}

    assert found - known - sys.stdlib_module_names == set()


def test_yaml_is_asked_for_where_a_text_is_read() -> None:
    """PyYAML comes with ansible-core, which the machine that a module runs on need not have."""
    reading = [RESOURCES / "_documents.py"]
    where_ansible_is = {path for path in python_files(PLUGINS) if path.parent == PLUGINS / "plugin_utils"}

    assert _importing(set(python_files(PLUGINS)) - where_ansible_is, "yaml") == [relative(path) for path in reading]
    assert _importing(reading, "yaml", top_only=True) == []


def test_threads_are_for_few() -> None:
    pooling = [path for path in python_files(PLUGINS) if any(map(POOLS.match, imported(path)))]
    starting = [path for path in python_files(PLUGINS) if _calls(path, "Thread")]
    using = _importing(python_files(PLUGINS), f"{PACKAGE}._parallel.each")

    assert pooling == [THREADS]
    # On Service Fabric msal asks through a session of its own, which knows no time-out: it is waited for from outside.
    assert [relative(path) for path in starting] == ["plugins/module_utils/_auth/managed_identity.py"]
    assert sorted(using) == sorted(map(relative, IN_THREADS))


def _calls(path: Path, name: str) -> bool:
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return any(getattr(called, "attr", getattr(called, "id", "")) == name for called in calls)


def test_nothing_above_the_api_layer_knows_paths_of_services() -> None:
    """Samples in documentation may hold one; that module files hold no logic is tested elsewhere."""
    above = set(python_files(PLUGINS)) - set(python_files(API)) - BELOW
    knowing = {
        f"{relative(path)}:{node.lineno}"
        for path in above
        if path.parent.name not in ("modules", "doc_fragments")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SERVICE_PATH.search(node.value)
    }

    assert knowing == set()


def test_paths_are_given_by_users_of_a_few_kinds_alone() -> None:
    """No other file has to do with the operations that take any path, or puts a path into an operation."""
    api = python_files(API)
    declared = [path for path in api if "USERS_PATH" in _mentioned(path)]
    public = {name for path in declared for name in _defined(path) if name[0] != "_"}
    names = {name for name in public if name.endswith(("_RESOURCE", "_RESOURCES"))}
    taking = {path for path in python_files(PLUGINS) if {"GivenPath", *names} & set(_mentioned(path))}
    replacing = {path for path in python_files(PLUGINS) if _gives_paths(path)}

    assert [relative(path) for path in declared] == ["plugins/module_utils/_api/power_platform.py"]
    assert len(names) == 6
    assert taking - set(declared) == GIVE_PATHS
    assert replacing == set(declared)


def _gives_paths(path: Path) -> bool:
    """Whether a path is put into something that has one already: `_replace(path=...)`."""
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return any(
        getattr(call.func, "attr", "") == "_replace" and any(item.arg == "path" for item in call.keywords)
        for call in calls
    )


def test_the_api_layer_declares_and_calls_and_no_more() -> None:
    """What operations of several of its modules share stands in one of it that is private."""
    above = {
        f"{relative(path)} imports {name}"
        for path in python_files(API)
        for name in imported(path)
        if name.startswith(PACKAGE) and not _below_api(name.removeprefix(f"{PACKAGE}.").split("."))
    }

    assert above == set()


def _below_api(names: list[str]) -> bool:
    return names[0] in BELOW_API or (names[0] == "_api" and (len(names) == 1 or names[1][0] == "_"))


def test_no_layer_knows_a_kind() -> None:
    layers = [path for path in python_files(MODULE_UTILS) if RESOURCES not in path.parents and path not in OF_ALL_KINDS]

    assert _importing(layers, f"{PACKAGE}._resources") == []


def test_kinds_and_their_modules_do_not_import_the_catalog() -> None:
    kinds = set(python_files(RESOURCES)) - {RESOURCES / "catalog.py"}

    assert _importing([*kinds, *python_files(PLUGINS / "modules")], CATALOG) == []


def test_kinds_do_not_import_each_other() -> None:
    """What two kinds share lies in a family, whose file begins with an underscore."""
    kinds = [path for path in RESOURCES.glob("[!_]*.py") if path.stem != "catalog"]
    crossing = {
        path.stem: sorted(other.stem for other in kinds if f"{PACKAGE}._resources.{other.stem}" in imported(path))
        for path in [*kinds, *RESOURCES.glob("_*.py")]
    }

    assert {name: others for name, others in crossing.items() if others} == {}


# Kinds, and what of the families they have no use for: every file costs each task of every user.
_OF_SWAGGER = {"_swagger", "_swagger_parameters", "_swagger_references"}
_OF_WRITING = {"_connector_options", "_connector_plan", "_connector_writes"}
_OF_DATAVERSE = {"_connector_columns", "_dataverse", "_documents", *_OF_SWAGGER, *_OF_WRITING}
_OF_FLOWS = {"_flow_definition", "_flow_people", "_flow_plan", "_flow_writes"}
_OF_PEOPLE = {"_assignments", "_assignment_plan", "_owners", "_survey"}
UNSHIPPED = {
    ("powerapp_role", "connection_role", "custom_connector_role"): {
        "_connection_plan",
        "_looking",
        "_secrets",
        "_survey",
        *_OF_DATAVERSE,
    },
    ("powerapp", "connection", "management_application", "flow_state"): {
        "_assignments",
        "_looking",
        "_survey",
        *_OF_DATAVERSE,
    },
    ("powerapp_info", "connection_info", "connector_info", "environment_info"): {
        "_assignments",
        "_connection_plan",
        "_secrets",
        *_OF_DATAVERSE,
    },
    ("flow_run", "flow_run_info", "flow_callback_url_info"): {
        "_assignments",
        "_connection_plan",
        "_looking",
        "_secrets",
        *_OF_DATAVERSE,
        *_OF_PEOPLE,
    },
    ("flow_run_info", "flow_callback_url_info"): {"_flow_run_steps"},
    ("flow_info",): {
        "_assignments",
        "_connection_plan",
        "_flow_options",
        "_flow_people",
        "_flow_plan",
        "_secrets",
        *(_OF_DATAVERSE - {"_documents"}),
    },
    ("flow_owners", "flow_run_only_users"): {
        "_connection_plan",
        "_looking",
        "_secrets",
        "_survey",
        *_OF_DATAVERSE,
        *_OF_FLOWS - {"_flow_people"},
    },
    ("power_platform_action", "power_platform_resource", "power_platform_resource_info"): {
        "_connection_plan",
        "_looking",
        "_secrets",
        *(_OF_DATAVERSE - {"_documents"}),
        *_OF_FLOWS,
        *_OF_PEOPLE,
    },
    ("flow_state", "powerapp_role"): _OF_FLOWS,
    ("avepoint_connection_info",): {
        "_assignments",
        "_connection_plan",
        "_connections",
        "_looking",
        "_secrets",
        *_OF_DATAVERSE,
        *_OF_FLOWS,
        *_OF_PEOPLE,
    },
    ("flow",): {"_connection_plan", "_connector_columns", "_connector_plan", "_flow_people", "_looking", *_OF_PEOPLE},
    ("custom_connector",): {"_connection_plan", "_looking", *_OF_PEOPLE},
    ("application_package", "application_package_info"): {"_assignments", "_billing", "_secrets", *_OF_DATAVERSE},
    ("billing_policy", "billing_policy_info"): {
        "_assignments",
        "_looking",
        "_packages",
        "_secrets",
        "_survey",
        *_OF_DATAVERSE,
    },
    ("application_package", "billing_policy_info"): {"_billing_plan", "_survey"},
    ("custom_connector_info",): {"_connections", "_secrets", *_OF_SWAGGER, *_OF_WRITING, *_OF_PEOPLE},
}


@pytest.mark.parametrize(
    ("kind", "unneeded"), [(kind, unneeded) for kinds, unneeded in UNSHIPPED.items() for kind in kinds]
)
def test_a_kind_ships_nothing_of_other_families(kind: str, unneeded: set[str]) -> None:
    """That it ships no other kind, and of `_api` what it needs, is tested in test_shipped.py."""
    shipped = {path.stem for path in files_shipped(RESOURCES / f"{kind}.py")}

    assert {path.stem for path in RESOURCES.glob("_*.py")} >= unneeded
    assert shipped & unneeded == set()


# The modules of `_api` that go with a kind: those of the services that it asks.
SERVICES_SHIPPED = {
    "application_package": {"bap", "power_platform"},
    "application_package_info": {"bap", "power_platform"},
    "billing_policy": {"bap", "power_platform"},
    "billing_policy_info": {"bap", "power_platform"},
    "custom_connector": {"bap", "dataverse", "powerapps_connections", "powerapps_connectors"},
    "custom_connector_info": {"bap", "dataverse"},
    "custom_connector_role": {"bap", "powerapps_connectors"},
}


@pytest.mark.parametrize(("kind", "services"), SERVICES_SHIPPED.items())
def test_a_kind_ships_the_services_that_it_asks(kind: str, services: set[str]) -> None:
    shipped = {path.stem for path in files_shipped(RESOURCES / f"{kind}.py") if path.parent == API}

    assert {name for name in shipped if name[0] != "_"} == services


def test_private_names_in_module_utils() -> None:
    """`_api` and `_auth` and `_resources` are private as a whole."""
    public = [path.name for path in MODULE_UTILS.iterdir() if path.suffix in ("", ".py") and path.name[0] != "_"]

    assert public == []


@pytest.mark.parametrize("folder", ["plugins", "tests/emulator"])
def test_no_file_is_long(folder: str) -> None:
    lines = {relative(path): len(path.read_bytes().splitlines()) for path in python_files(ROOT / folder)}

    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_package_files_are_empty() -> None:
    """But for the one that imports what workers would import."""
    filled = [relative(path) for path in python_files(PLUGINS) if path.stem == "__init__" and path.stat().st_size]

    assert filled == ["plugins/action/__init__.py"]


def test_nothing_in_module_utils_is_dead() -> None:
    """Names that nothing in plugins/ mentions but their definitions. Any mention of the word counts: kept simple."""
    known = {word for path in python_files(PLUGINS) for word in _mentioned(path)}
    unused = {
        f"{path.relative_to(MODULE_UTILS).with_suffix('').as_posix().replace('/', '.')}.{name}"
        for path in python_files(MODULE_UTILS)
        for name in _defined(path)
        if name not in known
    }

    assert unused == set(), "used by nothing: remove it"


def _defined(path: Path) -> Iterator[str]:
    """Functions, classes and constants at the top of a file."""
    for node in tree(path).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from names


def _mentioned(path: Path) -> Iterator[str]:
    """Names that are read, and attributes. Importing alone is no use."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name):
                yield name

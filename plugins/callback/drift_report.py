# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of what a run in check mode found to differ."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_report
type: aggregate
short_description: Report drift of a Power Platform tenant after a run in check mode
version_added: 1.0.0
description:
  - Collects what the modules of this collection say in check mode, such as
    RV(powerops.powerplatform.powerapp_role#module:drift), and writes it in the forms that reviewers, pipelines and
    managers read.
  - It is for runs with C(--check), and tasks with C(check_mode=true). What other tasks do is in no report.
  - The outcome of a report is V(error) when a task of this collection failed or a host could not be reached, also where
    that was ignored or rescued; else V(unknown) when something could not be read; else V(drift) when something differs
    that is not accepted; else V(clean). A failed task of another collection counts unless it was ignored or rescued.
  - A play that matches no host is an error, too, unless the run is limited to some hosts. A notice counts the tasks
    that a condition skipped.
  - A task whose result is hidden by C(no_log) counts as V(unknown), and so does one that did not say whether anything
    drifted. Renamed things, and things to which the question does not apply, are reported and are no drift.
  - Reports of an earlier run are removed when a playbook begins, and new ones appear when it has ended, all of them or
    none. So a report that is not there says that the run broke off, or that nothing in it ran in check mode.
  - The exit status of C(ansible-playbook) does not tell of drift. Read C(outcome) in the JSON report.
  - Values that are secret are never in results of this collection, and so in no report. Reports do hold names and ids
    of the tenant.
author:
  - powerops contributors (@powerops)
requirements:
  - enabling it, with C(callbacks_enabled = powerops.powerplatform.drift_report) in C([defaults]) of C(ansible.cfg), or
    with E(ANSIBLE_CALLBACKS_ENABLED)
options:
  reports:
    description:
      - The reports to write, as paths. The suffix tells the form, V(.json), V(.xml) (JUnit), V(.sarif), V(.md)
        (Markdown for a comment on a pull request) or V(.html).
      - A path with another suffix needs its form in front, C(junit=results/drift.txt). Forms are V(json), V(junit),
        V(sarif), V(markdown) and V(html).
      - Paths are relative to the working directory. Folders that are not there are made.
    type: list
    elements: str
    default: [drift-report.json]
    env:
      - name: POWER_PLATFORM_DRIFT_REPORTS
    ini:
      - section: callback_drift_report
        key: reports
  source_root:
    description:
      - The folder below which YAML files are searched for the lines that declare what a finding is about, commonly the
        root of the repository. The paths in reports are relative to it.
      - Where no such line is found, a SARIF report names the id of the finding in place of a file, because code
        scanning refuses a whole report for one result without a file.
      - Unset, it is the working directory.
      - Hidden folders, vaults and files of more than a megabyte are passed over.
    type: path
    env:
      - name: POWER_PLATFORM_DRIFT_SOURCE_ROOT
    ini:
      - section: callback_drift_report
        key: source_root
  accepted_drift:
    description:
      - A YAML file with a list of findings for which somebody answers, for a time. They are reported as accepted, and
        do not count.
      - An entry has C(fingerprint) or C(id) of a finding, as a report shows them, and with C(id) it may have C(kind),
        the name of a module. It needs C(owner), C(reason) and C(expires), the last day on which it counts, as in
        V(2027-01-31).
      - What could not be read, and what is hidden by C(no_log), cannot be accepted, since it may differ in any way.
      - A report says which entries have expired, and, where everything could be read, which fit nothing.
    type: path
    env:
      - name: POWER_PLATFORM_DRIFT_ACCEPTED
    ini:
      - section: callback_drift_report
        key: accepted_drift
  title:
    description: The title of the reports.
    type: str
    default: Power Platform drift
    env:
      - name: POWER_PLATFORM_DRIFT_TITLE
    ini:
      - section: callback_drift_report
        key: title
"""

EXAMPLES = r"""
# In ansible.cfg
#   [defaults]
#   callbacks_enabled = powerops.powerplatform.drift_report
#   [callback_drift_report]
#   reports = results/drift.json, results/drift.xml, results/drift.sarif, results/drift.md, results/drift.html
#   accepted_drift = desired/accepted_drift.yml
#
# In desired/accepted_drift.yml
- fingerprint: 47143fe43137cfabb281526f83ecae96894cc2046199f7def168ccae5072635c
  owner: ada@contoso.example
  reason: The export rests until the year is closed.
  expires: 2027-01-31
- id: environments/e0000000-0000-4000-8000-000000000001/apps/aa000000-0000-4000-8000-000000000011/permissions/tenant
  kind: powerapp_role
  owner: kim@contoso.example
  reason: Everybody tries the app out this month.
  expires: 2026-12-31
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import NOTHING_ACCEPTED
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_accepted import (
    apply_accepted,
    read_accepted,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_files import (
    RENDERERS,
    remove_reports,
    targets,
    write_reports,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_locations import Locations
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    Failure,
    Finding,
    Report,
    make_report,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_results import (
    DRIFT_INFO,
    Place,
    declares,
    identity,
    read_result,
)

_COLLECTION = "powerops.powerplatform"
_ACTION = f"{_COLLECTION}.converge"
_MODULES = frozenset(path.stem for path in Path(__file__).parents[1].joinpath("modules").glob("[!_]*.py"))
# Other collections answer for their messages themselves: nothing says that these hold no secret.
_OTHER = "{module} failed, so that what came after it was not looked at. The output of the run says why."
_NO_HOST = "A play matched no host, so nothing of it was looked at."
# As Ansible says it of a loop.
_NO_ITEMS = "No items in the list"
_UNREACHABLE = "The host could not be reached, so that its tasks were not run."


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = f"{_COLLECTION}.drift_report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        # Each with the options that say which thing it is about, and the file and line of its task.
        self._findings: list[tuple[Finding, Mapping[str, str], str | None]] = []
        self._errors: list[Failure] = []
        # By host: those of other collections, which count unless something rescues them.
        self._others: list[Failure] = []
        self._seen: dict[str, int] = {}
        self._notices: list[str] = []
        self._sources: list[str] = []
        # How many items there were of a task on a host.
        self._items: Counter[tuple[str, str]] = Counter()
        self._play = ""
        self._skipped = 0
        self._looked = False
        self._changing = False
        self._unfinished = 0
        self._targets: dict[Path, str] = {}
        self._accepted = NOTHING_ACCEPTED

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Settles the options, and takes away what an earlier run left."""
        with self._all_or_nothing():
            self._sources.append(str(playbook._file_name))
            accepted = self.get_option("accepted_drift")
            try:
                self._targets = targets(self.get_option("reports"))
                remove_reports(list(self._targets))
                self._accepted = read_accepted(Path(accepted)) if accepted else NOTHING_ACCEPTED
            except OptionError as error:
                raise AnsibleError(str(error)) from error

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Notes which play it is."""
        self._play = play.get_name()

    def v2_playbook_on_no_hosts_matched(self) -> None:
        """A play that did nothing found nothing. A limit is meant; else the inventory is not as meant."""
        if context.CLIARGS.get("subset"):
            self._notices.append(_NO_HOST)
        else:
            self._errors.append(Failure("no host", self._play, _NO_HOST))

    def v2_runner_on_ok(self, result: Any) -> None:
        """The result of a task, or that of a loop as a whole."""
        with self._all_or_nothing():
            self._task(result, failed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """The same of one that failed."""
        with self._all_or_nothing():
            self._task(result, failed=True, ignored=ignore_errors)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """A loop has no items, and what is declared nowhere cannot drift; or a condition was not met."""
        module = self._module(result)
        if module and declares(module) and _checks(result):
            empty = result._result.get("skipped_reason") == _NO_ITEMS
            self._looked = self._looked or empty
            self._skipped += not empty

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Whatever module it was: nothing more is run on that host."""
        with self._all_or_nothing():
            self._errors.append(Failure(result._host.get_name(), result._task.get_name(), _UNREACHABLE))

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """The result of one item of a loop."""
        with self._all_or_nothing():
            self._take(result, self._item(result), failed=False)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """The same of one that failed."""
        with self._all_or_nothing():
            self._take(result, self._item(result), failed=True)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """It counts among the items."""
        self._item(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Writes the reports."""
        if self._unfinished:
            self._display.error("drift_report: no report was written, because something went wrong before.")
            return
        if self._changing:
            self._display.warning("drift_report: what was not run in check mode is in no report.")
        rescued = [failure for failure in self._others if not stats.failures.get(failure.host)]
        errors = [*self._errors, *(failure for failure in self._others if failure not in rescued)]
        if not self._looked and not (errors and context.CLIARGS.get("check")):
            self._display.warning("drift_report: no report was written, because nothing ran in check mode.")
            return
        with self._all_or_nothing():
            report = self._report(errors)
            texts = {form: RENDERERS[form](report) for form in set(self._targets.values())}
            write_reports({path: texts[form] for path, form in self._targets.items()})
            for notice in report.notices:
                self._display.warning(f"drift_report: {notice}")
            counts = ", ".join(f"{count} {name}" for name, count in report.summary.items() if count) or "no findings"
            self._display.display(f"drift_report: {report.outcome} ({counts}): {', '.join(map(str, self._targets))}")

    def _task(self, result: Any, *, failed: bool, ignored: bool = False) -> None:
        host, module = result._host.get_name(), self._module(result)
        seen_items = self._items.pop((host, result._task._uuid), 0)
        if not module:
            if failed and not ignored:
                message = _OTHER.format(module=result._task.action)
                self._others.append(Failure(host, result._task.get_name(), message))
        elif not seen_items and not (_is_loop(result) and not failed):
            # A loop that fails before its first item has no items that would say so.
            self._take(result, None, failed=failed)

    def _take(self, result: Any, item: str | int | None, *, failed: bool) -> None:
        module = self._module(result)
        if not module:
            return
        looks = module == DRIFT_INFO or "findings" in result._result
        if not looks and not _checks(result):
            self._changing = self._changing or declares(module)
            return
        self._looked = self._looked or looks or declares(module)
        place = _place(module, result, item)
        told = read_result(module, result._result, place, failed=failed)
        origin = result._task.get_path()
        self._findings += [(finding, place.declared, origin) for finding in told.findings]
        self._errors += told.errors
        for path, count in told.seen.items():
            self._seen[path] = max(count, self._seen.get(path, 0))

    def _item(self, result: Any) -> str | int:
        """What the item is called, where it has a short name; else its number."""
        key = (result._host.get_name(), result._task._uuid)
        self._items[key] += 1
        label = result._result.get("_ansible_item_label")
        return label if isinstance(label, (str, int)) and label != "" else self._items[key]

    def _module(self, result: Any) -> str:
        """The name of the module within this collection; "" for those of others."""
        task = result._task
        resolved = getattr(task, "_resolved_action", None)
        # Of a loop as a whole, Ansible has resolved nothing but the action that all modules here share.
        action = str(task.action if resolved in (None, _ACTION) else resolved)
        collection, _dot, name = action.rpartition(".")
        return name if name in _MODULES and collection in (_COLLECTION, "", "ansible.legacy") else ""

    def _report(self, errors: list[Failure]) -> Report:
        root = Path(self.get_option("source_root") or Path.cwd())
        # Without findings there is nothing to look for.
        places = Locations(root if self._findings else None)
        notices = list(self._notices)
        if self._skipped:
            notices.append(f"Tasks that a condition skipped, and of which nothing was looked at: {self._skipped}.")
        if not places.complete:
            notices.append(
                "There is too much below source_root: not every file was searched for what declares a finding."
            )
        located = [
            finding._replace(location=places.find(finding, declared, origin))
            for finding, declared, origin in self._findings
        ]
        now = datetime.datetime.now(datetime.UTC)
        findings, told = apply_accepted(located, self._accepted)
        return make_report(
            findings,
            generated_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            source=", ".join(dict.fromkeys(_shown(path, root) for path in self._sources)),
            errors=errors,
            seen=self._seen,
            notices=[*notices, *told],
            title=self.get_option("title"),
        )

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Ansible goes on when a callback fails. What is not finished is missing in the report, so there is none."""
        self._unfinished += 1
        yield
        self._unfinished -= 1


def _place(module: str, result: Any, item: str | int | None) -> Place:
    declared = {} if "censored" in result._result else identity(module, _options(result))
    return Place(result._host.get_name(), result._task.get_name(), item, declared)


def _options(result: Any) -> Any:
    """What the module was given. Later ansible-core says so only if asked; the task then knows all but defaults."""
    invocation = result._result.get("invocation")
    if isinstance(invocation, Mapping):
        return invocation.get("module_args")
    given = result._task_fields.get("args")
    if not isinstance(given, Mapping):
        return None
    # What is still a template names nothing.
    return {name: value for name, value in given.items() if not (isinstance(value, str) and "{{" in value)}


def _is_loop(result: Any) -> bool:
    return result._task.loop is not None or "results" in result._result


def _checks(result: Any) -> bool:
    """Whether the task ran in check mode. Before ansible-core 2.20, only the fields of a result know of a template."""
    check = result._task.check_mode
    return bool(check if isinstance(check, bool) else result._task_fields.get("check_mode"))


def _shown(path: str, root: Path) -> str:
    """A playbook by its path below the root; by its name alone where it lies elsewhere."""
    found, base = Path(path).resolve(), root.resolve()
    return found.relative_to(base).as_posix() if found.is_relative_to(base) else found.name

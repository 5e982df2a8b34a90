"""The demo: a laboratory, and the ordinary release of an ordinary plan run against it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from console.errors import UsageError
from console.host.launch import worker_command
from console.host.order import Order, Reach, write_order
from console.host.person import who_is_there
from console.host.places import journal_of, log_of, new_release_folder, order_of
from console.journal import Tail, read_journal
from console.lab.audit import audit
from console.lab.lab import RunningLab, begin_lab
from console.lab.leash import Leashed, start_on_leash
from console.lab.order import Choice, LabOrder
from console.lab.scenarios import SCENARIOS, Scenario
from console.plan.load import load_plan, parse_plan
from console.plan.model import Plan
from console.release.events import Record
from screens.say import say

PARTS = "Envoy, two services, Prometheus, a Kubernetes API"
LEAVE_WORDS = "the laboratory ends with this screen, and its release with it; its journal stays: {name}"


class Laboratory(Struct, frozen=True, kw_only=True):
    """Which laboratory to build."""

    scenario: str
    pace: float = 1.0
    builtin_prometheus: bool = False


def scenario_list() -> str:
    """Give the scenarios, one a line."""
    return "\n".join(f"{scenario.name:<10} {scenario.summary}" for scenario in SCENARIOS.values())


def run_headless(laboratory: Laboratory, *, plan_file: Path | None, output: str) -> int:
    """Run the release in the foreground, then say whether the traffic agrees with the journal."""
    from screens.foreground import run_in_foreground  # noqa: PLC0415 - only this path needs asyncio

    plan = _plan(laboratory, plan_file)
    with _building(laboratory) as lab, _release_folder(plan) as folder:
        say(f"building the laboratory: {PARTS}", err=True)
        lab.wait_until_ready()
        say(f"ready: {lab.addresses.prometheus_kind}", err=True)
        code = run_in_foreground(_order(plan, lab, folder, attended=False), folder, output=output)
        found = _audited(lab, folder)
    say(found, err=True)
    return code


def _audited(lab: RunningLab, folder: Path) -> str:
    records = read_journal(journal_of(folder))
    try:
        return audit(records, ledger=lab.addresses.ledger, truth=lab.addresses.truth).in_words()
    except OSError as error:
        return f"the laboratory's books can't be read, so nothing was audited: {error}"


def run_on_screen(laboratory: Laboratory, *, plan_file: Path | None) -> int:
    """Open the screen at once; the release begins in the background, as always, when its ground is there."""
    from screens.watch import watch  # noqa: PLC0415 - imports textual

    plan = _plan(laboratory, plan_file)
    with _building(laboratory) as lab, _release_folder(plan) as folder:
        release = _ComingRelease(lab, plan, folder)
        try:
            return watch(
                folder, feed=release, waiting_for=f"the laboratory: {PARTS}", leave_words=LEAVE_WORDS
            )
        finally:
            release.stop()


class _ComingRelease:
    """The journal of a release whose worker is started once the laboratory is ready."""

    def __init__(self, lab: RunningLab, plan: Plan, folder: Path) -> None:
        self._lab = lab
        self._plan = plan
        self._folder = folder
        self._tail = Tail(journal_of(folder))
        self._worker: Leashed | None = None

    unread_bytes = 0
    """Every poll gives all there is."""

    def poll(self) -> Sequence[Record]:
        """Give what is new; raises UsageError where there will be no laboratory."""
        if self._worker is None and self._lab.ready():
            write_order(order_of(self._folder), _order(self._plan, self._lab, self._folder, attended=True))
            # On a leash where a real release has a session of its own: the lab leaves nothing behind.
            self._worker = start_on_leash(worker_command(self._folder), log=log_of(self._folder))
        return self._tail.poll()

    def stop(self) -> None:
        """End the worker, where it was started."""
        if self._worker is not None:
            self._worker.stop()


@contextmanager
def _building(laboratory: Laboratory) -> Iterator[RunningLab]:
    scenario = _scenario(laboratory)
    with _temporary_folder() as folder:
        order = LabOrder(
            scenario=scenario.name,
            folder=folder,
            ephemeral=True,
            pace=laboratory.pace,
            prometheus=Choice.BUILTIN if laboratory.builtin_prometheus else Choice.AUTO,
        )
        with begin_lab(order) as lab:
            yield lab


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        made = tempfile.TemporaryDirectory(prefix="pithead-lab-", ignore_cleanup_errors=True)
    except OSError as error:
        raise UsageError(
            f"the laboratory needs a temporary folder: {error.strerror}",
            hint="TMPDIR names another place for it",
        ) from error
    with made as folder:
        yield Path(folder)


@contextmanager
def _release_folder(plan: Plan) -> Iterator[Path]:
    """Make the release's folder; a release that did not come to its first record leaves none."""
    folder = new_release_folder(plan.service, now=time.time())
    try:
        yield folder
    finally:
        with suppress(OSError):  # it holds a journal
            folder.rmdir()


def _order(plan: Plan, lab: RunningLab, folder: Path, *, attended: bool) -> Order:
    return Order(
        release=folder.name,
        plan=replace(plan, metrics=replace(plan.metrics, prometheus=lab.addresses.prometheus)),
        reach=Reach(kubeconfig=str(lab.addresses.kubeconfig)),
        person=who_is_there(),
        attended=attended,
    )


def _plan(laboratory: Laboratory, plan_file: Path | None) -> Plan:
    if plan_file is not None:
        return load_plan(plan_file)
    name = f"{_scenario(laboratory).plan}.yaml"
    return parse_plan(files("sample_plans").joinpath(name).read_bytes(), origin=name)


def _scenario(laboratory: Laboratory) -> Scenario:
    if laboratory.scenario not in SCENARIOS:
        raise UsageError(
            f"there is no scenario {laboratory.scenario!r}", hint=f"one of: {', '.join(SCENARIOS)}"
        )
    return SCENARIOS[laboratory.scenario]

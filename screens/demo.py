"""The demo: a laboratory, and the ordinary release of an ordinary plan run against it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from console.errors import ExitCode, UsageError
from console.host.laboratory import close_release, close_what_is_left, end_laboratory, kept_laboratories
from console.host.places import (
    journal_of,
    kept_mark_of,
    lab_releases_folder,
    laboratory_lock_of,
    new_release_folder,
)
from console.journal import read_journal
from console.lab.audit import audit
from console.lab.lab import RunningLab, begin_lab
from console.lab.order import PARTS, Choice, LabOrder
from console.lab.scenarios import SCENARIOS, Scenario
from console.plan.load import load_plan, parse_plan
from console.plan.model import Plan
from screens.demo_release import DemoRelease, order_in
from screens.left import ends_with_its_laboratory, goes_on, laboratory_goes_on, program
from screens.say import say


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
    with _release_folder(plan) as folder, _building(laboratory, folder) as lab:
        say(f"building the laboratory: {', '.join(PARTS)}", err=True)
        lab.wait_until_ready()
        say(f"ready: {lab.addresses.prometheus_kind}", err=True)
        code = run_in_foreground(order_in(lab, plan, folder, attended=False), folder, output=output)
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
    plan = _plan(laboratory, plan_file)
    with _release_folder(plan) as folder, _building(laboratory, folder) as lab:
        from screens.demo_app import DemoApp  # noqa: PLC0415 - imports textual, while the laboratory starts
        from screens.watch import show  # noqa: PLC0415 - as above

        app = DemoApp(DemoRelease(lab, plan, folder), folder)
        code = show(
            app, leave_words=lambda: goes_on(folder) if app.kept else ends_with_its_laboratory(folder.name)
        )
        if app.kept:
            kept_mark_of(folder).touch()
            lab.keep()
            if code != ExitCode.LEFT:
                say(laboratory_goes_on(), err=True)
    # Whoever leaves a demo has seen it: nothing was left undone.
    return ExitCode.PROMOTED if code == ExitCode.LEFT else code


def end_kept() -> int:
    """End each laboratory that was kept, and its release."""
    close_what_is_left()
    kept = kept_laboratories()
    if not kept:
        say("no laboratory is kept running", err=True)
    for folder in kept:
        end_laboratory(folder)
        say(f"the laboratory of {folder.name} has ended; its journal stays: {program()} replay {folder.name}")
    return ExitCode.PROMOTED


@contextmanager
def _building(laboratory: Laboratory, release: Path) -> Iterator[RunningLab]:
    """Start the laboratory of a release; at the end it goes, and its release with it, unless it was kept."""
    order = LabOrder(
        scenario=_scenario(laboratory).name,
        folder=_temporary_folder(),
        ephemeral=True,  # the laboratory takes it away
        pace=laboratory.pace,
        prometheus=Choice.BUILTIN if laboratory.builtin_prometheus else Choice.AUTO,
        lock=laboratory_lock_of(release),
    )
    lab = begin_lab(order)
    try:
        yield lab
    finally:
        if not lab.kept:
            lab.stop()
            close_release(release)
            shutil.rmtree(order.folder, ignore_errors=True)


def _temporary_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="pithead-lab-"))
    except OSError as error:
        raise UsageError(
            f"the laboratory needs a temporary folder: {error.strerror}",
            hint="TMPDIR names another place for it",
        ) from error


@contextmanager
def _release_folder(plan: Plan) -> Iterator[Path]:
    """Make the release's folder, apart from real ones; one that came to no first record leaves none."""
    close_what_is_left()
    folder = new_release_folder(plan.service, now=time.time(), root=lab_releases_folder())
    try:
        yield folder
    finally:
        if not journal_of(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)


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

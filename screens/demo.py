"""The demo: a laboratory, and the ordinary release of an ordinary plan run against it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from console.errors import UsageError
from console.journal import read_journal
from console.lab.audit import audit
from console.lab.lab import RunningLab, start_lab
from console.lab.leash import start_on_leash
from console.lab.order import Choice, LabOrder
from console.lab.scenarios import SCENARIOS
from console.launch import worker_command
from console.order import Order, Reach, write_order
from console.person import who_is_there
from console.places import journal_of, log_of, new_release_folder, order_of
from console.plan.load import load_plan, parse_plan
from console.plan.model import Plan

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

    with _running(laboratory) as lab:
        order, folder = _order(lab, plan_file, attended=False)
        code = run_in_foreground(order, folder, output=output)
        found = audit(
            read_journal(journal_of(folder)), ledger=lab.addresses.ledger, truth=lab.addresses.truth
        )
    click.echo(found.in_words(), err=True)
    return code


def run_on_screen(laboratory: Laboratory, *, plan_file: Path | None) -> int:
    """Run the release in the background, as always, and watch it."""
    from screens.watch import watch  # noqa: PLC0415 - imports textual

    with _running(laboratory) as lab:
        order, folder = _order(lab, plan_file, attended=True)
        write_order(order_of(folder), order)
        # On a leash where a real release has a session of its own: the lab leaves nothing behind.
        worker = start_on_leash(worker_command(folder), log=log_of(folder))
        try:
            return watch(folder, leave_words=LEAVE_WORDS)
        finally:
            worker.stop()


@contextmanager
def _running(laboratory: Laboratory) -> Iterator[RunningLab]:
    if laboratory.scenario not in SCENARIOS:
        raise UsageError(
            f"there is no scenario {laboratory.scenario!r}", hint=f"one of: {', '.join(SCENARIOS)}"
        )
    with tempfile.TemporaryDirectory(prefix="pithead-lab-", ignore_cleanup_errors=True) as folder:
        click.echo("building the laboratory: Envoy, two services, Prometheus, a Kubernetes API", err=True)
        lab_order = LabOrder(
            scenario=laboratory.scenario,
            folder=Path(folder),
            pace=laboratory.pace,
            prometheus=Choice.BUILTIN if laboratory.builtin_prometheus else Choice.AUTO,
        )
        with start_lab(lab_order) as lab:
            click.echo(f"ready: {lab.addresses.prometheus_kind}", err=True)
            yield lab


def _order(lab: RunningLab, plan_file: Path | None, *, attended: bool) -> tuple[Order, Path]:
    plan = _plan(plan_file)
    plan = replace(plan, metrics=replace(plan.metrics, prometheus=lab.addresses.prometheus))
    folder = new_release_folder(plan.service, now=time.time())
    order = Order(
        release=folder.name,
        plan=plan,
        reach=Reach(kubeconfig=str(lab.addresses.kubeconfig)),
        person=who_is_there(),
        attended=attended,
    )
    return order, folder


def _plan(plan_file: Path | None) -> Plan:
    if plan_file is not None:
        return load_plan(plan_file)
    text = files("sample_plans").joinpath("demo.yaml").read_bytes()
    return parse_plan(text, origin="demo.yaml")

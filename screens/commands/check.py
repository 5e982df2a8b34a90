"""`pithead check`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from console.backtest.false_alarm_words import false_alarms_in_words
from console.backtest.false_alarms import count_false_alarms, releases_within
from console.backtest.simulated import Service
from console.backtest.source_history import SourceHistory, source_history_of
from console.errors import ExitCode, UsageError
from console.evidence import History
from console.host.order import Reach
from console.judge.forecast import foresee
from console.judge.terms import terms_for
from console.metrics.presets import preset_of
from console.plan.load import load_plan
from console.plan.model import Plan
from console.plan.plan_words import describe
from console.plan.units import parse_percent
from screens.commands.live import asked_live
from screens.commands.meant import in_its_namespace
from screens.commands.options import PLAN, cluster_options, parsed
from screens.say import say

DEADLINE_S = 5.0
QUICK = 20
HOUR_MINUTES = 60


@click.command()
@PLAN
@cluster_options
@click.option(
    "--live", is_flag=True, help="Ask cluster and Prometheus what a release would meet; nothing is written."
)
@click.option("--offline", is_flag=True, help="Ask nobody: weigh the rules against a simulated service.")
@click.option("--releases", type=click.IntRange(1, 100_000), help="Draw this many healthy releases.")
@click.option("--quick", is_flag=True, help=f"Draw {QUICK} at most.")
@click.option(
    "--rps", type=click.FloatRange(0.001, 1e6), default=50.0, show_default=True, help="If simulated."
)
@click.option(
    "--error-rate", "errors", metavar="PERCENT", default="0.2%", show_default=True, help="If simulated."
)
def command(
    *,
    plan_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    prometheus: str | None,
    releases: int | None,
    rps: float,
    errors: str,
    live: bool,
    offline: bool,
    quick: bool,
) -> int:
    """Print the release of PLAN as it would run, or everything that is wrong with it.

    And what each of its rules is worth: how many healthy releases it would roll back, at the traffic of
    stable's last day in Prometheus, or where that can't be had, at the traffic of a simulated service.
    With --live, what a release would meet instead: its preflight, the lines to paste where the plan's series
    are not there and a library's are, and the first write.
    """
    if live and offline:
        raise UsageError("--live asks cluster and Prometheus, and --offline nobody", hint="keep one of them")
    plan = load_plan(plan_file)
    if prometheus:
        plan = replace(plan, metrics=plan.metrics.at(prometheus))
    assumed = Service(rps=rps, error_ratio=parsed("--error-rate", parse_percent, errors))
    reach = Reach(kubeconfig=kubeconfig, context=context)
    say(describe(plan))
    say(preset_of(plan.metrics).latency_in_words)
    if live:
        say()
        return asked_live(plan, reach=reach, namespace=namespace)
    plan = in_its_namespace(plan, reach=reach, namespace=namespace)
    source = source_history_of(plan, assumed, asking=not offline, deadline_s=DEADLINE_S)
    wanted = releases or (min(QUICK, releases_within(plan)) if quick else None)
    say()
    say(f"drawing {wanted or releases_within(plan)} healthy releases, which takes some seconds", err=True)
    for line in false_alarms_in_words(
        count_false_alarms(plan, source.history, releases=wanted), plan, basis=source.words
    ):
        say(line)
    _foresee(source, plan)
    return ExitCode.PROMOTED


def _foresee(source: SourceHistory, plan: Plan) -> None:
    """Say what the preflight will say of stable's last hour."""
    if not source.real:
        return
    hour = History(bounds_ms=source.history.bounds_ms, minutes=source.history.minutes[-HOUR_MINUTES:])
    say()
    terms = terms_for(plan, hour, scrape_s=None)
    for check in foresee(hour, plan=plan, terms=terms):
        say(f"{'mind' if check.warning else 'well'}: {check.name}: {check.words}")

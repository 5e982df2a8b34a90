"""`pithead backtest`."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec.structs import replace

from console.backtest.backtest import DryRunResult, canary_served, judgeable, tell_healthy, tell_past
from console.backtest.backtest_words import healthy_in_words, past_in_words
from console.backtest.cached import CachedRanges, kept_as
from console.backtest.instants import parse_span
from console.backtest.recording import keep
from console.backtest.source_history import real_source_history
from console.errors import ExitCode
from console.evidence import MINUTE_S
from console.host.person import who_is_there
from console.host.places import backtests_folder, release_name
from console.metrics.history import stable_history
from console.metrics.prometheus import Prometheus
from console.plan.literal import literal
from console.plan.load import load_plan
from console.plan.model import Plan
from screens.commands.meant import in_its_namespace
from screens.commands.options import PLAN
from screens.say import say

HISTORY_DEADLINE_S = 600.0
RELEASES = 20


@click.command()
@PLAN
@click.option("--from", "first", metavar="T", required=True, help="2026-11-20T14:00 (UTC), -2h.")
@click.option("--to", "last", metavar="T", default="now", show_default=True, help="As --from.")
@click.option("--prometheus", metavar="URL", help="Prometheus, instead of the plan's.")
@click.option(
    "--weights",
    type=click.Choice(("observed", "assumed")),
    default="observed",
    show_default=True,
    help="Read the stages off the traffic's split, or take the plan's, from the first tick on.",
)
@click.option(
    "--healthy", is_flag=True, help="Draw healthy releases from stable's traffic, though a canary was there."
)
@click.option(
    "--releases",
    type=click.IntRange(1, 10_000),
    default=RELEASES,
    show_default=True,
    help="So many healthy ones.",
)
@click.option("--recording", "out", type=click.Path(path_type=Path), help="Write the recording here.")
def command(
    plan_file: Path,
    *,
    first: str,
    last: str,
    prometheus: str | None,
    weights: str,
    healthy: bool,
    releases: int,
    out: Path | None,
) -> int:
    """Try PLAN on the past: what it would have done with a release that Prometheus saw.

    Where the canary had no requests in that time, healthy releases are drawn from stable's own traffic:
    how many of them would the plan have rolled back? Either way it gives a recording for `pithead replay`.
    What was fetched is kept, so that a backtest that was broken off goes on where it was.
    """
    plan = in_its_namespace(load_plan(plan_file))
    if prometheus:
        plan = replace(plan, metrics=plan.metrics.at(prometheus))
    from_s, to_s = parse_span(first, last, now_s=time.time())
    trial = _Trial(plan, from_s=from_s, to_s=to_s)
    if healthy or not trial.has_a_canary():
        told = trial.draw(releases)
    else:
        told = trial.tell(assumed=weights == "assumed")
    path = keep(told.records, out or _place(plan, from_s))
    say(f"recording: pithead replay {path}")
    return ExitCode.PROMOTED


class _Trial:
    """A plan, a stretch of the past, and the Prometheus that remembers it."""

    def __init__(self, plan: Plan, *, from_s: float, to_s: float) -> None:
        self._plan = plan
        self._from_s = from_s
        self._to_s = to_s

    def has_a_canary(self) -> bool:
        return asyncio.run(canary_served(self._plan, self._ranges(), from_s=self._from_s, to_s=self._to_s))

    def tell(self, *, assumed: bool) -> DryRunResult:
        """Tell the release that was there, and say what came of it."""
        plan = self._without_the_unknown(drawn=False)
        with _progress("fetching") as fetched:
            told = asyncio.run(
                tell_past(
                    plan,
                    self._ranges(),
                    from_s=self._from_s,
                    to_s=self._to_s,
                    person=who_is_there(),
                    assumed=assumed,
                    fetched=fetched,
                )
            )
        for line in past_in_words(told):
            say(line)
        return told

    def draw(self, releases: int) -> DryRunResult:
        """Draw healthy releases, say what came of them, and give one that was rolled back if there is one."""
        plan = self._without_the_unknown(drawn=True)
        to_s = self._to_s // MINUTE_S * MINUTE_S
        from_s = self._from_s // MINUTE_S * MINUTE_S
        found = asyncio.run(
            stable_history(
                self._ranges(), plan, deadline_s=HISTORY_DEADLINE_S, back_s=to_s - from_s, until_s=to_s
            )
        )
        history = real_source_history(found, plan).history
        told = []
        with _progress("releases") as done:
            for each in tell_healthy(plan, history, from_s=from_s, releases=releases, person=who_is_there()):
                told.append(each)
                done(len(told), releases)
        for line in healthy_in_words(told, history):
            say(line)
        return next((each for each in told if each.pulled_back_at is not None), told[0])

    def _without_the_unknown(self, *, drawn: bool) -> Plan:
        plan, left_out = judgeable(self._plan, drawn=drawn)
        if left_out:
            names = ", ".join(literal(name) for name in left_out)
            say(f"left out, because the past says nothing of it: {names}")
        return plan

    def _ranges(self) -> CachedRanges:
        metrics = self._plan.metrics
        return CachedRanges(
            Prometheus.of(metrics), of=kept_as(metrics), folder=backtests_folder() / "ranges", now=time.time
        )


def _place(plan: Plan, from_s: float) -> Path:
    return backtests_folder() / f"{release_name(plan.service, at=from_s)}.jsonl"


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far it is, where a person looks on; nothing goes to standard output."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield show

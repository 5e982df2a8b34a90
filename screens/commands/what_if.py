"""`pithead what-if`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec
from msgspec.structs import replace

from console.errors import ExitCode, UsageError
from console.plan.literal import literal_json
from console.plan.model import Plan
from console.release.events import Record, ReleaseOpened
from console.release.fold import fold_all
from console.whatif.course import bars, both_told
from console.whatif.difference import difference
from console.whatif.outcome import fate_of
from console.whatif.simulate import what_if
from console.whatif.sweep import parse_sweep, sweep
from console.whatif.sweep_words import chart, notes, recorded_in_words, table
from screens.glyphs import glyphs_for
from screens.replay.opening import recording_of
from screens.say import say

BAR_CELLS = 88
CHART_CELLS = 40


@click.command()
@click.argument("recording", metavar="FILE|RELEASE|-")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Judge by this plan's guards.")
@click.option(
    "--sweep",
    "tried",
    metavar="GUARD.NUMBER=A..B",
    help="Try one number of a guard: its limit, for, window; or judge.tolerate.",
)
@click.option(
    "--steps", type=click.IntRange(2, 100), default=10, show_default=True, help="Values of a sweep."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(recording: str, plan_file: Path | None, tried: str | None, steps: int, *, as_json: bool) -> int:
    """Tell a recorded release again under other guards, and say what would have been different.

    Without --plan it is the recorded plan, so --sweep alone varies that.
    """
    records = recording_of(recording).all_records()
    plan = _plan(plan_file, records)
    if tried is None and plan_file is None:
        raise UsageError(
            "nothing is to be judged anew", hint="add --plan OTHER.yaml or --sweep error_rate.max=0.5%..5%"
        )
    lines = (
        _retell(records, plan, as_json=as_json)
        if tried is None
        else _sweep(records, plan, tried, steps, as_json=as_json)
    )
    for line in lines:
        say(line)
    return ExitCode.PROMOTED


def _plan(plan_file: Path | None, records: Sequence[Record]) -> Plan:
    opened = records[0].event
    assert isinstance(opened, ReleaseOpened)
    if plan_file is not None:
        from console.plan.load import load_plan  # noqa: PLC0415 - imports yaml, which a sweep alone does not need

        plan = load_plan(plan_file)
        return plan if plan.namespace else replace(plan, namespace=opened.plan.namespace)
    return opened.plan


def _retell(records: Sequence[Record], plan: Plan, *, as_json: bool) -> Iterator[str]:
    simulated = what_if(records, plan)
    found = difference(records, simulated, plan)
    if as_json:
        yield literal_json(msgspec.json.encode(found))
        return
    yield f"the other plan {found.headline}"
    yield ""
    yield from bars(records, simulated.records, width=BAR_CELLS, ascii_only=glyphs_for(os.environ).ascii)
    yield ""
    yield from both_told(records, simulated.records)
    if found.notes:
        yield ""
        yield from (f"- {note}" for note in found.notes)


def _sweep(records: Sequence[Record], plan: Plan, tried: str, steps: int, *, as_json: bool) -> Iterator[str]:
    wanted = parse_sweep(tried, plan, steps=steps)
    swept = list(sweep(records, plan, wanted))
    if as_json:
        yield literal_json(msgspec.json.encode(swept))
        return
    recorded = fate_of(fold_all(records), last_at=records[-1].at)
    yield f"recorded: {recorded_in_words(recorded, swept[0].harm.recorded)}"
    yield ""
    yield from table(wanted, swept, recorded)
    yield ""
    ascii_only = glyphs_for(os.environ).ascii
    yield from chart(wanted, swept, begin=records[0].at, width=CHART_CELLS, ascii_only=ascii_only)
    yield ""
    yield from (f"- {note}" for note in notes(wanted, swept))

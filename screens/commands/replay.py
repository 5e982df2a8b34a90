"""`pithead replay`."""

from __future__ import annotations

import click

from console.errors import ExitCode, UsageError
from console.replay.source import STANDARD_INPUT
from screens.commands.samples import PREFIX, sample_names
from screens.on_terminal import WITHOUT_SCREEN, refuse_without_terminal
from screens.replay.headless import print_instant, try_on
from screens.replay.opening import recording_of
from screens.say import say

GRAMMAR = """\b
An assertion is a comparison, and when it should be so:
  verdict(error_rate) == breach before 14:03
  never weight > 50
  always verdict(p99) == healthy between stage 2 and end
  phase == rolling_back and weight == 0 at +5m
\b
  verdict(NAME)  healthy, breach, insufficient, blind; NAME is a guard's name, or a
                 metric: then the worst verdict of the guards that watch it;
                 keys: what the two keys say; kayenta: what its score does
  weight, stage  numbers: == != < <= > >=
  outcome        promoted, rolled_back, not_confirmed, held, refused, none
  phase          preparing, running, rolling_back, ended
\b
  at T | before T | after T | between T and T, and ever (so it is without a word),
  never or always. Without all of them it speaks of the recording's end. Where there
  was nothing to compare, no assertion holds.
  T: 14:02, 14:02:11 (UTC), +5m or +31:40 since the start, -30s before the end,
  stage 3, 50%, start, end
"""


@click.command(epilog=GRAMMAR)
@click.argument("recording", metavar="[FILE|RELEASE|-]", required=False)
@click.option("--sample", type=click.Choice(sample_names()), help="A recording that ships with pithead.")
@click.option("--at", metavar="T", help="Begin here: 14:02:11, +5m, stage 3, 50%, end.")
@click.option("--print", "as_text", is_flag=True, help="No screen: print the state at --at, or at the end.")
@click.option("--json", "as_json", is_flag=True, help="As --print, for programs.")
@click.option(
    "--assert", "claims", metavar="ASSERTION", multiple=True, help="No screen: exit code 1 unless it holds."
)
def command(
    recording: str | None,
    sample: str | None,
    at: str | None,
    claims: tuple[str, ...],
    *,
    as_text: bool,
    as_json: bool,
) -> int:
    """Play a recorded release back; what is seen at a time is what was seen then.

    A FILE may be compressed with gzip or zstd; - is standard input; without a name it is the newest release.
    Nothing is ever written to a recording. For a first look: pithead replay --sample errors. Every command
    that takes a FILE takes sample:errors too.
    """
    name = _named(recording, sample)
    if not (as_text or as_json or claims):
        refuse_without_terminal(WITHOUT_SCREEN, keys_from_stdin=name != STANDARD_INPUT)
    opened = recording_of(name)
    if opened.later:
        say(f"records of a later pithead, left out here: {opened.later:,}", err=True)
    if as_text or as_json:
        print_instant(opened, at=at or "end", json_wanted=as_json)
    if claims:
        return try_on(opened, claims)
    if not (as_text or as_json):
        from screens.replay.show import show  # noqa: PLC0415 - imports textual, which a pipeline does not need

        show(opened, at=at)
    return ExitCode.PROMOTED


def _named(recording: str | None, sample: str | None) -> str | None:
    if sample is None:
        return recording
    if recording is not None:
        raise UsageError("--sample and a recording's name are two recordings", hint="leave one away")
    return f"{PREFIX}{sample}"

"""`pithead report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from console.errors import ExitCode, UsageError
from console.plan.literal import literal_json
from console.plan.units import parse_percent
from console.report.facts import facts_of
from screens.commands.options import parsed
from screens.commands.output import OUTPUT, deliver, goes_to_a_terminal
from screens.replay.opening import recording_of

if TYPE_CHECKING:
    from console.replay.recording import Recording
    from console.report.series import Series


@click.command()
@click.argument("recording", metavar="[FILE|RELEASE|-]", required=False)
@click.option(
    "--html", "form", flag_value="html", help="One page that loads nothing: the default, but on a terminal."
)
@click.option("--md", "form", flag_value="md", help="Markdown, for a ticket: the default on a terminal.")
@click.option("--json", "form", flag_value="json", help="For programs.")
@click.option("--grafana", "form", flag_value="grafana", help="The body of a Grafana annotation.")
@click.option("--slo", metavar="PERCENT", help="Share of requests that should succeed, like 99.9%.")
@OUTPUT
def command(recording: str | None, form: str | None, slo: str | None, output: Path | None) -> int:
    """Write the report of a release, for people who were not there.

    Of a FILE, of a RELEASE, or of the newest release.
    """
    recorded = recording_of(recording)
    facts = facts_of(recorded.passing(), chain=tuple(recorded.findings.in_words()), slo=_objective(slo))
    match form or ("md" if goes_to_a_terminal(output) else "html"):
        case "md":
            from console.report.markdown import markdown  # noqa: PLC0415 - one form is made, not all

            product = markdown(facts)
        case "json":
            product = literal_json(msgspec.json.format(msgspec.json.encode(facts)))
        case "grafana":
            from console.report.grafana import annotation  # noqa: PLC0415 - as above

            product = annotation(facts)
        case _:
            from console.report.page import page  # noqa: PLC0415 - as above

            product = page(facts, _series(recorded))
    deliver(product, output)
    return ExitCode.PROMOTED


def _series(recorded: Recording) -> Series:
    from console.report.series import series_of  # noqa: PLC0415 - for one form only

    return series_of(recorded.passing(), begin_at=recorded.first_at, end_at=recorded.last_at)


def _objective(slo: str | None) -> float | None:
    if slo is None:
        return None
    objective = parsed("--slo", parse_percent, slo)
    if not 0 < objective < 1:
        raise UsageError("--slo: an objective lies between 0% and 100%", hint="write one like 99.9%")
    return objective

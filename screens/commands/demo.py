"""`pithead demo`."""

from __future__ import annotations

from pathlib import Path

import click

from console.errors import ExitCode
from screens import demo as show
from screens.commands.options import headless_options
from screens.on_terminal import HEADLESS, refuse_without_terminal
from screens.say import say


@click.command()
@click.option("--scenario", default="errors", show_default=True, help="What happens to the canary.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), help="A plan instead of the demo's own."
)
@click.option("--builtin-prometheus", is_flag=True, help="Use the built-in scraper even where prometheus is.")
@click.option("--pace", type=click.FloatRange(0.25, 16), default=1.0, help="Faults this many times faster.")
@click.option(
    "--end", "ends", is_flag=True, help="End the laboratory that was kept running, and its release."
)
@headless_options
def command(
    scenario: str,
    plan_file: Path | None,
    pace: float,
    output: str,
    *,
    listing: bool,
    ends: bool,
    builtin_prometheus: bool,
    headless: bool,
) -> int:
    """Run a real release in a small laboratory: Envoy, two services, load, Prometheus, a Kubernetes API."""
    if listing:
        say(show.scenario_list())
        return ExitCode.PROMOTED
    if ends:
        return show.end_kept()
    if not headless:
        refuse_without_terminal(HEADLESS)
    laboratory = show.Laboratory(scenario=scenario, pace=pace, builtin_prometheus=builtin_prometheus)
    if headless:
        return show.run_headless(laboratory, plan_file=plan_file, output=output)
    return show.run_on_screen(laboratory, plan_file=plan_file)

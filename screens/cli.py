"""The commands: what a shell shows of pithead. Each loads only what it needs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from msgspec.structs import replace

from console.errors import ExitCode, PitheadError, PlanError, UsageError
from console.order import Order, Reach
from console.person import who_is_there
from console.places import known_releases, new_release_folder, releases_folder
from console.plan.model import Plan
from console.version import VERSION

P = ParamSpec("P")
R = TypeVar("R")

OUTPUTS = ("text", "json")
PLAN = click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))


def _cluster_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the words with which kubectl, too, is told where to go."""
    for option in (
        click.option("-n", "--namespace", help="Namespace, instead of the plan's."),
        click.option("--context", help="Context of the kubeconfig, instead of the current one."),
        click.option("--kubeconfig", help="Kubeconfig file, instead of KUBECONFIG or ~/.kube/config."),
        click.option("--prometheus", metavar="URL", help="Prometheus, instead of the plan's."),
    ):
        command = option(command)
    return command


def _headless_options(command: Callable[P, R]) -> Callable[P, R]:
    for option in (
        click.option(
            "--output",
            type=click.Choice(OUTPUTS),
            default=OUTPUTS[0],
            help="With --headless: one line of text or of JSON an event.",
        ),
        click.option(
            "--headless", is_flag=True, help="No screen: one line an event, an exit code at the end."
        ),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="pithead")
def cli() -> None:
    """Drive a canary release, see both versions, pull it back, and know why."""


@cli.command()
@PLAN
@_cluster_options
@_headless_options
def run(
    *,
    plan_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    prometheus: str | None,
    output: str,
    headless: bool,
) -> int:
    """Run the release of PLAN: a worker in the background, and its screen."""
    from console.plan.load import load_plan  # noqa: PLC0415 - imports yaml, which attach does not need

    plan = _with_overrides(load_plan(plan_file), namespace=namespace, prometheus=prometheus)
    reach = Reach(kubeconfig=kubeconfig, context=context)
    if headless:
        from screens.foreground import run_in_foreground  # noqa: PLC0415 - only this path needs asyncio

        return run_in_foreground(*_order(plan, reach, attended=False), output=output)
    from screens.watch import run_with_screen  # noqa: PLC0415 - imports textual

    return run_with_screen(*_order(plan, reach, attended=True))


@cli.command()
@PLAN
def check(plan_file: Path) -> int:
    """Print the release of PLAN as it would run, or everything that is wrong with it."""
    from console.plan.load import load_plan  # noqa: PLC0415 - imports yaml
    from console.plan.words import describe  # noqa: PLC0415 - only this command needs it

    click.echo(describe(load_plan(plan_file)))
    return ExitCode.PROMOTED


@cli.command()
def schema() -> int:
    """Print the JSON Schema of a plan, for editors."""
    from console.plan.schema import json_schema  # noqa: PLC0415 - only this command needs it

    click.echo(json.dumps(json_schema(), indent=2))
    return ExitCode.PROMOTED


@cli.command()
@click.argument("release", required=False)
def attach(release: str | None) -> int:
    """Come back to RELEASE, or to the newest one."""
    folder = _folder_of(release)
    from screens.watch import watch  # noqa: PLC0415 - imports textual

    return watch(folder)


@cli.command()
@click.option("--scenario", default="errors", show_default=True, help="What happens to the canary.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), help="A plan instead of the demo's own."
)
@click.option("--builtin-prometheus", is_flag=True, help="Use the built-in scraper even where prometheus is.")
@click.option("--pace", type=click.FloatRange(0.25, 16), default=1.0, help="Faults this many times faster.")
@_headless_options
def demo(
    scenario: str,
    plan_file: Path | None,
    pace: float,
    output: str,
    *,
    listing: bool,
    builtin_prometheus: bool,
    headless: bool,
) -> int:
    """Run a real release in a small laboratory: Envoy, two services, load, Prometheus, a Kubernetes API."""
    from screens import demo as show  # noqa: PLC0415 - needs the lab's libraries

    if listing:
        click.echo(show.scenario_list())
        return ExitCode.PROMOTED
    laboratory = show.Laboratory(scenario=scenario, pace=pace, builtin_prometheus=builtin_prometheus)
    if headless:
        return show.run_headless(laboratory, plan_file=plan_file, output=output)
    return show.run_on_screen(laboratory, plan_file=plan_file)


def _with_overrides(plan: Plan, *, namespace: str | None, prometheus: str | None) -> Plan:
    metrics = replace(plan.metrics, prometheus=prometheus) if prometheus else plan.metrics
    return replace(plan, namespace=namespace or plan.namespace, metrics=metrics)


def _order(plan: Plan, reach: Reach, *, attended: bool) -> tuple[Order, Path]:
    folder = new_release_folder(plan.service, now=time.time())
    person = who_is_there()
    return Order(release=folder.name, plan=plan, reach=reach, person=person, attended=attended), folder


def _folder_of(release: str | None) -> Path:
    known = {folder.name: folder for folder in known_releases()}
    if release is None and known:
        return next(iter(known.values()))
    if release in known:
        return known[release]
    if not known:
        raise UsageError(f"there is no release in {releases_folder()}", hint="start one: pithead run PLAN")
    raise UsageError(f"there is no release {release!r}", hint=f"known: {', '.join(list(known)[:5])}")


def main() -> None:
    """Run a command and leave with its exit code; an error of ours is a sentence, never a traceback."""
    try:
        code = cli.main(prog_name="pithead", standalone_mode=False)
    except PlanError as error:
        # Bare, so that an editor can jump to file:line:column.
        click.echo(str(error) if error.problems else f"pithead: {error}", err=True)
        code = error.exit_code
    except PitheadError as error:
        click.echo(f"pithead: {error}", err=True)
        if error.hint:
            click.echo(f"         {error.hint}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except click.Abort:
        click.echo("pithead: interrupted", err=True)
        code = ExitCode.USAGE
    except BrokenPipeError:
        # Whoever read our lines went away; Python must not complain while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.USAGE
    sys.exit(code)

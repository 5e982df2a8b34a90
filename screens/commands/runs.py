"""`pithead runs`."""

from __future__ import annotations

import click
import msgspec

from console.errors import ExitCode
from console.host.places import releases_folder
from console.host.runs import Run, all_runs
from screens.commands.table import state, table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects, the newest first.")
def command(*, as_json: bool) -> int:
    """List all releases of this host, past and present, the newest first."""
    runs = all_runs()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([_object(run) for run in runs]), indent=2))
    elif runs:
        click.echo(table(runs))
    else:
        click.echo(f"there is no release in {releases_folder()}; start one: pithead run PLAN", err=True)
    return ExitCode.PROMOTED


def _object(run: Run) -> dict[str, object]:
    return {
        "release": run.name,
        "service": run.service,
        "state": state(run),
        "worker": run.worker,
        "outcome": run.ended.outcome if run.ended else None,
        "exit_code": run.ended.exit_code if run.ended else None,
        "reason": run.ended.reason if run.ended else None,
        "began_at": run.began_at,
        "last_at": run.last_at,
        "took_s": run.took_s,
        "person": run.person,
        "trouble": run.trouble,
    }

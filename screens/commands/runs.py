"""`pithead runs`."""

from __future__ import annotations

import click
import msgspec

from console.errors import ExitCode
from console.host.places import releases_folder
from console.host.runs import Run, all_runs
from console.plan.literal import literal_json
from screens.commands.table import state, table
from screens.say import say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects, the newest first.")
def command(*, as_json: bool) -> int:
    """List all releases of this host, past and present, the newest first."""
    runs = all_runs()
    if as_json:
        told = msgspec.json.encode([_object(run) for run in runs])
        say(literal_json(msgspec.json.format(told, indent=2)))
    elif runs:
        say(table(runs))
    else:
        say(f"there is no release in {releases_folder()}; start one: pithead run PLAN", err=True)
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

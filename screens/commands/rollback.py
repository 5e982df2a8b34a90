"""`pithead rollback`: the one way back, whatever has become of the release's worker and of its journal.

The worker is asked first, by its socket, and its answer is what counts: no journal is read or folded on the
way. Where no worker lives, one is started whose first act is the rollback, and its own words are waited for.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.errors import UsageError
from console.host.alive import worker_of
from console.host.early import EarlyWorker
from screens.commands.found import named, the_one
from screens.commands.options import read_only_by_environment, reason_given

if TYPE_CHECKING:
    from console.host.order import Reach

WAIT_S = 300.0
"""So long a command waits for its rollback where nobody says otherwise; the worker goes on for longer."""


@click.command()
@click.argument("release", required=False)
@click.option("--reason", default="", callback=reason_given, help="Why; it goes on record.")
@click.option(
    "--route",
    metavar="ROUTER:NAMESPACE/NAME",
    help="Instead of a RELEASE, on a host without its record: by what the route's object says.",
)
@click.option("--stable", metavar="KEY:NAME", help="With --route: which destination is stable: subset:v1.")
@click.option("--canary", metavar="KEY:NAME", help="With --route: which one is canary.")
@click.option("--http-route", metavar="NAME", help="With --stable: which HTTP route, where several fit.")
@click.option("--context", help="Another context that leads there: to the release's own cluster.")
@click.option("--kubeconfig", help="Another kubeconfig that leads there.")
@click.option("--prometheus", metavar="URL", help="With --route: where users' recovery can be seen.")
@click.option("--yes", is_flag=True, help="Do not ask: with --route, or where stable has no ready pods.")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0), default=WAIT_S, show_default=True, metavar="SECONDS",
    help="How long to wait until stable has all traffic; the worker goes on trying for longer.",
)  # fmt: skip
def command(
    release: str | None,
    *,
    reason: str,
    yes: bool,
    wait_s: float,
    route: str | None,
    context: str | None,
    kubeconfig: str | None,
    **more: str | None,
) -> int:
    """Send all traffic of RELEASE back to stable, whatever state it is in, and wait for it.

    Without a RELEASE it is the one that runs. Where its worker is dead, a new one is started whose first act
    is the rollback; a journal that is damaged, gone or on a full disk is no hindrance. Where it has ended
    with traffic on the canary, promoted for instance, a release of its own takes that back, unless stable has
    no ready pods or somebody else drives.

    Where stable has no ready pods it says so: at a terminal it asks first, elsewhere it goes.

    It goes by the release's own way into its cluster; where that is gone, --context and --kubeconfig name
    another. A worker that lives is asked all the same, and where it does not get there within seconds, a
    release of its own goes by the way that was named.

    With --route it is done where the release's record is lost, or on another host: by the marks that its
    worker has left on the route's object and on its lease, or by --stable and --canary. It says what it has
    found and asks; without a terminal it wants --yes.

    The exit code is 0 once it is rolled back; 12 where that is not confirmed in time (the worker goes on
    trying); 2 where it was refused; 3 where the route's object can't be read.
    """
    if route is None:
        if any(more.values()):
            raise UsageError(f"--{next(filter(more.get, more)).replace('_', '-')} goes with --route")
        folder = named(release) if release is not None else the_one()
        way = _way(kubeconfig=kubeconfig, context=context)
        return roll_back(folder, reason=reason, wait_s=wait_s, yes=yes, way=way)
    if release is not None:
        raise UsageError("a RELEASE or --route", hint="--route is for one whose record is not on this host")
    from screens.commands.by_route import Words, roll_back_by_route  # noqa: PLC0415 - imports the cluster

    words = Words(route=route, reason=reason, yes=yes, context=context, kubeconfig=kubeconfig, **more)
    return roll_back_by_route(words, wait_s=wait_s)


def _way(*, kubeconfig: str | None, context: str | None) -> Reach | None:
    if kubeconfig is None and context is None:
        return None
    from screens.commands.meant import way_named  # noqa: PLC0415 - what no usual rollback waits for

    return way_named(kubeconfig=kubeconfig, context=context)


def roll_back(
    folder: Path, *, reason: str, wait_s: float, yes: bool = False, way: Reach | None = None
) -> int:
    """Roll the release of this folder back, by another `way` in where one is named; give the exit code.

    Where no worker lives another one is started before all else: it comes up while this process imports what
    it needs to ask, to read and to tell. Where it is not needed it ends by itself.
    """
    worker = worker_of(folder)
    with ExitStack() as stack:
        early = None
        if worker is None and not read_only_by_environment():
            early = stack.enter_context(closing(EarlyWorker(folder)))
        from screens.commands.way_back import WayBack  # noqa: PLC0415 - as said above

        back = WayBack(folder, reason=reason, wait_s=wait_s, way=way)
        return back.go(worker=worker, early=early, yes=yes)

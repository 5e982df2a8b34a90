"""`pithead run`."""

from __future__ import annotations

import time
from functools import partial
from hashlib import sha256
from pathlib import Path

import click
from msgspec.structs import replace

from console.errors import UsageError
from console.host.order import Order, Reach, TakeOver
from console.host.person import who_is_there
from console.host.places import new_release_folder
from console.notify.secret import missing_secrets
from console.plan.model import Plan
from screens.commands.meant import placed, resolved
from screens.commands.options import (
    PLAN,
    cluster_options,
    headless_options,
    lease_options,
    parsed,
    percent,
    refuse_read_only,
)
from screens.on_terminal import HEADLESS, refuse_without_terminal
from screens.takeover import Wish, asked_to_take_over


@click.command()
@PLAN
@cluster_options
@lease_options
@headless_options
@click.option(
    "--from",
    "start_weight",
    metavar="WEIGHT",
    callback=percent,
    help="Begin although the canary has traffic: names how much it has, as 100%.",
)
def command(
    *,
    plan_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    prometheus: str | None,
    take_over: bool,
    no_lease: bool,
    yes: bool,
    reason: str,
    output: str,
    headless: bool,
    start_weight: int | None,
) -> int:
    """Run the release of PLAN: a worker in the background, and its screen."""
    refuse_read_only()
    if not headless:
        refuse_without_terminal(HEADLESS)
    from console.plan.load import parse_plan  # noqa: PLC0415 - imports yaml, which the screen does not need
    from console.plan.source import read_bytes  # noqa: PLC0415 - as above

    text = read_bytes(plan_file)
    plan = _with_overrides(parse_plan(text, origin=str(plan_file)), prometheus=prometheus)
    _refuse_missing_secrets(plan)
    reach = Reach(kubeconfig=kubeconfig, context=context)
    found = resolved(reach, plan, namespace=namespace, digest=sha256(text).hexdigest())
    plan = placed(replace(plan, namespace=namespace or plan.namespace), found)
    reach = replace(reach, resolved=found)
    wish = Wish(take_over=take_over, yes=yes, no_lease=no_lease, reason=reason)
    order = partial(
        _order, plan, reach, wish, asked_to_take_over(wish, plan, reach), start_weight=start_weight
    )
    if headless:
        from screens.foreground import run_in_foreground  # noqa: PLC0415 - only this path needs asyncio

        return run_in_foreground(*order(attended=False), output=output)
    from screens.watch import run_with_screen  # noqa: PLC0415 - imports textual

    return run_with_screen(*order(attended=True))


def _refuse_missing_secrets(plan: Plan) -> None:
    """Find out now, and not with the first message: the worker looks for them in this same environment."""
    missing = missing_secrets(plan)
    if missing:
        raise UsageError(
            "; ".join(missing), hint="the plan finds an address or a token there: set it, and run"
        )


def _with_overrides(plan: Plan, *, prometheus: str | None) -> Plan:
    """Read the address as a plan's is read: the plan goes into the journal, and a password must not."""
    if not prometheus:
        return plan
    from console.plan.names import parse_prometheus  # noqa: PLC0415 - only where one is given

    return replace(plan, metrics=plan.metrics.at(parsed("--prometheus", parse_prometheus, prometheus)))


def _order(
    plan: Plan,
    reach: Reach,
    wish: Wish,
    take_over: TakeOver | None,
    *,
    attended: bool,
    start_weight: int | None,
) -> tuple[Order, Path]:
    folder = new_release_folder(plan.service, now=time.time())
    order = Order(
        release=folder.name,
        plan=plan,
        reach=reach,
        person=who_is_there(),
        attended=attended,
        leased=not wish.no_lease,
        take_over=take_over,
        start_weight=start_weight,
        reason=wish.reason,
    )
    return order, folder

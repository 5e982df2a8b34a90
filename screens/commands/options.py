"""What several commands are told in the same words."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from console.errors import UsageError
from screens.say import say

Command = TypeVar("Command", bound=Callable[..., object])
T = TypeVar("T")

OUTPUTS = ("text", "json")
READ_ONLY_VARIABLE = "PITHEAD_READ_ONLY"
LONGEST_AGE_S = 36_500 * 86_400.0
"""A hundred years: nothing on record is older."""


def age_s(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Read an option's age, written as a plan writes a duration: `90m`, `30d`."""
    if value is None:
        return None
    from console.plan.units import parse_duration_s  # noqa: PLC0415 - only where one is given

    return _checked(ctx, param, value, partial(parse_duration_s, longest_s=LONGEST_AGE_S))


def percent(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Read an option's weight, written as a plan writes it: `100%`."""
    if value is None:
        return None
    from console.plan.units import parse_weight  # noqa: PLC0415 - only where one is given

    return _checked(ctx, param, value, parse_weight)


def _checked(ctx: click.Context, param: click.Parameter, value: str, parse: Callable[[str], T]) -> T:
    from console.plan.units import BadValue  # noqa: PLC0415 - only where one is given

    try:
        return parse(value)
    except BadValue as bad:
        raise click.BadParameter(f"{bad}; {bad.hint}", ctx=ctx, param=param) from None


def parsed(option: str, parse: Callable[[str], T], text: str) -> T:
    """Read an option's text; raises `UsageError`, which names the option, where the text is wrong."""
    from console.plan.units import BadValue  # noqa: PLC0415 - only where one is given

    try:
        return parse(text)
    except BadValue as bad:
        raise UsageError(f"{option}: {bad}", hint=bad.hint) from None


def reason_given(ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """Read a reason; one beyond measure keeps its beginning, which is said.

    It stops no rollback, nor does the word about it: that comes at the command's end, since a reader who
    does not read would keep it waiting.
    """
    from console.command import LONGEST_REASON  # noqa: PLC0415 - the policy, which the first frame waits for

    if len(value) > LONGEST_REASON:
        words = f"pithead: the reason has {len(value):,} characters; {LONGEST_REASON} are kept"
        ctx.call_on_close(lambda: say(words, err=True))
    return value[:LONGEST_REASON]


PLAN = click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))

READ_ONLY = click.option(
    "--read-only",
    is_flag=True,
    help=f"Only look: no key acts. {READ_ONLY_VARIABLE}=1 says it for all commands.",
)


def read_only_by_environment() -> bool:
    """Whether this person may only look, whatever they type."""
    return os.environ.get(READ_ONLY_VARIABLE, "") not in ("", "0")


def refuse_read_only() -> None:
    """Refuse to start anything for a person who may only look."""
    if read_only_by_environment():
        raise UsageError(
            f"{READ_ONLY_VARIABLE} is set: nothing is started from here", hint="attach only looks"
        )


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several options; the last one stands first in the help."""

    def add(command: Command) -> Command:
        for option in options:
            command = option(command)
        return command

    return add


cluster_options = _together(
    click.option("-n", "--namespace", help="Namespace, instead of the plan's or the context's."),
    click.option("--context", help="Context of the kubeconfig, instead of the current one."),
    click.option("--kubeconfig", help="Kubeconfig file, instead of KUBECONFIG or ~/.kube/config."),
    click.option("--prometheus", metavar="URL", help="Prometheus, instead of the plan's."),
)
"""The words with which kubectl, too, is told where to go."""


way_options = _together(
    click.option("--context", help="Another context that leads to the release's own cluster."),
    click.option("--kubeconfig", help="Another kubeconfig that leads to the release's own cluster."),
)
"""The words with which a person names another way into the cluster of a release that exists."""


lease_options = _together(
    click.option(
        "--reason",
        default="",
        callback=reason_given,
        help="Why: for the journal, with --take-over or --no-lease.",
    ),
    click.option("--yes", is_flag=True, help="With --take-over: do not ask; needs --reason."),
    click.option(
        "--no-lease",
        is_flag=True,
        help="Drive without a lease, where the cluster lets you have none: nothing then keeps a second "
        "worker away but the marks on the router.",
    ),
    click.option("--take-over", is_flag=True, help="Take the release over from the worker that drives."),
)
"""The words about who drives."""


headless_options = _together(
    click.option(
        "--output",
        type=click.Choice(OUTPUTS),
        default=OUTPUTS[0],
        help="With --headless: one line of text or of JSON an event.",
    ),
    click.option("--headless", is_flag=True, help="No screen: one line an event, an exit code at the end."),
)
"""The words for a release without a screen."""

"""Taking the wheel from another driver: shown who drives, asked whether to, and why."""

from __future__ import annotations

import sys

import click
from msgspec import Struct

from console.errors import UsageError
from console.host.died import died_here
from console.host.order import Reach, TakeOver
from console.plan.literal import literal
from console.plan.model import Plan
from screens.say import say

LONGEST_HOLDER_CHARS = 300
"""Characters of a lease's holder that are said: another program may have written any."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a person said of the lease on the command line."""

    take_over: bool = False
    yes: bool = False
    """Not to be asked: in a pipeline."""
    no_lease: bool = False
    reason: str = ""


def refuse_contradictions(wish: Wish) -> None:
    """Raise UsageError where the words do not go together."""
    if wish.take_over and wish.no_lease:
        raise UsageError("--take-over takes the lease, and --no-lease wants none", hint="give one of them")
    if wish.take_over and wish.yes and not wish.reason:
        raise UsageError(
            "--take-over --yes needs a reason for the journal", hint="add --reason 'why it is taken over'"
        )


def asked_to_take_over(wish: Wish, plan: Plan, reach: Reach) -> TakeOver | None:
    """Give the takeover that the person wants, once they have seen from whom; None where there is none."""
    refuse_contradictions(wish)
    if not wish.take_over:
        return None
    if wish.yes:
        return TakeOver(reason=wish.reason)
    if not sys.stdin.isatty():
        raise UsageError("--take-over asks a person, and nobody is here", hint="add --yes and --reason")
    return _ask(wish, plan, reach)


def _ask(wish: Wish, plan: Plan, reach: Reach) -> TakeOver | None:
    from console.cluster.holder import holder_in_words  # noqa: PLC0415 - only a takeover needs it
    from console.worker.connect import lease_holder  # noqa: PLC0415 - as above

    holder = lease_holder(plan, reach)
    if holder is None:
        say("nobody drives it: there is nothing to take over", err=True)
        return None
    who = literal(holder_in_words(holder), longest=LONGEST_HOLDER_CHARS)
    if died_here(holder.identity):
        say(f"{plan.service} was driven by {who}: that worker, a process of this host, is dead.", err=True)
    else:
        say(f"{plan.service} is driven by {who}.", err=True)
        say("That worker will stop where it is; this release then begins at its first stage.", err=True)
    click.confirm("Take it over?", abort=True, err=True)
    reason = wish.reason or click.prompt("Why", err=True)
    return TakeOver(reason=reason, holder=holder.identity)

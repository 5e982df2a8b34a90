"""`pithead rollback --route`: the way back on a host that has no record of the release."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import click
from msgspec import Struct

from console.cluster.holder import holder_in_words
from console.cluster.resolve import resolve
from console.elsewhere import in_words
from console.errors import UsageError
from console.host.died import died_here
from console.host.order import Reach, read_order, write_order
from console.host.person import who_is_there
from console.host.places import known_releases, order_of
from console.plan.literal import literal
from console.plan.names import parse_label, parse_prometheus, parse_subdomain
from console.plan.router_kind import RouterKind, kind_of
from console.plan.routers import NAMES
from console.traffic.lost import Route, in_force
from console.traffic.object_kind import Named
from console.worker.by_route import Standing, look, order_by_route
from screens.commands.new_worker import driven, ended_in, folder_for
from screens.commands.options import parsed, refuse_read_only
from screens.commands.rollback import roll_back
from screens.commands.until_back import LONGEST_LINE
from screens.say import say

FORMS = " or ".join(f"{name}:NAMESPACE/NAME" for name in NAMES)


class Words(Struct, frozen=True, kw_only=True):
    """What was said on the command line, as it was typed."""

    route: str
    stable: str | None = None
    canary: str | None = None
    http_route: str | None = None
    prometheus: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    reason: str = ""
    yes: bool = False


def roll_back_by_route(words: Words, *, wait_s: float) -> int:
    """Roll back what the route's object says, once a person has confirmed it, and give the exit code."""
    refuse_read_only()
    kind, namespace, name = _typed_route(words.route)
    named = _named(words, kind_of(kind))
    prometheus = parsed("--prometheus", parse_prometheus, words.prometheus) if words.prometheus else ""
    found = resolve(
        kubeconfig=words.kubeconfig, context=words.context, namespace=namespace, variables=os.environ
    )
    reach = Reach(kubeconfig=words.kubeconfig, context=words.context, resolved=found)
    route = Route(kind=kind, namespace=found.namespace, name=name)
    standing = asyncio.run(look(reach, route=route, named=named, prometheus=prometheus))
    found_words = [literal(line, longest=LONGEST_LINE) for line in _told(standing, route)]
    if not words.yes:
        _confirm(standing, found_words)
        found_words = []
    own = _record_here(standing) if named.stable is None else None
    if own is not None:
        return _by_its_record(own, words, found_words, wait_s=wait_s, way=reach)
    folder, trouble = folder_for(standing.lost.plan.service)
    order = order_by_route(standing, reach, release=folder.name, person=who_is_there(), reason=words.reason)
    with suppress(UsageError):  # a full disk: the order is handed over
        write_order(order_of(folder), order)
    return driven(order, folder, until=time.monotonic() + wait_s, words=(*found_words, trouble))


def _by_its_record(folder: Path, words: Words, found: list[str], *, wait_s: float, way: Reach) -> int:
    """Roll back a release that is on record here after all, and say so behind it: it waits for no reader.

    It goes by the way that was just gone: the one on record may lead nowhere by now.
    """
    try:
        return roll_back(folder, reason=words.reason, wait_s=wait_s, yes=True, way=way)
    finally:
        for line in (*found, f"{folder.name} has its record on this host: it is rolled back by that"):
            say(line, err=True)


def _confirm(standing: Standing, found: list[str]) -> None:
    """Ask the person who is here, who reads what was found first; raises UsageError where nobody is."""
    plan = standing.lost.plan
    for line in found:
        say(line, err=True)
    if not sys.stdin.isatty():
        raise UsageError("nothing was written: --route asks a person, and nobody is here", hint="add --yes")
    click.confirm(f"Send all of {plan.canary.name}'s traffic to {plan.stable.name}?", abort=True, err=True)


def _told(standing: Standing, route: Route) -> list[str]:
    """Say what was found, a line a fact."""
    lost, cluster = standing.lost, standing.identity.cluster
    whose = f"release {lost.release}" if lost.release else "no release is named there"
    driver = f", driven by {lost.driver}" if lost.driver else ""
    lines = [
        f"{route.words} in {cluster.in_words}: {in_force(lost)}",
        f"which is which: by {lost.by}; {whose}{driver}",
        _lease_told(standing),
    ]
    if standing.stable_ready == 0:
        lines.append(f"{lost.plan.stable.name} has 0 READY PODS: all requests would go to nothing")
    if others := tuple(each for each in lost.elsewhere if each.canary or each.third):
        lines.append(f"this moves one route, NOT all traffic: {in_words(others)}")
    return lines


def _lease_told(standing: Standing) -> str:
    if standing.holder is None:
        return "nobody holds its lease"
    who = holder_in_words(standing.holder)
    if died_here(standing.holder.identity):
        return f"its worker is dead, it was a process of this host: its lease was held by {who}"
    if standing.lives:
        return f"ITS WORKER LIVES: {who}; that worker will see another's hand on the weight, and hold"
    return f"its worker is dead or cut off: its lease was held by {who}"


def _record_here(standing: Standing) -> Path | None:
    """Give the release's folder where it is on this host after all, and is about this very object."""
    for folder in known_releases():
        with suppress(UsageError):
            if folder.name != standing.lost.release or ended_in(folder) is not None:
                continue
            was = read_order(order_of(folder)).reach.identity
            if was is not None and was.route and was.route == standing.lost.uid:
                return folder
    return None


# -- words that were typed --------------------------------------------------------------------------


def _typed_route(text: str) -> tuple[str, str | None, str]:
    """Read `istio:shop/checkout`; without a namespace it is the context's, as with kubectl."""
    kind, _, path = text.partition(":")
    namespace, _, name = path.rpartition("/")
    if kind not in NAMES or not name:
        raise UsageError(f"--route: {literal(text)} is no route", hint=f"write {FORMS}")
    place = parsed("--route", parse_label, namespace) if namespace else None
    return kind, place, parsed("--route", parse_subdomain, name)


def _named(words: Words, kind: RouterKind) -> Named:
    if words.canary and not words.stable:
        raise UsageError("--canary alone does not say which is stable", hint="add --stable")
    return Named(
        stable=None if words.stable is None else parsed("--stable", kind.parse_side, words.stable),
        canary=None if words.canary is None else parsed("--canary", kind.parse_side, words.canary),
        http_route=words.http_route,
    )

"""A whole release against a real API: worker, lease, router, pods as they are; only the evidence is a toy."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from console.cluster.lease import ClusterLease, Terms
from console.host.order import Order, Reach, TakeOver
from console.journal import Journal
from console.person import Person
from console.plan.model import Plan
from console.release import events as ev
from console.worker.book import Book
from console.worker.clock import Clock
from console.worker.connect import connect
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.worker import Worker
from tests import machine
from tests.releases import counts, guard, stage
from tests.traffic.ground import plan_for
from tests.worker.ports import ToyRouter, ToySource, split_at

_SLOWNESS = machine.slowness()
SHORT = Terms(
    duration_s=4 * _SLOWNESS, margin_s=1.0 * _SLOWNESS, renew_s=0.5 * _SLOWNESS, deadline_s=1.0 * _SLOWNESS
)
"""Terms on which a test need not wait long, and a forward write still fits in."""


def healthy_source() -> ToySource:
    """Make a source that sees a healthy canary at every look, with a tenth of the requests at any weight."""
    source = ToySource(ToyRouter())
    source.of = lambda _tick: replace(split_at(counts(100), 10), split=10)
    return source


def quick_plan(namespace: str, *, hold_s: float = 0.3) -> Plan:
    stages = (stage(10, guard(min_requests=1), hold_s=hold_s), stage(100, guard(min_requests=1), hold_s=0.1))
    return replace(plan_for(namespace), interval_s=0.1, stages=stages)


def order_of(
    plan: Plan, kubeconfig: Path, *, login: str, take_over: TakeOver | None = None, context: str | None = None
) -> Order:
    return Order(
        release=f"checkout-{login}",
        plan=plan,
        reach=Reach(kubeconfig=str(kubeconfig), context=context),
        person=Person(login=login, host=f"{login}-host"),
        attended=False,
        take_over=take_over,
    )


async def drive(order: Order, folder: Path, *, terms: Terms = SHORT) -> list[ev.Record]:
    """Drive the order to its end, and give its records."""
    folder.mkdir(parents=True)  # noqa: ASYNC240 - one local call, before anything runs
    source = healthy_source()
    ports = replace(connect(order), source=lambda: source)
    if isinstance(ports.lease, ClusterLease):
        ports.lease.terms = terms
    records: list[ev.Record] = []
    with Journal(folder / "journal.jsonl") as journal, SpareDescriptors() as spare:
        book = Book(journal, now=Clock())
        book.add_listener(records.append)
        _ = await Worker(order=order, book=book, ports=ports, spare=spare).run()
    return records

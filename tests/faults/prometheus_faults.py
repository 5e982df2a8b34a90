"""What can be wrong with a Prometheus, and what the operator reads meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

from msgspec import Struct

from tests.faults.prometheus_wire import Json, Wire
from tests.metrics.http_fake import answering
from tests.metrics.scripted import V1, V2

LOGIN_PAGE = b"<!doctype html><title>Sign in</title>"
SKEW_S = 180.0
SCRAPED_TWICE = "10.0.0.2:15020"

Deed = Callable[[Wire], None]


class Fault(Struct, frozen=True, kw_only=True):
    """A thing that goes wrong, and is over some time later."""

    name: str
    begin: Deed
    end: Deed
    says: str = ""
    """What the line says while it lasts, as a pattern; empty where the evidence is as true as before."""
    lasts_s: float = 15.0


def _whole(wire: Wire) -> None:
    """Let Prometheus be as it was."""
    wire.answer, wire.bend, wire.beside = None, list, {}
    wire.mesh.scraped, wire.mesh.skew_s, wire.mesh.late_s = True, 0.0, 0.0


def _answers(body: bytes, *, status: int = 200) -> Deed:
    def begin(wire: Wire) -> None:
        wire.answer = answering(body, status=status)

    return begin


def _hangs(wire: Wire) -> None:
    wire.answer = wire.hang


def _warns(wire: Wire) -> None:
    """One store is missing, and with it all but the successful requests of the canary."""
    wire.beside = {"warnings": ["store-2 can't be reached"]}
    wire.bend = _only(lambda row: not (_is(row, V2) and row["metric"].get("response_code") == "503"))


def _answers_in_part(wire: Wire) -> None:
    wire.beside = {"isPartial": True}


def _numbers(text: str) -> Deed:
    """Let the canary's failed requests be no number."""

    def bent(rows: list[Json]) -> list[Json]:
        return [_valued(row, text) if row["metric"].get("response_code") == "503" else row for row in rows]

    def begin(wire: Wire) -> None:
        wire.bend = bent

    return begin


def _gone(*workloads: str) -> Deed:
    def begin(wire: Wire) -> None:
        wire.bend = _only(lambda row: not any(_is(row, workload) for workload in workloads))

    return begin


def _only(wanted: Callable[[Json], bool]) -> Callable[[list[Json]], list[Json]]:
    return lambda rows: [row for row in rows if wanted(row)]


def _is(row: Json, workload: str) -> bool:
    return bool(row["metric"].get("destination_workload") == workload)


def _valued(row: Json, text: str) -> Json:
    return {**row, "value": [row["value"][0], text]}


def _stands_still(wire: Wire) -> None:
    wire.mesh.scraped = False


def _stamps(late_s: float) -> Deed:
    def begin(wire: Wire) -> None:
        wire.mesh.late_s = late_s

    return begin


def _steps(skew_s: float) -> Deed:
    def begin(wire: Wire) -> None:
        wire.mesh.skew_s = skew_s

    return begin


def _restarts(*which: int) -> Deed:
    """Let pods restart: all their counters begin at zero."""

    def begin(wire: Wire) -> None:
        for each in which:
            pod = wire.mesh.pods[each]
            pod.requests, pod.below = dict.fromkeys(pod.requests, 0.0), dict.fromkeys(pod.below, 0.0)

    return begin


def _doubled(wire: Wire) -> None:
    """Give every series twice, now one copy a little behind and now the other."""
    turns = count()

    def bent(rows: list[Json]) -> list[Json]:
        counters = [row for row in rows if "instance" in row["metric"]]
        behind = [_valued(row, f"{float(row['value'][1]) * 0.99:.10g}") for row in counters]
        return rows + behind if next(turns) % 2 else behind + rows

    wire.bend = bent


def _scraped_twice(wire: Wire) -> None:
    """Let the canary's pod be scraped at a second address."""

    def again(row: Json) -> list[Json]:
        second = {**row, "metric": {**row["metric"], "instance": SCRAPED_TWICE}}
        return [row, second] if _is(row, V2) and "instance" in row["metric"] else [row]

    wire.bend = lambda rows: [each for row in rows for each in again(row)]


BLINDING = (
    Fault(
        name="down",
        begin=Wire.down,
        end=Wire.up,
        says="can't be reached: Connection refused; does it run, and is the plan's address right",
    ),
    Fault(
        name="hanging",
        begin=_hangs,
        end=Wire.let_go,
        says="gave no answer within 4 s; is it overloaded",
    ),
    Fault(
        name="html",
        begin=_answers(LOGIN_PAGE),
        end=_whole,
        says=f"not Prometheus' JSON: '{re.escape(LOGIN_PAGE.decode())}'; a login page",
    ),
    Fault(
        name="starting",
        begin=_answers(b"Service Unavailable", status=503),
        end=_whole,
        says="answered with HTTP 503; is it starting",
    ),
    Fault(
        name="warnings",
        begin=_warns,
        end=_whole,
        says="perhaps only a part was seen, Prometheus warns: store-2 can't be reached",
    ),
    Fault(
        name="a part",
        begin=_answers_in_part,
        end=_whole,
        says="one of its stores is missing; its page of stores says which",
    ),
    Fault(name="NaN", begin=_numbers("NaN"), end=_whole, says="v2: a counter is NaN or infinite; .*Targets"),
    Fault(name="Inf", begin=_numbers("+Inf"), end=_whole, says="v2: a counter is NaN or infinite; .*Targets"),
    Fault(name="empty", begin=_gone(V1, V2), end=_whole, says="v1 vanished .*; v2 vanished .*; .*Targets"),
    Fault(
        name="canary gone",
        begin=_gone(V2),
        end=_whole,
        says="v2 vanished from Prometheus 15 s ago; .*Targets",
    ),
    Fault(
        name="stable gone",
        begin=_gone(V1),
        end=_whole,
        says="v1 vanished from Prometheus 15 s ago; .*Targets",
    ),
    Fault(
        name="samples that stand still",
        begin=_stands_still,
        end=_whole,
        says="v2: samples no longer move, the newest is .* s old; .*Targets",
        lasts_s=30.0,
    ),
    Fault(
        name="samples stamped minutes late",
        begin=_stamps(SKEW_S),
        end=_whole,
        says="v2: samples come late, the newest is 18[0-9] s old by Prometheus' clock",
    ),
)
"""While one of these lasts nothing moves, and the line says why."""

HARMLESS = (
    Fault(name="canary restarts", begin=_restarts(1), end=_whole),
    Fault(name="both restart", begin=_restarts(0, 1), end=_whole),
    Fault(name="series twice", begin=_doubled, end=_whole),
    Fault(name="scraped twice", begin=_scraped_twice, end=_whole),
    Fault(name="clock minutes ahead", begin=_steps(SKEW_S), end=_whole),
    Fault(name="clock minutes behind", begin=_steps(-SKEW_S), end=_whole),
    Fault(name="samples stamped minutes ahead", begin=_stamps(-SKEW_S), end=_whole),
)
"""With these the evidence is as true as before."""

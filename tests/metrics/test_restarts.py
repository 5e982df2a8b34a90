"""A restart is told by the process: by how long it has run, by its counters' history, and not by chance."""

from __future__ import annotations

import pytest

from console.evidence import Counts
from tests.metrics.prometheis import BEGAN_S
from tests.metrics.scripted import V2
from tests.metrics.test_callers import TICK_S, ViewState

AGE_S = 600.0


def scene(*, tells: bool = True) -> ViewState:
    """Look until the counts are steady; proxies that tell their age are ten minutes old."""
    found = ViewState()
    for proxy in found.proxies:
        proxy.began_s = BEGAN_S - AGE_S if tells else None
    for _ in range(3):
        found.tick()
    return found


def restarted(of: ViewState, *, requests: int) -> Counts:
    """The canary's proxy begins anew and serves so many; gives what is counted of it."""
    canary = next(proxy for proxy in of.proxies if proxy.deployment == V2)
    canary.counters.clear()
    canary.serve("web", "503", requests)
    if canary.began_s is not None:
        canary.began_s = of.prometheis.now_s
    return of.tick()


@pytest.mark.parametrize("requests", [1, 40, 900, 1500, 3000])
def test_a_process_that_runs_for_a_shorter_time_counts_whole_whatever_its_counters_are(requests: int) -> None:
    assert restarted(scene(), requests=requests).errors_5xx == requests


def test_without_an_age_a_restart_that_shows_is_told_by_the_counters_history() -> None:
    assert restarted(scene(tells=False), requests=40).errors_5xx == 40


def test_an_age_that_is_less_without_a_restart_counts_nothing_twice() -> None:
    """A copy that is older, or a gauge that is flushed late, is no new process: it would be younger."""
    of = scene()
    for proxy in of.proxies:
        proxy.began_s = BEGAN_S - AGE_S + 40.0
    assert of.tick().requests == TICK_S


def test_an_age_that_is_no_longer_told_is_no_restart() -> None:
    of = scene()
    for proxy in of.proxies:
        proxy.began_s = None
    assert of.tick().requests == TICK_S
    for proxy in of.proxies:
        proxy.began_s = BEGAN_S - AGE_S
    assert of.tick().requests == TICK_S

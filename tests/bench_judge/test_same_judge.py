"""The benchmark's judge in arrays is the judge: on the same counts both come to the same evidence."""

from __future__ import annotations

import numpy as np
import pytest

from console.judge.keys.judge import observe, verdict
from console.judge.keys.settings import Settings
from console.judge.verdict import Action
from tests.bench_judge import hard_limits, interval, ours
from tests.bench_judge.blocks import blocks_of
from tests.bench_judge.classes import OTHERS, pairs, refusing
from tests.bench_judge.excuses import AFTER_UNSEEN, BLIPS, POD_SLOW, TAIL
from tests.bench_judge.one_release import begin_release, blocks_in
from tests.bench_judge.releases import simulate
from tests.bench_judge.thresholds import NEVER
from tests.bench_judge.unseen import FINE_BUCKETS
from tests.bench_judge.worlds import (
    COLD,
    GAP,
    POD_NOISE,
    SKEWED_OUTAGE,
    STICKY,
    WILD,
    A,
    B,
    Case,
    Change,
)
from tests.sample import sampled

_CASES = (
    Case(world=TAIL, rps=1000.0),
    Case(world=BLIPS, rps=50.0),
    Case(title="x1.5", world=POD_SLOW, defect=Change(latency_times=1.5)),
    Case(title="+1pp, after unseen", world=AFTER_UNSEEN, defect=Change(errors_plus=0.01, from_s=1800)),
    Case(rps=5.0),
    Case(world=WILD, rps=50.0, errors=0.01),
    Case(world=SKEWED_OUTAGE),
    Case(world=STICKY, rps=50.0),
    Case(world=POD_NOISE),
    Case(world=COLD, rps=5000.0),
    Case(world=GAP, rps=50.0),
    Case(world=FINE_BUCKETS, rps=50.0),
    Case(title="+0.5pp", defect=Change(errors_plus=0.005), stages=B),
    Case(title="+1pp of nothing", rps=50.0, errors=0.0, defect=Change(errors_plus=0.01), stages=B),
    Case(title="P99 +20 %", defect=Change(latency_times=1.2), stages=A),
    Case(title="gap and +5pp", world=GAP, rps=50.0, defect=Change(errors_plus=0.05), stages=B),
)
_CLASSES = (
    *(
        Case(title=f"+5pp of {each.name}", defect=Change(errors_plus=0.05), failure=each.end)
        for each in OTHERS[:2]
    ),
    *(case for _, case in pairs(500.0)[2:3]),
    refusing()[1],
)
_RELEASES = 3


@pytest.mark.parametrize(
    "case", sampled("worlds of the judge's benchmark", (*_CASES, *_CLASSES)), ids=lambda case: case.name
)
def test_both_judges_give_the_same_evidence_and_the_same_verdict(case: Case) -> None:
    settings = Settings()
    releases = simulate(case, count=_RELEASES, rng=np.random.default_rng(7))
    past = ours.past_of(releases, settings)
    blocks = blocks_of(releases, past.layout)
    keys = ours.judge(releases, blocks, past, settings)
    breaches = hard_limits.watch(releases, blocks, settings)
    low, high, _shown = interval.intervals(blocks, burst=past.noise.burst[:, 0])
    stops, pauses = keys.decide(settings), breaches.pauses(settings)
    for release in range(_RELEASES):
        state = begin_release(releases, release, planned_blocks=len(blocks.weights))
        stop = pause = NEVER
        for block in blocks_in(releases, blocks, release, state.channels):
            state = observe(state, block)
            said, at = verdict(state, at_s=block.at_s), (release, round(block.at_s) // 15 - 1)
            assert said.k1 == pytest.approx(keys.worse[at], rel=1e-9)
            assert said.k2 == pytest.approx(keys.beyond_tolerance[at], rel=1e-9)
            both = [limit.both for limit in said.limits]
            assert both == pytest.approx(breaches.both[at].tolist(), rel=1e-9)
            uplift = said.channels[0].uplift
            if uplift is not None:
                assert (uplift.low, uplift.high) == pytest.approx((low[at], high[at]), rel=1e-9, abs=1e-12)
            tick = round(block.at_s) // 5 - 1
            if said.action is Action.ROLL_BACK:
                stop = min(stop, tick)
            if state.limits.canary_since_s is not None or state.limits.shared_since_s is not None:
                pause = min(pause, tick)
        assert (stop, pause) == (stops[release], pauses[release])

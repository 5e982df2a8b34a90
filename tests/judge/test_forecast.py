from __future__ import annotations

import random

from console.evidence import Counts, History, PodMinute
from console.judge.forecast import foresee, rehearsal_check
from console.judge.keys.channels import Channels
from console.judge.keys.noise import profile_of
from console.judge.keys.rehearsal import rehearse
from console.judge.keys.settings import Settings
from console.judge.terms import terms_of
from console.plan.model import Judge
from console.preflight import Check
from tests.judge.keys.cases import ERRORS
from tests.releases import plan, stage


def history(
    *, requests: float = 2000.0, pods: int = 4, broken: int | None = None, bad: float = 0.2
) -> History:
    """An hour in which one of 500 requests fails, and with the broken pod one of five, or so many."""
    chance = random.Random(7)

    def errors(pod: int) -> float:
        share = bad if pod == broken else 0.002
        return float(sum(chance.random() < share for _ in range(int(requests))))

    return History(
        minutes=tuple(
            tuple(
                PodMinute(pod=f"pod-{pod}", counts=Counts(requests=requests, errors_5xx=errors(pod)))
                for pod in range(pods)
            )
            for _ in range(60)
        )
    )


def foreseen(
    past: History | None, *, weight: int = 1, hold_s: float = 600.0, judge: Judge | None = None
) -> dict[str, Check]:
    known = past or History()
    terms = terms_of(judge or Judge(), known, scrape_s=None)
    checks = foresee(known, plan=plan(stage(weight, hold_s=hold_s), stage(100)), terms=terms)
    assert all(check.ok for check in checks), "the past never refuses a release"
    return {check.name: check for check in checks}


def test_a_calm_service_is_calibrated() -> None:
    check = foreseen(history())["rehearsal"]
    assert not check.warning
    assert check.words.startswith("calibrated: ")
    assert check.words.endswith(":1, in 4h of v1's pods as canaries")


def test_a_service_whose_own_pods_look_like_a_bad_canary_can_not_be_judged() -> None:
    calm, channels = history(), Channels(judged=(ERRORS,))
    profile = profile_of(calm, channels=channels, half_life_s=600.0)
    shown = rehearse(history(broken=1), settings=Settings(), channels=channels, profile=profile)
    check = rehearsal_check(shown, plan=plan())
    assert check.warning
    assert check.ok
    assert check.words.startswith("can't be judged automatically: v1's own pods differ")


def test_a_pod_that_excuses_a_bad_canary_is_named_with_how_bad_that_may_be() -> None:
    checks = foreseen(history(broken=1, bad=0.01))
    assert checks["rehearsal"].warning
    assert checks["rehearsal"].words.startswith("pod-1 is worse than v1's other pods beyond doubt: ")
    assert "because of pod-1 a canary with errors up to " in checks["rehearsal"].words
    assert "times v1's passes" in checks["rehearsal"].words


def test_the_horizon_is_told_at_the_first_weight_and_at_ten_percent() -> None:
    check = foreseen(history())["horizon"]
    assert check.words == "blind for +1pp at 1%: ~9 min; at 10%: ~2 min"


def test_a_first_weight_that_shows_nothing_in_its_stage_is_warned_of_with_one_that_does() -> None:
    check = foreseen(history(requests=60.0))["horizon"]
    assert check.warning
    assert "begin with" in check.words
    enough = int(check.words.partition("begin with ")[2].partition("%")[0])
    assert not foreseen(history(requests=60.0), weight=enough)["horizon"].warning
    assert foreseen(history(requests=60.0), weight=enough - 1)["horizon"].warning


def test_at_a_trickle_no_weight_is_enough() -> None:
    assert "no weight is enough" in foreseen(history(requests=1.0), hold_s=60.0)["horizon"].words


def test_a_service_without_a_past_is_told_so() -> None:
    for past in (None, History(), history(requests=0.0)):
        (check,) = foreseen(past).values()
        assert check.words == "v1 has no past in Prometheus to learn from: its noise is guessed"


def test_one_pod_has_nobody_to_rehearse_with_but_its_horizon_is_known() -> None:
    checks = foreseen(history(pods=1))
    assert checks["rehearsal"].words == "v1 has one pod only, so no pod could play the canary"
    assert checks["horizon"].words


def test_where_a_point_is_tolerated_the_horizon_is_that_of_twice_as_much() -> None:
    check = foreseen(history(), judge=Judge(tolerate=0.01))["horizon"]
    assert check.words.startswith("blind for +2pp at 1%")

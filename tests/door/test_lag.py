"""A store that is always behind: measured in the preflight, allowed for in every stage, or refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from console.errors import ExitCode
from console.metrics.answer import Row
from console.metrics.lag import LONGEST_S, NAME, lag_of
from console.release import events as ev
from tests.door.releases import Ended, released
from tests.faults.patient_time import patiently
from tests.faults.prometheus_wire import SCRAPE_S, Mesh
from tests.metrics.scripted import Pod

LAG_S = 30.0
HOLD_S = 4 * SCRAPE_S


class LateMesh(Mesh):
    """Shows what was scraped `lag_s` ago, stamped as it was then, as an instant query of now."""

    lag_s = LAG_S

    def __init__(self, *, clock: Callable[[], float], weight: Callable[[], int]) -> None:
        super().__init__(clock=clock, weight=weight)
        self._shown: list[list[Pod]] = []

    def behind_s(self) -> float:
        return self.lag_s

    def rows(self, promql: str) -> list[Row]:
        with self._one_at_a_time:
            self._scrape()
            if not self._shown or self._shown[-1][0].scraped_s != self.v1.scraped_s:
                self._shown.append(copy.deepcopy([*self.pods]))
            seen_s = self.now_s - self.behind_s()
            old = [pods for pods in self._shown if (pods[0].scraped_s or 0.0) <= seen_s]
            self._prometheus.pods = old[-1] if old else [Pod("", "", scraped_s=None)]
            if not old:  # what was scraped before this test began
                self._prometheus.pods = copy.deepcopy(self._shown[0])
                for pod in self._prometheus.pods:
                    pod.scraped_s = seen_s
            return self._prometheus._rows(promql)


class TooLateMesh(LateMesh):
    lag_s = LONGEST_S + 60.0


class BadMesh(LateMesh):
    """A tenth of the canary's requests fail."""

    def _serve(self, pod: Pod, requests: float) -> None:
        super()._serve(pod, requests)
        if pod is self.v2:
            pod.requests["503"] += requests * 0.1


async def behind(folder: Path, mesh: type[Mesh]) -> Ended:
    return await released(
        folder, None, hold_s=HOLD_S, mesh=lambda clock, weight: mesh(clock=clock, weight=weight)
    )


@patiently
async def test_a_store_that_is_always_behind_blinds_no_release(tmp_path: Path) -> None:
    ended = await behind(tmp_path, LateMesh)
    assert ended.code == ExitCode.PROMOTED, ended.troubles
    assert ended.troubles == []
    (done,) = [each.event for each in ended.records if isinstance(each.event, ev.PreflightDone)]
    (check,) = [check for check in done.checks if check.name == NAME]
    assert check.warning
    assert "v1 is scraped every 5 s, and its newest sample is 3" in check.words
    assert "-search.latencyOffset" in check.words


@patiently
async def test_a_stage_is_held_for_as_long_as_it_says_behind_the_lag(tmp_path: Path) -> None:
    ended = await behind(tmp_path, LateMesh)
    first, last = (ended.confirmed_at[weight] for weight in (20, 100))
    assert last - first >= HOLD_S + LAG_S
    assert ended.records[-1].at - last >= HOLD_S + LAG_S


@patiently
async def test_damage_is_found_that_much_later_and_the_users_recovery_too(tmp_path: Path) -> None:
    ended = await behind(tmp_path, BadMesh)
    assert ended.code == ExitCode.ROLLED_BACK_BY_GUARD, ended.troubles
    assert ended.weights == [20, 0]
    (recovered,) = [each for each in ended.records if isinstance(each.event, ev.Recovered)]
    assert recovered.at - ended.confirmed_at[0] >= LAG_S


@patiently
async def test_a_store_that_is_too_far_behind_is_refused_with_the_setting_that_mends_it(
    tmp_path: Path,
) -> None:
    ended = await behind(tmp_path, TooLateMesh)
    assert ended.code == ExitCode.PREFLIGHT_FAILED
    (line,) = ended.refused
    assert "more than 120 s can't be allowed for; in VictoriaMetrics -search.latencyOffset=1s" in line


class LaterMesh(LateMesh):
    """In time until the first weight, and late from then on."""

    def behind_s(self) -> float:
        return self.lag_s if self._weight() else 0.0


@patiently
async def test_a_store_that_becomes_late_in_the_middle_blinds_for_a_while_and_says_so(tmp_path: Path) -> None:
    ended = await behind(tmp_path, LaterMesh)
    assert ended.code == ExitCode.PROMOTED, ended.troubles
    told = [each.event for each in ended.records if isinstance(each.event, ev.GuardTurned)]
    assert [each.words[:32] for each in told if each.guard == NAME] == ["the store answers 30 s late from"]
    assert ended.records[-1].at - ended.confirmed_at[100] >= HOLD_S + LAG_S


@pytest.mark.parametrize(
    ("age_s", "every_s", "lag_s"),
    [(0.0, 5.0, 0.0), (9.9, 5.0, 0.0), (29.0, 15.0, 0.0), (31.0, 15.0, 31.0), (32.0, 1.0, 32.0)],
)
def test_what_two_scrapes_explain_is_no_lag(age_s: float, every_s: float, lag_s: float) -> None:
    assert lag_of(age_s, every_s=every_s, interval_s=5.0) == lag_s

"""How late the store is that the evidence comes from: measured in the preflight, and again as samples come.

A remote write's queue that grows in the middle of a release, or a store that is restarted with another
offset, makes what is seen older, and what is older belongs to an earlier weight.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.errors import EvidenceError
from console.metrics.checks import newest_age_s, scrape_interval_s
from console.metrics.lag import LONGEST_S, lag_check, lag_of

if TYPE_CHECKING:
    from console.metrics.query_round import Api, Questions, View
    from console.plan.model import Plan
    from console.preflight import Check

STEPS = 3
"""New samples in a row that are late, or in time again, before the lag is another one."""


class Lateness:
    """What is known of one store's lag."""

    def __init__(self, api: Api, plan: Plan) -> None:
        self._api = api
        self._plan = plan
        self._measured_s: float | None = None
        self._every_s = 0.0
        """Between two scrapes; 0 where nobody knows."""
        self._newest_s = 0.0
        self._ages_s: tuple[float, ...] = ()
        """How old the newest sample was when it was first seen, of the last few that were the newest."""

    @property
    def lag_s(self) -> float:
        """How far the store is behind; 0 where that was not measured, or is too much to be allowed for."""
        return self._measured_s or 0.0

    @property
    def known(self) -> bool:
        """Whether it was measured."""
        return self._measured_s is not None

    async def measure(
        self, questions: Questions, *, deadline_s: float, seen_every_s: float | None = None
    ) -> Check | None:
        """Ask how far it is behind, and say what that means; None where nothing is to be said.

        `seen_every_s` is how often samples were seen to come: series that are young can't be asked.
        """
        try:
            every_s, age_s = await asyncio.gather(
                *(
                    ask(self._api, questions, deadline_s=deadline_s)
                    for ask in (scrape_interval_s, newest_age_s)
                )
            )
        except EvidenceError:
            return None
        every_s = every_s or seen_every_s
        if every_s is None or age_s is None:
            return None
        self._every_s = every_s
        lag_s = self._lag_of(age_s)
        self._measured_s = lag_s if lag_s <= LONGEST_S else 0.0
        return lag_check(lag_s, every_s=every_s, stable=self._plan.stable.name)

    async def feel(
        self, view: View, questions: Questions, *, every_s: float | None, deadline_s: float
    ) -> None:
        """Take a look in; a worker's first one measures: who goes on with a release makes no preflight."""
        if not view.newest_s:
            return
        newest_s = max(view.newest_s.values())
        age_s = view.asked_at_s - newest_s
        if self._measured_s is None:
            if age_s > self._plan.interval_s:
                await self.measure(questions, deadline_s=deadline_s, seen_every_s=every_s)
            else:
                self._measured_s = 0.0
        if newest_s > self._newest_s:
            # Of a sample that does not move any more nobody can say how late the next one comes.
            self._ages_s = (*self._ages_s, age_s)[-STEPS:]
            self._newest_s = newest_s
            self._measure_again()

    def _measure_again(self) -> None:
        """Believe what all of the last few say: a lag delays each of them, and a scrape that failed one."""
        if len(self._ages_s) < STEPS:
            return
        least_s, most_s = (self._lag_of(age_s) for age_s in (min(self._ages_s), max(self._ages_s)))
        apart_s = max(self._every_s, self._plan.interval_s)
        if self.lag_s + apart_s < least_s <= LONGEST_S:
            self._measured_s = least_s
        elif most_s < self.lag_s - apart_s:
            self._measured_s = most_s

    def _lag_of(self, age_s: float) -> float:
        return lag_of(age_s, every_s=self._every_s, interval_s=self._plan.interval_s)

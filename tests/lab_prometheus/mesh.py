"""A mesh whose page real programs scrape, and whether what is counted of it is true."""

from __future__ import annotations

import asyncio
from random import Random

from console.metrics.evidence_source import PrometheusSource
from tests.lab_prometheus.programs import Page, until
from tests.lab_prometheus.test_source_on_both import v1, v2

LOOKS = 40
BUSY = 50
"""Requests that each version gets between two looks, in the second half."""


class Mesh:
    """What both versions served, on a page that both Prometheis scrape."""

    def __init__(self, shown: Page, chance: Random) -> None:
        self.shown, self.chance = shown, chance
        self.codes = {"v1": {"200": 5000, "503": 400}, "v2": {"200": 40}}
        self.served = {"v1": 0, "v2": 0}
        self.failed = {"v1": 0, "v2": 0}
        self.hidden = 0
        """What the canary's counters stood at when its process began anew: where they are past it by the next
        scrape, no scraper can tell that they had begun at zero."""

    def serve(self, requests: int) -> None:
        for version, codes in self.codes.items():
            for _ in range(requests):
                code = self.chance.choice(("200", "200", "200", "503", "0"))
                codes[code] = codes.get(code, 0) + 1
                self.served[version] += 1
                self.failed[version] += code != "200"
        self.show()

    def restart(self) -> None:
        """The canary's process begins anew."""
        self.hidden = sum(self.codes["v2"].values())
        self.codes["v2"] = {"200": 0}
        self.show()

    def show(self) -> None:
        self.shown.show(v1(self.codes["v1"]) + v2(self.codes["v2"]))


class Counting:
    """What is counted of a mesh, look by look: never more than it served."""

    def __init__(self, mesh: Mesh, source: PrometheusSource, runner: asyncio.Runner) -> None:
        self.mesh, self.source, self.runner = mesh, source, runner
        self.counted = {"v1": 0.0, "v2": 0.0}
        self.failed = {"v1": 0.0, "v2": 0.0}

    def look(self) -> float:
        """Look once; gives the span that was counted."""
        sample = self.runner.run(self.source.sample(deadline_s=30))
        for version, side in (("v1", sample.stable), ("v2", sample.canary)):
            if side.counts is not None:
                self.counted[version] += side.counts.requests
                self.failed[version] += side.counts.errors
        for version in self.counted:
            assert self.counted[version] <= self.mesh.served[version], f"twice: {self.counted}"
            assert self.failed[version] <= self.mesh.failed[version], f"twice: {self.failed}"
        return sample.span_s

    def live(self) -> None:
        """Let traffic come, little and then much, with a restart of the canary's process between."""
        self.look()
        for turn in range(LOOKS):
            self.mesh.serve(1 if turn < LOOKS // 2 else BUSY)
            if turn == LOOKS // 2:
                self.mesh.shown.wait_scraped()  # by all, or what it served last would be lost with it
                self.mesh.restart()
            self.runner.run(asyncio.sleep(self.mesh.chance.uniform(0.1, 1.0)))
            self.look()

    def ends_true(self) -> None:
        """Wait until all is counted, but for what a restart may hide."""

        def all_seen() -> bool:
            self.look()
            return self.lost("v1") == 0 and self.lost("v2") <= self.mesh.hidden

        until(all_seen, patience_s=180.0)
        assert self.mesh.failed["v1"] == self.failed["v1"]

    def lost(self, version: str) -> float:
        """Give what was served and is not counted."""
        return self.mesh.served[version] - self.counted[version]

"""The real worker under hypothesis' own machine: it looks for the shortest way to break a promise."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.command import Command
from tests.model.play import check
from tests.model.promises import Promises
from tests.model.setups import setup_of
from tests.model.stage import Stage
from tests.model.staged import Staged
from tests.model.surroundings import Harm, Mark, Other, Road, Weather, Wheel


class ReleaseMachine(RuleBasedStateMachine):
    """One release; its rules are what time, the world and people can do to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="pithead-model-"))
        self.stage = Stage(self.folder)
        self.drive: Staged | None = None

    @property
    def staged(self) -> Staged:
        assert self.drive is not None
        return self.drive

    def under_way(self) -> bool:
        return self.drive is not None and self.drive.promises.ended is None

    @initialize(number=st.integers(0, 2**32 - 1))
    def open(self, number: int) -> None:
        setup = setup_of(number)
        self.drive = self.stage(setup, Promises(setup))

    @precondition(under_way)
    @rule(ticks=st.integers(1, 5))
    def time_passes(self, ticks: int) -> None:
        self.staged.pass_time(ticks)

    @precondition(under_way)
    @rule(weather=st.sampled_from(Weather))
    def the_weather_turns(self, weather: Weather) -> None:
        self.staged.weather(weather)

    @precondition(under_way)
    @rule(road=st.sampled_from(Road))
    def the_road_changes(self, road: Road) -> None:
        self.staged.road(road)

    @precondition(under_way)
    @rule(wheel=st.sampled_from(Wheel))
    def the_lease_changes(self, wheel: Wheel) -> None:
        self.staged.wheel(wheel)

    @precondition(under_way)
    @rule(full=st.booleans())
    def the_disk_changes(self, *, full: bool) -> None:
        self.staged.disk(full=full)

    @rule(command=st.sampled_from(Command), reason=st.sampled_from(["pager", ""]), read_only=st.booleans())
    def a_person_asks(self, command: Command, reason: str, *, read_only: bool) -> None:
        self.staged.ask(command, reason=reason, read_only=read_only)

    @precondition(under_way)
    @rule(weight=st.integers(0, 100))
    def someone_meddles(self, weight: int) -> None:
        self.staged.meddle(weight)

    @precondition(under_way)
    @rule(landed=st.booleans())
    def the_worker_dies(self, *, landed: bool) -> None:
        self.staged.crash(landed=landed)

    @precondition(under_way)
    @rule(for_s=st.floats(1.0, 600.0))
    def the_machine_sleeps(self, for_s: float) -> None:
        self.staged.sleep(for_s)

    @precondition(under_way)
    @rule(weight=st.none() | st.integers(0, 100))
    def the_route_is_made_anew(self, weight: int | None) -> None:
        self.staged.anew(weight)

    @precondition(under_way)
    @rule(harm=st.sampled_from(Harm), dead=st.booleans())
    def the_journal_is_harmed(self, harm: Harm, *, dead: bool) -> None:
        self.staged.harm(harm, dead=dead)

    @precondition(under_way)
    @rule(by_a_copy=st.booleans())
    def another_goes_by(self, *, by_a_copy: bool) -> None:
        self.staged.overtake(by_a_copy=by_a_copy)

    @precondition(under_way)
    @rule(away=st.booleans())
    def the_host_is_lost(self, *, away: bool) -> None:
        self.staged.lose_host(away=away)

    @precondition(under_way)
    @rule(other=st.sampled_from(Other))
    def the_worker_is_cut_off(self, other: Other) -> None:
        self.staged.cut_off(other)

    @precondition(under_way)
    @rule(mark=st.sampled_from(Mark), weight=st.none() | st.integers(0, 100))
    def a_manifest_is_applied(self, mark: Mark, weight: int | None) -> None:
        self.staged.apply(mark, weight)

    @invariant()
    def every_promise_is_kept(self) -> None:
        if self.drive is not None:
            check(self.drive)

    def teardown(self) -> None:
        try:
            if self.drive is not None:
                self.drive.end()
                check(self.drive)
        finally:
            self.stage.close()
            shutil.rmtree(self.folder)


TestRelease = ReleaseMachine.TestCase
TestRelease.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)

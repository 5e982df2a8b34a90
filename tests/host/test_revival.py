"""Which dead releases are taken up without being named, and how many workers start at once."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.errors import UsageError
from console.host.launch import has_died
from console.host.order import Order, Reach, write_order
from console.host.places import journal_of, log_of, order_of
from console.host.revival import AT_ONCE, STARTS_WITHIN_S, LeftAlone, revive_each, to_revive
from console.host.runs import Run, run_in
from console.identity import ClusterId, Identity
from console.journal import Journal
from console.release import events as ev
from console.release.events import Outcome, ReleaseEnded
from tests.releases import ANA, plan, running

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_790_000_000.0
DAY_S = 86_400.0
PROMOTED = ReleaseEnded(outcome=Outcome.PROMOTED, exit_code=0, reason="done")
REFUSED = ReleaseEnded(outcome=Outcome.REFUSED, exit_code=3, reason="no")


def dead(name: str, *, began_ago_s: float = 600.0, last_ago_s: float = 60.0, route: str = "") -> Run:
    """A release in mid-flight that nobody drives; with a route of its own unless one is named."""
    return Run(
        name=name,
        worker=None,
        person=ANA,
        route=route or f"istio:shop/{name} in prod",
        began_at=NOW - began_ago_s,
        last_at=NOW - last_ago_s,
        moved=True,
    )


def divided(
    tmp_path: Path, *runs: Run, older_than_s: float = DAY_S
) -> tuple[list[str], dict[str, LeftAlone]]:
    """Divide runs whose folders hold no order."""
    folders = [tmp_path / run.name for run in runs]
    taken, left = to_revive(folders, runs, now=NOW, older_than_s=older_than_s)
    return [folder.name for folder in taken], {one.name: one for one in left}


def test_all_dead_of_today_on_routes_of_their_own_are_taken_up(tmp_path: Path) -> None:
    assert divided(tmp_path, dead("a"), dead("b"), replace(dead("c"), worker=7)) == (["a", "b"], {})


def test_of_two_dead_on_one_route_only_the_newest_is_taken_up_and_the_other_is_named(tmp_path: Path) -> None:
    runs = (dead("old", began_ago_s=900, route="r"), dead("new", began_ago_s=300, route="r"))
    taken, left = divided(tmp_path, *runs)
    assert taken == ["new"]
    words = "old: left alone: new is newer on the same route, r; pithead resume old takes it up all the same"
    assert left["old"].in_words == words


@pytest.mark.parametrize(
    "newer",
    [replace(dead("new", route="r"), worker=7, moved=False), replace(dead("new", route="r"), ended=PROMOTED)],
    ids=["live", "ended"],
)
def test_what_a_newer_release_has_overtaken_is_left_alone(tmp_path: Path, newer: Run) -> None:
    taken, left = divided(tmp_path, dead("old", began_ago_s=900, route="r"), newer)
    assert (taken, [*left]) == ([], ["old"])


def test_a_newer_one_that_was_refused_before_its_first_write_overtakes_nothing(tmp_path: Path) -> None:
    newer = replace(dead("new", route="r"), moved=False, ended=REFUSED)
    assert divided(tmp_path, dead("old", began_ago_s=900, route="r"), newer) == (["old"], {})


def test_one_of_the_same_name_in_another_cluster_overtakes_nothing(tmp_path: Path) -> None:
    runs = (dead("old", began_ago_s=900, route="r in prod"), dead("new", route="r in staging"))
    assert divided(tmp_path, *runs)[0] == ["old", "new"]


PROD, STAGING = (ClusterId(uid=uid, server=f"https://{uid}") for uid in ("prod-uid", "staging-uid"))


def of(name: str, cluster: ClusterId, *, context: str, route: str = "", **times: float) -> Run:
    """A dead release whose cluster is on record."""
    run = replace(dead(name, route=f"istio:shop/x in {context}", **times), target="istio:shop/x")
    return replace(run, identity=Identity(cluster=cluster, route=route))


def test_one_route_by_two_contexts_of_one_cluster_is_one_route(tmp_path: Path) -> None:
    old = of("old", PROD, context="prod", began_ago_s=900)
    taken, left = divided(tmp_path, old, of("new", PROD, context="admin@prod"))
    assert (taken, [*left]) == (["new"], ["old"])


def test_one_context_that_led_to_two_clusters_is_two_routes(tmp_path: Path) -> None:
    runs = (of("old", PROD, context="kind", began_ago_s=900), of("new", STAGING, context="kind"))
    assert divided(tmp_path, *runs)[0] == ["old", "new"]


def test_where_no_cluster_may_be_identified_the_objects_own_uid_tells(tmp_path: Path) -> None:
    rotated = [ClusterId(authority=name, server="https://x") for name in ("before", "after")]
    old = of("old", rotated[0], context="a", route="uid-1", began_ago_s=900)
    assert divided(tmp_path, old, of("new", rotated[1], context="b", route="uid-1"))[0] == ["new"]
    assert divided(tmp_path, old, of("new", rotated[1], context="b", route="uid-2"))[0] == ["old", "new"]


def test_a_run_has_the_identity_that_its_journal_has(tmp_path: Path) -> None:
    story = running()
    story.tell(ev.Identified(cluster=PROD, route="uid-1"))
    with Journal(journal_of(tmp_path)) as journal:
        for record in story.records:
            journal.append(record)
    run = run_in(tmp_path)
    assert (run.target, run.identity) == ("istio:shop/checkout", Identity(cluster=PROD, route="uid-1"))


def test_what_nobody_has_driven_for_a_day_is_left_alone_however_young_it_was_then(tmp_path: Path) -> None:
    taken, left = divided(tmp_path, dead("a", began_ago_s=3 * DAY_S, last_ago_s=2.5 * DAY_S))
    assert taken == []
    assert left["a"].why == "nobody has driven it for 2d, longer than 24h"


def test_an_old_release_whose_worker_died_a_minute_ago_is_taken_up(tmp_path: Path) -> None:
    assert divided(tmp_path, dead("a", began_ago_s=6 * DAY_S, last_ago_s=60))[0] == ["a"]


def test_how_old_is_too_old_can_be_said(tmp_path: Path) -> None:
    runs = (dead("a", last_ago_s=7200),)
    assert divided(tmp_path, *runs, older_than_s=3600)[0] == []
    assert divided(tmp_path, *runs, older_than_s=10_000)[0] == ["a"]


def test_a_release_of_a_laboratory_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ghost").mkdir()
    reach = Reach(kubeconfig=str(tmp_path / "pithead-lab-x1y2" / "kubeconfig"))
    order = Order(release="ghost", plan=plan(), reach=reach, person=ANA, attended=True)
    write_order(order_of(tmp_path / "ghost"), order)
    taken, left = divided(tmp_path, dead("ghost"))
    assert taken == []
    words = "ghost: left alone: its laboratory is gone; pithead forget ghost removes it"
    assert left["ghost"].in_words == words


DEAD_PID = 404


class Starts:
    """Workers that a test lets come up; time passes only while somebody waits."""

    def __init__(self, tmp_path: Path, *, after_s: float = 1.0, never: str = "", dies: str = "") -> None:
        self.now = 0.0
        self._dies = dies
        self.most = 0
        self.told: list[tuple[str, str]] = []
        self._tmp_path = tmp_path
        self._after_s = after_s
        self._never = never
        self._up_at: dict[Path, float] = {}

    def run(self, *names: str, trouble: str = "") -> None:
        def start(folder: Path) -> int:
            if folder.name == "broken":
                raise UsageError(trouble)
            if folder.name == self._dies:
                log_of(folder).write_text("an older word\npithead: the journal has lost its end\n")
                return DEAD_PID
            self._up_at[folder] = self.now + self._after_s
            self.most = max(self.most, len(self._up_at))
            return 1

        folders = [self._tmp_path / name for name in names]
        for folder in folders:
            folder.mkdir()
        revive_each(
            folders,
            start,
            say=lambda *said: self.told.append(said),
            has_died=lambda pid: pid == DEAD_PID,
            clock=self._clock,
            sleep=self._sleep,
        )

    def _clock(self) -> float:
        return self.now

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        for folder in [one for one, at in self._up_at.items() if at <= self.now and one.name != self._never]:
            del self._up_at[folder]
            journal_of(folder).write_text("a record")


def test_twenty_dead_releases_start_a_few_workers_at_a_time(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    names = [f"r{number}" for number in range(20)]
    starts.run(*names)
    assert starts.most == AT_ONCE
    assert sorted(starts.told) == sorted((name, "") for name in names)


def test_one_that_never_comes_up_holds_up_no_other_for_ever_and_is_told(tmp_path: Path) -> None:
    starts = Starts(tmp_path, never="r1")
    starts.run(*(f"r{number}" for number in range(8)))
    told = dict(starts.told)
    assert len(told) == 8
    assert told["r1"].startswith(f"its worker wrote nothing within {STARTS_WITHIN_S:.0f} s")
    assert [name for name, trouble in told.items() if trouble] == ["r1"]


def test_one_that_can_not_be_started_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    starts.run("broken", "a", trouble="its order is gone")
    assert starts.told == [("broken", "its order is gone"), ("a", "")]


def test_one_that_dies_at_once_is_told_at_once_in_its_own_words(tmp_path: Path) -> None:
    starts = Starts(tmp_path, dies="r1")
    starts.run("r1")
    words = "its worker ended: the journal has lost its end; pithead rollback r1 sends its traffic back"
    assert (starts.told, starts.now) == ([("r1", words)], 0.0)


def test_a_worker_that_lives_or_is_nobody_s_child_is_not_called_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert not has_died(child.pid)
        assert not has_died(os.getpid())  # no child of ours
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert has_died(child.pid)
        assert has_died(child.pid)
        child.returncode = 0  # it was asked for here


def test_a_number_that_is_by_now_another_users_process_is_no_living_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert has_died(1)

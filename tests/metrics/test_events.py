from __future__ import annotations

import asyncio

from console.evidence import Sample
from console.metrics.checks import check_all
from console.metrics.evidence_source import PrometheusSource
from console.metrics.history import stable_history
from console.metrics.presets import preset_of
from console.metrics.query_round import Questions
from console.preflight import Check
from tests.metrics.scripted import V1, V2, Pod, ScriptedPrometheus, named, plan

ORDERS = 'orders_total{version="{{version}}"}'
PLAN = plan(events={"orders": ORDERS})
ASKED = "orders_total"


class ViewState:
    """A source over two scripted pods that serve and sell, with time that the test moves."""

    def __init__(self) -> None:
        self.v1 = Pod(V1, "a", scraped_s=999, requests={"200": 1000}, orders=300)
        self.v2 = Pod(V2, "b", scraped_s=999, requests={"200": 50}, orders=15)
        self.prometheus = ScriptedPrometheus(self.v1, self.v2)
        self.source = PrometheusSource(
            PLAN,
            self.prometheus,
            pods=named(self.v1, self.v2),
            clock=lambda: self.prometheus.now_s,
        )

    def look(self) -> Sample:
        return asyncio.run(self.source.sample(deadline_s=1))

    def tick(self, *, v1: float = 0, v2: float = 0) -> Sample:
        """Five seconds pass: every pod serves a hundred requests, and sells so many times."""
        for pod, sold in ((self.v1, v1), (self.v2, v2)):
            pod.requests["200"] += 100
            pod.orders = None if pod.orders is None else pod.orders + sold
        return self.wait()

    def wait(self) -> Sample:
        self.prometheus.now_s += 5
        for pod in self.prometheus.pods:
            pod.scraped_s = self.prometheus.now_s - 1
        return self.look()


def events(sample: Sample) -> tuple[dict[str, float], dict[str, float]]:
    return sample.stable.events, sample.canary.events


def counted(sample: Sample) -> tuple[float | None, float | None]:
    return sample.stable.events.get("orders"), sample.canary.events.get("orders")


def test_events_are_counted_between_two_looks_and_the_first_gives_none() -> None:
    scene = ViewState()
    assert events(scene.look()) == ({}, {})
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_an_application_that_starts_again_counts_from_zero() -> None:
    scene = ViewState()
    scene.look()
    scene.v2.orders = 4
    assert counted(scene.tick(v1=30)) == (30, 4)


def test_a_counter_that_can_not_be_asked_for_is_known_of_neither_version() -> None:
    scene = ViewState()
    scene.look()
    scene.prometheus.errors[f'{ASKED}{{version="v1"}}'] = "the query was refused"
    sample = scene.tick(v1=30, v2=3)
    assert (events(sample), sample.trouble) == (({}, {}), "orders: the query was refused")


def test_what_was_sold_while_nobody_could_ask_is_held_against_nobody() -> None:
    scene = ViewState()
    scene.look()
    scene.prometheus.errors[ASKED] = "the query was refused"
    scene.tick(v1=30, v2=3)
    scene.prometheus.errors.clear()
    assert counted(scene.tick(v1=30, v2=3)) == (None, None), "its requests were counted long ago"
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_a_canary_that_serves_and_is_not_scraped_has_unknown_orders_and_not_none() -> None:
    scene = ViewState()
    scene.look()
    scene.v2.orders = None
    assert counted(scene.tick(v1=30)) == (30, None)
    assert counted(scene.tick(v1=30)) == (30, None), "however long it lasts"


def test_what_it_sold_unseen_is_not_counted_with_the_requests_of_later() -> None:
    scene = ViewState()
    scene.look()
    scene.v2.orders = None
    scene.tick(v1=30)
    scene.v2.orders = 400
    assert counted(scene.tick(v1=30)) == (30, None)
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_one_of_two_pods_that_serves_unseen_makes_its_version_unknown() -> None:
    scene = ViewState()
    scene.prometheus.pods.append(Pod(V2, "c", scraped_s=999, requests={"200": 50}, orders=15))
    scene.look()
    scene.v2.orders = None
    assert counted(scene.tick(v1=30)) == (30, None)


def test_a_pod_that_is_gone_is_not_missed() -> None:
    scene = ViewState()
    other = Pod(V2, "c", scraped_s=999, requests={"200": 50}, orders=15)
    scene.prometheus.pods.append(other)
    scene.look()
    scene.prometheus.pods.remove(other)
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_a_canary_that_never_had_the_counter_had_no_order_while_stable_sells() -> None:
    scene = ViewState()
    scene.v2.orders = None
    scene.look()
    assert counted(scene.tick(v1=30)) == (30, 0)


def test_a_counter_that_nobody_has_is_not_judged() -> None:
    scene = ViewState()
    scene.v1.orders = scene.v2.orders = None
    scene.look()
    assert events(scene.tick()) == ({}, {})


def test_a_new_pod_begins_where_its_counter_stands() -> None:
    scene = ViewState()
    scene.look()
    scene.prometheus.pods.append(Pod(V2, "c", scraped_s=999, requests={"200": 50}, orders=900))
    assert counted(scene.tick(v1=30, v2=3)) == (30, None), "nobody knows what it sold since the look before"
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_the_first_orders_of_an_application_that_was_watched_count_whole() -> None:
    scene = ViewState()
    scene.v2.orders = None
    scene.look()
    scene.prometheus.watched = [Pod(V2, "b:8080", name=f"{V2}-abc-b")]
    scene.tick(v1=30)
    scene.tick(v1=30)
    scene.v2.orders = 4
    assert counted(scene.tick(v1=30)) == (30, 4)


def test_a_counter_that_was_away_for_a_look_is_not_counted_whole_when_it_is_back() -> None:
    scene = ViewState()
    scene.prometheus.watched = [Pod(V2, "b:8080", name=f"{V2}-abc-b")]
    scene.look()
    scene.tick(v1=30, v2=3)
    had, scene.v2.orders = scene.v2.orders, None
    scene.tick(v1=30)
    scene.v2.orders = had
    assert counted(scene.tick(v1=30, v2=3)) == (30, None)
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_what_was_sold_while_requests_were_seen_in_part_is_held_against_nobody() -> None:
    scene = ViewState()
    scene.look()
    scene.prometheus.warnings = ("a store is slow",)
    assert events(scene.tick(v1=30, v2=3)) == ({}, {})
    scene.prometheus.warnings = ()
    assert events(scene.tick(v1=30, v2=3)) == ({}, {}), "it makes good the requests that were not seen"
    assert counted(scene.tick(v1=30, v2=3)) == (30, 3)


def test_a_version_whose_counters_are_missing_is_named() -> None:
    scene = ViewState()
    scene.look()
    scene.v2.orders = None
    assert scene.tick(v1=30).trouble == "orders: v2 serves, but not all of its counters are seen"


def test_stables_past_has_its_pods_events_minute_by_minute() -> None:
    def minute(a: float, b: float | None) -> list[Pod]:
        return [
            Pod(V1, "a", scraped_s=36_000, requests={"200": 10 * a}, orders=a),
            Pod(V1, "b", scraped_s=36_000, requests={"200": 10 * a}, orders=b),
        ]

    minutes = [minute(100, 50), minute(130, 60), minute(150, None)]
    api = ScriptedPrometheus(*minutes[-1], now_s=36_000)
    api.past = {36_000 - 60.0 * at: pods for at, pods in enumerate(reversed(minutes))}
    past = asyncio.run(stable_history(api, PLAN, deadline_s=5))
    assert [[each.events for each in seen] for seen in past.minutes] == [
        [{"orders": 30}, {"orders": 10}],
        [{"orders": 20}, {}],
    ]


def test_a_past_without_the_counter_is_a_past_all_the_same() -> None:
    pods = [Pod(V1, "a", scraped_s=36_000, requests={"200": 10}, orders=1)]
    api = ScriptedPrometheus(*pods, now_s=36_000)
    api.past = {36_000.0: pods, 35_940.0: pods}
    api.errors[ASKED] = "the query was refused"
    assert asyncio.run(stable_history(api, PLAN, deadline_s=5)).minutes[0][0].events == {}


def checked(api: ScriptedPrometheus) -> Check:
    api.numbers = {"60 / max(count_over_time(orders_total": (30.0,)}
    questions = Questions.of(PLAN, preset_of(PLAN.metrics))
    (found,) = (
        check
        for check in asyncio.run(check_all(api, PLAN, questions, pods={}, deadline_s=1))
        if check.name == "orders"
    )
    return found


def test_the_preflight_says_what_is_counted_and_how_often() -> None:
    found = checked(ViewState().prometheus)
    assert (found.ok, found.warning) == (True, False)
    assert found.words == "1 series for v1, 1 for v2; scraped every 30 s"


def test_the_preflight_warns_of_a_canary_without_the_counter() -> None:
    scene = ViewState()
    scene.v2.orders = None
    found = checked(scene.prometheus)
    assert (found.ok, found.warning) == (True, True)
    assert "without one v2 counts as having no orders" in found.words


def test_blocks_are_as_long_as_the_slowest_scrape() -> None:
    scene = ViewState()
    scene.prometheus.numbers = {
        "60 / max(count_over_time(orders_total": (30.0,),
        "60 / max(count_over_time(istio": (5.0,),
    }
    asyncio.run(scene.source.preflight())
    assert scene.source.scrape_s == 30

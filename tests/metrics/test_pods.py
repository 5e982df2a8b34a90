"""The preset `pods`: an application's own series count as they are meant, whatever library writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Counts, Sample
from console.lab.exposition import parse
from console.lab.series import Labels, Point
from console.metrics.evidence_source import PrometheusSource
from console.metrics.history import stable_history
from console.metrics.named import KEPT_S, GivenNames, Lately
from console.plan.model import Metric, Plan, Rule
from console.plan.series import Series, known_beside
from console.preflight import Check
from tests.metrics.application_pages import (
    FAST_S,
    LIBRARIES,
    SLOW_S,
    Library,
    Served,
    bounds_ms,
    expected,
    gin,
    grpc,
    own,
)
from tests.metrics.scripted import V1, V2, plan
from tests.metrics.test_linkerd import SCRAPE_S, Scraped
from tests.releases import guard, stage

PODS = {V1: ("checkout-v1-7d9f8b6c4-aaaaa",), V2: ("checkout-v2-6d5f7c9b84-bbbbb",)}
GIN, SPRING = LIBRARIES[0], LIBRARIES[1]


def pods_plan(series: Series, *, url: str = "http://prometheus", interval_s: float = SCRAPE_S) -> Plan:
    of = plan(url=url, interval_s=interval_s)
    return replace(of, metrics=replace(of.metrics, preset="pods", series=series))


def plan_of(library: Library) -> Plan:
    return pods_plan(known_beside(library.series["requests"]))


class Shop(Scraped):
    """A Prometheus that scrapes the pages of pods."""

    def scrape_pods(self, pages: Mapping[str, str], *, step_s: float = SCRAPE_S, **more: str) -> None:
        self.now_s += step_s
        for pod, text in pages.items():
            target = {"namespace": "shop", "pod": pod, "instance": f"{pod}:8080", "job": "shop", **more}
            for labels, value in (*parse(text), *parse("up 1\n")):
                shown = {name: each for name, each in labels if each}
                self.store.append(Labels({**shown, **target}.items()), Point(self.now_s, value))


def pages(library: Library, stable: Served, canary: Served) -> dict[str, str]:
    return {PODS[V1][0]: library.page(stable), PODS[V2][0]: library.page(canary)}


def source_of(shop: Shop, of: Plan, known: Mapping[str, tuple[str, ...]] | None = None) -> PrometheusSource:
    return PrometheusSource(
        of, shop, pods=GivenNames(PODS if known is None else known), clock=lambda: shop.now_s
    )


def look(source: PrometheusSource) -> Sample:
    return asyncio.run(source.sample(deadline_s=1))


def checks(shop: Shop, of: Plan, known: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Check]:
    return {each.name: each for each in asyncio.run(source_of(shop, of, known).preflight())}


def begun(library: Library) -> Served:
    return {(library.ends["answer"], FAST_S): 1000}


def counted(library: Library, kind: str, *, seconds: float = FAST_S) -> Sample:
    """Count 100 answers of stable and 40 requests of the canary that end as `kind` says."""
    shop = Shop()
    source = source_of(shop, plan_of(library))
    shop.scrape_pods(pages(library, begun(library), begun(library)))
    look(source)
    stable = {(library.ends["answer"], FAST_S): 1100}
    canary: dict[tuple[str, float], int] = dict(begun(library))
    ended = library.ends[kind], seconds
    canary[ended] = canary.get(ended, 0) + 40
    shop.scrape_pods(pages(library, stable, canary))
    return look(source)


def without_latency(counts: Counts | None) -> Counts:
    assert counts is not None
    return replace(counts, latency=())


CELLS = [(library, kind) for library in LIBRARIES for kind in library.ends]


@pytest.mark.parametrize(("library", "kind"), CELLS, ids=lambda each: getattr(each, "name", each))
def test_what_a_library_tells_is_counted_of_its_version_alone(library: Library, kind: str) -> None:
    sample = counted(library, kind)
    assert without_latency(sample.stable.counts) == expected(library, "answer", 100)
    assert without_latency(sample.canary.counts) == expected(library, kind, 40)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.name)
def test_latency_is_told_within_the_library_s_own_edges(library: Library) -> None:
    sample = counted(library, "answer", seconds=SLOW_S)
    assert sample.bounds_ms == bounds_ms(library)
    assert sample.canary.counts is not None
    if not library.edges:
        assert sample.canary.counts.latency == ()
        return
    above = next(at for at, edge in enumerate(bounds_ms(library)) if edge >= SLOW_S * 1000)
    assert sample.canary.counts.latency == tuple(40.0 * (at == above) for at in range(len(library.edges) + 1))


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.name)
def test_the_preflight_finds_both_and_says_what_latency_means(library: Library) -> None:
    shop = Shop()
    shop.scrape_pods(pages(library, begun(library), begun(library)))
    found = checks(shop, plan_of(library))
    assert all(each.ok for each in found.values()), found
    series = "4 series" if library.page is grpc else "1 series"
    assert found[f"requests of {V1}"].words == f"{series} of 1 pod"
    told = f"{len(library.edges) + 1} buckets, what the application measures, inside of its handler"
    wanted = told if library.edges else "no series: latency is unknown"
    assert found["latency buckets"].words == wanted


def refusal(of: Plan, shop: Shop, name: str, known: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Give what the preflight says of what it refuses."""
    check = checks(shop, of, known)[name]
    assert not check.ok
    return check.words


def scraped(*, pod_label: bool = True) -> Shop:
    shop = Shop()
    shown = pages(GIN, begun(GIN), begun(GIN))
    shop.scrape_pods(shown) if pod_label else shop.scrape_pods(shown, pod="")
    return shop


@pytest.mark.parametrize(
    "library", [each for each in LIBRARIES if "nothing" not in each.ends], ids=lambda each: each.name
)
def test_a_guard_on_what_is_not_told_is_refused(library: Library) -> None:
    watched = guard(Metric.NO_ANSWER, Rule.MAX, 0.01, name="lost")
    of = replace(plan_of(library), stages=(stage(5, watched),))
    shop = Shop()
    shop.scrape_pods(pages(library, begun(library), begun(library)))
    assert refusal(of, shop, Metric.NO_ANSWER) == (
        "no request without an answer is told by the application, and a guard of this plan needs it"
    )


def test_series_that_name_no_pod_are_refused() -> None:
    words = refusal(plan_of(GIN), scraped(pod_label=False), f"requests of {V1}")
    assert words.startswith("no series has the label pod, so the versions can't be told apart by it: asked ")


def test_a_counter_that_is_not_there_is_refused_by_its_name() -> None:
    words = refusal(pods_plan(Series(requests="pay_total")), scraped(), f"requests of {V1}")
    assert "are name and labels right in count by (pod) (pay_total" in words


def test_pods_of_others_are_named_where_the_versions_have_none() -> None:
    known = {V1: ("checkout-v1-other",), V2: PODS[V2]}
    assert refusal(plan_of(GIN), scraped(), f"requests of {V1}", known) == (
        f"no series of {V1}, among 2 values of pod like {PODS[V1][0]}, {PODS[V2][0]}"
    )


def test_a_status_that_no_label_holds_is_refused() -> None:
    series = Series(requests="gin_requests_total", status="method")
    assert refusal(pods_plan(series), scraped(), f"requests of {V1}") == (
        "no series has an HTTP status in its label method: name the right one as status: beside its name"
    )


def test_without_a_list_of_pods_nothing_is_guessed() -> None:
    words = refusal(plan_of(GIN), scraped(), "pods in metrics", {V1: PODS[V1]})
    assert words.startswith(f"nobody could list the pods of {V2}, and they alone tell whose a counter is")
    with pytest.raises(EvidenceError, match="nobody could list the pods"):
        look(source_of(scraped(), plan_of(GIN), {V1: PODS[V1]}))


def test_a_guard_on_latency_without_a_histogram_is_refused_and_else_it_is_said() -> None:
    of, shop = pods_plan(Series(requests="gin_requests_total")), scraped()
    found = checks(shop, of)["latency buckets"]
    assert (found.ok, found.warning) == (True, True)
    assert found.words == "no histogram is named: latency is not judged"
    slow = replace(of, stages=(stage(5, guard(Metric.P99, Rule.MAX, 300.0, name="slow")),))
    assert "is needed for guard slow: name its buckets as latency:" in refusal(slow, shop, "latency buckets")


def test_a_pod_with_two_programs_is_asked_about() -> None:
    shop = scraped()
    shop.now_s -= SCRAPE_S
    shop.scrape_pods({PODS[V1][0]: gin({("200", FAST_S): 5})}, instance="10.0.0.1:9113", job="nginx")
    found = checks(shop, plan_of(GIN))[f"requests of {V1}"]
    assert found.warning
    assert "are these two programs? Then choose the one that serves, as where: beside its name" in found.words


def test_a_pod_whose_name_begins_alike_is_nobody_s() -> None:
    shop = Shop()
    source = source_of(shop, plan_of(GIN))
    other = f"{PODS[V1][0]}-x"
    for count in (1000, 1100):
        served = {("200", FAST_S): count}
        shop.scrape_pods({PODS[V1][0]: gin(served), other: gin({("500", FAST_S): 9 * count})})
        sample = look(source)
    assert without_latency(sample.stable.counts) == Counts(requests=100)


def test_the_first_requests_of_a_pod_that_is_new_count_from_zero() -> None:
    shop, known = Shop(), GivenNames(PODS)
    source = PrometheusSource(plan_of(GIN), shop, pods=known, clock=lambda: shop.now_s)
    shop.scrape_pods(pages(GIN, begun(GIN), begun(GIN)))
    look(source)
    known.known, known.young = {**PODS, V2: (*PODS[V2], "checkout-v2-new")}, frozenset({"checkout-v2-new"})
    shop.scrape_pods({**pages(GIN, begun(GIN), begun(GIN)), "checkout-v2-new": gin({("500", FAST_S): 7})})
    assert without_latency(look(source).canary.counts) == Counts(requests=7, errors_5xx=7)


def test_a_process_that_begins_anew_is_counted_from_zero() -> None:
    shop = Shop()
    source = source_of(shop, plan_of(GIN))
    shop.scrape_pods(pages(GIN, begun(GIN), begun(GIN)))
    look(source)
    shop.scrape_pods(pages(GIN, begun(GIN), {("500", FAST_S): 30, ("200", FAST_S): 10}))
    assert without_latency(look(source).canary.counts) == Counts(requests=40, errors_5xx=30)


def test_the_last_scrape_of_a_pod_that_is_gone_still_counts() -> None:
    shop, known = Shop(), GivenNames({**PODS, V2: ("checkout-v2-a", "checkout-v2-b")})
    source = PrometheusSource(plan_of(GIN), shop, pods=known, clock=lambda: shop.now_s)
    both = {PODS[V1][0]: gin(begun(GIN)), "checkout-v2-a": gin(begun(GIN)), "checkout-v2-b": gin(begun(GIN))}
    shop.scrape_pods(both)
    look(source)
    known.known = {**PODS, V2: ("checkout-v2-a",)}
    shop.scrape_pods({**both, "checkout-v2-b": gin({**begun(GIN), ("500", FAST_S): 20})})
    assert without_latency(look(source).canary.counts) == Counts(requests=20, errors_5xx=20)


def test_pods_that_cannot_be_listed_are_known_for_a_while_and_then_no_more() -> None:
    lately = Lately()
    assert lately.see(PODS, clock_s=0.0) == PODS
    assert lately.see({}, clock_s=KEPT_S) == PODS
    assert lately.see({}, clock_s=KEPT_S + 1) == {}
    assert lately.see({V2: ()}, clock_s=KEPT_S + 2) == {V2: ()}


def test_a_version_label_tells_versions_and_no_pod_is_named() -> None:
    of = pods_plan(Series(requests="http_requests_total", version="version", where='app="erp-system"'))
    shop = Shop()
    source = source_of(shop, of, {})
    for count in (100, 140):
        for version, status in (("v1", "200"), ("v2", "503")):
            text = own({(status, FAST_S): count})
            shop.now_s -= SCRAPE_S
            shop.scrape_pods({f"any-{version}": text}, version=version, app="erp-system")
            shop.now_s -= SCRAPE_S
            shop.scrape_pods({f"other-{version}": text}, version=version, app="shop")
        shop.now_s += SCRAPE_S
        sample = look(source)
    assert sample.stable.counts == Counts(requests=40)
    assert sample.canary.counts == Counts(requests=40, errors_5xx=40)


def test_milliseconds_are_milliseconds() -> None:
    text = (
        'http_server_duration_milliseconds_bucket{{http_status_code="200",le="250"}} {0}\n'
        'http_server_duration_milliseconds_bucket{{http_status_code="200",le="+Inf"}} {0}\n'
        'http_server_duration_milliseconds_count{{http_status_code="200"}} {0}\n'
    )
    of = pods_plan(known_beside("http_server_duration_milliseconds_count"))
    shop = Shop()
    source = source_of(shop, of)
    for count in (10, 30):
        shop.scrape_pods({PODS[V1][0]: text.format(count)})
        sample = look(source)
    assert sample.bounds_ms == (250.0,)
    assert sample.stable.counts == Counts(requests=20, latency=(20.0, 0.0))


def test_the_past_is_that_of_the_pods_that_are_known() -> None:
    shop = Shop()
    shop.now_s = 3600.0 - SCRAPE_S
    shop.scrape_pods(pages(SPRING, {("200", FAST_S): 90, ("UNKNOWN", SLOW_S): 10}, begun(SPRING)))
    past = asyncio.run(stable_history(shop, plan_of(SPRING), deadline_s=5, until_s=3600.0, pods=PODS))
    ((pod,),) = past.minutes
    assert (pod.pod, pod.counts.requests, pod.counts.no_answer) == (PODS[V1][0], 100, 10)
    with pytest.raises(EvidenceError, match="nobody could list the pods"):
        asyncio.run(stable_history(shop, plan_of(SPRING), deadline_s=5, until_s=3600.0))


def test_more_pods_than_a_question_can_name_are_refused() -> None:
    many = {**PODS, V1: tuple(f"checkout-v1-7d9f8b6c4-{at:05}" for at in range(900))}
    words = refusal(plan_of(GIN), scraped(), "pods in metrics", many)
    assert words.startswith("901 pods are more than a question can name; tell the versions by a label")


ADDRESSED = GivenNames(PODS, {PODS[V1][0]: "10.8.0.1", PODS[V2][0]: "fd00::2"})


def scrape_addresses(shop: Shop, stable: Served, canary: Served, stranger: Served) -> None:
    """Scrape pods whose addresses alone are known to Prometheus; one of them is nobody's of ours."""
    for instance, served in (
        ("10.8.0.1:8080", stable),
        ("[fd00::2]:8080", canary),
        ("10.8.0.11:8080", stranger),
    ):
        shop.scrape_pods({"": GIN.page(served)}, instance=instance)
        shop.now_s -= SCRAPE_S
    shop.now_s += SCRAPE_S


def test_pods_are_told_by_their_addresses_where_no_label_has_their_names() -> None:
    series = replace(known_beside("gin_requests_total"), address="instance")
    shop = Shop()
    source = PrometheusSource(pods_plan(series), shop, pods=ADDRESSED, clock=lambda: shop.now_s)
    for stable, canary in ((1000, 1000), (1100, 1040)):
        failed: Served = {("200", FAST_S): 1000, ("500", FAST_S): canary - 1000}
        scrape_addresses(shop, {("200", FAST_S): stable}, failed, {("500", FAST_S): 9 * stable})
        sample = look(source)
    assert without_latency(sample.stable.counts) == Counts(requests=100)
    assert without_latency(sample.canary.counts) == Counts(requests=40, errors_5xx=40)
    found = {each.name: each for each in asyncio.run(source.preflight())}
    assert all(each.ok for each in found.values()), found


def test_a_new_pod_that_is_told_by_its_address_counts_from_zero() -> None:
    series = replace(known_beside("gin_requests_total"), address="instance")
    shop, known = Shop(), GivenNames(PODS, {PODS[V1][0]: "10.8.0.1"})
    source = PrometheusSource(pods_plan(series), shop, pods=known, clock=lambda: shop.now_s)
    scrape_addresses(shop, begun(GIN), {}, {})
    look(source)
    known.addresses, known.young = ADDRESSED.addresses, frozenset(PODS[V2])
    scrape_addresses(shop, begun(GIN), {("500", FAST_S): 7}, {})
    assert without_latency(look(source).canary.counts) == Counts(requests=7, errors_5xx=7)


def test_pods_without_an_address_of_their_own_are_not_guessed_at() -> None:
    series = replace(known_beside("gin_requests_total"), address="instance")
    words = refusal(pods_plan(series), scraped(), "pods in metrics")
    assert words.startswith(f"{V1} and {V2} have no pod, so nothing counts requests")


def test_failures_are_told_by_matchers_where_no_label_holds_a_status() -> None:
    of = pods_plan(Series(requests="pay_total", errors='result!="ok"'))
    shop = Shop()
    source = source_of(shop, of)
    written = (
        {V1: 'pay_total{result="ok"} 1000\n', V2: 'pay_total{result="ok"} 10\n'},
        {
            V1: 'pay_total{result="ok"} 1100\n',
            V2: 'pay_total{result="ok"} 20\npay_total{result="late"} 4\npay_total{result="lost"} 2\n',
        },
    )
    for texts in written:
        shop.scrape_pods({PODS[version][0]: text for version, text in texts.items()})
        sample = look(source)
    assert sample.stable.counts == Counts(requests=100)
    assert sample.canary.counts == Counts(requests=16, errors_5xx=6)
    found = checks(shop, of)
    assert all(each.ok for each in found.values()), found


def test_the_past_of_failures_that_matchers_tell_has_them_too() -> None:
    of = pods_plan(Series(requests="pay_total", errors='result!="ok"'))
    shop = Shop()
    shop.now_s = 3600.0 - SCRAPE_S
    shop.scrape_pods({PODS[V1][0]: 'pay_total{result="ok"} 90\npay_total{result="lost"} 10\n'})
    past = asyncio.run(stable_history(shop, of, deadline_s=5, until_s=3600.0, pods=PODS))
    ((pod,),) = past.minutes
    assert (pod.counts.requests, pod.counts.errors_5xx) == (100, 10)

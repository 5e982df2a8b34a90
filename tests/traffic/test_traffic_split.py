"""What is TrafficSplit's own: numbers and quantities, each written as it was held; no ports, no status."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.cluster.shapes import shaped
from console.errors import ClusterError, NotAsPlanned, NotServed, PlanError
from console.lab.kube.patches import json_patch
from console.plan.backend import Backend
from console.plan.exposure import Exposure
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers.smi import Settings, parse_side
from console.plan.units import BadValue
from console.traffic.marks import Marks
from console.traffic.object_kind import Named
from console.traffic.registry import object_of, open_router
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.smi import SETTINGS, plain, rich, split, to
from tests.traffic.paper import Paper

Json = dict[str, Any]
KIND = object_of("smi")


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "generation": 3}
    return obj


def weights(obj: Json) -> list[float | str]:
    return [each.get("weight") for each in obj["spec"]["backends"]]


@pytest.mark.parametrize(
    ("weight", "before", "after"),
    [
        (5, (100, 0), [95, 5]),
        (5, (1000, 0), [950, 50]),
        (5, (1, 1), [95, 5]),
        (0, (5, 5, 10), [10, 0, 10]),
        (5, ("100", "0"), ["95", "5"]),
        (5, ("900m", "100m"), ["950m", "50m"]),
        (0, ("950m", "50m"), ["1000m", "0m"]),
        (5, ("0.5", "0.5"), ["950m", "50m"]),
        (0, ("1", "500m", "500m"), ["1500m", "0m", "500m"]),
        (100, ("2000m", 0), ["0m", 2]),
    ],
)
def test_a_weight_is_written_as_it_was_held(
    weight: int, before: tuple[float | str, ...], after: list[float | str]
) -> None:
    obj = stored(plain(*before))
    written = weights(json_patch(obj, KIND.patch(KIND.find(obj, SETTINGS), weight)))
    assert [(type(each), each) for each in written] == [(type(each), each) for each in after]


def test_quantities_are_shares_as_numbers_are() -> None:
    place = KIND.find(stored(plain("1500m", "0.5")), SETTINGS)
    assert (place.percent, [*place.stored]) == (25, [1.5, 0.5])


def test_what_is_no_quantity_can_not_be_read() -> None:
    for weight in ("1 potato", "-1", -1, "1e99"):
        with pytest.raises(ClusterError, match="can't be read"):
            shaped(stored(plain(100, weight)), KIND.SHAPE)


async def test_of_linkerds_two_versions_the_one_that_takes_quantities_is_read_and_written() -> None:
    obj = stored(plain("900m", "100m"))
    paths = {version: KIND.path(version, "shop", "checkout") for version in KIND.VERSIONS}
    gone = {paths[version]: NotServed("404") for version in ("v1alpha4", "v1alpha3")}
    api = Paper({**gone, paths["v1alpha1"]: obj, paths["v1alpha2"]: obj})
    marks = Marks(release="checkout-1", driver="ana@bastion/checkout-1/0a", version="1")
    router = open_router(api, plan_for("shop", SETTINGS), marks=marks)
    await router.write(Exposure(weight=5), base=await router.read())
    assert [path for path, _ in api.sent] == [paths["v1alpha1"]]


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(SETTINGS, split(to("checkout-v1", 1)), "lacks the plan's canary", id="no canary"),
        pytest.param(SETTINGS, split(), "lacks the plan's stable", id="no backends"),
        pytest.param(SETTINGS, plain(0, "0m"), "No backend of TrafficSplit checkout", id="no weight"),
        pytest.param(
            replace(SETTINGS, canary=Backend(service="checkout-v1")), plain(1, 0), "same backend", id="one"
        ),
    ],
)
def test_what_is_not_as_planned_is_told_with_the_mend(settings: Settings, obj: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(stored(obj), settings)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_third_backend_that_gets_requests_is_told() -> None:
    obj = stored(plain(80, 10, 10))
    (third,) = KIND.elsewhere(obj, plan_for("shop", SETTINGS), KIND.find(obj, SETTINGS))
    assert third.words == "the split of checkout sends to other-0 10%"


def test_a_person_is_told_where_it_sends_and_names_one() -> None:
    obj = stored(plain("900m", "100m"))
    assert KIND.sends(obj) == "service:checkout-v1 90%, service:checkout-v2 10%"
    for named in (
        Named(stable=parse_side("service:checkout-v1")),
        Named(stable=parse_side("service:checkout-v1"), canary=parse_side("service:checkout-v2")),
    ):
        assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [SETTINGS]


@pytest.mark.parametrize("text", ["subset:v1", "service:", "service:checkout-v1,port:80"])
def test_what_names_no_service_alone_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_side(text)


@pytest.mark.parametrize(
    ("smi", "steered"), [({}, ["shop"]), ({"trafficSplitName": "checkout"}, ["checkout"]), (None, [])]
)
def test_a_rollout_that_names_no_split_steers_the_one_of_its_own_name(
    smi: Json | None, steered: list[str]
) -> None:
    routing = {} if smi is None else {"smi": smi}
    rollout = {"metadata": {"name": "shop"}, "spec": {"strategy": {"canary": {"trafficRouting": routing}}}}
    assert KIND.steered_by(rollout) == steered


def test_that_nothing_tells_who_serves_it_is_said_and_matches_are_warned_of() -> None:
    (served,) = KIND.check_served(stored(plain(100, 0)), "shop/checkout")
    assert (served.ok, served.warning) == (True, False)
    assert "nothing in it tells" in served.words
    _, matches = KIND.check_served(stored(rich(100, 0)), "shop/checkout")
    assert matches.warning
    assert "for the requests of reads, writes alone" in matches.words


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_split_and_both_services() -> None:
    section = "{traffic_split: checkout, stable: {service: checkout-v1}, canary: {service: checkout-v2}}"
    plan = parse_plan(routed_by("smi", section), origin="p")
    assert plan.driven == SETTINGS
    assert "TrafficSplit checkout: Service checkout-v1 and Service checkout-v2" in describe(plan)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{traffic_split: c, stable: {service: a}, canary: {service: a}}", "are the same backend"),
        ("{stable: {service: a}, canary: {service: b}}", "has no `traffic_split`"),
        ("{traffic_split: c, stable: {service: a}, canary: {service: b, port: 80}}", "port"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("smi", section), origin="p")
    assert words in str(caught.value)

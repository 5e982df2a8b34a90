"""What is ServiceSplitter's own: percent that are 100 together, hundredths, subsets, Consul's state of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.cluster.rights import Right
from console.errors import ClusterError, Denied, NotAsPlanned, NotFound, PlanError, Unreachable
from console.lab.kube.patches import json_patch
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers.consul import Destination, Settings, parse_side
from console.plan.units import BadValue
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from console.traffic.routers.consul.synced import check_synced
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.consul import NAMED, SETTINGS, plain, rich, splitter, status, to
from tests.traffic.paper import Paper

Json = dict[str, Any]
KIND = object_of("consul")


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "generation": 3}
    return obj


def weights(obj: Json) -> list[float]:
    return [split.get("weight") for split in obj["spec"]["splits"]]


@pytest.mark.parametrize(
    ("weight", "before", "after"),
    [
        (5, (100, 0), [95, 5]),
        (1, (97.5, 2.5), [99, 1]),
        (0, (97.5, 2.5), [100, 0]),
        (0, (66.6, 10.07, 23.33), [76.67, 0, 23.33]),
        (0, (3, 4), [100, 0]),
    ],
)
def test_the_weights_are_a_hundred_together_and_a_third_split_keeps_its_own(
    weight: int, before: tuple[float, ...], after: list[float]
) -> None:
    obj = stored(plain(*before))
    assert weights(json_patch(obj, KIND.patch(KIND.find(obj, SETTINGS), weight))) == after


def test_whole_percent_are_written_without_a_fraction() -> None:
    obj = stored(plain(100, 0))
    after = json_patch(obj, KIND.patch(KIND.find(obj, SETTINGS), 5))
    assert [type(each) for each in weights(after)] == [int, int]


@pytest.mark.parametrize(
    ("weight", "percent"), [(0.5, 1), (0.01, 1), (99.99, 99), (2.5, 2), (0, 0), (100, 100)]
)
def test_a_share_in_hundredths_is_read_and_never_called_nothing_or_all(weight: float, percent: int) -> None:
    place = KIND.find(stored(plain(100 - weight, weight)), SETTINGS)
    assert place.percent == percent
    assert place.exact_percent == pytest.approx(weight)


def test_a_weight_that_the_controller_has_left_out_is_nothing_and_is_given() -> None:
    obj = stored(splitter({"service": "checkout-v1", "weight": 100}, {"service": "checkout-v2"}))
    place = KIND.find(obj, SETTINGS)
    assert place.percent == 0
    assert weights(json_patch(obj, KIND.patch(place, 10))) == [90, 10]


def test_a_subset_without_a_service_is_of_the_splitters_own() -> None:
    assert KIND.find(stored(rich(90, 10)), NAMED).percent == 10


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(
            replace(NAMED, canary=Destination(subset="v2")),
            rich(100, 0),
            "2 splits of ServiceSplitter checkout go to subset v2, the plan's canary",
            id="two",
        ),
        pytest.param(SETTINGS, splitter(to("checkout-v1", 100)), "lacks the plan's canary", id="no canary"),
        pytest.param(SETTINGS, splitter(to("checkout-v2", 100)), "lacks the plan's stable", id="no stable"),
        pytest.param(SETTINGS, splitter(), "lacks the plan's stable", id="no splits"),
        pytest.param(
            SETTINGS, plain(0, 0), "No split of ServiceSplitter checkout has a weight", id="no weight"
        ),
        pytest.param(
            replace(NAMED, stable=Destination(service="checkout", subset="v2")),
            rich(100, 0),
            "same split",
            id="one for both",
        ),
    ],
)
def test_what_is_not_as_planned_is_told_with_the_mend(settings: Settings, obj: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(stored(obj), settings)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_third_split_that_gets_requests_is_told() -> None:
    obj = stored(plain(80, 10, 10))
    (third,) = KIND.elsewhere(obj, plan_for("shop", SETTINGS), KIND.find(obj, SETTINGS))
    assert third.words == "ServiceSplitter checkout sends to other-0 10%"


def test_a_person_is_told_where_each_split_goes_and_names_one() -> None:
    obj = stored(rich(92.5, 7.5))
    assert KIND.sends(obj) == (
        "service:checkout-old,subset:v2 0%, subset:v2 7.5%, service:checkout,subset:v1 92.5%"
    )
    named = Named(stable=parse_side("subset:v1"), canary=parse_side("service:checkout,subset:v2"))
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [NAMED]


@pytest.mark.parametrize("text", ["host:v1", "service:", "subset:V_1"])
def test_what_names_no_destination_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_side(text)


@pytest.mark.parametrize("plugin", ["argoproj-labs/consul", "hashicorp/consul"])
def test_the_plugin_of_argo_is_known_by_both_of_its_names(plugin: str) -> None:
    routing = {"plugins": {plugin: {"serviceName": "checkout"}}}
    rollout = {"spec": {"strategy": {"canary": {"trafficRouting": routing}}}}
    assert KIND.steered_by(rollout) == ["checkout"]


# -- the subsets ------------------------------------------------------------------------------------

RESOLVERS = "/apis/consul.hashicorp.com/v1alpha1/namespaces/shop/serviceresolvers/checkout"


def resolver(**filters: str) -> Json:
    """Write one that has these subsets."""
    return {"spec": {"subsets": {name: {"filter": text} for name, text in filters.items()}}}


def owned(uid: str) -> list[Json]:
    return [{"kind": "ReplicaSet", "name": uid, "uid": uid, "controller": True}]


def cluster(answer: Json | ClusterError, **meta: str) -> Paper:
    """Write down a resolver, and a pod of each version with its annotation."""
    apps, core = "/apis/apps/v1/namespaces/shop", "/api/v1/namespaces/shop"
    pods: list[Json] = []
    sets: list[Json] = []
    found: dict[str, Json] = {}
    for version, said in meta.items():
        uid = f"set-{version}"
        spec = {"selector": {"matchLabels": {"app": "checkout"}}}
        found[f"{apps}/deployments/checkout-{version}"] = {"metadata": {"uid": version}, "spec": spec}
        sets.append({"metadata": {"uid": uid, "ownerReferences": [{"uid": version, "controller": True}]}})
        annotations = {"consul.hashicorp.com/service-meta-version": said} if said else {}
        pods.append(
            {"metadata": {"name": version, "annotations": annotations, "ownerReferences": owned(uid)}}
        )
    listed: dict[str, Json] = {f"{core}/pods": {"items": pods}, f"{apps}/replicasets": {"items": sets}}
    return Paper({RESOLVERS: answer, **listed, **found})


BY_META = resolver(v1="Service.Meta.version == v1", v2=' Service.Meta.version=="2" ')


@pytest.mark.parametrize(
    ("api", "ok", "warning", "words"),
    [
        pytest.param(
            cluster(BY_META, v1="v1", v2="2"),
            True,
            False,
            'shop/checkout ( Service.Meta.version=="2" ) selects 1 pods of checkout-v2',
            id="its own",
        ),
        pytest.param(
            cluster(BY_META, v1="v1", v2="v2"),
            False,
            False,
            "selects no pod of checkout-v2: these have v2 as consul.hashicorp.com/service-meta-version",
            id="another meta",
        ),
        pytest.param(
            cluster(BY_META, v1="v1", v2=""), False, False, "these have nothing as consul", id="no annotation"
        ),
        pytest.param(
            cluster(BY_META, v1="2", v2="2"),
            True,
            True,
            "selects pods of checkout-v1 too",
            id="the other's too",
        ),
        pytest.param(
            cluster(resolver(v1="x")), False, False, "has no subset v2 (it has v1)", id="no such subset"
        ),
        pytest.param(
            cluster(resolver(v1="x", v2='"blue" in Service.Tags')),
            True,
            True,
            'shop/checkout ("blue" in Service.Tags) has the pods that its filter',
            id="another filter",
        ),
        pytest.param(
            cluster(NotFound("404")), True, True, "ServiceResolver shop/checkout is not there", id="elsewhere"
        ),
    ],
)
async def test_a_subset_is_followed_to_the_pods_of_its_version(
    api: Paper, *, ok: bool, warning: bool, words: str
) -> None:
    place = KIND.find(stored(rich(100, 0)), NAMED)
    _, check = await KIND.check_behind(api, plan_for("shop", NAMED), place, deadline_s=1)
    assert (check.name, check.ok, check.warning) == ("v2 behind checkout", ok, warning)
    assert words in check.words


async def test_where_a_resolver_may_not_be_read_the_check_of_rights_says_it_and_no_answer_is_told() -> None:
    place = KIND.find(stored(rich(100, 0)), NAMED)
    plan = plan_for("shop", NAMED)
    assert Right(verb="get", group="consul.hashicorp.com", plural="serviceresolvers", name="checkout") in (
        KIND.rights(plan)
    )
    assert await KIND.check_behind(cluster(Denied("403")), plan, place, deadline_s=1) == ()
    (check,) = await KIND.check_behind(cluster(Unreachable("no answer")), plan, place, deadline_s=1)
    assert (check.name, check.ok, check.words) == ("pods behind checkout", False, "no answer")


def test_without_a_subset_in_the_plan_no_resolver_is_asked_for() -> None:
    rights = KIND.rights(plan_for("shop", SETTINGS))
    assert "serviceresolvers" not in {right.plural for right in rights}


# -- Consul's state of it ---------------------------------------------------------------------------


def said(**condition: Any) -> Json:
    return {"conditions": [{"type": "Synced", **condition}]}


@pytest.mark.parametrize(
    ("state", "ok", "words"),
    [
        pytest.param(status({}), True, "Consul has taken it over", id="synced"),
        pytest.param(None, False, "no controller has taken it up", id="nobody"),
        pytest.param(
            said(
                status="False", reason="ConsulAgentError", message='protocol "tcp" that does not support it'
            ),
            False,
            'ConsulAgentError: protocol "tcp" that does not support it',
            id="refused",
        ),
        pytest.param(said(status="Unknown"), False, "it says no more", id="unknown"),
    ],
)
def test_consul_must_have_taken_it_over(state: Json | None, *, ok: bool, words: str) -> None:
    (check,) = check_synced({"metadata": {}, "status": state}, "shop/checkout")
    assert check.ok is ok
    assert words in check.words


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_splitter_and_both_destinations() -> None:
    section = "{service_splitter: checkout, stable: {subset: v1}, canary: {service: checkout, subset: v2}}"
    plan = parse_plan(routed_by("consul", section), origin="p")
    assert plan.driven == NAMED
    assert "ServiceSplitter checkout: subset v1 and subset v2 of service checkout" in describe(plan)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{service_splitter: c, stable: {subset: a}, canary: {subset: a}}", "are the same destination"),
        ("{stable: {subset: a}, canary: {subset: b}}", "has no `service_splitter`"),
        ("{service_splitter: c, stable: {subset: a}, canary: {}}", "has neither subset nor service"),
        ("{service_splitter: c, stable: {subset: a}}", "has no `canary`"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("consul", section), origin="p")
    assert words in str(caught.value)

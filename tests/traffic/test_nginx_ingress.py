"""What is a canary Ingress' own: it is made and removed, its weight is text, another is beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from console.cluster.rights import Right
from console.errors import Conflict, NotAsPlanned, NotFound, PlanError
from console.lab.kube.patches import json_patch
from console.plan.backend import Backend
from console.plan.exposure import Exposure
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers.nginx_ingress import Settings
from console.traffic.lost import Route, lost_release
from console.traffic.marks import Marks, way_back_of
from console.traffic.object_kind import Named
from console.traffic.registry import object_of, rights_of
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for, pod_status
from tests.traffic.kinds import Stand
from tests.traffic.kinds.nginx_ingress import (
    ANNOTATION,
    NAMED,
    SETTINGS,
    canary,
    ingress,
    lay_ingress,
    plain,
    rich,
    swapped,
)
from tests.traffic.paper import Paper

if TYPE_CHECKING:
    from console.preflight import Check
    from console.traffic.router import Router, Split
    from tests.traffic.servers import Server

Json = dict[str, Any]
KIND = object_of("nginx_ingress")
MADE = "pithead/made-for"


@pytest.fixture
def stand(server: Server) -> Stand:
    return Stand(server.open_shop(), "nginx_ingress")


def drive(stand: Stand, *, cluster: Any = None, release: str = "checkout-1") -> Router:
    way_back = way_back_of(plan_for(stand.shop.namespace, SETTINGS), leased=True)
    marks = Marks(release=release, driver=f"ana@bastion/{release}/0a", version="1.0", way_back=way_back)
    return stand.drive(marks=marks, cluster=cluster)


async def write(router: Router, weight: int) -> Split:
    return await router.write(Exposure(weight=weight), base=await router.read())


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "uid": "u", "generation": 3}
    return obj


def notes(obj: Json) -> Json:
    return {
        name.removeprefix(ANNOTATION): value
        for name, value in obj["metadata"]["annotations"].items()
        if name.startswith(ANNOTATION)
    }


# -- made when absent, removed at the end -----------------------------------------------------------


async def test_one_that_is_not_there_has_no_weight_and_is_made_with_the_first_one(stand: Stand) -> None:
    await lay_ingress(stand.shop, "checkout-v1", "blog", "checkout-v1")
    router = drive(stand)
    assert ((await router.read()).weight, (await router.read()).uid) == (0, "")
    split = await write(router, 5)
    assert (split.weight, split.marked, split.changed_by, split.uid) == (5, True, "pithead", "")
    made = await stand.get()
    assert notes(made) == {"canary": "true", "canary-weight": "5"}
    assert made["metadata"]["annotations"][MADE] == "checkout-main"
    paths = made["spec"]["rules"][0]["http"]["paths"]
    assert [(each["path"], each["backend"]["service"]["name"]) for each in paths] == [
        ("/", "checkout-v2"),
        ("/2", "checkout-v2"),
    ]
    assert await router.read() == split


async def test_the_way_back_removes_the_one_that_was_made_and_a_later_release_makes_it_anew(
    stand: Stand,
) -> None:
    await lay_ingress(stand.shop)
    router = drive(stand)
    for weight in (5, 50, 100):
        assert (await write(router, weight)).weight == weight
        assert (await write(router, 0)).weight == 0
        with pytest.raises(NotFound):
            await stand.get()
        assert (await write(router, 0)).weight == 0


async def test_one_that_was_there_before_stays(stand: Stand) -> None:
    await stand.put(plain(100, 0))
    router = drive(stand)
    await write(router, 5)
    await write(router, 0)
    assert notes(await stand.get()) == {"canary": "true", "canary-weight": "0"}


async def test_a_release_that_ends_with_all_traffic_leaves_what_carries_it_and_another_takes_it_away(
    stand: Stand,
) -> None:
    await lay_ingress(stand.shop)
    router = drive(stand)
    await write(router, 100)
    await router.sign_off()
    assert notes(await stand.get())["canary-weight"] == "100"
    assert {name for name in (await stand.get())["metadata"]["annotations"] if "pithead" in name} == {MADE}
    assert (await write(drive(stand, release="checkout-2"), 0)).weight == 0
    with pytest.raises(NotFound):
        await stand.get()


async def test_a_release_that_goes_back_to_the_ingress_itself_removes_it_at_its_end(stand: Stand) -> None:
    await lay_ingress(stand.shop)
    first = drive(stand)
    await write(first, 100)
    await first.sign_off()
    back = replace(SETTINGS, stable=SETTINGS.canary, canary=SETTINGS.stable)
    way_back = way_back_of(plan_for(stand.shop.namespace, back), leased=True)
    marks = Marks(release="checkout-2", driver="ana@bastion/checkout-2/0a", version="1", way_back=way_back)
    router = stand.drive(back, marks=marks)
    assert (await router.read()).weight == 0
    await write(router, 50)
    assert notes(await stand.get())["canary-weight"] == "50"
    assert (await write(router, 0)).weight == 0
    assert notes(await stand.get())["canary-weight"] == "100"  # stable is served by it
    assert (await write(router, 100)).marked
    assert notes(await stand.get())["canary-weight"] == "0"
    await router.sign_off()
    with pytest.raises(NotFound):
        await stand.get()


async def test_what_an_earlier_try_has_removed_is_no_error(stand: Stand) -> None:
    await lay_ingress(stand.shop)
    router = drive(stand)
    base = await write(router, 5)
    assert (await write(drive(stand), 0)).weight == 0
    assert (await router.write(Exposure(), base=base)).weight == 0


async def test_one_that_somebody_else_made_meanwhile_is_a_conflict(stand: Stand) -> None:
    await lay_ingress(stand.shop)
    router = drive(stand)
    base = await router.read()
    theirs = await stand.put(plain(100, 0))
    with pytest.raises(Conflict):
        await router.write(Exposure(weight=5), base=base)
    assert await stand.get() == theirs
    assert (await write(router, 5)).weight == 5


async def test_one_that_was_changed_since_it_was_read_is_not_removed(stand: Stand) -> None:
    await lay_ingress(stand.shop)
    router = drive(stand)
    base = await write(router, 5)
    await stand.change({"metadata": {"labels": {"a": "b"}}}, manager="somebody")
    with pytest.raises(Conflict):
        await router.write(Exposure(), base=base)
    assert (await write(router, 0)).weight == 0


async def test_where_we_may_not_remove_it_the_weight_is_taken_away_all_the_same(
    stand: Stand, server: Server
) -> None:
    await lay_ingress(stand.shop)
    await write(drive(stand), 5)
    router = drive(stand, cluster=server.connect_without("delete", "ingresses"))
    assert (await write(router, 0)).weight == 0
    left = await stand.get()
    assert notes(left) == {"canary": "true", "canary-weight": "0"}
    assert "pithead/driver" not in left["metadata"]["annotations"]


async def test_without_the_ingress_nothing_is_made(stand: Stand) -> None:
    with pytest.raises(NotFound, match="checkout-main"):
        await drive(stand).read()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ingress("checkout-main", "blog"), "No path of Ingress checkout-main leads to Service checkout-v1"),
        (plain(100, 0), "is itself a canary Ingress"),
    ],
)
def test_none_is_made_of_an_ingress_that_does_not_lead_to_stable(source: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned, match=words):
        KIND.make(stored(source), SETTINGS, weight=0)


def test_one_is_made_with_the_class_the_host_and_the_port_and_with_no_other_annotation() -> None:
    source = ingress("checkout-main", "checkout-v1", ingressClassName="nginx", tls=[{"secretName": "x"}])
    source["metadata"]["annotations"] = {f"{ANNOTATION}limit-rps": "9", "kubernetes.io/ingress.class": "n"}
    made = KIND.make(stored(source), replace(NAMED, canary=Backend(service="v2", port=9090)), weight=5)
    assert made["spec"] == {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "checkout.example",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "v2", "port": {"number": 9090}}},
                        }
                    ]
                },
            }
        ],
    }
    assert made["metadata"]["annotations"] == {
        f"{ANNOTATION}canary": "true",
        f"{ANNOTATION}canary-weight": "5",
        MADE: "checkout-main",
        "kubernetes.io/ingress.class": "n",
    }


def test_one_that_was_made_has_no_identity_that_a_release_could_lose() -> None:
    obj = stored(plain(95, 5))
    assert (KIND.uid_of(obj), KIND.generation_of(obj)) == ("u", 3)
    obj["metadata"]["annotations"][MADE] = "checkout-main"
    assert (KIND.uid_of(obj), KIND.generation_of(obj)) == ("", 0)
    lost = lost_release(
        obj,
        {},
        route=Route(kind="nginx_ingress", namespace="shop", name="checkout"),
        named=Named(stable=SETTINGS.stable),
    )
    assert (lost.uid, lost.generation, lost.place.percent) == ("", 0, 5)
    assert lost.plan.driven == replace(SETTINGS, canary=Backend(service="checkout-v2", port=8080))


# -- the weight -------------------------------------------------------------------------------------


def annotated(weight: str | None, total: str | None = None) -> Json:
    obj = stored(plain(100, 0))
    texts = {"canary-weight": weight, "canary-weight-total": total}
    for name, text in texts.items():
        obj["metadata"]["annotations"].pop(f"{ANNOTATION}{name}", None)
        if text is not None:
            obj["metadata"]["annotations"][f"{ANNOTATION}{name}"] = text
    return obj


@pytest.mark.parametrize(
    ("weight", "total", "percent"),
    [(None, None, 0), ("5", None, 5), ("50", "1000", 5), ("200", None, 100), (" 7 ", "100", 7)],
)
def test_a_weight_is_so_many_of_the_total(weight: str | None, total: str | None, percent: int) -> None:
    assert KIND.find(annotated(weight, total), SETTINGS).percent == percent


@pytest.mark.parametrize(
    ("total", "weight", "after"),
    [
        (None, 5, {"canary": "true", "canary-weight": "5"}),
        ("1000", 5, {"canary": "true", "canary-weight": "50", "canary-weight-total": "1000"}),
        ("30", 5, {"canary": "true", "canary-weight": "5", "canary-weight-total": "100"}),
        ("30", 0, {"canary": "true", "canary-weight": "0", "canary-weight-total": "30"}),
    ],
)
def test_the_total_stays_where_it_can_say_the_percent(total: str | None, weight: int, after: Json) -> None:
    obj = annotated("0", total)
    assert notes(json_patch(obj, KIND.patch(KIND.find(obj, SETTINGS), weight))) == after


def test_one_that_leads_to_stable_takes_stable_s_share() -> None:
    obj = stored(swapped(90, 10))
    place = KIND.find(obj, SETTINGS)
    assert (place.percent, place.flipped) == (10, True)
    assert notes(json_patch(obj, KIND.patch(place, 25)))["canary-weight"] == "75"


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (ingress("checkout", "checkout-v2"), "is no canary Ingress"),
        (canary("other", 0, 100), "leads to Service other, and neither to Service checkout-v2 nor"),
        (ingress("checkout", "a", "b", annotations={f"{ANNOTATION}canary": "true"}), "leads to a, b"),
        (ingress("checkout", annotations={f"{ANNOTATION}canary": "true"}), "leads to no Service"),
        (annotated("five"), "is five, and no number"),
        (annotated("0", "0"), "is 0"),
    ],
)
def test_what_is_not_as_planned_is_told_with_the_mend(obj: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(stored(obj), SETTINGS)
    assert words in str(caught.value)
    assert caught.value.hint


def test_requests_that_it_takes_by_a_header_are_told() -> None:
    obj = stored(rich(90, 10))
    (found,) = KIND.elsewhere(obj, plan_for("shop", NAMED), KIND.find(obj, NAMED))
    assert (found.words, found.canary) == ("a header x-beta sends to v2", True)


def test_a_person_is_told_where_it_leads() -> None:
    obj = stored(plain(90, 10))
    assert KIND.sends(obj) == "service:checkout-v2 10 of 100 requests"
    named = Named(stable=SETTINGS.stable, canary=NAMED.canary)
    (found,) = KIND.fitting(obj, named, namespace="shop", name="checkout-canary")
    assert (found.ingress, found.target) == ("checkout", "checkout-canary")
    assert not [*KIND.fitting(obj, Named(stable=NAMED.canary), namespace="shop", name="checkout")]
    other = replace(named, http_route="/")
    assert not [*KIND.fitting(obj, other, namespace="shop", name="checkout")]


# -- who serves it ----------------------------------------------------------------------------------


def class_of(controller: str) -> Json:
    return {"metadata": {"name": "nginx"}, "spec": {"controller": controller}}


CLASS = "/apis/networking.k8s.io/v1/ingressclasses/nginx"
MAIN = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/checkout-main"
BESIDE = MAIN.removesuffix("-main")


async def beside(*, main: Json, own: Json | None, controller: Json | None = None) -> dict[str, Check]:
    """Give what the preflight says of class and Ingress, by the first word of its name."""
    answers = {MAIN: stored(main)} | ({BESIDE: stored(own)} if own else {})
    api = Paper(answers | ({CLASS: controller} if controller else {}))
    obj = stored(own) if own else KIND.make(stored(main), SETTINGS, weight=0)
    place = KIND.find(obj, SETTINGS)
    checks = await KIND.check_behind(api, plan_for("shop", SETTINGS), place, deadline_s=1)
    return {check.name.partition(" ")[0]: check for check in checks}


@pytest.mark.parametrize(
    ("controller", "ok", "warning", "words"),
    [
        (class_of("k8s.io/ingress-nginx"), True, False, "nginx: served by ingress-nginx, or Traefik's"),
        (class_of("traefik.io/ingress-controller"), True, False, "nginx: served by Traefik, if"),
        (class_of("nginx.org/ingress-controller"), False, False, "use router.nginx_virtualserver"),
        (class_of("example.net/edge"), True, True, "whether that obeys canary annotations is not known"),
        (None, True, False, "nginx: whose that is can't be read"),
    ],
)
async def test_who_serves_it_is_told_by_its_class(
    controller: Json | None, words: str, *, ok: bool, warning: bool
) -> None:
    main = ingress("checkout-main", "checkout-v1", ingressClassName="nginx")
    found = (await beside(main=main, own=None, controller=controller))["class"]
    assert (found.ok, found.warning) == (ok, warning)
    assert words in found.words


@pytest.mark.parametrize(
    ("main", "own", "ok", "words"),
    [
        (ingress("checkout-main", "checkout-v1"), plain(100, 0), True, "leads to Service checkout-v1 by the"),
        (
            ingress("checkout-main", "checkout-v2"),
            swapped(90, 10),
            True,
            "leads to Service checkout-v2 by the",
        ),
        (ingress("checkout-main", "checkout-v1"), None, True, "leads to Service checkout-v1 by the same"),
        (
            ingress("checkout-main", "checkout-v3"),
            plain(100, 0),
            False,
            "leads to Service checkout-v3 in checkout-main, and not to Service checkout-v1",
        ),
        (ingress("checkout-main"), plain(100, 0), False, "has no path / of host checkout.example"),
        (
            ingress("checkout-main", "checkout-v1", ingressClassName="nginx"),
            plain(100, 0),
            False,
            "its class is the default, and nginx is that of checkout-main: nothing would be split",
        ),
    ],
)
async def test_the_ingress_beside_it_leads_to_the_other_version_by_the_same_paths(
    main: Json, own: Json | None, words: str, *, ok: bool
) -> None:
    found = (await beside(main=main, own=own))["Ingress"]
    assert found.ok is ok
    assert words in found.words


async def test_the_preflight_says_that_one_will_be_made(stand: Stand) -> None:
    await stand.sample.lay_behind(stand.shop)
    for name in ("checkout-v1", "checkout-v2"):
        await stand.shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    checks = await drive(stand).preflight()
    where = stand.shop.namespace
    assert not [check for check in checks if not check.ok]
    (found,) = [check for check in checks if check.name == f"canary Ingress {where}/checkout"]
    assert found.words == f"not there: the first weight makes it, from {where}/checkout-main"


def test_a_rollout_that_splits_the_same_ingress_steers_it() -> None:
    def steered(section: Json, settings: Settings) -> bool:
        spec = {"strategy": {"canary": {"trafficRouting": {"nginx": section}}}}
        return KIND.is_steered({"metadata": {"name": "pay"}, "spec": spec}, settings)

    assert steered({"stableIngress": "checkout-main"}, SETTINGS)
    assert steered({"stableIngresses": ["x", "checkout-main"]}, SETTINGS)
    assert steered({"stableIngress": "x"}, replace(SETTINGS, canary_ingress="pay-x-canary"))
    assert not steered({"stableIngress": "x"}, SETTINGS)


def test_it_takes_the_rights_to_make_and_to_remove_it() -> None:
    rights = rights_of(plan_for("shop", SETTINGS), leased=False)
    ingresses = [right for right in rights if right.plural == "ingresses"]
    group = "networking.k8s.io"
    named = [
        Right(verb=verb, group=group, plural="ingresses", name="checkout")
        for verb in ("get", "patch", "delete")
    ]
    assert ingresses == [
        *named,
        Right(verb="create", group=group, plural="ingresses"),
        Right(verb="get", group=group, plural="ingresses", name="checkout-main"),
    ]


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_ingress_and_the_canary_ingress_has_its_name() -> None:
    section = "{ingress: checkout, stable: {service: checkout-v1}, canary: {service: checkout-v2}}"
    plan = parse_plan(routed_by("nginx_ingress", section), origin="p")
    assert (plan.driven.target, plan.lock) == ("checkout-canary", "pithead-nginx-ingress-checkout-canary")
    words = "canary Ingress checkout-canary of checkout: Service checkout-v1 and Service checkout-v2"
    assert words in describe(plan)
    named = section.replace("checkout,", "checkout, canary_ingress: checkout-canary,")
    assert parse_plan(routed_by("nginx_ingress", named), origin="p").driven == plan.driven


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (
            "{ingress: c, canary_ingress: c, stable: {service: a}, canary: {service: b}}",
            "is the Ingress itself",
        ),
        ("{ingress: c, stable: {service: a}, canary: {service: a}}", "are the same backend"),
        ("{stable: {service: a}, canary: {service: b}}", "has no `ingress`"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("nginx_ingress", section), origin="p")
    assert words in str(caught.value)

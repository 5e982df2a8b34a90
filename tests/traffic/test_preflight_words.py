"""What the preflight says of the object, its owner, its marks and its pods, for every kind of router."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.api import path_of
from console.errors import ClusterError, Conflict, Denied, NotServed, Unreachable
from console.plan.exposure import Exposure
from console.plan.routers import NAMES
from console.traffic.marks import Marks, way_back_of
from console.traffic.registry import object_of, open_router
from console.traffic.rights import ARGO, ROLLOUTS
from tests.traffic.ground import plan_for
from tests.traffic.kinds import sample_of
from tests.traffic.paper import Paper

if TYPE_CHECKING:
    from console.traffic.router import Router

Json = dict[str, Any]

OURS, BOB = "ana@bastion/checkout-1/0a", "bob@laptop/checkout-9/0b"
ROLLOUTS_HERE = path_of(group=ARGO, version="v1alpha1", namespace="shop", plural=ROLLOUTS)


def marks(driver: str, release: str, *, leased: bool = True) -> Marks:
    way_back = way_back_of(plan_for("shop"), leased=leased)
    return Marks(release=release, driver=driver, version="1", way_back=way_back)


def stored(name: str, *weights: int, **metadata: Any) -> Json:
    obj = sample_of(name).plain(*weights)
    if "annotations" in metadata:
        metadata["annotations"] = {**obj["metadata"].get("annotations", {}), **metadata["annotations"]}
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", **metadata}
    return obj


def path(name: str) -> str:
    return object_of(name).path(object_of(name).VERSIONS[0], "shop", "checkout")


def router_of(name: str, api: Paper, *, leased: bool = True) -> Router:
    plan = plan_for("shop", sample_of(name).SETTINGS)
    return open_router(api, plan, leased=leased, marks=marks(OURS, "checkout-1", leased=leased))


async def told(name: str, api: Paper, *, leased: bool = True) -> dict[str, tuple[bool, str]]:
    """Give whether each check is well, and its words, by its name's first words."""
    checks = await router_of(name, api, leased=leased).preflight()
    return {check.name.partition(" shop/")[0]: (check.ok, check.words) for check in checks}


def with_object(
    name: str, obj: Json, more: dict[str, Json | ClusterError] | None = None, **of: bool
) -> Paper:
    return Paper({path(name): obj, **(more or {})}, **of)


@pytest.mark.parametrize("name", NAMES)
async def test_a_cluster_that_does_not_answer_is_all_that_is_said(name: str) -> None:
    api = Paper({"/version": Unreachable("connection refused")})
    checks = await router_of(name, api).preflight()
    assert [(check.name, check.ok, check.words) for check in checks] == [
        ("cluster paper", False, "connection refused")
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_a_cluster_without_the_kind_says_where_it_comes_from(name: str) -> None:
    kind = object_of(name)
    api = Paper({kind.path(version, "shop", "checkout"): NotServed("404") for version in kind.VERSIONS})
    ok, words = (await told(name, api))[kind.TITLE]
    assert not ok
    assert words == " ".join(kind.NOT_SERVED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("weights", "ok", "words"),
    [
        ((95, 5), True, "canary gets 5%, stable 95%"),
        ((90, 0, 10), False, "other destinations have a weight of 10; set it to 0 for the release"),
        ((200, 1), False, "its weights (200, 1) are not whole percent; write them as percent first"),
    ],
)
async def test_the_route_is_refused_where_its_weights_can_not_be_moved(
    name: str, weights: tuple[int, ...], *, ok: bool, words: str
) -> None:
    if len(weights) > 2 and not sample_of(name).TAKES_OTHERS:
        return
    assert (await told(name, with_object(name, stored(name, *weights))))["route of"] == (ok, words)


@pytest.mark.parametrize("name", NAMES)
async def test_an_owner_is_named_and_refuses_more_weight_and_never_less(name: str) -> None:
    owner = {"apiVersion": "flagger.app/v1beta1", "kind": "Canary", "name": "checkout", "controller": True}
    api = with_object(name, stored(name, 90, 10, ownerReferences=[owner]))
    ok, words = (await told(name, api))["owner of"]
    assert not ok
    assert "the Canary checkout" in words
    assert "drive the release there" in words
    router = router_of(name, api)
    base = await router.read()
    with pytest.raises(ClusterError, match=r"can't be driven: .*the Canary checkout"):
        await router.write(Exposure(weight=50), base=base)
    assert api.sent == []
    await router.write(Exposure(weight=0), base=base)
    assert [to for to, _ in api.sent] == [path(name)]


@pytest.mark.parametrize("name", [name for name in NAMES if sample_of(name).STEERED])
async def test_an_argo_rollout_that_steers_the_object_owns_it_and_any_other_does_not(name: str) -> None:
    def rollout(routing: Json | None) -> Json:
        spec = {"strategy": {"canary": {"trafficRouting": routing}}}
        return {"items": [{"metadata": {"name": "shop"}, "spec": spec}]}

    obj = stored(name, 100, 0)
    steers = with_object(name, obj, {ROLLOUTS_HERE: rollout(sample_of(name).STEERED)})
    ok, words = (await told(name, steers))["owner of"]
    assert not ok
    assert words.startswith("the Argo Rollout shop steers it, and would undo our weights")
    other = with_object(name, obj, {ROLLOUTS_HERE: rollout({})})
    hidden = with_object(name, obj, {ROLLOUTS_HERE: Denied("we may not list rollouts")})
    for api in (other, hidden):
        assert (await told(name, api))["owner of"] == (True, "no controller owns it")


@pytest.mark.parametrize("name", NAMES)
async def test_a_gitops_tool_owns_nothing_and_is_told_what_to_ignore(name: str) -> None:
    obj = stored(name, 100, 0, annotations={"argocd.argoproj.io/tracking-id": "x"})
    ok, words = (await told(name, with_object(name, obj)))["owner of"]
    assert ok
    assert words == f"Argo CD applies it: make sure that it ignores {object_of(name).WEIGHTS}"


@pytest.mark.parametrize("name", NAMES)
async def test_where_the_pods_behind_can_not_be_looked_for_that_is_said_once(name: str) -> None:
    services = path_of(group="", version="v1", namespace="shop", plural="services")
    rules = path_of(group="networking.istio.io", version="v1", namespace="shop", plural="destinationrules")
    lost = Unreachable("no answer in time")
    found = await told(name, with_object(name, stored(name, 100, 0), {services: lost, rules: lost}))
    assert found["pods behind checkout"] == (False, "no answer in time")


@pytest.mark.parametrize(
    ("deployment", "ok", "words"),
    [
        ({"spec": {"replicas": 0}}, False, "it is scaled to no pods; scale it up before the release"),
        (
            {"spec": {"replicas": 3}},
            False,
            "0 of 3 pods ready; wait for it, or see `kubectl describe deployment shop/checkout-v2`",
        ),
        ({"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}, True, "2 of 3 pods ready"),
    ],
)
async def test_a_version_without_a_ready_pod_is_refused_with_what_to_do(
    deployment: Json, *, ok: bool, words: str
) -> None:
    where = path_of(group="apps", version="v1", namespace="shop", plural="deployments", name="checkout-v2")
    api = with_object(
        "istio", stored("istio", 100, 0), {where: {"metadata": {"name": "checkout-v2"}, **deployment}}
    )
    checks = await router_of("istio", api).preflight()
    found = {check.name: (check.ok, check.words) for check in checks}
    assert found["deployment shop/checkout-v2"] == (ok, words)


@pytest.mark.parametrize("name", NAMES)
async def test_a_write_on_an_object_that_moved_on_since_it_was_read_is_a_conflict(name: str) -> None:
    api = with_object(name, stored(name, 100, 0))
    router = router_of(name, api)
    base = await router.read()
    api.answers[path(name)] = stored(name, 100, 0, resourceVersion="8")
    await router.read()
    api.answers[path(name)] = stored(name, 100, 0, resourceVersion="9")
    with pytest.raises(Conflict, match="has changed since it was read"):
        await router.write(Exposure(weight=5), base=base)
    assert api.sent == []


LEASE = path_of(
    group="coordination.k8s.io", version="v1", namespace="shop", plural="leases", name=plan_for("shop").lock
)


def of_bob(*, leased: bool) -> Json:
    """An object with the mark of another release."""
    return stored("istio", 100, 0, annotations=marks(BOB, "checkout-9", leased=leased).annotations(at=0.0))


def lease_of(holder: str) -> Json:
    renewed = datetime.now(tz=UTC).isoformat()
    spec = {
        "holderIdentity": holder,
        "leaseDurationSeconds": 15,
        "renewTime": renewed,
        "acquireTime": renewed,
    }
    return {"metadata": {"name": "checkout", "resourceVersion": "3"}, "spec": spec}


MARKED = "it bears the mark of bob@laptop (release checkout-9), written 1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("holder", "granted", "marked_leased", "words"),
    [
        (BOB, True, True, "it holds the lease"),
        (
            "eve@laptop/checkout-8/0c",
            True,
            False,
            "it runs without a lease, and stops where it is once this release has written",
        ),
        (
            BOB,
            False,
            True,
            "the lease may not be read, so that nothing tells whether its worker lives",
        ),
        (
            "",
            True,
            True,
            "it does not hold the lease any more: its worker is dead, or the mark came with a manifest",
        ),
    ],
    ids=["holds", "without", "unread", "dead"],
)
async def test_anothers_mark_is_told_with_whether_its_worker_lives(
    holder: str, *, granted: bool, marked_leased: bool, words: str
) -> None:
    api = with_object("istio", of_bob(leased=marked_leased), {LEASE: lease_of(holder)}, granted=granted)
    assert (await told("istio", api))["other releases on"] == (True, f"{MARKED}; {words}")


async def test_without_a_lease_of_ours_a_holder_refuses_and_so_does_a_mark_that_nothing_tells_of() -> None:
    held = with_object("istio", of_bob(leased=True), {LEASE: lease_of(BOB)})
    ok, words = (await told("istio", held, leased=False))["other releases on"]
    assert not ok
    assert "drives it: without a lease nothing keeps the two apart; wait until that release ends" in words
    unheld = with_object("istio", of_bob(leased=False), {LEASE: lease_of("")})
    ok, words = (await told("istio", unheld, leased=False))["other releases on"]
    assert not ok
    assert words.startswith(f"{MARKED}, and nothing tells whether its worker lives; ")
    run_out = with_object("istio", of_bob(leased=True), {LEASE: lease_of("")})
    assert "other releases on" not in await told("istio", run_out, leased=False)

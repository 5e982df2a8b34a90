from __future__ import annotations

import asyncio
from typing import Any

import pytest

from console.cluster.holder import holder_in_words
from console.cluster.lease import ClusterLease
from console.errors import TakenOver, Unreachable
from console.lab.kube.resources import LEASES
from console.lab.kube.store import ObjectStore
from tests.lease.ground import Host
from tests.virtual_time import virtually


def stored(store: ObjectStore) -> dict[str, Any]:
    spec = store.get(LEASES, namespace="shop", name="pithead-istio-checkout")["spec"]
    assert isinstance(spec, dict)
    return spec


async def keep(lease: ClusterLease, *, for_s: float) -> None:
    ends = asyncio.get_running_loop().time() + for_s
    while asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(lease.renew_s)
        await lease.renew()


@virtually
async def test_a_free_lease_is_held_at_once_and_written_in_utc() -> None:
    store = ObjectStore()
    ana = Host(store, "ana")
    assert not ana.lease.certain()
    assert await ana.lease.acquire() is None
    assert ana.lease.certain()
    assert stored(store) == {
        "holderIdentity": "ana@ana-host/checkout-ana/0",
        "leaseDurationSeconds": 15,
        "acquireTime": "2027-01-15T08:00:00.000000Z",
        "renewTime": "2027-01-15T08:00:00.000000Z",
        "leaseTransitions": 0,
    }


@virtually
async def test_a_lease_that_is_renewed_is_anothers_and_says_whose_and_since_when() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    await ana.lease.acquire()
    await keep(ana.lease, for_s=180.0)
    with pytest.raises(TakenOver, match="ana@ana-host for the release checkout-ana for 3m, renewed 0s ago"):
        await bob.lease.acquire()
    holder = await bob.lease.holder()
    assert holder is not None
    assert holder_in_words(holder).startswith("ana@ana-host")


@virtually
async def test_certainty_ends_before_the_lease_does_and_a_renewal_brings_it_back() -> None:
    ana = Host(ObjectStore(), "ana")
    await ana.lease.acquire()
    await asyncio.sleep(11.9)
    assert ana.lease.certain()
    assert not ana.lease.certain(for_s=2.0)
    await asyncio.sleep(0.2)
    assert not ana.lease.certain()
    await ana.lease.renew()
    assert ana.lease.certain()


@virtually
async def test_certainty_is_counted_from_before_the_renewal_was_sent() -> None:
    ana = Host(ObjectStore(), "ana")
    ana.wire.delay_s = lambda: 1.0
    await ana.lease.acquire()
    sent = asyncio.get_running_loop().time() - 2.0
    await asyncio.sleep(sent + 12.0 - asyncio.get_running_loop().time())
    assert not ana.lease.certain()


@virtually
async def test_a_lease_of_a_worker_that_died_is_taken_when_it_has_run_out_on_our_own_clock() -> None:
    store = ObjectStore()
    ana = Host(store, "ana", off_s=-3600.0)
    bob = Host(store, "bob")
    await ana.lease.acquire()
    assert await bob.lease.acquire() is None
    assert asyncio.get_running_loop().time() == pytest.approx(15.0)
    assert not ana.lease.certain()
    assert stored(store)["leaseTransitions"] == 1


@virtually
async def test_a_lease_of_a_worker_that_is_known_to_be_dead_is_taken_at_once() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob", knows_dead="ana")
    await ana.lease.acquire()
    assert await bob.lease.living() is None
    assert await bob.lease.acquire() is None
    assert asyncio.get_running_loop().time() == 0.0
    assert (bob.lease.certain(), bob.lease.wait_s) == (True, 0.0)
    assert stored(store)["leaseTransitions"] == 1


@virtually
async def test_another_worker_of_the_same_release_is_waited_for_and_left_alone_where_it_lives() -> None:
    store = ObjectStore()
    first, second = Host(store, "ana"), Host(store, "ana", life="2")
    await first.lease.acquire()
    keeping = asyncio.ensure_future(keep(first.lease, for_s=60.0))
    with pytest.raises(TakenOver):
        await second.lease.acquire()
    assert first.lease.certain()
    keeping.cancel()
    assert await second.lease.acquire() is None
    assert (first.lease.certain(), second.lease.certain()) == (False, True)


@virtually
async def test_one_that_is_taken_over_from_the_dead_is_not_waited_for() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob", knows_dead="ana")
    await ana.lease.acquire()
    before = await bob.lease.acquire(instead_of="")
    assert before is not None
    assert (before.name, bob.lease.certain(), bob.lease.wait_s) == ("ana@ana-host", True, 0.0)


@virtually
async def test_that_another_one_is_dead_says_nothing_of_the_holder() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob", knows_dead="carl")
    await ana.lease.acquire()
    with pytest.raises(TakenOver):
        await bob.lease.acquire()


@virtually
async def test_a_holder_whose_clock_is_an_hour_slow_is_not_taken_for_dead() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana", off_s=-3600.0), Host(store, "bob")
    await ana.lease.acquire()
    renewing = asyncio.ensure_future(keep(ana.lease, for_s=60.0))
    with pytest.raises(TakenOver):
        await bob.lease.acquire()
    await renewing
    assert ana.lease.certain()


@virtually
async def test_a_lease_that_was_let_go_of_is_there_for_the_next() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    await ana.lease.acquire()
    await ana.lease.release()
    assert not ana.lease.certain()
    await bob.lease.acquire()
    assert bob.lease.certain()


@virtually
async def test_a_renewal_whose_answer_was_lost_keeps_no_lease_from_being_let_go_of() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    await ana.lease.acquire()
    await asyncio.sleep(ana.lease.renew_s)
    ana.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        await ana.lease.renew()
    await ana.lease.release()
    await bob.lease.acquire()
    assert bob.lease.certain()


@virtually
async def test_after_a_takeover_the_taker_waits_until_the_other_can_be_certain_no_more() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    await ana.lease.acquire()
    before = await bob.lease.acquire(instead_of="ana@ana-host/checkout-ana/0")
    assert before is not None
    assert before.name == "ana@ana-host"
    assert (ana.lease.certain(), bob.lease.certain()) == (True, False)
    await asyncio.sleep(4.0)
    with pytest.raises(TakenOver, match="bob@bob-host"):
        await ana.lease.renew()
    assert not ana.lease.certain()
    await bob.lease.renew()
    await asyncio.sleep(bob.lease.wait_s)
    assert bob.lease.certain()


@virtually
async def test_a_takeover_takes_from_nobody_but_the_holder_that_was_shown() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    await ana.lease.acquire()
    with pytest.raises(TakenOver):
        await bob.lease.acquire(instead_of="carol@elsewhere/checkout-1/0")


@virtually
async def test_a_renewal_whose_answer_was_lost_is_known_for_ours_by_the_next() -> None:
    ana = Host(ObjectStore(), "ana")
    await ana.lease.acquire()
    ana.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        await ana.lease.renew()
    await ana.lease.renew()
    assert ana.lease.certain()


@virtually
async def test_a_lease_that_somebody_deleted_is_made_again() -> None:
    store = ObjectStore()
    ana = Host(store, "ana")
    await ana.lease.acquire()
    store.delete(LEASES, namespace="shop", name="pithead-istio-checkout")
    await ana.lease.renew()
    assert stored(store)["holderIdentity"].startswith("ana@")


@virtually
async def test_a_lease_that_lasts_for_ever_is_not_waited_for() -> None:
    store = ObjectStore()
    spec = {"holderIdentity": "somebody", "leaseDurationSeconds": 10**9, "renewTime": "long ago"}
    metadata = {"name": "pithead-istio-checkout", "namespace": "shop"}
    store.create(LEASES, {"metadata": metadata, "spec": spec})
    with pytest.raises(TakenOver, match="held by somebody"):
        await Host(store, "ana").lease.acquire()


@pytest.mark.parametrize("lasts_s", [61, 2**31 - 1])
@virtually
async def test_a_lease_that_lasts_beyond_measure_is_not_taken_over_and_says_how_long_it_would_take(
    lasts_s: int,
) -> None:
    store = ObjectStore()
    spec = {"holderIdentity": "eve@x/checkout-9/0", "leaseDurationSeconds": lasts_s}
    metadata = {"name": "pithead-istio-checkout", "namespace": "shop"}
    store.create(LEASES, {"metadata": metadata, "spec": spec})
    with pytest.raises(
        TakenOver, match=r"it lasts (1m1s|596523h14m7s): no more than 1m are waited"
    ) as caught:
        await Host(store, "ana").lease.acquire(instead_of="")
    assert caught.value.hint.endswith("kubectl -n shop delete lease pithead-istio-checkout")
    assert stored(store)["holderIdentity"].startswith("eve@")


@virtually
async def test_whether_a_holder_lives_is_told_by_its_renewals_and_not_by_its_clock() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana", off_s=-3600.0), Host(store, "bob")
    assert await bob.lease.living() is None
    await ana.lease.acquire()
    looking = asyncio.ensure_future(bob.lease.living())
    await asyncio.sleep(4.0)
    await ana.lease.renew()
    holder = await looking
    assert holder is not None
    assert holder.name == "ana@ana-host"
    assert await bob.lease.living() is None


@virtually
async def test_renewals_and_lost_answers_keep_the_stint_and_another_holder_begins_one() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    ana.wire.lose_answers = 2  # of a read, and of the claim itself
    for _ in range(2):
        with pytest.raises(Unreachable):
            await ana.lease.acquire()
    await ana.lease.acquire()
    first = ana.lease.stint
    await keep(ana.lease, for_s=20.0)
    assert (ana.lease.stint, ana.lease.followed) == (first, "")
    await asyncio.sleep(16.0)
    await bob.lease.acquire()
    assert bob.lease.followed == first
    await bob.lease.release()
    await ana.lease.renew()
    assert ana.lease.followed == bob.lease.stint != first
    assert ana.lease.stint not in (first, bob.lease.stint)


@virtually
async def test_a_lease_that_was_let_go_of_and_taken_up_again_was_nobody_elses() -> None:
    store = ObjectStore()
    first, second = Host(store, "ana"), Host(store, "ana", life="2")
    await first.lease.acquire()
    await first.lease.release()
    await second.lease.acquire()
    assert (second.lease.followed, second.lease.was_let_go) == (first.lease.stint, True)


@virtually
async def test_a_lease_whose_holder_has_died_was_not_let_go_of() -> None:
    store = ObjectStore()
    first, second = Host(store, "ana"), Host(store, "ana", life="2")
    await first.lease.acquire()
    await asyncio.sleep(16.0)
    await second.lease.acquire()
    assert (second.lease.followed, second.lease.was_let_go) == (first.lease.stint, False)


@virtually
async def test_the_last_holding_is_read_without_taking_the_lease() -> None:
    store = ObjectStore()
    ana, bob = Host(store, "ana"), Host(store, "bob")
    assert await ana.lease.last_stint() == ""
    await ana.lease.acquire()
    await ana.lease.release()
    assert await ana.lease.last_stint() == ana.lease.stint
    await bob.lease.acquire()
    assert await ana.lease.last_stint() == bob.lease.stint != ana.lease.stint

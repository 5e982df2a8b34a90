"""One driver at a time: a Lease object in the cluster, held by renewing it.

Nobody's clock is believed but our own. A holder is certain of its lease only for a time counted from before
its last renewal was sent, and shorter than the lease says. A candidate takes a lease that is not its own only
after it has seen it unchanged, on its own clock, for as long as the lease says. So the two never overlap,
however far apart the hosts' clocks are; the times in the object are for readers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from console.cluster.api import Api, Json
from console.cluster.holder import Holder, ago, holder_in_words, holder_of, release_in
from console.cluster.lease_object import (
    OURS_LASTS_S,
    LeaseObject,
    lasts_s,
    micro_time,
    stint_of,
    transitions_in,
    version_of,
)
from console.errors import Conflict, NotFound, TakenOver

LONGEST_WAIT_S = 60.0
"""A lease that lasts longer than this is not waited for, and not taken over: until it is over, its holder may
be certain of it. Ours last 15 s."""
TRIES = 5
"""Reads of an object that moves under us before that is an error: each conflict is another's write."""
# CLOCK_MONOTONIC stands still while Linux sleeps. A laptop that wakes after a minute would then still be
# certain of a lease that another host has taken meanwhile. macOS has no CLOCK_BOOTTIME; there the monotonic
# clock is what there is.
_BOOTTIME: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def is_unknown(_identity: str) -> bool:
    """Know of no holder that it is dead."""
    return False


def steady_clock() -> float:
    """Give seconds that never step and go on while the machine sleeps, as the other host's do."""
    return time.clock_gettime(_BOOTTIME)


class Terms(Struct, frozen=True, kw_only=True):
    """How long a lease lasts and how it is kept."""

    duration_s: int = OURS_LASTS_S
    """Seconds after its last renewal for which others leave a lease alone."""
    margin_s: float = 3.0
    """Seconds by which we stop being certain earlier: clocks differ in speed, writes are on their way."""
    renew_s: float = 4.0
    deadline_s: float = 2.5
    """Of each call."""


class ClusterLease:
    """One lease, seen by one worker; its calls are made one after the other."""

    def __init__(
        self,
        api: Api,
        *,
        namespace: str,
        name: str,
        identity: str,
        notes: dict[str, str] | None = None,
        is_dead: Callable[[str], bool] = is_unknown,
        terms: Terms | None = None,
        clock: Callable[[], float] = steady_clock,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Name the lease; `notes` are annotations that stand on it while it is ours.

        `is_dead` tells of a holder's identity whether it is known to be dead, so that it is certain of
        nothing: its lease is not waited for.
        """
        self._notes = notes or {}
        self._is_dead = is_dead
        self._identity = identity
        self.terms = terms or Terms()
        self._object = LeaseObject(api, namespace=namespace, name=name, deadline_s=self.terms.deadline_s)
        self._clock = clock
        self._wall = wall
        self._version = ""
        self._certain_from = 0.0
        self._certain_until = 0.0
        self._by_force = False
        """Whether we have asked for another's lease and not yet read when it became ours."""
        self.stint = ""
        """Which holding of the lease ours is: no other one is called so. Renewals keep it."""
        self.followed = ""
        """The holding that stood there when ours began; empty where the lease was made for it."""
        self.was_let_go = False
        """Whether that holding's own worker had let go of it, and not died or been taken over from."""

    @property
    def name(self) -> str:
        """The object as people say it: `shop/pithead-istio-checkout`."""
        return self._object.name

    @property
    def renew_s(self) -> float:
        """How often it is to be renewed."""
        return self.terms.renew_s

    def certain(self, *, for_s: float = 0.0) -> bool:
        """Tell whether nobody else can hold the lease now, and for `for_s` from now."""
        # Both ends count: after a takeover by force the former holder may be certain for a while yet, though
        # the object says our name already.
        now = self._clock()
        return self._certain_from <= now and now + for_s < self._certain_until

    async def holder(self) -> Holder | None:
        """Read who holds it; None where nobody does."""
        return (await self._look())[1]

    async def living(self) -> Holder | None:
        """Give the holder that renews the lease; None where nobody holds it, or it has run out.

        One whose last renewal seems old is watched for as long as the lease lasts: clocks may differ.
        """
        obj, holder = await self._look()
        # A worker of this host that is known to be dead can't renew: waiting for it would keep its users on
        # a bad canary for as long as the lease lasts.
        if obj is None or holder is None or self._is_dead(holder.identity):
            return None
        for_s = lasts_s(obj)
        # By two hosts' clocks: an age that looks young is believed, since it costs nothing but a refusal. One
        # that looks old may be a clock that is wrong, so that is watched, on our own clock.
        if abs(holder.renewed_s) < for_s or for_s > LONGEST_WAIT_S:
            return holder
        await asyncio.sleep(for_s)
        again, by = await self._look()
        # Any change counts as a renewal. That errs to the safe side: it costs a refusal, and never two
        # drivers.
        renewed = again is not None and version_of(again) != version_of(obj)
        return by if renewed else None

    async def seen(self) -> tuple[Holder | None, Json]:
        """Read who holds it, and the annotations on it; nobody and none where there is no lease."""
        obj = await self._object.read() or {}
        return self._holder_of(obj), (obj.get("metadata") or {}).get("annotations") or {}

    async def last_stint(self) -> str:
        """Read which holding is the last: `stint` where nobody has held it since, empty for no lease."""
        obj = await self._object.read()
        return stint_of(obj) if obj is not None else ""

    async def acquire(self, *, instead_of: str | None = None) -> Holder | None:
        """Get hold of the lease, and give the holder from whom it was taken over.

        `instead_of` names the identity to take over from, or is empty for any; without it a lease that
        another renews is left alone. Raises `TakenOver` with who holds it, also where its time is too long to
        be waited for. After a takeover it is ours at once but certain only when the other one's time is over:
        see `wait_s`. One that is known to be dead has no time left.
        """
        watched: _Watched | None = None
        # Each turn reads anew and acts on exactly what it read: all writes are conditional on that version,
        # so that of two candidates one gets a Conflict and looks again at who has won.
        for _ in range(TRIES):
            try:
                obj, holder = await self._look()
                if obj is None:
                    await self._create()
                    return None
                # Our own identity is ours without a wait: each life of a worker has another one, so that it
                # can only be a write of this very process whose answer was lost.
                if holder is None or holder.identity == self._identity or self._ran_out(watched, obj):
                    await self._take(obj)
                    return None
                # Before the takeover by force: a dead holder is certain of nothing, so nothing has to be
                # waited for.
                if self._is_dead(holder.identity):
                    await self._take(obj)
                    return holder if instead_of in ("", holder.identity) else None
                if instead_of in ("", holder.identity):
                    self._refuse_endless(obj, holder)
                    # Set before the write is sent: where its answer is lost the next turn may find our own
                    # name there, and must still know that the former holder's time has to pass first.
                    self._by_force = True
                    await self._take(obj)
                    return holder
                watched = await self._watch(obj, holder, watched)
            except Conflict:
                watched = None
        raise TakenOver(f"The lease {self.name} changes faster than it can be read.", by="somebody")

    @property
    def wait_s(self) -> float:
        """How long until the former holder's time is over for certain."""
        return max(0.0, self._certain_from - self._clock())

    async def renew(self) -> None:
        """Renew it; raises `TakenOver` where it is another's, `ClusterError` where nobody knows."""
        # On condition of the version that we know: where another has taken it meanwhile, this must fail, and
        # not write our renewal into its lease.
        try:
            await self._patch({"renewTime": self._time()}, version=self._version)
        except (Conflict, NotFound):
            obj, holder = await self._look()
            # Its name in the object is proof: our certainty ends now and not when our time is over.
            if holder is not None and holder.identity != self._identity:
                self._certain_until = 0.0
                raise _taken(holder, self.name) from None
            # Nobody else's name is there: it was deleted, let go of by hand, or it is ours at a version that
            # we have not heard of. All of these may be claimed, on condition of what was just read.
            await (self._create() if obj is None else self._take(obj))

    async def release(self) -> None:
        """Let go of it, so that the next release need not wait; a lease that is not ours stays as it is.

        Nor is one let go of that a former holder may still be certain of: the next one would not wait.
        """
        # Letting go tells the next one that nobody is certain of anything. That is not ours to say while the
        # holder from whom we took it by force may still be.
        if not self._version or self._by_force or self.wait_s > 0:
            return
        self._certain_until = 0.0
        try:
            await self._let_go(self._version)
        except Conflict:  # a renewal whose answer nobody heard came through after all
            obj, holder = await self._look()
            if obj is not None and holder is not None and holder.identity == self._identity:
                await self._let_go(version_of(obj))

    async def _let_go(self, version: str) -> None:
        await self._patch({"holderIdentity": None}, version=version, notes=dict.fromkeys(self._notes, None))

    async def _watch(self, obj: Json, holder: Holder, watched: _Watched | None) -> _Watched:
        """Wait until the lease would have run out; refuse at once where it was renewed just now.

        Another worker of our own release may have died just now, on a host that we know nothing of.
        """
        seen = _Watched(version=version_of(obj), at=self._clock())
        renewed = watched is not None and watched.version != seen.version
        for_s = lasts_s(obj)
        # A lease that another release renews now is refused at once. Our own release's last worker may have
        # renewed it a second before it died: that is waited for.
        ours = release_in(holder.identity) == release_in(self._identity) != ""
        # A version that has changed while we watched is a living holder, whatever the times in it say.
        if renewed or (not ours and abs(holder.renewed_s) < min(for_s, LONGEST_WAIT_S)):
            raise _taken(holder, self.name)
        self._refuse_endless(obj, holder)
        await asyncio.sleep(for_s)
        return seen

    def _refuse_endless(self, obj: Json, holder: Holder) -> None:
        if lasts_s(obj) > LONGEST_WAIT_S:
            raise TakenOver(
                f"The lease {self.name} is held by {holder_in_words(holder)}, and says that it lasts "
                f"{ago(lasts_s(obj))}: no more than {ago(LONGEST_WAIT_S)} are waited for.",
                by=holder.name,
                hint="Where nobody drives there, delete it and run again: "
                f"kubectl -n {self._object.namespace} delete lease {self._object.own_name}",
            )

    def _ran_out(self, watched: _Watched | None, obj: Json) -> bool:
        return (
            watched is not None
            and watched.version == version_of(obj)
            and self._clock() >= watched.at + lasts_s(obj)
        )

    async def _create(self) -> None:
        # A lease that is made has no holding before it: who asks whether somebody drove meanwhile gets no
        # answer from it, and looks at the router.
        self.followed, self.was_let_go = "", False
        sent = self._clock()
        self._keep(await self._object.create(self._claim(transitions=0), notes=self._notes), sent=sent)

    async def _take(self, obj: Json) -> None:
        """Put our name into the object, on condition that it is still as it was read.

        What was taken by force is not certain before the other one's last renewal is over, and that one may
        have been sent until the very moment at which the object became ours.
        """
        spec = obj.get("spec") or {}
        ours = spec.get("holderIdentity") == self._identity
        if not ours:  # else it is ours since a claim whose answer nobody heard, or still
            self.followed, self.was_let_go = stint_of(obj), not spec.get("holderIdentity")
        # Our own name there already means that our claim went through and its answer was lost. A second
        # claim would count one more transition, and the holding would look like another one's.
        claim = {"renewTime": self._time()} if ours else self._claim(transitions=transitions_in(spec) + 1)
        await self._patch(claim, version=version_of(obj), notes=self._notes)
        # The clock is read after the answer: the former holder may have sent its last renewal until the
        # moment at which ours was stored, and counts from then.
        if self._by_force:
            self._certain_from = self._clock() + lasts_s(obj)
            self._by_force = False

    async def _patch(
        self, spec: Json, *, version: str, notes: Mapping[str, str | None] | None = None
    ) -> None:
        sent = self._clock()
        self._keep(await self._object.patch(spec, version=version, notes=notes), sent=sent)

    def _keep(self, answer: Json, *, sent: float) -> None:
        """Take up the object as it is stored now; only one that says our name is ours."""
        # A webhook may answer with an object that it has changed. Who goes by the status alone would drive
        # under another's lease.
        if (answer.get("spec") or {}).get("holderIdentity") != self._identity:
            return
        self._version, self.stint = version_of(answer), stint_of(answer)
        # Counted from before the request was sent. The server may have stored it at any moment since then,
        # and others count from when they see it: later than that, never earlier.
        self._certain_until = sent + self.terms.duration_s - self.terms.margin_s

    def _claim(self, *, transitions: int) -> Json:
        now = self._time()
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": self.terms.duration_s,
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": transitions,
        }

    def _time(self) -> str:
        return micro_time(self._wall())

    async def _look(self) -> tuple[Json | None, Holder | None]:
        """Read the object, and who holds it."""
        obj = await self._object.read()
        return obj, self._holder_of(obj) if obj is not None else None

    def _holder_of(self, obj: Json) -> Holder | None:
        return holder_of(obj.get("spec") or {}, now=self._wall())


class _Watched(Struct, frozen=True):
    """A lease as it was at one version, and when we saw it so, on our own clock."""

    version: str
    at: float


def _taken(holder: Holder, lease: str) -> TakenOver:
    return TakenOver(
        f"The lease {lease} is held by {holder_in_words(holder)}.",
        by=holder.name,
        hint="Go there (`pithead attach`), or take it over with `pithead run --take-over`.",
    )

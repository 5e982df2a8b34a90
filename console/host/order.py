"""What a worker is asked to do: written into the release's folder before the worker's process starts."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from console.errors import JournalError, UsageError
from console.host.places import journal_of
from console.identity import Identity, Resolved
from console.journal.ends import ends_of
from console.person import Person
from console.plan.literal import literal
from console.plan.model import Plan
from console.private import IS_ANOTHERS, put_private, read_private
from console.release.shown import Shown
from console.version import VERSION


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How the cluster is reached: as kubectl would with the same words, when the release began."""

    kubeconfig: str | None = None
    context: str | None = None
    resolved: Resolved | None = None
    """What the words came to; None where there was no way in, and in orders from before this was kept."""
    identity: Identity | None = None
    """The cluster and the object that the preflight found; None before that."""


class TakeOver(msgspec.Struct, frozen=True, kw_only=True):
    """A person's wish to drive what another worker drives."""

    reason: str = ""
    holder: str = ""
    """The identity that the person was shown, and takes over from; empty: from whoever it is."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One release to be driven."""

    release: str
    plan: Plan
    reach: Reach
    person: Person
    attended: bool
    leased: bool = True
    """False where a person runs without a lease, in a cluster that does not let them have one."""
    take_over: TakeOver | None = None
    start_weight: int | None = None
    """The canary's weight that the person has named to begin at, in percent; None: it must be 0."""
    reason: str = ""
    """Why the person runs it so, or rolls it back, where they said why."""
    first: Literal["", "rollback"] = ""
    """What the worker does before all else: it rolls back, by this order alone, whatever the journal says."""
    laboratory: bool = False
    """Whether it runs in a demo's laboratory, with which it ends."""
    undoes: str = ""
    """The ended release whose traffic this one takes back."""
    moved: bool = False
    """Whether a weight was asked for; a journal that knows of none has lost its end then."""
    in_place_of: str | None = None
    """The release whose traffic this one takes back: its record is lost, or its worker lives and does not get
    there; empty where nothing in the cluster names one; None for every other order."""
    shown: Shown | None = None
    """What the person was shown who rolls back by what stands in the cluster; None for every other order."""
    token: str = msgspec.field(default_factory=lambda: secrets.token_hex(4))
    """Tells this release from every other, also from one of the same name on a host of the same name."""

    @property
    def begins_anew(self) -> bool:
        """Whether it is a rollback that has a record of its own, and takes up none."""
        return bool(self.undoes) or self.in_place_of is not None

    @property
    def identity(self) -> str:
        """Give what its workers' names begin with: `ana@bastion/checkout-20260102-150405/5f3a9c01`."""
        return f"{self.person.login}@{self.person.host}/{self.release}/{self.token}"


def write_order(path: Path, order: Order) -> None:
    """Write the order where only this user can read it, whole or not at all."""
    try:
        put_private(path, msgspec.json.encode(order))
    except OSError as error:
        raise UsageError(
            f"the order {path} can't be written: {error.strerror}",
            hint="make room on its disk, or let it be written; pithead rollback needs no disk",
        ) from error
    except UnicodeEncodeError as error:
        raise UsageError(
            "a word of the command is no UTF-8", hint="type it again, or rename the file"
        ) from error


def read_order(path: Path) -> Order:
    """Read the order that `write_order` wrote; raises UsageError where there is none, or it is another's.

    Who acts on an order runs the programs that its kubeconfig names.
    """
    try:
        return msgspec.json.decode(read_private(path), type=Order)
    except OSError as error:
        if error.strerror == IS_ANOTHERS:
            raise UsageError(
                f"the order {path} belongs to another user, and is not acted on",
                hint="run it as the user whose release it is",
            ) from error
        raise UsageError(
            f"the order {path} can't be read: {error.strerror}",
            hint="without it the way is by the marks in the cluster: "
            "pithead rollback --route ROUTER:NAMESPACE/NAME",
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no order for a release") from error


def decode_order(line: bytes) -> Order:
    """Read an order that was handed over; raises UsageError where it is none."""
    try:
        return msgspec.json.decode(line, type=Order)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError("what was handed over is no order for a release") from error


def order_to_roll_back(path: Path, person: Person, *, reason: str) -> Order:
    """Give the order again for a person who wants its release rolled back before anything else is done."""
    order = _to_drive(path)
    return replace(order, person=person, attended=True, take_over=None, reason=reason, first="rollback")


def order_to_undo(path: Path, person: Person, *, release: str, reason: str) -> Order:
    """Give the order for a release of its own that takes back the traffic of the one whose order this is."""
    order = order_to_roll_back(path, person, reason=reason)
    undo = replace(order, release=release, undoes=order.release, moved=False, shown=None)
    return replace(undo, token=secrets.token_hex(4))


def order_in_place(path: Path, person: Person, *, release: str, reason: str) -> Order:
    """Give the order for a release of its own that rolls back this one beside its worker."""
    order = order_to_roll_back(path, person, reason=reason)
    in_place = replace(order, release=release, in_place_of=order.release, moved=False)
    return replace(in_place, token=secrets.token_hex(4))


def _to_drive(path: Path) -> Order:
    """Read an order that is acted on again; raises UsageError where its router is none that is known here."""
    order = read_order(path)
    if order.plan.known is not None:
        return order
    began = "the version that began it"
    with suppress(JournalError):
        began = f"pithead {literal(ends_of(journal_of(path.parent)).begun_by)}, which began it"
    raise UsageError(
        f"{order.release} moves a router that pithead {VERSION} does not know: {literal(order.plan.kind)}",
        hint=f"drive it with {began}; list, replay, report and compare work here",
    )


def keep_identity(path: Path, identity: Identity) -> None:
    """Note in the order that lies at `path` which cluster and object its release is about."""
    order = read_order(path)
    write_order(path, replace(order, reach=replace(order.reach, identity=identity)))


def keep_moved(path: Path) -> None:
    """Note in the order that lies at `path` that a weight was asked for, before the router is."""
    order = read_order(path)
    if not order.moved:
        write_order(path, replace(order, moved=True))


def order_to_resume(path: Path, person: Person, *, attended: bool | None = None) -> Order:
    """Give the order again for a person who goes on with it; attended as it was, unless said otherwise."""
    order = _to_drive(path)
    goes_on = order.attended if attended is None else attended
    return replace(order, person=person, attended=goes_on, take_over=None, first="")

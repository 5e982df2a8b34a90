"""Whether the holder of a lease was a worker of this host and is dead: then nobody need wait for the lease.

A lease that nobody renews is waited for because its holder may be certain of it still. What was a process of
this host is known to be none any more by its lock, which the kernel drops with it; who has the lock knows
that of each worker before it. A host of the same name, with a copy of the folder, is another machine.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from console.cluster.holder import life_in, release_in
from console.errors import UsageError
from console.host.alive import holder_of
from console.host.control import is_served
from console.host.life import is_of_this_machine
from console.host.order import read_order
from console.host.places import every_folder, lock_of, order_of, socket_of


def died_here(identity: str) -> bool:
    """Whether this is the identity of a worker of this host that is certainly dead; in any doubt it is not.

    A host of the same name has not its order, which holds the identity's token, or is another machine.
    """
    person, _, _worker = identity.partition("/")
    if person.rpartition("@")[2] != socket.gethostname() or not is_of_this_machine(life_in(identity)):
        return False
    worker = release_in(identity)
    release = worker.partition("/")[0]
    return any(_is_dead(folder, worker) for folder in every_folder() if folder.name == release)


def _is_dead(folder: Path, worker: str) -> bool:
    try:
        order = read_order(order_of(folder))
    except UsageError:
        return False
    if release_in(order.identity) != worker:
        return False
    # A lock's file that was taken away is put back within a second: until then the socket tells.
    lock = lock_of(folder)
    holder = holder_of(lock)
    if holder == os.getpid():
        return True  # we are the worker now, and it was another one
    return lock.exists() and holder is None and not is_served(socket_of(folder))

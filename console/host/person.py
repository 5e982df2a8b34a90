"""Who sits at this terminal."""

from __future__ import annotations

import os
import pwd
import socket

from console.person import Person


def who_is_there() -> Person:
    """Give the login, this host, and the address that an SSH connection comes from."""
    try:
        login = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        login = f"uid {os.getuid()}"
    # What another program put there need not be UTF-8, and a journal must be.
    connection = os.environ.get("SSH_CONNECTION", "").encode(errors="replace").decode().split()
    return Person(login=login, host=socket.gethostname(), via=connection[0] if connection else "")

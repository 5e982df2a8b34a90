"""Starting a Python of our own: it imports what is installed, and nothing from the folder that it stands in.

`python -m` puts the working folder before all others: a `secrets.py` in a plan's folder would run with its
user's rights and credentials.
"""

from __future__ import annotations

import sys


def own_module(name: str, *args: str) -> list[str]:
    """Give the command line that runs one of our modules in a process of its own."""
    return [sys.executable, "-P", "-m", name, *args]

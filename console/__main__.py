"""The worker's process: `python -m console FOLDER` drives the order that lies in the folder."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from console.drive import drive
from console.order import read_order
from console.places import order_of


def main() -> int:
    """Drive one release; its exit code is the release's."""
    folder = Path(sys.argv[1])
    return asyncio.run(drive(read_order(order_of(folder)), folder))


if __name__ == "__main__":
    sys.exit(main())

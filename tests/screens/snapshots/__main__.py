"""`python -m tests.screens.snapshots WHY`: draw the main screens anew, and write down the reason."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from tests.screens.pictured import ENVIRONMENT, names
from tests.screens.snapshots import FOLDER, REASONS, all_kept, kept


def main() -> None:
    """Write those that have changed, and take away those that nobody draws any more."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens.snapshots", description=__doc__)
    parser.add_argument("why")
    why = parser.parse_args().why
    os.environ.update(ENVIRONMENT)
    drawn = {name: asyncio.run(draw(size)) for name, (draw, size) in names().items()}
    changed = [name for name, picture in drawn.items() if picture != kept(name)]
    gone = all_kept() - drawn.keys()
    for name in changed:
        (FOLDER / name).write_text(drawn[name], encoding="utf-8")
    for name in gone:
        (FOLDER / name).unlink()
    for name in sorted({*changed, *gone}):
        sys.stdout.write(f"another {name}\n")
    if changed or gone:
        with REASONS.open("a", encoding="utf-8") as reasons:
            reasons.write(f"{why}\n")


if __name__ == "__main__":
    main()

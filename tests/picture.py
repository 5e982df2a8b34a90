"""Makes a picture of the screen: `python -m tests.picture JOURNAL --at 41 -o docs/screen.svg`."""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from console.journal import read_journal
from console.policy.permit import Command
from console.release.events import Record
from screens.app import PitheadApp


class Still:
    """A feed that gives a recording up to an instant, at once; and a driver that drives nothing."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = list(records)

    def poll(self) -> Sequence[Record]:
        given, self._records = self._records, []
        return given

    async def send(self, command: Command, *, reason: str = "") -> str:
        return f"{command} {reason}: this is a picture"


async def picture(records: Sequence[Record], *, at: float, size: tuple[int, int]) -> str:
    """Draw the instant `at` (epoch seconds) as SVG."""
    still = Still([record for record in records if record.at <= at])
    app = PitheadApp(still, still, clock=lambda: at, leave_words="")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.paint()
        await pilot.pause()
        return _without_fetched_fonts(app.export_screenshot(title="pithead"))


def _without_fetched_fonts(svg: str) -> str:
    """Leave the font to whoever looks: a picture fetches nothing from anywhere."""
    without = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    return without.replace("Fira Code, monospace", "DejaVu Sans Mono, Menlo, monospace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--at", type=float, required=True, help="seconds after the release was opened")
    parser.add_argument("--size", default="120x40")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    records = read_journal(args.journal)
    width, height = map(int, args.size.split("x"))
    svg = asyncio.run(picture(records, at=records[0].at + args.at, size=(width, height)))
    args.output.write_text(svg)


if __name__ == "__main__":
    main()

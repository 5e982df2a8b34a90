"""The worker's process: `python -m console FOLDER`; `console.worker.process` has its words."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Load and drive; the exit code is the release's.

    While modules load there is no garbage, and looking for it costs a seventh of the time to a rollback's
    write: the collector rests until all is loaded.
    """
    gc.disable()
    from console.worker.process import main as drive  # noqa: PLC0415 - only after the collector rests

    return drive()


if __name__ == "__main__":
    sys.exit(main())

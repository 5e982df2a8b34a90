"""`python -m tests.recordings [NAME...]`: run the laboratory's scenarios, and keep what was recorded.

Each is a real release without a screen, its journal kept byte for byte. Only the person's name is another one
from the start: who makes the recordings is nobody's business.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

from console.host.places import journal_of, known_releases, lab_releases_folder
from console.lab.scenarios import SCENARIOS
from console.person import Person
from screens.commands.samples import SUFFIX, samples_folder
from screens.demo import Laboratory, run_headless

JUDGED = "judged"
"""The recording that shows the two keys: the scenario `errors`, by a plan with a judge."""
JUDGED_PLAN = Path(str(files("sample_plans").joinpath("demo_judged.yaml")))
SRE = Person(login="sre", host="workstation")


def main(names: Sequence[str]) -> None:
    """Make the recordings that are named, or all."""
    for name in names or (*SCENARIOS, JUDGED):
        with tempfile.TemporaryDirectory() as home:
            os.environ["PITHEAD_HOME"] = home
            journal = _recorded(name)
        kept = gzip.compress(journal, mtime=0)
        (samples_folder() / f"{name}{SUFFIX}").write_bytes(kept)
        sys.stderr.write(f"{name}: {len(kept):,} bytes\n")


def _recorded(name: str) -> bytes:
    scenario, plan = ("errors", JUDGED_PLAN) if name == JUDGED else (name, None)
    with patch("screens.demo_release.who_is_there", return_value=SRE):
        run_headless(Laboratory(scenario=scenario), plan_file=plan, output="text")
    (folder,) = known_releases(lab_releases_folder())
    return journal_of(folder).read_bytes()


if __name__ == "__main__":
    main(sys.argv[1:])

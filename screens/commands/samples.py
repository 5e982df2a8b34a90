"""The recordings that ship with pithead, taken wherever a recording is: `sample:errors`."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from console.errors import UsageError
from console.plan.literal import quoted
from sample_plans import recordings

PREFIX = "sample:"
SUFFIX = ".jsonl.gz"


def sample_names() -> list[str]:
    """Name the recordings, in the order of the alphabet."""
    return sorted(path.name.removesuffix(SUFFIX) for path in samples_folder().glob(f"*{SUFFIX}"))


def sample_path(name: str) -> Path:
    """Give a recording's file; raises UsageError where there is none of this name."""
    names = sample_names()
    if name in names:
        return samples_folder() / f"{name}{SUFFIX}"
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
    raise UsageError(f"there is no sample recording {quoted(name)}", hint=hint)


def samples_folder() -> Path:
    """Give the folder that they lie in."""
    return Path(recordings.__file__).parent

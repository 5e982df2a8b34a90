"""How the packages that only a laboratory needs come to where this pithead is installed.

They are the extra `lab` of pithead itself. The command names the wheel or the checkout that this pithead
came from, not a name in an index: such a name may be somebody else's.
"""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution, distributions
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from console.version import VERSION

UNKNOWN_WHEEL = f"./pithead-{VERSION}-py3-none-any.whl"
"""Where pithead came from a folder of wheels nothing says which: the reader knows where the file is."""


class Folder(Struct, frozen=True):
    """A source that is a folder."""

    editable: bool = False


class Repository(Struct, frozen=True):
    """A source that is under version control."""

    vcs: str
    commit_id: str = ""


class Source(Struct, frozen=True):
    """Where an installer found pithead, as it wrote down: `direct_url.json` of PEP 610."""

    url: str = ""
    dir_info: Folder | None = None
    vcs_info: Repository | None = None


def how_to_install() -> str:
    """Say which command brings them, by how this pithead itself was installed."""
    return command(_source(), prefix=Path(sys.prefix), has_pip=_is_there("pip"))


def command(source: Source, *, prefix: Path, has_pip: bool) -> str:
    """Spell out the command for an environment at `prefix`."""
    if source.dir_info and source.dir_info.editable:
        folder = _path(source)
        if prefix == folder / ".venv":
            return f"make -C {shlex.quote(str(folder))} .venv/lab"
        return f"{_installer(prefix, has_pip=has_pip)} -e {_with_extra(source)}"
    return f"{_installer(prefix, has_pip=has_pip)} {_with_extra(source)}"


def _installer(prefix: Path, *, has_pip: bool) -> str:
    if (prefix / "uv-receipt.toml").exists():
        return "uv tool install --force"
    if (prefix / "pipx_metadata.json").exists():
        return "pipx install --force"
    python = shlex.quote(str(prefix / "bin" / "python"))
    return f"{python} -m pip install" if has_pip else f"uv pip install --python {python}"


def _with_extra(source: Source) -> str:
    if source.vcs_info:
        return shlex.quote(f"pithead[lab] @ {source.vcs_info.vcs}+{source.url}@{source.vcs_info.commit_id}")
    if source.url.startswith("file:"):
        return shlex.quote(f"{_path(source)}[lab]")
    return shlex.quote(f"pithead[lab] @ {source.url}" if source.url else f"{UNKNOWN_WHEEL}[lab]")


def _path(source: Source) -> Path:
    return Path(unquote(urlsplit(source.url).path))


def _source() -> Source:
    # More than one where Python runs in a checkout: a build leaves a record there that knows no source.
    written = (found.read_text("direct_url.json") for found in distributions(name="pithead"))
    try:
        return msgspec.json.decode(next(filter(None, written), "{}"), type=Source)
    except msgspec.MsgspecError:
        return Source()


def _is_there(package: str) -> bool:
    try:
        return bool(distribution(package))
    except PackageNotFoundError:
        return False

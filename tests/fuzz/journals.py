"""Journals from strangers, whole and torn, packed and not, through every command that reads one."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import msgspec

from console.errors import JournalError, PitheadError
from console.host.places import journal_of, releases_folder
from console.journal import read_past
from console.journal.chain import seal
from console.journal.lines import JournalLine
from console.policy.decide import decide
from console.policy.explain import explain
from console.replay.packed import index_frame, index_of, pack
from console.replay.pages import pages_of
from console.replay.zstd import zstd
from tests.fuzz import hostile, mutate, shown
from tests.fuzz.case import Case
from tests.fuzz.shell import typed
from tests.fuzz.told import journals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

Lines = list[bytes]
CHOSEN = re.compile(
    r"kind|then|rule|cause|outcome|after_patience|on|low_traffic|on_shared_breach|alone|preset|"
    r"metric"
)
"""Words that are chosen from a list: another one is refused at once, so they are seldom changed."""
NAMES = ("checkout-1", "-x", "..", "\x1b[31mred", "[bold]x", "a b", "宽", "x" * 200)


def case(rng: Random, folder: Path) -> Case:
    """Make a recording, and choose what is done with it."""
    lines = [*rng.choice(journals())]
    for change in rng.choices(_CHANGES, k=rng.choice((0, 1, 1, 2))):
        lines = change(rng, lines) or lines
    content = rng.choice(_FORMS)(rng, lines)
    reader = rng.choices(list(_READERS), weights=list(_READERS.values()))[0]
    path = folder / rng.choice(("journal.jsonl", "journal.jsonl", "\x1b]0;x\x07[red].jsonl"))

    def feed() -> None:
        path.write_bytes(content)
        reader(rng, path, content)

    return Case(content=content, feed=feed)


# -- what is changed ------------------------------------------------------------------------------------


def _texts(rng: Random, lines: Lines) -> Lines:
    """Put a stranger's words wherever words are free: in all places, or in some."""
    share = rng.choice((0.05, 0.5, 1.0))
    documents = [json.loads(line) for line in lines]
    for document in documents:
        for inside, key in list(mutate.places_in(document)):
            if key in ("business", "events") and isinstance(inside[key], dict):
                inside[key] |= {hostile.whole_text(rng): "vector(1)" if "prometheus" in inside else 1.0}
            if isinstance(inside[key], str) and not CHOSEN.fullmatch(str(key)) and rng.random() < share:
                inside[key] = hostile.whole_text(rng)
    return [_dumped(document) for document in documents]


def _numbers(rng: Random, lines: Lines) -> Lines:
    """Put numbers that could be in places where numbers are."""
    documents = [json.loads(line) for line in lines]
    share = rng.choice((0.02, 0.1))
    for document in documents:
        for inside, key in list(mutate.places_in(document)):
            if type(inside[key]) in (int, float) and key not in ("n", "at") and rng.random() < share:
                inside[key] = rng.choice((0, 0.0, 1, 1e-9, 99, 100, 1e9, 5e-324, 1e12, 1e15, 1e18))
    return [_dumped(document) for document in documents]


def _shapes(rng: Random, lines: Lines) -> Lines:
    """Change one line's document in any way."""
    at = rng.randrange(len(lines))
    document = json.loads(lines[at])
    mutate.document(rng, document)
    return [*lines[:at], _dumped(document), *lines[at + 1 :]]


def _moved(rng: Random, lines: Lines) -> Lines:
    """Take lines away, double them, swap them."""
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    turned = [*lines]
    turned[at], turned[to] = turned[to], turned[at]
    return rng.choice((turned, lines[:at], lines[at:], [*lines[:at], *lines[to:]], [*lines, *lines[at:]]))


def _numbered(rng: Random, lines: Lines) -> Lines:
    """Move lines, and number them and their times anew, so that the order itself is sound."""
    documents = [json.loads(line) for line in _moved(rng, lines)]
    step_s = rng.choice((0.0, 0.001, 1.0, 60.0, 86400.0, 1e7))
    begin_at = rng.choice((0.0, 1000.0, 1.79e9, 9e10))
    for n, document in enumerate(documents, start=1):
        if isinstance(document, dict):
            document |= {"n": n, "at": begin_at + n * step_s}
    return [_dumped(document) for document in documents]


def _later(rng: Random, lines: Lines) -> Lines:
    """Let a later pithead, or an older one, have written some of it."""
    documents = [json.loads(line) for line in lines]
    document = rng.choice([each for each in documents if _is_record(each)] or [{"event": {}}])
    event = document["event"]
    turns: tuple[Callable[[], object], ...] = (
        lambda: event.update(kind="from_the_future"),
        lambda: event.update(from_the_future=hostile.value(rng)),
        lambda: event.update(format=rng.choice((0, 1, 2, 10**9))),
        lambda: document.update(from_the_future=hostile.value(rng)),
        lambda: [event.pop(key) for key in list(event) if key != "kind" and rng.random() < 0.5],
    )
    rng.choice(turns)()
    return [_dumped(document) for document in documents]


def _is_record(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("event"), dict)


def _dumped(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


_CHANGES = (_texts, _texts, _numbers, _shapes, _shapes, _moved, _numbered, _later)


# -- in which form it comes -----------------------------------------------------------------------------


def _plain(_rng: Random, lines: Lines) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _sealed(_rng: Random, lines: Lines) -> bytes:
    end, made = "", []
    for line in lines:
        sealed, end = seal(line, end)
        made.append(sealed + b"\n")
    return b"".join(made)


def _broken(rng: Random, lines: Lines) -> bytes:
    return mutate.bytes_of(rng, rng.choice((_plain, _sealed))(rng, lines))


def _squeezed(rng: Random, lines: Lines) -> bytes:
    sealed = _sealed(rng, lines)
    data = rng.choice((gzip.compress, zstd.compress))(sealed, 1)
    return data if rng.random() < 0.3 else mutate.bytes_of(rng, data)


def _packed(rng: Random, lines: Lines) -> bytes:
    try:
        data = b"".join(pack(pages_of(map(JournalLine, _sealed(rng, lines).splitlines()), name="x")))
    except JournalError:
        return _sealed(rng, lines)
    return rng.choice((lambda: data, lambda: mutate.bytes_of(rng, data), lambda: _repacked(rng, data)))()


def _repacked(rng: Random, data: bytes) -> bytes:
    """Change what a packed recording says of itself."""
    packed, begin = index_of(data)
    index = msgspec.msgpack.decode(packed)
    rng.choice((_misplace, mutate.document))(rng, index)
    try:
        return data[:begin] + index_frame(msgspec.msgpack.encode(index))
    except (OverflowError, UnicodeEncodeError):
        return data


def _misplace(rng: Random, index: Any) -> None:
    """Let it say another number of lines, or other places."""
    said = index[rng.choice(("blocks", "times", "events"))]
    at = rng.randrange(len(said))
    if rng.random() < 0.3:
        del said[at]
    elif isinstance(said[at], list):
        said[at][0] = rng.choice((0, -1, 1, said[at][0] + 1, said[at][0] * 2, 10**9, 2**62))
    else:
        said[at] = rng.choice((0.0, -1.0, said[at] + 1, 1e12, float("nan")))


_FORMS = (_plain, _sealed, _sealed, _sealed, _broken, _broken, _squeezed, _packed, _packed)


# -- what is done with it -------------------------------------------------------------------------------


def _verify(_rng: Random, path: Path, _content: bytes) -> None:
    typed("verify", str(path))


def _replay(rng: Random, path: Path, content: bytes) -> None:
    at = rng.choice(("end", "start", "stage 2", "50%", "+3s", "-1s", "14:02", "stage 99", hostile.text(rng)))
    source = rng.choice((str(path), "-"))
    how = rng.choice(("--print", "--json"))
    typed("replay", source, how, f"--at={_without_null(at)}", check=_CHECKS[how], stdin=content)


def _claims(rng: Random, path: Path, _content: bytes) -> None:
    claim = (
        mutate.bytes_of(rng, rng.choice(CLAIMS).encode())
        if rng.random() < 0.7
        else rng.choice(CLAIMS).encode()
    )
    typed("replay", str(path), f"--assert={_without_null(claim.decode('utf-8', 'replace'))}")


CLAIMS = (
    "verdict(error_rate) == breach before 14:03",
    "never weight > 50",
    "always verdict(p99) == healthy between stage 2 and end",
    "phase == rolling_back and weight == 0 at +5m",
    "outcome == rolled_back",
)


def _report(rng: Random, path: Path, _content: bytes) -> None:
    how = rng.choice(("--html", "--md", "--json", "--grafana"))
    typed("report", str(path), how, check=_CHECKS[how])


def _export(rng: Random, path: Path, _content: bytes) -> None:
    how = rng.choice(("--csv", "--openmetrics"))
    typed("export", str(path), how, check=_CHECKS[how])


def _drawn(rng: Random, path: Path, _content: bytes) -> None:
    how = rng.choice(("--svg", "--asciicast"))
    typed("export", str(path), how, "--size=80x24", check=_CHECKS[how])


def _what_if(rng: Random, path: Path, _content: bytes) -> None:
    sweep = rng.choice(
        ("error_rate.max=0.5%..5%", "error_rate.max.for=0s,5s", "p99.max=1ms..2s", hostile.text(rng))
    )
    more = ("--json",) if rng.random() < 0.3 else ()
    check = shown.documents if more else shown.terminal
    typed("what-if", str(path), f"--sweep={_without_null(sweep)}", "--steps=2", *more, check=check)


def _compare(rng: Random, path: Path, content: bytes) -> None:
    other = path.with_name("other.jsonl")
    other.write_bytes(_sealed(rng, [*rng.choice(journals())]) if rng.random() < 0.7 else content)
    more = ("--json",) if rng.random() < 0.3 else ()
    check = shown.documents if more else shown.terminal
    typed("compare", *rng.sample((str(path), str(other)), 2), *more, check=check)


def _listed(rng: Random, _path: Path, content: bytes) -> None:
    """Let it stand among this host's own releases, as one whose worker died."""
    name = rng.choice(NAMES)
    folder = releases_folder() / (name if name != ".." else "dots")
    shutil.rmtree(releases_folder(), ignore_errors=True)
    folder.mkdir(parents=True)
    journal_of(folder).write_bytes(content)
    for command in rng.sample(_OF_RELEASES, 2):
        how = command[1:]
        typed(command[0], *how, check=_CHECKS[how[-1]] if how and how[-1] == "--json" else shown.terminal)
    _resumed(journal_of(folder))


_OF_RELEASES: tuple[tuple[str, ...], ...] = (
    ("runs",),
    ("runs", "--json"),
    ("status",),
    ("status", "--json"),
    ("resume", "checkout-1"),
    ("resume", "x"),
    ("stop", "checkout-1", "--rollback"),
    ("stop", "[bold]x", "--hold"),
    ("verify",),
    ("report", "--json"),
)


def _resumed(path: Path) -> None:
    """Take it up as a worker does, as far as it needs no cluster."""
    try:
        release = read_past(path).release
    except PitheadError:
        return
    if release is None:
        return  # not one whole line
    decide(release, now=release.opened_at)
    explain(release, now=release.opened_at)


def _without_null(text: str) -> str:
    """Leave out what no command line can hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


_CHECKS = {
    "--print": shown.terminal,
    "--json": shown.documents,
    "--html": shown.page,
    "--md": shown.markdown,
    "--grafana": shown.documents,
    "--csv": shown.sheet,
    "--openmetrics": shown.metrics,
    "--svg": shown.picture,
    "--asciicast": shown.film,
}
_READERS: dict[Callable[[Random, Path, bytes], None], float] = {
    _verify: 1,
    _replay: 2,
    _claims: 1,
    _report: 2,
    _export: 2,
    _what_if: 1,
    _compare: 1,
    _listed: 2,
    _drawn: 0.02,
}

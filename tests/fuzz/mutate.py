"""Bytes and JSON, changed a little at random: most of what was sound about them stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fuzz import hostile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

Place = tuple[Any, Any]
"""A list or a mapping, and the index or the key of what is meant in it."""


def bytes_of(rng: Random, data: bytes) -> bytes:
    """Change bytes in one to three places, wherever they are."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = rng.choice(_CUTS)(rng, data)
    return data


def _torn(rng: Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def _without(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.randint(1, 40) :]


def _twice(rng: Random, data: bytes) -> bytes:
    at, to = rng.randint(0, len(data)), rng.randint(0, len(data))
    return data[:to] + data[at : at + rng.randint(1, 200)] + data[to:]


def _flipped(rng: Random, data: bytes) -> bytes:
    if not data:
        return b"\0"
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _filled(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(_FILLINGS)(rng) + data[at:]


def _noise(rng: Random) -> bytes:
    return rng.randbytes(rng.randint(1, 8))


def _words(rng: Random) -> bytes:
    return hostile.text(rng).encode("utf-8", errors="surrogatepass")


def _figure(rng: Random) -> bytes:
    return rng.choice(hostile.WRITTEN).encode()


def _run(rng: Random) -> bytes:
    piece = rng.choice(
        (b"[", b"{", b'"', b"\\", b" ", b"\n", b"\0", b"9", b"- ", b"[{", b'{"a":', b"\xff", b"\xef\xbb\xbf")
    )
    return piece * rng.choice((1, 2, 10, 100, 1000, 20_000))


_FILLINGS: tuple[Callable[[Random], bytes], ...] = (_noise, _words, _figure, _run)
_CUTS: tuple[Callable[[Random, bytes], bytes], ...] = (_torn, _without, _twice, _flipped, _filled)


def document(rng: Random, found: Any) -> None:
    """Change a JSON document in one to three places, in place."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(places_in(found))
        if places:
            rng.choice(_TURNS)(rng, *rng.choice(places))


def places_in(found: Any) -> Iterator[Place]:
    """Give every place in a document, outer ones first."""
    keys = range(len(found)) if isinstance(found, list) else list(found) if isinstance(found, dict) else ()
    for key in keys:
        yield found, key
        yield from places_in(found[key])


def _other(rng: Random, inside: Any, key: Any) -> None:
    """Put something of the same kind there."""
    inside[key] = _alike(rng, inside[key])


def _alike(rng: Random, value: Any) -> object:
    if isinstance(value, str):
        return hostile.text(rng)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return rng.choice(hostile.NUMBERS)
    return hostile.value(rng)


def _anything(rng: Random, inside: Any, key: Any) -> None:
    inside[key] = hostile.value(rng)


def _gone(_rng: Random, inside: Any, key: Any) -> None:
    del inside[key]


def _doubled(rng: Random, inside: Any, key: Any) -> None:
    if isinstance(inside, list):
        inside.insert(rng.randint(0, len(inside)), inside[key])
    else:
        inside[hostile.text(rng)] = inside[key]


def _deeper(_rng: Random, inside: Any, key: Any) -> None:
    inside[key] = [inside[key]]


_TURNS: tuple[Callable[[Random, Any, Any], None], ...] = (
    _other,
    _other,
    _other,
    _anything,
    _gone,
    _doubled,
    _deeper,
)

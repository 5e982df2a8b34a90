"""What stands in a secret's place is read as people leave it there, or refused by the place's name alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from console.access.secret import LARGEST_BYTES, pem_at, secret_at
from console.errors import NoSecret

TOKEN = "prom-token-4f9a77c1"  # noqa: S105 - nobody's
MARK = "\ufeff"
PEM = b"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    "left",
    [f"{TOKEN}\n", f"{TOKEN}\r\n", f"\n {TOKEN}\n\n", f"{MARK}{TOKEN}\r\n", f"{TOKEN}\u00a0"],
    ids=["a line", "Windows' line", "blank lines", "Windows' mark", "a hard space"],
)
def test_a_secret_is_what_stands_in_the_line(left: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(left.encode())
    assert secret_at(f"file:{file}") == TOKEN


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


NONE_THERE = [
    pytest.param(lambda path: path.write_bytes(b""), "is empty here", id="empty"),
    pytest.param(lambda path: path.write_bytes(b" \r\n"), "is empty here", id="blank"),
    pytest.param(lambda path: path.mkdir(), "can't be read: Is a directory", id="a folder"),
    pytest.param(lambda _path: None, "can't be read: No such file or directory", id="nothing"),
    pytest.param(lambda path: path.write_bytes(TOKEN.encode("utf-16")), "is not text", id="UTF-16"),
    pytest.param(
        lambda path: path.write_bytes(b"x" * (LARGEST_BYTES + 1)), "holds more than 8 KiB", id="too large"
    ),
    pytest.param(make_pipe, "is no file that can be read again", id="a pipe that nobody writes into"),
    pytest.param(
        lambda path: path.symlink_to("/dev/zero"), "is no file that can be read again", id="a device"
    ),
]


@pytest.mark.parametrize(("lay", "says"), NONE_THERE)
def test_where_no_secret_can_be_read_the_place_is_named_at_once(
    lay: Callable[[Path], object], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    lay(file)
    with pytest.raises(NoSecret) as caught:
        secret_at(f"file:{file}")
    assert str(caught.value) == f"{file} {says}"


def test_a_certificate_is_found_below_words_in_any_encoding(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(b"\xef\xbb\xbf" + PEM)
    assert pem_at(f"file:{file}") == PEM
    file.write_bytes(b"Autorit\xe9\n" + PEM)
    assert pem_at(f"file:{file}").endswith(PEM)


def test_what_is_no_pem_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.der"
    file.write_bytes(b"\x30\x82\x01\x00")
    with pytest.raises(NoSecret, match="is not in PEM, with a line -----BEGIN"):
        pem_at(f"file:{file}")

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from console.cluster.whoami import name_in_certificate


@pytest.mark.parametrize("name", ["ana@example.com", "Ünal " + "x" * 55])
def test_the_name_in_a_certificate_is_its_subjects_common_name(tmp_path: Path, name: str) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: install the package openssl")
    file = tmp_path / "client.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-utf8"),
            *("-subj", f"/O=system:masters/CN={name}", "-keyout", str(tmp_path / "key"), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    assert name_in_certificate(file.read_text()) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_certificate_names_nobody(text: str) -> None:
    assert name_in_certificate(text) == ""

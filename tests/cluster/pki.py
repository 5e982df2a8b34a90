"""Certificates for a test, by openssl: an authority, servers, clients; and an authority as EKS makes them."""

from __future__ import annotations

import base64
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

AUTHORITY = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
LEAF = ("basicConstraints=CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment")


class Pki:
    """A folder with an authority, `NAME.pem` and `NAME.key` of each that it has signed."""

    def __init__(self, folder: Path, *, name: str = "tests", identifiers: bool = True) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is missing: apt-get install openssl")
        self.folder = folder
        self._has_identifiers = identifiers
        """Python 3.13 and newer insist on them; EKS and microk8s leave them out."""
        folder.mkdir(parents=True, exist_ok=True)
        self._make("ca", subject=f"/CN={name}", extensions=AUTHORITY)

    def server(self, name: str, *names: str) -> str:
        """Sign a server that is all of the names: `DNS:x`, `IP:127.0.0.1`."""
        return self._make(
            name,
            subject=f"/CN={name}",
            extensions=(
                *LEAF,
                "extendedKeyUsage=serverAuth",
                f"subjectAltName={','.join(names)}",
            ),
            by="ca",
        )

    def client(self, name: str, *, group: str = "", file: str = "") -> str:
        """Sign a client, whom Kubernetes takes for the name and a member of the group."""
        subject = f"/O={group}/CN={name}" if group else f"/CN={name}"
        return self._make(
            file or name,
            subject=subject,
            extensions=(*LEAF, "extendedKeyUsage=clientAuth"),
            by="ca",
        )

    def authority(self, name: str) -> str:
        """Sign another authority below this one."""
        return self._make(name, subject=f"/CN={name}", extensions=AUTHORITY, by="ca")

    def pem(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def data(self, file: str) -> str:
        """Give a file as a kubeconfig holds it."""
        return base64.b64encode((self.folder / file).read_bytes()).decode()

    def lock(self, name: str, path: Path) -> Path:
        """Write the key of that name behind a password."""
        subprocess.run(
            ["openssl", "pkey", "-in", self.key(name), "-aes256", "-passout", "pass:x", "-out", path],
            check=True,
        )
        return path

    def _make(self, name: str, *, subject: str, extensions: tuple[str, ...], by: str = "") -> str:
        (self.folder / f"{name}.ext").write_text("\n".join((*extensions, *self._identifiers(by))))
        signed = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key"] if by else ["-signkey", f"{name}.key"]
        for command in (
            [
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-out",
                f"{name}.key",
            ],
            ["req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr"],
            [
                *("x509", "-req", "-in", f"{name}.csr", "-days", "2", "-extfile", f"{name}.ext"),
                *signed,
                *("-set_serial", f"{secrets.randbits(60)}", "-out", f"{name}.pem"),
            ],
        ):
            subprocess.run(["openssl", *command], cwd=self.folder, check=True, capture_output=True)
        return name

    def _identifiers(self, by: str) -> tuple[str, ...]:
        if not self._has_identifiers:
            return ("subjectKeyIdentifier=none", "authorityKeyIdentifier=none")
        return (
            ("subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")
            if by
            else ("subjectKeyIdentifier=hash",)
        )

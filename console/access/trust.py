"""Whom we trust, and what we show: TLS as kubectl speaks it, with no certificate and no key ever on disk.

A certificate authority without key identifiers is taken, as EKS and microk8s make them: Python 3.13 and
newer refuse those by default, Go does not. OpenSSL reads our own key from a file's name only; the name
given is that of a pipe, so that nothing is left behind, however the process ends.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from console.errors import ClusterError

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END", re.DOTALL)

IN_KUBECONFIG = "Check certificate-authority and certificate-authority-data with `kubectl config view`."


def client_context(
    *,
    authorities: bytes,
    insecure: bool,
    certificate: bytes,
    key: bytes,
    whose: str = "the cluster",
    mend: str = IN_KUBECONFIG,
) -> ssl.SSLContext:
    """Make the terms of a connection; without `authorities` those of this machine are trusted.

    Raises `ClusterError` for authorities that hold no certificate, and for a certificate or key that can't
    be used; `whose` authority it is and its `mend` stand in the first.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    # As in Go, each certificate of the kubeconfig is trusted by itself, also one below the root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif authorities:
        _trust(context, authorities, whose=whose, mend=mend)
    else:
        context.load_default_certs()
    if certificate:
        _show(context, certificate, key)
    return context


def _trust(context: ssl.SSLContext, authorities: bytes, *, whose: str, mend: str) -> None:
    taken = 0
    for found in _CERTIFICATE.findall(authorities):
        with suppress(ssl.SSLError, ValueError):  # as in Go, one that can't be read is passed over
            context.load_verify_locations(cadata=found.decode("ascii"))
            taken += 1
    if not taken:
        raise ClusterError(
            f"The certificate authority of {whose} holds no certificate.",
            hint=mend,
        )


def _show(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    try:
        with _piped(certificate) as certificate_name, _piped(key) as key_name:
            # A password, so that OpenSSL does not ask the terminal for that of a locked key.
            context.load_cert_chain(certificate_name, key_name, password="")
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The client certificate and its key can't be used ({_reason(error, certificate, key)}).",
            hint="Check that they belong together and that the key has no password.",
        ) from None


def _reason(error: Exception, certificate: bytes, key: bytes) -> str:
    """Say which of the two is wrong; OpenSSL often does not."""
    if not _CERTIFICATE.search(certificate):
        return "the first is no certificate"
    if not (found := _KEY.search(key)):
        return "the second is no key"
    if b"ENCRYPTED" in found[0]:
        return "the key has a password"
    reason = getattr(error, "reason", None) or "they do not belong together, or one is damaged"
    return str(reason).replace("_", " ").lower()


@contextmanager
def _piped(content: bytes) -> Iterator[str]:
    """Give a file's name under which the content can be read once."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            os.set_blocking(writing, False)
            if pipe.write(content) != len(content):
                raise ValueError("it is larger than a pipe")
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)

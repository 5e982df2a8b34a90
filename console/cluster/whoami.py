"""Who the cluster takes us for: by its own word where it gives one, else by our kubeconfig's."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from console.cluster.shapes import ResourceList, SubjectReview, shaped
from console.errors import NotFound

if TYPE_CHECKING:
    from console.cluster.api import Api

GROUP = "authentication.k8s.io"
VERSIONS = ("v1", "v1beta1", "v1alpha1")
REVIEWS = "selfsubjectreviews"
_COMMON_NAME = bytes.fromhex("0603550403")
"""The object identifier 2.5.4.3, as it is written before a common name."""
_SEQUENCE, _EXPLICIT_VERSION = 0x30, 0xA0
_SUBJECT_AT = 4
"""After serial number, signature algorithm, issuer and validity."""


async def who_am_i(api: Api, *, otherwise: Callable[[], str], deadline_s: float) -> str:
    """Ask for our own name; a server before Kubernetes 1.26 knows no such question.

    There stands for it what our own kubeconfig says, `otherwise`: whom we act as, or the name in our client
    certificate. Looks first whether the question is known: asked blindly, an old server would answer that
    we may not ask.
    """
    for version in VERSIONS:
        try:
            served = shaped(await api.get(f"/apis/{GROUP}/{version}", deadline_s=deadline_s), ResourceList)
        except NotFound:
            continue
        if all(resource.get("name") != REVIEWS for resource in served.get("resources") or ()):
            continue
        review = {"apiVersion": f"{GROUP}/{version}", "kind": "SelfSubjectReview"}
        answer = await api.post(f"/apis/{GROUP}/{version}/{REVIEWS}", review, deadline_s=deadline_s)
        status = shaped(answer, SubjectReview).get("status") or {}
        return str((status.get("userInfo") or {}).get("username") or "")
    return otherwise()


def name_in_certificate(pem: str) -> str:
    """Read the common name of a client certificate's subject, which Kubernetes takes for the user's name.

    Empty where there is none, or what stands there is no certificate.
    """
    try:
        body = pem.split("-----BEGIN CERTIFICATE-----")[1].split("-----END CERTIFICATE-----", maxsplit=1)[0]
        return _common_name(_subject(base64.b64decode(body)))
    except (IndexError, ValueError):
        return ""


def _subject(der: bytes) -> bytes:
    ((_, certificate),) = _elements(der)
    (_, to_be_signed), *_signature = _elements(certificate)
    fields = [content for tag, content in _elements(to_be_signed) if tag != _EXPLICIT_VERSION]
    return fields[_SUBJECT_AT]


def _common_name(subject: bytes) -> str:
    at = subject.index(_COMMON_NAME) + len(_COMMON_NAME)
    (_, name), *_others = _elements(subject[at:])
    return name.decode()


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk through the elements of DER that stand one after the other: a tag and its content each."""
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            digits = size & 0x7F
            size, at = int.from_bytes(der[at : at + digits]), at + digits
        yield tag, der[at : at + size]
        at += size

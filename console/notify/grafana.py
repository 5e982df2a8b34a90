"""Annotations in Grafana: a mark in the dashboards where the weight changed and where the release ended."""

from __future__ import annotations

from html import escape

import msgspec
import urllib3

from console.errors import NoticeError
from console.notify.delivery import Delivery

TIMEOUT_S = 8.0


def annotate(delivery: Delivery, *, token: str) -> None:
    """Write the annotation; raises NoticeError where it did not arrive.

    Grafana shows the text as HTML. A redirect is not followed: it would carry the token elsewhere.
    """
    body = {"time": round(delivery.at * 1000), "tags": delivery.tags, "text": escape(delivery.text)}
    try:
        answer = urllib3.PoolManager().request(
            "POST",
            f"{delivery.url}/api/annotations",
            body=msgspec.json.encode(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=TIMEOUT_S,
            retries=False,
            redirect=False,
        )
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        raise NoticeError("Grafana can't be reached") from None
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's own word for success
        raise NoticeError(f"Grafana answered {answer.status}")

"""The one door to Apprise, which speaks to Slack, Teams, email, PagerDuty, webhooks and a hundred others."""

from __future__ import annotations

import re
from logging import WARNING

import apprise

from console.errors import NoticeError
from console.notify.delivery import Delivery
from console.plan.model import Occasion

_TYPES = {
    Occasion.HOLD: apprise.NotifyType.WARNING,
    Occasion.ROLLBACK: apprise.NotifyType.FAILURE,
    Occasion.APPROVAL: apprise.NotifyType.INFO,
    Occasion.PROMOTED: apprise.NotifyType.SUCCESS,
    Occasion.FAILED: apprise.NotifyType.FAILURE,
}
_STATUS = re.compile(r"error=(\d{3})\b")


def send(delivery: Delivery, *, address: str) -> None:
    """Send the message as text; raises NoticeError where it did not arrive.

    What Apprise logs may hold parts of the address, so that of it only an HTTP status is passed on.
    """
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, app_id="pithead")
    services = apprise.Apprise(asset=asset)
    if not services.add(address):
        raise NoticeError("this is no address that Apprise knows: github.com/caronc/apprise lists them")
    with apprise.LogCapture(level=WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]  # theirs is bare
        arrived = services.notify(
            title=delivery.title,
            body=delivery.text,
            notify_type=_TYPES[Occasion(delivery.occasion)],
            body_format=apprise.NotifyFormat.TEXT,
        )
        if not arrived:
            raise NoticeError(_why(said.getvalue()))


def _why(said: str) -> str:
    status = _STATUS.search(said)
    if status:
        return f"the service answered {status[1]}"
    return "the service can't be reached" if "onnection" in said else "the service did not take it"

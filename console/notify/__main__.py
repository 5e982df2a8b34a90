"""The process of one message: a delivery comes in, an outcome goes out, nothing else is printed."""

from __future__ import annotations

import sys

import msgspec

from console.access.secret import secret_at
from console.errors import NoSecret, NoticeError
from console.notify.delivery import Delivery, DeliveryMethod, Outcome


def run(delivery: Delivery) -> Outcome:
    """Carry one delivery; whatever goes wrong is said in words that hold no secret."""
    try:
        secret = secret_at(delivery.secret)
        if delivery.method is DeliveryMethod.GRAFANA:
            from console.notify.grafana import annotate  # noqa: PLC0415 - one of the two is needed

            annotate(delivery, token=secret)
        else:
            from console.notify.services import send  # noqa: PLC0415 - as above, and imports apprise

            send(delivery, address=secret)
    except (NoSecret, NoticeError) as error:
        return Outcome(trouble=str(error))
    except Exception as error:  # noqa: BLE001 - its text may hold the address, so only its kind is passed on
        return Outcome(trouble=f"{type(error).__name__} while it was sent")
    return Outcome()


if __name__ == "__main__":
    outcome = run(msgspec.json.decode(sys.stdin.buffer.read(), type=Delivery))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))

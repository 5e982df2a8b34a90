"""Messages over the wire, each carried by its own process, to services in every mood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.notify.delivery import Delivery, DeliveryMethod, Outcome
from console.notify.sender import carry
from tests.notify.services import Mood, webhook

SECRET = "geheim5f3a"  # noqa: S105 - nobody's
HOSTILE = "<!channel> [b]\\x1b[31m{{x}} <script>alert(1)</script> & *bold*"


def delivery(
    method: DeliveryMethod = DeliveryMethod.APPRISE,
    *,
    text: str = "v2's error rate exceeds 1%",
    url: str = "",
) -> Delivery:
    return Delivery(
        method=method,
        secret="env:PITHEAD_TEST",  # noqa: S106 - its place
        occasion="rollback",
        title="checkout v2",
        text=text,
        at=1000.5,
        url=url,
    )


def tell_through(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("PITHEAD_TEST", address)


async def test_a_webhook_gets_the_message_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as service:
        tell_through(monkeypatch, f"json://127.0.0.1:{service.port}/{SECRET}")
        assert await carry(delivery(text=HOSTILE)) == Outcome()
    (got,) = service.got
    assert json.loads(got.body)["message"] == HOSTILE
    assert json.loads(got.body)["title"] == "checkout v2"


async def test_an_address_can_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as service:
        kept = tmp_path / "address"
        kept.write_text(f"json://127.0.0.1:{service.port}/\n")
        place = Delivery(
            method=DeliveryMethod.APPRISE, secret=f"file:{kept}", occasion="hold", title="t", text="x", at=0.0
        )
        monkeypatch.delenv("PITHEAD_TEST", raising=False)
        assert await carry(place) == Outcome()


async def test_grafana_gets_an_annotation_with_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as grafana:
        tell_through(monkeypatch, SECRET)
        asked = delivery(DeliveryMethod.GRAFANA, text="<b>25%</b>", url=f"http://127.0.0.1:{grafana.port}")
        assert await carry(asked) == Outcome()
    (got,) = grafana.got
    assert got.path == "/api/annotations"
    assert got.authorization == f"Bearer {SECRET}"
    assert json.loads(got.body) == {"time": 1000500, "tags": [], "text": "&lt;b&gt;25%&lt;/b&gt;"}


@pytest.mark.full
@pytest.mark.parametrize(
    ("mood", "said"),
    [
        (Mood.ERROR, "the service answered 500"),
        (Mood.RESET, "the service can't be reached"),
        (Mood.HANG, "no answer within 1.5 s"),
        (Mood.DRIP, "no answer within 1.5 s"),
    ],
)
async def test_a_service_that_fails_is_a_sentence_without_its_address(
    mood: Mood, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook(mood) as service:
        tell_through(monkeypatch, f"json://127.0.0.1:{service.port}/{SECRET}")
        deadline_s = 1.5 if mood in (Mood.HANG, Mood.DRIP) else 60.0
        outcome = await carry(delivery(), deadline_s=deadline_s)
    assert outcome == Outcome(trouble=said)


@pytest.mark.parametrize(
    ("method", "address", "said"),
    [
        (DeliveryMethod.APPRISE, "", "PITHEAD_TEST is not set here"),
        (
            DeliveryMethod.APPRISE,
            SECRET,
            "this is no address that Apprise knows: github.com/caronc/apprise lists them",
        ),
        (DeliveryMethod.GRAFANA, SECRET, "Grafana can't be reached"),
        (DeliveryMethod.GRAFANA, f"{SECRET}\nX: y", "Grafana can't be reached"),
    ],
)
async def test_a_useless_address_is_a_sentence_without_it(
    method: DeliveryMethod, address: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_through(monkeypatch, address)
    assert await carry(delivery(method, url="http://127.0.0.1:9")) == Outcome(trouble=said)

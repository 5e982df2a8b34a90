from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from console.lab.scrape_config import Config, ScrapeConfig, StaticConfig
from console.lab.scraper import APPLICATION, Scraper, application, targets
from console.lab.series import SeriesStore
from tests.metrics.http_fake import FakePrometheus, answering, fake_prometheus

Client = TestClient[Any, Any]


def serve(scene: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        async with TestClient(TestServer(application(Config()))) as client:
            await scene(client)

    asyncio.run(run())


def test_a_query_is_answered_over_get_and_post_alike() -> None:
    async def scene(client: Client) -> None:
        got = await client.get("/api/v1/query", params={"query": "vector(1)/0", "time": "1700000000.5"})
        posted = await client.post("/api/v1/query", data={"query": "vector(1)/0", "time": "1700000000.5"})
        row = {"metric": {}, "value": [1700000000.5, "+Inf"]}
        assert (await got.json())["data"] == {"resultType": "vector", "result": [row]}
        assert await got.json() == await posted.json()

    serve(scene)


def test_a_scalar_has_its_own_type() -> None:
    async def scene(client: Client) -> None:
        answer = await client.get("/api/v1/query", params={"query": "1", "time": "5"})
        assert (await answer.json())["data"] == {"resultType": "scalar", "result": [5.0, "1"]}

    serve(scene)


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"query": "sum(("}, 400, "bad_data"),
        ({}, 400, "bad_data"),
        ({"query": "1", "time": "now"}, 400, "bad_data"),
        ({"query": "absent(up)"}, 422, "execution"),
    ],
)
def test_what_can_not_be_answered_is_an_error_as_prometheus_writes_it(
    asked: dict[str, str], status: int, kind: str
) -> None:
    async def scene(client: Client) -> None:
        answer = await client.get("/api/v1/query", params=asked)
        body = await answer.json()
        assert (answer.status, body["status"], body["errorType"]) == (status, "error", kind)
        assert body["error"]

    serve(scene)


def test_it_says_who_it_is() -> None:
    async def scene(client: Client) -> None:
        assert (await client.get("/-/ready")).status == 200
        answer = await client.get("/api/v1/status/buildinfo")
        assert (await answer.json())["data"]["application"] == APPLICATION

    serve(scene)


def scraped(fake: FakePrometheus, *answers: str | None) -> SeriesStore:
    """Scrape a target once for each answer; None is a failing one."""
    address = fake.url.removeprefix("http://")
    group = StaticConfig(targets=(address,), labels={"pod": "p"})
    job = ScrapeConfig(job_name="j", params={"usedonly": ("",)}, static_configs=(group,))
    store = SeriesStore()

    async def run() -> None:
        async with aiohttp.ClientSession() as http:
            scraper = Scraper(targets(Config(scrape_configs=(job,)))[0], store, http)
            for text in answers:
                fake.answer = answering((text or "").encode(), status=200 if text is not None else 503)
                await scraper.scrape()

    asyncio.run(run())
    return store


def values(store: SeriesStore, name: str) -> list[list[float | None]]:
    return [[point.value for point in points] for _, points in store.named(name)]


def test_a_target_puts_its_labels_on_and_what_it_scraped_gives_way() -> None:
    with fake_prometheus() as fake:
        store = scraped(fake, 'hits{pod="own",job="x"} 1')
        ((labels, _),) = store.named("hits")
        assert {"pod": "p", "exported_pod": "own", "job": "j", "exported_job": "x"}.items() <= dict(
            labels
        ).items()
        assert fake.lines == ["GET /metrics?usedonly= HTTP/1.1"]


def test_a_series_that_is_not_in_the_next_scrape_ends() -> None:
    with fake_prometheus() as fake:
        store = scraped(fake, "a 1\nb 1", "a 2", "a 3\nb 3")
    assert values(store, "a") == [[1, 2, 3]]
    assert values(store, "b") == [[1, None, 3]]


@pytest.mark.parametrize("failing", [None, "<html>", "a 1\nnot a sample"])
def test_a_scrape_that_fails_ends_every_series_and_says_down(failing: str | None) -> None:
    with fake_prometheus() as fake:
        store = scraped(fake, "a 1", failing)
    assert values(store, "a") == [[1, None]]
    assert values(store, "up") == [[1, 0]]


def test_a_configuration_that_is_not_known_is_one_line_on_stderr(tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yaml"
    path.write_text("rule_files: [a]")
    args = [sys.executable, "-m", "console.lab.scraper", "--config", str(path), "--port", "1"]
    ended = subprocess.run(args, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"The built-in scraper can't work with {path}: Object contains unknown field `rule_files`"
    ]

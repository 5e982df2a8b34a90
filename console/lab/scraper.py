"""A small stand-in for machines without Prometheus: it scrapes, remembers minutes, and answers queries.

`python -m console.lab.scraper --config prometheus.yaml --port 9090` reads the configuration that the real
program would read, and serves the part of its HTTP API that pithead asks.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from msgspec import Struct

from console.errors import UsageError
from console.lab.exposition import BadExposition, parse
from console.lab.promql import evaluate
from console.lab.promql_values import Element, QueryError
from console.lab.scrape_config import Config, ScrapeConfig, load, relabel, seconds
from console.lab.series import KEEP_S, Labels, Point, SeriesStore

APPLICATION = "pithead's built-in scraper"
MOST_STEPS = 11_000
"""Prometheus refuses longer ranges too."""
_STATUS = {"bad_data": 400, "execution": 422}


class Target(Struct, frozen=True, kw_only=True):
    """One address of one job."""

    job: ScrapeConfig
    url: str
    labels: dict[str, str]
    interval_s: float
    timeout_s: float


def targets(config: Config) -> list[Target]:
    """List every address that a configuration names."""
    return [
        Target(
            job=job,
            url=f"{job.scheme}://{address}{job.metrics_path}",
            labels={"job": job.job_name, "instance": address, **group.labels},
            interval_s=seconds(job.scrape_interval or config.global_.scrape_interval),
            timeout_s=seconds(job.scrape_timeout or config.global_.scrape_timeout),
        )
        for job in config.scrape_configs
        for group in job.static_configs
        for address in group.targets
    ]


class Scraper:
    """Scrapes one target again and again into the store."""

    def __init__(self, target: Target, store: SeriesStore, http: aiohttp.ClientSession) -> None:
        self._target = target
        self._store = store
        self._http = http
        self._there: set[Labels] = set()
        self._url_params = [(name, value) for name, values in target.job.params.items() for value in values]

    async def run(self) -> None:
        """Scrape at even steps of time; a scrape that takes long delays none after it."""
        started_s = time.monotonic()
        while True:
            await self.scrape()
            passed_s = time.monotonic() - started_s
            await asyncio.sleep(self._target.interval_s - passed_s % self._target.interval_s)

    async def scrape(self) -> None:
        """Scrape once. What was there before and is not now ends, so that no query finds it any more."""
        at_s = round(time.time(), 3)
        try:
            found = await self._fetch()
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError, BadExposition):
            found = None
        for labels, value in (found or {}).items():
            self._store.append(labels, Point(at_s, value))
        for labels in self._there - (found or {}).keys():
            self._store.append(labels, Point(at_s, None))
        self._there = set(found or ())
        up = Labels({"__name__": "up", **self._target.labels}.items())
        self._store.append(up, Point(at_s, float(found is not None)))
        self._store.forget(before_s=at_s - KEEP_S)

    async def _fetch(self) -> dict[Labels, float]:
        timeout = aiohttp.ClientTimeout(total=self._target.timeout_s)
        async with self._http.get(
            self._target.url, params=self._url_params, timeout=timeout, raise_for_status=True
        ) as response:
            text = await response.text(encoding="utf-8")
        found = {}
        for labels, value in parse(text):
            kept = relabel(self._with_target(labels), self._target.job.metric_relabel_configs)
            if kept is not None:
                found[kept] = value
        return found

    def _with_target(self, labels: Labels) -> Labels:
        """Put the target's labels on; one of the same name that was scraped gives way to them."""
        own = self._target.labels
        scraped = {(f"exported_{name}" if name in own else name): value for name, value in labels}
        return Labels({**scraped, **own}.items())


class QueryApi:
    """The part of Prometheus' HTTP API that is served."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        """List the addresses."""
        return [
            web.get("/-/ready", self.ready),
            web.get("/api/v1/status/buildinfo", self.buildinfo),
            web.get("/api/v1/query", self.query),
            web.post("/api/v1/query", self.query),
            web.post("/api/v1/query_range", self.query_range),
        ]

    async def ready(self, _: web.Request) -> web.Response:
        """Answer that it runs."""
        return web.Response(text=f"{APPLICATION} is ready.\n")

    async def buildinfo(self, _: web.Request) -> web.Response:
        """Say who answers."""
        return _success({"application": APPLICATION, "version": ""})

    async def query(self, request: web.Request) -> web.Response:
        """Evaluate a query now, or at `time`."""
        asked = await _asked(request)
        try:
            at_s = _time(asked.get("time"))
            value = evaluate(asked.get("query", ""), self._store, at_s=at_s)
        except QueryError as error:
            return _refusal(error)
        if isinstance(value, float):
            return _success({"resultType": "scalar", "result": [at_s, _text(value)]})
        return _success({"resultType": "vector", "result": [_row(each, at_s=at_s) for each in value]})

    async def query_range(self, request: web.Request) -> web.Response:
        """Evaluate a query at every step from `start` to `end`."""
        asked = await _asked(request)
        values: defaultdict[Labels, list[list[float | str]]] = defaultdict(list)
        try:
            for at_s in _steps(asked):
                value = evaluate(asked.get("query", ""), self._store, at_s=at_s)
                rows = [Element(Labels(), value)] if isinstance(value, float) else value
                for row in rows:
                    values[row.labels].append([at_s, _text(row.value)])
        except QueryError as error:
            return _refusal(error)
        result = [{"metric": dict(sorted(labels)), "values": each} for labels, each in values.items()]
        return _success({"resultType": "matrix", "result": result})


async def _asked(request: web.Request) -> dict[str, str]:
    return {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}


def _refusal(error: QueryError) -> web.Response:
    body = {"status": "error", "errorType": error.kind, "error": str(error)}
    return web.json_response(body, status=_STATUS[error.kind])


def _success(data: dict[str, Any]) -> web.Response:
    return web.json_response({"status": "success", "data": data})


def _row(element: Element, *, at_s: float) -> dict[str, Any]:
    return {"metric": dict(sorted(element.labels)), "value": [at_s, _text(element.value)]}


def _text(value: float) -> str:
    """Write a number as Prometheus does."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def _time(text: str | None) -> float:
    try:
        return round(time.time(), 3) if text is None else float(text)
    except ValueError as error:
        raise QueryError(f'invalid parameter "time": {text}', kind="bad_data") from error


def _steps(asked: Mapping[str, str]) -> list[float]:
    """List the times of a range; seconds only, as it is asked here."""
    try:
        start_s, end_s, step_s = (float(asked[name]) for name in ("start", "end", "step"))
    except (KeyError, ValueError) as error:
        raise QueryError(f"a range needs start, end and step in seconds: {error}", kind="bad_data") from error
    if step_s <= 0 or (end_s - start_s) / step_s > MOST_STEPS:
        raise QueryError(f"exceeded maximum resolution of {MOST_STEPS:,} points", kind="bad_data")
    return [round(start_s + step_s * at, 3) for at in range(int((end_s - start_s) / step_s) + 1)]


def application(config: Config) -> web.Application:
    """Put scrapers and API together."""
    store = SeriesStore()

    async def scraping(_: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as http:
            tasks = [asyncio.create_task(Scraper(each, store, http).run()) for each in targets(config)]
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    app = web.Application()
    app.cleanup_ctx.append(scraping)
    app.add_routes(QueryApi(store).routes())
    return app


def main(args: Sequence[str] | None = None) -> None:
    """Run until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m console.lab.scraper", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args(args)
    try:
        config = load(options.config)
    except UsageError as error:
        sys.exit(str(error))
    with suppress(KeyboardInterrupt):
        web.run_app(application(config), host=options.host, port=options.port, print=None, access_log=None)


if __name__ == "__main__":
    main()

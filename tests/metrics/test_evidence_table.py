"""The table of docs/evidence.md is what comes out of the pages of each library.

`python -m tests.metrics.test_evidence_table` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

from console.evidence import Counts, Sample
from tests.metrics.application_pages import LIBRARIES, SLOW_S, Library
from tests.metrics.gateway_pages import GATEWAYS, Gateway
from tests.metrics.test_gateways import served
from tests.metrics.test_pods import counted

DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"
BEGIN, END = "<!-- made by tests/metrics/test_evidence_table.py -->\n", "<!-- end -->"
KINDS = {"answer": "answered", "failure": "failed", "refusal": "refused", "nothing": "no answer"}
GATEWAY_KINDS = {"200": "answered", "500": "failed", "404": "refused", "504": "no answer in time"}
FIELDS = {
    "errors_5xx": "5xx",
    "errors_4xx": "4xx",
    "no_answer": "no answer",
    "grpc_server": "the server's gRPC failure",
    "grpc_caller": "the caller's gRPC fault",
}


def cell(library: Library, kind: str) -> str:
    """Say as what 40 requests that end so are counted."""
    if kind not in library.ends:
        return "not told; a guard on it is refused"
    counts = counted(library, kind).canary.counts or Counts()
    assert counts.requests == 40
    assert (counted(library, kind).stable.counts or Counts()).requests == 100
    found = [words for field, words in FIELDS.items() if getattr(counts, field) == counts.requests]
    return found[0] if found else "good"


def slow(library: Library) -> str:
    """Say within which edges 40 requests are seen that took `SLOW_S`."""
    sample = counted(library, "answer", seconds=SLOW_S)
    latency = (sample.canary.counts or Counts()).latency
    if not latency:
        return "not judged: no histogram"
    return edges(sample)


def edges(sample: Sample) -> str:
    latency = (sample.canary.counts or Counts()).latency
    at = latency.index(40)
    below, above = sample.bounds_ms[at - 1], sample.bounds_ms[at]
    return f"{below / 1000:g} to {above / 1000:g} s"


def of_gateway(gateway: Gateway) -> tuple[str, ...]:
    """Say as what 40 requests are counted that a gateway sees end so, and what `SLOW_S` is seen as."""
    cells = []
    for status in GATEWAY_KINDS:
        counts = served(gateway, {status: 40}).canary.counts or Counts()
        assert counts.requests == 40
        cells.append(next((words for field, words in FIELDS.items() if getattr(counts, field) == 40), "good"))
    sample = served(gateway, {"200": 40}, seconds=SLOW_S)
    return (*cells, edges(sample))


def gateways() -> str:
    heads = ("gateway", "`preset`", "`workload`", *GATEWAY_KINDS.values(), f"latency of {SLOW_S:g} s")
    return lined(
        heads,
        [(each.name, f"`{each.preset}`", f"`{each.canary}`", *of_gateway(each)) for each in GATEWAYS],
    )


def lined(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = (heads, ("---",) * len(heads), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def table() -> str:
    heads = ("library", "`requests`", *KINDS.values(), f"latency of {SLOW_S:g} s")
    rows = [
        (each.name, f"`{each.series['requests']}`", *(cell(each, kind) for kind in KINDS), slow(each))
        for each in LIBRARIES
    ]
    return lined(heads, rows) + "\n" + gateways()


def test_the_document_has_this_table() -> None:
    text = DOCUMENT.read_text()
    assert text.partition(BEGIN)[2].partition(END)[0] == table()


if __name__ == "__main__":
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(before + BEGIN + table() + END + rest.partition(END)[2])

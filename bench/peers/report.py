"""The report of `make bench-peers`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench import tables
from bench.bodies import PLAIN, STREAM
from bench.figures import Pick, spread
from bench.measured import Measured
from bench.plot import Panel
from bench.report import disturbance
from bench.rounds import BUSY, CONNECTIONS
from bench.tables import Row
from bench.targets import CALLS, CPU_CALL, CPU_CHUNKS, ERRORS, SUM, TIMES, Target, judge

WHO = ("direct", "aiconnect", "litellm", "portkey")
STREAMS = (20, 100)

TARGETS = (
    Target("LiteLLM's CPU per call as a multiple of ours, 16 connections", "x", 16,
           Pick("whole", "litellm", PLAIN.name, BUSY), CPU_CALL, TIMES, CALLS, 25, is_floor=True),
    Target("Portkey's CPU per call as a multiple of ours, 16 connections", "x", 2,
           Pick("whole", "portkey", PLAIN.name, BUSY), CPU_CALL, TIMES, CALLS, 3, is_floor=True),
    Target("Errors of our calls, 16 connections", "", 0, CALLS, ERRORS, SUM),
)  # fmt: skip
OUR_CALLS = Pick("whole", "aiconnect", PLAIN.name, 1)
OUR_STREAMS = Pick("streams", "aiconnect", STREAM.name, 1)
CALL_COLUMNS = (
    tables.pair("p50, p99 ms", "latency"),
    tables.more_than("more than direct, p50 ms", "latency_p50",
                     Pick("whole", "direct", PLAIN.name, 1)),
    tables.noisy("CPU ms a call", CPU_CALL),
    tables.times("x ours", CPU_CALL, OUR_CALLS),
    tables.plain("calls/s", "calls_per_second"),
    tables.errors(),
)  # fmt: skip
STREAM_COLUMNS = (
    tables.plain("chunk delay p50 ms", "delay_p50"),
    tables.noisy("chunk delay p99 ms", "delay_p99"),
    tables.pair("first chunk p50, p99 ms", "first"),
    tables.noisy("CPU ms per 1,000 chunks", CPU_CHUNKS),
    tables.times("x ours", CPU_CHUNKS, OUR_STREAMS),
    tables.plain("chunks/s", "chunks_per_second"),
    tables.plain("memory MB", "memory_mb"),
    tables.errors(),
)

READING = """\
Peers and ours answered round robin in the same minutes, one process each, before the same fake
upstream and on the same cores. **CPU per call and per chunk is the number to trust.** Every figure
is the median of the rounds; in brackets the lowest and highest round, which is the noise.

- aiconnect runs with every policy on, as in [the main report](README.md): limits, a route of two
  steps, prices, the ledger. LiteLLM and Portkey do less here: LiteLLM checks its one master key and
  has neither database nor budgets, Portkey checks no key of its own.
- LiteLLM has explicit models that its list of prices knows, no wildcard, no retries, no spend logs;
  opentelemetry-sdk and httptools are installed, without which it is slower. Portkey's
  @hono/node-server is pinned at 1.13.1: with newer ones it answers 500 to every stream.
- Each stream has 50 chunks a second; who cannot keep up brings fewer.
- Every version is pinned by hash in `bench/peers/`. Raw data: `peers.jsonl`. Made by
  `make bench-peers`."""


def render(all_: Sequence[Measured], machine: str, plot: str) -> str:
    """The whole report."""
    parts = [
        "# Beside peers", f"{machine} {disturbance(all_)}", READING,
        "## Against the targets", tables.judged(judge(all_, TARGETS)),
        f"![The same as bars]({plot})",
        "## Whole calls", tables.series(all_, CALL_COLUMNS, _rows("whole", CONNECTIONS)),
        "## Streams", tables.series(all_, STREAM_COLUMNS, _rows("streams", STREAMS)),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def panels(all_: Sequence[Measured]) -> list[Panel]:
    """CPU of whole calls and of chunks."""
    bars = [
        [(who, spread(all_, Pick(kind, who, case.name, at_once), name)) for who in WHO[1:]]
        for kind, case, at_once, name in (
            ("whole", PLAIN, BUSY, CPU_CALL),
            ("streams", STREAM, STREAMS[0], CPU_CHUNKS),
        )
    ]
    return [
        Panel(f"CPU ms per whole call, {BUSY} connections", None, bars[0]),
        Panel(f"CPU ms per 1,000 chunks, {STREAMS[0]} streams", None, bars[1]),
    ]


def _rows(kind: str, counts: Sequence[int]) -> Iterator[tuple[Row, Pick]]:
    case = PLAIN if kind == "whole" else STREAM
    for count in counts:
        for who in WHO:
            yield (f"{count}", who), Pick(kind, who, case.name, count)

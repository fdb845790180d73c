"""The report of `make bench`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench import capacity, tables, two
from bench.bodies import PLAIN, STREAM, STREAMS, TWICE, WHOLE
from bench.figures import Pick, Spread
from bench.measured import Measured
from bench.rounds import CONNECTIONS
from bench.tables import Row
from bench.targets import CPU_CALL, CPU_CHUNKS, OURS, judge

OTHERS = ("direct", "nginx", "prototype")
DIRECT_CALLS, DIRECT_STREAMS = (
    Pick("whole", "direct", PLAIN.name, 1),
    Pick("streams", "direct", STREAM.name, 1),
)
CALL_COLUMNS = (
    tables.pair("p50, p99 ms", "latency"),
    tables.more_than("more than direct, p50 ms", "latency_p50", DIRECT_CALLS),
    tables.noisy("CPU ms a call", CPU_CALL),
    tables.times("x nginx", CPU_CALL, Pick("whole", "nginx", PLAIN.name, 1)),
    tables.times("x prototype", CPU_CALL, Pick("whole", "prototype", PLAIN.name, 1)),
    tables.plain("calls/s", "calls_per_second"),
    tables.errors(),
)
STREAM_COLUMNS = (
    tables.plain("chunk delay p50 ms", "delay_p50"),
    tables.noisy("chunk delay p99 ms", "delay_p99"),
    tables.pair("first chunk p50, p99 ms", "first"),
    tables.more_than("first later than direct, p50 ms", "first_p50", DIRECT_STREAMS),
    tables.noisy("CPU ms per 1,000 chunks", CPU_CHUNKS),
    tables.times("x nginx", CPU_CHUNKS, Pick("streams", "nginx", STREAM.name, 1)),
    tables.times("x prototype", CPU_CHUNKS, Pick("streams", "prototype", STREAM.name, 1)),
    tables.plain("cores", "cores"),
    tables.plain("memory MB", "memory_mb"),
    tables.errors(),
)
CAPACITY_COLUMNS = (
    tables.noisy("chunk delay p99 ms", "delay_p99"),
    tables.plain("chunks/s", "chunks_per_second"),
    tables.plain("cores", "cores"),
    tables.errors(),
)

PAIR_COLUMNS = (
    tables.plain("chunk delay p50 ms", "delay_p50"),
    tables.noisy("chunk delay p99 ms", "delay_p99"),
    tables.pair("first chunk p50, p99 ms", "first"),
    tables.plain("chunks/s", "chunks_per_second"),
    tables.noisy("CPU ms per 1,000 chunks", CPU_CHUNKS),
    tables.plain("cores", "cores"),
    tables.plain("memory MB", "memory_mb"),
    tables.errors(),
)

PAIR = """\
`aiconnect serve --workers 2` on PostgreSQL and Redis, 2,000 streams at once. With a chunk every
20 ms that is 100,000 chunks a second, for which server, load program and upstream together need
more than two cores: such a row on a machine of two says how it behaves beyond its strength."""

READING = """\
Load program, fake upstream and server share the cores, so what is left for the server depends on
the others and on the machine's noise: **CPU per call and per chunk is the number to trust**, and
ratios below 1.3 mean nothing. Every figure is the median of the rounds; in brackets the lowest and
highest round, which is the noise. A round measures everything once: calls straight to the
upstream, through nginx (`proxy_pass`, a look at the key), through the prototype (the least that a
gateway in Python does, `bench/proto`), and through aiconnect, in turn, one process each."""

LEGEND = """\
- *aiconnect* runs with every policy on: an access token and a connection with limits of requests,
  tokens and parallel calls, a route of two steps, prices, the journal, and the ledger written from
  it. *CPU* is that of all its processes, in user and kernel, until the ledger is written.
- *More than direct* is what a call takes longer than a direct one with as many connections, in the
  same round. With 16 and 64 connections both are as busy as they can be, so it is time spent in
  line.
- *Translated*: callers speak Anthropic's Messages or Ollama's chat, the upstream OpenAI's chat.
- *Chunk delay* is from the upstream's write to the caller's read. Chunks leave every 20 ms on each
  stream, 250 a stream. *First chunk* is from the request, while 200 (of 100 streams) to 400
  streams a second begin; the upstream itself waits as long as between chunks before it, or 2 s in
  that row (1 s before the head, 1 s after).
- *Errors* are streams refused, cut, silent, or with another number of chunks than was sent.
- In the TLS rows nginx stands before the upstream and takes its share of the same cores.
- Raw data, one measurement a line: `raw.jsonl`. Made by `make bench`."""


def render(all_: Sequence[Measured], machine: str, plot: str) -> str:
    """The whole report."""
    parts = [
        "# Figures", f"{machine} {disturbance(all_)}", READING,
        "## Against the targets", tables.judged(judge(all_, OURS)),
        f"![The same as bars]({plot})",
        "## Whole calls", tables.series(all_, CALL_COLUMNS, _calls()),
        "## Streams", tables.series(all_, STREAM_COLUMNS, _streams()),
        "## Capacity of one process", held(all_),
        "## Two processes", both(all_),
        LEGEND,
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def disturbance(all_: Sequence[Measured]) -> str:
    """What else the machine had to do."""
    cores = Spread.of(one.figures["elsewhere"] for one in all_ if "elsewhere" in one.figures)
    if cores is None:
        return ""
    found = ", ".join(f"{value:.2f}" for value in (cores.median, cores.high))
    return f"Other programs used {found} cores meanwhile (median of the runs, worst run)."


def held(all_: Sequence[Measured]) -> str:
    """How many streams, and how it was found."""
    if not any(one.kind == "capacity" for one in all_):
        return "Not measured in this run."
    most = capacity.found(all_)
    said = (
        "No number that was tried stayed below it"
        if most is None
        else f"**{most:,} streams** of 20 ms at once are the most that stayed below it"
    )
    tried = sorted({one.at_once for one in all_ if one.kind == "capacity"})
    rows = [((f"{n:,}",), Pick("capacity", "aiconnect", STREAM.name, n)) for n in tried]
    return (
        f"Searched in steps of {capacity.STEP}: at most {capacity.LIMIT_MS:g} ms of chunk delay p99"
        f" and no error, in one of {capacity.TRIES} tries. {said}.\n\n"
        f"{tables.series(all_, CAPACITY_COLUMNS, rows)}"
    )


def both(all_: Sequence[Measured]) -> str:
    """2,000 streams at two processes."""
    picks = [
        Pick("two", who, case.name, TWICE) for case in two.CASES for who in ("direct", two.NAME)
    ]
    titles = {case.name: case.title for case in two.CASES}
    rows = [((f"{TWICE:,}", one.who, titles[one.case]), one) for one in picks]
    if not any(one.of(all_) for one in picks):
        return "Not measured in this run."
    return f"{PAIR}\n\n{tables.series(all_, PAIR_COLUMNS, rows)}"


def _calls() -> Iterator[tuple[Row, Pick]]:
    for count in CONNECTIONS:
        for who in OTHERS:
            yield (f"{count}", who, PLAIN.title), Pick("whole", who, PLAIN.name, count)
        for case in WHOLE:
            words = (f"{count}", "aiconnect", case.title)
            yield words, Pick("whole", "aiconnect", case.name, count)


def _streams() -> Iterator[tuple[Row, Pick]]:
    for count, cases in STREAMS.items():
        for who in OTHERS:
            yield (f"{count:,}", who, STREAM.title), Pick("streams", who, STREAM.name, count)
        for case in cases:
            words = (f"{count:,}", "aiconnect", case.title)
            yield words, Pick("streams", "aiconnect", case.name, count)

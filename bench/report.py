"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.bodies import PLAIN, STREAM, STREAMS, WHOLE
from bench.figures import Pick, Spread, added, judge, spread, total
from bench.measured import Measured
from bench.rounds import CONNECTIONS

NOTHING = "-"
Row = Sequence[str]


def render(all_: Sequence[Measured], machine: str, plot: str) -> str:
    """The whole report."""
    parts = [
        "# Figures", f"{machine} {disturbance(all_)}", READING,
        "## Against the targets", targets(all_),
        f"![The same as bars]({plot})",
        "## Whole calls", whole_calls(all_),
        "## Streams", streams(all_),
        LEGEND,
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


READING = """\
Load program, fake upstream and server share the cores, so what is left for the server depends on
the others and on the machine's noise: **CPU per call and per chunk is the number to trust**.
Every figure is the median of the rounds; in brackets the lowest and highest round, which is the
noise. A round measures everything once, direct calls and ours in turn."""

LEGEND = """\
- *CPU* is that of all the server's processes, in user and kernel, with all that belongs to a call:
  access token, limits, journal, and the ledger written from it.
- *Added* is what a call takes longer than a direct one with as many connections, in the same round.
  With 16 and 64 connections both are as busy as they can be, so it is time spent in line.
- *Chunk delay* is from the upstream's write to the caller's read. Chunks leave every 20 ms on each
  stream, 250 a stream, where the row says nothing else. *First chunk* is from the request; the
  upstream itself waits as long as between chunks before it, or 2 s in that row (1 s before the
  head, 1 s after).
- *Errors* are streams refused, cut, silent, or with another number of chunks than was sent.
- In the TLS rows nginx stands before the upstream and takes its share of the same cores.
- Raw data, one measurement a line: `raw.jsonl`. Made by `make bench`."""


def disturbance(all_: Sequence[Measured]) -> str:
    """What else the machine had to do."""
    cores = Spread.of(one.figures["elsewhere"] for one in all_ if "elsewhere" in one.figures)
    if cores is None:
        return ""
    found = ", ".join(f"{value:.2f}" for value in (cores.median, cores.high))
    return f"Other programs used {found} cores meanwhile (median of the runs, worst run)."


def targets(all_: Sequence[Measured]) -> str:
    """What was promised, beside what was measured."""
    rows = [
        [
            one.target.title,
            _with_noise(one.measured, one.target.unit),
            f"≤ {one.target.limit:g} {one.target.unit}".rstrip(),
            "ok" if one.is_met else "**missed**",
        ]
        for one in judge(all_)
    ]
    return table(["", "measured", "target", ""], rows)


def whole_calls(all_: Sequence[Measured]) -> str:
    """Latency and CPU of calls that are answered in one piece."""
    head = [
        "connections", "", "direct p50, p99 ms", "p50, p99 ms", "added p50 ms", "added p99 ms",
        "CPU ms a call", "calls/s", "errors",
    ]  # fmt: skip
    rows = []
    for count in CONNECTIONS:
        base = Pick("whole", "direct", PLAIN.name, count)
        for case in WHOLE:
            pick = Pick("whole", "aiconnect", case.name, count)
            if not pick.of(all_):
                continue
            rows.append([
                str(count),
                case.title,
                _pair(all_, base, "latency"),
                _pair(all_, pick, "latency"),
                _with_noise(added(all_, pick, base, "latency_p50")),
                _with_noise(added(all_, pick, base, "latency_p99")),
                _with_noise(spread(all_, pick, "cpu_ms_per_call")),
                _plain(spread(all_, pick, "calls_per_second")),
                _count(total(all_, pick, "errors")),
            ])  # fmt: skip
    return table(head, rows)


def streams(all_: Sequence[Measured]) -> str:
    """Delay and CPU of streamed answers, beside streams straight from the upstream."""
    head = [
        "streams", "", "chunk delay p50 ms", "chunk delay p99 ms", "first chunk p50, p99 ms",
        "CPU ms per 1,000 chunks", "cores", "memory MB", "errors",
    ]  # fmt: skip
    rows = []
    for count, cases in STREAMS.items():
        series = [("direct", STREAM.name, "direct")]
        series += [("aiconnect", case.name, case.title) for case in cases]
        for who, case, title in series:
            pick = Pick("streams", who, case, count)
            if not pick.of(all_):
                continue
            rows.append([
                f"{count:,}",
                title,
                _plain(spread(all_, pick, "delay_p50")),
                _with_noise(spread(all_, pick, "delay_p99")),
                _pair(all_, pick, "first"),
                _with_noise(spread(all_, pick, "cpu_ms_per_1000_chunks")),
                _plain(spread(all_, pick, "cores")),
                _plain(spread(all_, pick, "memory_mb")),
                _count(total(all_, pick, "errors")),
            ])  # fmt: skip
    return table(head, rows)


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Three figures that mean something."""
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _plain(found: Spread | None) -> str:
    return NOTHING if found is None else number(found.median)


def _with_noise(found: Spread | None, unit: str = "") -> str:
    if found is None:
        return NOTHING
    said = f"{number(found.median)} {unit}".rstrip()
    if found.low == found.high:
        return said
    return f"{said} ({number(found.low)} to {number(found.high)})"


def _pair(all_: Sequence[Measured], pick: Pick, name: str) -> str:
    ends = (spread(all_, pick, f"{name}_p50"), spread(all_, pick, f"{name}_p99"))
    return ", ".join(_plain(one) for one in ends)


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"

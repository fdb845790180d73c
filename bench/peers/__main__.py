"""`python -m bench.peers`: ours beside LiteLLM and Portkey; peers.md and peers.jsonl."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from bench import machine, measured, plot, server, upstream
from bench.__main__ import check_programs, say
from bench.bodies import PLAIN, STREAM
from bench.load import Endpoint
from bench.measured import Measured
from bench.peers import programs, report
from bench.peers.install import install, lock, versions
from bench.places import RESULTS
from bench.processes import NotReady
from bench.rounds import CONNECTIONS, Run, warm_up
from bench.targets import judge
from bench.upstream import Upstream


def main() -> None:
    """Measure and report; exit 1 where a target was missed."""
    asked = _arguments()
    if asked.lock:
        lock()
        return
    check_programs()
    install()
    upstream.build()
    began = time.monotonic()
    found = list(map(say, _measure(asked.rounds, asked.seconds)))
    about = (
        f"{machine.described(asked.rounds)} aiconnect {version('aiconnect')}, {versions()}. "
        f"It took {time.monotonic() - began:.0f} s."
    )
    _write(found, asked.out, about)
    sys.exit(not all(one.is_met for one in judge(found, report.TARGETS)))


def _measure(rounds: int, seconds: float) -> Iterator[Measured]:
    """Every round measures everything once, in turn."""
    with ExitStack() as stack:
        mock = stack.enter_context(upstream.running())
        access_token = server.make_instance(Upstream(mock))
        everybody = [
            Endpoint("direct", mock),
            stack.enter_context(server.serving(access_token)),
            stack.enter_context(programs.litellm(mock)),
            stack.enter_context(programs.portkey(mock)),
        ]
        for one in everybody:
            warm_up(one)
        runs = [Run("whole", who, PLAIN, n) for n in CONNECTIONS for who in everybody]
        runs += [Run("streams", who, STREAM, n) for n in report.STREAMS for who in everybody]
        for number in range(rounds):
            for run in runs:
                yield run.measure(number, seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--lock", action="store_true", help="write the pins anew, and end")
    return parser.parse_args()


def _write(found: list[Measured], folder: Path, about: str) -> None:
    measured.write(folder / "peers.jsonl", found)
    plot.draw(report.panels(found), folder / "peers.png")
    text = report.render(found, about, "peers.png")
    (folder / "peers.md").write_text(text, encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped then too
    try:
        main()
    except NotReady as error:
        sys.exit(str(error))

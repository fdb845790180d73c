"""`python -m bench`: measure, and write raw data, report and plot into bench/results/."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path

from bench import measured, plot, report, upstream
from bench.figures import judge
from bench.measured import Measured
from bench.places import RESULTS
from bench.processes import NotReady
from bench.rounds import Plan, measure

NEEDED = {"cc": "gcc libc6-dev", "wrk": "wrk", "openssl": "openssl"}


def main() -> None:
    """Measure and report; exit 1 where a target was missed."""
    asked = _arguments()
    _check_programs()
    plan = Plan(asked.rounds, asked.seconds, tuple(asked.only or Plan().kinds))
    began = time.monotonic()
    upstream.build()
    found: list[Measured] = []
    with upstream.running() as running:
        for one in measure(plan, running):
            _say(one)
            found.append(one)
    _write(found, asked.out, f"{_machine(plan)} It took {time.monotonic() - began:.0f} s.")
    sys.exit(not all(one.is_met for one in judge(found)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Plan().rounds)
    parser.add_argument("--seconds", type=float, default=Plan().seconds, help="of each run")
    parser.add_argument("--only", nargs="+", choices=Plan().kinds, help="leave out the others")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    return parser.parse_args()


def _check_programs() -> None:
    missing = [package for name, package in NEEDED.items() if shutil.which(name) is None]
    if missing:
        sys.exit(f"Missing here. Next, as root: apt-get install {' '.join(missing)}")
    if shutil.which("nginx") is None:
        print("No nginx here, so no TLS rows. For them, as root: apt-get install nginx-light")


def _say(one: Measured) -> None:
    figures = " ".join(f"{name}={value:.4g}" for name, value in one.figures.items() if value)
    print(f"{one.round + 1} {one.kind} {one.who} {one.case} {one.at_once}: {figures}", flush=True)


def _machine(plan: Plan) -> str:
    when = time.strftime("%Y-%m-%d", time.gmtime())
    return (
        f"Measured on {when}: {plan.rounds} rounds, {os.cpu_count()} cores ({_processor()}), "
        f"{platform.system()}, Python {platform.python_version()}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _write(found: list[Measured], folder: Path, machine: str) -> None:
    measured.write(folder / "raw.jsonl", found)
    plot.draw(found, folder / "plot.png")
    text = report.render(found, machine, "plot.png")
    (folder / "README.md").write_text(text, encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped then too
    try:
        main()
    except NotReady as error:
        sys.exit(str(error))

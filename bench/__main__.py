"""`python -m bench`: measure, and write raw data, report and plot into bench/results/."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from bench import capacity, machine, measured, nginx, plot, prototype, report, server, two, upstream
from bench.load import Endpoint
from bench.measured import Measured
from bench.places import RESULTS
from bench.processes import NotReady
from bench.rounds import Plan, measure, starts, warm_up
from bench.targets import OURS, judge
from bench.upstream import Upstream

NEEDED = {"cc": "gcc libc6-dev", "wrk": "wrk", "openssl": "openssl"}


def main() -> None:
    """Measure and report; exit 1 where a target was missed."""
    asked = _arguments()
    check_programs()
    plan = Plan(asked.rounds, asked.seconds, tuple(asked.only or Plan().kinds))
    began = time.monotonic()
    upstream.build()
    found = list(map(say, _measure(plan)))
    took = f"It took {time.monotonic() - began:.0f} s."
    _write(found, asked.out, f"{machine.described(plan.rounds)} {_versions()} {took}")
    sys.exit(not all(one.is_met for one in judge(found, OURS)))


def _measure(plan: Plan) -> Iterator[Measured]:
    """Everything, as it is measured."""
    with ExitStack() as stack:
        mock = stack.enter_context(upstream.running())
        has_nginx = shutil.which("nginx") is not None
        tls = stack.enter_context(nginx.with_tls(mock)) if has_nginx else None
        access_token = server.make_instance(Upstream(mock, tls))
        if "start" in plan.kinds:
            yield from starts(plan, access_token)
        others = [Endpoint("direct", mock)]
        if has_nginx:
            others.append(stack.enter_context(nginx.as_proxy(mock)))
        others.append(stack.enter_context(prototype.running(mock)))
        ours = stack.enter_context(server.serving(access_token))
        for one in (*others, ours):
            warm_up(one)
        yield from measure(plan, ours, others, with_tls=tls is not None)
        if "capacity" in plan.kinds:
            yield from capacity.search(ours)
    if two.KIND in plan.kinds:
        with upstream.running() as mock:
            yield from two.measure(plan, mock)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Plan().rounds)
    parser.add_argument("--seconds", type=float, default=Plan().seconds, help="of each run")
    parser.add_argument("--only", nargs="+", choices=Plan().kinds, help="leave out the others")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    return parser.parse_args()


def check_programs() -> None:
    """Say which program is missing, and how to get it."""
    missing = [package for name, package in NEEDED.items() if shutil.which(name) is None]
    if missing:
        sys.exit(f"Missing here. Next, as root: apt-get install {' '.join(missing)}")
    if shutil.which("nginx") is None:
        print("No nginx here, so no rows of it and none over TLS. As root: apt-get install "
              "nginx-light")  # fmt: skip


def say(one: Measured) -> Measured:
    """Tell the one who waits."""
    figures = " ".join(f"{name}={value:.4g}" for name, value in one.figures.items() if value)
    print(f"{one.round + 1} {one.kind} {one.who} {one.case} {one.at_once}: {figures}", flush=True)
    return one


def _versions() -> str:
    said = f"aiconnect {version('aiconnect')}, gunicorn {version('gunicorn')}"
    if shutil.which("nginx") is not None:
        told = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False)
        said += f", {told.stderr.strip().rpartition(' ')[2]}"
    return f"{said}."


def _write(found: list[Measured], folder: Path, about: str) -> None:
    measured.write(folder / "raw.jsonl", found)
    plot.draw(plot.panels(found), folder / "plot.png")
    text = report.render(found, about, "plot.png")
    (folder / "README.md").write_text(text, encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped then too
    try:
        main()
    except NotReady as error:
        sys.exit(str(error))

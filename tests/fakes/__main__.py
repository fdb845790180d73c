"""`python -m tests.fakes openai 9200 [--gap 0.02] [--parts 20]`: one fake, by hand.

Its mood is changed by `curl -X POST localhost:9200/_mood/limit?retry_after=3`.
"""

from __future__ import annotations

import argparse
import sys
import threading
from urllib.parse import parse_qsl

from tests.fakes.dialects import FAKES
from tests.fakes.exchange import Answer, Request, as_json


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes")
    parser.add_argument("slug", choices=FAKES)
    parser.add_argument("port", type=int)
    parser.add_argument("--gap", type=float, default=0.0, help="seconds between parts of a stream")
    parser.add_argument("--parts", type=int, default=5)
    given = parser.parse_args()
    fake = type("ByHand", (ByHand, FAKES[given.slug]), {})(given.port)
    fake.stream([f"word{n} " for n in range(given.parts)], gap=given.gap)
    sys.stdout.write(f"{given.slug} at {fake.url}\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        fake.close()


class ByHand:
    """Adds a path that sets the mood."""

    def answer_to(self, request: Request) -> Answer:
        if not request.path.startswith("/_mood/"):
            return super().answer_to(request)  # type: ignore[misc,no-any-return]
        verb = request.path.rsplit("/", 1)[1]
        facts = {name: _value(value) for name, value in parse_qsl(request.query)}
        getattr(self, verb)(**facts)
        return as_json({"mood": verb} | facts)


def _value(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


if __name__ == "__main__":
    main()

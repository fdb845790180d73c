"""Two processes of one server, on PostgreSQL and Redis of the benchmark's own: 2,000 streams."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from bench import server
from bench.bodies import SLOW, STREAM, TWICE, Case
from bench.load import Endpoint
from bench.measured import Measured
from bench.places import WORK
from bench.rounds import Plan, Run, warm_up
from bench.server import Site
from bench.upstream import Upstream
from tests.cluster import Cluster, binaries
from tests.redis_server import RedisServer

NAME = "two processes"
KIND = "two"
CASES = (STREAM, SLOW)


def measure(plan: Plan, mock: int) -> Iterator[Measured]:
    """Each round, straight to the upstream and through both; nothing where a server is missing."""
    if binaries() is None or shutil.which("redis-server") is None:
        print("No PostgreSQL or Redis here, so no rows of two processes. As root: apt-get install "
              "postgresql redis-server")  # fmt: skip
        return
    with _serving(Upstream(mock)) as ours:
        warm_up(ours)
        for number in range(plan.rounds):
            for case in CASES:
                for who in (Endpoint("direct", mock), ours):
                    yield _measured(who, case, number, plan.seconds)


def _measured(who: Endpoint, case: Case, number: int, seconds: float) -> Measured:
    """Longer than other runs: else the beginnings of so many streams are most of it."""
    return replace(Run("streams", who, case, TWICE).measure(number, seconds * 3), kind=KIND)


@contextmanager
def _serving(upstream: Upstream) -> Iterator[Endpoint]:
    with closing(Cluster()) as cluster, closing(RedisServer()) as redis:
        environ = {
            "AICONNECT_DATABASE_URL": cluster.url(cluster.make()),
            "AICONNECT_REDIS_URL": redis.url.reveal(),
        }
        site = Site(NAME, WORK / "two", environ, workers=2)
        with server.serving(server.make_instance(upstream, site), site) as endpoint:
            yield endpoint

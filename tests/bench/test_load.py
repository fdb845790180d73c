"""What the load programs print, read into figures."""

from __future__ import annotations

import pytest

from bench.load import read_sload, read_wrk

WRK = """\
Running 2s test @ http://127.0.0.1:8600/v1/chat/completions
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.53ms    1.20ms  20.10ms   80.00%
    Req/Sec     1.27k    90.00     1.40k    70.00%
  Latency Distribution
     50%  540.00us
     75%    2.90ms
     90%    3.60ms
     99%    1.10s
  2530 requests in 2.00s, 2.10MB read
Requests/sec:   1265.00
Transfer/sec:      1.05MB
"""
SLOAD = b"""\
{"ended":2,"failed":1,"unconnected":0,"cut":1,"refused":0,"miscounted":2,"silent":3,"chunks":500,\
"chunks_per_second":250,"delay_p50":0.1,"delay_p99":1.5,"delay_max":2.0,"first_p50":20.5,\
"first_p99":21.0,"first_failure":""}
"""


def test_wrk_times_become_milliseconds():
    figures = read_wrk(WRK)
    assert figures["latency_p50"] == pytest.approx(0.54)
    assert figures["latency_p99"] == pytest.approx(1100)
    assert (figures["calls"], figures["calls_per_second"], figures["errors"]) == (2530, 1265, 0)


def test_the_blank_after_a_short_unit_is_no_part_of_it():
    padded = WRK.replace("1.10s\n", "1.10s \n")
    assert read_wrk(padded) == read_wrk(WRK)


def test_refusals_and_broken_sockets_are_errors():
    said = WRK.replace(
        "Requests/sec",
        "  Socket errors: connect 0, read 2, write 0, timeout 1\n"
        "  Non-2xx or 3xx responses: 40\nRequests/sec",
    )
    assert read_wrk(said)["errors"] == 43


def test_something_else_than_figures_is_no_zero():
    with pytest.raises(ValueError, match="unable to connect"):
        read_wrk("unable to connect to 127.0.0.1:8600")


def test_a_stream_that_failed_fell_silent_or_lost_chunks_is_an_error():
    assert read_sload(SLOAD)["errors"] == 6


def test_a_run_without_a_chunk_is_an_error_and_has_no_times():
    silent = SLOAD.replace(b'"chunks":500', b'"chunks":0').replace(b":0.1,", b":-1,")
    figures = read_sload(silent)
    assert figures["errors"] == 7
    assert "delay_p50" not in figures

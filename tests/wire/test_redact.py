"""No secret leaves in a text or a log record."""

from __future__ import annotations

import io
import logging

import pytest

from aiconnect.secret import Secret
from aiconnect.wire.redact import RedactingFilter, redact

SHAPES = [
    "sk-proj-abcdefghijklmnopqrstuvwx",
    "sk-abc********wxyz",
    "sk-ant-api03-abcdefghijkl",
    "sk-or-v1-0123456789abcdef",
    "sk-lm-AbCd1234:abcdefghij0123456789",
    "gsk_abcdefghijklmnop",
    "xai-abcdefghijklmnop",
    "AIzaSyA-abcdefghijklmnop",
    "AQ.Ab8RN6abcdefghijkl",
    "hf_abcdefghijklmnop",
    "aic_abcdefghijklmnop",
    "Bearer opaque/words+here==",
    "Authorization: Basic dXNlcjpwYXNz",
    '"api-key": "0123456789abcdef"',
    "x-api-key=0123456789abcdef",
    "https://host/v1/models?key=0123456789abcdef&alt=sse",
    "http://user:0123456789abcdef@host/v1",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_is_shaped_like_a_key_is_hidden(shape):
    text = redact(f"before {shape} after")
    assert text.startswith("before ")
    assert "[hidden]" in text
    assert not any(part in text for part in ("0123456789abcdef", "abcdefghij", "dXNl", "opaque"))


@pytest.mark.parametrize(
    "text", ["a task-management system", "a risk-free-of-charge one", "The model ask-me-anything"]
)
def test_ordinary_words_stay(text):
    assert redact(text) == text


def test_a_known_secret_is_hidden_in_any_shape():
    secret = Secret("p@ss/word of no shape")
    hidden = redact(f"{secret.reveal()} and p%40ss%2Fword%20of%20no%20shape", [secret])
    assert hidden == "[hidden] and [hidden]"


@pytest.mark.parametrize(
    "written", [r"k\"e\\y/ with  gaps", r"k\"e\\y\/ with  gaps", "k&quot;e\\y/ with  gaps",
                'k"e\\y/ with gaps', "k%22e%5Cy/%20with%20%20gaps"],
)  # fmt: skip
def test_a_known_secret_is_hidden_however_an_answer_writes_it(written):
    secret = Secret('k"e\\y/ with  gaps')
    assert redact(f"before {written} after", [secret]) == "before [hidden] after"


@pytest.mark.parametrize("size", range(8, 48))
def test_a_known_secret_is_hidden_where_the_text_was_cut_within_it(size):
    secret = Secret("0123456789abcdef" * 3)
    assert redact("before " + secret.reveal()[:size], [secret]) == "before [hidden]"


def test_redacting_twice_changes_nothing():
    for shape in SHAPES:
        assert redact(redact(shape)) == redact(shape)


@pytest.fixture
def logged():
    stream = io.StringIO()
    channel = logging.StreamHandler(stream)
    channel.setFormatter(logging.Formatter("%(message)s %(url)s", defaults={"url": ""}))
    channel.addFilter(RedactingFilter())
    log = logging.getLogger("tests.redact")
    log.addHandler(channel)
    log.propagate = False
    yield log, stream
    log.removeHandler(channel)


def fail(about: str) -> None:
    raise ValueError(about)


def test_a_log_record_is_hidden_in_message_fields_and_traceback(logged):
    log, stream = logged
    secret = "gsk_abcdefghijkl"
    try:
        fail(f"{secret} in a traceback")
    except ValueError:
        log.exception("failed with %s", secret, extra={"url": "http://h/?key=abcdefghij"})
    text = stream.getvalue()
    assert "abcdefgh" not in text
    assert "ValueError: [hidden] in a traceback" in text
    assert text.count("[hidden]") == 3
    assert text.count("Traceback") == 1


def test_a_record_whose_arguments_do_not_fit_is_still_written(logged):
    log, stream = logged
    log.warning("%d calls with gsk_abcdefghijkl", "no number")
    assert stream.getvalue().startswith("%d calls with [hidden]")


def test_the_stack_of_a_record_is_hidden_too(logged):
    log, stream = logged
    log.warning("look", stack_info=True)  # gsk_abcdefghijkl stands in this very line
    assert "gsk_abcdefghijkl" not in stream.getvalue()
    assert "[hidden] stands" in stream.getvalue()

"""Bodies into text that is bounded, and what waits to be stored."""

from __future__ import annotations

import base64
import json
import os
import threading

import pytest

from aiconnect.calls.texts import DATA, MOST_BYTES, Kept, Text, Waiting, Words, readable

PICTURE = base64.b64encode(bytes(range(256)) * 400).decode()


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE,
        PICTURE.replace("/", "\\/"),
        "\\n".join(PICTURE[n : n + 76] for n in range(0, 9000, 76)),
    ],
)
def test_a_picture_is_left_out_however_it_is_written(picture: str) -> None:
    body = f'{{"a":"{picture}","b":"and words"}}'
    assert readable(body.encode()) == Text(f'{{"a":"{DATA}","b":"and words"}}')


@pytest.mark.parametrize(
    "words",
    ["word " * 900, "a\\nlist\\nof\\nwords" * 90, "=" * 999, "\u9a6c" * 2000, "a\\\\b" * 900],
)
def test_words_stay(words: str) -> None:
    assert readable(words.encode()) == Text(words)


def test_what_is_longer_is_cut_between_letters() -> None:
    found = readable(("x" + "é" * MOST_BYTES).encode())
    assert found.is_cut
    assert found.text == "x" + "é" * ((MOST_BYTES - 1) // 2)
    assert readable(b"y z" * (MOST_BYTES // 3)).is_cut is False


def test_words_after_many_pictures_are_there() -> None:
    body = json.dumps({"pictures": [PICTURE] * 30, "text": "the end"}).encode()
    found = readable(body)
    assert not found.is_cut
    assert found.text.count(DATA) == 30
    assert found.text.endswith('"the end"}')


def test_whatever_comes_is_text() -> None:
    for _ in range(200):
        found = readable(os.urandom(3000)).text
        assert "\0" not in found
        assert found.encode()
    assert readable(b"a\r\nb\x00c").text == "a\nb\ufffdc"


def heard(wire: str, *events: str) -> Text | None:
    found: list[Kept] = []
    words = Words(wire, b"{}", found.append)
    for event in events:
        words.hear(event.encode())
    words.give("1", 0)
    return found[0].answered


def test_halves_of_a_letter_come_together() -> None:
    events = [f'data: {{"choices":[{{"delta":{{"content":"{half}"}}}}]}}\n\n'
              for half in ("\\ud83c", "\\udf3e")]  # fmt: skip
    assert heard("openai.chat", *events) == Text("\U0001f33e")


def test_a_tool_that_is_called_stands_on_its_own_lines() -> None:
    events = [
        '{"delta":{"reasoning_content":"Hm."}}', '{"delta":{"content":"Let me look."}}',
        '{"delta":{"tool_calls":[{"function":{"name":"look","arguments":""}}]}}',
        '{"delta":{"tool_calls":[{"function":{"arguments":"{\\"a\\":1}"}}]}}',
    ]  # fmt: skip
    assert heard("openai.chat", *events) == Text('Hm.\nLet me look.\nlook\n{"a":1}')


def test_what_a_string_says_is_no_key() -> None:
    quoted = json.dumps({"delta": {"content": 'say "content": "x" twice'}})
    assert heard("openai.chat", quoted) == Text('say "content": "x" twice')


def test_sound_that_comes_in_pieces_is_no_text() -> None:
    assert heard("openai.audio.speech", "\x01\x02", "\x03") == Text(DATA)
    assert heard("openai.chat") is None


def test_an_answer_without_end_is_not_collected_for_ever() -> None:
    found: list[Kept] = []
    words = Words("openai.chat", b"", found.append)
    event = json.dumps({"content": "word " * 2000}).encode()
    for _ in range(1000):
        words.hear(event)
    assert words._size < MOST_BYTES + len(event)
    words.give("1", 0)
    assert found[0].answered is not None
    assert found[0].answered.is_cut


def test_a_full_queue_loses_and_counts_and_never_waits() -> None:
    waiting = Waiting(3)
    for number in range(5):
        waiting.put(Kept(str(number), 0, Text(""), None))
    assert waiting.lost == 2
    assert [one.id for one in waiting.take(2)] == ["0", "1"]
    waiting.wake()
    assert [one.id for one in waiting.take(9)] == ["2"]
    assert waiting.is_empty


def test_whoever_waits_is_woken() -> None:
    waiting = Waiting()
    found: list[list[Kept]] = []
    thread = threading.Thread(target=lambda: found.append(waiting.take(5)))
    thread.start()
    waiting.wake()
    thread.join(5)
    assert found == [[]]

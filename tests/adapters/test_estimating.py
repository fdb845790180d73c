"""Tokens by length and script, beside what tokenizers count.

The counts were taken with tiktoken 0.14 and the vocabulary of Qwen (dashscope 2.0.2), whose first
100,256 entries are those of cl100k; a text with longer numbers has only Qwen's, which counts each
digit. 9, 6 and 7 are also what OpenAI's cookbook ("How to count tokens") says of its examples.
"""

from __future__ import annotations

import json
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.estimating import PICTURE, said, said_in, tokens
from tests.fakes.samples import sample_json

COUNTED = [
    (("The quick brown fox jumps over the lazy dog. It was a bright cold day in April, and the "
     "clocks were striking thirteen; nobody in the street looked up, because everybody had "
     "somewhere else to be."), (41, 41)),
    (("Selamat pagi. Tolong ringkas laporan ini dalam tiga kalimat, lalu sebutkan siapa yang "
     "bertanggung jawab atas setiap langkah berikutnya dan kapan harus selesai."), (47, 47)),
    (("Die Geschwindigkeitsbegrenzung gilt selbstverständlich auch für Rettungsfahrzeuge, sofern "
     "sie nicht im Einsatz sind; darüber entscheidet die zuständige Straßenverkehrsbehörde."),
     (47, 50)),
    (("Les élèves étaient déjà arrivés à l'école lorsque la pluie commença à tomber, et personne "
     "n'avait pensé à prendre un parapluie ce matin-là."), (40, 43)),
    ("人工智能正在改变我们的生活方式。请用三句话总结这份报告，并说明每一步由谁负责。", (21, 31)),  # noqa: RUF001
    ("お誕生日おめでとう。今日は天気がいいので、公園まで散歩に行きましょう。", (22, 38)),
    ("안녕하세요. 이 보고서를 세 문장으로 요약하고 다음 단계의 담당자를 알려 주세요.", (28, 40)),
    (("Быстрая коричневая лиса прыгает через ленивую собаку. Пожалуйста, кратко изложите этот "
     "отчёт в трёх предложениях."), (45, 56)),
    ("من فضلك لخص هذا التقرير في ثلاث جمل واذكر من المسؤول عن كل خطوة.", (23, 45)),
    ("कृपया इस रिपोर्ट को तीन वाक्यों में संक्षेप में लिखें।", (51, 53)),
    ("กรุณาสรุปรายงานนี้เป็นสามประโยค", (15, 31)),
    ("Παρακαλώ συνοψίστε αυτή την αναφορά σε τρεις προτάσεις.", (48, 51)),
    (("def usage_of(answer: Mapping[str, Any]) -> Usage | None:\n"
     '    stated = mapping(answer.get("usage"))\n    if not stated:\n        return None\n'
     '    return Usage(input=count(stated.get("prompt_tokens")), '
     'output=count(stated.get("completion_tokens")))\n'), (54, 54)),
    ("PLEASE READ THE WHOLE DOCUMENT BEFORE YOU ANSWER ANY OF THE QUESTIONS BELOW", (16, 16)),
    ("antidisestablishmentarianism", (6, 6)),
    ("2 + 2 = 4", (7, 7)),
    ("2026-11-20\t1,204\t88.5%\n2026-11-21\t1,310\t91.2%\n2026-11-22\t1,198\t87.9%\n", (66, 66)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_an_estimate_is_near_what_tokenizers_count(text: str, counted: tuple[int, int]) -> None:
    assert 0.5 * min(counted) <= tokens(text) <= 1.4 * max(counted)


def test_it_is_nearer_than_a_fourth_of_the_bytes() -> None:
    """And than a fourth of the letters, by far."""

    def miss(estimates: list[int]) -> float:
        means = (sum(counted) / 2 for _, counted in COUNTED)
        return sum(abs(log(e / m)) for e, m in zip(estimates, means, strict=True))

    ours = miss([tokens(text) for text, _ in COUNTED])
    assert ours < 0.75 * miss([len(text.encode()) // 4 for text, _ in COUNTED])
    assert ours < 0.5 * miss([max(1, len(text) // 4) for text, _ in COUNTED])


@given(st.text(max_size=300))
def test_any_text_is_some_tokens_and_no_more_than_two_each_letter(text: str) -> None:
    assert bool(text) <= tokens(text) <= 2 * len(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert tokens(text + "\n" + more) >= tokens(text) - 1


def test_a_request_is_estimated_by_what_it_says() -> None:
    one = {"model": "x" * 500, "messages": [{"role": "user", "content": "Hello there"}]}
    assert said(one) == 4 + tokens("Hello there")


def test_a_picture_is_a_picture_however_large() -> None:
    def asking(url: str) -> int:
        parts = [{"type": "text", "text": "What is it?"},
                 {"type": "image_url", "image_url": {"url": url}}]  # fmt: skip
        return said({"messages": [{"role": "user", "content": parts}]})

    small, large = asking("https://x.example/a.png"), asking("data:image/png;base64," + "A" * 10**6)
    assert small == large == PICTURE + 4 + tokens("What is it?")


def test_tools_are_read_with_the_names_of_their_parameters() -> None:
    body = sample_json("openai/chat.tools.request.json")
    without = {name: value for name, value in body.items() if name != "tools"}
    assert said(body) - said(without) > 15


@pytest.mark.parametrize(
    ("name", "output"),
    [("openai/chat.response.json", 96), ("ollama/chat.response.json", 282),
     ("anthropic/messages.response.json", 12), ("openai/responses.response.json", 20)],
)  # fmt: skip
def test_a_whole_answer_is_estimated_by_its_words_and_never_by_what_it_hides(name, output) -> None:
    assert 0 < said(sample_json(name)) <= output * 2


@pytest.mark.parametrize(
    "name", ["openai/error.401.bad_key.json", "anthropic/error.529.overloaded.json"]
)
def test_an_error_says_nothing_that_counts(name: str) -> None:
    assert said(sample_json(name)) == 0


def test_what_is_no_json_says_nothing() -> None:
    assert said_in(b"<html>") == said_in(b"") == said_in(b"[" * 100_000) == 0
    assert said_in(json.dumps({"content": "Hi"}).encode()) == 1


def test_nesting_to_the_brim_is_walked_through() -> None:
    deep: object = {"content": "Hi"}
    for _ in range(50_000):
        deep = [deep]
    assert said(deep) == 1

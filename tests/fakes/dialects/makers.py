"""Makers and hosts whose answers carry more than OpenAI's: DeepSeek, Cerebras, Azure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, OpenAIVoice, own_voice
from tests.fakes.exchange import as_json
from tests.fakes.samples import sample_headers
from tests.fakes.talk import Talk, Voice

SAFE = {"hate": {"filtered": False, "severity": "safe"}}


class DeepSeekVoice(Voice):
    """Names its cache in its own way, and keeps the line open with comments."""

    details = ("cached", "reasoning")

    @override
    def preface(self, model: str) -> Iterator[Any]:
        yield b": keep-alive\n\n"

    @override
    def usage(self, talk: Talk, completion: int) -> dict[str, Any]:
        missed = talk.prompt - talk.cached
        cache = {"prompt_cache_hit_tokens": talk.cached, "prompt_cache_miss_tokens": missed}
        return super().usage(talk, completion) | cache


class DeepSeek(OpenAI):
    """api.deepseek.com, with or without /v1."""

    slug = "deepseek"
    base_path = ""
    models_sample = "others/deepseek.models.json"
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(DeepSeekVoice, "others/deepseek.chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/deepseek.error.401.json"),
        "missing_key": (401, "others/deepseek.error.401.json"),
        "no_credit": (402, "others/deepseek.error.402.no_balance.json"),
    }

    @override
    def answers(self) -> Answers:
        known = super().answers()
        money = {"currency": "USD", "total_balance": "12.50", "granted_balance": "2.50",
                 "topped_up_balance": "10.00"}  # fmt: skip
        balance = {"is_available": True, "balance_infos": [money]}
        longer = {name.replace(" /", " /v1/", 1): answer for name, answer in known.items()}
        return known | longer | {"GET /user/balance": lambda _: as_json(balance)}


class CerebrasVoice(Voice):
    """States its times beside the usage."""

    thinks = "reasoning"
    details = ("cached", "reasoning")

    @override
    def counts(self, talk: Talk, completion: int) -> dict[str, Any]:
        times = {"queue_time": 0.0001, "prompt_time": 0.0009, "completion_time": 0.0064,
                 "total_time": 0.0098, "created": 1795300075.41}  # fmt: skip
        return super().counts(talk, completion) | {"time_info": times}

    @override
    def error(self, model: str) -> Any:
        error = {"message": "Encountered a server error", "type": "server_error", "param": "",
                 "code": "", "id": "chatcmpl-292e278f"}  # fmt: skip
        return {"error": error, "status_code": 500}


class Cerebras(OpenAI):
    """api.cerebras.ai: flat errors."""

    slug = "cerebras"
    models_sample = "others/cerebras.models.json"
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(CerebrasVoice, "others/cerebras.chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/cerebras.error.401.json"),
        "missing_key": (401, "others/cerebras.error.401.json"),
        "no_credit": (402, "others/cerebras.error.402.json"),
        "limit": (429, "others/cerebras.error.429.json"),
        "not_found": (404, "others/cerebras.error.404.json"),
        "too_long": (400, "others/cerebras.error.400.json"),
        "overload": (429, "others/cerebras.error.429.queue.json"),
    }


class AzureVoice(OpenAIVoice):
    """A first event without choices, and a verdict of the content filter on each one."""

    @override
    def preface(self, model: str) -> Iterator[Any]:
        verdicts = [{"prompt_index": 0, "content_filter_results": SAFE}]
        yield {"choices": [], "created": 0, "id": "", "model": "", "object": "",
               "prompt_filter_results": verdicts}  # fmt: skip

    @override
    def chunk(self, model: str, delta: Any, finish: str | None) -> dict[str, Any]:
        event = super().chunk(model, delta, finish)
        event["choices"][0]["content_filter_results"] = SAFE if delta else {}
        return event


class Azure(OpenAI):
    """A resource of one's own; the key is in `api-key`."""

    slug = "azure"
    base_path = "/openai/v1"
    key_header = "api-key"
    key_prefix = ""
    headers_sent: ClassVar[dict[str, str]] = sample_headers("openai/headers.ratelimit.txt")
    voice = own_voice(AzureVoice, "openai/chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/azure.error.401.json"),
        "missing_key": (401, "others/azure.error.401.json"),
        "not_found": (404, "others/azure.error.404.deployment.json"),
        "filtered": (400, "others/azure.error.400.content_filter.json"),
    }

    @override
    def answers(self) -> Answers:
        # The list at /models holds what could be deployed; calls name what is.
        deployed = self.listed("others/azure.deployments.json")
        return super().answers() | {"GET /openai/deployments": lambda _: as_json(deployed)}

    @override
    def limit(self, retry_after: float = 2, *, times: int | None = None, on: str = "all") -> None:
        both = {"retry_after": f"{retry_after:g}", "retry_after_ms": f"{retry_after * 1000:g}"}
        self._fail(on, times, self.failure("limit", **both))

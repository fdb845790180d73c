"""What Gemini refuses (https://ai.google.dev/api/generate-content, read 2026-11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

FIELDS = {
    "contents", "systemInstruction", "generationConfig", "tools", "toolConfig", "safetySettings",
    "cachedContent", "serviceTier", "store", "labels", "model",
}  # fmt: skip
CONFIG = {
    "temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences",
    "presencePenalty", "frequencyPenalty", "seed", "responseLogprobs", "logprobs",
    "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities",
    "thinkingConfig", "mediaResolution",
}  # fmt: skip
THINKING = {"includeThoughts", "thinkingLevel", "thinkingBudget"}
LEVELS = {None, "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"}
MODES = {"AUTO", "ANY", "NONE", "VALIDATED"}
DATA = {"text", "inlineData", "fileData", "functionCall", "functionResponse"}
BESIDE = {"thought", "thoughtSignature", "videoMetadata", "mediaResolution"}
NAME = re.compile(r"[A-Za-z_][\w.:-]{0,127}")
SIGNED = re.compile(r"gemini-[3-9]")


def fault(body: Any, model: str) -> str | None:
    """Why a request for an answer would be refused; None where it is taken."""
    return next(_faults(body, model), None)


def _faults(body: Any, model: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield "Invalid JSON payload received."
        return
    yield from _unknown(body, FIELDS, "")
    if not body.get("contents"):
        yield "* GenerateContentRequest.contents: contents is not specified"
    for content in body["contents"]:
        yield from _content(content, model)
    yield from _config(body.get("generationConfig") or {})
    yield from _tools(body)


def _content(content: dict[str, Any], model: str) -> Iterator[str]:
    if content.get("role") not in {"user", "model"}:
        yield "Please use a valid role: user, model."
    if not content.get("parts"):
        yield "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty."
    for part in content["parts"]:
        yield from _part(part)
    first = next((part for part in content["parts"] if "functionCall" in part), None)
    if first is not None and SIGNED.match(model) and not first.get("thoughtSignature"):
        yield "Function call is missing a thought_signature in functionCall parts."


def _part(part: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(part, DATA | BESIDE, " at 'contents[0].parts[0]'")
    if len(part.keys() & DATA) != 1 or part.get("text") == "":
        yield "* contents.parts: must have one initialized field."
    call, response = part.get("functionCall"), part.get("functionResponse")
    if call is not None and not (NAME.fullmatch(call["name"]) and _is_object(call.get("args", {}))):
        yield "Invalid value at 'contents[0].parts[0].function_call'"
    if response is not None and not (response.get("name") and _is_object(response["response"])):
        yield "* function_response.name: Name cannot be empty."


def _config(config: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(config, CONFIG, " at 'generation_config'")
    thinking = config.get("thinkingConfig") or {}
    yield from _unknown(thinking, THINKING, " at 'generation_config.thinking_config'")
    if {"thinkingLevel", "thinkingBudget"} <= set(thinking):
        yield "You can only set one of thinking_level and thinking_budget."
    if thinking.get("thinkingLevel") not in LEVELS:
        yield "Invalid value at 'generation_config.thinking_config.thinking_level'"
    if len(config.get("stopSequences") or ()) > 5:
        yield "The number of stop sequences must be at most 5."
    if "responseJsonSchema" in config and config.get("responseMimeType") != "application/json":
        yield "response_mime_type must be application/json for a schema."


def _tools(body: dict[str, Any]) -> Iterator[str]:
    declared = [one for tool in body.get("tools") or () for one in tool["functionDeclarations"]]
    yield from ("Invalid function name" for one in declared if not NAME.fullmatch(one["name"]))
    config = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    if config.get("mode", "AUTO") not in MODES:
        yield "Invalid value at 'tool_config.function_calling_config.mode'"
    if "allowedFunctionNames" in config and config.get("mode") not in {"ANY", "VALIDATED"}:
        yield "Allowed function names are set for a mode that takes none."


def embedding_fault(body: Any, model: str) -> str | None:
    """The same for a batch of texts: each names the model of the address."""
    asked = body.get("requests") if isinstance(body, dict) else None
    if not asked:
        return "* BatchEmbedContentsRequest.requests: at least one request is required"
    if any(one.get("model") != f"models/{model}" for one in asked):
        return "* BatchEmbedContentsRequest.requests[0].model: model does not match the address"
    if not all(one["content"]["parts"][0]["text"] for one in asked):
        return "* requests[0].content: content is empty"
    return None


def _unknown(given: dict[str, Any], known: set[str], where: str) -> Iterator[str]:
    for name in sorted(set(given) - known):
        yield f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'


def _is_object(value: object) -> bool:
    return isinstance(value, dict)

"""Addresses that speak OpenAI's API: presets with a usual one, and any other."""

from aiconnect.errors import N_
from aiconnect.providers.quirks import NO_TRACES, TRACES_AS_REASONING, dropped
from aiconnect.providers.spec import (
    Auth,
    Family,
    Field,
    Proof,
    Provider,
    Quirk,
    Reach,
    key_field,
    url_field,
)

USUAL = N_("The usual address. Change it only where your account has another one.")


def _asked(url: str, hint: str, example: str = "") -> tuple[Field, ...]:
    """A usual address and a key."""
    return url_field(url, USUAL), key_field(hint, example=example)


MISTRAL = Provider(
    slug="mistral",
    name="Mistral",
    family=Family.COMPATIBLE,
    dialect="mistral",
    base_url="https://api.mistral.ai/v1",
    reach=Reach.SWITCH,
    fields=_asked("https://api.mistral.ai/v1", N_("32 letters and digits.")),
    mark="Mi",
    docs_url="https://docs.mistral.ai/api",
    keys_url="https://console.mistral.ai/api-keys",
    billing_url="https://console.mistral.ai/billing",
    status_url="https://status.mistral.ai",
    key_form=r"[A-Za-z0-9]{32}",
    prices="mistral",
    quirks=(  # whatever it does not know is refused (422)
        Quirk("max_completion_tokens", to="max_tokens"),
        Quirk("seed", to="random_seed"),
        Quirk("messages[].tool_calls[].id", letters=9),
        Quirk("messages[].tool_call_id", letters=9),
        *dropped("user", "safety_identifier", "logit_bias", "service_tier", "store", "verbosity"),
        *dropped("top_k", "messages[].name"),
        *NO_TRACES,
    ),
    summary=N_("Mistral's own models, from Europe"),
)

DEEPSEEK = Provider(
    slug="deepseek",
    name="DeepSeek",
    family=Family.COMPATIBLE,
    dialect="deepseek",
    base_url="https://api.deepseek.com",
    reach=Reach.SWITCH,
    fields=_asked("https://api.deepseek.com", N_("Starts with sk-."), "sk-…"),
    mark="DS",
    docs_url="https://api-docs.deepseek.com",
    keys_url="https://platform.deepseek.com/api_keys",
    billing_url="https://platform.deepseek.com/top_up",
    status_url="https://status.deepseek.com",
    key_form=r"sk-[a-f0-9]{32}",
    prices="deepseek",
    summary=N_("DeepSeek's own models"),
)

TOGETHER = Provider(
    slug="together",
    name="Together AI",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://api.together.ai/v1",
    reach=Reach.SWITCH,
    fields=_asked(
        "https://api.together.ai/v1",
        N_("Starts with tgp_v1_; older ones are 64 letters and digits."),
        "tgp_v1_…",
    ),
    mark="To",
    docs_url="https://docs.together.ai/reference",
    keys_url="https://api.together.ai/settings/api-keys",
    billing_url="https://api.together.ai/settings/billing",
    key_form=r"tgp_v1_[\w-]{43}|[0-9a-f]{64}",
    key_prefixes=("tgp_v1_",),
    prices="together",
    list_prices="per_million",
    summary=N_("Many open models"),
)

FIREWORKS = Provider(
    slug="fireworks",
    name="Fireworks AI",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://api.fireworks.ai/inference/v1",
    reach=Reach.SWITCH,
    fields=_asked("https://api.fireworks.ai/inference/v1", N_("Starts with fw_."), "fw_…"),
    mark="Fw",
    docs_url="https://docs.fireworks.ai/api-reference/introduction",
    keys_url="https://app.fireworks.ai/settings/users/api-keys",
    key_form=r"fw_\w{20,}",
    key_prefixes=("fw_",),
    prices="fireworks",
    summary=N_("Many open models"),
)

CEREBRAS = Provider(
    slug="cerebras",
    name="Cerebras",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://api.cerebras.ai/v1",
    reach=Reach.SWITCH,
    fields=_asked("https://api.cerebras.ai/v1", N_("Starts with csk-."), "csk-…"),
    mark="Ce",
    docs_url="https://inference-docs.cerebras.ai/api-reference",
    keys_url="https://cloud.cerebras.ai",
    key_form=r"csk-[a-z0-9]{48}",
    key_prefixes=("csk-",),
    prices="cerebras",
    quirks=(  # inference-docs.cerebras.ai/resources/openai
        *dropped("logit_bias", "presence_penalty", "frequency_penalty", "top_k"),
        *TRACES_AS_REASONING,
    ),
    summary=N_("Open models, answered very fast"),
)

DEEPINFRA = Provider(
    slug="deepinfra",
    name="DeepInfra",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://api.deepinfra.com/v1/openai",
    reach=Reach.SWITCH,
    fields=_asked("https://api.deepinfra.com/v1/openai", N_("32 letters and digits.")),
    mark="DI",
    docs_url="https://deepinfra.com/docs",
    keys_url="https://deepinfra.com/dash/api_keys",
    key_form=r"[A-Za-z0-9]{32}",
    proof=Proof("https://api.deepinfra.com/v1/me"),
    list_prices="in_metadata",
    summary=N_("Many open models"),
)

PERPLEXITY = Provider(
    slug="perplexity",
    name="Perplexity",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://api.perplexity.ai",
    reach=Reach.SWITCH,
    fields=_asked("https://api.perplexity.ai", N_("Starts with pplx-."), "pplx-…"),
    mark="Px",
    docs_url="https://docs.perplexity.ai",
    keys_url="https://www.perplexity.ai/settings/api",
    key_form=r"pplx-\w{20,}",
    key_prefixes=("pplx-",),
    proof=Proof("/chat/completions", method="POST"),
    prices="perplexity",
    states_cost=True,
    summary=N_("Answers with web search and sources"),
)

HUGGINGFACE = Provider(
    slug="huggingface",
    name="Hugging Face",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://router.huggingface.co/v1",
    reach=Reach.SWITCH,
    fields=_asked(
        "https://router.huggingface.co/v1",
        N_("Starts with hf_. It needs the right to call Inference Providers."),
        "hf_…",
    ),
    mark="HF",
    docs_url="https://huggingface.co/docs/inference-providers",
    keys_url="https://huggingface.co/settings/tokens",
    key_form=r"hf_[A-Za-z0-9]{20,}",
    key_prefixes=("hf_",),
    proof=Proof("https://huggingface.co/api/whoami-v2"),
    list_prices="of_providers",
    summary=N_("Open models at many providers, one key"),
)

NVIDIA = Provider(
    slug="nvidia",
    name="NVIDIA NIM",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://integrate.api.nvidia.com/v1",
    reach=Reach.SWITCH,
    fields=_asked("https://integrate.api.nvidia.com/v1", N_("Starts with nvapi-."), "nvapi-…"),
    mark="Nv",
    docs_url="https://docs.api.nvidia.com",
    keys_url="https://build.nvidia.com",
    key_form=r"nvapi-[\w-]{20,}",
    key_prefixes=("nvapi-",),
    proof=Proof("/chat/completions", method="POST"),
    summary=N_("Open models on NVIDIA's machines"),
)

AZURE = Provider(
    slug="azure",
    name="Azure OpenAI",
    family=Family.COMPATIBLE,
    dialect="azure",
    base_url="",
    reach=Reach.SWITCH,
    fields=(
        url_field(
            "https://my-resource.openai.azure.com/openai/v1",
            N_("The endpoint of your resource, with /openai/v1 at its end."),
        ),
        key_field(N_("One of the two under “Keys and Endpoint” of your resource.")),
    ),
    mark="Az",
    docs_url="https://learn.microsoft.com/azure/ai-foundry/openai/latest",
    keys_url="https://portal.azure.com",
    auth=Auth("api-key", ""),
    key_form=r"[0-9a-f]{32}|[A-Za-z0-9]{84}",
    limit_field="max_completion_tokens",
    prices="azure",
    quirks=(Quirk("max_tokens", to="max_completion_tokens"), *dropped("top_k"), *NO_TRACES),
    summary=N_("Your own deployments of OpenAI's models"),
    own_hosts=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
    own_path="/openai/v1",
)

ANYSCALE = Provider(
    slug="anyscale",
    name="Anyscale",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="",
    reach=Reach.SWITCH,
    fields=(
        url_field(
            "https://my-service-abc12.cld-xyz.s.anyscaleuserdata.com/v1",
            N_("Your own service's address, from its Query button. The shared one has closed."),
        ),
        key_field(
            N_("The service's token, shown beside its address. Empty where it is switched off."),
            required=False,
        ),
    ),
    mark="As",
    docs_url="https://docs.anyscale.com/services",
    keys_url="https://console.anyscale.com",
    key_prefixes=("esecret_",),
    gone=("api.endpoints.anyscale.com",),
    quirks=TRACES_AS_REASONING,  # vLLM inside
    summary=N_("A model that you deployed on Anyscale"),
)

OLLAMA_COMPAT = Provider(
    slug="ollama-compat",
    name="Ollama (OpenAI API)",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="http://localhost:11434/v1",
    reach=Reach.LOCAL,
    fields=(
        url_field(
            "http://localhost:11434/v1", N_("With /v1. The plain Ollama connection shows more.")
        ),
        key_field(N_("Only where a proxy in front of Ollama asks for one."), required=False),
    ),
    mark="Ol",
    docs_url="https://docs.ollama.com/openai",
    quirks=TRACES_AS_REASONING,
    free=True,
    summary=N_("Ollama through its OpenAI-compatible path"),
)

LMSTUDIO_COMPAT = Provider(
    slug="lmstudio-compat",
    name="LM Studio (OpenAI API)",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="http://localhost:1234/v1",
    reach=Reach.LOCAL,
    fields=(
        url_field(
            "http://localhost:1234/v1", N_("With /v1. The plain LM Studio connection shows more.")
        ),
        key_field(N_("Only where “Require Authentication” is switched on."), required=False),
    ),
    mark="LM",
    docs_url="https://lmstudio.ai/docs/developer/openai-compat",
    quirks=TRACES_AS_REASONING,
    free=True,
    summary=N_("LM Studio through its OpenAI-compatible path"),
)

GEMINI_COMPAT = Provider(
    slug="gemini-compat",
    name="Google Gemini (OpenAI API)",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="https://generativelanguage.googleapis.com/v1beta/openai",
    reach=Reach.SWITCH,
    fields=_asked(
        "https://generativelanguage.googleapis.com/v1beta/openai",
        N_("Keys that start with AQ. are often refused here: use Google Gemini itself for them."),
        "AIza…",
    ),
    mark="Ge",
    docs_url="https://ai.google.dev/gemini-api/docs/openai",
    keys_url="https://aistudio.google.com/apikey",
    key_form=r"AIza[\w-]{35}",
    prices="google",
    summary=N_("Gemini through its OpenAI-compatible path"),
)

COMPATIBLE_URL = Provider(
    slug="compatible",
    name="OpenAI-compatible",
    family=Family.COMPATIBLE,
    dialect="openai",
    base_url="",
    reach=Reach.SWITCH,
    fields=(
        url_field("https://api.example.com/v1", N_("Most end in /v1.")),
        key_field(N_("Leave it empty where the server asks for none."), required=False),
    ),
    mark="…",
    docs_url="https://platform.openai.com/docs/api-reference/chat",
    summary=N_("Any OpenAI-compatible URL"),
)

COMPATIBLE = (
    MISTRAL,
    DEEPSEEK,
    TOGETHER,
    FIREWORKS,
    CEREBRAS,
    DEEPINFRA,
    PERPLEXITY,
    HUGGINGFACE,
    NVIDIA,
    AZURE,
    ANYSCALE,
    OLLAMA_COMPAT,
    LMSTUDIO_COMPAT,
    GEMINI_COMPAT,
    COMPATIBLE_URL,
)

"""Providers in the cloud: a fixed public address and a key."""

from aiconnect.errors import N_
from aiconnect.providers.quirks import NO_TRACES, TRACES_AS_REASONING, dropped
from aiconnect.providers.spec import Auth, Family, Proof, Provider, Quirk, Reach, key_field

# OpenAI's models that reason: o1, o3-mini, gpt-5.4, gpt-6-sol, but not gpt-5-chat-latest.
OPENAI_REASONING = r"^(?:ft:)?(?:o\d|gpt-[5-9])(?!.*-chat-latest)"
XAI_REASONING = r"^grok-[4-9](?!.*non-reasoning)"

OPENAI = Provider(
    slug="openai",
    name="OpenAI",
    family=Family.CLOUD,
    dialect="openai",
    base_url="https://api.openai.com/v1",
    other_urls=tuple(
        f"https://{region}.api.openai.com/v1" for region in ("us", "eu", "ae", "au", "in", "jp")
    ),
    reach=Reach.PUBLIC,
    fields=(key_field(N_("Starts with sk-. Spaces around it do no harm."), example="sk-proj-…"),),
    mark="OA",
    docs_url="https://platform.openai.com/docs/api-reference",
    keys_url="https://platform.openai.com/api-keys",
    billing_url="https://platform.openai.com/settings/organization/billing",
    status_url="https://status.openai.com",
    key_form=r"sk-[A-Za-z0-9_-]{20,}",
    key_prefixes=("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-"),
    limit_field="max_completion_tokens",  # reasoning models refuse the older name
    prices="openai",
    speaks=("openai.responses",),
    quirks=(
        Quirk("max_tokens", to="max_completion_tokens", models=OPENAI_REASONING),
        *dropped("temperature", "top_p", models=OPENAI_REASONING),
        *dropped("presence_penalty", "frequency_penalty", models=OPENAI_REASONING),
        *dropped("stop", models=r"^(?:o3|o4-mini)"),
        *dropped("reasoning_effort", models=r"^(?:ft:)?(?:gpt-[34]|chatgpt-)|-chat-latest"),
        *dropped("top_k"),
        *NO_TRACES,
    ),
    summary=N_("GPT models, paid per use"),
)

ANTHROPIC = Provider(
    slug="anthropic",
    name="Anthropic",
    family=Family.CLOUD,
    dialect="anthropic",
    base_url="https://api.anthropic.com/v1",
    reach=Reach.PUBLIC,
    fields=(key_field(N_("Starts with sk-ant-api03-."), example="sk-ant-api03-…"),),
    mark="An",
    docs_url="https://platform.claude.com/docs/en/api/overview",
    keys_url="https://platform.claude.com/settings/keys",
    billing_url="https://platform.claude.com/settings/billing",
    status_url="https://status.claude.com",
    auth=Auth("x-api-key", ""),
    key_form=r"sk-ant-api03-[\w-]{93}AA",
    key_prefixes=("sk-ant-",),
    prices="anthropic",
    summary=N_("Claude models, paid per use"),
)

GEMINI = Provider(
    slug="gemini",
    name="Google Gemini",
    family=Family.CLOUD,
    dialect="gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta",
    reach=Reach.PUBLIC,
    fields=(key_field(N_("Newer keys start with AQ., older ones with AIza."), example="AQ.…"),),
    mark="Ge",
    docs_url="https://ai.google.dev/api",
    keys_url="https://aistudio.google.com/apikey",
    billing_url="https://aistudio.google.com/billing",
    status_url="https://aistudio.google.com/status",
    auth=Auth("x-goog-api-key", ""),
    key_form=r"AQ\.[\w.-]{20,}|AIza[\w-]{35}",
    key_prefixes=("AQ.", "AIza"),
    prices="google",
    summary=N_("Gemini models, with a free tier in many countries"),
)

GROQ = Provider(
    slug="groq",
    name="Groq",
    family=Family.CLOUD,
    dialect="groq",
    base_url="https://api.groq.com/openai/v1",
    reach=Reach.PUBLIC,
    fields=(
        key_field(N_("Starts with gsk_. Groq is not Grok: that one is xAI's."), example="gsk_…"),
    ),
    mark="Gq",
    docs_url="https://console.groq.com/docs/api-reference",
    keys_url="https://console.groq.com/keys",
    billing_url="https://console.groq.com/settings/billing",
    status_url="https://groqstatus.com",
    key_form=r"gsk_[A-Za-z0-9]{52}",
    key_prefixes=("gsk_",),
    prices="groq",
    quirks=(
        *dropped("logit_bias", "presence_penalty", "frequency_penalty", "top_k"),
        *dropped("messages[].name"),
        *TRACES_AS_REASONING,
    ),
    summary=N_("Open models, answered very fast"),
)

XAI = Provider(
    slug="xai",
    name="xAI (Grok)",
    family=Family.CLOUD,
    dialect="xai",
    base_url="https://api.x.ai/v1",
    reach=Reach.PUBLIC,
    fields=(
        key_field(
            N_("Starts with xai-. Grok is not Groq: that is another company."), example="xai-…"
        ),
    ),
    mark="xA",
    docs_url="https://docs.x.ai/docs/api-reference",
    keys_url="https://console.x.ai",
    billing_url="https://console.x.ai",
    status_url="https://status.x.ai",
    key_form=r"xai-[A-Za-z0-9_]{80}",
    key_prefixes=("xai-",),
    proof=Proof("/api-key", refused_when=("team_blocked", "api_key_blocked", "api_key_disabled")),
    prices="x-ai",
    states_cost=True,
    quirks=(
        *dropped("stop", "presence_penalty", "frequency_penalty", models=XAI_REASONING),
        *dropped("reasoning_effort", models=r"^grok-4(?:-\d{4}|-latest)?$"),
        *dropped("logit_bias"),
    ),
    summary=N_("Grok models, paid per use"),
)

OPENROUTER = Provider(
    slug="openrouter",
    name="OpenRouter",
    family=Family.CLOUD,
    dialect="openrouter",
    base_url="https://openrouter.ai/api/v1",
    reach=Reach.PUBLIC,
    fields=(key_field(N_("Starts with sk-or-v1-."), example="sk-or-v1-…"),),
    mark="OR",
    docs_url="https://openrouter.ai/docs/api-reference/overview",
    keys_url="https://openrouter.ai/keys",
    billing_url="https://openrouter.ai/settings/credits",
    status_url="https://status.openrouter.ai",
    key_form=r"sk-or-v1-[0-9a-f]{64}",
    key_prefixes=("sk-or-",),
    proof=Proof("/key", refused_when=("is_management_key",)),  # such a key manages others
    prices="openrouter",
    states_cost=True,
    list_prices="per_token",
    # Each lets another model answer than the one that was allowed, and whose price is held.
    quirks=dropped("models", "route", "preset"),
    summary=N_("Hundreds of models of every maker, one bill"),
)

OLLAMA_CLOUD = Provider(
    slug="ollama-cloud",
    name="Ollama Cloud",
    family=Family.CLOUD,
    dialect="ollama",
    base_url="https://ollama.com",
    reach=Reach.PUBLIC,
    fields=(key_field(N_("Made on the key page of your Ollama account.")),),
    mark="OC",
    docs_url="https://docs.ollama.com/cloud",
    keys_url="https://ollama.com/settings/keys",
    proof=Proof("/api/me", method="POST"),
    summary=N_("Large open models on Ollama's machines"),
)

CLOUD = (OPENAI, ANTHROPIC, GEMINI, GROQ, XAI, OPENROUTER, OLLAMA_CLOUD)

"""Model servers on this machine or in this network."""

from aiconnect.errors import N_
from aiconnect.providers.quirks import TRACES_AS_REASONING
from aiconnect.providers.spec import Family, Provider, Reach, key_field, url_field

OLLAMA = Provider(
    slug="ollama",
    name="Ollama",
    family=Family.LOCAL,
    dialect="ollama",
    base_url="http://localhost:11434",
    reach=Reach.LOCAL,
    fields=(
        url_field("http://localhost:11434", N_("Without /v1: aiconnect adds what a call needs.")),
        key_field(N_("Only where a proxy in front of Ollama asks for one."), required=False),
    ),
    mark="Ol",
    docs_url="https://docs.ollama.com/api",
    free=True,
    summary=N_("Models on your own machine"),
    usual_urls=("http://localhost:11434", "http://host.docker.internal:11434"),
)

LMSTUDIO = Provider(
    slug="lmstudio",
    name="LM Studio",
    family=Family.LOCAL,
    dialect="lmstudio",
    base_url="http://localhost:1234",
    reach=Reach.LOCAL,
    fields=(
        url_field("http://localhost:1234", N_("As LM Studio's Developer page shows it.")),
        key_field(N_("Only where “Require Authentication” is switched on."), required=False),
    ),
    mark="LM",
    docs_url="https://lmstudio.ai/docs/developer",
    quirks=TRACES_AS_REASONING,
    key_prefixes=("sk-lm-",),
    key_form=r"sk-lm-[A-Za-z0-9]{8}:[A-Za-z0-9]{20}",
    free=True,
    summary=N_("Models in the LM Studio app"),
    usual_urls=("http://localhost:1234", "http://host.docker.internal:1234"),
)

LLAMACPP = Provider(
    slug="llamacpp",
    name="llama.cpp",
    family=Family.LOCAL,
    dialect="llamacpp",
    base_url="http://localhost:8080",
    reach=Reach.LOCAL,
    fields=(
        url_field("http://localhost:8080", N_("Port 8080 in most builds, 9931 in newer ones.")),
        key_field(N_("Only where llama-server was started with --api-key."), required=False),
    ),
    mark="ll",
    docs_url="https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
    free=True,
    summary=N_("One GGUF model, served by llama-server"),
    usual_urls=(
        "http://localhost:8080",
        "http://localhost:9931",
        "http://host.docker.internal:8080",
        "http://host.docker.internal:9931",
    ),
)

VLLM = Provider(
    slug="vllm",
    name="vLLM",
    family=Family.LOCAL,
    dialect="openai",
    base_url="http://localhost:8000/v1",
    reach=Reach.LOCAL,
    fields=(
        url_field("http://localhost:8000/v1", N_("Port 8000 where nothing else was chosen.")),
        key_field(N_("Only where vLLM was started with --api-key."), required=False),
    ),
    mark="vL",
    docs_url="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    quirks=TRACES_AS_REASONING,
    free=True,
    summary=N_("Models on your own graphics cards"),
    usual_urls=("http://localhost:8000/v1", "http://host.docker.internal:8000/v1"),
)

LOCAL = (OLLAMA, LMSTUDIO, LLAMACPP, VLLM)

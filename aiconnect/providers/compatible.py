"""Any address that speaks OpenAI's API."""

from aiconnect.errors import N_
from aiconnect.providers.spec import Family, Provider, Reach, key_field, url_field

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

COMPATIBLE = (COMPATIBLE_URL,)

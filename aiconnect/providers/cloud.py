"""Providers in the cloud: a fixed public address and a key."""

from aiconnect.errors import N_
from aiconnect.providers.spec import Family, Provider, Reach, key_field

OPENAI = Provider(
    slug="openai",
    name="OpenAI",
    family=Family.CLOUD,
    dialect="openai",
    base_url="https://api.openai.com/v1",
    reach=Reach.PUBLIC,
    fields=(key_field(N_("Starts with sk-. Spaces around it do no harm."), example="sk-proj-…"),),
    mark="OA",
    docs_url="https://platform.openai.com/docs/api-reference",
    keys_url="https://platform.openai.com/api-keys",
    key_form=r"sk-[A-Za-z0-9_-]{20,}",
    summary=N_("GPT models, paid per use"),
)

CLOUD = (OPENAI,)

"""Facts about providers, as data."""

from collections.abc import Mapping
from types import MappingProxyType

from aiconnect.providers.cloud import CLOUD
from aiconnect.providers.compatible import COMPATIBLE
from aiconnect.providers.local import LOCAL
from aiconnect.providers.spec import Provider

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {row.slug: row for row in (*CLOUD, *COMPATIBLE, *LOCAL)}
)

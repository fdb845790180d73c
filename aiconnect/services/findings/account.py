"""Words for keys, accounts, money and limits. A key is never blamed for the other three."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

ATTENTION, WARNING = State.NEEDS_ATTENTION, State.WARNING

REPLACE_KEY = N_("Replace the key of this connection, copied whole.")

ACCOUNT = {
    "key_refused": Wording(
        ATTENTION,
        N_("%(provider)s does not accept the key."),
        N_("It was not copied whole, was deleted, or belongs to another service."),
        (REPLACE_KEY,),
    ),
    "key_refused.openai": Wording(
        ATTENTION,
        N_("OpenAI does not accept the key."),
        N_("It was not copied whole, was deleted, or belongs to another service."),
        (N_("Make a new one at %(keys_url)s"), REPLACE_KEY),
    ),
    "key_refused.characters": Wording(
        ATTENTION,
        N_("The key has characters in it that cannot be sent."),
        N_("Something else was copied along with it."),
        (REPLACE_KEY,),
    ),
    "key_missing": Wording(
        ATTENTION,
        N_("%(provider)s asks for a key, and this connection has none."),
        N_("Whoever runs the server has switched keys on."),
        (N_("Enter a key for this connection."),),
    ),
    "key_unreadable": Wording(
        ATTENTION,
        N_("The stored key of this connection cannot be opened."),
        N_("It was sealed with another master key, or the database was changed by hand."),
        (N_("Enter the key of this connection again."),),
    ),
    "no_credit": Wording(
        ATTENTION,
        N_("The account at %(provider)s has no credit left."),
        N_("The key is fine. Calls are refused until the account is topped up or its cap raised."),
        (N_("Top up the account, or raise its spending limit, at the provider."),),
    ),
    "no_permission": Wording(
        ATTENTION,
        N_("%(provider)s knows the key, but does not let it do this."),
        N_("The key, its project or the country of this server is restricted: %(detail)s"),
        (N_("Check the rights of the key at the provider."),),
    ),
    "no_permission.host_header": Wording(
        ATTENTION,
        N_("Ollama refused the request because of the name that it was called by."),
        N_("A proxy or tunnel in between passes on a name that Ollama does not know."),
        (N_("Let the proxy send localhost:11434 as Host, or set OLLAMA_ORIGINS at Ollama."),),
    ),
    "rate_limited": Wording(
        WARNING,
        N_("%(provider)s asks to wait: too many requests just now."),
        N_("The key is fine. The limit is the account's own."),
        (N_("Test again in a moment."),),
    ),
    "content_refused": Wording(
        WARNING,
        N_("%(provider)s refused the content of a request."),
        N_("Its moderation flagged it. The connection is fine."),
    ),
}

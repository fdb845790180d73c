"""Words for keys and their rights. A key is never blamed for money or limits."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

ATTENTION = State.NEEDS_ATTENTION

NOT_ACCEPTED = N_("%(provider)s does not accept the key.")
COPIED_BADLY = N_("It was not copied whole, was deleted, or belongs to another service.")
KNOWN_KEY = N_("%(provider)s knows the key, but does not let it do this.")
MAKE_AND_REPLACE = ("keys", "new_key")


def _refused(cause: str, *following: str) -> Wording:
    return Wording(ATTENTION, NOT_ACCEPTED, cause, following, MAKE_AND_REPLACE)


KEYS = {
    "key_refused": _refused(COPIED_BADLY),
    "key_refused.openai": _refused(
        COPIED_BADLY, N_("A key that was just made can take some minutes until it works.")
    ),
    "key_refused.anthropic": _refused(
        COPIED_BADLY, N_("Keys of the Claude apps do not work here: it must be one of the Console.")
    ),
    "key_refused.gemini": _refused(
        COPIED_BADLY, N_("Copy it from Google AI Studio; a service account's file is no key.")
    ),
    "key_refused.groq": _refused(
        COPIED_BADLY, N_("Groq is not Grok: a key that begins with xai- belongs to xAI.")
    ),
    "key_refused.xai": _refused(
        COPIED_BADLY, N_("Grok is not Groq: a key that begins with gsk_ belongs to Groq.")
    ),
    "key_refused.openrouter": _refused(
        N_("It was not copied whole, was deleted or disabled, or has run out."),
    ),
    "key_refused.characters": Wording(
        ATTENTION,
        N_("The key has characters in it that cannot be sent."),
        N_("Something else was copied along with it."),
        (),
        ("new_key",),
    ),
    "key_missing": Wording(
        ATTENTION,
        N_("%(provider)s asks for a key, and this connection has none."),
        N_("Whoever runs the server has switched keys on."),
        (),
        ("enter_key", "keys"),
    ),
    "key_missing.lmstudio": Wording(
        ATTENTION,
        N_("LM Studio asks for a key, and this connection has none."),
        N_("“Require Authentication” is switched on there."),
        (N_("Make one in LM Studio: Developer, Server Settings, Manage Tokens."),),
        ("enter_key",),
    ),
    "key_unreadable": Wording(
        ATTENTION,
        N_("The stored key of this connection cannot be opened."),
        N_("It was sealed with another master key, or the database was changed by hand."),
        (N_("If the old master key still exists, add it to AICONNECT_MASTER_KEY instead."),),
        ("enter_key",),
    ),
}

RIGHTS = {
    "no_permission": Wording(
        ATTENTION,
        KNOWN_KEY,
        N_("The key, its project or this server's address is restricted: %(detail)s"),
        (N_("Check at the provider what the key may do."),),
        ("keys", "docs"),
    ),
    "no_permission.organization": Wording(
        ATTENTION,
        N_("%(provider)s knows the key, but its organisation does not allow it."),
        N_("Whoever made the key has left the organisation, or the organisation is restricted."),
        (N_("Join it again, or use a key of an organisation that you are in."),),
        MAKE_AND_REPLACE,
    ),
    "no_permission.region": Wording(
        ATTENTION,
        N_("%(provider)s does not serve the country of this server."),
        N_("It goes by the address that this server calls from, not by where you are."),
        (N_("Run aiconnect in another country, or use the models through another provider."),),
        ("docs",),
    ),
    "no_permission.region.gemini": Wording(
        ATTENTION,
        N_("Google does not offer the free tier in the country of this server."),
        N_("It goes by the address that this server calls from, not by where you are."),
        (
            N_("Switch on billing for the key's project: that lifts the limit in many countries."),
            N_("Run aiconnect in another country, or use the models through another provider."),
        ),
        ("billing", "docs"),
    ),
    "no_permission.unverified": Wording(
        State.WARNING,
        N_("%(provider)s wants the organisation verified for this."),
        N_("The key is fine. Some models, and streaming with them, are for verified ones only."),
        (
            N_("Verify it in the organisation's general settings; it counts after 15 minutes."),
            N_("Other models work meanwhile."),
        ),
        ("docs",),
    ),
    "no_permission.service_off": Wording(
        ATTENTION,
        N_("The API is switched off in the Google project behind this key."),
        N_("The key is fine: the “Generative Language API” is not enabled for its project."),
        (N_("Enable it, wait some minutes, test again."),),
        ("link", "keys"),
    ),
    "no_permission.key_restricted": Wording(
        ATTENTION,
        N_("The key is restricted to certain websites, apps or services."),
        N_("Such a key works in the place it was made for, and not from a server."),
        (N_("Take the restriction off at the provider, or make a key without one."),),
        MAKE_AND_REPLACE,
    ),
    "no_permission.ip": Wording(
        ATTENTION,
        N_("%(provider)s does not take calls from this server's address."),
        N_("The key, or a guard before the provider, lets only certain addresses through."),
        (N_("Add the public address of this server to the list at the provider."),),
        ("keys",),
    ),
    "no_permission.scopes": Wording(
        ATTENTION,
        N_("The key works, but has too few rights."),
        N_("%(provider)s said: %(detail)s"),
        (N_("Give it the right to read models and to call them, or make a key with all rights."),),
        ("keys",),
    ),
    "no_permission.workspace": Wording(
        ATTENTION,
        N_("The key's workspace may not use this."),
        N_("%(provider)s said: %(detail)s"),
        (N_("Check the workspace's settings and the models that it allows."),),
        ("keys",),
    ),
    "no_permission.host_header": Wording(
        ATTENTION,
        N_("Ollama refused the request because of the name that it was called by."),
        N_("A proxy or tunnel in between passes on a name that Ollama does not know."),
        (N_("Let the proxy send localhost:11434 as Host, or set OLLAMA_ORIGINS at Ollama."),),
        ("help",),
    ),
}

KEYS_AND_RIGHTS = {**KEYS, **RIGHTS}

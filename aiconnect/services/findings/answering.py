"""Words for servers that answer, but not as the API that was expected."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.reaching import TEST_AGAIN
from aiconnect.services.findings.wording import Wording

ATTENTION, WARNING, GONE = State.NEEDS_ATTENTION, State.WARNING, State.UNREACHABLE

OPEN_IN_BROWSER = N_("Open the address in a browser to see what it is.")
NO_API_HERE = N_("%(host)s answers, but there is no API at %(url)s.")

PLACES = {
    "not_an_api": Wording(
        ATTENTION,
        N_("%(host)s answers, but not as an AI provider."),
        N_("What it sent is not what an API sends: another kind of service listens there."),
        (N_("Check address and port; most API addresses end in /v1."),),
        ("doubled", "edit"),
    ),
    "not_an_api.page": Wording(
        ATTENTION,
        N_("%(host)s sent a web page, not the answer of an API."),
        N_("The page is called “%(title)s”."),
        (OPEN_IN_BROWSER, N_("Check address and port; most API addresses end in /v1.")),
        ("add_version", "edit", "strip_version"),
    ),
    "not_an_api.sign_in": Wording(
        ATTENTION,
        N_("A page for signing in stands before %(host)s."),
        N_("A network's portal or a single sign-on answered instead of the API: “%(title)s”."),
        (
            N_("Let this server through without that page, or give the API another address."),
            OPEN_IN_BROWSER,
        ),
        ("edit",),
    ),
    "not_an_api.wants_tls": Wording(
        ATTENTION,
        N_("The address says http, but port %(port)s of %(host)s speaks https."),
        N_("It answered with a page that says so."),
        (),
        ("https", "edit"),
    ),
    "not_an_api.doubled": Wording(
        ATTENTION,
        N_("%(host)s answers, but not as an AI provider."),
        N_("The address holds a part that aiconnect adds by itself, so it stands there twice."),
        (OPEN_IN_BROWSER,),
        ("doubled", "edit"),
    ),
    "wrong_path": Wording(
        ATTENTION,
        NO_API_HERE,
        N_("The last part of the address is missing, doubled or wrong."),
        (N_("Check the address in the provider's documentation; most end in /v1."),),
        ("edit", "docs"),
    ),
    "wrong_path.doubled": Wording(
        ATTENTION,
        NO_API_HERE,
        N_("The address holds a part that aiconnect adds by itself, so it stands there twice."),
        (N_("Check the address in the provider's documentation; most end in /v1."),),
        ("doubled", "edit"),
    ),
    "wrong_path.try": Wording(
        ATTENTION,
        NO_API_HERE,
        N_("There is one at %(try)s."),
        (N_("Take that address, if it is the server that you mean."),),
        ("try", "edit"),
    ),
    "wrong_kind": Wording(
        ATTENTION,
        N_("This is not %(wanted)s: it looks like %(looks_like)s."),
        N_("Another model server listens at this address."),
        (N_("Correct the port, if both run on that machine."),),
        ("switch_type", "edit"),
    ),
    "redirected": Wording(
        ATTENTION,
        N_("%(host)s points to another address: %(to)s."),
        N_("aiconnect does not follow it, because the key would go along."),
        (N_("If you trust that address, enter it in the connection."),),
        ("edit",),
    ),
    "redirected.https": Wording(
        ATTENTION,
        N_("%(host)s wants to be called over https."),
        N_("It answered the plain address by pointing to the encrypted one."),
        (),
        ("https", "edit"),
    ),
    "redirected.same_host": Wording(
        ATTENTION,
        N_("%(host)s points to another of its own pages."),
        N_("That is how web pages and sign-ins behave; an API does not."),
        (N_("Check the address; most API addresses end in /v1."), OPEN_IN_BROWSER),
        ("add_version", "edit"),
    ),
    "unknown_answer": Wording(
        ATTENTION,
        N_("%(host)s answered in a way that aiconnect does not know."),
        N_("Its answer had the status %(status)s: %(detail)s"),
        (N_("Check that the address is one of an OpenAI-compatible API."),),
        ("edit", "docs"),
    ),
    "request_refused": Wording(
        ATTENTION,
        N_("%(provider)s did not accept the request."),
        N_("It answered with the status %(status)s: %(detail)s"),
        (N_("Look whether the provider's documentation names a change."),),
        ("docs", "edit"),
    ),
    "too_large": Wording(
        ATTENTION,
        N_("%(host)s sent more than aiconnect reads."),
        N_("A model list has never more than %(megabytes)s MB."),
        (OPEN_IN_BROWSER,),
        ("edit",),
    ),
}

TROUBLE = {
    "provider_down": Wording(
        GONE,
        N_("%(provider)s is having trouble."),
        N_("It answered with the status %(status)s: %(detail)s. The key is not the reason."),
        (N_("Test again in some minutes."),),
        ("status",),
    ),
    "provider_down.overloaded": Wording(
        GONE,
        N_("%(provider)s is overloaded just now."),
        N_("That concerns everyone who uses it. The key is not the reason."),
        (N_("Test again in some minutes."),),
        ("status",),
    ),
    "provider_down.queue_full": Wording(
        GONE,
        N_("%(provider)s has too many requests waiting."),
        N_("Its queue is full, so it sends new requests away. The key is not the reason."),
        (TEST_AGAIN, N_("With Ollama of your own, OLLAMA_MAX_QUEUE makes the queue longer.")),
        ("status",),
    ),
    "provider_down.capacity": Wording(
        GONE,
        N_("%(provider)s has no room for this request just now."),
        N_("The machines behind it are taken. The key is not the reason."),
        (TEST_AGAIN, N_("Use another model meanwhile.")),
        ("status",),
    ),
    "provider_down.memory": Wording(
        WARNING,
        N_("The machine of %(provider)s has too little memory for this model."),
        N_("It said: %(detail)s"),
        (N_("Take a smaller or more compressed model."), N_("Close other programs there.")),
    ),
    "provider_down.gateway": Wording(
        GONE,
        N_("The gateway before %(provider)s got no answer from it."),
        N_("An error page came, status %(status)s: “%(detail)s”. The key is not the reason."),
        (
            N_("Test again in some minutes."),
            N_("If you run it yourself, look whether the model server behind the gateway is up."),
        ),
        ("status",),
    ),
    "model_loading": Wording(
        WARNING,
        N_("%(provider)s is still loading its model."),
        N_("It was started a moment ago; large models take minutes."),
        (N_("Test again when it has loaded."),),
    ),
}

WELL = {
    "ok": Wording(State.CONNECTED, N_("Everything works.")),
    "ok.token": Wording(
        State.CONNECTED,
        N_("Everything works: %(model)s has answered."),
        N_("Its answer took %(token_ms)s ms. A first answer takes longer where a model is loaded."),
    ),
    "ok.looks_like": Wording(
        State.CONNECTED,
        N_("Everything works."),
        N_("This is %(looks_like)s; as a connection of that type it also shows sizes and more."),
        (),
        ("switch_type",),
    ),
}

ANSWERING = {**WELL, **PLACES, **TROUBLE}

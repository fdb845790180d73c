"""What the HTML standard says of elements, beyond what a parser notices: which may stand in which.

html5lib refuses what cannot be parsed. A `div` in a `button`, a `ul` with something else than `li`,
an attribute that does not exist are parsed without a word, and read aloud wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


HEADINGS = _set("h1 h2 h3 h4 h5 h6")
FLOW = HEADINGS | _set(
    "address article aside blockquote center details dialog div dl dd dt fieldset figcaption figure"
    " footer form header hr li main nav ol p pre search section table tbody td th thead tr ul"
)
WORDS_ONLY = HEADINGS | _set(
    "a abbr b button cite code em i kbd label legend p pre q s samp small span strong sub summary"
    " sup time u var"
)
"""Elements whose insides are words; `a` may hold more, and holds none of it here."""
MAY_HOLD_HEADINGS = frozenset({"legend", "summary"})
ONLY = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"th", "td"},
    "select": {"option", "optgroup", "hr"},
    "optgroup": {"option"},
    "datalist": {"option"},
}
"""Parents whose every child is one of these."""
FIRST = {"fieldset": "legend", "details": "summary"}
TO_PRESS = frozenset({"a", "button", "input", "select", "textarea", "details", "label", "iframe"})
NOT_INSIDE = {
    "a": TO_PRESS,
    "button": TO_PRESS,
    "label": frozenset({"label", "a", "button"}),
    "form": frozenset({"form"}),
    "dt": HEADINGS | {"header", "footer"},
    "th": HEADINGS | {"header", "footer"},
}
"""No descendant is one of these."""
EVERYWHERE = _set(
    "id class lang dir title hidden tabindex role autofocus popover translate spellcheck inert"
    " accesskey inputmode enterkeyhint autocapitalize slot"
)
OWN = {
    "html": "data-theme",
    "meta": "charset name content http-equiv",
    "link": "rel href type sizes media",
    "a": "href rel target download hreflang type",
    "form": "action method novalidate enctype autocomplete name",
    "button": "type name value disabled form formaction formmethod popovertarget"
    " popovertargetaction",
    "input": "type name value checked disabled required readonly placeholder autocomplete min max"
    " step size maxlength minlength pattern list multiple accept form",
    "select": "name disabled required multiple size autocomplete form",
    "option": "value selected disabled label",
    "optgroup": "label disabled",
    "textarea": "name rows cols disabled required readonly placeholder autocomplete maxlength"
    " minlength wrap form",
    "label": "for",
    "fieldset": "disabled name form",
    "details": "open name",
    "time": "datetime",
    "ol": "start reversed type",
    "li": "value",
    "td": "colspan rowspan headers",
    "th": "colspan rowspan headers scope abbr",
    "colgroup": "span",
    "img": "src alt width height loading",
    "q": "cite",
    "blockquote": "cite",
    "template": "shadowrootmode",
    "slot": "name",
}
LABELLED = frozenset({"input", "select", "textarea", "button", "output", "meter", "progress"})


def faults(tree: Element) -> list[str]:
    """A sentence for everything in the page that the standard forbids."""
    found = [fault for one in _html(tree) for fault in _of(one)]
    return found + _labels(tree)


def _html(one: Element) -> Iterator[Element]:
    """The element and all below it, without drawings, which have a language of their own."""
    if not isinstance(one.tag, str) or one.tag.rpartition("}")[2] == "svg":
        return
    yield one
    for child in one:
        yield from _html(child)


def _of(one: Element) -> Iterator[str]:
    inside = [below.tag for below in _html(one)][1:]
    children = [child.tag for child in one if isinstance(child.tag, str)]
    forbidden = set(NOT_INSIDE.get(one.tag, ()))
    if one.tag in WORDS_ONLY:
        forbidden |= FLOW - (HEADINGS if one.tag in MAY_HOLD_HEADINGS else set())
    for tag in forbidden & set(inside):
        yield f"{tag} in {_name(one)}"
    if one.tag in ONLY:
        yield from (f"{tag} as a child of {_name(one)}" for tag in {*children} - ONLY[one.tag])
    if one.tag in FIRST and children[:1] != [FIRST[one.tag]]:
        yield f"{_name(one)} does not begin with {FIRST[one.tag]}"
    if one.tag == "dl":
        yield from _pairs(one)
    yield from _attributes(one)


def _pairs(dl: Element) -> Iterator[str]:
    """Every group is a term, or more, and then what is said of it."""
    for group in [dl, *dl.findall("div")]:
        kinds = [child.tag for child in group if child.tag in {"dt", "dd"}]
        if kinds and (kinds[0] != "dt" or kinds[-1] != "dd"):
            yield f"{_name(dl)} has a term without a description, or the reverse"


def _attributes(one: Element) -> Iterator[str]:
    allowed = EVERYWHERE | set(OWN.get(one.tag, "").split())
    for name, value in one.attrib.items():
        if name not in allowed and not str(name).startswith(("aria-", "data-")):
            yield f"{one.tag} has no attribute {name}"
        if name == "id" and (not value or " " in value):
            yield f"{one.tag} has the id {value!r}"
    if one.tag == "a" and "href" not in one.attrib:
        yield f"{_name(one)} leads nowhere"


def _labels(tree: Element) -> list[str]:
    controls = {one.get("id") for one in _html(tree) if one.tag in LABELLED}
    labels = [one.get("for") for one in _html(tree) if one.tag == "label"]
    return [f"a label for {id_}, which is no control" for id_ in labels if id_ not in controls]


def _name(one: Element) -> str:
    words = " ".join("".join(one.itertext()).split())[:40]
    return f"<{one.tag} class={one.get('class', '')!r}> {words!r}"

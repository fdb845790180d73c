"""What the reader of pages refuses although it can be parsed."""

from __future__ import annotations

import html5lib
import pytest

from tests.pages.content import faults


def of(body: str) -> list[str]:
    page = f"<!doctype html><html lang=en><title>Title</title><main>{body}</main></html>"
    return faults(html5lib.parse(page, namespaceHTMLElements=False))


@pytest.mark.parametrize(
    "body",
    [
        "<button><div>Go</div></button>",
        "<h2><ul><li>One</li></ul></h2>",
        "<ul><div>One</div></ul>",
        "<dl><dt>Name</dt></dl>",
        "<dl><dd>What of?</dd></dl>",
        "<dl><p>Name</p></dl>",
        "<a href=/>to <button>press</button></a>",
        "<a>nowhere</a>",
        "<fieldset><p>First</p><legend>Late</legend></fieldset>",
        "<details><p>No summary</p></details>",
        "<label for=none>Name</label>",
        "<label>Name <label>in a name</label></label>",
        "<div align=center>Old</div>",
        "<input name=a label=Name>",
        "<div id='two words'></div>",
        "<p><time when=today>today</time></p>",
        "<select><option>a</option></select><label for=a>A</label><div id=a></div>",
    ],
)
def test_what_may_not_stand_there_is_found(body: str) -> None:
    assert of(body)


@pytest.mark.parametrize(
    "body",
    [
        "<dl><div><dt>Name</dt><dd><p>One</p></dd></div></dl>",
        "<details open><summary><h2>More</h2></summary><ul><li><p>x</p></li></ul></details>",
        "<fieldset><legend><h2>Who</h2></legend><label for=a>A</label><input id=a></fieldset>",
        "<a href=/><svg viewBox='0 0 1 1'><path d='M0 0'/></svg> Home</a>",
        "<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
    ],
)
def test_what_may_stand_there_is_left_alone(body: str) -> None:
    assert not of(body)

"""axe-core sees what is wrong on a page that is wrong."""

import pytest
from axe import findings


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<h1>First</h1><h4>Fourth</h4>", "heading-order"),
        ('<p style="color: #aaa; background: #fff">pale</p>', "color-contrast"),
        ('<p style="color: #fff; background: #fff">not to be seen</p>', "color-contrast"),
        ("<button></button>", "button-name"),
        (
            "<table><thead><tr><th></th><th>score</th></tr></thead><tr><td>a</td><td>1</td></tr></table>",
            "empty-table-header",
        ),
    ],
)
def test_axe_sees_what_is_wrong(lenient, body, rule):
    head = '<title>Wrong</title><link rel="icon" href="data:,">'
    text = f'<!doctype html><html lang="en">{head}<main>{body}</main></html>'
    answer = ("**/wrong.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    page = lenient.open("wrong.html", routes=[answer])
    assert rule in [found[0] for found in findings(page)]


def test_axe_sees_what_is_outside_of_all_regions(lenient):
    text = '<!doctype html><html lang="en"><title>Wrong</title><main><h1>Inside</h1></main><p>outside</p></html>'
    answer = ("**/wrong.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    page = lenient.open("wrong.html", routes=[answer])
    assert "region" in [found[0] for found in findings(page)]

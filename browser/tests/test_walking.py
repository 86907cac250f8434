"""A page of a known kind is judged again where anything new stands on it, and only there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from browser import walking
from browser.walking import Judged, violations

PAGE = """<!doctype html><html lang="nl"><title>People</title><main><h1>People</h1>
<table><tr><th scope="col">Name</th></tr>{rows}</table>{more}</main></html>"""
ROW = "<tr><td>Somebody</td></tr>"
LABELLED = '<label for="age">Age</label><input id="age">'


@pytest.fixture
def faults(window: Callable) -> Callable[..., list[str]]:
    """Show pages of one kind, one after the other; return what is found wrong with the last."""
    page: Page = window().new_page()
    judged = Judged()

    def shown(*pages: str, width: int = 1280) -> list[str]:
        found: list[str] = []
        for one in pages:
            page.set_content(one)
            found = judged.faults(page, width)
        return found

    return shown


def page_of(rows: int = 2, more: str = "") -> str:
    return PAGE.format(rows=ROW * rows, more=more)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ("<input>", "label:"),
        ('<label for="gone">Age</label><input id="age">', "label:"),
        ('<p style="color: #aaa; background: #fff">Pale</p>', "color-contrast:"),
        ("<button></button>", "button-name:"),
        ('<a href="/there"></a>', "link-name:"),
        ("<h2>Below</h2><h4>Far below</h4>", "heading-order:"),
        ('<p aria-hiden="true">Words</p>', "aria-valid-attr:"),
        ('<div role="butler">Words</div>', "aria-roles:"),
        ("<ul><p>Words</p></ul>", "list:"),
    ],
    ids=lambda value: value.rstrip(":") if value.endswith(":") else "",
)
def test_what_only_a_later_page_of_the_kind_shows_is_found(faults, more, rule):
    assert faults(page_of(more=LABELLED)) == []
    assert any(fault.startswith(rule) for fault in faults(page_of(more=more)))


def test_a_fault_is_told_of_every_page_that_has_it(faults):
    first = faults(page_of(more="<input>"))
    assert first
    assert faults(page_of(more="<input>")) == first


def test_more_of_the_same_is_not_judged_again(faults, monkeypatch):
    judged: list[Page] = []

    def judge(page: Page) -> list[str]:
        judged.append(page)
        return violations(page)

    monkeypatch.setattr(walking, "violations", judge)
    faults(page_of(2), page_of(9), page_of(2, LABELLED), page_of(7, LABELLED))
    assert len(judged) == 2
    faults(page_of(2), width=360)
    assert len(judged) == 3


def test_axe_judges_a_page_alike_however_often(window):
    page = window().new_page()
    page.set_content(page_of(more="<input>"))
    assert violations(page) == violations(page) != []

"""How pages are built: headers, language, forms, charts, and no inline code."""

import hashlib
import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django.utils import translation
from django.views import defaults

from desk.tests.makers import make_colleague

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
VENDOR = Path(settings.BASE_DIR, "static", "vendor")


def render(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_style_script_or_handler(template):
    # Only what a browser gets: the names within a tag of a template are no attributes.
    text = re.sub(r"{%.*?%}", "", template.read_text(), flags=re.DOTALL)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.django_db
def test_every_page_forbids_what_is_inline_or_from_elsewhere(client):
    response = client.get("/sign-in/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert not re.search(r'(src|href)="(https?:)?//', response.content.decode())


@pytest.mark.parametrize("folder", [VENDOR, settings.BASE_DIR / "browser" / "vendor"])
def test_vendored_files_are_those_that_were_listed(folder):
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` .*\| `([0-9a-f]{64})` \|$", (folder / "VENDORED.md").read_text(), re.M
        )
    )
    there = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {"VENDORED.md", "LICENSE", "LICENSE-3RD-PARTY.txt"}
    }
    assert there == listed


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "heading"), [("nl", "Aanmelden"), ("en", "Sign in")])
def test_the_language_can_be_switched_without_script(client, language, heading):
    answer = client.post("/language/setlang/", {"language": language, "next": "/sign-in/"})
    assert answer.headers["Location"] == "/sign-in/"
    page = client.get("/sign-in/").content.decode()
    assert f'<html lang="{language}">' in page
    assert heading in page


@pytest.mark.django_db
def test_a_missing_page_says_so_in_our_own_words(client):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "Alektum Privacy" in response.content.decode()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_fault_of_ours_shows_a_page_that_needs_nothing(rf, language):
    with translation.override(language):
        response = defaults.server_error(rf.get("/"))
    assert response.status_code == 500
    assert f'<html lang="{language}">' in response.content.decode()


class Example(forms.Form):
    name = forms.CharField(label="Your name", help_text="As in our <letter>")
    way = forms.ChoiceField(label="Way", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)


def test_a_wrong_form_opens_with_a_summary_that_links_to_each_field():
    page = str(Example({}))
    assert page.index("error-summary") < page.index("<label")
    assert '<a href="#id_name">' in page
    assert '<a href="#id_way">' in page
    assert 'id="id_way"' in page


def test_hint_and_error_stand_before_their_field_and_are_tied_to_it():
    page = str(Example({}))
    [described] = re.findall(r'<input[^>]*name="name"[^>]*>', page)
    assert 'aria-describedby="id_name_helptext id_name_error"' in described
    assert 'aria-invalid="true"' in described
    assert page.index('id="id_name_helptext"') < page.index('id="id_name_error"')
    assert page.index('id="id_name_error"') < page.index('name="name"')


def test_a_hint_is_text_and_never_markup():
    assert "&lt;letter&gt;" in str(Example())


def test_a_right_form_has_no_summary():
    assert "error-summary" not in str(Example({"name": "x", "way": "a"}))


CHART = (
    '{% load charts %}{% bar_chart data title="Due" label_heading="Month" value_heading="Rows" %}'
)


def test_a_chart_prints_its_numbers_twice_and_keeps_decimal_points():
    with translation.override("nl"):
        page = render(CHART, data=[("January", 4000), ("February", 1333)])
    assert page.count("4.000") == 2
    assert 'width="100.0%"' in page
    assert 'width="33.3%"' in page
    assert '<title id="chart-due-title">' in page


def test_a_chart_of_nothing_is_no_fault():
    assert "<svg" in render(CHART, data=[])
    assert 'width="0.0%"' in render(CHART, data=[("January", 0)])


PAGING = '{% include "fragments/_paging.html" %}'


def test_paging_shows_only_the_ways_there_are():
    assert 'href="?after=7"' in render(PAGING, next_page="?after=7")
    assert 'rel="prev"' not in render(PAGING, next_page="?after=7")
    assert "<nav" not in render(PAGING)


@pytest.mark.django_db
def test_navigation_marks_the_page_one_is_on(client):
    client.force_login(
        make_colleague("auditor"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert 'href="/desk/" aria-current="page"' in client.get("/desk/").content.decode()

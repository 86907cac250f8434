"""Every text in code and templates has its Dutch, or is named with its place."""

import polib
import pytest

from embedded.translations import HEADER, Text, drop, faults, texts, translations, unused, write

PO = "shop/locale/nl/LC_MESSAGES/django.po"


@pytest.fixture
def project(tmp_path):
    """A project with one app, a page and a shared part; nothing translated."""
    for name, content in {
        "shop/apps.py": "",
        "shop/views.py": (
            "from django.utils.translation import gettext as _, ngettext, pgettext\n"
            "def view(name):\n"
            '    _("Good " "morning")\n'
            '    ngettext("%(n)s row", "%(n)s rows", 2)\n'
            '    pgettext("month", "May")\n'
            "    _(name)\n"
        ),
        "shop/tests/test_views.py": '_("Only in a test")\n',
        "common/words.py": '_("Shared")\n',
        "templates/shop/page.html": (
            '{% load i18n %}\n  <p>{% translate "It\'s" %}</p>\n'
            "{% blocktranslate with a=b %}Line\n  {{ a }}{% endblocktranslate %}\n"
            "    {% blocktranslate count n=2 trimmed %}\n      one\n"
            "    {% plural %}\n      {{ n }} of them\n    {% endblocktranslate %}\n"
            '{{ _("Bye") }}\n'
        ),
        "templates/base.html": '{% load i18n %}{% translate "Skip" %}',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def translate(project, words):
    """Fill every empty translation of the app with `words`."""
    file = polib.pofile(str(project / PO))
    for entry in file:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: words(entry.msgid), 1: words(entry.msgid_plural)}
        else:
            entry.msgstr = words(entry.msgid)
    file.save()


def test_texts_of_code_and_templates_are_found_by_app(project):
    found = texts(project)
    assert sorted(text.msgid for text in found["shop"]) == [
        "%(n)s row",
        "Bye",
        "Good morning",
        "It's",
        "Line\n  %(a)s",
        "May",
        "one",
    ]
    assert sorted(text.msgid for text in found[""]) == ["Shared", "Skip"]
    [plural] = [text for text in found["shop"] if text.msgid == "one"]
    assert plural.plural == "%(n)s of them"
    [may] = [text for text in found["shop"] if text.msgid == "May"]
    assert may.context == "month"


def test_what_is_missing_is_named_with_its_place(project):
    told = [str(fault) for fault in faults(project)["shop"]]
    assert "shop/views.py:3: has no translation: 'Good morning'" in told
    assert len(told) == 7


def test_what_is_missing_is_added_empty_and_sorted_and_only_once(project):
    assert write(faults(project), project) == 9
    assert (project / PO).read_text().startswith(HEADER)
    entries = polib.pofile(str(project / PO))
    assert [entry.msgid for entry in entries] == sorted(entry.msgid for entry in entries)
    assert not any(entry.translated() for entry in entries)
    assert write(faults(project), project) == 0
    assert {fault.problem for fault in faults(project)["shop"]} == {"has an empty translation"}


def test_a_full_translation_has_no_faults(project):
    write(faults(project), project)
    translate(project, lambda words: f"nl {words}")
    assert "shop" not in faults(project)


def test_a_text_that_all_share_counts_for_every_app(project):
    shared = project / "locale/nl/LC_MESSAGES/django.po"
    shared.parent.mkdir(parents=True)
    shared.write_text(HEADER + '\nmsgid "Bye"\nmsgstr "Dag"\n')
    assert "Bye" not in {fault.text.msgid for fault in faults(project)["shop"]}


def test_one_text_in_two_apps_has_one_translation(project):
    (project / "bank").mkdir()
    (project / "bank/apps.py").write_text("")
    (project / "bank/views.py").write_text('_("Bye")\n')
    write(faults(project), project)
    translate(project, lambda words: f"nl {words}")
    other = project / "bank/locale/nl/LC_MESSAGES/django.po"
    other.write_text(HEADER + '\nmsgid "Bye"\nmsgstr "Dag"\n')
    [fault] = faults(project)["shop"]
    assert fault.problem == "is translated otherwise than for bank/views.py:1"


def test_other_placeholders_in_the_translation_are_told(project):
    write(faults(project), project)
    translate(project, lambda words: words.replace("%(a)s", "%(b)s"))
    assert [fault.problem for fault in faults(project)["shop"]] == [
        "has a placeholder too many in its translation"
    ]
    translate(project, lambda words: words.replace("%(a)s", ""))
    assert [fault.problem for fault in faults(project)["shop"]] == [
        "has a placeholder too few in its translation"
    ]


def test_a_text_is_seen_by_whatever_name_gettext_is_called(project):
    (project / "shop/forms.py").write_text(
        "from django.utils.translation import gettext as now, ngettext_lazy as some\n"
        "from django.utils.translation import pgettext_lazy as _of\n"
        'now("At once")\nsome("%(n)s day", "%(n)s days", 2)\n_of("month", "March")\n'
        'later("No text")\n'
    )
    of_forms = {text for text, where in texts(project)["shop"].items() if "forms.py" in where}
    assert of_forms == {
        Text("At once"),
        Text("%(n)s day", plural="%(n)s days"),
        Text("March", context="month"),
    }


def test_a_translation_without_a_text_is_named_and_taken_out_and_nothing_else_is(project):
    write(faults(project), project)
    translate(project, str)
    assert unused(project) == {}
    path = project / PO
    before = path.read_text()
    # Whoever merges two branches may leave no blank line between two entries.
    gone = 'msgid "Long gone"\nmsgstr "Al lang weg"\n'
    last = '\nmsgctxt "month"\nmsgid "Gone too"\nmsgstr "Ook weg"\n'
    path.write_text(before.replace('msgid "Bye"', f'{gone}msgid "Bye"') + last)
    assert unused(project) == {"shop": [Text("Gone too", context="month"), Text("Long gone")]}
    assert drop(unused(project), project) == 2
    assert path.read_text() == before
    assert unused(project) == {}


def test_what_code_says_and_puts_into_words_later_is_used(project):
    write(faults(project), project)
    path = project / PO
    path.write_text(path.read_text() + '\nmsgid "too late"\nmsgstr "te laat"\n')
    assert [text.msgid for text in unused(project)["shop"]] == ["too late"]
    (project / "shop/rules.py").write_text('raise Refused("too " "late")\n')
    assert unused(project) == {}


def test_a_certificate_is_called_so_in_dutch_too_and_a_proof_is_what_stands_in_it():
    for entries in translations().values():
        for text, entry in entries.items():
            dutch = " ".join([entry.msgstr, *entry.msgstr_plural.values()])
            assert ("ertificate" in text.msgid) == ("ertifica" in dutch), text.msgid

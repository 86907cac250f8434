"""Translations are compiled when newer, and are complete."""

import polib
import pytest

from embedded.messages import LOCALE, compile_messages

SOURCE = 'msgid "Sign in"\nmsgstr "Aanmelden"\n'


def test_translations_are_compiled_once_and_again_only_when_changed(tmp_path):
    (tmp_path / "django.po").write_text(SOURCE)
    assert compile_messages(tmp_path) == 1
    assert compile_messages(tmp_path) == 0
    assert [entry.msgstr for entry in polib.mofile(str(tmp_path / "django.mo"))] == ["Aanmelden"]
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".mo", ".po"]


def test_a_broken_file_leaves_no_half_translation(tmp_path):
    (tmp_path / "django.po").write_text('msgid "Sign in"\nno such keyword\n')
    with pytest.raises(OSError, match="django"):
        compile_messages(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".po"]


def test_every_sentence_in_the_dutch_file_is_translated():
    entries = polib.pofile(str(LOCALE / "nl" / "LC_MESSAGES" / "django.po"))
    assert [entry.msgid for entry in entries if not entry.translated()] == []

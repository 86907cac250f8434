"""Translations are compiled when newer, and are complete."""

import polib
import pytest

from embedded.messages import compile_messages, sources

SOURCE = 'msgid "Sign in"\nmsgstr "Aanmelden"\n'


def test_translations_are_compiled_once_and_again_only_when_changed(tmp_path):
    source = tmp_path / "django.po"
    source.write_text(SOURCE)
    assert compile_messages([source]) == 1
    assert compile_messages([source]) == 0
    assert [entry.msgstr for entry in polib.mofile(str(tmp_path / "django.mo"))] == ["Aanmelden"]
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".mo", ".po"]


def test_a_broken_file_leaves_no_half_translation(tmp_path):
    source = tmp_path / "django.po"
    source.write_text('msgid "Sign in"\nno such keyword\n')
    with pytest.raises(OSError, match="django"):
        compile_messages([source])
    assert [path.suffix for path in tmp_path.iterdir()] == [".po"]


@pytest.mark.parametrize("source", sources(), ids=lambda path: "/".join(path.parts[-5:-2]))
def test_every_sentence_in_a_file_is_translated(source):
    entries = polib.pofile(str(source))
    assert [entry.msgid for entry in entries if not entry.translated()] == []

import pytest

from policy import checks, files
from policy.exceptions import BadStatement
from policy.statement import newest_file


def change(tmp_path, *changes):
    text = newest_file().read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("family: guarantor", "family: friend", "subject_categories[4].family"),
        ("    months: 36", "    months: long", "retention_rules[4].months"),
        ("    months: 36", "    months: 36\n    months: 48", "months: stands here twice"),
        ("    months: 36", "    monhts: 36", "retention_rules[4]"),
        ("    months: 36", "    months: 36\n    days: 5", "MKT-36 has months as well"),
        ("rules: [ACC-7]", "rules: [ACC-8]", "ACC-8 is not in this file"),
        ("data: [identity, contact, staff]", "data: [identity, contact]", "staff has no purpose"),
        (
            "sources: [person, authority, own]",
            "sources: [person, rumour, own]",
            "rumour is not in this file",
        ),
        ("subject_categories:", "subject_categories: [", "line "),
        ("article: GDPR Article 17\n", "artikel: GDPR Article 17\n", "rights[2]"),
        ("right: erasure", "right: erazure", "decisions[10].right: erazure is not in this file"),
        ("columns: [crd]", "columns: [cli]", "cli stands here twice"),
        ("columns: [crd]", "columns: [cli]", "objection has no decision for crd"),
        ("outcome: F", "outcome: X", "decisions[4].outcome"),
        ("kept_by: [rule:MKT-36]", "kept_by: [rule:MKT-24]", "rule:MKT-24 is not in this file"),
        ("kept_by: [rule:MKT-36]", "kept_by: [nobody]", "kept_by[0]"),
        ('code: "34.1"', 'code: "33.9"', "section: is not the section of 33.9"),
        ("section: 6\n    kind: information", "section: 7\n    kind: information", "section 6 has"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_field(tmp_path, old, new, told):
    path = change(tmp_path, (old, new))
    with pytest.raises(BadStatement, match=r"broken\.yaml, line \d") as caught:
        files.load(path)
    assert told in str(caught.value)


def test_an_empty_a_missing_and_an_unreadable_file_are_refused(tmp_path):
    path = tmp_path / "broken.yaml"
    with pytest.raises(BadStatement, match="cannot be read"):
        files.load(path)
    path.write_text("")
    with pytest.raises(BadStatement, match="line 1: the file is empty"):
        files.load(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadStatement, match="is not UTF-8"):
        files.load(path)


def test_a_file_that_changes_is_read_again(tmp_path):
    path = change(tmp_path)
    assert files.load(path)["version"] == "2026-11"
    path.write_text(path.read_text("utf-8").replace('"2026-11"', '"2027-05"'), encoding="utf-8")
    assert files.load(path)["version"] == "2027-05"


def test_statement_and_code_agree():
    assert checks.statement_agrees() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # The statement's own words.
        ([("tot 60 maanden na afsluiting", "tot 90 maanden na afsluiting")], "policy.E003"),
        ([("Het is vergelijkbaar met een briefkaart", "Het is veilig")], "policy.E004"),
        # A rule of another name, in every place where the file names it.
        (
            [
                ("code: PACK-30", "code: PACK-31"),
                ("RTS-60, DRAFT-7, PACK-30", "RTS-60, DRAFT-7, PACK-31"),
                ("rule:PACK-30", "rule:PACK-31"),
            ],
            "policy.E005",
        ),
        # A purpose with the rule of another.
        (
            [
                (
                    "column: mkt\n    bases: [6.1.f]\n    rules: [MKT-36]",
                    "column: mkt\n    bases: [6.1.f]\n    rules: [ACC-7]",
                )
            ],
            "policy.E006",
        ),
        ([("kept_by: [purpose:DEV]", "kept_by: [software]")], "policy.E007"),
    ],
)
def test_a_file_that_disagrees_with_code_or_text_is_told(tmp_path, monkeypatch, changes, told):
    path = change(tmp_path, *changes)
    path.with_suffix(".nl.txt").write_bytes(newest_file().with_suffix(".nl.txt").read_bytes())
    monkeypatch.setattr(checks, "newest_file", lambda: path)
    found = {error.id for error in checks.statement_agrees()}
    assert (told in found) if told else not found


def test_a_keeper_that_is_gone_is_told(monkeypatch):
    kept = checks.keepers() | {"1.1": ["policy.models.NoSuchModel"]}
    monkeypatch.setattr(checks, "keepers", lambda: kept)
    assert [error.id for error in checks.statement_agrees()] == ["policy.E008"]


def test_a_sentence_that_no_promise_has_is_told(tmp_path, monkeypatch):
    path = change(tmp_path)
    text = newest_file().with_suffix(".nl.txt").read_text("utf-8")
    path.with_suffix(".nl.txt").write_text(text + " Wij beloven meer.", encoding="utf-8")
    monkeypatch.setattr(checks, "newest_file", lambda: path)
    [error] = checks.statement_agrees()
    assert "Wij beloven meer." in error.msg

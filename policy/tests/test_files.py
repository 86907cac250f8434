import pytest

from policy import checks, files
from policy.exceptions import BadStatement
from policy.statement import newest_file


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("family: guarantor", "family: friend", "subject_categories[4].family"),
        ("    months: 36", "    months: long", "retention_rules[4].months"),
        ("    months: 36", "    months: 36\n    months: 48", "months: stands here twice"),
        ("    months: 36", "    monhts: 36", "retention_rules[4]"),
        ("rules: [ACC-7]", "rules: [ACC-8]", "ACC-8 is not in this file"),
        (", staff]}", "]}", "staff has no purpose"),
        ("subject_categories:", "subject_categories: [", "line "),
    ],
)
def test_a_broken_file_is_refused_with_line_and_field(tmp_path, old, new, told):
    path = tmp_path / "broken.yaml"
    path.write_text(newest_file().read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadStatement, match=r"broken\.yaml, line \d") as caught:
        files.load(path)
    assert told in str(caught.value)


def test_statement_and_code_agree():
    assert checks.statement_agrees() == []

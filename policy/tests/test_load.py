from datetime import date

import pytest
from django.core.management import CommandError, call_command

from policy import services
from policy.exceptions import PublishedVersionChanged
from policy.models import Purpose, RetentionRule
from policy.tests.makers import load_policy

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing():
    first = load_policy()
    again, new = services.load(today=date(2027, 1, 1))
    assert (again, new) == (first, False)
    assert again.published_on == date(2026, 11, 1)


def test_every_purpose_has_rules_and_data():
    load_policy()
    assert not Purpose.objects.filter(rules=None).exists()
    assert not Purpose.objects.filter(data_categories=None).exists()
    assert RetentionRule.objects.get(pk="STF-24").origin == RetentionRule.Origin.PROJECT


def test_a_published_version_never_changes(tmp_path):
    load_policy()
    text = services.newest_file().read_text(encoding="utf-8").replace("months: 36", "months: 48")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text, encoding="utf-8")
    with pytest.raises(PublishedVersionChanged):
        services.load(changed, today=date(2027, 1, 1))


def test_current_is_the_newest_published_version(tmp_path):
    load_policy()
    assert services.current().version == "2026-11"
    text = services.newest_file().read_text(encoding="utf-8").replace('"2026-11"', '"2027-01"')
    newer = tmp_path / "2027-01.yaml"
    newer.write_text(text, encoding="utf-8")
    services.load(newer, today=date(2027, 1, 1))
    assert services.current().version == "2027-01"


def test_publishing_a_new_version_prints_what_changes(tmp_path, capsys):
    load_policy()
    text = services.newest_file().read_text(encoding="utf-8").replace('"2026-11"', '"2027-01"')
    newer = tmp_path / "2027-01.yaml"
    newer.write_text(text.replace("months: 36", "months: 48"), encoding="utf-8")
    call_command("load_policy", str(newer))
    said = capsys.readouterr().out
    assert "What changes from 2026-11 to 2027-01:" in said
    assert "~ retention_rules MKT-36 months: 36 -> 48" in said
    assert "dates are being computed anew" in said
    call_command("load_policy", str(newer))
    said = capsys.readouterr().out
    assert "changes from" not in said
    assert "computed anew" not in said


def test_the_published_rules_stay_one_object_until_a_newer_version_comes(tmp_path):
    load_policy()
    rules = services.rules()
    assert services.rules() is rules
    assert rules["MKT-36"].months == 36
    text = services.newest_file().read_text(encoding="utf-8").replace('"2026-11"', '"2027-01"')
    newer = tmp_path / "2027-01.yaml"
    newer.write_text(text.replace("months: 36", "months: 48"), encoding="utf-8")
    services.load(newer, today=date(2027, 1, 1))
    assert services.rules()["MKT-36"].months == 48


def test_reading_the_published_statement_asks_one_small_query(django_assert_num_queries):
    load_policy()
    services.current()
    with django_assert_num_queries(1):
        assert services.current().purpose("COL").rules[0] == "COL-60"


def test_the_difference_between_a_version_and_a_file_is_printed(tmp_path, capsys):
    load_policy()
    text = services.newest_file().read_text(encoding="utf-8")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace("months: 36", "months: 48"), encoding="utf-8")
    call_command("load_policy", "--diff", "2026-11", str(changed))
    assert capsys.readouterr().out.strip() == "~ retention_rules MKT-36 months: 36 -> 48"
    with pytest.raises(CommandError, match="neither a file nor"):
        call_command("load_policy", "--diff", "1999-01", str(changed))

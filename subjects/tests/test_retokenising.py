"""After a change of the folding everybody gets new tokens, batch by batch, and loses none."""

from io import StringIO

import pytest
from django.core.management import call_command

from subjects import names
from subjects.retokenising import retokenise
from subjects.tests import makers
from vault import services as vault
from vault.constants import KeyKind
from vault.keystore.models import SearchTokens

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def folded_anew(monkeypatch):
    """Let names be folded to their last letter, by a new version."""
    monkeypatch.setattr(names, "fold", lambda name: name[-1:])
    monkeypatch.setattr(names, "VERSION", names.VERSION + 1)


def found(kind: str, value: str) -> list[int]:
    return vault.probe([vault.token(kind, value)])[0]


def test_people_are_found_by_the_new_folding_and_no_more_by_the_old(request):
    one = makers.make_involvement()
    old = names.fold("amrani")
    assert found("fold", old) == [one.key_id]
    request.getfixturevalue("folded_anew")
    assert list(retokenise()) == [1]
    assert found("fold", "i") == [one.key_id]
    assert found("fold", old) == []


def test_it_goes_on_where_it_was_stopped_and_a_second_run_does_nothing(folded_anew):
    SearchTokens.objects.all().delete()
    involvements = [makers.make_involvement() for _ in range(5)]
    SearchTokens.objects.update(version=names.VERSION - 1)
    batches = retokenise(batch=2)
    assert next(batches) == 2
    batches.close()
    assert SearchTokens.objects.filter(version=names.VERSION).count() == 2
    assert list(retokenise(batch=2)) == [2, 1]
    assert list(retokenise(batch=2)) == []
    assert set(found("fold", "i")) == {one.key_id for one in involvements}


def test_somebody_without_tokens_gets_them():
    one = makers.make_involvement()
    SearchTokens.objects.all().delete()
    assert sum(retokenise()) == 1
    assert found("fold", names.fold("amrani")) == [one.key_id]


def test_keys_of_others_and_keys_without_a_row_are_left_alone(folded_anew):
    lost = makers.make_involvement()
    makers.lose_key(lost)
    vault.create_key(KeyKind.INVOLVEMENT)
    other = vault.create_key(KeyKind.REQUEST)
    vault.store_tokens({other.id: [7]}, version=1)
    assert sum(retokenise()) == 0
    assert SearchTokens.objects.get(key_id=other.id).tokens == [7]


def test_the_command_tells_how_far_it_is(folded_anew):
    makers.make_involvement()
    SearchTokens.objects.update(version=1)
    out = StringIO()
    call_command("retokenise", stdout=out)
    assert "Done: 1;" in out.getvalue()

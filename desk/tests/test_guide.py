"""The page that tells a new colleague how a request is handled."""

import pytest

from desk.roles import LABELS, MEANT_FOR, ROLES
from desk.tests.makers import make_colleague

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.mark.parametrize(
    ("language", "heading"),
    [("nl", "Zo behandelt u een verzoek"), ("en", "How a request is handled")],
)
def test_every_colleague_reads_the_whole_way_and_what_each_role_is_for(client, language, heading):
    client.force_login(
        make_colleague("intake"), backend="django.contrib.auth.backends.ModelBackend"
    )
    client.cookies["django_language"] = language
    page = client.get("/desk/guide/").content.decode()
    assert heading in page
    assert page.count("<h3>") == 7
    assert page.count("<dt>") == len(ROLES)


def test_each_role_has_its_words():
    assert set(MEANT_FOR) == set(LABELS) == set(ROLES)

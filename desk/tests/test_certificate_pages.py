"""A certificate is checked in the page, by who has it and by who is shown one."""

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from desk.tests.makers import make_colleague
from retention import latest_proofs
from retention.certificates import certificate_json
from retention.running import destroy_list
from retention.tests.makers import TODAY, make_dossier, make_list
from retention.tests.test_certificates import destroyed, sealed

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
PAGE = "/desk/retention/certificates/"


@pytest.fixture
def auditor(client):
    client.force_login(
        make_colleague("auditor"), backend="django.contrib.auth.backends.ModelBackend"
    )


def shown(client, content: bytes):
    file = SimpleUploadedFile("certificate.json", content, content_type="application/json")
    return client.post(PAGE, {"file": file, "check": "1"})


def test_a_certificate_is_checked_where_it_is_read_and_where_it_is_shown(client, auditor):
    dossier = destroyed()
    made = sealed(dossier.reference)
    page = client.get(reverse("retention:certificate", args=[dossier.reference])).content.decode()
    facts = page.split("</dl>")[0]
    with translation.override("nl"):
        assert date_format(date.fromisoformat(made["statement"]["done"])) in facts
    assert made["statement"]["done"] not in facts
    assert "Zojuist gecontroleerd" in page
    assert made["path"][0] in page if made["path"] else "Geen: het is de enige regel" in page
    answer = shown(client, certificate_json(made))
    assert answer.status_code == 200
    assert "Waar: dit staat op plaats" in answer.content.decode()
    assert str(dossier.reference) in answer.content.decode()
    changed = made | {"statement": made["statement"] | {"done": "2020-01-01"}}
    answer = shown(client, json.dumps(changed).encode())
    assert answer.status_code == 422
    assert "De leesbare tekst zegt iets anders" in answer.content.decode()
    twice = b'{"statement": {"done": "2020-01-01"},' + certificate_json(made).lstrip()[1:]
    answer = shown(client, twice)
    assert answer.status_code == 422
    assert "Er staat iets dubbel in" in answer.content.decode()
    foreign = made | {"public_key": "A" * 43 + "="}
    assert "sleutel van ons" in shown(client, json.dumps(foreign).encode()).content.decode()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"no", b"\xff\xfe", b"[" * 100_000, b"1" * 200_001]
)
def test_what_is_no_certificate_is_said_to_be_none(client, auditor, content):
    assert shown(client, content).status_code == 422


def test_who_may_not_see_certificates_checks_none(client):
    client.force_login(
        make_colleague("intake"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert shown(client, b"{}").status_code == 403


def test_the_newest_certificates_are_shown_a_page_at_a_time(
    client, auditor, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(latest_proofs, "PAGE", 2)
    references = [str(destroyed().reference) for _ in range(3)]
    sealed(references[2])
    with django_assert_max_num_queries(20):
        page = client.get(PAGE, headers={"accept-language": "en"})
    text = page.content.decode()
    assert [one in text for one in references] == [False, True, True]
    [newest, _older] = page.context["rows"]
    assert (newest[0].people, newest[0].pieces, newest[0].sealed) == (1, 3, True)
    assert f"{PAGE}{references[2]}/json/" in text
    older = client.get(PAGE + page.context["next_page"].partition("#")[0])
    assert [str(row.proof.reference) for row, _approver in older.context["rows"]] == references[:1]
    assert client.get(PAGE + "?before=x").status_code == 404


def test_certificates_of_money_laundering_checks_are_listed_for_their_own_role_only(client):
    checked = make_dossier(purpose="AML", rule="AML-5")
    destroy_list(make_list(checked).pk, today=TODAY)
    for roles, seen in ((["auditor"], False), (["auditor", "AML officer"], True)):
        client.force_login(
            make_colleague(*roles), backend="django.contrib.auth.backends.ModelBackend"
        )
        assert (str(checked.reference) in client.get(PAGE).content.decode()) is seen

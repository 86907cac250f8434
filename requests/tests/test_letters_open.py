"""The access code in a letter ends with it, and opens no page before its reader is proven."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from requests import codes, services
from requests.constants import Channel
from requests.exceptions import CodeRefused
from requests.identity.constants import POSTED_ATTEMPTS
from requests.identity.models import PostedCode
from requests.services import Opened
from requests.tests.journey import post, text_of
from requests.tests.makers import LATER, OFFICER, make_match, make_request, prove, submit
from requests.tests.test_posted import LAST_DAY, access_of, send
from requests.tests.test_posted import text_of as code_of
from subjects.models import Subject
from subjects.tests.makers import an_identity, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
TOO_LATE = LAST_DAY + timedelta(seconds=1)


@pytest.fixture
def person():
    return make_involvement()


@pytest.fixture
def on_paper(person):
    asked = make_request(channel=Channel.LETTER, identity=an_identity(emails=[]))
    make_match(asked, person.subject)
    return asked


def opened(request, access, now=LATER):
    return services.open_with_code(request.number, access, now=now)


def type_code(request, code, now=LATER):
    services.verify_posted_code(request.pk, code_of(code), now=now)


def test_who_has_no_way_to_the_page_gets_an_access_code_in_the_letter(on_paper, person):
    code = send(on_paper, person)
    assert opened(on_paper, access_of(code)) == Opened(on_paper, code.reference)


@pytest.mark.parametrize("worker_ran", [True, False])
def test_a_letter_that_nobody_used_opens_nothing_after_its_last_day(on_paper, person, worker_ran):
    access = access_of(send(on_paper, person))
    assert opened(on_paper, access, LAST_DAY) is not None
    if worker_ran:
        assert services.empty_expired_letters(TOO_LATE) == 1
        assert PostedCode.objects.get().access_digest is None
        assert services.empty_expired_letters(TOO_LATE) == 0
    assert opened(on_paper, access, TOO_LATE) is None


def test_who_typed_the_code_keeps_the_page(on_paper, person):
    code = send(on_paper, person)
    access = access_of(code)
    type_code(on_paper, code)
    services.empty_expired_letters(TOO_LATE)
    assert opened(on_paper, access, TOO_LATE + timedelta(days=300)) is not None


def test_a_new_letter_takes_the_place_of_the_old_one(on_paper, person):
    first = access_of(send(on_paper, person))
    second = access_of(send(on_paper, person))
    assert opened(on_paper, first) is None
    assert opened(on_paper, second) is not None


@pytest.mark.parametrize("decide", [services.reject_match, services.note_deceased])
@pytest.mark.parametrize("typed", [True, False])
def test_a_letter_to_who_is_not_meant_opens_nothing(on_paper, person, decide, typed):
    code = send(on_paper, person)
    access, match = access_of(code), on_paper.matches.get()
    if typed:
        type_code(on_paper, code)
    decide(match.pk, officer=OFFICER, now=LATER)
    assert opened(on_paper, access) is None
    # Nor does the code do anything, and no letter to them waits to be posted.
    assert services.codes_to_post() == []
    on_paper.refresh_from_db()
    assert services.live_code(on_paper, now=LATER) is None
    # Also not once somebody looked again: they may get a new letter.
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    assert opened(on_paper, access) is None


def test_a_letter_to_another_who_was_not_believed_opens_no_page_of_who_was(on_paper, person):
    code = send(on_paper, person)
    access = access_of(code)
    type_code(on_paper, code)
    services.leave_unproven(on_paper.matches.get().pk, officer=OFFICER, now=LATER)
    assert opened(on_paper, access) is None


def test_who_is_proven_in_another_way_leaves_no_letter_that_opens_the_page(on_paper, person):
    code = send(on_paper, person)
    access = access_of(code)
    prove(on_paper, on_paper.matches.get().pk)
    assert opened(on_paper, access) is None
    # What is printed after that names no access code; the other code still proves.
    assert access_of(code) == ""
    type_code(on_paper, code)
    assert opened(on_paper, access) is None


def test_five_wrong_tries_end_the_access_code_too(on_paper, person):
    access = access_of(send(on_paper, person))
    for _ in range(POSTED_ATTEMPTS):
        with pytest.raises(CodeRefused):
            services.verify_posted_code(on_paper.pk, "AAAA-AAAA", now=LATER)
    assert opened(on_paper, access) is None


def test_an_ended_request_is_opened_by_no_letter_that_nobody_used(on_paper, person):
    access = access_of(send(on_paper, person))
    services.withdraw(on_paper.pk, actor=f"user:{OFFICER}", now=LATER)
    assert opened(on_paper, access) is None


def test_once_somebody_is_proven_a_letter_to_another_address_opens_nothing(on_paper, person):
    other = make_involvement()
    make_match(on_paper, other.subject)
    code = send(on_paper, person)
    first = access_of(code)
    type_code(on_paper, code)
    assert access_of(send(on_paper, other)) == ""
    # Who is proven keeps the way to their page, and so they do when the other is rejected.
    another = on_paper.matches.get(subject_reference=other.subject.reference)
    services.reject_match(another.pk, officer=OFFICER, now=LATER)
    assert opened(on_paper, first) is not None


def test_who_typed_the_code_reads_the_answer_also_when_their_file_was_erased(on_paper, person):
    code = send(on_paper, person)
    access = access_of(code)
    type_code(on_paper, code)
    services.confirm_match(on_paper.matches.get().pk, officer=OFFICER, now=LATER)
    Subject.objects.filter(pk=person.subject_id).update(reference="0" * 32)
    person.__class__.objects.filter(pk=person.pk).update(reference="1" * 32)
    assert opened(on_paper, access) is not None


def test_the_persons_own_access_code_never_ends_with_a_letter():
    person = make_involvement()
    submitted = submit(channel=Channel.LETTER, identity=an_identity(emails=[]))
    make_match(submitted.request, person.subject)
    code = send(submitted.request, person)
    services.reject_match(submitted.request.matches.get().pk, officer=OFFICER, now=LATER)
    services.empty_expired_letters(TOO_LATE)
    assert code.pk
    assert opened(submitted.request, submitted.page_code, TOO_LATE) == Opened(submitted.request)


def test_letters_of_before_get_the_access_code_that_they_gave_and_its_end(on_paper, person):
    code = send(on_paper, person)
    access = access_of(code)
    # As it was: the letter's access code took the place of one that nobody ever saw.
    PostedCode.objects.update(access_digest=None, subject_reference=None)
    type(on_paper).objects.filter(pk=on_paper.pk).update(page_digest=codes.page_digest(access))
    before = submit()
    import_module("requests.migrations.0027_letters_that_open").move_to_letters(apps, None)
    assert opened(on_paper, access) == Opened(on_paper, code.reference)
    assert opened(on_paper, access, TOO_LATE) is None
    services.reject_match(on_paper.matches.get().pk, officer=OFFICER, now=LATER)
    assert opened(on_paper, access) is None
    # Who asked on this site keeps the code that they saw.
    assert opened(before.request, before.page_code) == Opened(before.request)


# --- on the page ---------------------------------------------------------------------------


@pytest.fixture
def letter(client, person):
    """Open a page with the codes of a letter; give the request, its page and the other code."""
    words = "Mijn geheime woorden"
    asked = make_request(channel=Channel.LETTER, identity=an_identity(emails=[]), words=words)
    make_match(asked, person.subject)
    services.receive_message(asked.pk, words, now=LATER)
    code = send(asked, person, now=timezone.now())
    given = services.open_letter(code.reference, officer=OFFICER, now=timezone.now())[1]
    pair = {"number": asked.number, "code": given["access"]}
    answer = post(client, "/request/open/", pair)
    assert answer.headers["Location"] == f"/request/{asked.reference}/"
    return asked, answer.headers["Location"], given["code"]


def test_until_its_code_is_typed_a_letter_shows_where_to_type_it_and_nothing_else(client, letter):
    asked, page, code = letter
    shown = text_of(client.get(page))
    assert "Code uit onze brief" in shown
    assert "geheime" not in shown
    assert "Inzage" not in shown
    for path in ("withdraw/", "message/", "mail-key/", "code/", "renew/", "sign-in/"):
        assert post(client, page + path, {"words": "Stop", "key": ""}).status_code == 404, path
    asked.refresh_from_db()
    assert asked.state == "waiting"
    wrong = post(client, f"{page}posted/", {"posted_code": "AAAA-AAAA"})
    assert wrong.status_code == 422
    assert "AAAA-AAAA" in wrong.content.decode()
    assert "geheime" not in text_of(wrong)
    assert post(client, f"{page}posted/", {"posted_code": code}).status_code == 302
    assert "geheime" in text_of(client.get(page))


def test_a_page_that_a_letter_opened_closes_in_every_browser_when_it_went_to_another(
    client, letter
):
    asked, page, code = letter
    post(client, f"{page}posted/", {"posted_code": code})
    assert client.get(page).status_code == 200
    services.reject_match(asked.matches.get().pk, officer=OFFICER, now=timezone.now())
    assert client.get(page).status_code == 404
    assert post(client, f"{page}message/", {"words": "Hallo"}).status_code == 404


def test_a_refused_access_code_answers_as_one_that_never_was(client, letter):
    asked, _page, _code = letter
    access = access_of(PostedCode.objects.get())
    services.reject_match(asked.matches.get().pk, officer=OFFICER, now=timezone.now())
    client.cookies.clear()
    answers = [
        text_of(post(client, "/request/open/", {"number": asked.number, "code": one}))
        for one in (access, "K7QF-93MD-AB2C-9XYZ")
    ]
    assert answers[0].replace(access, "") == answers[1].replace("K7QF-93MD-AB2C-9XYZ", "")

"""The person's own page: who may open it, what it tells, and what strangers learn: nothing."""

import hashlib
import io
import re
from datetime import date, timedelta
from uuid import uuid4

import pikepdf
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from requests import limits, services
from requests.constants import DoubtReason, State
from requests.mail import mailing
from requests.models import OutgoingMail, Pack, PackDownload, PrivacyRequest
from requests.packs import taking
from requests.tests import zips
from requests.tests.journey import mailed_code, post, text_of
from requests.tests.makers import ANOTHER, OFFICER, make_handled, submit
from requests.tests.test_services import grant as decide_to_grant
from subjects.tests.makers import make_involvement
from vault import services as vault
from vault.constants import KeyKind

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def opened(client: Client, privacy_request: PrivacyRequest) -> str:
    """Open the page with a newly mailed link, as the person; return its address."""
    address = came_by_link(client, privacy_request)
    born = services.body_of(privacy_request)["identity"].get("birth_date") or "1984-03-09"
    post(client, f"{address}fact/", {"fact": f"{date.fromisoformat(born):%d-%m-%Y}"})
    return address


def came_by_link(client: Client, privacy_request: PrivacyRequest) -> str:
    number = privacy_request.number
    assert services.send_new_link(number, "fatima@example.nl", now=timezone.now())
    answer = post(client, f"/request/link/{token_of(privacy_request)}/")
    assert answer.status_code == 302
    return answer.headers["Location"]


def words_of(privacy_request: PrivacyRequest) -> str:
    return mailing.content_of(OutgoingMail.objects.filter(request=privacy_request).latest("id"))[
        "body"
    ]


def token_of(privacy_request: PrivacyRequest) -> str:
    [token] = re.findall(r"/request/link/([^/]+)/", words_of(privacy_request))
    return token


def make_now(**fields):
    return submit(received_at=timezone.now(), **fields)


# --- opening


def test_a_mailed_link_leads_to_an_address_without_secret(client):
    privacy_request = make_now().request
    token = token_of(privacy_request)
    assert "Mijn verzoek openen" in text_of(client.get(f"/request/link/{token}/"))
    answer = post(client, f"/request/link/{token}/")
    assert answer.headers["Location"] == f"/request/{privacy_request.reference}/"
    page = client.get(answer.headers["Location"])
    assert privacy_request.number in text_of(page)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]


def test_looking_at_a_link_does_not_use_it_up(client):
    privacy_request = make_now().request
    token = token_of(privacy_request)
    for _ in range(3):
        assert client.get(f"/request/link/{token}/").status_code == 200
    assert post(client, f"/request/link/{token}/").status_code == 302


def test_a_link_that_was_used_opens_nothing_for_the_next(client):
    token = token_of(make_now().request)
    post(client, f"/request/link/{token}/")
    used = post(Client(), f"/request/link/{token}/")
    never_was = post(Client(), "/request/link/nonsense/")
    assert used.status_code == never_was.status_code == 404
    assert text_of(used) == text_of(never_was)


def test_another_person_s_page_answers_like_one_that_does_not_exist(client):
    mine, other = make_now().request, make_now().request
    opened(client, mine)
    for path in ("", "code/", "new-code/", "message/", f"pack/{uuid4()}/pdf/"):
        method = "get" if path == "" or path.startswith("pack") else "post"
        theirs = getattr(client, method)(f"/request/{other.reference}/{path}")
        nobodys = getattr(client, method)(f"/request/{uuid4()}/{path}")
        assert theirs.status_code == nobodys.status_code == 404, path
        assert text_of(theirs) == text_of(nobodys), path


def test_number_and_access_code_open_the_page(client):
    submitted = make_now()
    typed = {"number": submitted.request.number, "code": submitted.page_code.lower()}
    answer = post(client, "/request/open/", typed)
    assert answer.headers["Location"] == submitted.request.get_absolute_url()
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_wrong_code_and_an_unknown_number_get_the_same_answer(client):
    submitted = make_now()
    wrong = post(client, "/request/open/", {"number": submitted.request.number, "code": "X"})
    unknown = post(client, "/request/open/", {"number": "AP-2026-999999", "code": "X"})
    assert wrong.status_code == unknown.status_code == 422
    strip = re.compile(r"AP-\d+-\d+|csrfmiddlewaretoken\S+ value=\S+")
    assert strip.sub("", wrong.content.decode()) == strip.sub("", unknown.content.decode())


def test_guessing_is_slowed(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "open", (3, 900))
    typed = {"number": "AP-2026-000001", "code": "X"}
    answers = [post(client, "/request/open/", typed).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 429, 429]


def test_asking_a_link_never_tells_whether_there_is_a_request(client):
    privacy_request = make_now().request
    before = OutgoingMail.objects.count()
    pages = [
        text_of(post(client, "/request/new-link/", {"number": number, "email": email}))
        for number, email in [
            (privacy_request.number, "fatima@example.nl"),
            (privacy_request.number, "other@example.nl"),
            ("AP-2026-999999", "fatima@example.nl"),
        ]
    ]
    assert len(set(pages)) == 1
    assert OutgoingMail.objects.count() == before + 1


def test_opening_a_page_gives_the_session_a_new_name(client):
    client.get("/")
    session = client.session
    session["draft"] = ""
    session.save()
    client.cookies["sessionid"] = session.session_key
    opened(client, make_now().request)
    assert client.cookies["sessionid"].value != session.session_key


def test_leaving_closes_the_page_on_this_device(client):
    address = opened(client, make_now().request)
    post(client, f"{address}leave/")
    assert client.get(address).status_code == 404


# --- what it tells and takes


def test_the_page_tells_by_when_we_answer_and_why(client):
    privacy_request = make_now().request
    page = text_of(client.get(opened(client, privacy_request)))
    assert "Wij zijn" in page or "Ontvangen" in page
    assert "Vanaf die dag hebben wij één maand" in page
    # Where the rule stands is for the officer.
    assert "AVG artikel 12" not in page
    assert "Wij antwoorden uiterlijk op" in page


def test_the_page_speaks_english_too(client):
    address = opened(client, make_now(language="en").request)
    post(client, "/language/setlang/", {"language": "en", "next": "/"})
    assert "We answer on or before" in text_of(client.get(address))


def test_the_code_from_the_mail_proves_the_address(client):
    privacy_request = make_now().request
    code = mailed_code(words_of(privacy_request))
    address = opened(client, privacy_request)
    wrong = post(client, f"{address}code/", {"code": "nee"})
    assert wrong.status_code == 422
    assert "niet goed" in text_of(wrong)
    assert post(client, f"{address}code/", {"code": code}).status_code == 302
    privacy_request.refresh_from_db()
    assert privacy_request.email_verified_at is not None
    again = post(client, f"{address}code/", {"code": code})
    assert again.status_code == 422


def test_a_new_code_can_be_asked_a_few_times(client):
    address = opened(client, make_now().request)
    for sentence in ("nieuwe code gestuurd", "nieuwe code gestuurd", "al meer codes"):
        answer = client.post(f"{address}new-code/", follow=True)
        assert sentence in text_of(answer)


def test_an_answer_to_our_question_starts_the_clock_again(client):
    privacy_request = make_now().request
    services.ask_identity(
        privacy_request.pk,
        [DoubtReason.TOO_LITTLE],
        text="Wat is uw postcode?",
        without_undue_delay=True,
        officer=OFFICER,
        now=timezone.now(),
    )
    address = opened(client, privacy_request)
    page = text_of(client.get(address))
    assert "Wat is uw postcode?" in page
    assert "De tijd staat stil" in page
    assert post(client, f"{address}message/", {"words": "1234 AB"}).status_code == 302
    privacy_request.refresh_from_db()
    assert privacy_request.state == State.HANDLING
    assert privacy_request.due_on is not None


@pytest.mark.parametrize("words", ["", "   ", "x" * 20_001])
def test_an_empty_or_too_long_message_is_refused_and_shown_again(client, words):
    address = opened(client, make_now().request)
    response = post(client, f"{address}message/", {"words": words})
    assert response.status_code == 422
    assert words.strip() in response.content.decode()


def test_a_citizen_service_number_in_a_message_is_masked(client):
    privacy_request = make_now().request
    address = opened(client, privacy_request)
    post(client, f"{address}message/", {"words": "bsn: 111222333"})
    [(_, text)] = services.messages_of(privacy_request)
    assert text == "bsn: *********"


def test_an_ended_request_takes_no_message(client):
    privacy_request = make_now().request
    address = opened(client, privacy_request)
    services.withdraw(privacy_request.pk, actor="person", now=timezone.now())
    assert 'name="words"' not in client.get(address).content.decode()
    assert post(client, f"{address}message/", {"words": "Toch wel"}).status_code == 422


# --- the answer


def make_pack(privacy_request: PrivacyRequest, pdf: bytes = b"%PDF") -> Pack:
    key = vault.create_key(KeyKind.PACK)
    pack = Pack(
        request=privacy_request,
        key_id=key.id,
        digest=hashlib.sha256(pdf).digest(),
        made_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=30),
    )
    pack.sealed_pdf = key.seal_bytes(pdf, place=pack.pdf_place)
    pack.sealed_json = key.seal_bytes(b"{}", place=pack.json_place)
    pack.save()
    return pack


def empty_pdf() -> bytes:
    output = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(output)
    return output.getvalue()


def make_answered(pdf: bytes = b"%PDF") -> PrivacyRequest:
    involvement = make_involvement()
    privacy_request = make_handled(involvement.subject)
    decide_to_grant(privacy_request, involvement.dossier)
    services.approve(privacy_request.pk, officer=ANOTHER, now=timezone.now())
    make_pack(privacy_request, pdf)
    services.answer(privacy_request.pk, actor="worker", now=timezone.now())
    privacy_request.refresh_from_db()
    return privacy_request


def take_pdf(client, address, pack):
    typed = {"passphrase": "een lang wachtwoord"}
    return post(client, f"{address}pack/{pack.reference}/file/", typed)


def test_the_answer_is_taken_as_files_and_each_time_noted(client):
    privacy_request = make_answered(pdf=empty_pdf())
    address = opened(client, privacy_request)
    [pack] = privacy_request.packs.all()
    response = take_pdf(client, address, pack)
    assert response.headers["Content-Type"] == "application/pdf"
    assert privacy_request.number in response.headers["Content-Disposition"]
    assert client.get(f"{address}pack/{pack.reference}/json/").status_code == 302
    typed = {"passphrase": "een lang wachtwoord", "form": "zip"}
    response = post(client, f"{address}pack/{pack.reference}/file/", typed)
    assert response.headers["Content-Type"] == "application/zip"
    files = zips.opened(response.content, "een lang wachtwoord")
    assert set(files) == {"answer.pdf", "answer.json"}
    assert files["answer.json"] == b"{}"
    assert [one.form for one in PackDownload.objects.order_by("id")] == ["pdf", "zip"]
    events = [entry.body["event"] for entry in Entry.objects.all()]
    assert events.count("pack.downloaded") == 2


def test_a_pack_is_not_there_before_the_answer(client):
    privacy_request = make_now().request
    pack = make_pack(privacy_request)
    address = opened(client, privacy_request)
    assert take_pdf(client, address, pack).status_code == 404
    assert not PackDownload.objects.exists()


def test_a_pack_of_another_request_is_not_there(client):
    mine, other = make_answered(), make_answered()
    address = opened(client, mine)
    [pack] = other.packs.all()
    assert take_pdf(client, address, pack).status_code == 404


def test_a_pack_expires_and_only_its_digest_stays(client):
    privacy_request = make_answered()
    [pack] = privacy_request.packs.all()
    later = timezone.now() + timedelta(days=30)
    assert taking.empty_expired(now=later) == 1
    pack.refresh_from_db()
    assert (pack.key_id, pack.sealed_pdf) == (None, None)
    assert bytes(pack.digest) == hashlib.sha256(b"%PDF").digest()
    with time_machine.travel(later):
        address = opened(client, privacy_request)
        assert take_pdf(client, address, pack).status_code == 404

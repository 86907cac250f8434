"""A letter, call or e-mail is read, shown with its words, and taken in as an officer says."""

import re
from datetime import UTC, date, datetime
from email.message import EmailMessage
from time import process_time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.tests.makers import load_policy
from requests import services
from requests.constants import Kind, Right
from requests.files.mail_files import decoded, read_mail, text_of_html
from requests.intake.labelled import who_asks
from requests.models import ClockEvent, PortalDraft, PrivacyRequest
from requests.tests.journey import text_of
from requests.tests.makers import make_request
from requests.tests.test_attachments import PDF
from requests.tests.test_desk import enter
from requests.tests.test_recognise import FILLED, rendered

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
NEW = "/desk/requests/new/"
NOW = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)
ARRIVED = {
    "channel": "letter",
    "received_at": "2026-06-09T10:00",
    "words": "Graag inzage in mijn gegevens. Mijn BSN is 111222333.",
}
WHO = {"last_name": "Jansen", "situation": "debt", "language": "nl", "joins": "new"}


@pytest.fixture(autouse=True)
def _policy():
    load_policy()


@pytest.fixture
def intake(client):
    return enter(client, "intake")


def arrive(client: Client, **changed: Any) -> Any:
    return client.post(NEW, ARRIVED | changed)


def proposed(client: Client, address: str) -> dict[str, Any]:
    """Return what the second page proposes, as a browser would post it."""
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in data.items()}


def take_in(client: Client, address: str, **changed: Any) -> Any:
    return client.post(address, proposed(client, address) | WHO | changed)


def a_mail(**parts: Any) -> bytes:
    mail = EmailMessage()
    mail["From"] = parts.get("sender", "Fatima El Amrani <fatima@example.nl>")
    mail["Subject"] = "Verzoek"
    mail["Date"] = "Mon, 8 Jun 2026 23:30:00 +0000"
    mail["Message-ID"] = "<abc@example.nl>"
    mail.set_content(parts.get("text", "Ik wil weten wat u van mij heeft."))
    if "page" in parts:
        mail.add_alternative(parts["page"], subtype="html")
    for name, content in parts.get("files", {}).items():
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()


# --- a letter


def test_a_letter_is_taken_in_with_its_own_day_and_without_a_bsn(client, intake):
    look = arrive(client).headers["Location"]
    assert not PrivacyRequest.objects.exists()
    response = take_in(client, look)
    request = PrivacyRequest.objects.get()
    assert response.headers["Location"] == f"/desk/requests/{request.reference}/"
    assert (request.channel, request.received_on) == ("letter", date(2026, 6, 9))
    assert request.entered_by == intake.pk
    body = services.body_of(request)
    assert body["identity"]["last_name"] == "Jansen"
    assert "111222333" not in body["words"]
    assert [one.right for one in request.rights.all()] == ["access"]


def test_the_erasure_letter_is_proposed_with_all_its_rights_words_and_articles(client, intake):
    words = rendered("erasure", {"erase_all", "include_objection"}, **FILLED)
    look = arrive(client, words=words).headers["Location"]
    page = client.get(look)
    form = page.context["form"]
    assert set(form["rights"].value()) == {"erasure", "consent", "objection", "restriction"}
    assert set(form["mentions"].value()) == {"recipients", "published"}
    text = text_of(page)
    for shown in ("18.1.d", "trek ik bij deze de toestemming", "artikel 19"):
        assert shown in text, shown
    assert "<mark" in page.content.decode()
    take_in(client, look)
    request = PrivacyRequest.objects.get()
    assert dict(request.rights.values_list("right", "article"))["restriction"] == "18.1.d"
    assert set(request.mentions) == {"recipients", "published"}


def test_the_officer_changes_what_was_read(client, intake):
    look = arrive(client).headers["Location"]
    take_in(client, look, rights=["access", "erasure"])
    rights = PrivacyRequest.objects.get().rights.values_list("right", flat=True)
    assert set(rights) == {"access", "erasure"}


def test_a_dispute_and_a_mistake_propose_what_they_ask(client, intake):
    look = arrive(client, words="Ik ben die persoon niet en niets verschuldigd.").headers[
        "Location"
    ]
    form = client.get(look).context["form"]
    assert set(form["rights"].value()) == {Right.RECTIFICATION, Right.ERASURE}
    assert form["situation"].value() == "not_me"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"received_at": "2099-01-01T10:00"}, "nog komen"),
        ({"received_at": "1999-01-01T10:00"}, "jaar"),
        ({"received_at": "32-13-2026"}, "dag en tijd"),
        ({"received_at": ""}, "wanneer"),
        ({"channel": ""}, "Kies hoe het binnenkwam"),
        ({"words": "x" * 20_001}, "20.001"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    client, intake, changed, says
):
    response = arrive(client, **changed)
    assert response.status_code == 422
    assert says in text_of(response)
    page = response.content.decode()
    assert (ARRIVED | changed)["words"][:30].split(".")[0] in page
    assert not PrivacyRequest.objects.exists()


def test_nothing_at_all_is_nothing_to_take_in(client, intake):
    assert "kies een bestand" in text_of(arrive(client, words=""))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rights": []}, "minstens één recht"),
        ({"last_name": ""}, "achternaam"),
        ({"birth_date": "2026-02-30"}, "bestaat niet"),
        ({"birth_date": "2090-01-01"}, "nog komen"),
        ({"birth_date": "1850-01-01"}, "te lang geleden"),
        ({"received_at": "2099-01-01T10:00"}, "nog komen"),
        ({"email": "geen adres"}, "e-mailadres"),
    ],
)
def test_what_is_wrong_on_the_second_page_is_said_and_kept(client, intake, changed, says):
    look = arrive(client).headers["Location"]
    response = take_in(client, look, **changed)
    assert response.status_code == 422
    assert says in text_of(response)
    assert not PrivacyRequest.objects.exists()
    assert 'value="Jansen"' in client.get(look).content.decode() or "last_name" in changed
    take_in(client, look, **dict.fromkeys(("birth_date", "email"), ""))
    assert PrivacyRequest.objects.exists() or "received_at" in changed or "rights" in changed


def test_two_clicks_take_it_in_once(client, intake):
    look = arrive(client).headers["Location"]
    data = proposed(client, look) | WHO
    first, second = client.post(look, data), client.post(look, data)
    assert first.headers["Location"] == second.headers["Location"]
    assert PrivacyRequest.objects.count() == 1


def test_what_one_colleague_began_is_not_there_for_another(client, intake):
    look = arrive(client).headers["Location"]
    other = Client()
    enter(other, "privacy officer")
    assert other.get(look).status_code == 404
    assert other.post(look, WHO).status_code == 404


def test_an_auditor_takes_nothing_in(client):
    enter(client, "auditor")
    assert arrive(client).status_code == 403
    assert not PortalDraft.objects.exists()


def test_a_form_without_the_page_s_own_token_is_refused(intake, client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(NEW, ARRIVED).status_code == 403


def test_who_asks_is_read_from_the_labelled_lines_of_the_letter(client, intake):
    words = rendered("access", {"has_fields"}, **FILLED)
    form = client.get(arrive(client, words=words).headers["Location"]).context["form"]
    names = ("initials", "last_name", "birth_date", "dossier_number")
    assert [form[name].value() for name in names] == ["F.", "El Amrani", "1984-03-09", "D-100"]


def test_labelled_lines_are_read_as_people_write_them():
    text = "> Name: Jan de Vries\n- Adres: Dorpsstraat 12a, 1234ab Utrecht\nE-mail: j@example.nl"
    assert who_asks(text) == {
        "first_name": "Jan",
        "last_name": "de Vries",
        "street": "Dorpsstraat",
        "house_number": "12a",
        "postcode": "1234AB",
        "city": "Utrecht",
        "email": "j@example.nl",
    }
    assert who_asks("Ik vraag: alles\nGeboortedatum: onbekend\nNaam: " + "x" * 300) == {}


# --- questions and complaints


def test_a_question_has_no_clock_and_a_complaint_neither(client, intake):
    look = arrive(client, words="Hoe lang bewaren jullie gegevens?").headers["Location"]
    assert client.get(look).context["form"]["kind"].value() == Kind.ENQUIRY
    take_in(client, look)
    asked = PrivacyRequest.objects.get()
    assert (asked.kind, asked.due_on, ClockEvent.objects.count()) == ("enquiry", None, 0)


# --- an e-mail as a file


def an_eml(content: bytes, name: str = "bericht.eml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_an_e_mail_as_a_file_tells_words_sender_moment_and_keeps_its_files(client, intake):
    eml = an_eml(a_mail(files={"scan.pdf": PDF}))
    empty = {"words": "", "received_at": "", "channel": "email"}
    look = arrive(client, papers=[eml], **empty).headers["Location"]
    form = client.get(look).context["form"]
    assert form["words"].value() == "Ik wil weten wat u van mij heeft."
    assert form["email"].value() == "fatima@example.nl"
    assert (form["first_name"].value(), form["last_name"].value()) == ("Fatima", "El Amrani")
    # 23:30 UTC is the next day where the answer is given.
    assert form["received_at"].value() == "2026-06-09T01:30"
    take_in(client, look, last_name="El Amrani")
    request = PrivacyRequest.objects.get()
    assert request.received_on == date(2026, 6, 9)
    names = [one.name for one in services.attachments_of(request)]
    assert names == ["scan.pdf", "bericht.eml"]
    assert services.body_of(request)["details"] == {"message_id": "<abc@example.nl>"}


def test_the_same_e_mail_twice_is_proposed_as_the_same_letter(client, intake):
    for _ in range(2):
        look = arrive(client, papers=[an_eml(a_mail())], words="").headers["Location"]
        response = client.get(look)
        take_in(client, look)
    assert "AP-" in text_of(response)
    assert response.context["form"].alike == [PrivacyRequest.objects.earliest("pk")]


def test_a_program_in_an_e_mail_or_beside_it_is_refused_and_the_rest_kept(client, intake):
    eml = an_eml(a_mail(files={"virus.exe": b"MZ" + bytes(40), "scan.pdf": PDF}))
    response = arrive(client, papers=[eml, an_eml(b"MZ" + bytes(40), "a.pdf")])
    assert response.status_code == 422
    text = text_of(response)
    assert "weggelaten" in text
    assert "programma" in text
    assert "scan.pdf" in text
    draft = re.search(r'name="draft" value="([^"]+)"', response.content.decode())
    assert draft
    look = arrive(client, draft=draft[1]).headers["Location"]
    take_in(client, look)
    names = [one.name for one in services.attachments_of(PrivacyRequest.objects.get())]
    assert names == ["scan.pdf"]


def test_more_than_five_files_are_too_many_and_five_are_kept(client, intake):
    papers = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(6)]
    response = arrive(client, papers=papers)
    assert response.status_code == 422
    assert "vijf bestanden" in text_of(response)
    assert PortalDraft.objects.get().files.count() == 5


def test_too_large_a_body_is_not_read(client, intake):
    response = client.post(
        NEW, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(60 * 1024**2)
    )
    assert response.status_code == 413
    assert "Ga terug" in text_of(response)


def test_ten_megabytes_of_text_get_a_page_that_says_so(client, intake):
    response = arrive(client, words="tekst " * 1_700_000)
    assert response.status_code == 413


# --- a letter about a request that is there


def test_a_reminder_is_proposed_to_join_and_starts_no_clock(client, intake):
    request = make_request()
    words = f"Ik wacht nog steeds op antwoord op mijn verzoek {request.number} van 9 juni 2026."
    look = arrive(client, words=words, received_at="2026-07-01T10:00").headers["Location"]
    form = client.get(look).context["form"]
    assert form["joins"].value() == request.number
    take_in(client, look, joins=request.number, rights=[])
    assert PrivacyRequest.objects.count() == 1
    assert ClockEvent.objects.count() == 1
    assert [text for _, text in services.messages_of(request)] == [words]


def test_a_letter_that_joins_is_shown_to_whoever_has_the_page_only_where_that_is_proven(
    client, intake
):
    request = make_request()
    words = f"Ik wacht nog steeds op antwoord op mijn verzoek {request.number} van 9 juni 2026."
    look = arrive(client, words=words, received_at="2026-07-01T10:00").headers["Location"]
    assert "op de pagina van dat verzoek" in text_of(client.get(look))
    refused = take_in(client, look, joins=request.number, rights=[], shown="on")
    assert refused.status_code == 422
    assert "niet bewezen wie die pagina heeft" in text_of(refused)
    assert words in text_of(refused)
    take_in(client, look, joins=request.number, rights=[], shown="")
    [(message, _words)] = services.messages_of(request)
    assert not message.shown


def test_a_request_of_the_same_person_not_seen_yet_is_shown_before_it_is_taken_in(client, intake):
    from subjects.tests.makers import an_identity

    request = make_request(identity=an_identity(emails=["fatima@example.nl"]))
    look = arrive(client).headers["Location"]
    response = take_in(client, look, email="fatima@example.nl")
    assert response.status_code == 422
    assert request.number in text_of(response)
    data = proposed(client, look) | WHO
    client.post(look, data | {"email": "fatima@example.nl", "seen": request.number})
    assert PrivacyRequest.objects.count() == 2


# --- reading a mail file


def test_a_page_is_read_without_its_scripts_and_marks():
    page = "<style>x{}</style><script>alert('a')</script><p>Geachte,</p><p>Wis &amp; stop<br>nu</p>"
    assert text_of_html(page) == "Geachte,\nWis & stop\nnu"


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("café €".encode("cp1252"), None, "café €"),
        ("café".encode("utf-16"), None, "café"),
        ("\ufeffcafé".encode(), None, "café"),
        ("café".encode("latin-1"), "no-such-charset", "café"),
        ("café".encode("cp1252"), "utf-8", "café"),
    ],
)
def test_text_is_read_in_whatever_writing_it_came(content, charset, text):
    assert decoded(content, charset) == text


def test_the_moment_is_that_of_our_own_server_and_never_to_come():
    received = b"Received: from x by mail.example.nl; Tue, 9 Jun 2026 08:00:00 +0200\r\n"
    assert read_mail(received + a_mail(), now=NOW).reached_at == datetime(2026, 6, 9, 6, tzinfo=UTC)
    to_come = a_mail().replace(b"2026 23:30", b"2099 23:30")
    assert read_mail(to_come, now=NOW).reached_at is None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3_000))
def test_no_file_breaks_the_reading_of_mail(content):
    read = read_mail(b"From: a@example.nl\r\nContent-Type: " + content, now=NOW)
    assert read.reached_at is None or read.reached_at <= NOW


@pytest.mark.parametrize(
    "content",
    [
        b"From: " + b"a@b.nl," * 200_000,
        b'Content-Type: application/pdf; name="' + b"=?utf-8?q?a?=" * 50_000 + b'"\n\n%PDF-1',
        b"Content-Type: text/plain; " + b"; ".join(b"p%d*%d=x" % (n, n) for n in range(20_000)),
        b"Received: x; y\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 500_000,
        b"Content-Type: text/plain; charset=punycode\n\n" + b"x-" + b"z9" * 500_000,
        b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
    ],
    ids=["people", "name", "parameters", "stations", "parts", "writing", "tags"],
)
def test_no_mail_keeps_us_busy(content):
    began = process_time()
    read_mail(content, now=NOW)
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: message/rfc822\n\n" * 3_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)
        ),
        b'Content-Type: text/plain; charset="a\x00b"\n\nhallo',
    ],
    ids=["mails within mails", "parts within parts", "no charset"],
)
def test_a_mail_that_nobody_wrote_is_read_as_far_as_it_goes(content):
    assert not read_mail(content, now=NOW).files


@pytest.mark.parametrize("field", ["received_at", "words", "papers"])
def test_what_one_of_two_fields_must_say_is_not_called_optional(client, intake, field):
    page = client.get(NEW).content.decode()
    label = page.split(f'for="id_{field}"')[1].split("</label>")[0]
    assert "niet verplicht" not in label
    hint = page.split(f'id="id_{field}_helptext"')[1].split("</div>")[0]
    assert "tenzij" in hint or "behalve" in hint
    assert "Verplicht, behalve bij een e-mail als bestand" in page
    response = arrive(client, received_at="")
    assert response.status_code == 422
    assert "Vul in wanneer het ons bereikte." in response.content.decode()

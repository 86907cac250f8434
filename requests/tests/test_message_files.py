"""Files go with messages both ways and are listed in the answer; copies of documents go."""

import base64
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Entry
from requests import services
from requests.constants import Channel, Direction, DoubtReason, State
from requests.exceptions import OwnFile, WrongState
from requests.files.mail_files import read_mail, without_program
from requests.files.models import Attachment
from requests.files.types import ProgramRefused, looked_at
from requests.packs import making, taking
from requests.report import answering
from requests.tests.answers import make_approved, make_case, make_ready
from requests.tests.makers import LATER, OFFICER, make_match, make_request, prove
from requests.tests.test_attachments import PDF, PNG
from requests.tests.test_desk import enter
from requests.tests.test_page import make_now, opened

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
OLD_WORD_WITH_MACROS = OLD_WORD + "_VBA_PROJECT".encode("utf-16-le")


def a_file(name="betaalbewijs.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def desk(request, *rest):
    return "/".join(["/desk/requests", str(request.reference), *rest, ""])


def keep(request, *files, at=LATER):
    taken = [looked_at(name, content) for name, content in files]
    return services.attach(request.pk, taken, direction=Direction.BY_PERSON, actor="person", now=at)


# --- from the person


def an_email_with(name, content):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "fatima@example.nl", "Bewijs"
    mail.set_content("Hier is het.")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


@pytest.mark.parametrize(
    ("name", "content", "taken"),
    [
        ("bewijs.pdf", PDF, True),
        ("bewijs.exe", b"MZ" + b"x" * 50, False),
        ("bewijs.pdf.js", b"alert(1)", False),
        ("handtekening.p7s", b"0" * 50, True),
    ],
)
def test_an_email_that_holds_a_program_is_refused_and_other_emails_are_not(
    client, name, content, taken
):
    submitted = make_now()
    opened(client, submitted.request)
    sent = a_file("brief.eml", an_email_with(name, content))
    answer = client.post(
        f"/request/{submitted.request.reference}/message/",
        {"words": "Zie de e-mail", "papers": sent},
    )
    assert answer.status_code == (302 if taken else 422)
    assert Attachment.objects.filter(request=submitted.request).exists() == taken
    assert taken or "zit een programma" in answer.content.decode()


HEAD = b"From: a@example.nl\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
WORDS_PART = b"Content-Type: text/plain\r\n\r\nHier is het."


def mail_of(*parts, boundary=b"XX"):
    between = b"--" + boundary
    body = b"".join(between + b"\r\n" + part + b"\r\n" for part in parts)
    kind = b"Content-Type: multipart/mixed; boundary=" + boundary
    return HEAD + kind + b"\r\n\r\n" + body + between + b"--\r\n"


def part_of(kind, content, *more):
    return b"\r\n".join([b"Content-Type: " + kind, *more, b"", content])


def packed_part(kind, content, *more):
    return part_of(kind, base64.encodebytes(content), BASE64, *more)


def named(name):
    return b"Content-Disposition: attachment; filename=" + name


BASE64 = b"Content-Transfer-Encoding: base64"
BYTES = b"application/octet-stream"
EXE = part_of(BYTES, b"MZ" + b"x" * 50, named(b"a.exe"))
WITHIN = base64.encodebytes(mail_of(EXE, boundary=b"YY"))


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(mail_of(*[WORDS_PART] * 205, EXE), id="behind two hundred parts"),
        pytest.param(
            mail_of(part_of(b"text/plain; name=a.bat", b"@echo off")), id="named as text is"
        ),
        pytest.param(
            mail_of(
                part_of(b"text/html", b"<script>", b"Content-Disposition: inline; filename=a.hta")
            ),
            id="named as a page that runs",
        ),
        pytest.param(mail_of(part_of(BYTES, b"PK\x03\x04xxxx", named(b"a.dat"))), id="packed"),
        pytest.param(
            mail_of(packed_part(BYTES, b"Rar!\x1a\x07\x00", named(b"a.rar"))),
            id="packed otherwise",
        ),
        pytest.param(
            mail_of(part_of(BYTES, WITHIN, BASE64, named(b"a.eml"))), id="in an e-mail as a file"
        ),
        pytest.param(
            mail_of(part_of(b"message/rfc822", WITHIN, BASE64)), id="in an e-mail written as signs"
        ),
        pytest.param(
            mail_of(
                part_of(
                    BYTES,
                    b"x",
                    b"Content-Disposition: attachment; x=" + b"y" * 3_000 + b"; filename=a.exe",
                )
            ),
            id="behind a long header",
        ),
        pytest.param(
            mail_of(part_of(b"text/plain", b"x", named(b"a.txt"), named(b"a.exe"))),
            id="named twice",
        ),
        pytest.param(
            mail_of(packed_part(b"image/png; name=a.exe", PNG, named(b"a.png"))),
            id="with two names",
        ),
        pytest.param(
            HEAD + b"\r\nbegin 644 a.exe\r\n#3V%T\r\n`\r\nend\r\n", id="between the lines"
        ),
        pytest.param(mail_of(EXE) + b"\n--x" * 5_001, id="among more parts than anybody reads"),
        pytest.param(
            mail_of(packed_part(b"application/msword", OLD_WORD_WITH_MACROS, named(b"a.doc"))),
            id="in an old document",
        ),
    ],
)
def test_a_program_is_found_wherever_in_an_email_it_hides(mail):
    file = looked_at("brief.eml", mail)
    with pytest.raises(ProgramRefused):
        without_program(file)
    # Neither does a colleague who takes it in keep the e-mail as it came.
    assert read_mail(mail, now=timezone.now()).refused


@pytest.mark.parametrize(
    "mail",
    [
        mail_of(WORDS_PART, part_of(b"text/html; name=brief.html", b"<p>Hier</p>")),
        mail_of(WORDS_PART, part_of(b"application/pdf; name=a.pdf", PDF, named(b"a.pdf"))),
        mail_of(WORDS_PART, part_of(b"message/rfc822", mail_of(WORDS_PART, boundary=b"YY"))),
        mail_of(
            WORDS_PART,
            part_of(BYTES, base64.encodebytes(HEAD + b"\r\nHallo"), BASE64, named(b"a.eml")),
        ),
        mail_of(WORDS_PART, part_of(b"text/calendar; name=a.ics", b"BEGIN:VCALENDAR")),
        HEAD + b"\r\nWe begin 644 dagen geleden.\r\nbegin 644 keer opnieuw",
        mail_of(packed_part(b"application/msword", OLD_WORD, named(b"a.doc"))),
    ],
)
def test_an_email_as_people_send_it_is_taken(mail):
    file = looked_at("brief.eml", mail)
    assert without_program(file) is file


def test_what_is_sent_twice_in_a_moment_stands_there_once_either_way():
    request = make_now().request
    papers, at = [looked_at("bewijs.pdf", PDF)], timezone.now()
    words = "Hier is het bewijs."
    for _twice in range(2):
        services.receive_message(request.pk, words, now=at, files=papers)
    assert request.messages.count() == 1
    assert Attachment.objects.filter(request=request).count() == 1
    # The same words without the file, from the other side, and a day later, are something else.
    services.receive_message(request.pk, words, now=at)
    for _twice in range(2):
        services.send_message(request.pk, words, officer=OFFICER, now=at)
    assert request.messages.count() == 3
    services.send_message(request.pk, words, officer=OFFICER, now=at + timedelta(days=1))
    assert request.messages.count() == 4


@pytest.mark.parametrize("way", ["to the person", "by the person"])
def test_another_file_of_the_same_size_and_kind_is_another_message(way):
    request, at = make_now().request, timezone.now()
    first = looked_at("bewijs.pdf", PDF)
    other = looked_at("bewijs.pdf", PDF.replace(PDF[-3:], b"!!!"))
    assert len(first.content) == len(other.content)
    assert first.content != other.content
    named = looked_at("factuur.pdf", PDF)
    for papers in ([first], [other], [other], [named], [named, first], [first, named]):
        if way == "by the person":
            services.receive_message(request.pk, "Zie dit", now=at, files=papers)
        else:
            services.send_message(request.pk, "Zie dit", officer=OFFICER, now=at, files=papers)
    assert request.messages.count() == 5
    kept = [
        services.open_attachment(one, actor="person").content for one in Attachment.objects.all()
    ]
    assert kept.count(other.content) == 1


def test_a_file_that_was_destroyed_is_none_that_comes_now():
    request, at = make_now().request, timezone.now()
    papers = [looked_at("bewijs.pdf", PDF)]
    message = services.receive_message(request.pk, "Zie dit", now=at, files=papers)
    file = message.attachments.get()
    services.destroy_copy(request.pk, file.reference, officer=OFFICER, now=at)
    again = services.receive_message(request.pk, "Zie dit", now=at, files=papers)
    assert again.pk != message.pk


def ask_who(request):
    services.ask_identity(
        request.pk,
        [DoubtReason.TOO_LITTLE],
        text="Wat is uw postcode?",
        without_undue_delay=True,
        officer=OFFICER,
        now=timezone.now(),
    )


def test_the_same_words_after_a_question_are_an_answer_to_it_and_once():
    request, words = make_now().request, "1234 AB"
    services.receive_message(request.pk, words, now=timezone.now())
    ask_who(request)
    for _twice in range(2):
        services.receive_message(request.pk, words, now=timezone.now())
    assert request.messages.filter(direction=Direction.BY_PERSON).count() == 2
    request.refresh_from_db()
    assert request.state == State.HANDLING
    assert request.due_on is not None


def test_who_says_on_the_page_what_their_letter_said_too_lets_the_clock_run_again():
    request, words, before = make_now().request, "1234 AB", timezone.now()
    ask_who(request)
    # It came by post before we asked, so it answers nothing: the question still waits.
    services.join_letter(
        request.pk,
        words,
        received_at=before,
        channel=Channel.LETTER,
        actor=f"user:{OFFICER}",
        now=timezone.now(),
    )
    request.refresh_from_db()
    assert request.state == State.WAITING
    services.receive_message(request.pk, words, now=timezone.now())
    request.refresh_from_db()
    assert request.state == State.HANDLING
    assert request.due_on is not None


def test_a_person_sends_files_with_a_message_and_both_see_them_there(client):
    request = make_now().request
    address = opened(client, request)
    sent = {"words": "Hier is het bewijs.", "papers": [a_file(), a_file("foto.png", PNG)]}
    assert client.post(f"{address}message/", sent).status_code == 302
    [one, other] = Attachment.objects.order_by("pk")
    assert one.message == other.message
    assert one.direction == Direction.BY_PERSON
    page = client.get(address).content.decode()
    assert page.index("Hier is het bewijs.") < page.index("betaalbewijs.pdf")
    assert page.count("betaalbewijs.pdf") == 1
    enter(client, "privacy officer")
    assert "betaalbewijs.pdf" in client.get(desk(request)).content.decode()
    got = client.post(desk(request, "file", str(one.reference)))
    assert got.content == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_a_program_is_refused_beside_the_field_and_the_words_are_kept(client):
    address = opened(client, make_now().request)
    sent = {"words": "Lees dit even.", "papers": [a_file(), a_file("x.exe", b"MZ" + bytes(60))]}
    response = client.post(f"{address}message/", sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Lees dit even." in page
    assert "x.exe: Dit is een programma" in page
    assert "ook de andere bestanden opnieuw" in page
    assert not Attachment.objects.exists()


def test_six_files_are_too_many_and_five_are_not(client):
    address = opened(client, make_now().request)
    six = {"words": "Alles.", "papers": [a_file(f"{number}.pdf") for number in range(6)]}
    response = client.post(f"{address}message/", six)
    assert response.status_code == 422
    assert "Alles." in response.content.decode()
    five = {"words": "Alles.", "papers": [a_file(f"{number}.pdf") for number in range(5)]}
    assert client.post(f"{address}message/", five).status_code == 302
    assert Attachment.objects.count() == 5


def test_a_request_that_ended_takes_no_files(client):
    request = make_now().request
    address = opened(client, request)
    services.withdraw(request.pk, actor="person", now=timezone.now())
    sent = {"words": "Toch nog.", "papers": [a_file()]}
    assert client.post(f"{address}message/", sent).status_code == 422
    assert not Attachment.objects.exists()


# --- from the officer


def test_an_officer_sends_a_file_that_only_this_person_can_take(client):
    request, other = make_now().request, make_now().request
    enter(client, "privacy officer")
    sent = {"version": request.version, "text": "Zie de bijlage.", "papers": [a_file("uitleg.pdf")]}
    assert client.post(desk(request, "write"), sent).status_code == 302
    [one] = Attachment.objects.all()
    assert one.message is not None
    assert (one.direction, one.message.request) == (Direction.TO_PERSON, request)
    client.logout()
    address = opened(client, request)
    assert "uitleg.pdf" in client.get(address).content.decode()
    got = client.get(f"{address}file/{one.reference}/")
    assert got.content == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    client.logout()
    strange = opened(client, other)
    assert client.get(f"{strange}file/{one.reference}/").status_code == 404
    assert client.get(f"{address}file/{one.reference}/").status_code == 404


def test_an_officer_s_words_are_kept_where_a_file_is_refused(client):
    request = make_now().request
    enter(client, "privacy officer")
    sent = {"version": request.version, "text": "Zie bijlage.", "papers": [a_file("leeg.pdf", b"")]}
    response = client.post(desk(request, "write"), sent)
    assert response.status_code == 422
    assert "Zie bijlage." in response.content.decode()
    assert not Attachment.objects.exists()


def test_nobody_writes_to_who_may_be_themself():
    request = make_request()
    own = User.objects.create_user("collega", email="fatima@example.nl")
    with pytest.raises(OwnFile):
        services.send_message(request.pk, "Aan mijzelf", officer=own.pk, now=LATER)


# --- in the answer


def test_the_answer_lists_the_files_of_this_request_and_of_earlier_ones(client):
    person = make_case()
    long_ago = datetime(2025, 3, 3, 9, tzinfo=UTC)
    earlier = make_request(received_at=long_ago, words="Mijn eerste vraag.")
    services.confirm_match(make_match(earlier, person.subject).pk, officer=OFFICER, now=long_ago)
    prove(earlier, now=long_ago)
    [old] = keep(earlier, ("oude brief.pdf", PDF), at=long_ago)
    strange = make_request(received_at=long_ago)
    [strangers] = keep(strange, ("van een ander.pdf", PDF))
    request = make_ready(person)
    keep(request, ("nieuw.png", PNG))
    report = answering.report_for(request, today=timezone.localdate())
    [own] = [purpose for purpose in report["purposes"] if purpose["code"] == "RTS"]
    listed = [
        paper
        for dossier in own["dossiers"]
        for category in dossier["categories"]
        for record in category["records"]
        for paper in record["content"].get("files", ())
    ]
    assert {paper["file_name"] for paper in listed} == {"oude brief.pdf", "nieuw.png"}
    assert {
        "file_name": "oude brief.pdf",
        "file_type": "application/pdf",
        "file_bytes": len(PDF),
        "date": "2025-03-03",
    } in listed
    address = opened(client, request)
    # Before the answer nothing of an earlier request is given.
    assert client.get(f"{address}file/{old.reference}/").status_code == 404
    assert client.get(f"{address}file/{strangers.reference}/").status_code == 404


def test_files_of_earlier_requests_can_be_taken_with_the_answer_and_no_longer(client):
    person = make_case()
    long_ago = datetime(2025, 3, 3, 9, tzinfo=UTC)
    earlier = make_request(received_at=long_ago)
    services.confirm_match(make_match(earlier, person.subject).pk, officer=OFFICER, now=long_ago)
    prove(earlier, now=long_ago)
    [old] = keep(earlier, ("oude brief.pdf", PDF), at=long_ago)
    [strangers] = keep(make_request(received_at=long_ago), ("van een ander.pdf", PDF))
    request = make_approved(person)
    making.build_pack(request.pk, now=timezone.now())
    address = opened(client, request)
    assert "oude brief.pdf" in client.get(address).content.decode()
    assert client.get(f"{address}file/{old.reference}/").content == PDF
    assert client.get(f"{address}file/{strangers.reference}/").status_code == 404
    taking.empty_expired(now=timezone.now() + timedelta(days=40))
    assert client.get(f"{address}file/{old.reference}/").status_code == 404


# --- copies of identity documents


def test_a_copy_of_a_document_is_destroyed_at_once_and_told_of(client):
    request = make_now().request
    [copy, other] = keep(request, ("paspoort Fatima.png", PNG), ("brief.pdf", PDF))
    officer = enter(client, "privacy officer")
    response = client.post(desk(request, "file", str(copy.reference), "destroy"))
    assert response.status_code == 302
    copy.refresh_from_db()
    assert (copy.sealed_name, copy.sealed_content) == (None, None)
    assert copy.destroyed_by == officer.pk
    page = client.get(desk(request)).content.decode()
    assert "paspoort" not in page
    assert "brief.pdf" in page
    assert client.post(desk(request, "file", str(copy.reference))).status_code == 404
    assert client.post(desk(request, "file", str(other.reference))).content == PDF
    [entry] = [
        one.body
        for one in Entry.objects.all()
        if one.body["event"] == "request.document_copy_destroyed"
    ]
    assert "paspoort" not in str(entry)
    client.logout()
    address = opened(client, request)
    assert "vernietigd" in client.get(address).content.decode()
    assert client.get(f"{address}file/{copy.reference}/").status_code == 404


def test_destroying_a_copy_twice_notes_it_once():
    request = make_request()
    [copy] = keep(request, ("id.png", PNG))
    assert services.destroy_copy(request.pk, copy.reference, officer=OFFICER, now=LATER)
    assert not services.destroy_copy(request.pk, copy.reference, officer=OFFICER, now=LATER)
    events = [one.body["event"] for one in Entry.objects.all()]
    assert events.count("request.document_copy_destroyed") == 1
    copy.refresh_from_db()
    with pytest.raises(WrongState):
        services.open_attachment(copy, actor="user:1")


def test_only_who_handles_requests_destroys_a_copy_and_only_of_that_request(client):
    request, other = make_request(), make_request()
    [copy] = keep(request, ("id.png", PNG))
    path = ("file", str(copy.reference), "destroy")
    assert client.post(desk(request, *path)).status_code == 302
    enter(client, "auditor")
    assert client.post(desk(request, *path)).status_code == 403
    enter(client, "privacy officer")
    assert client.post(desk(other, *path)).status_code == 404
    copy.refresh_from_db()
    assert copy.destroyed_at is None


def test_a_row_is_whole_or_destroyed_and_nothing_in_between():
    [copy] = keep(make_request(), ("id.png", PNG))
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=copy.pk).update(sealed_content=None)

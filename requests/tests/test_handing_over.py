"""Data given to a third party: to a secure public link only, or by a link that works once; told."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.test import Client
from django.utils import timezone

from audit.services import entries_about
from requests import services
from requests.constants import Outcome, PackKind, Right
from requests.exceptions import PackGone, WrongState
from requests.letters.models import HandOver
from requests.models import Decision, PackDownload, RequestedRight
from requests.packs import handing_over, taking, uploading
from requests.packs.content import access_pack, portability_pack
from requests.packs.uploading import NotAllowed, NotTaken, check_link, public_address, upload
from requests.report.answering import report_for
from requests.tests import zips
from requests.tests.answers import make_ready
from requests.tests.makers import OFFICER
from requests.tests.test_page import make_answered, opened, post, text_of
from subjects.services import person_view
from subjects.tests.makers import make_dossier, make_involvement, make_record
from vault import services as vault

database = pytest.mark.django_db(databases=["default", "keystore"])
LINK = "https://nieuw.example/inbox/abc?key=1"


# --- the way there -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        "http://nieuw.example/inbox",
        "ftp://nieuw.example",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://nieuw.example:8443/x",
        "https://user:word@nieuw.example/x",
        "https://",
        "https://nieuw.example:x/",
        "file:///etc/passwd",
        "https://nieuw.example/" + "x" * 3000,
        "",
    ],
)
def test_only_https_to_a_name_on_the_usual_port_is_used(link):
    with pytest.raises(NotAllowed):
        check_link(link)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "fec0::1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
    ],
)
def test_a_name_that_leads_inside_is_refused_also_beside_a_public_address(address):
    with pytest.raises(NotAllowed):
        public_address("nieuw.example", lambda host, port: [address])
    with pytest.raises(NotAllowed):
        public_address("nieuw.example", lambda host, port: ["93.184.216.34", address])


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "..example", "a\u2024b.example"])
def test_a_name_that_cannot_be_looked_up_is_not_known(host):
    with pytest.raises(NotTaken):
        upload(f"https://{host}/inbox", b"{}", media_type="application/json")


def test_an_answer_without_end_is_not_read():
    read = []

    def endless():
        for number in range(1_000):
            read.append(number)
            yield b"x"

    sent_to(lambda request: httpx2.Response(200, content=endless()))
    assert len(read) < 2


def sent_to(handler, **fields):
    return upload(
        LINK,
        b"{}",
        media_type="application/json",
        resolve=lambda host, port: ["93.184.216.34"],
        transport=httpx2.MockTransport(handler),
        **fields,
    )


def test_the_file_goes_to_the_address_that_was_looked_up_under_the_name_it_has():
    seen = []

    def take(request):
        seen.append(request)
        return httpx2.Response(201)

    sent_to(take)
    [request] = seen
    assert request.method == "PUT"
    assert request.url.host == "93.184.216.34"
    assert request.url.raw_path == b"/inbox/abc?key=1"
    assert request.headers["host"] == "nieuw.example"
    assert request.extensions["sni_hostname"] == "nieuw.example"
    assert request.content == b"{}"


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_no_redirect_is_followed_and_only_a_yes_counts(status):
    asked = []

    def refuse(request):
        asked.append(request.url)
        return httpx2.Response(status, headers={"Location": "https://127.0.0.1/"})

    with pytest.raises(NotTaken):
        sent_to(refuse)
    assert len(asked) == 1


def test_an_error_tells_nothing_of_the_link():
    def broken(request):
        raise httpx2.ConnectError(f"no way to {request.url}")

    with pytest.raises(NotTaken) as failed:
        sent_to(broken)
    assert "inbox" not in str(failed.value)
    assert failed.value.__cause__ is None


# --- of a request --------------------------------------------------------------------------


def make_portable():
    """Make an answered request with data to take along."""
    now = timezone.now()
    request = make_answered()
    person = make_involvement(make_dossier())
    make_record(
        person, content={"text": "MIJN WOORDEN"}, provided_by_subject=True, lawful_basis="6.1.b"
    )
    RequestedRight.objects.create(request=request, right=Right.PORTABILITY, article="20")
    right = request.rights.get(right=Right.PORTABILITY)
    Decision.objects.create(
        request=request,
        right=right,
        dossier_reference=person.dossier.reference,
        purpose="COL",
        outcome=Outcome.GRANTED,
        article="20",
        sealed_reason=b"",
        decided_by=OFFICER,
        decided_at=now,
    )
    sealed = portability_pack(request, person_view(involvement_ids=[person.pk]), now=now)
    assert sealed
    sealed.pack.save()
    return request, sealed.pack


def ask(pack, way=HandOver.Way.UPLOAD, **fields):
    whole: dict[str, Any] = {"name": "Nieuw BV", "link": LINK, "now": timezone.now()} | fields
    return handing_over.ask(pack, way, **whole)


def messages_of(request):
    return [text for _message, text in services.messages_of(request)]


@database
def test_an_upload_goes_once_is_noted_and_told(monkeypatch):
    request, pack = make_portable()
    taken = []
    monkeypatch.setattr(handing_over, "upload", lambda *args, **kw: taken.append(args))
    asked = ask(pack)
    assert asked.token == ""
    handing_over.send(asked.hand_over.pk, now=timezone.now())
    handing_over.send(asked.hand_over.pk, now=timezone.now())
    [(link, content)] = taken
    assert link == LINK
    assert "MIJN WOORDEN" in content.decode()
    assert PackDownload.objects.get().actor == "third-party"
    events = [one.body["event"] for one in entries_about(f"request:{request.reference}")]
    assert events.count("pack.handed_over") == 1
    assert messages_of(request) == ["Wij gaven uw gegevens aan Nieuw BV, zoals u vroeg."]
    row = HandOver.objects.get()
    assert row.state == "done"
    assert b"nieuw.example" not in bytes(row.sealed_target)


@database
def test_a_failing_upload_is_tried_again_and_in_the_end_told(monkeypatch):
    request, pack = make_portable()

    def refuse(*args, **kwargs):
        raise NotTaken("answered 500")

    monkeypatch.setattr(handing_over, "upload", refuse)
    pk = ask(pack).hand_over.pk
    for _ in range(handing_over.ATTEMPTS - 1):
        with pytest.raises(NotTaken):
            handing_over.send(pk, now=timezone.now())
    assert handing_over.waiting() == [pk]
    handing_over.send(pk, now=timezone.now())
    assert handing_over.waiting() == []
    assert messages_of(request)[0].startswith("Wij konden uw gegevens niet aan Nieuw BV geven.")
    assert not PackDownload.objects.exists()


@database
def test_a_link_inside_our_network_is_never_tried_and_told_at_once(monkeypatch):
    request, pack = make_portable()
    monkeypatch.setattr(
        uploading.socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", ("10.0.0.1", 443))]
    )
    handing_over.send(ask(pack).hand_over.pk, now=timezone.now())
    assert HandOver.objects.get().error == "NotAllowed"
    assert messages_of(request)


@database
def test_our_link_works_once_for_whoever_has_it(client):
    request, pack = make_portable()
    asked = ask(pack, HandOver.Way.LINK, link="")
    there = f"/take/{asked.token}/"
    assert Client().get(there).status_code == 200
    answer = post(Client(), there)
    files = zips.opened(answer.content, asked.passphrase)
    assert set(files) == {"data.pdf", "data.json", "data.csv"}
    assert "MIJN WOORDEN" in files["data.json"].decode()
    assert b"MIJN WOORDEN" not in answer.content
    with pytest.raises(zips.WrongPassphrase):
        zips.opened(answer.content, asked.token)
    assert post(Client(), there).status_code == 404
    assert post(Client(), "/take/nonsense/").status_code == 404
    assert messages_of(request) == ["Wij gaven uw gegevens aan Nieuw BV, zoals u vroeg."]
    assert [one.form for one in PackDownload.objects.all()] == ["zip"]


@database
def test_a_link_from_before_there_were_passwords_gives_nothing():
    _request, pack = make_portable()
    asked = ask(pack, HandOver.Way.LINK, link="")
    row = asked.hand_over
    key = vault.open_key(row.request.key_id)
    row.sealed_target = key.seal({"name": "Nieuw BV", "address": ""}, place=row.target_place)
    row.save(update_fields=["sealed_target"])
    assert handing_over.fetch(asked.token, now=timezone.now()) is None


@database
def test_our_link_ends_after_fourteen_days():
    _request, pack = make_portable()
    asked = ask(pack, HandOver.Way.LINK, link="")
    late = timezone.now() + timedelta(days=14, minutes=1)
    assert handing_over.fetch(asked.token, now=late) is None


@database
def test_only_data_to_take_along_go_to_somebody_else_and_not_after_their_time():
    request = make_ready(make_involvement(make_dossier()))
    sealed = access_pack(
        request, report_for(request, today=timezone.localdate()), now=timezone.now()
    )
    sealed.pack.save()
    assert sealed.pack.kind == PackKind.ACCESS
    with pytest.raises(WrongState):
        ask(sealed.pack)
    _request, pack = make_portable()
    with pytest.raises(PackGone):
        ask(pack, now=timezone.now() + timedelta(days=40))


# --- on the page ---------------------------------------------------------------------------


@database
def test_the_person_gives_data_on_from_the_page(client):
    request, pack = make_portable()
    there = opened(client, request)
    page = text_of(client.get(there))
    assert "Aan een ander bedrijf geven" in page
    assert client.get(f"{there}pack/{pack.reference}/csv/").status_code == 302
    typed = {"passphrase": "mijn lange zin", "form": "zip"}
    taken = post(client, f"{there}pack/{pack.reference}/file/", typed)
    files = zips.opened(taken.content, "mijn lange zin")
    assert files["data.csv"].startswith(b"\xef\xbb\xbf")
    wrong = {"name": "Nieuw BV", "way": "upload", "link": "http://nieuw.example"}
    refused = post(client, f"{there}pack/{pack.reference}/hand-over/", wrong)
    assert refused.status_code == 422
    assert b"http://nieuw.example" in refused.content
    shown = post(client, f"{there}pack/{pack.reference}/hand-over/", wrong | {"way": "link"})
    assert "/take/" in text_of(shown)
    assert shown.context["passphrase"] in text_of(shown)
    assert "Nieuw BV" in text_of(client.get(there))
    assert post(Client(), f"{there}pack/{pack.reference}/hand-over/", wrong).status_code == 404
    assert json.loads(taking.content_of(pack, "json", now=timezone.now()))["records"]

"""A person says it in their own words; what we read is ticked, and they confirm or change it."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from policy.tests.makers import load_policy
from requests import limits, services
from requests.constants import RIGHTS_OF_WISH, Kind, Wish
from requests.models import PortalDraft, PrivacyRequest
from requests.portal import drafts
from requests.portal.wishes import wish_named
from requests.tests.journey import ask, fill_in, post, send, text_of
from requests.tests.test_attachments import PDF

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


def ticked(client, words, situation="letter"):
    post(client, "/ask/situation/", {"situation": situation})
    post(client, "/ask/words/", {"words": words})
    return set(client.get("/ask/wishes/").context["form"]["wishes"].value())


@pytest.mark.parametrize(
    ("words", "situation", "wishes"),
    [
        ("Ik wil weten wat u van mij heeft.", "letter", {"see"}),
        ("Please delete all my data and stop the newsletters", "letter", {"erase", "ads"}),
        ("Ik ben dit niet verschuldigd!", "debt", {"not_owed"}),
        ("Mijn geboortedatum klopt niet.", "debt", {"wrong"}),
        ("U heeft de verkeerde persoon.", "unknown", {"not_me"}),
        ("Hoe lang bewaren jullie iets?", "unknown", {"question"}),
        ("Ik heb een klacht over u.", "unknown", {"complaint"}),
        ("", "letter", {"see"}),
        ("", "marketing", {"ads"}),
        ("", "not_me", {"not_me"}),
        ("zomaar wat", "letter", set()),
    ],
)
def test_what_we_read_in_the_words_is_ticked(client, words, situation, wishes):
    assert ticked(client, words, situation) == wishes


@pytest.mark.parametrize(
    ("words", "question"),
    [("Wis alles, en stuur mij alles.", "Is dit alles wat u wilt?"), ("zomaar wat", "Wat wilt u?")],
)
def test_it_is_asked_whether_that_is_all_only_where_something_was_read(client, words, question):
    ticked(client, words)
    page = client.get("/ask/wishes/").content.decode()
    assert f"<h1>{question}</h1>" in page
    # The heading asks; the label is for who does not see it.
    assert '<legend class="visually-hidden">Wat wilt u?' in page


def test_every_right_has_a_wish_and_every_wish_plain_words(client):
    asked = {right for rights in RIGHTS_OF_WISH.values() for right in rights}
    assert len(asked) == 9
    post(client, "/ask/situation/", {"situation": "letter"})
    page = text_of(client.get("/ask/wishes/"))
    for legal in ("rectificatie", "AVG", "artikel", "betrokkene", "verwerking"):
        assert legal not in page


def test_the_person_changes_what_we_read(client):
    made = ask(client, wishes={"wishes": ["erase", "pause", "ads"]})
    rights = set(made.rights.values_list("right", flat=True))
    assert rights == {"erasure", "restriction", "marketing"}


def test_nothing_ticked_is_said_and_what_was_ticked_stays(client):
    post(client, "/ask/situation/", {"situation": "letter"})
    response = post(client, "/ask/wishes/", {})
    assert response.status_code == 422
    assert "minstens één" in text_of(response)
    post(client, "/ask/wishes/", {"wishes": ["erase", "nonsense"]})
    assert client.get("/ask/wishes/").context["form"]["wishes"].value() == ["erase", "nonsense"]
    assert post(client, "/ask/wishes/", {"wishes": ["erase", "nonsense"]}).status_code == 422


def test_other_words_are_read_again(client):
    fill_in(client)
    answer = post(client, "/ask/words/?from-check", {"words": "Wis al mijn gegevens."})
    # One right and nothing else: it is not asked, but shown, and can be changed.
    page = client.get(answer.headers["Location"])
    assert "Wis mijn gegevens" in text_of(page)
    assert "/ask/wishes/?from-check" in page.content.decode()
    assert client.get("/ask/wishes/").context["form"]["wishes"].value() == ["erase"]


def test_what_was_ticked_beside_the_words_is_not_dropped_unasked_when_words_change(client):
    fill_in(client, wishes={"wishes": ["see", "erase"]})
    answer = post(client, "/ask/words/?from-check", {"words": "Ik wil mijn gegevens zien."})
    page = client.get(answer.headers["Location"])
    assert page.headers["Location"] == "/ask/wishes/"


@pytest.mark.parametrize("situation", ["debt", "dispute", "not_me", "marketing"])
def test_words_that_we_do_not_understand_are_never_plain_by_how_somebody_knows_us(
    client, situation
):
    post(client, "/ask/situation/", {"situation": situation})
    answer = post(client, "/ask/words/", {"words": "zomaar wat"})
    assert answer.headers["Location"] == "/ask/wishes/"


@pytest.mark.parametrize(
    ("want", "words", "asked"),
    [
        ("see", "", False),
        ("see", "Ik wil weten wat u van mij heeft.", False),
        ("erase", "Wis alles. Ik heb al betaald, ik ben niets verschuldigd.", True),
        ("question", "Hoe lang bewaart u iets?", False),
        ("question", "Wis al mijn gegevens.", True),
        ("question", "zomaar wat", True),
        ("see", "Groet, Jan", False),
        ("see", "Laat mij daarna verdwijnen.", True),
        ("", "Ik wil mijn gegevens zien. Laat mij daarna verdwijnen.", True),
        ("", "Wis al mijn gegevens.", False),
        ("", "Wis al mijn gegevens en stuur geen reclame meer.", True),
        ("", "Hoe lang bewaart u iets?", True),
        ("", "zomaar wat", True),
        ("", "", True),
    ],
)
def test_what_is_wanted_is_asked_where_it_is_not_plain(client, want, words, asked):
    post(client, f"/ask/situation/?want={want}", {"situation": "letter"})
    answer = post(client, "/ask/words/", {"words": words})
    led_to = "/ask/wishes/" if asked else "/ask/check/"
    assert answer.headers["Location"] == led_to


def test_what_is_plain_is_sent_as_it_is_shown(client):
    post(client, "/ask/situation/?want=ads", {"situation": "letter"})
    page = fill_in(client, words={"words": ""}, wishes=None)
    assert "Stop met reclame" in text_of(page)
    send(client)
    made = PrivacyRequest.objects.get()
    assert [one.right for one in made.rights.all()] == ["marketing"]


def test_who_chose_that_something_is_not_right_writes_what_and_nothing_beside(client):
    post(client, "/ask/situation/?want=wrong", {"situation": "letter"})
    answer = post(client, "/ask/number/", {"dossier_number": ""})
    assert answer.headers["Location"] == "/ask/wrong/"
    assert post(client, "/ask/wrong/", {"wrong": ""}).status_code == 422
    answer = post(client, "/ask/wrong/", {"wrong": "Mijn naam", "right": "El Amrani"})
    assert answer.headers["Location"] == "/ask/check/"


def test_who_writes_in_what_is_wrong_that_all_must_go_is_asked(client):
    post(client, "/ask/situation/?want=wrong", {"situation": "letter"})
    fill_in(client, words=None, wishes=None, wrong={"wrong": "Mijn naam. Wis alles!", "right": ""})
    assert client.get("/ask/check/").headers["Location"] == "/ask/wishes/"
    assert client.get("/ask/wishes/").context["form"]["wishes"].value() == ["wrong", "erase"]


@pytest.mark.parametrize(
    ("want", "words", "folded"), [("question", "zomaar wat", False), ("see", "Wis alles.", True)]
)
def test_who_chose_a_question_sees_all_that_one_can_ask(client, want, words, folded):
    post(client, f"/ask/situation/?want={want}", {"situation": "letter"})
    post(client, "/ask/words/", {"words": words})
    page = client.get("/ask/wishes/").content.decode()
    assert ("<details" in page) == folded
    assert all(f'value="{wish}"' in page for wish in Wish.values)
    checked = page.partition('value="see"')[0]
    assert ('value="question"' in checked) != folded  # What was chosen stands first.


def test_the_same_words_again_leave_the_wishes(client):
    fill_in(client, wishes={"wishes": ["ads"]})
    post(client, "/ask/words/", {"words": "Ik wil weten wat u van mij heeft."})
    assert client.get("/ask/wishes/").context["form"]["wishes"].value() == ["ads"]


def test_who_says_something_is_wrong_is_asked_what_and_how_it_should_be(client):
    page = fill_in(client, wishes={"wishes": ["wrong"]})
    assert "Wat klopt er niet" in text_of(page)
    wrong = {"wrong": "Dorpstraat 12", "right": "Dorpsstraat 12"}
    assert post(client, "/ask/wrong/", {"wrong": ""}).status_code == 422
    assert post(client, "/ask/wrong/", wrong).headers["Location"] == "/ask/check/"
    send(client)
    made = PrivacyRequest.objects.get()
    words = services.body_of(made)["words"]
    assert "Dit klopt niet: Dorpstraat 12" in words
    assert "Het moet zijn: Dorpsstraat 12" in words
    assert [one.right for one in made.rights.all()] == ["rectification"]


def test_who_says_nothing_is_wrong_is_not_asked(client):
    assert "Kijk uw antwoorden na" in text_of(fill_in(client))
    assert "Wat klopt er niet" not in text_of(client.get("/ask/check/"))


def test_a_dispute_asks_correction_and_says_that_it_is_one(client):
    made = ask(client, wishes={"wishes": ["not_owed"]})
    assert [one.right for one in made.rights.all()] == ["rectification"]
    assert made.mentions == ["dispute"]


@pytest.mark.parametrize(
    ("wishes", "kind"), [(["question"], Kind.ENQUIRY), (["complaint", "question"], Kind.COMPLAINT)]
)
def test_who_only_asks_or_complains_makes_no_request(client, wishes, kind):
    made = ask(client, wishes={"wishes": wishes})
    assert (made.kind, made.due_on, made.rights.count()) == (kind, None, 0)
    page = text_of(client.get(made.get_absolute_url()))
    assert "staat stil" not in page
    assert made.number in page


def test_who_complains_is_led_to_the_authority(client):
    made = ask(client, wishes={"wishes": ["complaint"]})
    page = client.get(made.get_absolute_url()).content.decode()
    assert 'href="https://autoriteitpersoonsgegevens.nl"' in page


def test_a_question_beside_a_wish_is_a_request(client):
    assert ask(client, wishes={"wishes": ["question", "see"]}).kind == Kind.REQUEST


# --- role first


def test_who_got_a_bill_of_a_shop_hears_first_that_the_shop_decides(client):
    answer = post(client, "/ask/situation/", {"situation": "bill"})
    assert answer.headers["Location"] == "/ask/seller/"
    page = text_of(client.get("/ask/seller/"))
    assert "beslist die winkel" in page
    assert "twee werkdagen" in page
    assert post(client, "/ask/seller/", {"seller": "Fietsen BV"}).status_code == 302
    cache.clear()
    made = ask(client, situation={"situation": "bill"})
    body = services.body_of(made)
    assert body["situation"] == "bill"
    assert "Winkel of bedrijf: Fietsen BV" in body["words"]


def test_nobody_else_is_asked_for_a_shop(client):
    answer = post(client, "/ask/situation/", {"situation": "debt"})
    assert answer.headers["Location"] == "/ask/whom/"


# --- files


def a_file(name="brief.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def test_files_are_sent_along_and_stand_sealed(client):
    fill_in(client)
    answer = client.post("/ask/files/", {"papers": [a_file(), a_file("foto van mij.pdf")]})
    assert answer.headers["Location"] == "/ask/check/"
    assert "foto van mij.pdf" in text_of(client.get("/ask/check/"))
    [one, _other] = PortalDraft.objects.get().files.all()
    assert b"%PDF" not in bytes(one.sealed_content)
    send(client)
    made = PrivacyRequest.objects.get()
    names = [one.name for one in services.attachments_of(made)]
    assert names == ["brief.pdf", "foto van mij.pdf"]
    assert not PortalDraft.objects.get().files.exists()


def test_a_program_is_refused_in_one_sentence_and_the_rest_stays(client):
    fill_in(client)
    response = client.post(
        "/ask/files/", {"papers": [a_file(), a_file("b.pdf", b"MZ" + bytes(60))]}
    )
    assert response.status_code == 422
    assert text_of(response).count("Dit is een programma") == 2  # in the summary and at the field
    assert "brief.pdf" in text_of(client.get("/ask/files/"))
    assert PortalDraft.objects.get().files.count() == 1


def test_a_file_is_taken_away_and_what_is_none_harms_nothing(client):
    fill_in(client)
    client.post("/ask/files/", {"papers": [a_file()]})
    [one] = PortalDraft.objects.get().files.all()
    client.post("/ask/files/", {"remove": "nonsense"})
    client.post("/ask/files/", {"remove": str(one.reference)})
    assert not PortalDraft.objects.get().files.exists()


def test_files_of_somebody_else_s_draft_are_not_there(client):
    from django.test import Client

    fill_in(client)
    client.post("/ask/files/", {"papers": [a_file()]})
    [one] = PortalDraft.objects.get().files.all()
    other = Client()
    assert other.get("/ask/files/").headers["Location"] == "/ask/situation/"
    post(other, "/ask/situation/", {"situation": "letter"})
    other.post("/ask/files/", {"remove": str(one.reference)})
    assert PortalDraft.objects.earliest("pk").files.count() == 1


def test_six_files_are_one_too_many_and_more_than_fifty_megabytes_are_not_read(client):
    fill_in(client)
    response = client.post("/ask/files/", {"papers": [a_file(f"{n}.pdf") for n in range(6)]})
    assert "vijf bestanden" in text_of(response)
    assert PortalDraft.objects.get().files.count() == 5
    response = client.post(
        "/ask/files/",
        b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(60 * 1024**2),
    )
    assert response.status_code == 413


def test_a_flood_of_files_is_stopped(client, monkeypatch):
    fill_in(client)
    monkeypatch.setitem(limits.LIMITS, "files", (1, 3600))
    codes = [client.post("/ask/files/", {"papers": [a_file()]}).status_code for _ in range(2)]
    assert codes == [302, 429]


def test_drafts_that_are_not_sent_go_with_their_files(client):
    fill_in(client)
    client.post("/ask/files/", {"papers": [a_file()]})
    assert drafts.delete_old(timezone.now() + timedelta(days=8)) == 1
    assert not PortalDraft.objects.exists()


# --- nobody learns whether we know a person


def test_the_portal_answers_the_same_for_a_known_person_and_an_unknown_one(client):
    from django.test import Client

    from subjects.tests.makers import make_involvement

    make_involvement()
    pages = []
    for who in (client, Client()):
        name = "El Amrani" if who is client else "Zzyzx"
        steps = fill_in(who, name={"first_name": "Fatima", "last_name": name})
        sent = send(who)
        page = text_of(who.get("/ask/sent/"))
        pages.append((steps.status_code, sent.status_code, len(page.split())))
    assert pages[0] == pages[1]


def test_no_wish_is_lost_between_the_screens():
    assert set(RIGHTS_OF_WISH) | {"question", "complaint"} == set(Wish.values)


def test_the_last_page_asks_nothing_of_a_representative_from_who_asks_for_themself(client):
    question = "Uw naam en rol"
    assert question not in text_of(fill_in(client))
    who = {"representative_name": "Mr. Vos", "representative_kind": "lawyer"}
    page = text_of(fill_in(client, whom={"asks_for": "other"}, who=who))
    assert question in page
    assert "Mr. Vos" in page


# --- what was chosen before the first question


def chosen(client, want, situation="letter"):
    """Come in by a link with `want`, answer the first question; return what is ticked later."""
    answer = post(client, f"/ask/situation/?want={want}", {"situation": situation})
    assert answer.status_code == 302
    return client.get("/ask/wishes/").context["form"]["wishes"].value()


def test_every_right_of_the_statement_and_every_situation_leads_to_a_form_with_it_ticked(client):
    from django.test import Client

    page = client.get("/rights/").content.decode() + client.get("/").content.decode()
    wants = set(re.findall(r"\?want=([a-z_]+)", page))
    assert len(wants) >= 9 + 5
    for want in wants:
        cache.clear()
        assert chosen(Client(), want) == [wish_named(want)], want


def test_who_does_not_owe_it_or_is_not_the_person_finds_that_answer_chosen(client):
    for want, situation in (("not_owed", "dispute"), ("not_me", "not_me"), ("see", None)):
        page = client.get(f"/ask/situation/?want={want}")
        assert page.context["form"]["situation"].value() == situation


def test_a_link_with_nonsense_chooses_nothing(client):
    assert client.get("/ask/situation/?want=%3Cscript%3E").status_code == 200
    assert chosen(client, "%3Cscript%3E") == ["see"]


def test_what_is_chosen_later_comes_beside_what_was_ticked(client):
    chosen(client, "see")
    post(client, "/ask/wishes/", {"wishes": ["see", "pause"]})
    assert chosen(client, "erasure") == ["see", "pause", "erase"]


def test_looking_at_a_link_changes_nothing(client):
    fill_in(client, wishes={"wishes": ["see"]})
    client.get("/ask/situation/?want=erase")
    assert client.get("/ask/wishes/").context["form"]["wishes"].value() == ["see"]

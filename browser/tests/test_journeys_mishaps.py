"""What goes wrong in a browser: two tabs, back, twice, signed out meanwhile, not one's own page."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from browser.journeys import make_person
from browser.visiting import let_in, press
from browser.walking import listen, looked_at
from desk.management.commands.demo_accounts import PASSWORD, username_of
from requests import services
from requests.constants import Outcome, State, Wish
from requests.models import PrivacyRequest
from requests.tests.makers import OFFICER, make_match, make_request, prove

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
TYPED = "De rekening staat nog open; dit schreef ik over."
REASONS = "tr[id^=line-] [name^=reason-]"


def make_objected():
    """Make a request in hand whose person is known, with a line that is to be weighed."""
    person = make_person()
    now = timezone.now()
    made = make_request(rights=["objection"], received_at=now)
    match = make_match(made, person.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=now)
    return prove(made, now=now)


def test_of_two_tabs_the_second_hears_who_was_first_and_keeps_what_was_typed(desk):
    made = make_objected()
    first, second = desk("privacy officer", made), desk("privacy officer", made)
    other = desk("senior officer", made)
    for one, words in ((first, "De eerste reden."), (second, TYPED), (other, "Een derde.")):
        one.choose("Incasso", Outcome.REFUSED, reason=words, grounds="Gewogen.")
    first.press("De besluiten opslaan")
    assert first.wrong == []
    # The same colleague in another tab; then somebody else.
    for late, who in ((second, "U heeft dit verzoek zelf gewijzigd"), (other, "privacy-officer")):
        heard = listen(late.page)
        late.press("De besluiten opslaan")
        assert who in " ".join(late.wrong)
        kept = late.page.locator(REASONS).first.input_value()
        assert kept in (TYPED, "Een derde.")
        # The browser itself notes the status of a page that was refused.
        heard.clear()
        assert looked_at(late.page, heard) == []
    made.refresh_from_db()
    assert made.decisions.count() == 1
    # Whoever looks and sends again wins knowingly.
    second.press("De besluiten opslaan")
    assert second.page.locator(REASONS).first.input_value() == TYPED


def test_pressed_twice_or_after_going_back_it_is_done_once(desk):
    made = make_request()
    officer = desk("privacy officer", made)
    officer.page.get_by_role("button", name="Dit verzoek behandelen").dblclick()
    # The second click breaks off what the first began, so no single page is waited for.
    expect(officer.page.locator(".what-now")).not_to_contain_text("neem het in behandeling")
    made.refresh_from_db()
    assert made.state == State.HANDLING
    page = desk("privacy officer", made).page
    page.goto(f"{officer.address}write/")
    page.fill("main [name=text]", "Wij zoeken het uit.")
    press(page, page.locator("main form button.btn-primary"))
    page.go_back()
    # The browser shows what was typed as if it was not sent.
    assert page.input_value("main [name=text]") == "Wij zoeken het uit."
    press(page, page.locator("main form button.btn-primary"))
    assert made.messages.count() == 1


@pytest.mark.parametrize("asker", [False, True], ids=["without", "with"], indirect=True)
def test_who_sends_goes_back_and_sends_again_has_asked_once(asker):
    asker.fill_in(Wish.SEE, words="Ik wil weten wat u van mij heeft.")
    made = asker.send()
    page = asker.page
    page.go_back()
    if page.locator("main button.btn-primary").count():
        press(page, "main button.btn-primary")
    page.goto(f"{asker.site}/ask/sent/")
    assert made.number in page.locator("main").inner_text()
    assert PrivacyRequest.objects.count() == 1


def test_what_was_typed_when_the_session_had_ended_is_there_after_signing_in(desk):
    made = make_objected()
    officer = desk("privacy officer", made)
    page = officer.page
    officer.choose("Incasso", Outcome.REFUSED, reason=TYPED, grounds="Gewogen.")
    Session.objects.all().delete()
    officer.press("De besluiten opslaan")
    assert "/sign-in/" in page.url
    page.fill("[name=username]", username_of("privacy officer"))
    page.fill("[name=password]", PASSWORD)
    press(page, "main button[type=submit]")
    assert page.url.endswith("/desk/typed/")
    assert TYPED in page.locator("main").inner_text()
    heard = listen(page)
    assert looked_at(page, heard) == []
    assert not made.decisions.exists()
    press(page, page.get_by_role("button", name="Opnieuw versturen"))
    assert made.decisions.get().outcome == Outcome.REFUSED
    officer.open().unfold()
    assert TYPED in page.locator("main").inner_text()


def test_a_page_of_another_role_is_refused_in_words_with_a_way_back(window, live_server, office):
    made = make_objected()
    context = window()
    let_in(context, live_server.url, "marketing")
    page = context.new_page()
    for path in (f"/desk/requests/{made.reference}/", "/desk/requests/new/", "/desk/ledger/"):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 403, path
        words = page.locator("main").inner_text()
        assert "U mag deze pagina niet zien" in words
        assert made.number not in page.content()
        assert looked_at(page, []) == []
        press(page, page.get_by_role("link", name="Naar het overzicht"))
        assert page.url == f"{live_server.url}/desk/"
    # Nor does what is not there leave anybody without a way on.
    page.goto(f"{live_server.url}/desk/nothing/")
    assert page.get_by_role("link", name="Naar het overzicht").count() == 1
    stranger = window().new_page()
    stranger.goto(f"{live_server.url}/nothing/")
    press(stranger, stranger.get_by_role("link", name="Naar de eerste pagina"))
    assert stranger.url == f"{live_server.url}/"

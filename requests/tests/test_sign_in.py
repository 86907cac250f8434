"""Signing in with an identity provider: a real one, on this machine, and each way it may cheat."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import timezone

from alektum_privacy.tests.chance import without_chance
from audit.models import Entry
from policy.tests.makers import load_policy
from requests import services
from requests.constants import IdentityMethod, IdentityResult, State
from requests.identity import oidc
from requests.identity.constants import Rung
from requests.mail import mailing
from requests.models import IdentityCheck, OutgoingMail, PrivacyRequest
from requests.tests.journey import ask, post, text_of
from requests.tests.local_provider import LocalProvider, local_provider
from requests.tests.makers import make_match
from subjects.tests.makers import an_identity, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BACK = "/identity/return/"


@pytest.fixture(scope="module")
def running():
    with local_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: LocalProvider, settings):
    """Give the provider as it is before anybody changed it."""
    running.begin_anew()
    settings.IDENTITY_PROVIDER = running.settings()
    load_policy()
    return running


@pytest.fixture
def request_of(client, provider):
    return ask(client)


def start(client, request: PrivacyRequest) -> Any:
    return post(client, f"/request/{request.reference}/sign-in/")


def there(client, request: PrivacyRequest) -> str:
    """Press the button; return the provider's address that the page leads to."""
    page = BeautifulSoup(start(client, request).content, "html.parser")
    return str(page.select_one("a.btn-primary")["href"])  # type: ignore[index]


def sign_in(address: str) -> str:
    """Sign in as a browser does; return path and query of the way back."""
    answer = httpx2.get(address, follow_redirects=False)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def walk(client, request: PrivacyRequest) -> Any:
    return client.get(sign_in(there(client, request)), follow=True)


def checks(request: PrivacyRequest) -> list[tuple[str, str]]:
    found = IdentityCheck.objects.filter(request=request).order_by("id")
    return list(found.values_list("method", "result"))


def matched(request: PrivacyRequest, **identity: Any) -> Any:
    person = make_involvement(identity=an_identity(**identity))
    make_match(request, person.subject)
    return person


PROVEN = [(IdentityMethod.PROVIDER, IdentityResult.PROVEN)]
NOT_PROVEN = [(IdentityMethod.PROVIDER, IdentityResult.NOT_PROVEN)]


def test_who_signs_in_as_the_person_on_file_is_proven(client, provider, request_of):
    person = matched(request_of)
    page = walk(client, request_of)
    assert "Wij weten nu dat u het bent" in text_of(page)
    assert checks(request_of) == PROVEN
    request_of.refresh_from_db()
    assert request_of.state == State.HANDLING
    assert services.proven_rungs(request_of) == {person.subject.reference: Rung.SEEN}
    [asked] = provider.asked
    assert asked["nonce"] not in asked["state"]
    assert len(asked["code_challenge"]) == 43


def test_before_signing_in_one_sees_where_our_mail_goes(client, request_of):
    # Who was led here by somebody else sees that it is not theirs.
    assert "gaat naar fatima@example.nl : is dat van u?" in text_of(start(client, request_of))


def test_of_what_the_provider_says_only_codes_are_kept(client, provider, request_of):
    provider.claims |= {"email": "geheim@example.nl", "email_verified": True}
    matched(request_of)
    walk(client, request_of)
    check = IdentityCheck.objects.get()
    assert "birth_date:equal" in check.evidence
    assert "email:differs" in check.evidence
    kept = json.dumps([entry.body for entry in Entry.objects.all()]) + str(check.__dict__)
    assert "geheim" not in kept
    assert "1984" not in without_chance(kept)
    assert "geheim" not in json.dumps(dict(client.session))


def test_what_is_said_elsewhere_at_the_provider_counts_if_it_is_about_the_same(
    client, provider, request_of
):
    matched(request_of)
    provider.only_userinfo, provider.userinfo_sub = True, "somebody-else"
    walk(client, request_of)
    assert checks(request_of) == []
    provider.userinfo_sub = ""
    walk(client, request_of)
    assert checks(request_of) == PROVEN


@pytest.mark.parametrize(
    "claims",
    [
        {"family_name": "Jansen"},
        {"birthdate": "1984-03-10"},
        {"birthdate": "1984"},
        {"birthdate": "0000-03-09"},
        {"given_name": "Mohammed"},
        {"family_name": None},
    ],
)
def test_who_is_somebody_else_is_not_proven_and_that_is_noted(client, provider, request_of, claims):
    matched(request_of)
    provider.claims |= claims
    page = walk(client, request_of)
    assert "niet wat wij hebben" in text_of(page)
    assert checks(request_of) == NOT_PROVEN
    assert services.proven_rungs(request_of) == {}


def test_of_two_people_with_one_name_and_birth_the_postcode_tells(client, provider, request_of):
    here = matched(request_of)
    matched(request_of, addresses=[])
    walk(client, request_of)
    assert checks(request_of) == NOT_PROVEN
    provider.claims["address"] = {"postal_code": "1234ab"}
    walk(client, request_of)
    assert services.proven_rungs(request_of) == {here.subject.reference: Rung.SEEN}


TWIN = {"emails": ["tweeling@example.nl"], "phones": []}


@pytest.mark.parametrize(
    "held",
    [
        {"first_name": "", "initials": ""},
        {"first_name": "", "initials": "F."},
        {"first_name": "Farida", "initials": "F."},
    ],
)
def test_the_file_of_a_twin_is_not_opened_by_name_birth_and_address(
    client, provider, request_of, held
):
    matched(request_of, **held, **TWIN)
    provider.claims["address"] = {"postal_code": "1234 AB"}
    walk(client, request_of)
    assert checks(request_of) == NOT_PROVEN
    assert services.proven_rungs(request_of) == {}


def test_of_twins_the_first_name_tells_who_signed_in(client, provider, request_of):
    mine = matched(request_of)
    matched(request_of, first_name="", initials="F.", **TWIN)
    provider.claims["address"] = {"postal_code": "1234 AB"}
    walk(client, request_of)
    assert services.proven_rungs(request_of) == {mine.subject.reference: Rung.SEEN}


def test_an_address_that_the_file_has_tells_where_it_has_no_first_name(
    client, provider, request_of
):
    mine = matched(request_of, first_name="", initials="")
    provider.claims |= {"email": "fatima@example.nl", "email_verified": True}
    walk(client, request_of)
    assert services.proven_rungs(request_of) == {mine.subject.reference: Rung.SEEN}


def test_the_addresses_on_file_hear_that_somebody_signed_in(client, provider, request_of):
    matched(request_of, emails=["thuis@example.nl", "Werk@example.nl"])
    walk(client, request_of)
    told = [mailing.content_of(one) for one in OutgoingMail.objects.filter(kind="signed_in")]
    assert sorted(one["to"] for one in told) == ["thuis@example.nl", "werk@example.nl"]
    for one in told:
        assert request_of.number in one["body"]
        assert "Was u het niet" in one["body"]
        assert "Amrani" not in one["body"] + one["subject"]


def test_nobody_hears_of_a_sign_in_that_proves_nobody(client, provider, request_of):
    matched(request_of, last_name="Ander")
    walk(client, request_of)
    assert not OutgoingMail.objects.filter(kind="signed_in").exists()


def change(**claims: Any) -> Any:
    return lambda provider: provider.changed.update(claims)


def set_to(name: str, value: Any) -> Any:
    return lambda provider: setattr(provider, name, value)


@pytest.mark.parametrize(
    "cheat",
    [
        pytest.param(change(iss="https://other.example"), id="another issuer"),
        pytest.param(change(aud="another-client"), id="for another client"),
        pytest.param(change(aud=["alektum-privacy", "another"]), id="for several, not saying who"),
        pytest.param(change(azp="another-client"), id="made for another"),
        pytest.param(change(nonce="another"), id="another nonce"),
        pytest.param(change(exp=int(time.time()) - 3600), id="expired"),
        pytest.param(change(iat=int(time.time()) + 3600), id="from the future"),
        *(
            pytest.param(set_to("without", (name,)), id=f"without {name}")
            for name in ("iss", "aud", "sub", "exp", "iat", "nonce")
        ),
        pytest.param(set_to("sign_with", "other_key"), id="signed by another key"),
        pytest.param(set_to("sign_with", "secret"), id="signed with the public key as secret"),
        pytest.param(set_to("sign_with", "nothing"), id="signed by nobody"),
    ],
)
def test_a_statement_that_does_not_hold_proves_nothing(client, provider, request_of, cheat):
    matched(request_of)
    cheat(provider)
    page = walk(client, request_of)
    assert "niet gelukt" in text_of(page)
    assert checks(request_of) == []


def test_a_provider_that_calls_itself_otherwise_is_not_gone_to(client, provider, request_of):
    provider.issuer_published = "https://other.example"
    assert start(client, request_of).status_code == 302
    assert "niet gelukt" in text_of(client.get(f"/request/{request_of.reference}/"))


@pytest.mark.parametrize("other", ["x" * 32, "%C3%A9"])
def test_an_answer_counts_once_and_with_its_own_state(client, provider, request_of, other):
    matched(request_of)
    back = sign_in(there(client, request_of))
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert "niet gelukt" in text_of(client.get(back.replace(state, other), follow=True))
    # The attempt is used up, also by a wrong answer.
    assert client.get(back).status_code == 404
    assert checks(request_of) == []


def test_a_code_works_once_at_the_provider(client, provider, request_of):
    matched(request_of)
    back = sign_in(there(client, request_of))
    provider.codes.clear()
    assert "niet gelukt" in text_of(client.get(back, follow=True))
    assert checks(request_of) == []


def test_who_comes_back_after_a_quarter_of_an_hour_begins_anew(client, provider, request_of):
    matched(request_of)
    back = sign_in(there(client, request_of))
    with time_machine.travel(timezone.now() + timedelta(minutes=15)):
        assert "niet gelukt" in text_of(client.get(back, follow=True))
    assert checks(request_of) == []


def test_who_does_not_sign_in_comes_back_to_their_page(client, provider, request_of):
    asked = parse_qs(urlsplit(there(client, request_of)).query)
    back = f"{BACK}?error=access_denied&state={asked['state'][0]}"
    page = client.get(back, follow=True)
    assert page.status_code == 200
    assert "niet gelukt" in text_of(page)


def test_a_way_back_without_a_way_there_is_a_page_that_is_not_open(client, provider, request_of):
    assert client.get(f"{BACK}?code=x&state=y").status_code == 404


def test_in_another_browser_the_way_back_opens_nothing(client, provider, request_of):
    matched(request_of)
    back = sign_in(there(client, request_of))
    client.cookies.clear()
    assert client.get(back).status_code == 404
    assert start(client, request_of).status_code == 404
    assert checks(request_of) == []


def test_without_a_provider_there_is_no_way_and_no_button(client, request_of, settings):
    page = f"/request/{request_of.reference}/"
    assert "sign-in/" in client.get(page).content.decode()
    settings.IDENTITY_PROVIDER = settings.IDENTITY_PROVIDER | {"issuer": ""}
    assert "sign-in/" not in client.get(page).content.decode()
    assert start(client, request_of).status_code == 404


def test_a_provider_away_is_said_so(client, request_of, settings):
    settings.IDENTITY_PROVIDER = settings.IDENTITY_PROVIDER | {"issuer": "http://127.0.0.1:9"}
    assert start(client, request_of).status_code == 302
    assert "niet gelukt" in text_of(client.get(f"/request/{request_of.reference}/"))


@pytest.mark.parametrize("issuer", ["http://login.example.nl", "ftp://login.example.nl"])
def test_a_provider_without_tls_is_never_called(issuer):
    chosen = oidc.Provider(issuer, "client", "Name", "openid", "secret")
    with pytest.raises(oidc.SignInFailed, match="safe"):
        oidc.begin(chosen, "x", back="https://us.example/back", now=timezone.now())
    assert "secret" not in repr(chosen)


def test_who_was_sent_here_by_another_is_told_whose_request_it_is(client, provider, request_of):
    page = text_of(start(client, request_of))
    assert request_of.number in page
    assert "Log dan niet in" in page

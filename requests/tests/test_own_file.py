"""Nobody changes a request about themself: each public service is tried by whose it is."""

import inspect
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from policy.tests.makers import load_policy
from requests import services
from requests.constants import (
    Channel,
    Direction,
    DoubtReason,
    ExtensionReason,
    IdentityMethod,
    Kind,
    Outcome,
    PackKind,
    Right,
    State,
)
from requests.decisions import deciding
from requests.exceptions import OwnFile
from requests.files.models import Attachment
from requests.files.types import NewFile
from requests.identity.constants import AuthorityProof, MandateKind
from requests.identity.models import PostedCode
from requests.incidents import services as incidents
from requests.models import Effect, Pack, PrivacyRequest, Rectification, Review
from requests.organisations import forwarding
from requests.organisations.forwarding_models import Forwarding
from requests.packs import making, taking
from requests.redaction import redactions
from requests.services import own_file
from requests.tests.answers import NOW, make_case
from requests.tests.identity_makers import make_identity_rows
from requests.tests.journey import text_of
from requests.tests.makers import (
    LATER,
    a_submission,
    make_match,
    make_request,
    make_rights_rows,
    submit,
)
from requests.tests.rights import make_asked
from requests.tests.test_desk import enter
from requests.tests.test_entry import arrive, take_in
from subjects.tests.makers import (
    an_identity,
    make_dossier,
    make_involvement,
    make_organisation,
    make_subject,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

MODULES = (services, deciding, redactions, forwarding, making, taking, incidents)
WORDS = "Woorden"
# Why these may take the name of a colleague and ask nothing.
ALLOWED = {
    "services.assign": "tells of each request why not; `take` raises it",
    "services.answer": "a worker's; the colleague approved before",
    "services.may_see_aml": "asks, changes nothing",
    "services.require_other": "the check itself",
    "redactions.marked_by": "asks, changes nothing",
    "taking.note_taken": "within open_pack",
    **{
        f"incidents.{name}": "the breach register is about what happened, and of no one person"
        for name in ("assess", "close", "describe", "open_incident", "tell_authority")
    },
    "incidents.tell_people": "the breach register is about what happened, and of no one person",
}


class Made:
    """A request of every kind, about one colleague, with a row of everything."""

    def __init__(self) -> None:
        colleague = User.objects.create_user("collega", email="fatima@example.nl")
        colleague.groups.add(Group.objects.get(name="privacy officer"))
        self.me = colleague.pk
        self.asked = make_asked(Right.ACCESS, people=[make_case()])
        self.person = make_case()
        make_rights_rows(self.asked, self.person)
        make_identity_rows(self.asked, self.person)
        self.fresh = make_request()
        self.match = make_match(self.fresh, self.person.subject)
        self.question = submit(kind=Kind.ENQUIRY, rights=()).request
        self.answered = make_request()
        PrivacyRequest.objects.filter(pk=self.answered.pk).update(state=State.HANDLING)
        [self.file] = services.attach(
            self.asked.pk,
            [NewFile("brief.txt", b"Beste", "text/plain")],
            direction=Direction.BY_PERSON,
            actor="person",
            now=LATER,
        )
        self.pack = Pack.objects.create(
            request=self.asked,
            kind=PackKind.ACCESS,
            digest=b"0" * 32,
            made_at=NOW,
            expires_at=NOW,
        )
        self.forwarded = Forwarding.objects.create(
            request=self.asked,
            client=make_organisation("Webwinkel"),
            dossiers=[],
            created_at=NOW,
            due_on=NOW.date(),
            forwarded_by=1,
            state="to_send",
            key_id=self.asked.key_id + 1_000_000,
            sealed_content=b"-",
        )

    @property
    def code(self) -> PostedCode:
        return PostedCode.objects.get()

    @property
    def effect(self) -> Effect:
        return Effect.objects.get()


@pytest.fixture
def made() -> Made:
    return Made()


def calls(made: Made) -> dict[str, tuple[tuple[Any, ...], dict[str, Any]]]:
    """Return how each service is called by a colleague about themself."""
    asked, person = made.asked.pk, made.person
    by: dict[str, Any] = {"officer": made.me, "now": LATER}
    actor: dict[str, Any] = {"actor": f"user:{made.me}", "now": LATER}
    ask: dict[str, Any] = {"text": WORDS, "without_undue_delay": True, **by}
    match = (made.match.pk,)
    mandate: dict[str, Any] = {
        "kind": MandateKind.GUARDIAN,
        "proof": AuthorityProof.COURT_ORDER,
        "since": LATER.date(),
        "identity": {"name": "Mr. Vos"},
        "text": WORDS,
    }
    review = services.NewDecision("changed", WORDS, WORDS, WORDS, WORDS)  # type: ignore[arg-type]
    attach = {"direction": Direction.BY_PERSON, **actor}
    letter = {"received_at": LATER, "channel": Channel.LETTER, **actor}
    return {
        "services.announce_end": ((made.effect.pk, WORDS), by),
        "services.answer_question": ((made.question.pk, WORDS), by),
        "services.approve": ((asked,), by),
        "services.ask_identity": ((asked, [DoubtReason.TOO_LITTLE]), ask),
        "services.ask_processing": ((asked,), ask),
        "services.attach": ((asked, []), attach),
        "services.begin": ((made.fresh.pk,), {"officer": made.me}),
        "services.change_rights": ((asked, [Right.ERASURE]), by),
        "services.close": ((made.answered.pk,), actor),
        "services.confirm_identity": ((asked, IdentityMethod.IN_PERSON), by | {"text": WORDS}),
        "services.confirm_match": (match, by),
        "services.decide": (
            (asked, Right.ACCESS),
            by | {"dossier": None, "outcome": Outcome.GRANTED, "reason": ""},
        ),
        "services.decide_without_data": ((asked, Outcome.NOTHING_FOUND), by),
        "services.destroy_copy": ((asked, made.file.reference), by),
        "services.drop_correction": (
            (Rectification.objects.get().reference,),
            {"officer": made.me},
        ),
        "services.end_pause": ((made.effect.pk,), by),
        "services.extend_deadline": (
            (asked,),
            by | {"further_months": 1, "reason": ExtensionReason.NUMBER, "text": WORDS},
        ),
        "services.go_on_unanswered": ((asked,), by),
        "services.join_letter": ((asked, WORDS), letter),
        "services.leave_unproven": (match, by),
        "services.make_posted_code": (
            (asked, person.reference),
            by | {"reasons": [DoubtReason.TOO_LITTLE], "without_undue_delay": True},
        ),
        "services.make_request": ((made.question.pk, [Right.ACCESS]), by),
        "services.merge": ((made.fresh.pk, made.asked.reference), by),
        "services.note_deceased": (match, by),
        "services.note_identity": ((asked, "last_name", "Anders"), by | {"evidence": WORDS}),
        "services.note_mandate": ((asked, made.match.pk), by | mandate),
        "services.note_not_the_same": (
            (made.fresh.pk, made.asked.reference),
            {"officer": made.me},
        ),
        "services.note_not_proven": ((asked, IdentityMethod.CALL_BACK), by),
        "services.note_posted": ((made.code.reference,), by),
        "services.note_record": (
            (asked, person.records.earliest("pk").pk, "text", "x"),
            by | {"evidence": WORDS},
        ),
        "services.note_statement": (
            (asked, "record", person.records.earliest("pk").pk, WORDS),
            by | {"evidence": WORDS},
        ),
        "services.open_attachment": ((made.file,), {"actor": actor["actor"]}),
        "services.open_letter": ((made.code.reference,), by),
        "services.pause_meanwhile": ((asked,), by),
        "services.reject_match": (match, by),
        "services.review": ((Review.objects.get().pk, review), by),
        "services.send_message": ((asked, WORDS), by),
        "services.submit": ((a_submission(channel=Channel.LETTER),), {"actor": actor["actor"]}),
        "services.take": (
            (made.fresh.reference,),
            {"version": made.fresh.version, "officer": made.me},
        ),
        "services.use_mandate": ((asked, uuid4()), by),
        "services.withdraw": ((made.fresh.pk,), actor),
        "deciding.decide": ((asked, {}), by),
        "deciding.decide_and_approve": ((asked, {}), by),
        "redactions.mark": ((asked, []), by | {"words": WORDS, "reason": WORDS}),
        "redactions.unmark": ((asked, uuid4()), {"officer": made.me}),
        "forwarding.forward": ((asked,), by),
        "forwarding.end": ((made.forwarded.pk, "acknowledged"), actor),
        "making.ask_renewal": ((asked,), actor),
        "taking.open_pack": ((made.pack, "pdf"), actor),
    }


def services_of_a_colleague() -> dict[str, Any]:
    """Return every public service that takes the name of who acts, by module and name."""
    found = {}
    for module in MODULES:
        short = "incidents" if module is incidents else module.__name__.rpartition(".")[2]
        for name, service in inspect.getmembers(module, inspect.isfunction):
            public = not name.startswith("_")
            own = module is services or service.__module__ == module.__name__
            if public and own and {"officer", "actor"} & set(inspect.signature(service).parameters):
                found[f"{short}.{name}"] = service
    return found


def test_every_service_that_names_who_acts_is_tried_here_or_says_why_not(made):
    assert set(services_of_a_colleague()) == set(calls(made)) | set(ALLOWED)


def test_no_service_changes_a_request_for_the_colleague_whose_it_is(made):
    for name, service in services_of_a_colleague().items():
        if name in ALLOWED:
            continue
        args, fields = calls(made)[name]
        versions = list(PrivacyRequest.objects.order_by("pk").values_list("pk", "version"))
        try:
            service(*args, **fields)
        except OwnFile:
            assert versions == list(
                PrivacyRequest.objects.order_by("pk").values_list("pk", "version")
            )
            continue
        pytest.fail(f"{name} does not refuse the own file")


def test_the_person_and_systems_are_nobodys_own_file(made):
    services.attach(
        made.asked.pk, [], direction=Direction.BY_PERSON, actor="person", now=timezone.now()
    )
    submitted = services.submit(a_submission(channel=Channel.EMAIL), actor="source:crm")
    assert submitted.request.entered_by is None
    assert not Attachment.objects.exclude(pk=made.file.pk).exists()


def test_who_enters_their_own_letter_is_told_to_leave_it_to_a_colleague(client):
    load_policy()
    me = enter(client, "intake")
    User.objects.filter(pk=me.pk).update(first_name="Fatima", last_name="El Amrani")
    look = arrive(client).headers["Location"]
    answer = take_in(client, look, first_name="Fatima", last_name="El Amrani")
    assert answer.status_code == 409
    assert "misschien uw eigen verzoek" in text_of(answer)
    assert "Graag inzage" in text_of(answer)
    assert not PrivacyRequest.objects.exists()


def test_ones_own_file_is_found_however_many_of_the_person_come_before_it():
    user = User.objects.create(username="late", first_name="Late", last_name="Vinder")
    person, others = make_subject(), 51
    for _number in range(others):
        make_involvement(make_dossier(), person)
    own = an_identity(first_name="Late", last_name="Vinder", emails=[])
    make_involvement(make_dossier(), person, identity=own)
    asked = make_request()
    make_match(asked, person)
    assert own_file.concerns(asked, user)
    assert own_file.own_files([asked], [user]) == {(asked.pk, user.pk)}

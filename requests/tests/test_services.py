"""A request from receipt to its end: what is allowed, and what is refused."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from audit.models import Entry
from requests import services
from requests.constants import (
    Channel,
    DoubtReason,
    ExtensionReason,
    MailKind,
    Outcome,
    Right,
    State,
)
from requests.exceptions import (
    ChangedMeanwhile,
    CodeRefused,
    DeadlinePassed,
    Incomplete,
    SecondPersonNeeded,
    WrongState,
)
from requests.mail import mailing
from requests.models import ClockEvent, Decision, OutgoingMail, PrivacyRequest
from requests.tests.makers import (
    ANOTHER,
    LATER,
    OFFICER,
    RECEIVED_AT,
    make_handled,
    make_match,
    make_request,
    prove,
    submit,
)
from retention.models import HeldDossier
from subjects.models import Dossier
from subjects.tests.makers import an_identity, make_dossier, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def events_of(privacy_request: PrivacyRequest) -> list[str]:
    about = f"request:{privacy_request.reference}"
    return [
        entry.body["event"] for entry in Entry.objects.filter(body__object=about).order_by("id")
    ]


def grant(privacy_request: PrivacyRequest, dossier: Dossier | None = None) -> Decision:
    return services.decide(
        privacy_request.pk,
        Right.ACCESS,
        dossier=dossier,
        outcome=Outcome.GRANTED,
        reason="",
        officer=OFFICER,
        now=LATER,
    )


def refuse(privacy_request: PrivacyRequest, reason: str = "Artikel 15 lid 4") -> Decision:
    return services.decide(
        privacy_request.pk,
        Right.ACCESS,
        dossier=None,
        outcome=Outcome.REFUSED,
        reason=reason,
        officer=OFFICER,
        now=LATER,
    )


# --- receipt


def test_a_request_gets_a_number_a_due_date_and_a_file_of_its_own():
    privacy_request = make_request()
    assert privacy_request.number.startswith("AP-2026-")
    assert privacy_request.due_on == date(2026, 7, 9)
    assert privacy_request.dossier.purpose_id == "RTS"
    assert privacy_request.dossier.rule == "RTS-60"
    assert privacy_request.dossier.delete_from is None
    assert [right.article for right in privacy_request.rights.all()] == ["15"]
    assert events_of(privacy_request) == ["request.received"]


def test_receipt_counts_from_the_day_in_amsterdam():
    privacy_request = make_request(received_at=datetime(2026, 8, 9, 22, 15, tzinfo=UTC))
    assert privacy_request.received_on == date(2026, 8, 10)
    assert privacy_request.due_on == date(2026, 9, 10)


def test_what_was_written_is_read_again_and_stands_sealed():
    privacy_request = make_request(words="Ik ben Fatima 🌷 مرحبا")
    body = services.body_of(privacy_request)
    assert body["words"] == "Ik ben Fatima 🌷 مرحبا"
    assert body["identity"]["last_name"] == "El Amrani"
    assert b"Amrani" not in bytes(privacy_request.sealed_body)


def test_several_rights_are_kept_each_once():
    privacy_request = make_request(rights=(Right.ACCESS, Right.ERASURE, Right.ACCESS))
    assert set(privacy_request.rights.values_list("right", "article")) == {
        ("access", "15"),
        ("erasure", "17"),
    }


def test_no_two_requests_share_a_number():
    assert make_request().number != make_request().number


def test_neither_ledger_nor_open_columns_say_anything_of_the_person():
    privacy_request = make_request(channel=Channel.LETTER)
    services.verify_email_code(privacy_request.pk, code_of(privacy_request), now=RECEIVED_AT)
    ledger = json.dumps([entry.body for entry in Entry.objects.all()])
    row = PrivacyRequest.objects.filter(pk=privacy_request.pk).values().get()
    open_columns = str({name: value for name, value in row.items() if "sealed" not in name})
    for text in (ledger, open_columns):
        assert "Amrani" not in text
        assert "example.nl" not in text


# --- mail and e-mail address


def last_mail(privacy_request: PrivacyRequest) -> dict[str, str]:
    return mailing.content_of(OutgoingMail.objects.filter(request=privacy_request).latest("id"))


def code_of(privacy_request: PrivacyRequest) -> str:
    body = last_mail(privacy_request)["body"]
    return next(
        word for word in body.replace(".", " ").split() if word.isdecimal() and len(word) == 6
    )


def token_of(privacy_request: PrivacyRequest) -> str:
    body = last_mail(privacy_request)["body"]
    return (
        next(line for line in body.splitlines() if "/link/" in line).rstrip("/").rsplit("/", 1)[1]
    )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_mail_carries_number_link_and_code_and_nothing_of_the_person(language):
    privacy_request = make_request(language=language)
    content = last_mail(privacy_request)
    assert content["to"] == "fatima@example.nl"
    assert privacy_request.number in content["subject"]
    words = content["subject"] + content["body"]
    for personal in (
        "Fatima",
        "Amrani",
        "fatima@",
        "1984-03",
        "wat u van mij",
        str(privacy_request.reference),
    ):
        assert personal not in words


def test_without_an_address_no_mail_waits():
    submitted = submit(identity=an_identity(emails=[]))
    assert submitted.mail_id is None
    assert not OutgoingMail.objects.exists()


def test_the_mailed_code_proves_the_address_once():
    privacy_request = make_request()
    code = code_of(privacy_request)
    services.verify_email_code(privacy_request.pk, f" {code[:3]} {code[3:]} ", now=RECEIVED_AT)
    privacy_request.refresh_from_db()
    assert privacy_request.email_verified_at == RECEIVED_AT
    assert privacy_request.state == State.RECEIVED
    with pytest.raises(CodeRefused):
        services.verify_email_code(privacy_request.pk, code, now=RECEIVED_AT)


def test_a_code_is_refused_after_fifteen_minutes():
    privacy_request = make_request()
    code, late = code_of(privacy_request), RECEIVED_AT + timedelta(minutes=15)
    with pytest.raises(CodeRefused):
        services.verify_email_code(privacy_request.pk, code, now=late)


def test_five_wrong_codes_use_the_right_one_up():
    privacy_request = make_request()
    code = code_of(privacy_request)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            services.verify_email_code(privacy_request.pk, "not it", now=RECEIVED_AT)
    with pytest.raises(CodeRefused):
        services.verify_email_code(privacy_request.pk, code, now=RECEIVED_AT)


def test_the_code_of_one_request_proves_no_other():
    mine, other = make_request(), make_request()
    code = code_of(mine)
    if code != code_of(other):
        with pytest.raises(CodeRefused):
            services.verify_email_code(other.pk, code, now=RECEIVED_AT)


def test_a_new_code_takes_the_place_of_the_old_one():
    privacy_request = make_request()
    old = code_of(privacy_request)
    assert services.send_new_code(privacy_request.pk, now=RECEIVED_AT) is not None
    new = code_of(privacy_request)
    if old != new:
        with pytest.raises(CodeRefused):
            services.verify_email_code(privacy_request.pk, old, now=RECEIVED_AT)
    services.verify_email_code(privacy_request.pk, new, now=RECEIVED_AT)


def test_codes_are_not_sent_without_end():
    privacy_request = make_request()
    sent = [services.send_new_code(privacy_request.pk, now=RECEIVED_AT) for _ in range(5)]
    assert sum(one is not None for one in sent) == 2


def test_new_codes_give_no_guesses_without_end():
    privacy_request, now = make_request(), RECEIVED_AT
    for _new in range(5):
        for _guess in range(5):
            with pytest.raises(CodeRefused):
                services.verify_email_code(privacy_request.pk, "not it", now=now)
        now += timedelta(minutes=16)
        sent = services.send_new_code(privacy_request.pk, now=now)
    assert sent is None


def test_a_mailed_link_opens_the_page_once():
    privacy_request = make_request()
    token = token_of(privacy_request)
    assert services.open_link(token, now=LATER) == privacy_request
    assert services.open_link(token, now=LATER) is None


def test_a_link_is_refused_after_two_weeks():
    token = token_of(make_request())
    assert services.open_link(token, now=RECEIVED_AT + timedelta(days=14)) is None


def test_number_and_access_code_open_the_page_however_they_are_typed():
    submitted = submit()
    typed = submitted.page_code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    found = services.open_with_code(f" {submitted.request.number.lower()} ", typed, now=LATER)
    assert found == services.Opened(submitted.request)


def test_an_access_code_opens_no_other_request():
    mine, other = submit(), submit()
    assert services.open_with_code(other.request.number, mine.page_code, now=LATER) is None
    assert services.open_with_code("AP-2026-999999999", mine.page_code, now=LATER) is None


def test_a_new_link_goes_only_to_the_address_given_at_intake():
    privacy_request = make_request()
    number = privacy_request.number
    assert services.send_new_link(number, "FATIMA@example.nl ", now=LATER) is not None
    assert services.send_new_link(number, "other@example.nl", now=LATER) is None
    assert services.send_new_link("AP-2026-999999999", "fatima@example.nl", now=LATER) is None
    assert services.send_new_link(number, "", now=LATER) is None


# --- clock


def ask(privacy_request: PrivacyRequest, day: date, *, in_time: bool = True) -> None:
    services.ask_identity(
        privacy_request.pk,
        [DoubtReason.SEVERAL_MATCH],
        text="Wat is uw postcode?",
        without_undue_delay=in_time,
        officer=OFFICER,
        now=at(day),
    )


def test_a_question_stops_the_clock_and_the_answer_starts_it_again():
    privacy_request = make_request(received_at=at(date(2026, 8, 3)))
    ask(privacy_request, date(2026, 8, 5))
    privacy_request.refresh_from_db()
    assert (privacy_request.state, privacy_request.due_on) == (State.WAITING, None)
    services.receive_message(privacy_request.pk, "1234 AB", now=at(date(2026, 8, 12)))
    privacy_request.refresh_from_db()
    assert (privacy_request.state, privacy_request.due_on) == (State.HANDLING, date(2026, 9, 10))
    kept = ClockEvent.objects.filter(request=privacy_request).order_by("id")
    assert [(event.cause, event.due_on) for event in kept] == [
        ("received", date(2026, 9, 3)),
        ("asked", None),
        ("answered", date(2026, 9, 10)),
    ]


def test_a_question_asked_too_late_stops_nothing():
    privacy_request = make_request()
    ask(privacy_request, date(2026, 6, 30), in_time=False)
    privacy_request.refresh_from_db()
    assert privacy_request.due_on == date(2026, 7, 9)


def test_more_is_asked_only_with_a_reason_and_with_words():
    privacy_request = make_request()
    asking: dict[str, Any] = {"without_undue_delay": True, "officer": OFFICER, "now": LATER}
    with pytest.raises(Incomplete):
        services.ask_identity(privacy_request.pk, [], text="Wie?", **asking)
    with pytest.raises(Incomplete):
        services.ask_identity(privacy_request.pk, [DoubtReason.TOO_LITTLE], text=" ", **asking)
    privacy_request.refresh_from_db()
    assert privacy_request.state == State.RECEIVED


def extend(privacy_request: PrivacyRequest, day: date, months: int = 2) -> None:
    services.extend_deadline(
        privacy_request.pk,
        further_months=months,
        reason=ExtensionReason.COMPLEXITY,
        text="Uw dossier is groot.",
        officer=OFFICER,
        now=at(day),
    )


def test_an_extension_told_in_time_counts_from_receipt():
    privacy_request = make_request(received_at=at(date(2026, 8, 20)))
    extend(privacy_request, date(2026, 9, 10))
    privacy_request.refresh_from_db()
    assert privacy_request.due_on == date(2026, 11, 20)
    assert privacy_request.refusal_due_on == date(2026, 9, 21)


def test_an_extension_told_too_late_is_refused_and_changes_nothing():
    privacy_request = make_request(received_at=at(date(2026, 8, 20)))
    with pytest.raises(DeadlinePassed):
        extend(privacy_request, date(2026, 9, 22))
    privacy_request.refresh_from_db()
    assert privacy_request.due_on == date(2026, 9, 21)


def test_the_period_is_extended_once_and_by_two_months_at_most():
    privacy_request = make_request()
    with pytest.raises(Incomplete):
        extend(privacy_request, date(2026, 6, 20), months=3)
    extend(privacy_request, date(2026, 6, 20), months=1)
    with pytest.raises(WrongState):
        extend(privacy_request, date(2026, 6, 21), months=1)


def test_what_was_computed_is_never_rewritten():
    event = ClockEvent.objects.get(request=make_request())
    event.due_on = date(2030, 1, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        event.save()


def test_the_due_date_explains_itself():
    clock = services.clock_of(make_request())
    assert "2026-07-09" in clock.why[-1].text("nl")


# --- matches, identity, decision


def test_confirming_who_is_meant_holds_back_what_was_not_yet_due():
    kept = make_involvement(make_dossier(delete_from=date(2026, 7, 1), rule="COL-60"))
    due = make_involvement(
        make_dossier(delete_from=date(2026, 6, 9), rule="COL-60"), subject=kept.subject
    )
    make_handled(kept.subject)
    held = set(HeldDossier.objects.filter(released_on=None).values_list("dossier_id", flat=True))
    assert held == {kept.dossier_id}
    assert due.dossier_id not in held


def test_rejecting_a_match_lets_go_what_was_held():
    involvement = make_involvement()
    privacy_request = make_request()
    match = make_match(privacy_request, involvement.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    assert not HeldDossier.objects.filter(released_on=None).exists()


def test_a_request_for_another_right_holds_nothing():
    involvement = make_involvement()
    make_handled(involvement.subject, rights=(Right.MARKETING,))
    assert not HeldDossier.objects.exists()


def test_an_access_request_ends_with_an_answer_and_its_file_goes_five_years_later():
    involvement = make_involvement()
    privacy_request = make_handled(involvement.subject)
    grant(privacy_request, involvement.dossier)
    services.approve(privacy_request.pk, officer=ANOTHER, now=LATER)
    services.answer(privacy_request.pk, actor="worker", now=LATER)
    assert not HeldDossier.objects.filter(released_on=None).exists()
    services.close(privacy_request.pk, actor="worker", now=LATER)
    privacy_request.refresh_from_db()
    assert (privacy_request.state, privacy_request.ended_on) == (State.CLOSED, date(2026, 6, 11))
    dossier = Dossier.objects.get(pk=privacy_request.dossier_id)
    assert dossier.delete_from == date(2031, 6, 12)


def test_nothing_is_approved_while_something_is_missing():
    involvement = make_involvement()
    privacy_request = make_request()
    approving: dict[str, Any] = {"officer": ANOTHER, "now": LATER}
    match = make_match(privacy_request, involvement.subject)
    with pytest.raises(WrongState):
        services.approve(privacy_request.pk, **approving)
    prove(privacy_request, match.pk)
    with pytest.raises(Incomplete, match="match"):
        services.approve(privacy_request.pk, **approving)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    with pytest.raises(Incomplete, match="no decision"):
        services.approve(privacy_request.pk, **approving)
    grant(privacy_request, make_dossier())
    with pytest.raises(Incomplete, match="one of the dossiers"):
        services.approve(privacy_request.pk, **approving)
    grant(privacy_request, involvement.dossier)
    assert services.approve(privacy_request.pk, **approving).state == State.APPROVED


def test_who_refuses_does_not_approve_the_refusal():
    privacy_request = make_handled()
    refuse(privacy_request)
    with pytest.raises(SecondPersonNeeded):
        services.approve(privacy_request.pk, officer=OFFICER, now=LATER)
    assert services.approve(privacy_request.pk, officer=ANOTHER, now=LATER).approved_by == ANOTHER


def test_the_database_too_wants_two_people_for_a_refusal():
    decision = refuse(make_handled())
    decision.approved_by = OFFICER
    with pytest.raises(IntegrityError), transaction.atomic():
        decision.save()


def test_a_refusal_needs_a_reason_which_is_sealed():
    privacy_request = make_handled()
    with pytest.raises(Incomplete):
        refuse(privacy_request, reason=" ")
    decision = refuse(privacy_request, reason="Gegevens van een ander")
    assert services.reason_of(decision) == "Gegevens van een ander"
    assert "ander" not in str(bytes(decision.sealed_reason))


def test_a_later_decision_takes_the_place_of_an_earlier_one():
    privacy_request = make_handled()
    refuse(privacy_request)
    grant(privacy_request)
    assert [one.outcome for one in Decision.objects.all()] == ["granted"]


def test_whoever_saw_an_older_version_changes_nothing():
    privacy_request = make_request()
    seen = privacy_request.version
    prove(privacy_request)
    with pytest.raises(ChangedMeanwhile):
        services.decide(
            privacy_request.pk,
            Right.ACCESS,
            dossier=None,
            outcome=Outcome.GRANTED,
            reason="",
            officer=ANOTHER,
            now=LATER,
            version=seen,
        )


def test_a_request_taken_back_ends_and_lets_go_what_was_held():
    involvement = make_involvement()
    privacy_request = make_handled(involvement.subject)
    services.withdraw(privacy_request.pk, actor="person", now=LATER)
    privacy_request.refresh_from_db()
    assert privacy_request.state == State.WITHDRAWN
    assert privacy_request.dossier.delete_from == date(2031, 6, 12)
    assert not HeldDossier.objects.filter(released_on=None).exists()
    with pytest.raises(WrongState):
        services.withdraw(privacy_request.pk, actor="person", now=LATER)


def test_an_answer_cannot_be_given_before_it_was_approved():
    with pytest.raises(WrongState):
        services.answer(make_handled().pk, actor="worker", now=LATER)
    with pytest.raises(WrongState):
        services.close(make_handled().pk, actor="worker", now=LATER)


def test_the_database_too_refuses_a_step_that_may_not_follow():
    privacy_request = make_request()
    with pytest.raises(DatabaseError), transaction.atomic():
        PrivacyRequest.objects.filter(pk=privacy_request.pk).update(state=State.APPROVED)


# --- messages


def test_messages_are_sealed_and_a_mail_only_says_that_something_is_there():
    privacy_request = make_request()
    services.send_message(privacy_request.pk, "Wij zoeken nog.", officer=OFFICER, now=LATER)
    services.receive_message(privacy_request.pk, "Dank u 🌷", now=LATER)
    texts = [text for _, text in services.messages_of(privacy_request)]
    assert texts == ["Wij zoeken nog.", "Dank u 🌷"]
    news = last_mail(privacy_request)
    assert OutgoingMail.objects.latest("id").kind == MailKind.NEWS
    assert "zoeken" not in news["body"]


def test_an_ended_request_takes_no_messages():
    privacy_request = make_request()
    services.withdraw(privacy_request.pk, actor="person", now=LATER)
    with pytest.raises(WrongState):
        services.receive_message(privacy_request.pk, "Toch niet", now=LATER)

"""All that belongs to one request, read in one statement and passed along.

Services take a request and ask here for what belongs to it. A page or a task that shows or makes
a whole answer gathers it first, and then nothing is read twice; everybody else reads what they
ask for, at the moment they ask.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from alektum_privacy.reading import read_together
from audit import services as audit
from audit.models import Entry
from requests.constants import MatchState
from requests.files.models import Attachment
from requests.identity.models import Mandate, PostedCode, Representation
from requests.letters.models import HandOver, Letter, Redaction
from requests.models import (
    ClockEvent,
    Decision,
    Effect,
    Forwarding,
    IdentityCheck,
    Message,
    Pack,
    PrivacyRequest,
    Rectification,
    RequestedRight,
    Review,
    SubjectMatch,
)
from retention.models import DestructionList
from subjects.models import Instruction, Involvement, RecipientNotice, Record
from vault import services as vault

KEPT = "_belongings"
ENTRIES = 50
# What a pack holds is large, and opened by itself.
SEALED = ("sealed_pdf", "sealed_json", "sealed_csv", "sealed_pieces")
NOT_REJECTED = (MatchState.PROPOSED, MatchState.CONFIRMED)


class Belongings:
    """What belongs to a request, each in the order in which it came.

    Querysets: read when somebody looks, once for this object. To filter one asks the database
    again; loop instead.
    """

    def __init__(self, privacy_request: PrivacyRequest) -> None:
        self.request = privacy_request

    @cached_property
    def key(self) -> vault.OpenKey:
        return vault.open_key(self.request.key_id)

    @cached_property
    def body(self) -> dict[str, Any]:
        """Return {"situation", "identity", "words"}."""
        body = self.key.unseal(self.request.sealed_body, place=self.request.body_place)
        return cast(dict[str, Any], body)

    @cached_property
    def rights(self) -> QuerySet[RequestedRight]:
        return self.request.rights.order_by("pk")

    @cached_property
    def matches(self) -> QuerySet[SubjectMatch]:
        """Return who may be meant, the likeliest first."""
        return self.request.matches.order_by("-score", "pk")

    @cached_property
    def clock_events(self) -> QuerySet[ClockEvent]:
        return self.request.clockevents.order_by("pk")

    @cached_property
    def checks(self) -> QuerySet[IdentityCheck]:
        return self.request.identitychecks.order_by("pk")

    @cached_property
    def decisions(self) -> QuerySet[Decision]:
        return self.request.decisions.select_related("right").order_by("pk")

    @cached_property
    def effects(self) -> QuerySet[Effect]:
        return self.request.effects.select_related("right", "decision").order_by("pk")

    @cached_property
    def corrections(self) -> QuerySet[Rectification]:
        return self.request.rectifications.order_by("pk")

    @cached_property
    def reviews(self) -> QuerySet[Review]:
        return self.request.reviews.order_by("pk")

    @cached_property
    def redactions(self) -> QuerySet[Redaction]:
        return self.request.redactions.order_by("pk")

    @cached_property
    def messages(self) -> QuerySet[Message]:
        return self.request.messages.order_by("pk")

    @cached_property
    def attachments(self) -> QuerySet[Attachment]:
        return self.request.attachments.defer("sealed_content").order_by("pk")

    @cached_property
    def letters(self) -> QuerySet[Letter]:
        return self.request.answers.order_by("pk")

    @cached_property
    def packs(self) -> QuerySet[Pack]:
        light = self.request.packs.defer(*SEALED)
        return light.annotate(taken=Count("downloads")).order_by("pk")

    @cached_property
    def hand_overs(self) -> QuerySet[HandOver]:
        """Return what was to go to other companies on the person's wish, the newest first."""
        return self.request.handovers.order_by("-pk")

    @cached_property
    def posted_codes(self) -> QuerySet[PostedCode]:
        return self.request.postedcodes.order_by("pk")

    @cached_property
    def forwardings(self) -> QuerySet[Forwarding]:
        return self.request.forwardings.select_related("client").order_by("pk")

    @cached_property
    def representations(self) -> QuerySet[Representation]:
        rests_on = Representation.objects.filter(request=self.request)
        return rests_on.select_related("mandate__representative").order_by("pk")

    @cached_property
    def mandates(self) -> QuerySet[Mandate]:
        """Return the mandates for who may be meant, the newest first."""
        meant = self.request.matches.filter(state__in=NOT_REJECTED).values("subject_reference")
        found = Mandate.objects.filter(subject_reference__in=meant)
        return found.select_related("representative").order_by("-pk")

    @cached_property
    def involvements(self) -> QuerySet[Involvement]:
        """Return the involvements of everybody matched, also of who was rejected.

        Each with its subject and dossier, and `special`: whether it has special data.
        """
        people = self.request.matches.values("subject_reference")
        special = Record.objects.filter(involvement=OuterRef("pk"), is_special=True)
        found = Involvement.objects.filter(subject__reference__in=people)
        return (
            found.select_related("subject", "dossier__client")
            .annotate(special=Exists(special))
            .order_by("pk")
        )

    @cached_property
    def entries(self) -> QuerySet[Entry]:
        """Return the newest fifty entries of the ledger, the newest first, without mere looks."""
        entries = audit.entries_about(f"request:{self.request.reference}").defer("leaf")
        return entries.exclude(body__event="request.viewed").order_by("-id")[:ENTRIES]

    @cached_property
    def destruction_lists(self) -> QuerySet[DestructionList]:
        return DestructionList.objects.filter(case=self.request.reference).order_by("pk")

    @cached_property
    def instructions(self) -> QuerySet[Instruction]:
        return Instruction.objects.filter(case=self.request.reference).order_by("pk")

    @cached_property
    def notices(self) -> QuerySet[RecipientNotice]:
        """Return the notices to recipients that followed from it."""
        rows = RecipientNotice.objects.filter(case=self.request.reference)
        return rows.select_related("recipient__organisation").order_by("pk")

    # --- read together, looked at apart ------------------------------------------------------

    @property
    def asked(self) -> list[str]:
        """Return the rights asked, in the order of the letter."""
        return [one.right for one in self.rights]

    @property
    def mandate(self) -> Mandate | None:
        """Return the mandate on which the request rests, if it was asked for another."""
        return next((one.mandate for one in self.representations), None)

    def people(self, *states: str) -> set[UUID]:
        """Return the references of who was matched in one of these states."""
        return {one.subject_reference for one in self.matches if one.state in states}

    def involvements_of(self, *states: str) -> list[Involvement]:
        """Return the involvements of everybody matched in one of these states."""
        people = self.people(*states)
        return [one for one in self.involvements if one.subject.reference in people]

    @cached_property
    def subjects(self) -> Mapping[int, UUID]:
        """Return the references of the subjects matched, by their keys."""
        return {one.subject_id: one.subject.reference for one in self.involvements}

    def read(self) -> None:
        """Read it all in one statement."""
        read_together(
            self.rights,
            self.matches,
            self.clock_events,
            self.checks,
            self.decisions,
            self.effects,
            self.corrections,
            self.reviews,
            self.redactions,
            self.messages,
            self.attachments,
            self.letters,
            self.packs,
            self.hand_overs,
            self.posted_codes,
            self.forwardings,
            self.representations,
            self.mandates,
            self.involvements,
            self.entries,
            self.destruction_lists,
            self.instructions,
            self.notices,
        )


def belongings_of(privacy_request: PrivacyRequest) -> Belongings:
    """Return what was gathered with this object, or else what is read when looked at."""
    kept = privacy_request.__dict__.get(KEPT)
    return kept if isinstance(kept, Belongings) else Belongings(privacy_request)


def gather(privacy_request: PrivacyRequest) -> Belongings:
    """Read all that belongs to a request in one statement, and keep it with this object.

    For who only reads from here on: what is changed meanwhile is not seen.
    """
    belongings = Belongings(privacy_request)
    belongings.read()
    privacy_request.__dict__[KEPT] = belongings
    return belongings


def is_gathered(privacy_request: PrivacyRequest) -> bool:
    return KEPT in privacy_request.__dict__


def forget(privacy_request: PrivacyRequest) -> None:
    """Let what was gathered go, as something changed."""
    privacy_request.__dict__.pop(KEPT, None)

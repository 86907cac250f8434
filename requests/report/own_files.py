"""The files of requests, as data held of the person: this request's, and earlier ones of theirs.

The papers that went with them are listed there, and given on the person's page.
"""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from policy.periods import Anchors
from requests.belongings import belongings_of
from requests.constants import UNANSWERED, IdentityResult, MatchState
from requests.files.models import Attachment
from requests.identity.proofs import rung_needed, rung_of
from requests.letters.models import Letter
from requests.letters.text import as_text
from requests.models import IdentityCheck, Message, PrivacyRequest, SubjectMatch
from requests.report.words import RTS
from requests.services.attachments import Named, name_of
from requests.services.people.proof import mandate_of, proven_rungs
from subjects.held import HeldContact, HeldDossier, HeldInvolvement, HeldRecord
from subjects.models import Involvement
from vault import services as vault

MOST = 500


def request_files(privacy_request: PrivacyRequest) -> list[HeldInvolvement]:
    """Return the request's own file and those of the same person's earlier requests.

    The same person is whom an officer confirmed for both, and who is proven to have made the
    earlier one too. In as many queries as there are
    tables. A file whose key is gone is gone.
    """
    requests = [privacy_request, *_earlier(privacy_request)]
    keys = vault.open_keys(one.key_id for one in requests)
    there = [one for one in requests if one.key_id in keys]
    written, papers = _with_them(privacy_request, [one.pk for one in there])
    return [
        _file(one, keys[one.key_id], written.get(one.pk, []), papers.get(one.pk, []))
        for one in there
    ]


def earlier_papers(privacy_request: PrivacyRequest) -> list[tuple[PrivacyRequest, list[Named]]]:
    """Return the papers of the same person's earlier requests, of each that has any."""
    requests = _earlier(privacy_request)
    keys = vault.open_keys(one.key_id for one in requests)
    papers = _papers([one.pk for one in requests if one.key_id in keys])
    return [
        (one, [Named(paper, name_of(paper, keys[one.key_id])) for paper in papers[one.pk]])
        for one in requests
        if one.pk in papers
    ]


def _with_them(
    privacy_request: PrivacyRequest, request_ids: Sequence[int]
) -> tuple[dict[int, list["Written"]], dict[int, list[Attachment]]]:
    """Return what was written and which papers came, by request; of this one as gathered."""
    own = belongings_of(privacy_request)
    others = [pk for pk in request_ids if pk != privacy_request.pk]
    written, papers = (_written(others), _papers(others)) if others else ({}, {})
    written[privacy_request.pk] = [*own.messages, *own.letters]
    papers[privacy_request.pk] = [one for one in own.attachments if one.destroyed_at is None]
    return written, papers


def _papers(request_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """Return the papers of these requests but for copies of documents, which are destroyed."""
    there = Attachment.objects.filter(request_id__in=request_ids, destroyed_at=None)
    found: dict[int, list[Attachment]] = {}
    for paper in there.defer("sealed_content").order_by("pk"):
        found.setdefault(paper.request_id, []).append(paper)
    return found


def _earlier(privacy_request: PrivacyRequest) -> list[PrivacyRequest]:
    confirmed = SubjectMatch.objects.filter(state=MatchState.CONFIRMED)
    people = list(belongings_of(privacy_request).people(MatchState.CONFIRMED))
    if not people:
        return []
    same = confirmed.filter(subject_reference__in=people).values("request_id")
    earlier = PrivacyRequest.objects.filter(
        pk__in=same, received_at__lt=privacy_request.received_at
    )
    found = list(
        earlier.exclude(pk=privacy_request.pk).select_related("dossier").order_by("pk")[:MOST]
    )
    if not found or not _may_have(privacy_request, people):
        return []
    asked = _asked_by(found, people)
    return [one for one in found if one.pk in asked]


def _asked_by(requests: Sequence[PrivacyRequest], people: Sequence[UUID]) -> set[int]:
    """Return which of these requests one of these people is proven to have made.

    That a colleague confirmed who was meant says nothing of who wrote: somebody else may have.
    """
    there = Involvement.objects.filter(subject__reference__in=people)
    refs: dict[UUID, UUID] = dict(there.values_list("reference", "subject__reference"))
    confirmed: set[tuple[int, UUID]] = set()
    for match in SubjectMatch.objects.filter(
        request__in=requests, state=MatchState.CONFIRMED, subject_reference__in=people
    ):
        confirmed.add((match.request_id, match.subject_reference))
        # Also by a file that has gone since.
        refs |= dict.fromkeys(match.involvements, match.subject_reference)
    needed = rung_needed(RTS, has_special=False)
    proofs = IdentityCheck.objects.filter(request__in=requests, result=IdentityResult.PROVEN)
    return {
        proof.request_id
        for proof in proofs
        if rung_of(proof.method) >= needed
        and any((proof.request_id, refs.get(one)) in confirmed for one in proof.involvements)
    }


def _may_have(privacy_request: PrivacyRequest, people: Sequence[UUID]) -> bool:
    """Tell whether who asks may have what these people asked before.

    A mandate for some purposes does not cover it. Of somebody of whom nothing else is left, no
    proof is asked elsewhere: from approval on it is asked here.
    """
    mandate = mandate_of(privacy_request)
    if mandate is not None:
        covered = not mandate.purposes or RTS in mandate.purposes
        return covered and set(people) == {mandate.subject_reference}
    if privacy_request.state in UNANSWERED:
        return True
    return set(people) <= proven_rungs(privacy_request).keys()


Written = Message | Letter


def _written(request_ids: Sequence[int]) -> dict[int, list[Written]]:
    found: dict[int, list[Written]] = {}
    for message in Message.objects.filter(request_id__in=request_ids).order_by("pk"):
        found.setdefault(message.request_id, []).append(message)
    for letter in Letter.objects.filter(request_id__in=request_ids).order_by("pk"):
        found.setdefault(letter.request_id, []).append(letter)
    return found


def _file(
    privacy_request: PrivacyRequest,
    key: vault.OpenKey,
    written: Sequence[Written],
    papers: Sequence[Attachment],
) -> HeldInvolvement:
    body = key.unseal(privacy_request.sealed_body, place=privacy_request.body_place)
    content = {
        "reference": privacy_request.number,
        "situation": body.get("situation", ""),
        "text": body.get("words", ""),
        "files": [_paper(one, key) for one in papers],
    }
    contacts = [_contact(one, privacy_request.channel, key) for one in written]
    return HeldInvolvement(
        pk=0,
        reference=privacy_request.reference,
        subject_id=0,
        category="",
        identity=body.get("identity") or {},
        dossier=HeldDossier(
            pk=privacy_request.dossier_id,
            reference=privacy_request.dossier.reference,
            purpose=RTS,
            anchors=Anchors(request_closed_on=privacy_request.ended_on),
            known_since=privacy_request.received_on,
        ),
        records=[
            HeldRecord(
                pk=0,
                data_category="request",
                source="person",
                source_organisation="",
                lawful_basis="6.1.c",
                provided_by_subject=True,
                collected_on=privacy_request.received_on,
                content=content,
            )
        ],
        contacts=sorted(contacts, key=lambda one: one.happened_at),
    )


def _paper(one: Attachment, key: vault.OpenKey) -> dict[str, str | int]:
    return {
        "file_name": name_of(one, key),
        "file_type": one.media_type,
        "file_bytes": one.size,
        "date": timezone.localdate(one.added_at).isoformat(),
    }


def _contact(one: Written, channel: str, key: vault.OpenKey) -> HeldContact:
    if isinstance(one, Letter):
        letter = key.unseal(one.sealed_content, place=one.content_place)
        return HeldContact(one.pk, "out", "letter", one.made_at, as_text(letter))
    return HeldContact(
        pk=one.pk,
        direction=one.direction,
        channel=channel if one.direction == "in" else "portal",
        happened_at=one.sent_at,
        note=key.unseal(one.sealed_body, place=one.body_place).get("text", ""),
    )

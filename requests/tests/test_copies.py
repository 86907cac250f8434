"""A copy of an identity document that proved who asks is gone before anything is approved."""

import pytest

from requests import services
from requests.constants import Direction, IdentityMethod, State
from requests.exceptions import Incomplete
from requests.files.types import NewFile
from requests.officer import next_step
from requests.tests.rights import approve, decide
from requests.tests.test_attachments import PNG
from requests.tests.test_desk_identity import (
    LATER,
    OFFICER,
    address,
    enter,
    fresh,
    post,
    text_of,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def officer(client):
    return enter(client)


def keep(request, name):
    files = [NewFile(name, PNG, "image/png")]
    return services.attach(
        request.pk, files, direction=Direction.BY_PERSON, actor="person", now=LATER
    )


def test_a_copy_that_proved_who_asks_is_destroyed_before_anything_is_approved(client, officer):
    request, _person, match = fresh()
    services.begin(request.pk, officer=OFFICER)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    [copy] = keep(request, "rijbewijs.png")
    fields = {"how": "masked_document", "people": [match.pk], "text": "Niets anders lukte"}
    fields |= {"destroyed": "on"}
    unsaid = post(client, request, "identity", "seen", **fields)
    assert unsaid.status_code == 422
    assert "<title>Fout:" in text_of(unsaid)
    assert "Zeg of het een van deze bestanden is." in text_of(unsaid)
    chosen = fields | {"paper": str(copy.reference)}
    assert post(client, request, "identity", "seen", **chosen).status_code == 302
    page = client.get(address(request))
    assert page.context["now"] == next_step.COPY
    assert str(page.context["why_not_approve"]).startswith("Er is nog een kopie")
    todo = [one for one in page.context["checklist"] if not one.is_done]
    assert ("Vernietig de kopie van het identiteitsbewijs die is bekeken", "#identity") in [
        (one.words, one.href) for one in todo
    ]
    decide(request)
    with pytest.raises(Incomplete, match="destroy it first"):
        approve(request)
    assert f"/file/{copy.reference}/destroy/" in text_of(page)
    services.destroy_copy(request.pk, copy.reference, officer=officer.pk, now=LATER)
    assert client.get(address(request)).context["now"] != next_step.COPY
    assert approve(request).state == State.APPROVED


def test_a_document_that_was_shown_otherwise_and_another_file_hold_nothing_up(client, officer):
    request, _person, match = fresh()
    keep(request, "factuur.png")
    fields = {"how": "masked_document", "people": [match.pk], "text": "Niets anders lukte"}
    fields |= {"destroyed": "on", "paper": "elsewhere"}
    assert post(client, request, "identity", "seen", **fields).status_code == 302
    assert client.get(address(request)).context["copies"] == []


def test_a_file_of_another_request_proves_nobody():
    request, _person, match = fresh()
    other, _person, _match = fresh()
    [strange] = keep(other, "rijbewijs.png")
    with pytest.raises(Incomplete):
        services.confirm_identity(
            request.pk,
            IdentityMethod.MASKED_DOCUMENT,
            matches=[match.pk],
            text="Gezien",
            paper=strange.reference,
            officer=OFFICER,
            now=LATER,
        )
    assert not request.identitychecks.exists()

import base64
import json
from io import BytesIO
from uuid import uuid4

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.certificate import public_key
from audit.exceptions import NotYetSealed
from audit.services import seal_and_mirror
from audit.verify_certificate import NotTrue, check
from embedded.worker import until
from policy.services import load
from retention.certificates import certificate, certificate_json, certificate_pdf
from retention.exceptions import KeysNotYetGone
from retention.running import destroy_list
from retention.tests.makers import TODAY, make_dossier, make_list
from subjects.models import ErasureProof
from vault.models import KeyOutbox

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def destroyed():
    dossier = make_dossier()
    destroy_list(make_list(dossier).pk, today=TODAY)
    return dossier


def sealed(reference):
    """The certificate, once the sealer has come by."""
    made = {}

    def is_sealed():
        seal_and_mirror(now=timezone.now())
        try:
            made.update(certificate(reference))
        except NotYetSealed:
            return False
        return True

    until(is_sealed)
    return made


def test_a_certificate_proves_by_itself_what_went_by_which_rule_and_when():
    dossier = destroyed()
    made = json.loads(certificate_json(sealed(dossier.reference)))
    proven = check(made, base64.b64decode(public_key()))
    assert proven["object"] == f"dossier:{dossier.reference}"
    assert (proven["purpose"], proven["rule"]) == ("COL", "COL-60")
    assert (proven["due"], proven["done"]) == ("2027-05-21", "2027-05-21")
    assert proven["anchors"] == {"closed_on": "2022-05-20"}


def test_a_certificate_that_somebody_changed_proves_nothing():
    made = sealed(destroyed().reference)
    made["entry"] = made["entry"].replace("COL-60", "MKT-36")
    made["statement"] = json.loads(made["entry"])
    with pytest.raises(NotTrue):
        check(made, base64.b64decode(public_key()))


def test_there_is_none_before_the_ledger_is_sealed():
    with pytest.raises(NotYetSealed):
        certificate(destroyed().reference)


def test_there_is_none_while_a_key_is_left():
    dossier = destroyed()
    sealed(dossier.reference)
    KeyOutbox.objects.create(key_ids=[1])
    with pytest.raises(KeysNotYetGone):
        certificate(dossier.reference)


def test_there_is_none_of_what_is_still_here():
    with pytest.raises(ErasureProof.DoesNotExist):
        certificate(make_dossier().reference)


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Certificaat van verwijdering"), ("en", "Certificate of erasure")],
)
def test_the_document_is_tagged_in_its_language_and_carries_the_proof(language, words):
    load(today=TODAY)
    made = sealed(destroyed().reference)
    with pikepdf.open(BytesIO(certificate_pdf(made, language))) as pdf:
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.docinfo["/Title"]) == words
        inside = pdf.attachments["certificate.json"].get_file().read_bytes()
        assert json.loads(inside) == made
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfuaid:part"] == "1"


def test_the_command_writes_three_files_and_says_where(tmp_path, capsys):
    reference = destroyed().reference
    sealed(reference)
    call_command("erasure_certificate", str(reference), out=tmp_path)
    names = {f"{reference}.json", f"{reference}.nl.pdf", f"{reference}.en.pdf"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_command_says_what_is_wrong(tmp_path):
    with pytest.raises(CommandError, match="Nothing by the reference"):
        call_command("erasure_certificate", str(uuid4()), out=tmp_path)
    with pytest.raises(CommandError, match="within minutes"):
        call_command("erasure_certificate", str(destroyed().reference), out=tmp_path)

"""The data of an answer, sealed, and who took them."""

from django.db import models
from django.db.models import Q

from requests.constants import PackKind
from requests.model_base import OfRequest, a_reference


class Pack(OfRequest):
    """The data of an answer, to see or to take along, sealed under a key of its own.

    Digest and manifest (counts and codes, nothing of the person) stay when the content goes, and
    so do `sealed_pieces`, under the request's key: which pieces it gave.
    """

    reference = a_reference()
    kind = models.CharField(max_length=11, choices=PackKind.choices, default=PackKind.ACCESS)
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    sealed_pdf = models.BinaryField(null=True, blank=True)
    sealed_json = models.BinaryField(null=True, blank=True)
    sealed_csv = models.BinaryField(null=True, blank=True, help_text="Of data to take along")
    manifest = models.JSONField(default=dict)
    sealed_pieces = models.BinaryField(
        null=True, blank=True, help_text="Keyed digests of what it gave: no new copy gives more"
    )
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of its files together")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"], name="pack_to_empty", condition=Q(key_id__isnull=False)
            )
        ]

    @property
    def pdf_place(self) -> str:
        return f"requests.pack.pdf:{self.reference}"

    @property
    def json_place(self) -> str:
        return f"requests.pack.json:{self.reference}"

    @property
    def csv_place(self) -> str:
        return f"requests.pack.csv:{self.reference}"

    @property
    def pieces_place(self) -> str:
        return f"requests.pack.pieces:{self.reference}"


class PackDownload(models.Model):
    """That a pack was taken, in which form, when, and by whom (as the ledger names them)."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="downloads")
    form = models.CharField(max_length=4)
    actor = models.CharField(max_length=40)
    downloaded_at = models.DateTimeField()

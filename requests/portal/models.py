"""What somebody typed so far, and the codes and links that open a page of their own."""

from django.db import models

from requests.model_base import DIGEST_BYTES, REQUEST, OfRequest, a_reference


class PortalDraft(models.Model):
    """What somebody has typed so far, sealed under its own key; goes seven days after `kept_at`.

    `request` is set when it was sent: sending again then finds the same request. From there on
    the draft only holds the access code, for the page that shows it. Keyed digests: a code and a
    mailed link open an unsent draft on another device, and `sent_digest` knows the page again from
    which it was sent.
    """

    reference = a_reference()
    key_id = models.BigIntegerField(unique=True)
    sealed_content = models.BinaryField()
    language = models.CharField(max_length=2, default="nl")
    request = models.ForeignKey(
        REQUEST, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    started_at = models.DateTimeField()
    kept_at = models.DateTimeField(help_text="When something was last typed and kept")
    sent_at = models.DateTimeField(null=True, blank=True)
    code_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)
    link_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)
    sent_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["kept_at"], name="draft_kept")]

    @property
    def content_place(self) -> str:
        return f"requests.portaldraft.content:{self.key_id}"


class EmailCode(OfRequest):
    """A code that was mailed to prove an address, as a keyed digest; used at most once."""

    digest = models.BinaryField(max_length=DIGEST_BYTES)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)


class PageLink(OfRequest):
    """A link that was mailed, as a keyed digest; opens the person's page at most once."""

    digest = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

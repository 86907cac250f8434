"""The published statement as rows: what other tables point at. Codes are the keys."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class PolicyVersion(models.Model):
    """One version of the statement; once published it never changes."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    version = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the content"))
    document = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    published_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", published_on__isnull=True)
                | Q(status="published", published_on__isnull=False),
                name="policy_published_has_day",
            )
        ]

    def __str__(self) -> str:
        return self.version


class Coded(models.Model):
    """A row of the statement known by a code, with its name in both languages.

    `retired` rows stand in no published version any more; what points at them stays whole.
    """

    code = models.CharField(max_length=40, primary_key=True)
    name_nl = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    retired = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "nl").startswith("en") else self.name_nl


class Family(models.TextChoices):
    """The three families of people in the statement."""

    DEBTOR = "debtor", _("Debtor side")
    GUARANTOR = "guarantor", _("Guarantor side")
    CONTACT = "contact", _("Contact persons")


class SubjectCategory(Coded):
    family = models.CharField(max_length=10, choices=Family.choices)

    class Meta:
        verbose_name_plural = _("subject categories")


class DataCategory(Coded):
    is_special = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("data categories")


class SourceCategory(Coded):
    class Meta:
        verbose_name_plural = _("source categories")


class RecipientCategory(Coded):
    class Meta:
        verbose_name_plural = _("recipient categories")


class AutomatedDecisionKind(Coded):
    is_legal_step = models.BooleanField(default=False)


class Purpose(Coded):
    """Why we process, on which bases (as in "6.1.f"), and which data."""

    bases = ArrayField(models.CharField(max_length=10))
    data_categories = models.ManyToManyField(DataCategory, related_name="purposes")


class RetentionRule(models.Model):
    """How long data are kept, from which anchor, and which sentence or article says so."""

    class Origin(models.TextChoices):
        STATEMENT = "statement", _("Privacy statement")
        LAW = "law", _("Law")
        PROJECT = "project", _("Rule of our own")

    code = models.CharField(max_length=20, primary_key=True)
    purposes = models.ManyToManyField(Purpose, related_name="rules")
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    anchor = models.CharField(max_length=40)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    article = models.CharField(max_length=120, blank=True)
    sentence_nl = models.TextField()
    sentence_en = models.TextField()
    digest = models.CharField(
        max_length=64, help_text=_("Changes whenever the rule's content does")
    )
    dates_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("Of the content by which the stored dates were last computed"),
    )
    retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(months__isnull=True) | Q(days__isnull=True),
                name="rule_months_or_days",
            )
        ]

    def __str__(self) -> str:
        return self.code

"""The published statement, and the codes that the registry points to.

A `PolicyVersion` holds the whole document and never changes once published. The code tables
follow from the newest published version; a code that left the statement stays, since rows
of earlier days point to it.
"""

from django.db import models


class PolicyVersion(models.Model):
    """One version of the privacy statement, as data."""

    version = models.CharField(max_length=40, primary_key=True)
    digest = models.BinaryField(max_length=32)
    document = models.JSONField()
    published_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.version


class Code(models.Model):
    """A code of the statement with its name in both languages."""

    code = models.CharField(max_length=40, primary_key=True)
    name_nl = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class Purpose(Code):
    """Why data are kept: COL, CLI, CRD, AUT, AML, MKT, DEV, ACC, RTS, INV, STF."""


class SubjectCategory(Code):
    """A kind of person, in one of three families."""

    class Family(models.TextChoices):
        DEBTOR = "debtor"
        GUARANTOR = "guarantor"
        CONTACT = "contact"

    family = models.CharField(max_length=10, choices=Family.choices)


class DataCategory(Code):
    """A kind of data; special ones (health, criminal) pass a gate."""

    is_special = models.BooleanField(default=False)


class SourceCategory(Code):
    """A kind of source from which data come."""


class RecipientCategory(Code):
    """A kind of recipient with whom data may be shared."""

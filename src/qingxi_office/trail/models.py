"""Custody of the trail."""

from django.db import models


class Entry(models.Model):
    """One deed: who, what, to which record, why, and the record before and after.

    Rows are written by ``trail.actions.record`` only; triggers in the database refuse change and removal. Each row
    carries the hash of the row before it, so that a changed, dropped or inserted row breaks the chain.
    """

    at = models.DateTimeField()
    action = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=120)
    by_id = models.BigIntegerField(null=True)  # no foreign key: people stand above the trail
    by_name = models.CharField(max_length=80)
    on_behalf_of = models.CharField(max_length=80, blank=True)
    because = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"]),
            models.Index(fields=["by_id", "id"]),
            models.Index(fields=["action", "id"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_name} {self.action} {self.subject_kind}:{self.subject_id}"


class NumberGiven(models.Model):
    """The last number the office gave under a head (``WT-2026-``); ``trail.numbers`` writes it, nobody else."""

    head = models.CharField(max_length=60, primary_key=True)
    last = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.head}{self.last}"

"""Custody of rounds."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Round(models.Model):
    """One round known to this office; periods before ``since`` are not its own and are not caught up."""

    name = models.CharField(max_length=40, unique=True)
    since = models.DateTimeField()
    is_on = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]


class RoundRun(models.Model):
    """One run for one period. The pair is unique: this is the lock that lets two workers do it once."""

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        DONE = "done", _("做完")
        FAILED = "failed", _("出错")

    name = models.CharField(max_length=40)
    period = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    begins_at = models.DateTimeField()  # the period's begin, by the office's clock
    started_at = models.DateTimeField()  # the machine's time
    ended_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    said = models.JSONField(default=list)
    missed = models.IntegerField(default=0)  # periods slept through before this one
    tries = models.IntegerField(default=1)
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["name", "-begins_at"])]
        constraints = [models.UniqueConstraint(fields=["name", "period"], name="one_run_a_period")]

"""Custody of long work and its faults."""

from django.db import models


class Job(models.Model):
    """One piece of long work: a load, an examination, a bulletin."""

    class State(models.TextChoices):
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    progress = models.FloatField(default=0)  # 0 to 1
    doing = models.CharField(max_length=200, blank=True)
    cancel_asked = models.BooleanField(default=False)
    by_name = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]


class JobFault(models.Model):
    """One fault of an input met by a job, as qingxi.origin.Fault says it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="faults")
    file = models.CharField(max_length=300)
    row = models.IntegerField(null=True)
    field = models.CharField(max_length=120, blank=True)
    value = models.TextField(blank=True)
    rule = models.TextField()
    remedy = models.TextField()
    code = models.CharField(max_length=80)
    severity = models.CharField(max_length=10)

    class Meta:
        ordering = ["id"]

"""Custody of long work, what it says on its way, and its faults."""

from django.db import models


class Job(models.Model):
    """One piece of long work: a load, an examination, a plan.

    Work that is asked for waits until a worker takes it (``ask`` holds all it needs, so that it can be run again);
    work done on the spot has no worker.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "排队"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已取消"
        LOST = "lost", "中断"

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    progress = models.FloatField(default=0)  # 0 to 1
    doing = models.CharField(max_length=200, blank=True)
    left_s = models.FloatField(null=True)  # seconds left as the work itself reckons them
    cancel_asked = models.BooleanField(default=False)
    by_pk = models.BigIntegerField(null=True)  # who asked; jobs stand below people and know only the number
    by_name = models.CharField(max_length=80)
    ask = models.JSONField(default=dict)
    again_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    worker = models.CharField(max_length=80, blank=True)
    beat_at = models.DateTimeField(null=True)  # the machine's time, also on a practice day
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in (Job.State.WAITING, Job.State.RUNNING)


class JobLine(models.Model):
    """One line that a job said on its way."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    text = models.CharField(max_length=400)

    class Meta:
        ordering = ["id"]


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


class WorkerBeat(models.Model):
    """A worker that is there, and when it last said so."""

    name = models.CharField(max_length=80, unique=True)
    beat_at = models.DateTimeField()


class SheetIntake(models.Model):
    """One table that somebody sent: read, shown, and then taken in or not. Nothing of it is in the books before that.

    ``path`` is the sender's place in the tree: who sees that subtree sees the intake.
    """

    class State(models.TextChoices):
        READING = "reading", "正在读"
        SHOWN = "shown", "看过再收"
        HANDED_IN = "handed_in", "待县审"
        TAKING = "taking", "正在收下"
        TAKEN = "taken", "已收下"
        DROPPED = "dropped", "没有收"
        RETURNED = "returned", "退回"
        FAILED = "failed", "读不了"

    table = models.CharField(max_length=20, blank=True)  # of qingxi.files' office tables; empty: not yet known
    name = models.CharField(max_length=200)  # of the file, as its sender knows it
    file = models.FileField(upload_to="sheets/%Y%m")
    sha256 = models.CharField(max_length=64)
    red = models.FileField(upload_to="sheets/%Y%m", blank=True)  # the same file back, with red cells
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")  # that reads it, with its faults
    take_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    path = models.CharField(max_length=120)
    by_pk = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.READING)
    counts = models.JSONField(default=dict)  # new, changed, same, gone, wrong, asks, red, notes
    digest = models.CharField(max_length=64, blank=True)  # over the good rows: the same rows have the same
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # why it was returned

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["path"]), models.Index(fields=["digest"])]

    def __str__(self) -> str:
        return self.name


class SheetRow(models.Model):
    """One row of an intake that would change something, or cannot; rows that are the same are only counted."""

    class Verdict(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "有改动"
        GONE = "gone", "表里没有"
        WRONG = "wrong", "有红格"

    intake = models.ForeignKey(SheetIntake, models.CASCADE, related_name="rows")
    row = models.IntegerField(null=True)  # as Excel counts
    key = models.CharField(max_length=200)
    label = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    values = models.JSONField(default=dict)  # the whole row as it would be
    was = models.JSONField(default=dict)  # what changes: field to the value before

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["intake", "verdict"])]

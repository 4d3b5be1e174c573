"""Custody of groups, meetings and their tasks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class Group(models.Model):
    """A leading group, a joint meeting, a working group: members with a role and a term."""

    name = models.CharField(max_length=80, unique=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="groups")
    document = models.CharField(max_length=120, blank=True)  # 成立文号
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """One person of a group from a day to a day; who is gone stays on the meetings of their time."""

    class Role(models.TextChoices):
        HEAD = "组长", _("组长")
        DEPUTY = "副组长", _("副组长")
        MEMBER = "成员", _("成员")
        SECRETARY = "办公室主任", _("办公室主任")
        CONTACT = "联络员", _("联络员")

    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    name = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="memberships")
    title = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=models.F("valid_from")),
                name="member_ends_after_it_begins",
            )
        ]


class Meeting(models.Model):
    """One meeting: draft, called, held with minutes, closed when every item has an outcome."""

    class Kind(models.TextChoices):
        PROGRESS = "推进会", _("推进会")
        CONSULT = "协商会", _("协商会")
        SITE = "现场会", _("现场会")
        COUNCIL = "环保会议议题", _("环保会议议题")

    class State(models.TextChoices):
        DRAFT = "draft", _("拟开")
        CALLED = "called", _("已通知")
        HELD = "held", _("已开")
        CLOSED = "closed", _("纪要已定")
        CANCELLED = "cancelled", _("不开了")

    key = models.CharField(max_length=20, unique=True)  # HY-2026-0001
    group = models.ForeignKey(Group, models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, related_name="meetings")
    begins_at = models.DateTimeField()
    minutes_long = models.IntegerField(default=90)
    room = models.CharField(max_length=120, blank=True)
    chair = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=200, blank=True)  # of a cancellation
    sign_code = models.CharField(max_length=12)
    minutes = models.TextField(blank=True)  # what was said besides the items
    minutes_by = models.CharField(max_length=40, blank=True)
    closed_on = models.DateField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["-begins_at", "-id"]
        indexes = [models.Index(fields=["state", "begins_at"])]

    def __str__(self) -> str:
        return f"{self.title}（{self.begins_at:%m-%d}）"


class AgendaItem(models.Model):
    """One item: a record of another book, or words; what came of it."""

    class Outcome(models.TextChoices):
        OPEN = "", _("待议")
        DECIDED = "已议", _("已议")
        PUT_OFF = "缓议", _("缓议")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    order = models.IntegerField()
    title = models.CharField(max_length=200)
    why = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=140, blank=True)  # a Ref as text: clash:…, issue:…, finding:…, task:…
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="agenda_items")  # who reports
    outcome = models.CharField(max_length=4, choices=Outcome.choices, blank=True)
    decision = models.TextField(blank=True)
    proposed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "subject"], condition=~Q(subject=""), name="one_item_a_subject_and_meeting"
            )
        ]


class Attendance(models.Model):
    """Who was asked and who came."""

    class State(models.TextChoices):
        ASKED = "应到", _("应到")
        CAME = "到会", _("到会")
        SENT = "代会", _("代会")
        EXCUSED = "请假", _("请假")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendance")
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="attendance")
    state = models.CharField(max_length=4, choices=State.choices, default=State.ASKED)
    stand_in = models.CharField(max_length=40, blank=True)  # 代会的人
    signed_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=80, blank=True)  # themselves by the code, or the secretary

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["meeting", "name", "unit"], name="asked_once")]


class Task(models.Model):
    """What a meeting decided: who does what by when."""

    class State(models.TextChoices):
        OPEN = "办理中", _("办理中")
        DONE = "已完成", _("已完成")
        DROPPED = "不办了", _("不办了")

    key = models.CharField(max_length=20, unique=True)  # RW-2026-0001
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="tasks")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, related_name="tasks")
    text = models.CharField(max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="tasks")
    person = models.CharField(max_length=40, blank=True)
    due_on = models.DateField()
    first_due_on = models.DateField()  # what was first promised
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    note = models.TextField(blank=True)  # how it was done, why it was moved or dropped
    ended_on = models.DateField(null=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["state", "due_on"])]


class Feed(models.Model):
    """A calendar's secret address; only the hash is kept, and it can be called back."""

    person = models.ForeignKey(User, models.CASCADE, related_name="feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

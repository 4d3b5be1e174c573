"""Custody of what people hand in. Knows no people and no places: the public pages write it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PublicReport(models.Model):
    """A villager's report on a facility or village, without sign-in.

    ``code`` is all the reporter gets and needs. No name is asked; a phone number is optional and never shown.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("已收到")
        TAKEN_UP = "taken_up", _("已交办")
        ANSWERED = "answered", _("已答复")
        CONFIRMED = "confirmed", _("反映人认可")
        REOPENED = "reopened", _("反映人不认可")
        SET_ASIDE = "set_aside", _("不受理")

    class Channel(models.TextChoices):
        CODE = "code", _("扫站码")
        WEB = "web", _("网页")
        API = "api", _("开放接口")
        PHONE = "phone", _("电话")
        PAPER = "paper", _("纸面")
        CLERK = "clerk", _("当面代办")
        ROUND = "round", _("巡查")

    code = models.CharField(max_length=12, unique=True)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.WEB)
    facility = models.CharField(max_length=40, blank=True)  # facility key
    facility_name = models.CharField(max_length=80, blank=True)
    village_code = models.CharField(max_length=20, blank=True)
    place = models.CharField(max_length=120, blank=True)  # where, in the reporter's words; never shown in public
    text = models.TextField()
    photo = models.FileField(upload_to="reports/%Y%m", blank=True)
    after = models.FileField(upload_to="reports/%Y%m", blank=True)  # how it looks now, as whoever mended it showed
    scan = models.FileField(upload_to="reports/%Y%m", blank=True)  # of a letter on paper; for officers only
    phone = models.CharField(max_length=40, blank=True)
    held = models.CharField(max_length=60, blank=True)  # why somebody looks at it first; "" when it goes its way
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    followers = models.IntegerField(default=0)  # others who said "the same here"
    received_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    issue = models.CharField(max_length=40, blank=True)  # issue key, once taken up
    sent_up = models.CharField(
        max_length=4, blank=True
    )  # level whose desk it lies on after "not solved": 乡镇, 县, 市
    reopened = models.IntegerField(default=0)  # how often the answer was "not solved"
    sender_hash = models.CharField(max_length=64, blank=True)  # keyed hash of the address, for the rate limit only

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["facility", "-received_at"]),
            models.Index(fields=["sender_hash", "received_at"]),
        ]


class Follower(models.Model):
    """Somebody who said "the same here": a code of their own, so that nobody holds the reporter's."""

    code = models.CharField(max_length=12, unique=True)
    report = models.ForeignKey(PublicReport, models.CASCADE, related_name="follower_rows")
    at = models.DateTimeField()
    solved = models.BooleanField(null=True)  # their own word; None until they say
    sender_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sender_hash", "at"])]


class ReportStep(models.Model):
    """What became of a report at one step, in the words that its reporter reads."""

    report = models.ForeignKey(PublicReport, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    words = models.CharField(max_length=80)
    small = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["at", "id"]


class HotlineOrder(models.Model):
    """An order of the hotline 12345 工单, under its own number. The caller keeps that number: no code of ours is given.

    Name and telephone of the caller are for the reply only; no other unit than those who see reports reads them.
    """

    number = models.CharField(max_length=40, unique=True)
    klass = models.CharField(max_length=12)  # 投诉 / 举报 / 求助 / 咨询 / 建议
    title = models.CharField(max_length=200)
    text = models.TextField()
    caller = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=120, blank=True)
    village_code = models.CharField(max_length=20, blank=True)
    facility = models.CharField(max_length=40, blank=True)  # facility key
    called_at = models.DateTimeField(null=True)
    issue = models.CharField(max_length=40, blank=True)  # issue key, once it is dealt with as a problem
    is_open = models.BooleanField(default=True)
    due_on = models.DateField()  # of the round under way, or of the last
    entered_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["-is_open", "due_on", "number"]
        indexes = [models.Index(fields=["is_open", "due_on"]), models.Index(fields=["village_code"])]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class HotlineRound(models.Model):
    """One dispatch of an order: the first, or a new one after the caller was not content 重办; each with its own clock."""

    class Content(models.TextChoices):
        CONTENT = "满意", _("满意")
        FAIRLY = "基本满意", _("基本满意")
        NOT = "不满意", _("不满意")
        UNREACHED = "未接通", _("未接通")

    order = models.ForeignKey(HotlineOrder, models.CASCADE, related_name="rounds")
    number = models.IntegerField()  # 1, 2 …
    sent_on = models.DateField()
    due_on = models.DateField()
    ours = models.BooleanField(default=False)  # the day was reckoned by our table: the order named none
    reply = models.TextField(blank=True)
    replied_on = models.DateField(null=True)
    by_name = models.CharField(max_length=80, blank=True)
    given_back_on = models.DateField(null=True)  # taken out in the hotline's form
    content = models.CharField(max_length=8, choices=Content.choices, blank=True)  # of the hotline's own call
    called_on = models.DateField(null=True)
    said = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="one_round_of_a_number"),
            models.CheckConstraint(
                condition=models.Q(replied_on=None) | ~models.Q(reply=""), name="hotline_reply_has_words"
            ),
            models.CheckConstraint(
                condition=models.Q(content="") | models.Q(called_on__isnull=False), name="hotline_call_has_its_day"
            ),
        ]


class HotlineForm(models.Model):
    """The hotline's own form of a reply as the county uses it: an .xlsx or .docx with words in braces. One is in use."""

    name = models.CharField(max_length=120)
    file = models.FileField(upload_to="hotline")
    made_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    in_use = models.BooleanField(default=True)

    class Meta:
        ordering = ["-id"]

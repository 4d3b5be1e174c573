"""Custody of notices. They stand below people, and know a person by number only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One thing told to one person. ``once`` makes it impossible to tell the same twice."""

    person_pk = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    href = models.CharField(max_length=300, blank=True)
    once = models.CharField(max_length=200)
    at = models.DateTimeField()  # the office's day
    made_at = models.DateTimeField()  # the machine's time, for the digest
    read_at = models.DateTimeField(null=True)
    shown = models.BooleanField(default=True)  # False: only sent outside, by the person's choice
    outside_done = models.BooleanField(default=False)  # nothing more to send to the person's own addresses
    group_done = models.BooleanField(default=False)  # nothing more to say in the groups

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person_pk", "read_at"]),
            models.Index(fields=["outside_done", "person_pk"]),
            models.Index(fields=["group_done"]),
        ]
        constraints = [models.UniqueConstraint(fields=["person_pk", "once"], name="told_once")]


class Preference(models.Model):
    """By which ways a person wants a kind; no row: the ways of the kind."""

    person_pk = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    ways = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_pk", "kind"], name="one_choice_a_kind")]


class Mailbox(models.Model):
    """Where a person is reached outside the office, and when not to."""

    person_pk = models.BigIntegerField(unique=True)
    email = models.EmailField(blank=True)
    mobile = models.CharField(max_length=20, blank=True)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    digest_minutes = models.IntegerField(default=30)
    last_sent_at = models.DateTimeField(null=True)


class Channel(models.Model):
    """One way out of the office. ``secret`` is sealed with the home's key and never shown again."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("邮件（SMTP）")
        WECOM = "wecom", _("企业微信群机器人")
        DINGTALK = "dingtalk", _("钉钉群机器人")
        SMS = "sms", _("短信网关（HTTP）")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=60, unique=True)
    setting = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    is_on = models.BooleanField(default=True)
    last_sent_at = models.DateTimeField(null=True)  # of a group robot, for its digest
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Delivery(models.Model):
    """One message on its way out; what it says carries no personal data."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发")
        SENT = "sent", _("已发")
        FAILED = "failed", _("没发出去")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    person_pk = models.BigIntegerField(null=True)  # none: to a group
    title = models.CharField(max_length=120)
    text = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "next_at"])]

"""Custody of sessions, tokens, mandates, and what the county asks of a sign-in."""

from django.db import models
from django.db.models import F, Q

from qingxi_office.people.models import Role, User


class SignInRule(models.Model):
    """What the county asks of a role's sign-in: a second factor, and how long a session lasts."""

    role = models.CharField(max_length=20, choices=Role.choices, unique=True)
    second_factor = models.BooleanField(default=False)
    session_hours = models.IntegerField(default=12)
    set_by_name = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(session_hours__gte=1, session_hours__lte=168), name="session_hours_in_a_week")
        ]  # fmt: skip


class SignedIn(models.Model):
    """One session of a person: when and from where it was opened, when last seen."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["user", "-seen_at"])]


class Token(models.Model):
    """A personal token for the API: only its hash is kept; it reads what its person sees, narrowed to its scopes."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    hash = models.CharField(max_length=64, unique=True)
    begins = models.CharField(max_length=12)  # the first letters, so that a person knows which it is
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]


class Mandate(models.Model):
    """授权: one officer lets another do named deeds in their stead, from a day to a day."""

    giver = models.ForeignKey(User, models.PROTECT, related_name="mandates_given")
    taker = models.ForeignKey(User, models.PROTECT, related_name="mandates_taken")
    deeds = models.JSONField(default=list)  # of people.rights
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=200)
    document = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    revoked_on = models.DateField(null=True)
    revoked_by_name = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="nobody_mandates_themselves"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="mandate_ends_after_it_begins"),
        ]

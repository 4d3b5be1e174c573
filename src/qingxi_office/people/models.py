"""Custody of people."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from qingxi_office.places.models import Place, Unit


class Role(models.TextChoices):
    """What a person is here for; what each may do stands in ``people.rights``."""

    COUNTY_OFFICER = "county_officer", "县主管"
    TOWNSHIP_CLERK = "township_clerk", "乡镇专干"
    OPERATOR_FOREMAN = "operator_foreman", "运维班长"
    INSPECTOR = "inspector", "巡查员"
    SUPERVISOR = "supervisor", "上级督导"
    AUDITOR = "auditor", "审计（只读）"


class People(BaseUserManager["User"]):
    """Finding people by their sign-in name."""


class User(AbstractBaseUser):
    """One person with a sign-in. ``scope`` is the root of the places they answer for."""

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="people")
    role = models.CharField(max_length=20, choices=Role.choices)
    scope = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)  # refused outside a demo home
    created_at = models.DateTimeField()
    left_on = models.DateField(null=True, blank=True)  # the first day on which they work here no more
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="took_over_from")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name", "role"]
    objects = People()

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class SignInLink(models.Model):
    """A link that sets a password once (邀请、重设密码). The link itself is not kept, only its hash."""

    class Purpose(models.TextChoices):
        INVITE = "invite", "邀请"
        RESET = "reset", "重设密码"

    person = models.ForeignKey(User, models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    void = models.BooleanField(default=False)  # a later link took its place, or the person left
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["-id"]

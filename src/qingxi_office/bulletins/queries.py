"""Reading bulletins, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.people.rights import Way, seen_by

BULLETIN = Way("bulletin", place="")


def bulletins(user: Any) -> QuerySet[BulletinRecord]:
    return seen_by(user, BulletinRecord.objects.select_related("drafted_by"), BULLETIN)

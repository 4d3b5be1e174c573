"""The disclosure list held against what was published: each row with its day, and what is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from qingxi.calendar import WorkingDays
from qingxi.disclosure import Owed, Standing, owed_list, standing
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.queries import county
from qingxi_office.plans.models import PlanRecord
from qingxi_office.projects.models import ProjectStep
from qingxi_office.published.actions import put_up
from qingxi_office.published.models import Publication
from qingxi_office.samples.models import Campaign


@dataclass(frozen=True, slots=True)
class Line:
    """One row with how it stands; ``where`` and ``href`` where it was published elsewhere."""

    owed: Owed
    standing: Standing
    where: str = ""
    href: str = ""


def _day(moment: datetime | date | None) -> date | None:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


def _changed() -> dict[str, date | None]:
    """The day of the last change of what is owed after a change; one query each."""
    key_classes = ("重点", "督办")
    return {
        "plan": _day(PlanRecord.objects.aggregate(on=Max("adopted_at"))["on"]),
        "works": ProjectStep.objects.aggregate(on=Max("on"))["on"],
        "sample": Campaign.objects.aggregate(on=Max("done_on"))["on"],
        "issue": IssueRecord.objects.filter(klass__in=key_classes).aggregate(on=Max("closed_on"))["on"],
        "bulletin": BulletinRecord.objects.aggregate(on=Max("issued_on"))["on"],
        "channels": (own.as_of if (own := county()) else None),
    }


def lines(today: date) -> list[Line]:
    """Every row, the overdue first. Eight queries, whatever was published."""
    said = {
        row["kind"]: _day(row["on"])
        for row in Publication.objects.order_by().values("kind").annotate(on=Max("published_at"))
    }
    elsewhere = {p.key: p for p in Publication.objects.filter(kind="elsewhere", superseded_at=None)}
    changed, working = _changed(), WorkingDays()
    out = []
    for owed in owed_list():
        other = elsewhere.get(owed.key)
        days = [d for d in (said.get(owed.kind) if owed.kind else None, other.as_of if other else None) if d]
        found = standing(
            owed, today, published=max(days, default=None), changed=changed.get(owed.key), working=working
        )
        out.append(Line(owed, found, other.data["where"] if other else "", other.data["href"] if other else ""))
    return sorted(out, key=lambda line: -line.standing.late)


def publish_list(*, by: Any, as_of: date) -> Publication:
    """Put the list itself up, with how it stands: who owes what is public too."""
    own = county()
    if own is None:
        raise ValueError("还没有县,先载入台账")
    rows = [
        {
            "key": x.owed.key, "what": x.owed.what, "who": x.owed.who, "kind": x.owed.kind, "when": x.owed.when.value, "days": x.owed.days,
            "clock": x.owed.clock, "basis": x.owed.basis, "trust": x.owed.trust.value, "due": x.standing.due.isoformat() if x.standing.due else None,
            "published": x.standing.published.isoformat() if x.standing.published else None, "met": x.standing.met, "late": x.standing.late,
            "where": x.where, "href": x.href,
        }
        for x in lines(as_of)
    ]  # fmt: skip
    data = {"rows": rows, "host": own.lead_department, "county": own.place.name}
    return put_up(
        "owing",
        own.place.code,
        f"{own.place.name}公开目录",
        data,
        as_of=as_of,
        because=[f"place:{own.place.code}"],
        by=by,
    )

"""What this person may see, one function a book: every page reads through here."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord, Undecided
from qingxi_office.funds.models import FundSource
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.places.models import Duty, Place
from qingxi_office.plans.models import HamletOption, SystemRow
from qingxi_office.programmes.models import Clash, LotRow, OtherWork
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.villages.models import HamletRecord, VillageRecord

_FACILITY_OWN = ("owner_unit_id", "operator_unit_id")


def villages(user: Any) -> QuerySet[VillageRecord]:
    rows = VillageRecord.objects.filter(place__valid_to=None).select_related("place", "place__parent")
    return seen_by(user, rows, Way("village"))


def hamlets(user: Any) -> QuerySet[HamletRecord]:
    return seen_by(user, HamletRecord.objects.select_related("place"), Way("hamlet"))


def places(user: Any) -> QuerySet[Place]:
    return seen_by(user, Place.objects.filter(valid_to=None), Way("place", place="path"))


def duties(user: Any) -> QuerySet[Duty]:
    return seen_by(user, Duty.objects.select_related("unit"), Way("duty"))


def facilities(user: Any) -> QuerySet[FacilityRecord]:
    rows = FacilityRecord.objects.select_related("place", "place__parent")
    return seen_by(user, rows, Way("facility", own=_FACILITY_OWN))


def findings(user: Any) -> QuerySet[FindingRecord]:
    rows = FindingRecord.objects.select_related("facility", "facility__place", "facility__place__parent")
    own = tuple(f"facility__{field}" for field in _FACILITY_OWN)
    return seen_by(user, rows, Way("finding", place="facility__place__path", own=own))


def undecided(user: Any) -> QuerySet[Undecided]:
    own = tuple(f"facility__{field}" for field in _FACILITY_OWN)
    return seen_by(user, Undecided.objects.all(), Way("finding", place="facility__place__path", own=own))


def issues(user: Any) -> QuerySet[IssueRecord]:
    rows = IssueRecord.objects.select_related(
        "place", "place__parent", "facility", "rectifier", "lead", "verifier", "closer"
    )
    return seen_by(user, rows, Way("issue", own=("rectifier_id", "lead_id", "verifier_id", "closer_id")))


def systems(user: Any) -> QuerySet[SystemRow]:
    return seen_by(user, SystemRow.objects.filter(plan__is_current=True), Way("plan", place=""))


def options(user: Any) -> QuerySet[HamletOption]:
    return seen_by(user, HamletOption.objects.filter(plan__is_current=True), Way("plan", place=""))


def lots(user: Any) -> QuerySet[LotRow]:
    return seen_by(user, LotRow.objects.select_related("place"), Way("lot", place=""))


def works(user: Any) -> QuerySet[OtherWork]:
    return seen_by(user, OtherWork.objects.select_related("place"), Way("lot", place=""))


def clashes(user: Any) -> QuerySet[Clash]:
    rows = Clash.objects.select_related("lot", "work", "place", "place__parent")
    return seen_by(user, rows, Way("lot", place=""))


def projects(user: Any) -> QuerySet[ProjectRecord]:
    return seen_by(user, ProjectRecord.objects.select_related("place", "lot"), Way("project", place=""))


def funds(user: Any) -> QuerySet[FundSource]:
    return seen_by(user, FundSource.objects.all(), Way("fund", place=""))


def figures(user: Any) -> QuerySet[FigureRecord]:
    return seen_by(user, FigureRecord.objects.select_related("place"), Way("figure"))


def bulletins(user: Any) -> QuerySet[BulletinRecord]:
    return seen_by(user, BulletinRecord.objects.all(), Way("bulletin", place=""))

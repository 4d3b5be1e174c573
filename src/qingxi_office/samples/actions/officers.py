"""双随机: the list of officers, the yearly plan, and standing back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.sampling import Kind, draw_officers
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.samples import law
from qingxi_office.samples.actions.field import pool_of
from qingxi_office.samples.actions.own import check_leads, held, ref
from qingxi_office.samples.law import Refused
from qingxi_office.samples.models import Campaign, InspectionPlan, Officer, TeamMember
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


@transaction.atomic
def keep_officer(
    name: str, unit: Unit, licence: str, valid_to: date, place: Place, *, by: Any, person: User | None = None
) -> Officer:
    """Write an officer into the list, or anew under the same licence number."""
    rights.check(by, "run_sample", path=place.path)
    reasons = []
    if not name.strip() or not licence.strip():
        reasons.append("姓名和执法证号都要写")
    if valid_to < clock.today():
        reasons.append(f"执法证 {valid_to} 已经过期")
    if unit.kind == "运维单位":
        reasons.append("运维企业的人不能是执法检查人员")
    if reasons:
        raise Refused(reasons)
    row, _ = Officer.objects.update_or_create(
        licence=licence.strip(),
        defaults={"name": name.strip(), "unit": unit, "valid_to": valid_to, "place": place, "person": person},
    )
    trail.record("officer.kept", Ref("officer", str(row.pk)), by=by, after={"name": row.name, "until": valid_to})
    return row


@transaction.atomic
def keep_plan(
    year: int, title: str, matter: str, document: str, approved_on: date, place: Place, *, by: Any
) -> InspectionPlan:
    """One line of the yearly plan of checks at enterprises, with the document that approved it."""
    rights.check(by, "run_sample", path=place.path)
    empty = [
        word for word, said in (("名称", title), ("检查事项", matter), ("批准文号", document)) if not said.strip()
    ]
    if empty:
        raise Refused([f"{'、'.join(empty)}要写"])
    if not 2000 <= year <= 2100:
        raise Refused([f"年度 {year} 不对"])
    row = InspectionPlan(
        year=year, title=title.strip(), matter=matter.strip(), document=document.strip(), approved_on=approved_on,
        place=place, by_name=str(by),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record("inspection_plan.kept", Ref("inspection_plan", str(row.pk)), by=by, after={"title": row.title})
    return row


@transaction.atomic
def recuse(member: TeamMember, why: str, *, by: Any) -> TeamMember:
    """An officer stands back, with the reason; the next in the rank of the same seed takes the place."""
    campaign: Campaign = held(member.team.campaign)
    check_leads(by, campaign)
    law.need(campaign, Campaign.State.FIELD)
    if campaign.kind != Kind.DOUBLE.value or member.officer_id is None:
        raise Refused(["只有双随机抽出来的执法人员办回避"])
    if not why.strip() or member.recused_on is not None:
        raise Refused(["写明回避的理由（亲属、曾任职、有利害关系…），已经回避的不再办"])
    visit = member.team.visits.select_related("row").get()
    if visit.entries.exists():
        raise Refused(["已经录了检查结果，不能再换人"])
    member.recused_on, member.recused_why = clock.today(), why.strip()
    member.save(update_fields=["recused_on", "recused_why"])
    gone = {str(m.officer_id) for m in member.team.members.exclude(recused_on=None)}
    there = {str(m.officer_id) for m in member.team.members.filter(recused_on=None)}
    pool = pool_of(campaign)
    barred = gone | {o.id for o in pool if o.unit == visit.row.name}
    try:
        ranked = draw_officers(pool, visit.row.key, law.seed(campaign), clock.today(), recused=barred)
    except ValueError as wrong:
        raise Refused([str(wrong)]) from wrong
    new = next(o for o in ranked if o.id not in there)
    row = Officer.objects.select_related("person").get(pk=int(new.id))
    fresh = TeamMember(team=member.team, officer=row, person=row.person, name=row.name)
    fresh.save(force_insert=True)
    trail.record(
        "sample.recused", ref(campaign), by=by, because=why.strip(), before={"name": member.name}, after={"name": new.name}
    )  # fmt: skip
    return fresh

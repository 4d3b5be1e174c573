"""From the plan of a check to its draw."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.sampling import (
    Design,
    Kind,
    draw_by,
    effective_checklist,
    faults_of,
    required_share,
    sealed_digest,
    seed_of,
    station_ids,
)
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import facilities
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Place
from qingxi_office.published import actions as published
from qingxi_office.samples import law
from qingxi_office.samples.actions.own import check_leads, held, ref
from qingxi_office.samples.law import Refused
from qingxi_office.samples.models import Campaign, FrameRow, InspectionPlan, Team, TeamMember
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.numbers import next_key

S = Campaign.State
LEAST = 2  # people of a team: one drives and nobody is alone at a well


@transaction.atomic
def create(
    kind: str,
    title: str,
    place: Place,
    *,
    by: Any,
    measured_by: str = "",
    reason: str = "",
    plan: InspectionPlan | None = None,
    required: float | None = None,
) -> Campaign:
    """A check in draft.

    A 专项检查 says why it goes where it goes; a 双随机 rests on a line of the yearly plan of checks at enterprises.
    """
    rights.check(by, "run_sample", path=place.path)
    share = required_share() if required is None else required
    reasons = []
    if kind not in Campaign.Kind.values:
        reasons.append(f"没有“{kind}”这种检查")
    if not title.strip():
        reasons.append("检查要有名称")
    if kind == Kind.TARGETED.value and not reason.strip():
        reasons.append("专项检查要写明为什么查这些地方（群众反映、通报、在线数据…）")
    if kind == Kind.DOUBLE.value and plan is None:
        reasons.append("双随机要在年度涉企检查计划里，先登记计划")
    if not 0 < share < 1:
        reasons.append("要求的有效运行率在 0 和 100 % 之间")
    if reasons:
        raise Refused(reasons)
    now = clock.now()
    unit = getattr(by, "unit", None)
    row = Campaign(
        key=next_key(Campaign, f"CJ-{now.year}-"), kind=kind, title=title.strip(), place=place,
        organiser=unit, measured_by=measured_by.strip() or (unit.name if unit else str(by)),
        made_by=by if isinstance(by, User) else None, made_at=now, required=share, plan=plan, reason=reason.strip(),
        checklist=effective_checklist().version,
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record("sample.made", ref(row), by=by, because=reason.strip(), after={"kind": kind, "title": row.title})
    return row


@transaction.atomic
def set_teams(campaign: Campaign, teams: Sequence[Sequence[User]], *, by: Any) -> list[Team]:
    """Write down who goes: teams of two or more, nobody in two. Until the first list is opened."""
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.DRAFT, S.FROZEN, S.COMMITTED, S.DRAWN)
    if campaign.kind == Kind.DOUBLE.value:
        raise Refused(["双随机的检查人员从执法人员名录里抽，不由人指定"])
    named = [list(t) for t in teams if t]
    reasons = []
    if not named:
        reasons.append("至少要有一个组")
    everybody = [p.pk for t in named for p in t]
    if len(set(everybody)) != len(everybody):
        reasons.append("有人在两个组里")
    short = sum(len(t) < LEAST for t in named)
    if short:
        reasons.append(f"{short} 个组不足 {LEAST} 人：要两个人各录一份")
    idle = sorted({p.name for t in named for p in t if not p.is_active or not rights.may(p, "check_station")})
    if idle:
        reasons.append(f"{'、'.join(idle)} 的角色不能到站检查")
    if reasons:
        raise Refused(reasons)
    campaign.teams.all().delete()
    out = []
    for n, people in enumerate(named, 1):
        team = Team(campaign=campaign, name=f"第 {n} 组")
        team.save(force_insert=True)
        TeamMember.objects.bulk_create(TeamMember(team=team, person=p, name=p.name) for p in people)
        out.append(team)
    trail.record("sample.teams_set", ref(campaign), by=by, after=[len(t) for t in named])
    return out


@transaction.atomic
def commit(
    campaign: Campaign,
    design: Design,
    *,
    outside_name: str,
    outside_day: date,
    depart_on: date,
    back_on: date,
    by: Any,
) -> str:
    """Lay down design and outside number, and publish the commitment; from here on nothing of them can be changed.

    Gives the key, once: the organiser writes it down, no book holds it, and without it nobody draws or opens the list.
    """
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.FROZEN)
    today, population = clock.today(), law.population_of(campaign)
    reasons = faults_of(design, population)
    if population.checksum != campaign.checksum:
        reasons.append("冻结的名单被动过，指纹对不上")
    if not outside_name.strip():
        reasons.append("要写明用哪一个公开数字（彩票期号、股指收盘…），它现在还没有开出来")
    if outside_day < today or (outside_day == today and clock.practice_day() is None):
        reasons.append("公开数字要在今天以后才开出来，否则说不清是不是挑过")
    if depart_on < outside_day:
        reasons.append("出发日不能早于抽取日")
    if back_on < depart_on:
        reasons.append("现场结束不能早于出发日")
    if reasons:
        raise Refused(reasons)
    campaign.design, campaign.outside_name, campaign.outside_day = design.written, outside_name.strip(), outside_day
    campaign.depart_on, campaign.back_on = depart_on, back_on
    key = secrets.token_hex(16)
    campaign.commitment = replace(law.promise_of(campaign), nonce=key).commitment
    campaign.committed_at, campaign.state = clock.now(), S.COMMITTED
    campaign.save()
    published.put_up(
        "sample", campaign.key, campaign.title, _promised(campaign), as_of=today, because=[ref(campaign)], by=by
    )
    trail.record(
        "sample.committed", ref(campaign), by=by,
        after={"commitment": campaign.commitment, "checksum": campaign.checksum, "design": campaign.design},
    )  # fmt: skip
    return key


def _promised(campaign: Campaign) -> dict[str, Any]:
    """What is published before the draw: no rate, no list, only what binds the organiser."""
    return {
        "state": "committed", "kind": campaign.kind, "measured_by": campaign.measured_by, "population": campaign.population,
        "left_out": campaign.left_out, "frame_on": str(campaign.frame_on), "design": campaign.design,
        "checksum": campaign.checksum, "commitment": campaign.commitment, "outside_name": campaign.outside_name,
        "outside_day": str(campaign.outside_day),
    }  # fmt: skip


@transaction.atomic
def draw(campaign: Campaign, outside_value: str, *, by: Any, key: str = "") -> Campaign:
    """Write down the outside number and draw with the organiser's key. Kept are how many and the list's fingerprint under the
    key: neither list nor key is in the books, and who reads them all cannot make the list.
    """
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.COMMITTED)
    if campaign.outside_day is None or clock.today() < campaign.outside_day:
        raise Refused([f"{campaign.outside_name} 要到 {campaign.outside_day} 才开出来"])
    if not outside_value.strip():
        raise Refused(["写下开出来的数字，照公布的样子"])
    nonce = law.key_of(campaign, key)
    chosen = draw_by(Design.read(campaign.design), law.population_of(campaign), seed_of(nonce, outside_value))
    campaign.outside_value = outside_value.strip()
    campaign.list_digest, campaign.drawn_n = sealed_digest(chosen, nonce), len(station_ids(chosen))
    campaign.drawn_at, campaign.state = clock.now(), S.DRAWN
    campaign.save()
    trail.record(
        "sample.drawn", ref(campaign), by=by,
        after={"number": campaign.outside_value, "n": campaign.drawn_n, "list_sha256": campaign.list_digest},
    )  # fmt: skip
    return campaign


@transaction.atomic
def choose(campaign: Campaign, chosen: Mapping[int, str], *, depart_on: date, back_on: date, by: Any) -> Campaign:
    """The stations of a 专项检查, chosen on purpose: facility by key, each with its reason. Sealed until departure as well."""
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.DRAFT)
    if campaign.kind != Kind.TARGETED.value:
        raise Refused(["随机的检查不能指定对象"])
    rows = list(
        facilities(by).filter(pk__in=list(chosen), place__path__startswith=campaign.place.path)
        if isinstance(by, User)
        else FacilityRecord.objects.select_related("place__parent").filter(pk__in=list(chosen))
    )
    reasons = []
    if not rows:
        reasons.append("选出要查的站")
    if back_on < depart_on or depart_on < clock.today():
        reasons.append("出发日不能早于今天，结束不能早于出发")
    if reasons:
        raise Refused(reasons)
    campaign.frame.all().delete()
    FrameRow.objects.bulk_create(
        FrameRow(
            campaign=campaign, key=f.key, name=f.name, township=f.place.parent.name if f.place.parent else "",
            operator=f.operator, design_m3_d=f.design_m3_d, lon=f.lon, lat=f.lat, facility=f,
            cluster=(chosen[f.pk].strip() or campaign.reason)[:160],
        )
        for f in rows
    )  # fmt: skip
    campaign.frame_source, campaign.frame_on, campaign.population = "按线索选定", clock.today(), len(rows)
    campaign.depart_on, campaign.back_on, campaign.drawn_n = depart_on, back_on, len(rows)
    campaign.state = S.FROZEN
    campaign.save()
    trail.record("sample.chosen", ref(campaign), by=by, because=campaign.reason, after={"n": len(rows)})
    return campaign


@transaction.atomic
def cancel(campaign: Campaign, reason: str, *, by: Any) -> Campaign:
    """Call a check off, with the reason; one that has a result stays."""
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.DRAFT, S.FROZEN, S.COMMITTED, S.DRAWN, S.FIELD)
    if not reason.strip():
        raise Refused(["写明为什么不查了；公布过承诺的检查不能悄悄不查"])
    was, campaign.state, campaign.reason = campaign.state, S.CANCELLED, reason.strip()[:300]
    campaign.save()
    if campaign.committed_at:
        published.put_up(
            "sample", campaign.key, campaign.title, {**_promised(campaign), "state": "cancelled", "reason": reason.strip()},
            as_of=clock.today(), because=[ref(campaign)], by=by,
        )  # fmt: skip
    trail.record("sample.cancelled", ref(campaign), by=by, because=reason.strip(), before=was)
    return campaign

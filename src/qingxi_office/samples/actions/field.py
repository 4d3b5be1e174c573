"""Departure and the field week: opening sealed lists, two blind entries, a third who decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.sampling import (
    Checklist,
    Kind,
    Officer,
    differing,
    draw_officers,
    effective_checklist,
    share_out,
    station_ids,
)
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.samples import law
from qingxi_office.samples.actions.own import check_leads, held, ref
from qingxi_office.samples.law import Refused
from qingxi_office.samples.models import Campaign, Entry, FrameRow, Team, TeamMember, Visit
from qingxi_office.samples.models import Officer as OfficerRow
from qingxi_office.samples.queries import is_sent, leads
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

S, V = Campaign.State, Visit.State


def _of(visit: Visit) -> Ref:
    """A visit has its own history: one doubtful value is asked after by itself."""
    return Ref("spot_visit", str(visit.pk))


@transaction.atomic
def open_list(campaign: Campaign, *, by: Any, team: Team | None = None, key: str = "") -> int:
    """Open a team's sealed list (of a 双随机: all of them) on the day of departure; gives how many visits it holds.

    By the organiser or by a member of that team. Who opened it when stands in the trail; only now do the rows exist.
    The first opening asks for the organiser's key (from its envelope); from then on the books hold it.
    """
    held(campaign)
    member = team is not None and team.members.filter(person_id=getattr(by, "pk", None) or 0).exists()
    if not member:
        check_leads(by, campaign)
    else:
        rights.check(by, "check_station")
    targeted = campaign.kind == Kind.TARGETED.value
    law.need(campaign, *((S.FROZEN, S.FIELD) if targeted else (S.DRAWN, S.FIELD)))
    if campaign.depart_on is None or clock.today() < campaign.depart_on:
        raise Refused([f"名单封存到出发日 {campaign.depart_on}，之前谁也打不开"])
    if not targeted:
        campaign.nonce = law.key_of(campaign, key)
    if campaign.kind == Kind.DOUBLE.value:
        made = _open_double(campaign, by)
    else:
        if team is None or team.campaign_id != campaign.pk:
            raise Refused(["说明打开哪一组的名单"])
        if team.opened_at is not None:
            raise Refused([f"{team.name}的名单 {team.opened_by} 已经打开了"])
        made = _open_team(campaign, team, by)
    campaign.state = S.FIELD
    campaign.save(update_fields=["state", "nonce"])
    trail.record("sample.opened", ref(campaign), by=by, after={"team": team.name if team else "全部", "n": made})
    return made


def _open_team(campaign: Campaign, team: Team, by: Any) -> int:
    if not campaign.visits.exists():
        _share_out(campaign)  # on the first opening, for all teams: what each may read is still its own list
    team.opened_at, team.opened_by = clock.now(), str(by)
    team.save(update_fields=["opened_at", "opened_by"])
    return team.visits.count()


def _share_out(campaign: Campaign) -> None:
    rows = {r.key: r for r in FrameRow.objects.filter(campaign=campaign).select_related("facility__place")}
    parts: dict[str, list[str]] = {}
    if campaign.kind == Kind.TARGETED.value:
        parts = {key: [] for key in rows}
        key = campaign.key
    else:
        for one in law.drawn(campaign):
            parts.setdefault(one.id, []).append(one.part)
        key = law.seed(campaign)
    teams = {t.name: t for t in campaign.teams.prefetch_related("members__person__scope", "members__person__unit")}
    barred = {(t.name, k) for t in teams.values() for k in parts if _stands_back(t, rows[k])}
    try:
        shared = share_out(parts, teams, key, barred)
    except ValueError as wrong:
        raise Refused([str(wrong)]) from wrong
    Visit.objects.bulk_create(
        (Visit(campaign=campaign, row=rows[k], team=teams[shared[k]], parts=parts[k]) for k in sorted(parts)),
        batch_size=500,
    )


def _stands_back(team: Team, row: FrameRow) -> bool:
    """Whether a team must not go there: somebody of it belongs to the unit that runs or owns the station, or answers for
    exactly its township or village."""
    facility = row.facility
    for member in team.members.all():
        person = member.person
        if person is None:
            continue
        if person.unit is not None and row.operator and person.unit.name == row.operator:
            return True
        if facility is None:
            continue
        if person.unit_id and person.unit_id in (facility.operator_unit_id, facility.owner_unit_id):
            return True
        if person.role == "township_clerk" and person.scope and facility.place.path.startswith(person.scope.path):
            return True
    return False


def pool_of(campaign: Campaign) -> list[Officer]:
    """The licensed officers of the campaign's place as the library draws them."""
    rows = OfficerRow.objects.filter(place__path__startswith=campaign.place.path).select_related("unit")
    return [Officer(str(o.pk), o.name, o.licence, o.valid_to, o.unit.name) for o in rows]


def _open_double(campaign: Campaign, by: Any) -> int:
    rows = {r.key: r for r in FrameRow.objects.filter(campaign=campaign)}
    pool, seed, day = pool_of(campaign), law.seed(campaign), clock.today()
    keys = station_ids(law.drawn(campaign))
    people = {str(o.pk): o for o in OfficerRow.objects.select_related("person")}
    for key in keys:
        row = rows[key]
        barred = {o.id for o in pool if o.unit == row.name}
        try:
            sent = draw_officers(pool, row.key, seed, day, recused=barred)
        except ValueError as wrong:
            raise Refused([str(wrong)]) from wrong
        team = Team(campaign=campaign, name=f"{row.name}"[:40], opened_at=clock.now(), opened_by=str(by))
        team.save(force_insert=True)
        TeamMember.objects.bulk_create(
            TeamMember(team=team, officer=people[o.id], person=people[o.id].person, name=o.name) for o in sent
        )
        Visit(campaign=campaign, row=row, team=team, parts=[""]).save(force_insert=True)
    return len(keys)


def _judged(asked: Checklist, answers: Mapping[str, object]) -> tuple[dict[str, str], bool | None, list[str]]:
    known = asked.known(answers)
    cannot = any(
        a is not None and a.effect == "cannot" for q in asked.questions if (a := q.answer(known.get(q.key, "")))
    )
    missing = [] if cannot else [q.word for q in asked.missing(known)]
    return known, asked.effective(known), [f"“{w}”还没有选" for w in missing]


@transaction.atomic
def enter(visit: Visit, answers: Mapping[str, object], *, visited_on: date, by: User, note: str = "") -> Visit:
    """One person's entry. In a random sample two people enter, each without seeing the other's; where they agree the visit
    is settled, where they differ a third person decides. Of a 专项检查 or 双随机 one entry is enough.
    """
    campaign = held(visit.campaign)
    visit = Visit.objects.select_for_update(of=("self",)).select_related("team", "row").get(pk=visit.pk)
    visit.campaign = campaign
    rights.check(by, "check_station")
    if not is_sent(by, visit) and not (campaign.kind == Kind.DOUBLE.value and leads(by, campaign)):
        raise rights.Denied(f"这座站由{visit.team.name}检查，只有组员能录入")
    law.need(campaign, S.FIELD)
    reasons = []
    known: dict[str, str] = {}
    effective: bool | None = None
    if campaign.kind == Kind.DOUBLE.value:
        if not note.strip():
            reasons.append("写下检查结果（未发现问题，或发现了什么）")
    else:
        known, effective, reasons = _judged(effective_checklist(campaign.checklist), answers)
    if visited_on > clock.today() or (campaign.depart_on and visited_on < campaign.depart_on):
        reasons.append(f"到站日期要在出发日 {campaign.depart_on} 和今天之间")
    double = campaign.kind == Kind.RANDOM.value
    others = [e for e in visit.entries.all() if e.by_id != by.pk]
    if visit.state in (V.SETTLED, V.CANNOT, V.DIFFERS) and double:
        reasons.append("两份都录了，不能再改；要改由第三人定")
    if reasons:
        raise Refused(reasons)
    Entry.objects.update_or_create(
        visit=visit, by=by,
        defaults={
            "by_name": str(by), "answers": known, "effective": effective, "visited_on": visited_on,
            "note": note.strip(), "at": clock.now(),
        },
    )  # fmt: skip
    if not double:
        _settle(visit, known, effective, visited_on, note.strip(), str(by))
    elif not others:
        visit.state = V.ONE
    elif differing(others[0].answers, known):
        visit.state = V.DIFFERS
    else:
        _settle(
            visit,
            known,
            effective,
            max(visited_on, others[0].visited_on),
            note.strip() or others[0].note,
            "两份一致",
        )
    visit.save()
    # What was answered is not in the trail: the second person must not read the first's there.
    trail.record(
        "sample.entered", _of(visit), by=by, after={"facility": visit.row.key, "number": 1 if not others else 2}
    )
    return visit


def _settle(visit: Visit, answers: dict[str, str], effective: bool | None, on: date, note: str, by: str) -> None:
    asked = visit.campaign.kind != Kind.DOUBLE.value
    visit.answers, visit.effective, visit.visited_on, visit.note = answers, effective, on, note
    visit.state = V.CANNOT if asked and effective is None else V.SETTLED
    visit.settled_by = by


@transaction.atomic
def adjudicate(visit: Visit, answers: Mapping[str, object], why: str, *, by: User) -> Visit:
    """A third person decides between two entries that differ, and says why."""
    campaign = held(visit.campaign)
    visit = Visit.objects.select_for_update(of=("self",)).select_related("team", "row").get(pk=visit.pk)
    visit.campaign = campaign
    rights.check(by, "check_station")
    entries = list(visit.entries.all())
    if not (leads(by, campaign) or is_sent(by, visit)):
        raise rights.Denied("由组织方或本组没有录入过这座站的人来定")
    if any(e.by_id == by.pk for e in entries):
        raise rights.Denied("录入过这座站的人不能定，要第三个人")
    known, effective, reasons = _judged(effective_checklist(campaign.checklist), answers)
    if visit.state != V.DIFFERS:
        reasons.append("这座站没有两份不一样的录入")
    if not why.strip():
        reasons.append("写明凭什么这样定（照片、记录、问了谁）")
    if reasons:
        raise Refused(reasons)
    _settle(visit, known, effective, max(e.visited_on for e in entries), why.strip(), str(by))
    visit.save()
    trail.record(
        "sample.adjudicated",
        _of(visit),
        by=by,
        because=why.strip(),
        after={"facility": visit.row.key},
    )
    return visit


@transaction.atomic
def could_not(visit: Visit, why: str, *, by: User) -> Visit:
    """A visit that did not come about, with the reason; it is counted as such and never replaced by another station."""
    campaign = held(visit.campaign)
    visit = Visit.objects.select_for_update(of=("self",)).select_related("team", "row").get(pk=visit.pk)
    rights.check(by, "check_station")
    if not (is_sent(by, visit) or leads(by, campaign)):
        raise rights.Denied(f"这座站由{visit.team.name}检查")
    law.need(campaign, S.FIELD)
    reasons = []
    if visit.state not in (V.OPEN, V.ONE):
        reasons.append("这座站已经有结果")
    if not why.strip():
        reasons.append("写明为什么没查成（塌方、站拆了…）")
    if reasons:
        raise Refused(reasons)
    visit.state, visit.note, visit.settled_by, visit.effective = V.CANNOT, why.strip(), str(by), None
    visit.save()
    trail.record("sample.missed", _of(visit), by=by, because=why.strip(), after={"facility": visit.row.key})
    return visit


def became(visit: Visit, issue_key: str, *, by: Any) -> Visit:
    """Write down which problem of the ledger a visit became; once."""
    rights.check(by, "open_issue")
    if visit.issue_key:
        raise Refused([f"这座站的问题已经转成 {visit.issue_key}"])
    if visit.state not in (V.SETTLED, V.CANNOT):
        raise Refused(["结果还没有定，不能转问题"])
    visit.issue_key = issue_key
    visit.save(update_fields=["issue_key"])
    trail.record("sample.became_issue", _of(visit), by=by, after={"facility": visit.row.key, "key": issue_key})
    return visit

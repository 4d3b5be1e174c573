"""What the county publishes, and how each published thing is made from the books.

Public pages read nothing else. A publication's ``data`` is plain values, frozen:

``station`` (key: the facility's public code)
    key, name, village, township, process, design_m3_d, commissioned, operator, status, status_word,
    township_code, households_connected (null and households_withheld true: a small count, or one that would give a small
    one away), village_households, answer (one plain sentence), visit {on, at, by_role, ok, of, bad[]} or
    null, lab {on, laboratory, values[{quantity, value}], verdict, verdict_known} or null, duties[{role, person, title,
    phone, unit}], money {total_fen, sources[{name, fen}]} or null, hotline, host, lon, lat
``rate`` (key: the county's code)
    county, figures[{name, text, numerator, denominator, unit_counted, formula, denominator_label, counts, definition,
    version, value, unit, low, high, measurer}], townships[{code, name, text, numerator, denominator, value}],
    villages[{code, name, township, township_code, state, state_on, lon, lat}], host
``connected`` (key: the county's code)
    rows[{code, name, level, connected, withheld}], rule{threshold, width, base}: households connected by place
``issue`` (key: the problem's number)
    key, title, facility, facility_name, place, found_on, closed_on, rectifier, verifier, closer, steps[{on, step, unit}]
``bulletin`` (key: the bulletin's key)
    title, document_number, issued_on, signer, issuer, period, addressees, sections[{heading, paragraphs, tables[{caption, header,
    rows, note}]}]: its text without what points to a person; no sections in what was published before there were any

Never published: households, points of houses, phone numbers of reporters, findings that nobody confirmed.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from qingxi.disclosure import stated_rule
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.funds.models import Allocation
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.people import rights
from qingxi_office.places.models import County
from qingxi_office.places.queries import DutyBook, duty_book, heads
from qingxi_office.places.queries import county as own_county
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.published.actions import put_up, put_up_many
from qingxi_office.published.models import Publication
from qingxi_office.readings.models import LabRow, VisitRow
from qingxi_office.site.publishing_counts import Connected
from qingxi_office.trail import actions as trail
from qingxi_office.villages.models import VillageRecord

HOTLINE = "12345"
_BAD_ANSWERS = {"no", "off", "fault", "broken"}
_BAD_WHEN_YES = {"smell", "sewage_around"}
_GIVEN = ("budget", "correction")  # what was set aside; payments out of it are the same money a second time
_ROLE_WORDS = {"village": "村巡查员", "operator": "运维人员", "county": "县里的人"}


def _county() -> County:
    county = own_county()
    if county is None:
        raise ValueError("还没有县,先载入台账")
    return county


@transaction.atomic
def publish_stations(*, by: Any, as_of: date) -> int:
    """Publish every facility's page; gives how many are new or changed. Reads each book once.

    Small counts of households are withheld here, at the source: no page and no file can tell them.
    """
    rights.check(by, "publish")
    county = _county()
    rows = list(FacilityRecord.objects.select_related("place", "place__parent").exclude(status="scrapped"))
    last_visit = _last_visits()
    labs = _last_labs()
    duties = duty_book()
    houses = dict(VillageRecord.objects.values_list("place_id", "households"))
    money = _money()
    connected = Connected(rows, county, as_of=as_of, by=by)
    rule = stated_rule()
    if rows:
        put_up(
            "connected",
            county.place.code,
            f"{county.place.name}接户数",
            {
                "rows": connected.places(),
                "rule": {"threshold": rule.threshold, "width": rule.width, "base": rule.base},
            },
            as_of=as_of,
            because=list(connected.refs),
            by=by,
        )
    made = [
        _station(
            row, county, last_visit.get(row.pk), labs.get(row.pk, []), duties, houses, money.get(row.key), as_of
        )
        for row in rows
    ]
    for station in made:
        data = station["data"]
        data["households_connected"] = connected.of(data["key"])
        data["households_withheld"] = data["households_connected"] is None
        if rule.small(data["village_households"] or 0):
            data["village_households"] = None
    return put_up_many(made, by=by)


def _last_visits() -> dict[int, VisitRow]:
    """The last round at each facility; two queries."""
    last = dict(VisitRow.objects.order_by().values_list("facility_id").annotate(Max("visited_at")))
    rows = VisitRow.objects.filter(visited_at__in=set(last.values()))
    return {row.facility_id: row for row in rows if last.get(row.facility_id) == row.visited_at}


def _last_labs() -> dict[int, list[LabRow]]:
    """The last effluent sheet of each facility; two queries."""
    effluent = LabRow.objects.filter(point="effluent")
    last = dict(effluent.order_by().values_list("facility_id").annotate(Max("sampled_on")))
    out: dict[int, list[LabRow]] = defaultdict(list)
    for row in effluent.filter(sampled_on__in=set(last.values())):
        if last.get(row.facility_id) == row.sampled_on:
            out[row.facility_id].append(row)
    return out


def _money() -> dict[str, dict[str, Any]]:
    """What each facility's projects cost and from which sources; a facility without a project is left out.

    Two queries. ``refs`` are the projects and sources that it was read from.
    """
    given: dict[str, list[Allocation]] = defaultdict(list)
    for move in Allocation.objects.filter(subject__startswith="project:", kind__in=_GIVEN).select_related("fund"):
        given[move.subject].append(move)
    out: dict[str, dict[str, Any]] = {}
    for project in ProjectRecord.objects.exclude(facility_key=""):
        own = out.setdefault(project.facility_key, {"total_fen": 0, "sources": {}, "refs": []})
        own["total_fen"] += project.total_fen
        own["refs"].append(f"project:{project.key}")
        for move in given[f"project:{project.key}"]:
            own["sources"][move.fund.name] = own["sources"].get(move.fund.name, 0) + move.amount_fen
            own["refs"].append(f"fund:{move.fund.key}")
    return out


def _visit(row: VisitRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    asked = {
        key: said for key, said in row.answers.items() if not key.startswith("basic_")
    }  # 三基本 is the village's
    bad = [
        question
        for question, answer in asked.items()
        if (answer == "yes" if question in _BAD_WHEN_YES else answer in _BAD_ANSWERS)
    ]
    on = row.visited_at
    return {
        "on": on.date().isoformat(), "at": on.isoformat(), "by_role": _ROLE_WORDS.get(row.by_role, row.by_role),
        "ok": len(asked) - len(bad), "of": len(asked), "bad": bad,
    }  # fmt: skip


def _lab(rows: list[LabRow], row: FacilityRecord) -> dict[str, Any] | None:
    if not rows:
        return None
    return {
        "on": rows[0].sampled_on.isoformat(), "laboratory": rows[0].laboratory,
        "values": [{"quantity": r.quantity, "value": r.value} for r in rows],
        "standard": row.discharge_class,
    }  # fmt: skip


def _station(
    row: FacilityRecord, county: County, visit_row: VisitRow | None, labs: list[LabRow],
    duties: DutyBook, houses: dict[int, int | None], money: dict[str, Any] | None, as_of: date,
) -> dict[str, Any]:  # fmt: skip
    place, township = row.place, row.place.parent
    visit = _visit(visit_row)
    chain = [path.rstrip("/").rpartition("/")[2] for path in heads(place.path)]
    answers = duties.who(chain, as_of, f"facility:{row.key}", {row.operator, row.owner} - {""})
    in_charge = [answer for answer in answers if answer.name][:6]
    word = row.get_status_display()
    answer = {
        "in_use": f"{row.name}登记为在用。", "trial": f"{row.name}在试运行。", "stopped": f"{row.name}停运了。",
        "joined": f"{row.name}已接入管网,不再单独运行。",
    }.get(row.status, f"{row.name}:{word}。")  # fmt: skip
    if visit and row.status in ("in_use", "trial"):
        looked = f"{visit['on']} 有人检查过,{visit['of']} 项"
        answer = (
            f"{row.name}{looked}都正常。"
            if not visit["bad"]
            else f"{row.name}{looked}里有 {len(visit['bad'])} 项不正常。"
        )
    refs = [f"facility:{row.key}"]
    if visit_row is not None:
        refs.append(f"visit:{visit_row.key}")
    if labs:
        refs.append(f"lab:{labs[0].sample}")
    if money:
        refs += dict.fromkeys(money["refs"])
    return {
        "kind": "station", "key": row.public_code, "title": row.name, "as_of": as_of, "because": refs,
        "data": {
            "key": row.key, "name": row.name, "village": place.name, "village_code": place.code,
            "township": township.name if township else "", "township_code": township.code if township else "",
            "process": row.process, "design_m3_d": row.design_m3_d,
            "commissioned": row.commissioned.isoformat() if row.commissioned else None, "operator": row.operator,
            "status": row.status, "status_word": word, "households_connected": row.households_connected,
            "village_households": houses.get(place.pk), "answer": answer, "visit": visit, "lab": _lab(labs, row),
            "duties": [
                {
                    "role": a.duty.role.value, "person": a.name, "title": a.duty.post if a.name == a.duty.person else "",
                    "phone": a.phone, "unit": a.duty.unit,
                }
                for a in in_charge
            ],
            "money": {
                "total_fen": money["total_fen"],
                "sources": [
                    {"name": name, "fen": fen} for name, fen in sorted(money["sources"].items(), key=lambda kv: -kv[1])
                ],
            } if money else None,
            "hotline": HOTLINE, "host": county.lead_department, "lon": row.lon, "lat": row.lat,
        },
    }  # fmt: skip


def publish_rate(*, by: Any, as_of: date) -> Publication:
    """Publish the county's rate: its figures as of the day, each township's, and every village's state."""
    rights.check(by, "publish")
    county = _county()
    figures = list(
        FigureRecord.objects.filter(as_of=as_of, definition__startswith="treatment_rate").select_related("place")
    )
    newest = {(f.definition, f.place_id): f for f in sorted(figures, key=lambda f: f.pk)}
    own = [f for (_, place), f in newest.items() if place == county.place_id]
    own.sort(key=lambda f: (f.definition != county.main_definition, f.definition))
    if not own:
        raise ValueError(f"{as_of:%Y-%m-%d} 还没有算过治理率,先计算")
    parts = [f for (d, place), f in newest.items() if place != county.place_id and d == own[0].definition]
    villages = VillageRecord.objects.filter(place__valid_to=None).select_related("place", "place__parent")
    inside = {line["ref"] for line in own[0].denominator_list}
    return put_up(
        "rate",
        county.place.code,
        f"{county.place.name}农村生活污水治理率",
        {
            "county": county.place.name, "host": county.lead_department, "target": county.target_rate,
            "figures": [
                {
                    "name": f.name, "text": f.text, "numerator": f.numerator, "denominator": f.denominator,
                    "unit_counted": f.unit_counted, "formula": f.formula, "denominator_label": f.denominator_label,
                    "counts": f.counts, "remarks": f.remarks, "definition": f.definition, "version": f.version, "value": f.value,
                    "unit": f.unit, "low": f.low, "high": f.high, "measurer": county.lead_department,
                }
                for f in own
            ],
            "townships": [
                {
                    "code": f.place.code, "name": f.place.name, "text": f.text, "numerator": f.numerator,
                    "denominator": f.denominator, "value": f.value,
                }
                for f in sorted(parts, key=lambda f: f.place.code)
            ],
            "villages": [
                {
                    "code": v.place.code, "name": v.place.name, "township": v.place.parent.name if v.place.parent else "",
                    "township_code": v.place.parent.code if v.place.parent else "", "lon": v.place.lon, "lat": v.place.lat, "state": v.state, "state_on": v.state_on.isoformat() if v.state_on else None,
                }
                for v in villages
                if f"village:{v.place.code}" in inside
            ],
        },
        as_of=as_of,
        because=[f"figure:{f.key}" for f in own],
        by=by,
    )  # fmt: skip


def publish_issue(row: IssueRecord, *, by: trail.Doer, as_of: date) -> Publication:
    """Publish one problem as it stands (公示, 销号公开): units and days, no persons, no reporter."""
    rights.check(by, "publish", path=row.place.path)
    steps = [
        {"on": s.on.isoformat(), "step": s.step, "unit": s.unit.name if s.unit else ""}
        for s in row.steps.select_related("unit")
    ]
    return put_up(
        "issue",
        row.key,
        row.title,
        {
            "key": row.key, "title": row.title, "facility": row.facility.key if row.facility else "",
            "facility_code": row.facility.public_code if row.facility else "",
            "facility_name": row.facility.name if row.facility else "", "place": row.place.name,
            "state": row.state, "found_on": row.found_on.isoformat(),
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "closed_on": row.closed_on.isoformat() if row.closed_on else None,
            "rectifier": str(row.rectifier or ""), "verifier": str(row.verifier or ""),
            "closer": str(row.closed_by_unit or row.closer or ""), "steps": steps,
        },
        as_of=as_of,
        because=[f"issue:{row.key}"],
        by=by,
    )  # fmt: skip

"""Problems, duties, bills, laboratory sheets and rounds as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from qingxi.files.office_tables import TABLES
from qingxi.issue import State
from qingxi.quantity import quantity
from qingxi_office.issues import actions as issues
from qingxi_office.issues.models import IssueStep
from qingxi_office.issues.queries import issues as seen_issues
from qingxi_office.people.queries import duties as seen_duties
from qingxi_office.places import actions as places
from qingxi_office.readings import actions as readings
from qingxi_office.readings.queries import bills as seen_bills
from qingxi_office.readings.queries import labs as seen_labs
from qingxi_office.readings.queries import visits as seen_visits
from qingxi_office.site.loading.ledgers import CLASSES, CLOSED, STATES
from qingxi_office.site.loading.sheets.book import Book, Objection, Row, text
from qingxi_office.site.loading.sheets.register import day_of, outside
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer, TakenIn

_PARTIES = {"rectifier": "rectifier", "supervisor": "lead", "verifier": "verifier", "closer": "closer"}


def _issues_here(user: Any) -> list[Row]:
    return [
        {
            "id": i.key, "title": i.title, "issue_class": i.category or i.klass, "source": i.source,
            "village": i.place.code if i.place.level == "village" else "", "facility": i.facility.key if i.facility else "",
            **{field: text(getattr(i, name)) for field, name in _PARTIES.items()},
            "found_on": i.found_on.isoformat(), "due_on": i.due_on.isoformat() if i.due_on else None, "state": i.state,
            "cause": i.cause,
        }
        for i in seen_issues(user)
    ]  # fmt: skip


def _against_issue(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = outside(scope, "village", row["village"], "") if row["village"] or not scope.whole_county else []
    if row["facility"] and row["facility"] not in scope.stations:
        found.append(Objection("facility", "设施编号不在本辖区的设施台账里", "请核对编号", "facility-unknown"))
    if STATES.get(row["state"], row["state"]) not in {s.value for s in State}:
        allowed = "、".join(s.value for s in State)
        found.append(Objection("state", f"状态要是台账的步骤之一：{allowed}", "请从列出的词中选填", "issue-state"))
    for field in _PARTIES:
        if row[field] and row[field] not in scope.units:
            found.append(
                Objection(field, f"单位名录里没有“{row[field]}”", "请写全称，或先在机构里登记", "unit-unknown")
            )
    if was is not None and row["id"] in scope.__dict__.setdefault(
        "moved", set(IssueStep.objects.values_list("issue__key", flat=True))
    ):
        found.append(Objection("id", "这个问题已经在系统里流转", "改动请在问题页上办，这里请照原样", "issue-moved"))
    return found


def _take_issues(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    out = []
    for r in rows:
        place = scope.village_of(r["village"]) or scope.county
        if place is None:
            continue
        state, found = STATES.get(r["state"], r["state"]), day_of(r["found_on"])
        refs = ([f"facility:{r['facility']}"] if r["facility"] else []) + (
            [f"village:{place.code}"] if r["village"] else []
        )
        out.append(
            {
                "key": r["id"], "title": r["title"][:200], "klass": CLASSES.get(r["issue_class"], "一般"),
                "category": text(r["issue_class"])[:20], "source": text(r["source"])[:20], "place_id": place.pk,
                "facility_id": scope.stations.get(r["facility"]),
                **{f"{name}_id": scope.units.get(r[field]) for field, name in _PARTIES.items()},
                "found_on": found, "assigned_on": found, "due_on": day_of(r["due_on"]), "state": state,
                "cause": text(r["cause"])[:80], "is_open": state not in CLOSED, "because": refs,
            }
        )  # fmt: skip
    return issues.take_in_ledger(out, by=by)


ISSUES = Book(
    TABLES["issues"], _issues_here, _against_issue, _take_issues, label=lambda r: str(r["title"])[:60],
    cover=lambda r: str(r["village"])[:9],
)  # fmt: skip


def _duties_here(user: Any) -> list[Row]:
    return [
        {
            "place": d.place.code if d.place else "", "matter": d.matter, "role": d.role, "unit": d.unit_name or text(d.unit),
            "person": d.person, "post": d.title, "phone": d.phone,
            "valid_from": d.valid_from.isoformat() if d.valid_from else None,
            "valid_to": d.valid_to.isoformat() if d.valid_to else None, "basis": d.basis,
        }
        for d in seen_duties(user).filter(subject="")
    ]  # fmt: skip


def _against_duty(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    if row["place"] not in scope.places:
        return [Objection("place", "代码不在本辖区", "请写行政区划代码", "place-unknown")]
    if was is not None and any(
        text(was[f]) != text(row[f]) for f in ("post", "phone", "valid_from", "valid_to", "basis")
    ):
        return [
            Objection(
                "person",
                "这条责任已经有了，不能用表改写",
                "换人、延期请在责任矩阵里按日期交接，旧名字留在旧日期上",
                "duty-by-deed",
            )
        ]
    return []


def _take_duties(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    done = places.take_in_duties(
        [
            {
                "place_id": scope.places[r["place"]].pk, "subject": "", "matter": r["matter"], "role": r["role"],
                "unit_id": scope.units.get(r["unit"]), "unit_name": r["unit"], "person": text(r["person"]), "title": text(r["post"]),
                "phone": text(r["phone"]), "valid_from": day_of(r["valid_from"]), "valid_to": day_of(r["valid_to"]),
                "basis": text(r["basis"]),
            }
            for r in rows
        ],
        by=by,
    )  # fmt: skip
    return TakenIn(done, 0, len(rows) - done, {})


DUTIES = Book(
    TABLES["duties"], _duties_here, _against_duty, _take_duties, label=lambda r: f"{r['matter']} {r['unit']}"
)


def _bills_here(user: Any) -> list[Row]:
    return [
        {"account": b.account, "month": b.month.isoformat(), "kwh": b.kwh, "yuan": b.amount_fen, "note": b.note}
        for b in seen_bills(user)
    ]


def _out_of_time(field: str, said: str, was: Row | None) -> list[Objection]:
    """A day that is not there yet, or before anybody kept such books; what the books have already stays."""
    day = said[:10]
    if was is not None or (day[:4] >= "2000" and day <= clock.today().isoformat()):
        return []
    rule = "日期比今天晚" if day[:4] >= "2000" else "年份太早"
    return [Objection(field, rule, "请核对日期", "bad-time")]


def _against_bill(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = _out_of_time("month", row["month"], was)
    if row["account"] in scope.accounts:
        return found
    return [
        *found,
        Objection(
            "account",
            "这个用电户号不属于本辖区的任何设施",
            "请核对户号，或先在设施台账里填用电户号",
            "account-unknown",
        ),
    ]


def _take_bills(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    return readings.take_in_bills(
        [
            {
                "key": f"{r['account']}/{r['month'][:7]}", "facility_id": scope.accounts[r["account"]], "account": r["account"],
                "month": day_of(r["month"]), "kwh": r["kwh"], "amount_fen": r["yuan"], "use": "管理",
                "note": text(r["note"])[:200],
            }
            for r in rows
        ],
        by=by,
    )  # fmt: skip


BILLS = Book(
    TABLES["bills"].only(("account", "month", "kwh", "yuan", "note")), _bills_here, _against_bill, _take_bills,
    label=lambda r: f"{r['account']} {str(r['month'])[:7]}",
)  # fmt: skip

_MEASURED = tuple(c.field for c in TABLES["labs"].columns if c.group)


def _labs_here(user: Any) -> list[Row]:
    out: dict[tuple[Any, ...], dict[str, Any]] = {}
    for x in seen_labs(user):
        key = (x.facility.key, x.sampled_on.isoformat(), x.point, x.report)
        row = out.setdefault(
            key,
            {
                "report": x.report, "laboratory": x.laboratory, "cma": x.cma, "facility": x.facility.key,
                "sampled_on": x.sampled_on.isoformat(), "point": x.point, "water_temp_c": x.water_temp_c,
                **dict.fromkeys(_MEASURED),
            },
        )  # fmt: skip
        if x.quantity in row:
            row[x.quantity] = x.value
    return list(out.values())


def _against_station(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    if row["facility"] in scope.stations:
        return []
    return [Objection("facility", "设施编号不在本辖区的设施台账里", "请核对编号", "facility-unknown")]


def _against_visit(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    return [*_against_station(scope, row, was), *_out_of_time("visited_at", row["visited_at"], was)]


def _against_lab(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = [*_against_station(scope, row, was), *_out_of_time("sampled_on", row["sampled_on"], was)]
    for code in _MEASURED:
        value, law = row[code], quantity(code)
        if value is None or law.plausible(value) or (was is not None and was[code] == value):
            continue
        rule = f"{law.chinese}不在 {law.low:g} 到 {law.high:g} {law.unit} 之间".replace("  ", " ")
        found.append(
            Objection(code, rule, "请核对单位和小数点；确实如此的，在“红格说明”里写明", "implausible", asks=True)
        )
    return found


def _lab_use(cma: str, was: tuple[str, str] | None) -> str:
    """What a laboratory value may be used for; ``was`` is the use and CMA number that the books have.

    Rules
    -----
    1. A sheet without a CMA number (the operator's own tests) is a clue: 线索.
    2. One with a number serves management: 管理. Nothing here says 执法.
    3. What stands in the books under the same number keeps its use: sending a sheet again raises nothing.
    """
    if was is not None and was[1] == cma:
        return was[0]  # RULE 3
    return "管理" if cma else "线索"  # RULES 1, 2


def _take_labs(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    out = []
    samples = {f"{r['facility']}/{r['sampled_on'][:10]}/{r['point']}" for r in rows}
    held = {
        key: (use, cma)
        for key, use, cma in seen_labs(by).filter(sample__in=samples).order_by().values_list("key", "use", "cma")
    }
    for r in rows:
        sample = f"{r['facility']}/{r['sampled_on'][:10]}/{r['point']}"
        out += [
            {
                "key": f"{sample}/{quantity}/{text(r['report'])}", "sample": sample, "facility_id": scope.stations[r["facility"]],
                "sampled_on": day_of(r["sampled_on"]), "point": r["point"], "quantity": quantity, "value": r[quantity],
                "laboratory": text(r["laboratory"]), "cma": text(r["cma"]), "report": text(r["report"]),
                "water_temp_c": r["water_temp_c"],
                "use": _lab_use(text(r["cma"]), held.get(f"{sample}/{quantity}/{text(r['report'])}")),
            }
            for quantity in _MEASURED
            if r[quantity] is not None
        ]  # fmt: skip
    readings.take_in_labs(out, by=by)
    return TakenIn(new, len(rows) - new, 0, {})


LABS = Book(
    TABLES["labs"], _labs_here, _against_lab, _take_labs, label=lambda r: f"{r['facility']} {str(r['sampled_on'])[:10]}"
)  # fmt: skip

_ASKED = tuple(c.field for c in TABLES["visits"].columns if c.group)


def _visits_here(user: Any) -> list[Row]:
    return [
        {
            "facility": v.facility.key, "visited_at": timezone.localtime(v.visited_at).replace(second=0, microsecond=0).isoformat(),
            "by": v.by_name, "by_role": v.by_role, **{q: v.answers.get(q) for q in _ASKED}, "meter_kwh": v.meter_kwh, "note": v.note,
        }
        for v in seen_visits(user)
    ]  # fmt: skip


def _take_visits(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    def at(row: Row) -> datetime:
        moment = datetime.fromisoformat(row["visited_at"])
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    return readings.take_in_visits(
        [
            {
                "key": f"{r['facility']}/{at(r):%Y-%m-%dT%H:%M}", "facility_id": scope.stations[r["facility"]],
                "visited_at": at(r), "by_name": text(r["by"]), "by_role": r["by_role"],
                "answers": {q: r[q] for q in _ASKED if r[q] is not None}, "meter_kwh": r["meter_kwh"], "note": text(r["note"]),
                "use": "线索",
            }
            for r in rows
        ],
        by=by,
    )  # fmt: skip


VISITS = Book(
    TABLES["visits"], _visits_here, _against_visit, _take_visits, label=lambda r: f"{r['facility']} {str(r['visited_at'])[:10]}"
)  # fmt: skip

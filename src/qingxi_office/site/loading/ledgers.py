"""Problems, money, other works and evidence of a folder."""

from typing import Any

from django.utils import timezone

from qingxi.issue import State
from qingxi_office.funds import actions as funds
from qingxi_office.issues import actions as issues
from qingxi_office.programmes import actions as programmes
from qingxi_office.readings import actions as readings
from qingxi_office.site.loading.under_way import Loading

# The county's own class names, in the classes of the law; what stands here as it is keeps its name in ``category``.
CLASSES = {
    "一般": "一般",
    "重点": "重点",
    "督办": "督办",
    "推进堵点": "推进堵点",
    "项目堵点": "推进堵点",
    "民生类": "重点",
}


STATES = {
    "自查自验": "自验",
    "已销号": "销号备案",
    "销号": "销号备案",
    "已完成": "销号备案",
    "整改": "整改中",
}
"""States as the counties' ledgers call them, in the words of the law."""
CLOSED = frozenset(s.value for s in (State.CLOSED, State.ARCHIVED, State.REVISITED, State.UNFOUNDED, State.MERGED))


def take_ledgers(at: Loading, books: Any, dwellings: Any) -> None:
    states = {state.value for state in State}
    rows = []
    for i in books.issues.rows:
        state = STATES.get(i.state, i.state)
        if state not in states:
            at.fault(
                books.issues.file,
                i.row,
                "状态",
                i.state,
                "状态要是台账的步骤之一,按 交办 处理",
                "改正状态",
                "issue-state",
            )
            state = State.ASSIGNED.value
        facility = at.facility_ids.get(i.facility)
        if i.facility and facility is None:
            at.fault(
                books.issues.file,
                i.row,
                "设施编号",
                i.facility,
                "编号要在处理设施台账里",
                "核对编号",
                "facility-unknown",
            )
        place = at.place(i.village, books.issues.file, i.row)
        refs = ([f"facility:{i.facility}"] if facility else []) + (
            [f"village:{place.code}"] if place.level == "village" else []
        )
        rows.append(
            {
                "key": i.id, "title": i.title[:200], "klass": CLASSES.get(i.issue_class, "一般"), "category": i.issue_class,
                "source": i.source, "place_id": place.pk, "facility_id": facility,
                "rectifier_id": at.units.get(i.rectifier), "lead_id": at.units.get(i.supervisor),
                "verifier_id": at.units.get(i.verifier), "closer_id": at.units.get(i.closer), "found_on": i.found_on,
                "assigned_on": i.found_on, "due_on": i.due_on, "state": state, "cause": i.cause,
                "is_open": state not in CLOSED, "because": refs,
            }
        )  # fmt: skip
    at.counts["issues"] = len(issues.take_in_ledger(rows, by=at.by).ids)
    at.counts["funds"] = len(
        funds.take_in_funds(
            [
                {
                    "key": f"{f.name}-{f.year}", "name": f.name, "kind": f.kind, "year": f.year, "amount_fen": f.amount_fen,
                    "eligible": list(f.eligible), "document": f.document, "state": f.status,
                }
                for f in books.funds.rows
            ],
            by=at.by,
        ).ids
    )  # fmt: skip
    county = at.county()
    at.counts["works"] = len(
        programmes.take_in_works(
            [
                {
                    "key": w.id, "department": w.department, "kind": w.kind, "name": w.name, "start": w.start, "end": w.end,
                    "budget_fen": w.budget_fen, "surface": w.surface, "place_id": county.pk,
                    "geometry": dwellings.work_lines.get(w.id),
                }
                for w in books.works.rows
            ],
            by=at.by,
        ).ids
    )  # fmt: skip


def take_evidence(at: Loading, evidence: Any) -> None:
    def facility(key: str, file: str) -> int | None:
        pk = at.facility_ids.get(key)
        if pk is None and (file, key) not in unknown:
            unknown.add((file, key))
            at.fault(file, None, "设施编号", key, "编号要在处理设施台账里", "核对编号", "facility-unknown")
        return pk

    unknown: set[tuple[str, str]] = set()
    at.counts["bills"] = len(
        readings.take_in_bills(
            [
                {
                    "key": f"{b.account}/{b.month:%Y-%m}", "facility_id": at.accounts.get(b.account), "account": b.account,
                    "month": b.month, "kwh": b.kwh, "use": b.use.value, "note": b.note[:200],
                }
                for b in evidence.bills.rows
            ],
            by=at.by,
        ).ids
    )  # fmt: skip
    lab_rows = []
    for r in evidence.labs.rows:
        pk = facility(r.facility, evidence.labs.file)
        if pk is not None:
            sample = f"{r.facility}/{r.sampled_on:%Y-%m-%d}/{r.point}"
            lab_rows.append(
                {
                    "key": f"{sample}/{r.quantity}/{r.report}", "sample": sample, "facility_id": pk,
                    "sampled_on": r.sampled_on, "point": r.point, "quantity": r.quantity, "value": r.value,
                    "laboratory": r.laboratory, "cma": r.cma, "report": r.report, "water_temp_c": r.water_temp_c,
                    "use": r.use.value,
                }
            )  # fmt: skip
    at.counts["labs"] = len(readings.take_in_labs(lab_rows, by=at.by).ids)
    visit_rows = []
    for v in evidence.visits.rows:
        pk = facility(v.facility, evidence.visits.file)
        if pk is not None:
            visit_rows.append(
                {
                    "key": f"{v.facility}/{v.visited_at:%Y-%m-%dT%H:%M}", "facility_id": pk,
                    "visited_at": v.visited_at if timezone.is_aware(v.visited_at) else timezone.make_aware(v.visited_at), "by_name": v.by, "by_role": v.by_role,
                    "answers": v.answers, "meter_kwh": v.meter_kwh, "note": v.note, "use": v.use.value,
                }
            )  # fmt: skip
    at.counts["visits"] = len(readings.take_in_visits(visit_rows, by=at.by).ids)
    day_rows = []
    for d in evidence.vendor.rows:
        pk = facility(d.facility, evidence.vendor.file)
        for quantity, value in (("flow", d.flow_m3_d), ("energy", d.energy_kwh)):
            if pk is not None and value is not None:
                day_rows.append(
                    {
                        "facility_id": pk,
                        "quantity": quantity,
                        "day": d.day,
                        "value": value,
                        "coverage": 1.0,
                        "source": "vendor",
                    }
                )
    at.counts["days"] = len(readings.take_in_days(day_rows, by=at.by).ids)

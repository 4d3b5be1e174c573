"""Villages, households, stations and places as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from qingxi.files.office_tables import TABLES
from qingxi_office.facilities import actions as facilities
from qingxi_office.facilities.queries import facilities as seen_facilities
from qingxi_office.people.queries import places as seen_places
from qingxi_office.places import actions as places
from qingxi_office.site.loading.sheets.book import Book, Objection, Row, text
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer, TakenIn
from qingxi_office.villages import actions as villages
from qingxi_office.villages.queries import households as seen_households
from qingxi_office.villages.queries import villages as seen_villages

_VILLAGE_FIELDS = (
    "code", "name", "township", "households", "people_registered", "people_resident", "people_festival", "state", "recognised_on",
    "document", "mode", "no_sewage_seen", "no_stench", "no_complaints", "households_connected", "sewer_km", "note",
)  # fmt: skip


def day_of(value: Any) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _villages_here(user: Any) -> list[Row]:
    return [
        {
            "code": v.place.code, "name": v.place.name, "township": v.place.parent.name if v.place.parent else "",
            "households": v.households, "people_registered": v.people_registered, "people_resident": v.people_resident,
            "people_festival": v.people_festival, "state": v.state, "recognised_on": _iso(v.state_on), "document": v.state_doc,
            "mode": v.mode, "no_sewage_seen": v.no_sewage_seen, "no_stench": v.no_odour, "no_complaints": v.no_complaint,
            "households_connected": v.households_connected, "sewer_km": v.sewer_km, "note": v.note,
        }
        for v in seen_villages(user)
    ]  # fmt: skip


def outside(scope: Scope, field: str, code: str, name: str) -> list[Objection]:
    """The objection to a village's code that is not one of the person's."""
    if scope.village_of(code) is not None:
        return []
    offer = scope.offer(name)
    rule = "代码不在本辖区的行政村里" if not scope.whole_county else "代码不在机构和地名表的行政村里"
    return [
        Objection(
            field,
            rule,
            (offer + "，请核对") if offer else "请核对代码；新设的村先在机构和地名里登记",
            "place-unknown",
        )
    ]


def _against_village(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = outside(scope, "code", row["code"], row["name"])
    if found:
        return found
    place = scope.places[row["code"]]
    if row["name"] not in (place.name, *place.former_names) and scope.codes_of.get(row["name"]):
        found.append(
            Objection(
                "name",
                f"该代码的村叫{place.name}",
                scope.offer(row["name"]) + "；请核对代码或村名",
                "village-name-differs",
            )
        )
    if row["state"] != "未完成" and not row["document"] and row["state"] != (was or {}).get("state"):
        found.append(Objection("document", f"认定为{row['state']}要有认定文号", "请填认定文号", "document-missing"))
    if was is not None and was["state"] != row["state"]:
        found.append(
            Objection(
                "state",
                f"治理状态从{was['state']}改为{row['state']}，请说明",
                "在“红格说明”里写明原因，再交一次",
                "needs-reason",
                asks=True,
            )
        )
    return found


def _take_villages(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    return villages.take_in_villages(
        [
            {
                "place_id": scope.places[r["code"]].pk, "households": r["households"], "people_registered": r["people_registered"],
                "people_resident": r["people_resident"], "people_festival": r["people_festival"], "state": r["state"],
                "state_on": day_of(r["recognised_on"]), "state_doc": text(r["document"]), "mode": text(r["mode"]),
                "no_sewage_seen": r["no_sewage_seen"], "no_odour": r["no_stench"], "no_complaint": r["no_complaints"],
                "households_connected": r["households_connected"], "sewer_km": r["sewer_km"], "note": text(r["note"]),
            }
            for r in rows
        ],
        by=by, on=clock.today(), because=because,
    )  # fmt: skip


VILLAGES = Book(
    TABLES["villages"].only(_VILLAGE_FIELDS), _villages_here, _against_village, _take_villages,
    label=lambda r: str(r["name"]), cover=lambda r: str(r["code"])[:9], known=("name", "township"),
)  # fmt: skip

_HOUSE_FIELDS = (
    "people_registered", "people_resident", "people_festival", "toilet", "separated", "rain_separated", "door", "connected",
    "water_source", "water_m3_month", "note", "lon", "lat",
)  # fmt: skip


def _households_here(user: Any) -> list[Row]:
    names = ("key", "hamlet", "hamlet_name", *_HOUSE_FIELDS)
    rows = seen_households(user).values_list("key", "hamlet__key", "hamlet__name", *_HOUSE_FIELDS).iterator(5000)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _against_household(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    if row["hamlet"] not in scope.hamlets:
        return [
            Objection(
                "hamlet",
                "自然村代码不在本辖区的自然村里",
                "请核对代码；新的组先在机构和地名里登记",
                "place-unknown",
            )
        ]
    if len(text(row["toilet"])) > 12 or len(text(row["water_source"])) > 12:
        return [Objection("toilet", "厕所类型、水源不能超过 12 个字", "请从列出的词中选填", "too-long")]
    return []


def _take_households(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    words = ("toilet", "door", "connected", "water_source", "note")
    return villages.put_households(
        [
            {
                "key": r["key"], "hamlet_id": scope.hamlets[r["hamlet"]],
                **{f: text(r[f])[: 200 if f == "note" else 60] if f in words else r[f] for f in _HOUSE_FIELDS},
            }
            for r in rows
        ],
        new, by=by, because=because,
    )  # fmt: skip


HOUSEHOLDS = Book(
    TABLES["households"], _households_here, _against_household, _take_households, label=lambda r: str(r["key"]),
    cover=lambda r: str(r["hamlet"])[:12], known=("hamlet_name",),
)  # fmt: skip


def _facilities_here(user: Any) -> list[Row]:
    out: list[Row] = []
    for f in seen_facilities(user):
        village = f.place if f.place.level == "village" else None
        township = village.parent if village else None
        out.append(
            {
                "id": f.key, "name": f.name, "village": village.code if village else "", "village_name": village.name if village else "",
                "township": township.name if township else "", "process": f.process, "design_m3_d": f.design_m3_d,
                "commissioned": _iso(f.commissioned), "owner": f.owner, "operator": f.operator,
                "discharge_class": f.discharge_class, "power_account": f.power_account, "status": f.status,
                "households_connected": f.households_connected, "lon": f.lon, "lat": f.lat, "evidence": f.evidence, "mn": f.mn,
                "note": f.note,
            }
        )  # fmt: skip
    return out


def _village_code(scope: Scope, row: Row) -> str:
    """The code a row means: its own, or that of the only village that bears the name it gives."""
    codes = scope.codes_of.get(row["village_name"], []) if not row["village"] else []
    return codes[0] if len(codes) == 1 else str(row["village"])


def _against_facility(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    code = _village_code(scope, row)
    if not code and scope.whole_county:
        return []
    found = outside(scope, "village", code, row["village_name"])
    if was is None and not found and row["id"] not in scope.stations:
        from qingxi_office.facilities.models import FacilityRecord

        if not scope.whole_county and FacilityRecord.objects.filter(key=row["id"]).exists():
            found.append(Objection("id", "这个编号已是别处的设施", "请换一个编号", "key-taken"))
    return found


def _take_facilities(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    out = []
    for r in rows:
        place = scope.village_of(_village_code(scope, r)) or scope.county
        if place is None:
            continue
        out.append(
            {
                "key": r["id"], "name": r["name"], "place_id": place.pk, "process": text(r["process"]), "design_m3_d": r["design_m3_d"],
                "lon": r["lon"], "lat": r["lat"], "commissioned": day_of(r["commissioned"]), "owner": text(r["owner"]),
                "owner_unit_id": scope.units.get(r["owner"]), "operator": text(r["operator"]),
                "operator_unit_id": scope.units.get(r["operator"]), "discharge_class": text(r["discharge_class"]),
                "power_account": text(r["power_account"]), "status": r["status"],
                "households_connected": r["households_connected"] or 0, "evidence": r["evidence"], "mn": text(r["mn"]),
                "note": text(r["note"]), "because": [f"village:{place.code}"] if place.level == "village" else [],
            }
        )  # fmt: skip
    return facilities.take_in_facilities(out, by=by, because=because)


FACILITIES = Book(
    TABLES["facilities"], _facilities_here, _against_facility, _take_facilities, label=lambda r: str(r["name"]),
    cover=lambda r: str(r["village"])[:9], known=("village_name", "township"),
)  # fmt: skip


def _places_here(user: Any) -> list[Row]:
    return [
        {"code": p.code, "name": p.name, "kind": p.kind, "village_class": p.village_class}
        for p in seen_places(user)
        if len(p.code) in (9, 12, 15)
    ]


def _against_place(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    code = row["code"]
    if not code.isdigit() or len(code) not in (9, 12, 15):
        return [Objection("code", "代码应是 9 位（乡镇）、12 位（村）或 15 位（组）数字", "请核对代码", "bad-code")]
    above = code[: {9: 6, 12: 9, 15: 12}[len(code)]]
    if was is None and above not in scope.places and above not in scope.__dict__.setdefault("coming", set()):
        return [Objection("code", f"上一级 {above} 不在本辖区", "请先登记上一级，或核对代码", "parent-unknown")]
    if was is not None and row["name"] != was["name"]:
        return [
            Objection(
                "name",
                f"这个代码现在叫{was['name']}",
                "改名请在机构和地名里办，写明日期和文件；这里请写现名",
                "name-by-deed",
            )
        ]
    scope.__dict__.setdefault("coming", set()).add(code)
    return []


def _take_places(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    places.take_in_tree(
        [{"code": r["code"], "name": r["name"], "kind": text(r["kind"]), "village_class": text(r["village_class"])} for r in rows],
        by=by, because=because,
    )  # fmt: skip
    return TakenIn(new, len(rows) - new, 0, {})


PLACES = Book(
    TABLES["places"], _places_here, _against_place, _take_places, label=lambda r: str(r["name"]), cover=lambda r: str(r["code"])[:6]
)  # fmt: skip

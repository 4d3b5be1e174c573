"""Villages, natural villages, households and facilities of a folder."""

from typing import Any

from qingxi_office.facilities import actions as facilities
from qingxi_office.readings import actions as readings
from qingxi_office.site.loading.under_way import Loading, known_count
from qingxi_office.trail import clock
from qingxi_office.villages import actions as villages


def take_register(at: Loading, said: Any, books: Any, dwellings: Any) -> None:
    at.counts["villages"] = villages.take_in_villages(
        [
            {
                "place_id": at.places[v.code].pk, "households": v.households, "people_registered": known_count(v.people_registered),
                "people_resident": known_count(v.people_resident), "people_festival": known_count(v.people_festival),
                "state": v.state.value, "state_on": v.recognised_on, "state_doc": v.document, "mode": v.mode,
                "no_sewage_seen": v.basics.no_sewage_seen, "no_odour": v.basics.no_stench,
                "no_complaint": v.basics.no_complaints, "households_connected": v.households_connected, "note": v.note,
                "because": [],
            }
            for v in books.villages.rows
        ],
        by=at.by, on=said.as_of or clock.today(),
    ).new  # fmt: skip
    villages.take_in_scope(
        [
            {
                "place_id": at.places[e.code].pk, "change": "列入" if e.added else "核减", "reason": e.reason,
                "signed_on": e.signed_on, "signed_by": e.signed_by,
            }
            for e in books.denominator.rows
            if e.code in at.places
        ],
        by=at.by,
    )  # fmt: skip
    listed = {h.code: h for h in books.hamlets.rows}
    hamlets = [p for p in at.places.values() if p.level == "hamlet"]
    at.counts["hamlets"] = len(
        villages.take_in_hamlets(
            [
                {
                    "key": p.code, "place_id": p.pk, "name": p.name,
                    "households": listed[p.code].households if p.code in listed else None,
                    "households_treated": listed[p.code].households_treated if p.code in listed else None,
                    "households_controlled": listed[p.code].households_controlled if p.code in listed else None,
                    "deductible": listed[p.code].deductible if p.code in listed else "", "note": "", "because": [],
                }
                for p in hamlets
            ],
            by=at.by,
        ).ids
    )  # fmt: skip


def take_households(at: Loading, dwellings: Any) -> None:
    houses = dwellings.households
    if houses is None:
        return
    from qingxi_office.villages.models import HamletRecord

    ids = dict(HamletRecord.objects.values_list("key", "pk"))
    keys = [] if dwellings.hamlets is None else [str(k) for k in dwellings.hamlets.id]
    rows, lost = [], 0
    for i, key in enumerate(houses.id):
        at_hamlet = int(houses.hamlet[i])
        hamlet = ids.get(keys[at_hamlet]) if 0 <= at_hamlet < len(keys) else None
        if hamlet is None:
            lost += 1
            continue
        lon, lat = dwellings.household_lon_lat[i]
        rows.append(
            {
                "key": str(key), "hamlet_id": hamlet, "people_registered": known_count(houses.people_registered[i]),
                "people_resident": known_count(houses.people_resident[i]), "people_festival": known_count(houses.people_festival[i]),
                "toilet": str(houses.toilet[i]), "separated": bool(houses.separated[i]),
                "lon": round(float(lon), 7), "lat": round(float(lat), 7),
            }
        )  # fmt: skip
    if lost:
        at.fault(
            "households", None, "hamlet", str(lost), "住户要归到一个自然村", "补自然村编号", "household-orphan"
        )
    at.counts["households"] = len(villages.take_in_households(rows, by=at.by).ids)


def take_facilities(at: Loading, books: Any) -> None:
    rows = []
    for line in books.facilities.rows:
        f = line.facility
        place = at.place(f.village, books.facilities.file, line.row)
        rows.append(
            {
                "key": f.id, "name": f.name, "place_id": place.pk, "process": f.process, "design_m3_d": f.design_m3_d,
                "lon": f.lon, "lat": f.lat, "commissioned": f.commissioned, "owner": f.owner,
                "owner_unit_id": at.units.get(f.owner), "operator": f.operator,
                "operator_unit_id": at.units.get(f.operator), "discharge_class": f.discharge_class,
                "power_account": f.power_account, "status": f.status, "households_connected": f.households_connected,
                "evidence": f.evidence.value, "mn": line.mn, "note": line.note,
                "because": [f"village:{place.code}"] if place.level == "village" else [],
            }
        )  # fmt: skip
        if (
            line.village_name
            and place.level == "village"
            and line.village_name not in (place.name, *place.former_names)
        ):
            at.fault(
                books.facilities.file, line.row, "行政村", line.village_name, f"该代码的村在行政村台账里叫{place.name}",
                "更名的请统一,填错的请改代码", "village-name-differs",
            )  # fmt: skip
    at.facility_ids = facilities.take_in_facilities(rows, by=at.by).ids
    at.accounts = {row["power_account"]: at.facility_ids[row["key"]] for row in rows if row["power_account"]}
    at.counts["facilities"] = len(rows)
    readings.take_in_devices(
        [
            {"mn": row["mn"], "facility_id": at.facility_ids[row["key"]], "password": _password(row["mn"])}
            for row in rows
            if row["mn"] and row["evidence"] == "hj212"
        ],
        by=at.by,
    )


def _password(mn: str) -> str:
    """The access password that the register of devices keeps; 123456 is what the standard's examples carry."""
    return "123456"

"""A county of the largest size in the books: 500 villages, 200,000 households, 3,000 facilities, put in by the office's own deeds.

Names and numbers are made from a seed; nothing here is anybody's. Used by ``office_load.py``.
"""

import random
from datetime import date, datetime, timedelta

CODE = "999901"
TOWNSHIPS, VILLAGES_EACH, HAMLETS_EACH, HOUSES_EACH, FACILITIES_EACH = 25, 20, 4, 100, 6
TODAY = date(2026, 11, 20)
PASSWORD = "qingxi-demo"
_FIRST = "东西南北上下大小新高石红青白柳松竹桃李溪河山泉云"
_SECOND = "岩湾坝坪沟桥店溪林坡塘坎岗寨冲垭井口岭湖"


def fill(clerks: int = 50) -> dict[str, int]:
    """Everything, through actions; gives how many of each. Django must be set up on a demo home."""
    from django.utils import timezone

    from qingxi_office.facilities import actions as facilities
    from qingxi_office.findings.actions import examine_all
    from qingxi_office.indicators.actions import compute
    from qingxi_office.people import actions as people
    from qingxi_office.people.models import Role
    from qingxi_office.places import actions as places
    from qingxi_office.places.models import Unit
    from qingxi_office.readings import actions as readings
    from qingxi_office.trail.actions import Office
    from qingxi_office.villages import actions as villages

    dice, by = random.Random(1), Office("压力测试")
    rows = [{"code": "99", "name": "虚构省"}, {"code": "9999", "name": "虚构市"}, {"code": CODE, "name": "大河县"}]
    for t in range(TOWNSHIPS):
        town = f"{CODE}{100 + t}"
        rows.append({"code": town, "name": f"{_FIRST[t % 24]}{_SECOND[t % 20]}镇"})
        for v in range(VILLAGES_EACH):
            code = f"{town}{200 + v}"
            rows.append(
                {
                    "code": code,
                    "name": f"{_FIRST[(t + 7 * v) % 24]}{_SECOND[v % 20]}村",
                    "kind": "村委会",
                    "lon": 103 + t * 0.02,
                    "lat": 30 + v * 0.02,
                }
            )
            rows += [{"code": f"{code}{h + 1:03d}", "name": f"{_FIRST[h]}组"} for h in range(HAMLETS_EACH)]
    tree = places.take_in_tree(rows, by=by)
    units = places.take_in_units(
        [
            {"name": "大河县生态环境局", "kind": "部门", "phone": "", "level": "县", "place_id": tree[CODE].pk},
            {"name": "大河县治污办", "kind": "部门", "phone": "", "level": "县", "place_id": tree[CODE].pk},
            *(
                {"name": f"运维{n}公司", "kind": "运维单位", "phone": "", "level": "村", "place_id": tree[CODE].pk}
                for n in range(5)
            ),
            *(
                {"name": f"{p.name}人民政府", "kind": "乡镇", "phone": "", "level": "乡镇", "place_id": p.pk}
                for p in tree.values()
                if p.level == "township"
            ),
        ],
        by=by,
    )
    places.set_county(
        tree[CODE], by=by, lead_unit_id=units["大河县生态环境局"], issuing_unit_id=units["大河县治污办"],
        lead_department="大河县生态环境局", issuing_body="大河县治污办", main_definition="treatment_rate_village", target_rate=75.0,
    )  # fmt: skip
    by_name = {unit.name: unit for unit in Unit.objects.all()}
    towns = [p for p in tree.values() if p.level == "township"]
    cast = [("officer", "甲", Role.COUNTY_OFFICER, tree[CODE], by_name["大河县生态环境局"], "主管")]
    cast += [
        (f"clerk{n:02d}", f"专干{n}", Role.TOWNSHIP_CLERK, towns[n % TOWNSHIPS], by_name[f"{towns[n % TOWNSHIPS].name}人民政府"], "专干")
        for n in range(clerks)
    ]  # fmt: skip
    people.cast_demo(cast, PASSWORD, by=by)
    living = [p for p in tree.values() if p.level == "village"]
    villages.take_in_villages(
        [
            {
                "place_id": p.pk, "households": HAMLETS_EACH * HOUSES_EACH, "people_registered": 1200,
                "people_resident": 900, "people_festival": 1300, "state": dice.choice(["已治理", "已治理", "已管控", "未完成"]),
                "state_on": TODAY - timedelta(days=200), "state_doc": "虚构〔2026〕1号", "mode": "聚集中", "no_sewage_seen": True,
                "no_odour": True, "no_complaint": True, "households_connected": 200, "note": "", "because": [],
            }
            for p in living
        ],
        by=by, on=TODAY,
    )  # fmt: skip
    villages.take_in_scope(
        [
            {"place_id": p.pk, "change": "列入", "reason": "虚构", "signed_on": TODAY, "signed_by": "甲"}
            for p in living
        ],
        by=by,
    )
    hamlets = [p for p in tree.values() if p.level == "hamlet"]
    ids = villages.take_in_hamlets(
        [
            {
                "key": p.code, "place_id": p.pk, "name": p.name, "households": HOUSES_EACH, "households_treated": 50,
                "households_controlled": 0, "deductible": "", "note": "", "because": [],
            }
            for p in hamlets
        ],
        by=by,
    ).ids  # fmt: skip
    houses = villages.take_in_households(
        [
            {
                "key": f"{p.code}{h:03d}", "hamlet_id": ids[p.code], "people_registered": 3, "people_resident": 2, "people_festival": 4,
                "toilet": "水冲", "separated": True, "lon": 103 + dice.random() / 2, "lat": 30 + dice.random() / 2,
            }
            for p in hamlets
            for h in range(HOUSES_EACH)
        ],
        by=by,
    )  # fmt: skip
    stations = facilities.take_in_facilities(
        [
            {
                "key": f"QX-{i * FACILITIES_EACH + f:05d}", "name": f"{p.name}{f + 1}号站", "place_id": p.pk, "process": "A/O",
                "design_m3_d": float(dice.choice([5, 10, 20, 30, 50])), "lon": 103 + dice.random() / 2, "lat": 30 + dice.random() / 2,
                "owner": "大河县水务公司", "owner_unit_id": None, "operator": f"运维{i % 5}公司", "operator_unit_id": units[f"运维{i % 5}公司"],
                "power_account": f"02{i * FACILITIES_EACH + f:08d}", "status": "in_use", "households_connected": 40,
                "evidence": "paper", "because": [f"village:{p.code}"],
            }
            for i, p in enumerate(living)
            for f in range(FACILITIES_EACH)
        ],
        by=by,
    ).ids  # fmt: skip
    idle = {key for key in stations if dice.random() < 0.08}
    months = [date(2025 + (10 + m) // 12, (10 + m) % 12 + 1, 1) for m in range(12)]
    readings.take_in_bills(
        [
            {
                "key": f"02{key[3:]:0>8}/{month:%Y-%m}", "facility_id": pk, "account": f"02{key[3:]:0>8}", "month": month,
                "kwh": 2.0 if key in idle and month >= date(2026, 4, 1) else dice.uniform(250, 420), "use": "管理",
            }
            for key, pk in stations.items()
            for month in months
        ],
        by=by,
    )  # fmt: skip
    readings.take_in_visits(
        [
            {
                "key": f"{key}/{week}", "facility_id": pk,
                "visited_at": timezone.make_aware(datetime(2026, 11, 19, 9)) - timedelta(weeks=week), "by_name": "巡查", "by_role": "village",
                "answers": {"blower": "on", "inflow": "yes", "outflow": "clear"}, "meter_kwh": None, "note": "", "use": "线索",
            }
            for key, pk in stations.items()
            for week in range(12)
        ],
        by=by,
    )  # fmt: skip
    examined = examine_all(by=by, as_of=TODAY)
    figures = compute(by=by, as_of=TODAY)
    opened = _open_issues(dice)
    return {
        "villages": len(living), "households": len(houses.ids), "facilities": len(stations), "bills": len(stations) * 12,
        "visits": len(stations) * 12, "findings": examined.findings, "issues": opened, "figures": len(figures),
    }  # fmt: skip


def _open_issues(dice: random.Random) -> int:
    """Every second finding confirmed by the officer and handed on as a problem."""
    from qingxi_office.findings import actions as findings
    from qingxi_office.findings.models import FindingRecord
    from qingxi_office.issues import actions as issues
    from qingxi_office.people.models import User

    officer = User.objects.select_related("unit", "scope").get(username="officer")
    opened = 0
    for finding in FindingRecord.objects.filter(state="proposed").select_related("facility__place__parent")[:600]:
        if dice.random() < 0.5:
            continue
        findings.decide(finding, True, by=officer, reason="已核")
        finding.refresh_from_db()
        issues.open_from_finding(finding, by=officer)
        opened += 1
    return opened

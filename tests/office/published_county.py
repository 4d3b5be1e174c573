"""A county of two villages that has published, for tests of the open door."""

from datetime import date

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.places.models import Place
from qingxi_office.published.actions import put_up

DAY = date(2026, 11, 20)


def publish(cast, office):
    """Stations, two days of rates (the first only a bound), a problem; 红岩村站 has 3 households, which stay unsaid."""
    from qingxi_office.site.publishing import publish_stations

    FacilityRecord.objects.filter(key="QX-001").update(lon=104.01, lat=30.31, households_connected=3)
    FacilityRecord.objects.filter(key="QX-002").update(lon=104.05, lat=30.35)
    Place.objects.filter(code="999901100200").update(lon=104.0, lat=30.3)
    publish_stations(by=office, as_of=DAY)
    for day, text, value in ((date(2020, 12, 31), "<20%", 20.0), (DAY, "50.0%", 50.0)):
        put_up(
            "rate", "999901", "天河坝县农村生活污水治理率",
            {
                "county": "天河坝县", "host": "天河坝县生态环境局",
                "figures": [
                    {"name": "治理率", "text": text, "numerator": 1, "denominator": 2, "unit_counted": "行政村", "formula": "÷", "definition": "treatment_rate_village",
                     "version": "1", "value": value, "unit": "%", "low": None, "high": None, "measurer": "天河坝县生态环境局", "denominator_label": "", "counts": {}}
                ],
                "townships": [{"code": "999901100", "name": "溪口镇", "text": "100.0%", "numerator": 1, "denominator": 1, "value": 100.0}],
                "villages": [
                    {"code": "999901100200", "name": "红岩村", "township": "溪口镇", "township_code": "999901100", "state": "已治理", "state_on": "2025-06-01", "lon": 104.0, "lat": 30.3},
                    {"code": "999901101200", "name": "柳湾村", "township": "岚坪镇", "township_code": "999901101", "state": "未完成", "state_on": None, "lon": None, "lat": None},
                ],
            },
            as_of=day, because=["figure:treatment_rate_village@1/999901/2026-11-20"], by=office,
        )  # fmt: skip
    put_up(
        "issue", "WT-2026-0001", "红岩村站风机不转",
        {"key": "WT-2026-0001", "title": "红岩村站风机不转", "facility": "QX-001", "facility_code": FacilityRecord.objects.get(key="QX-001").public_code, "facility_name": "红岩村站", "place": "红岩村",
         "state": "整改中", "found_on": "2026-11-01", "due_on": "2026-11-30", "closed_on": None, "rectifier": "清源运维公司", "verifier": "溪口镇人民政府", "closer": "县治污办", "steps": []},
        as_of=DAY, because=["issue:WT-2026-0001"], by=office,
    )  # fmt: skip

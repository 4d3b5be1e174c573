"""Small counts of households stay unsaid at the source: not on the station's page, not in the sums, not a day later."""

import json
from datetime import date

from django.test import Client

from qingxi.disclosure import Counts, Rule, exposed
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.opendata.models import Counted
from qingxi_office.published.queries import current
from qingxi_office.site.publishing import publish_stations
from qingxi_office.trail.models import Entry

DAY, LATER = date(2026, 11, 20), date(2026, 11, 21)


def said():
    return {p.data["key"]: p.data["households_connected"] for p in current("station")}


def places():
    return {r["code"]: r["connected"] for r in current("connected").get().data["rows"]}


def exposed_now():
    rows = Counted.objects.order_by("pk")
    return exposed([Counts(r.values, r.sums, frozenset(r.withheld)) for r in rows], Rule(5, 5))


def test_everything_is_said_where_nothing_is_small(cast, office):
    publish_stations(by=office, as_of=DAY)
    assert said() == {"QX-001": 40, "QX-002": 40}
    assert places() == {"999901": 80, "999901100": 40, "999901101": 40, "999901100200": 40, "999901101200": 40}


def test_a_small_count_goes_with_what_would_give_it_away(cast, office):
    """3 households at QX-001: its village and township say the same number, the county is 3 + 40; so QX-002's chain or the
    county must go too, or 43 − 40 = 3."""
    FacilityRecord.objects.filter(key="QX-001").update(households_connected=3)
    publish_stations(by=office, as_of=DAY)
    assert said()["QX-001"] is None
    table = places()
    assert table["999901100"] is None
    assert table["999901100200"] is None
    assert table["999901"] is None or (said()["QX-002"] is None and table["999901101"] is None)
    assert exposed_now() == ()
    page = Client().get(f"/s/{FacilityRecord.objects.get(key='QX-001').public_code}/").content.decode()
    assert "户数少，按规则不公开" in page
    assert "3 户" not in page


def test_a_day_later_nothing_comes_out_by_subtraction(cast, office):
    """All was said on Friday; on Saturday QX-001 has 3. The county's new sum less QX-002's known 40 would tell."""
    publish_stations(by=office, as_of=DAY)
    FacilityRecord.objects.filter(key="QX-001").update(households_connected=3)
    publish_stations(by=office, as_of=LATER)
    assert places()["999901"] is None
    assert said()["QX-001"] is None
    assert exposed_now() == ()
    FacilityRecord.objects.filter(key="QX-001").update(households_connected=9)
    publish_stations(by=office, as_of=LATER)
    assert said()["QX-001"] == 9
    assert exposed_now() == ()


def test_the_same_counts_are_kept_once_and_the_trail_tells(cast, office):
    publish_stations(by=office, as_of=DAY)
    publish_stations(by=office, as_of=LATER)
    assert Counted.objects.count() == 1
    row = Entry.objects.get(action="counts.disclosed")
    assert row.after["threshold"] == 5
    assert "40" not in json.dumps(row.after)

"""Publishing: frozen copies with a because, superseded and never changed; nothing personal gets out."""

import json
from datetime import date

import pytest

from qingxi_office.indicators.actions import compute
from qingxi_office.people.rights import Denied
from qingxi_office.published.actions import put_up
from qingxi_office.published.models import Publication
from qingxi_office.published.queries import current, history, latest
from qingxi_office.site.publishing import publish_rate, publish_stations
from qingxi_office.villages.models import HouseholdRecord

DAY = date(2026, 11, 20)


def test_nothing_without_because(db, office):
    with pytest.raises(ValueError, match="来由"):
        put_up("rate", "999901", "率", {}, as_of=DAY, because=[], by=office)


def test_newer_supersedes_and_same_is_not_repeated(db, office):
    first = put_up("rate", "999901", "率", {"text": "73.4%"}, as_of=DAY, because=["figure:a"], by=office)
    assert put_up("rate", "999901", "率", {"text": "73.4%"}, as_of=DAY, because=["figure:a"], by=office) == first
    second = put_up("rate", "999901", "率", {"text": "74.7%"}, as_of=DAY, because=["figure:b"], by=office)
    assert latest("rate", "999901") == second
    assert [p.pk for p in history("rate", "999901")] == [second.pk, first.pk]
    first.refresh_from_db()
    assert first.data == {"text": "73.4%"}
    assert first.superseded_at is not None


def test_stations_of_the_hamlet(hamlet, office):
    assert publish_stations(by=office, as_of=DAY) == hamlet.result["counts"]["facilities"]
    assert publish_stations(by=office, as_of=DAY) == 0
    for page in current("station"):
        assert page.data["answer"].endswith("。")
        assert page.because[0] == f"facility:{page.data['key']}"


def test_rate_needs_a_figure_of_the_day(hamlet, office):
    with pytest.raises(ValueError, match="没有算过"):
        publish_rate(by=office, as_of=DAY)
    compute(by=office, as_of=DAY)
    page = publish_rate(by=office, as_of=DAY)
    assert page.data["figures"][0]["text"] == "100.0%"
    assert len(page.data["villages"]) == page.data["figures"][0]["denominator"]


def test_no_household_is_published(hamlet, office):
    compute(by=office, as_of=DAY)
    publish_stations(by=office, as_of=DAY)
    publish_rate(by=office, as_of=DAY)
    text = json.dumps(list(Publication.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert not [key for key in HouseholdRecord.objects.values_list("key", flat=True) if f'"{key}"' in text]


def test_publishing_is_an_officers_deed(cast):
    with pytest.raises(Denied):
        publish_stations(by=cast.luomei, as_of=DAY)
    with pytest.raises(Denied):
        publish_stations(by=cast.sunning, as_of=DAY)


def test_money_of_a_station_is_published_by_source_once(cast, office):
    """30.00 万元 in all: 20.00 from the county, 8.00 from the village; a payment out of them is not money a second time."""
    from django.test import Client

    from qingxi.origin import Ref
    from qingxi_office.funds.actions import allocate
    from qingxi_office.funds.models import FundSource
    from qingxi_office.projects.models import ProjectRecord

    ProjectRecord.objects.create(
        key="P1",
        name="红岩村站",
        stage="运行",
        place=cast.places["999901100200"],
        total_fen=30_000_000,
        facility_key="QX-001",
    )
    county, village = (
        FundSource.objects.create(key=n, name=n, year=2023, amount_fen=90_000_000) for n in ("县财政", "村集体")
    )
    allocate(county, Ref("project", "P1"), 20_000_000, by=office)
    allocate(village, Ref("project", "P1"), 8_000_000, by=office)
    allocate(county, Ref("project", "P1"), 20_000_000, by=office, kind="payment")
    publish_stations(by=office, as_of=DAY)
    pages = {p.data["key"]: p for p in current("station")}
    assert pages["QX-001"].data["money"] == {
        "total_fen": 30_000_000,
        "sources": [{"name": "县财政", "fen": 20_000_000}, {"name": "村集体", "fen": 8_000_000}],
    }
    assert {"project:P1", "fund:县财政", "fund:村集体"} <= set(pages["QX-001"].because)
    text = Client().get(f"/s/{pages['QX-001'].key}/").content.decode()
    for words in ("花了多少钱", "30.00 万元", "20.00", "8.00", "来源没有登记", "2.00"):
        assert words in text, words
    assert pages["QX-002"].data["money"] is None
    assert "花了多少钱" not in Client().get(f"/s/{pages['QX-002'].key}/").content.decode()

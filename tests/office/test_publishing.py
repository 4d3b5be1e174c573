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

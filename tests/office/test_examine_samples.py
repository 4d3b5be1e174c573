"""The rules see in the office what devices said within the day: what days alone do not show, how it is read, when again."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from qingxi.reading import day_start_s
from qingxi.store import HotStore, compact_before
from qingxi.wire import Device as Logger
from qingxi.wire import Received
from qingxi.wire.hj212 import Message, Parser, encode, upload
from qingxi.world.plants import Episode, Kind, Level, make_plants
from qingxi_office.facilities.models import FacilityEvent, FacilityRecord
from qingxi_office.findings.actions import examine_all
from qingxi_office.findings.models import Examination, FindingRecord, Undecided
from qingxi_office.readings import sampled
from qingxi_office.readings.models import Device
from qingxi_office.site.rounds import keeping

pytestmark = pytest.mark.django_db
MN = "99990199000009"
FIRST = date(2026, 9, 1)
FROM, DAY = date(2026, 10, 16), date(2026, 11, 18)  # what the store holds: five weeks
L_S_A_M3_D, KW_A_KW = 1 / 86.4, 1.0


@pytest.fixture(scope="module")
def scene():
    """A plant that runs well but for five days, 12 to 16 November: water is reported and nothing draws power."""
    world = make_plants(5, 1, first=FIRST, days=200, faulty_share=0.0)
    return replace(world, episodes={0: [Episode(Kind.FAKE_FLOW, 72, 77, 1.0, False)]}).scene(0)


def put(store, mn, facility, samples, first, last, point="effluent"):
    """Minute reports of some quantities as frames through the parser into the store."""
    hot, parser = HotStore(store), Parser()
    hot.register({mn: Logger(mn=mn, password="", facility=facility, point=point, every_min=15)})
    low, high = day_start_s(first), day_start_s(last) + 86400
    wire = {"flow": ("flow", L_S_A_M3_D), "power": ("d30401", KW_A_KW)}
    by_time = {}
    for code, one in samples.items():
        name, times = wire.get(code, (code, 1.0))
        for at_s, value, good in zip(one.at_s.tolist(), one.values.tolist(), one.valid.tolist(), strict=True):
            if low <= at_s < high and good:
                by_time.setdefault(at_s, {})[name] = {"Avg": f"{value * times:.5f}", "Flag": "N"}
    for at_s, values in by_time.items():
        raw = encode(upload("2051", mn=mn, pw="", at=datetime.fromtimestamp(at_s, UTC), values=values))
        parser.feed(raw)
        parser.settle()
        message = parser.next_event()
        assert isinstance(message, Message), message
        received = Received(raw, "127.0.0.1:1", at_s * 1000 + 960_000)
        hot.keep_raw(received)
        hot.put(message, received)
    hot.commit()
    hot.close()


@pytest.fixture
def plant(cast, scene, settings, tmp_path):
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    known = scene.facility(Level.DEVICE)
    row = FacilityRecord.objects.create(
        key="QX-901", public_code="S901", name="甲站", place=cast.places["999901100200"], process=known.process,
        design_m3_d=known.design_m3_d, discharge_class=known.discharge_class, evidence="paper", owner="溪口镇人民政府",
    )  # fmt: skip
    Device.objects.create(mn=MN, facility=row, every_min=15)
    samples = {code: scene.seen.samples[code] for code in ("flow", "power")}
    put(settings.QINGXI_STORE, MN, "QX-901", samples, FROM, DAY)
    return row


def rules_of(row, **wanted):
    return set(FindingRecord.objects.filter(facility=row, is_current=True, **wanted).values_list("rule", flat=True))


def test_five_days_of_invented_water_are_found_and_days_alone_do_not_show_them(plant, office, settings):
    noon = datetime(2026, 11, 19, 4, tzinfo=UTC)
    keeping.readings(office, noon)  # the days come into the books, as the round of the hour does it
    store = settings.QINGXI_STORE
    settings.QINGXI_STORE = store.with_name("none.sqlite3")
    FacilityRecord.objects.filter(pk=plant.pk).update(evidence="hj212")
    examine_all(by=office, as_of=DAY)
    assert not rules_of(plant) & {"fake-run", "contradiction"}
    assert Examination.objects.get(facility=plant).level == "days"

    settings.QINGXI_STORE = store
    FacilityRecord.objects.filter(pk=plant.pk).update(
        evidence="paper"
    )  # the register is behind: what arrives counts
    examine_all(by=office, as_of=DAY)
    found = FindingRecord.objects.get(facility=plant, rule="fake-run", is_current=True)
    assert (found.period_from, found.period_to) == (date(2026, 11, 12), date(2026, 11, 16))
    assert found.level == "device"
    assert Examination.objects.get(facility=plant).level == "device"
    # No book has rain: the rule that needs it says so.
    reason = Undecided.objects.get(facility=plant, rule="rain-inflow").reason
    assert "雨" in reason

    # The same out of the archive, where all but the last days lie a day later.
    compact_before(store, date(2026, 11, 17), int(noon.timestamp() * 1000))
    again = examine_all(by=office, as_of=DAY, everything=True)
    assert again.new == 0
    assert FindingRecord.objects.get(facility=plant, rule="fake-run", is_current=True).pk == found.pk


def test_only_what_something_new_came_of_is_looked_at_again(plant, office, scene, settings):
    every = examine_all(by=office, as_of=DAY).facilities
    assert every >= 1
    assert examine_all(by=office, as_of=DAY).facilities == 0
    # A quarter-hour of June arrives late, on a day that no book knows.
    late = {"flow": replace(scene.seen.samples["flow"], at_s=np.array([day_start_s(date(2026, 6, 1))]),
                            values=np.array([9.0]), valid=np.array([True]))}  # fmt: skip
    put(settings.QINGXI_STORE, MN, "QX-901", late, date(2026, 6, 1), date(2026, 6, 1))
    assert examine_all(by=office, as_of=DAY).facilities == 1


def test_a_declared_stop_excuses(plant, office, cast):
    common = {"facility": plant, "kind": "status", "by_name": "王", "at": datetime(2026, 11, 12, tzinfo=UTC)}
    FacilityEvent.objects.create(on=date(2026, 11, 11), new={"status": "stopped"}, reason="检修", **common)
    FacilityEvent.objects.create(on=date(2026, 11, 17), new={"status": "in_use"}, reason="修好", **common)
    examine_all(by=office, as_of=DAY)
    assert "fake-run" not in rules_of(plant)


def test_power_is_kw_and_an_influent_device_is_named_so(plant, scene, settings):
    at = np.array([day_start_s(date(2026, 11, 18)) + 900 * i for i in range(8)])
    flow = scene.seen.samples["flow"]
    into = {"cod": replace(flow, quantity="cod", at_s=at, values=np.full(8, 210.0), valid=np.ones(8, bool))}
    put(settings.QINGXI_STORE, "99990199000010", "QX-901", into, DAY, DAY, point="influent")
    ((key, said),) = sampled.said(["QX-901", "QX-nowhere"], FROM, DAY)
    assert key == "QX-901"
    assert said.samples["cod_in"].values.tolist() == [210.0] * 8
    assert "cod" not in said.samples
    # 2025's d304 travels in kW, the house keeps kWh/d (×24), the rules speak of kW: what the meter showed comes back.
    power, shown = said.samples["power"], scene.seen.samples["power"]
    i = np.searchsorted(shown.at_s, power.at_s)
    assert np.allclose(power.values, shown.values[i], atol=1e-3)
    assert power.span_s == 900


def test_the_pages_say_whose_error_rate_applies_and_draw_from_the_store(plant, office, cast):
    examine_all(by=office, as_of=DAY)
    found = FindingRecord.objects.get(facility=plant, rule="fake-run", is_current=True)
    client = Client()
    client.force_login(cast.chenjing)
    page = client.get(reverse("finding", args=[found.pk]))
    # No day is in the books: the chart comes from the store alone.
    assert page.context["axis"]["fine"] == ["flow", "energy"]
    assert page.context["axis"]["series"] == reverse("facility_series", args=["QX-901"])
    assert page.context["has_chart"]
    said = page.content.decode()
    assert said.count("本条用这一行") == 1
    assert said.index("有数采仪") < said.index("本条用这一行")
    rules = client.get(reverse("finding_rules"))
    assert ("有数采仪", 1) in [(str(word), n) for word, n in rules.context["levels"]]
    FindingRecord.objects.filter(pk=found.pk).update(level="days")
    said = client.get(reverse("finding", args=[found.pk])).content.decode()
    assert "哪一行都不能直接用在它身上" in said
    assert "本条用这一行" not in said


def test_the_store_is_asked_once_for_all(plant, office, django_assert_max_num_queries):
    examine_all(by=office, as_of=DAY)
    with django_assert_max_num_queries(40):
        examine_all(by=office, as_of=DAY, everything=True)

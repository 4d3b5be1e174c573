"""Interval rules on one invented plant: each planted stretch is found on its days, and nothing else is said."""

from datetime import date, timedelta

import numpy as np
import pytest

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import Change, Evidence, Held, Life, join, survival, trace
from qingxi.reading import Samples, day_start_s, make_samples

FIRST, DAYS = date(2025, 1, 1), 200
PLANT = Facility(
    "A", "甲站", "", "", "A2O", 30, discharge_class="DB44/2208-2019 一级", evidence=EvidenceLevel.HJ212
)


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(1)
    n = DAYS * 96
    hour = (np.arange(n) % 96) / 4
    shape = 0.2 + 1.3 * np.exp(-(((hour - 8) / 2) ** 2)) + 1.5 * np.exp(-(((hour - 19) / 2.5) ** 2))
    q = {
        "flow": np.round(22 * shape / shape.mean() * np.exp(rng.normal(0, 0.15, n)), 1),
        "power": np.round(0.5 + 0.2 * rng.random(n), 2),
        "cod": np.round(35 * np.exp(rng.normal(0, 0.1, n)), 1),
        "cod_in": np.round(220 * np.exp(rng.normal(0, 0.2, n)), 1),
    }

    def put(code, first, last, change):
        q[code][first * 96 : last * 96] = change(q[code][first * 96 : last * 96])

    for code in ("flow", "power"):
        put(code, 30, 40, lambda v: v * 0)  # stopped: nothing at all
        put("flow", 60, 70, lambda v: v * 0)
    put("power", 60, 70, lambda v: v * 0 + 0.02)  # idle: the control box's 0.5 kWh a day
    put("flow", 90, 97, lambda v: v * 0)  # runs for show
    put("cod", 110, 111, lambda v: v * 0 + 33.3)  # frozen for a day
    put("cod", 130, 131, lambda v: q["cod"][126 * 96 : 127 * 96])  # copied from four days before
    put("cod", 150, 160, lambda v: v * 8)  # 280 mg/L out of 220
    keep = np.ones(n, dtype=bool)
    keep[180 * 96 : 185 * 96] = False  # silent for five days
    at = day_start_s(FIRST) + np.arange(n) * 900
    samples = {}
    for code, values in q.items():
        s = make_samples("A", code, "minute", at, values, np.full(n, "N"), 15)
        samples[code] = Samples("A", code, "minute", s.at_s[keep], s.values[keep], s.valid[keep], 900)
    return trace(PLANT, Evidence(samples=samples), FIRST, FIRST + timedelta(days=DAYS - 1))


def test_each_stretch_on_its_days_and_nothing_else(found):
    said = {(f.kind, (f.start - FIRST).days, (f.end - FIRST).days) for f in found}
    assert said == {
        ("stopped", 30, 39), ("idle", 60, 69), ("fake-run", 90, 96), ("frozen", 110, 110), ("copied", 130, 130),
        ("effluent-worse", 150, 159), ("over-limit", 150, 159), ("silent", 180, 184),
    }  # fmt: skip
    assert all(f.evidence and f.overturned_by and f.use == "线索" for f in found)


def test_a_finding_keeps_the_day_under_which_it_became_known(found):
    idle = next(f for f in found if f.kind == "idle")
    held = Held("idle", FIRST + timedelta(days=62), FIRST + timedelta(days=62), FIRST + timedelta(days=65))
    [(grown, change)] = join([held], [idle], idle.end)
    assert (grown.id, change) == ("A/idle/20250304", Change.GROWN)  # 1 January and 62 days
    [(_, change)] = join([held], [idle], idle.end + timedelta(days=30))
    assert change is Change.CLOSED


def test_survival_by_hand():
    lives = [
        Life(str(i), "g", years, ended)
        for i, (years, ended) in enumerate([(1, True), (2, False), (3, True), (4, False)])
    ]
    # 1 of 4 ends at 1: 3/4; 1 of the 2 still watched at 3: 3/4 x 1/2
    assert survival(lives, "g").share == pytest.approx((0.75, 0.375))

"""Honest real series: nobody is accused, and the rainy days of a real sewer are found."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import Evidence, rain_events, trace
from qingxi.reading import make_samples

FLOW = Path(__file__).resolve().parents[3] / "shared" / "data" / "flow"
pytestmark = pytest.mark.skipif(not FLOW.is_dir(), reason="the real series are not at hand")

MGD_M3_D = 3785.411784  # a US gallon is 3.785411784 litres
INCH_MM = 25.4


def _rows(name):
    with (FLOW / name).open(encoding="utf-8-sig") as lines:
        yield from csv.reader(lines)


def _samples(quantity, at, values, every_min, scale=1.0):
    """Times as on the file, read as Beijing's; a flow is brought to a village plant's range, which changes no pattern."""
    seconds = [int(t.timestamp()) - 8 * 3600 for t in at]
    numbers = np.array(values) * scale
    return make_samples("R", quantity, "minute", seconds, numbers, np.full(len(at), "N"), every_min)


def _sewer():
    at, mgd, rain_at, inches = [], [], [], []
    for row in list(_rows("sewer_flow/Flow_Monitor.csv"))[1:]:
        at.append(datetime(int(row[2]), int(row[0]), int(row[1]), int(row[3]), int(row[4]), tzinfo=UTC))
        mgd.append(float(row[5]) if row[5].strip() else np.nan)
    for row in list(_rows("sewer_flow/Rain_Gauge.csv"))[1:]:
        rain_at.append(datetime(int(row[2]), int(row[0]), int(row[1]), int(row[3]), int(row[4]), tzinfo=UTC))
        inches.append(float(row[5]))
    flow = _samples("flow", at, mgd, 15, MGD_M3_D / 10)
    rain = _samples("rain", rain_at, inches, 15, INCH_MM)
    return flow, rain, at[0].date(), at[-1].date()


def _control():
    at, mgd = [], []
    for row in list(_rows("sewer_flow/control_subsewershed_post.csv"))[1:]:
        cells = [cell.strip() for cell in row]
        at.append(datetime(int(cells[2]), int(cells[0]), int(cells[1]), int(cells[3]), int(cells[4]), tzinfo=UTC))
        mgd.append(float(cells[5]) if cells[5] else np.nan)
    return _samples("flow", at, mgd, 5, MGD_M3_D), at[0].date(), at[-1].date()


def _plant(name):
    at, mgd = [], []
    for row in list(_rows(f"memphis_maxson/live_data_{name}.csv"))[1:]:
        if row and row[0]:
            at.append(datetime.fromisoformat(row[0]).replace(tzinfo=UTC))
            mgd.append(float(row[5]) if row[5] else np.nan)
    return _samples("flow", at, mgd, 5, MGD_M3_D / 100), min(at).date(), max(at).date()


def _facility(flow):
    mean = float(np.nanmean(flow.values[flow.valid]))
    return Facility("R", "真站", "", "", "A2O", mean / 0.7, evidence=EvidenceLevel.HJ212)


@pytest.mark.parametrize("which", ["sewer", "control", "INF", "EFF"])
def test_no_honest_series_is_called_frozen_or_copied(which):
    if which == "sewer":
        flow, _, first, last = _sewer()
    else:
        flow, first, last = _control() if which == "control" else _plant(which)
    found = trace(_facility(flow), Evidence(samples={"flow": flow}), first, last)
    assert not [f.said for f in found if f.kind in {"frozen", "copied"}]


def test_rain_of_the_real_sewer():
    flow, rain, first, last = _sewer()
    facility, evidence = _facility(flow), Evidence(samples={"flow": flow}, rain_samples=rain)
    events = rain_events(facility, evidence, first, last)
    large = [e for e in events if e.rain_mm >= 20]
    assert large
    # Every large storm of a leaky sewer shows; none of the volumes stands without its interval.
    assert all(e.clear for e in large)
    assert all(e.low_m3 < e.volume_m3 < e.high_m3 for e in events)
    found = [f for f in trace(facility, evidence, first, last) if f.kind == "rain-inflow"]
    assert found
    wet = {
        (datetime.fromtimestamp(e.start_s, UTC) + timedelta(hours=8)).date() + timedelta(days=d)
        for e in large
        for d in (0, 1)
    }
    covered = {f.start + timedelta(days=d) for f in found for d in range((f.end - f.start).days + 1)}
    assert wet & _days(first, last) <= covered | {max(wet)}
    share = next(n for n in found[0].numbers if n.name == "占雨天水量")
    assert share.low < share.value < share.high


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=d) for d in range((last - first).days + 1)}

"""What the HJ 212 devices of the county have sent, frame by frame, in sending order."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from qingxi.wire.hj212 import encode, upload
from qingxi.world.chance import chance
from qingxi.world.days import TrueDays
from qingxi.world.stations import AS_OF, Station

if TYPE_CHECKING:
    from qingxi.world.county import County

DAYS = 60
PASSWORD = "123456"
"""What devices leave the factory with and nobody changes."""
_NIGHT = np.array(
    [
        0.25,
        0.2,
        0.18,
        0.18,
        0.25,
        0.6,
        1.4,
        1.9,
        1.7,
        1.2,
        1.0,
        1.2,
        1.5,
        1.2,
        0.9,
        0.8,
        0.9,
        1.2,
        1.7,
        1.9,
        1.6,
        1.2,
        0.8,
        0.45,
    ]
)
_HOURLY = _NIGHT / _NIGHT.mean()

Values = dict[str, dict[str, float | str]]


def _edition(number: int) -> int:
    """Every other device speaks the edition of 2025 and reports power; the rest the one of 2017."""
    return 2025 if number % 2 else 2017


def write_frames(folder: Path, county: "County", days: TrueDays) -> int:
    """Hourly and daily uploads of 60 days, zstd; returns the number of frames."""
    sent: list[tuple[datetime, str, bytes]] = []
    for i, s in enumerate(county.stations):
        if s.evidence == "HJ212":
            sent += _device(county.seed, s, days, i)
    sent.sort(key=lambda row: (row[0], row[1]))
    packed = zstandard.ZstdCompressor(level=6).compress(b"".join(row[2] for row in sent))
    (folder / "hj212.frames.zst").write_bytes(packed)
    return len(sent)


def _device(seed: int, s: Station, days: TrueDays, i: int) -> list[tuple[datetime, str, bytes]]:
    """One device's uploads."""
    rng = chance(seed, f"frames-{s.id}")
    edition = _edition(int(s.id[3:]))
    out: list[tuple[datetime, str, bytes]] = []
    level = {"cod": float(rng.uniform(24, 44)), "nh3n": float(rng.uniform(2.5, 7.5))}
    drift = dict.fromkeys(level, 0.0)
    bias = float(np.exp(rng.normal(0, 0.02)))
    lag_s = float(rng.uniform(2, 50))
    for back in range(DAYS - 1, -1, -1):
        day = AS_OF - timedelta(days=back)
        if s.trouble == "silent" and s.since is not None and day >= s.since:
            break
        gone = rng.random() < 0.012  # a day without line; nothing is sent again
        k = days.index(day)
        share = _HOURLY * np.exp(rng.normal(0, 0.12, 24))
        flow = float(days.flow_m3[i, k]) * share / share.sum() * bias
        power = float(days.kwh[i, k]) * (0.6 + 0.4 * share / share.mean()) / 24
        stuck = s.trouble == "frozen" and s.since is not None and day >= s.since
        runs = bool(days.runs[i, k])
        total: dict[str, list[float]] = {"cod": [], "nh3n": []}
        for hour in range(24):
            at = datetime.combine(day, time(hour))
            for key in drift:
                drift[key] = 0.93 * drift[key] + float(rng.normal(0, 0.06))
            q = max(0.0, round(float(flow[hour]), 3))
            seen = {key: level[key] * float(np.exp(drift[key])) for key in level}
            if stuck:
                seen = {"cod": 38.2, "nh3n": 4.15}  # good-looking values, again and again
            for key, value in seen.items():
                total[key].append(value)
            if gone or rng.random() < 0.004:
                continue
            values = _values(edition, q, float(power[hour]), seen, 3600.0, runs, float(rng.normal(7.2, 0.06)))
            sent_at = at + timedelta(hours=1, seconds=lag_s + float(rng.uniform(0, 3)))
            out.append((sent_at, s.mn, _frame("2061", s.mn, at, values, edition, sent_at)))
        if not gone:
            at = datetime.combine(day, time())
            mean = {key: float(np.average(got, weights=np.maximum(flow, 1e-6))) for key, got in total.items()}
            values = _values(edition, float(flow.sum()), float(power.sum()), mean, 86_400.0, runs, 7.2)
            sent_at = at + timedelta(days=1, seconds=lag_s + 5)
            out.append((sent_at, s.mn, _frame("2031", s.mn, at, values, edition, sent_at)))
    return out


def _values(
    edition: int, flow_m3: float, kwh: float, seen: dict[str, float], seconds: float, runs: bool, ph: float
) -> Values:
    """The groups of one upload; without water the analysers say that they stand still (F)."""
    flag = "N" if runs else "F"
    out: Values = {
        "flow": {"Cou": f"{flow_m3:.3f}", "Avg": f"{flow_m3 * 1000 / seconds:.4f}", "Flag": "N"},
        "cod": {"Avg": f"{seen['cod']:.1f}", "Flag": flag},
        "nh3n": {"Avg": f"{seen['nh3n']:.2f}", "Flag": flag},
        "ph": {"Avg": f"{ph:.2f}", "Flag": flag},
    }
    if edition == 2025:
        out["energy"] = {"Cou": f"{kwh:.3f}", "Avg": f"{kwh * 3600 / seconds:.4f}", "Flag": "N"}
    return out


def _frame(cn: str, mn: str, at: datetime, values: Values, edition: int, sent_at: datetime) -> bytes:
    return encode(
        upload(cn, mn=mn, pw=PASSWORD, at=at, values=values, edition=edition, answer=True, sent_at=sent_at)
    )


def first_day() -> date:
    """The first day of which frames exist."""
    return AS_OF - timedelta(days=DAYS - 1)

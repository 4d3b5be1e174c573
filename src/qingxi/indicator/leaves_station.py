"""Lines counted from facilities: running as reported, effluent, load, water collected."""

from datetime import date, timedelta
from typing import Any

from qingxi.indicator.denominator import denominator
from qingxi.indicator.facts import StationFact
from qingxi.indicator.leaf import Leaf, Leaves, named
from qingxi.origin import Ref
from qingxi.standard import load_table

_OUT = {"trial": "试运行", "stopped": "停用", "joined": "已并网", "scrapped": "已报废"}


def _in_use(station: StationFact) -> str:
    """Empty for a facility in use, else why it is not asked."""
    return "" if station.status == "in_use" else _OUT.get(station.status, station.status)


def _refs(*refs: Ref | None) -> tuple[Ref, ...]:
    return tuple(ref for ref in refs if ref is not None)


def reported_running(d: Any, records: Any, as_of: date) -> Leaves:
    """Facilities in use of which the last round by those who run them says that they ran."""
    since = as_of - timedelta(days=int(d.numerator["days"]))
    out = []
    for s in records.facts.stations:
        seen = s.reported if s.reported_on is not None and since < s.reported_on <= as_of else None
        lacking = _in_use(s) or ("" if seen is not None else f"{d.numerator['days']} 天内没有自报")
        on = f"{s.reported_on:%Y-%m-%d} 自报" if s.reported_on else ""
        out.append(
            Leaf(
                s.ref, s.name, int(bool(seen)), 1, f"{on}{'运行' if seen else '没有运行'}", lacking,
                "自报运行" if seen else "自报不运行", _refs(s.reported_ref),
            )
        )  # fmt: skip
    return Leaves(tuple(out), "在用且有自报的设施", ("自报不是抽查，不能当有效运行率用",))


def effluent(d: Any, records: Any, as_of: date) -> Leaves:
    """Facilities whose last effluent sample of the period keeps its limits."""
    since = as_of - timedelta(days=int(d.numerator["days"]))
    least = float(d.numerator.get("min_design_m3_d", 0))
    out, unverified = [], []
    for s in records.facts.stations:
        fresh = s.sampled_on is not None and since < s.sampled_on <= as_of
        lacking = _in_use(s)
        if not lacking and s.design_m3_d < least:
            lacking = f"规模 {s.design_m3_d:g} m³/d，小于 {least:g}"
        elif not lacking and not fresh:
            lacking = f"{d.numerator['days']} 天内没有出水化验"
        elif not lacking and s.complies is None:
            lacking = s.sample_why or "化验不能判定"
        if not lacking and not s.limit_verified:
            unverified.append(s.name)
        day = f"{s.sampled_on:%Y-%m-%d}" if s.sampled_on else ""
        word = "达标" if s.complies else "超标"
        out.append(
            Leaf(s.ref, s.name, int(bool(s.complies)), 1, f"{day} 出水{word}", lacking, word, _refs(s.sample_ref))
        )
    return Leaves(
        tuple(out), "在用且有化验、能判定的设施", named("所用限值未核对标准原文", unverified)
    )  # fmt: skip


def load(d: Any, records: Any, as_of: date) -> Leaves:
    """Water through the facilities, m³, of what they were built for on the days that were measured."""
    least = int(d.numerator["min_days"])
    out, over = [], []
    for s in records.facts.stations:
        lacking = _in_use(s) or ("" if s.days >= least else f"有流量的只有 {s.days} 天，不到 {least} 天")
        whole = max(round(s.design_m3_d * s.days), 1)
        part = round(s.volume_m3)
        if not lacking and part > whole:
            over.append(s.name)
        out.append(
            Leaf(
                s.ref, s.name, min(part, whole), whole, f"{s.days} 天共 {part} m³，设计 {s.design_m3_d:g} m³/d", lacking,
                because=_refs(s.flow_ref),
            )
        )  # fmt: skip
    return Leaves(tuple(out), "在用且量得到流量的设施", named("超过设计规模，按设计规模计", over))


def collection(d: Any, records: Any, as_of: date) -> Leaves:
    """Water that reached a facility, of what the residents of its village let out, m³; only where it is measured."""
    least, days = int(d.numerator["min_days"]), int(d.numerator["days"])
    litres = load_table("rural_sewer").row("flow.l_per_person_d")
    by_village: dict[str, list[StationFact]] = {}
    for s in records.facts.stations:
        if not _in_use(s):
            by_village.setdefault(s.place, []).append(s)
    listed = denominator(records.villages, records.entries, as_of)
    out, over = [], []
    for v in records.villages:
        if v.code not in listed:
            continue
        stations = by_village.get(v.code, [])
        measured = [s for s in stations if s.days >= least]
        lacking = ""
        if not stations:
            lacking = "没有在用的设施，水量不知道"
        elif len(measured) < len(stations):
            lacking = f"{len(stations)} 座设施里 {len(stations) - len(measured)} 座没有流量"
        elif not v.people_resident:
            lacking = "没有常住人口"
        # Each facility's mean day, for the whole period: a gap in a series is no dry day.
        mean = sum(s.volume_m3 / s.days for s in measured) if measured else 0.0
        part, whole = round(mean * days), round(v.people_resident * litres.value / 1000 * days)
        if not lacking and part > whole:
            over.append(v.name)
        out.append(
            Leaf(
                v.ref, v.name, min(part, whole), whole,
                f"日均收集 {mean:.1f} m³，常住 {v.people_resident} 人按 {litres.value:g} L/人·d", lacking,
                because=tuple(ref for s in measured for ref in (s.ref, *_refs(s.flow_ref))),
            )
        )  # fmt: skip
    said = (f"产生量按常住人口 × {litres.value:g} L/人·d 推算（{litres.source}），不是实测",)
    return Leaves(tuple(out), "量得到水量的村", (*said, *named("收集多于推算的产生量，按产生量计", over)))

"""Stopped, idle or running for show, by readings within the day (停运、闲置、空转).

The three are told apart by power: none at all, at the control box's standby or little more, or as when the plant
treats; in all three no water comes. Water without power is the reverse of running for show.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.evidence import visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.interval import Flags, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold


@dataclass(frozen=True)
class _State:
    """Day by day: is there water, and how much power; False where unknown."""

    no_water: Flags
    water: Flags
    off: Flags
    resting: Flags
    ticking: Flags
    working: Flags


def state_of(look: Look) -> _State:
    """Water and power of every day; a day without a value is in no state."""
    nothing = np.zeros(look.days, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        no_water = nothing if look.flow is None else look.flow <= look.dry_line
        water = nothing if look.flow is None else look.flow > threshold("fake.flow") * look.facility.design_m3_d
        if look.energy is None:
            return _State(no_water, water, nothing, nothing, nothing, nothing)
        # A control box with its lamp and modem draws more than this: at or below it the main switch is off.
        off = look.energy <= threshold("off.kwh_d")
        resting = look.energy <= max(threshold("off.kwh_d"), threshold("fake.rest") * look.usual_energy)
        working = look.energy >= max(threshold("fake.power") * look.usual_energy, look.standby)
        return _State(no_water, water, off, resting, ~off & ~working & ~np.isnan(look.energy), working)


def _mean(look: Look, quantity: str, i: int, j: int) -> tuple[float, int]:
    values = look.daily(quantity)
    if values is None:
        return float("nan"), 0
    part = values[i : j + 1]
    known = part[~np.isnan(part)]
    return (float(known.mean()) if known.size else float("nan")), int(known.size)


def pieces_of(look: Look, i: int, j: int) -> tuple[list[Piece], list[Number]]:
    """Mean flow and mean energy of a stretch as evidence and as numbers."""
    pieces, numbers = [], []
    for code, word, unit in (("flow", "平均流量", "m³/d"), ("energy", "平均用电", "kWh/d")):
        mean, n = _mean(look, code, i, j)
        if n:
            pieces.append(series_piece(look, code, f"{n} 个有效日{word} {mean:.2g} {unit}", n))
            numbers.append(Number(word, mean, unit))
    return pieces, numbers


def _against(look: Look, i: int, j: int) -> list[Piece]:
    """Rounds that saw it run."""
    return [
        Piece("巡查记录", f"{v.visited_at:%Y-%m-%d} {v.by or '巡查人'}记风机开", 1, (visit_ref(v),))
        for v in look.evidence.visits
        if look.day(i) <= v.visited_at.date() <= look.day(j) and v.answers.get("blower") == "on"
    ]


class Stopped:
    """No water and no power for days on end, nobody declared it."""

    code, kind, name, version = "stopped", "stopped", "停运（逐时数据）", "1"
    needs = ("15 分钟流量", "15 分钟功率")
    overturned_by = "现场看到进水和风机运转，或流量计、电表同时失灵、另接电源、停机已口头报备"
    blind = "有流量计和电表同时断开时与停运分不清；自然处理工艺只看水"
    severe = True
    levels = (EvidenceLevel.HJ212, EvidenceLevel.REMOTE_METER)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        at = state_of(look)
        if look.energy is None and look.flow is None:
            return cannot(self, look, "没有逐时流量，也没有功率")
        if look.energy is None:
            dead, least = at.no_water, int(threshold("stopped.run_days_one"))
        elif look.flow is None:
            dead, least = at.off, int(threshold("stopped.run_days_one"))
        else:
            # A flow meter that fell silent with the plant leaves power to speak alone.
            dead = at.off & (at.no_water | np.isnan(look.flow))
            least = int(threshold("stopped.run_days"))
        out = []
        for i, j in stretches(dead & ~look.excused, join=int(threshold("join.days")), least=least):
            pieces, numbers = pieces_of(look, i, j)
            against = _against(look, i, j)
            sure = Confidence.HIGH if len(pieces) == 2 and not against else Confidence.FAIR
            shown = [stretch_of(look, q, i, j) for q in ("flow", "energy") if look.daily(q) is not None]
            out.append(
                found(self, look, i, j, "没有进水，也没有用电，停着", pieces, confidence=sure, counter=against, numbers=numbers, shown=shown)
            )  # fmt: skip
        return out


class Idle:
    """Energised, hardly any water, machines rest or only tick, people at home."""

    code, kind, name, version = "idle", "idle", "闲置（晒太阳）", "1"
    needs = ("15 分钟流量", "15 分钟功率")
    overturned_by = "现场看到正常进水处理，流量计失灵，或村里多数人外出"
    blind = "断网不等于闲置：没有数据的日子不算；只有电表时分不清进水少和没有进水"
    severe = True
    levels = (EvidenceLevel.HJ212, EvidenceLevel.REMOTE_METER)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        if look.flow is None or look.energy is None:
            return cannot(self, look, "要同时有流量和功率才分得清闲置与停运")
        at = state_of(look)
        home = look.presence >= threshold("idle.presence")
        flag = at.no_water & at.ticking & home & ~look.excused
        out = []
        for i, j in stretches(flag, join=int(threshold("join.days")), least=int(threshold("idle.run_days"))):
            pieces, numbers = pieces_of(look, i, j)
            out.append(
                found(
                    self, look, i, j, f"几乎没有进水，用电不到它处理时（{look.usual_energy:.2g} kWh/d）的一半", pieces,
                    confidence=Confidence.HIGH if j - i >= 6 else Confidence.FAIR, numbers=numbers, counter=_against(look, i, j),
                    shown=[stretch_of(look, "flow", i, j, line=look.dry_line, line_said="设计规模的 5%"),
                           stretch_of(look, "energy", i, j, line=look.usual_energy, line_said="它处理时的用电")],
                )
            )  # fmt: skip
        return out


class FakeRun:
    """Power as when treating and no water for days; or water for days and no power."""

    code, kind, name, version = "fake-run", "fake-run", "空转或虚报水量", "1"
    needs = ("15 分钟流量", "15 分钟功率")
    overturned_by = "查明进水另有计量、自流处理不耗电、或其中一只表已坏（那就是仪表问题）"
    blind = "分不清有意空转、定时器照常开机而管网断了、与流量计失灵：三者都要到现场看"
    severe = True
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        if look.flow is None or look.energy is None:
            return cannot(self, look, "要同时有流量和功率")
        at = state_of(look)
        home = look.presence >= threshold("idle.presence")
        join, least = int(threshold("join.days")), int(threshold("fake.run_days"))
        out = []
        for said, flag in (
            ("用电像在处理，却没有水", at.working & at.no_water & home & ~look.excused),
            ("报有水量，却几乎没有用电", at.water & at.resting & ~look.excused),
        ):
            for i, j in stretches(flag, join=join, least=least):
                pieces, numbers = pieces_of(look, i, j)
                shown = [
                    stretch_of(look, "flow", i, j, line=look.dry_line, line_said="设计规模的 5%"),
                    stretch_of(look, "energy", i, j),
                ]
                sure = Confidence.HIGH if j - i >= 6 else Confidence.FAIR
                out.append(found(self, look, i, j, said, pieces, confidence=sure, numbers=numbers, shown=shown))  # fmt: skip
        return sorted(out, key=lambda f: f.start)

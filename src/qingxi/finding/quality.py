"""Effluent against influent and against its limit, by readings within the day (出水高于进水、超标)."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats, median_of, rolling_median, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.quantity import quantity
from qingxi.standard import discharge_limits, judge

_PAIRS = (("cod", "cod_in"), ("nh3n", "nh3n_in"))


class WorseBySamples:
    """Effluent above influent over a running median of days, by more than both probes can be wrong."""

    code, kind, name, version = "effluent-worse-series", "effluent-worse", "出水浓度高于进水（在线）", "1"
    needs = ("进水与出水的同一项在线读数",)
    overturned_by = "两只探头接反或失准、进水被雨水冲淡，人工复测后出水低于进水"
    blind = "只看两头都有在线表的项；探头失准与真的变差要靠人工复测分开"
    severe = True
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        pairs = [
            (out, into) for out, into in _PAIRS if look.daily(out) is not None and look.daily(into) is not None
        ]
        if not pairs:
            return cannot(self, look, "没有同一项的进水和出水在线读数")
        margin = 1 + threshold("worse.margin")
        flag = np.zeros(look.days, dtype=np.bool_)
        for out, into in pairs:
            left, right = self._smooth(look, out), self._smooth(look, into)
            with np.errstate(invalid="ignore"):
                flag |= left > right * margin + quantity(out).resolution
        found_: list[Finding] = []
        for i, j in stretches(
            flag & ~look.excused, join=int(threshold("join.days")), least=int(threshold("worse.run_days"))
        ):
            pieces, numbers, shown, both = [], [], [], 0
            for out, into in pairs:
                a, b = (median_of(self._part(look, code, i, j)) for code in (out, into))
                if a > b * margin:
                    both += 1
                    word, n = quantity(out).chinese, int(np.count_nonzero(~np.isnan(self._part(look, out, i, j))))
                    pieces.append(
                        series_piece(look, out, f"{n} 个有效日{word}中位数：进水 {b:.3g}、出水 {a:.3g} mg/L", n)
                    )
                    numbers += [Number(f"进水{word}", b, "mg/L"), Number(f"出水{word}", a, "mg/L")]
                    shown += [stretch_of(look, out, i, j), stretch_of(look, into, i, j)]
            if not pieces:
                continue
            sure = Confidence.HIGH if both > 1 or j - i >= 6 else Confidence.FAIR
            found_.append(
                found(self, look, i, j, "出水浓度高于进水", pieces, confidence=sure, numbers=numbers, shown=shown)
            )
        return found_

    def _smooth(self, look: Look, code: str) -> Floats:
        values = look.daily(code)
        return np.full(look.days, np.nan) if values is None else rolling_median(values, 3, needs=2)

    def _part(self, look: Look, code: str, i: int, j: int) -> Floats:
        values = look.daily(code)
        return np.empty(0) if values is None else values[i : j + 1]


class OverLimitBySamples:
    """Daily means above the limit of the class the register names, by water temperature."""

    code, kind, name, version = "over-limit-series", "over-limit", "出水超过排放限值（在线日均）", "1"
    needs = ("出水在线读数", "台账中的执行标准")
    overturned_by = "比对监测说明探头偏高、执行标准登记有误，或设备检修"
    blind = "在线读数未经验收联网的只作线索；没有水温时，两个氨氮限值之间的值不判"
    severe = True
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        limits = discharge_limits(look.facility.discharge_class)
        if limits is None:
            return cannot(self, look, "台账没有认得出的执行标准", "执行标准")
        codes = [code for code in ("cod", "nh3n", "tp", "tn") if look.daily(code) is not None]
        if not codes:
            return cannot(self, look, "没有出水在线读数", "出水在线读数")
        temps = look.daily("water_temp")
        out = []
        for code in codes:
            values = look.daily(code)
            assert values is not None
            lines = np.full(look.days, np.nan)
            row = limits.rows.get(code)
            if row is None:
                continue
            cold = limits.rows.get(f"{code}.cold")
            warm, chilly = row.value, (cold.value if cold is not None else row.value)
            # Without a temperature the laxer of the two speaks: what is above it is above both.
            lines[:] = max(warm, chilly)
            if temps is not None and cold is not None:
                lines = np.where(np.isnan(temps), lines, np.where(temps > limits.cold_at_c, warm, chilly))
            with np.errstate(invalid="ignore"):
                flag = values > lines * (1 + threshold("limit.margin"))
            for i, j in stretches(
                flag & ~look.excused, join=int(threshold("join.days")), least=int(threshold("limit.run_days"))
            ):
                part = values[i : j + 1]
                top, day = float(np.nanmax(part)), look.day(i + int(np.nanargmax(part)))
                verdict = judge(
                    limits,
                    code,
                    top,
                    sampled_on=day,
                    water_temp_c=_at(temps, i + int(np.nanargmax(part))),
                    built_on=look.facility.commissioned,
                )
                line = float(lines[i])
                word = quantity(code).chinese
                n = int(np.count_nonzero(flag[i : j + 1]))
                out.append(
                    found(
                        self, look, i, j, f"出水{word}日均值 {n} 天高于限值 {line:g} mg/L，最高 {top:.3g}",
                        [series_piece(look, code, f"{n} 天日均值高于 {line:g} mg/L，最高 {day:%m-%d} {top:.3g} mg/L", n)],
                        confidence=Confidence.HIGH if top > 1.5 * line and row.trust.verified else Confidence.FAIR,
                        numbers=[Number(f"出水{word}最高日均", top, "mg/L"), Number("限值", line, "mg/L")],
                        shown=[stretch_of(look, code, i, j, line=line, line_said="限值" if row.trust.verified else "限值（未核实）")],
                        remark=verdict.remark,
                    )
                )  # fmt: skip
        return sorted(out, key=lambda f: f.start)


def _at(values: Floats | None, index: int) -> float | None:
    return None if values is None or np.isnan(values[index]) else float(values[index])

"""What comes in: too thin, or not from households (进水浓度偏低、外来污水)."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats, median_of, rolling_median, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.quantity import quantity

_LEVELS = (EvidenceLevel.HJ212,)


class Dilute:
    """In dry weather the influent is thinner than sewage of households ever is."""

    code, kind, name, version = "dilute", "dilute", "进水浓度偏低", "1"
    needs = ("进水在线化学需氧量", "雨量（没有时雨天也算在内）")
    overturned_by = "进水探头失准，人工取样浓度正常"
    blind = "分不清河水、地下水倒灌与化粪池前端沉掉太多；只说浓度低"
    severe = False
    levels = _LEVELS

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        cod = look.daily("cod_in")
        if cod is None:
            return cannot(self, look, "没有进水在线读数")
        level = rolling_median(np.where(look.wet, np.nan, cod), 15, needs=3)
        with np.errstate(invalid="ignore"):
            flag = level < threshold("dilute.cod")
            ammonia = look.daily("nh3n_in")
            if ammonia is not None:
                # Water that thins one thins the other; a probe that fell low alone is no thin sewage.
                thin = rolling_median(np.where(look.wet, np.nan, ammonia), 15, needs=3) < threshold("dilute.nh3n")
                flag &= thin
        out = []
        for i, j in stretches(
            flag & ~look.excused, join=int(threshold("load.join")), least=int(threshold("dilute.run_days"))
        ):
            mid = median_of(cod[i : j + 1])
            n = int(np.count_nonzero(~np.isnan(cod[i : j + 1])))
            line = threshold("dilute.cod")
            out.append(
                found(
                    self, look, i, j, f"进水化学需氧量中位数只有 {mid:.0f} mg/L",
                    [series_piece(look, "cod_in", f"{n} 个有效日中位数 {mid:.0f} mg/L，生活污水一般不低于 {line:.0f}", n)],
                    numbers=[Number("进水化学需氧量", mid, "mg/L")],
                    shown=[stretch_of(look, "cod_in", i, j, line=line, line_said="生活污水的下端")],
                    remark="" if look.rain is not None else "没有雨量，雨天也算在内",
                )
            )  # fmt: skip
        return out


class Foreign:
    """Influent far above its own habit and above what households give, or ammonia and COD out of proportion."""

    code, kind, name, version = "foreign", "foreign", "外来污水（作坊、养殖）", "1"
    needs = ("进水在线化学需氧量或氨氮",)
    overturned_by = "进水探头失准、清掏化粪池当天，人工取样浓度正常"
    blind = "只看浓度，来源要沿管网查；低浓度的外来水看不出"
    severe = True
    levels = _LEVELS

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        peaks = {code: self._peaks(look, code) for code in ("cod_in", "nh3n_in") if look.grid(code) is not None}
        if not peaks:
            return cannot(self, look, "没有进水在线读数")
        flag = np.zeros(look.days, dtype=np.bool_)
        for code, peak in peaks.items():
            usual = median_of(peak)
            with np.errstate(invalid="ignore"):
                flag |= peak > max(
                    threshold(f"foreign.{code}"), threshold("foreign.times") * usual if usual > 0 else 0.0
                )
        out = []
        for i, j in stretches(
            flag & ~look.excused, join=int(threshold("foreign.join")), least=int(threshold("foreign.run_days"))
        ):
            pieces, numbers, shown, farm = [], [], [], False
            for code, peak in peaks.items():
                top, usual = float(np.nanmax(peak[i : j + 1])), median_of(peak)
                if top > threshold(f"foreign.{code}"):
                    farm |= code == "nh3n_in"
                    word = quantity(code).chinese
                    pieces.append(
                        series_piece(
                            look, code, f"{word}逐时最高 {top:.0f} mg/L，平日日高 {usual:.0f} mg/L", j - i + 1
                        )
                    )
                    numbers.append(Number(f"{word}最高", top, "mg/L"))
                    shown.append(
                        stretch_of(look, code, i, j, line=threshold(f"foreign.{code}"), line_said="生活污水的上端")
                    )
            if pieces:
                what = "像养殖废水" if farm else "像作坊废水"
                out.append(found(self, look, i, j, f"进水浓度远高于生活污水，{what}", pieces, confidence=Confidence.FAIR, numbers=numbers, shown=shown))  # fmt: skip
        return out

    def _peaks(self, look: Look, code: str) -> Floats:
        """The third highest hour-long mean of each day: one wild reading is none."""
        grid = look.grid(code)
        assert grid is not None
        steps = grid.shape[1]
        per = max(1, steps // 24)
        if steps % per:
            return np.full(look.days, np.nan)
        parts = grid.reshape(look.days, steps // per, per)
        known = (~np.isnan(parts)).sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            hours = np.where(known > 0, np.nansum(parts, axis=2) / known, np.nan)
        ordered = np.sort(np.where(np.isnan(hours), -np.inf, hours), axis=1)
        third = ordered[:, -min(3, ordered.shape[1])]
        return np.where(np.isfinite(third), third, np.nan)

"""Readings crowded just under the limit with hardly any above it (紧贴限值)."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats, rolling_mean, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.quantity import quantity
from qingxi.standard import discharge_limits


class LimitHugging:
    """A week's readings pile up in the band under the limit, and the band of the same width above it is empty."""

    code, kind, name, version = "limit-hugging", "limit-hugging", "紧贴限值", "1"
    needs = ("出水在线读数", "台账中的执行标准")
    overturned_by = "人工比对证明确实稳定在限值附近"
    blind = "一座工艺稳定、恰好接近限值的设施也可能如此：只是线索"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        limits = discharge_limits(look.facility.discharge_class)
        if limits is None:
            return cannot(self, look, "台账没有认得出的执行标准", "执行标准")
        out: list[Finding] = []
        judged = 0
        for code in ("cod", "nh3n", "tp", "tn"):
            grid = look.grid(code)
            if grid is None or code not in limits.rows or grid.shape[1] < 24:
                continue
            judged += 1
            lines = {limits.rows[code].value, limits.rows.get(f"{code}.cold", limits.rows[code]).value}
            for line in sorted(lines):
                out += self._at_line(look, code, grid, line)
        if not judged:
            return cannot(self, look, "没有出水在线读数", "出水在线读数")
        return sorted(out, key=lambda f: f.start)

    def _at_line(self, look: Look, code: str, grid: Floats, line: float) -> list[Finding]:
        width = threshold("hugging.band") * line
        with np.errstate(invalid="ignore"):
            under = ((grid > line - width) & (grid <= line)).sum(axis=1).astype(float)
            over = ((grid > line) & (grid <= line + width)).sum(axis=1).astype(float)
        known = (~np.isnan(grid)).sum(axis=1).astype(float)
        under, over, known = (rolling_mean(a, 5, needs=3) for a in (under, over, known))
        with np.errstate(invalid="ignore", divide="ignore"):
            flag = (
                (under > threshold("hugging.share") * known)
                & (over < threshold("hugging.over") * under)
                & (known > 12)
            )
        out = []
        for i, j in stretches(
            flag & ~look.excused, join=int(threshold("join.days")), least=int(threshold("hugging.run_days"))
        ):
            part = grid[i : j + 1]
            n = int((~np.isnan(part)).sum())
            with np.errstate(invalid="ignore"):
                share = float(((part > line - width) & (part <= line)).sum()) / max(1, n)
                above = int((part > line).sum())
            word = quantity(code).chinese
            out.append(
                found(
                    self, look, i, j, f"出水{word}有 {share:.0%} 挤在限值 {line:g} mg/L 下方一成以内，高于限值的只有 {above} 个",
                    [series_piece(look, code, f"{n} 个读数中 {share:.0%} 在 {line - width:g}–{line:g} mg/L 之间，{above} 个高于限值", n)],
                    confidence=Confidence.FAIR, numbers=[Number("贴着限值的读数", 100 * share, "%")],
                    shown=[stretch_of(look, code, i, j, line=line, line_said="限值")],
                )
            )  # fmt: skip
        return out

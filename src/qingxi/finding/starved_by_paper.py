"""Starved by papers (吃不饱): from what the register, the bills and the rounds say together, by the month."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.by_paper import months_of, usual_kwh_d
from qingxi.finding.evidence import bill_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found
from qingxi.finding.thresholds import threshold


class StarvedByMonth:
    """It runs, yet draws well below its usual and rounds often find no water coming."""

    code, kind, name, version = "starved-months", "starved", "吃不饱（电费单与巡查，按月）", "1"
    needs = ("用电户号的电费单", "巡查记录")
    overturned_by = "装表测得的水量不低，或改了运行时间、换了省电的风机"
    blind = "没有水量：只看用电和巡查所见，定时开机的设施看不出"
    severe = False
    levels = (EvidenceLevel.PAPER,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        months = [m for m in months_of(look) if not np.isnan(m.kwh_d)]
        if len(months) < 3:
            return cannot(self, look, "电费单不足三个月")
        usual = usual_kwh_d(look, months)
        out: list[Finding] = []
        run: list[int] = []
        for k in range(len(months) + 1):
            m = months[k] if k < len(months) else None
            holds = (
                m is not None
                and m.kwh_d > threshold("idle.bill_share") * usual
                and m.kwh_d < threshold("starved.bill_share") * usual
                and len(m.dry) * 2 >= len(m.dry) + len(m.running)
                and bool(m.dry)
            )
            if holds:
                run.append(k)
                continue
            if len(run) >= threshold("paper.months"):
                part = [months[at] for at in run]
                bills = [x.bill for x in part if x.bill is not None]
                mean = float(np.mean([x.kwh_d for x in part]))
                i, j = max(0, look.index(part[0].first)), min(look.days - 1, look.index(part[-1].last))
                out.append(
                    found(
                        self, look, i, j, f"每天用电 {mean:.2g} kWh，只有平常的 {mean / usual:.0%}，巡查多记没有进水",
                        [Piece("电费单", f"{len(bills)} 个月平均每天 {mean:.2g} kWh，平常 {usual:.2g} kWh", len(bills), tuple(bill_ref(b) for b in bills))],
                        confidence=Confidence.LOW, numbers=[Number("每天用电", mean, "kWh/d")],
                        remark="没有流量，由用电推算",
                    )
                )  # fmt: skip
            run = []
        return out

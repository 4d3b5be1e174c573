"""Starved by papers (吃不饱): what the register says is connected can never fill it; the bills say since when."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.by_paper import months_of, usual_kwh_d
from qingxi.finding.evidence import bill_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.interval import median_of, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref


class StarvedByMonth:
    """Connected households bring far less than it was built for; where the bills fell at some month, since then."""

    code, kind, name, version = "starved-months", "starved", "吃不饱（接入户数与电费单）", "1"
    needs = ("接入户数", "用电户号的电费单（没有时整段）")
    overturned_by = "装表测得的水量不低、接入户数登记不全，或另有单位的水接入"
    blind = "没有水量：户数登记得多而实际没接的看不出；定时开机的设施看不出从何时起"
    severe = False
    levels = (EvidenceLevel.PAPER,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        f = look.facility
        if f.households_connected <= 0:
            return cannot(self, look, "台账没有接入户数", "接入户数")
        people, litres = threshold("starved.people_per_household"), threshold("starved.l_per_person")
        flow = f.households_connected * people * litres / 1000
        load = flow / f.design_m3_d
        if load >= threshold("starved.register"):
            return []
        months = months_of(look)
        kwh = np.array([m.kwh_d for m in months])
        usual = usual_kwh_d(look, months)
        known = kwh[~np.isnan(kwh)]
        lean = np.ones(len(months), dtype=np.bool_)
        fell = known.size >= 6 and np.quantile(known, 0.9) > threshold("starved.fell") * np.quantile(known, 0.1)
        heads = median_of(look.evidence.people.values) if look.evidence.people is not None else float("nan")
        many = heads > threshold("starved.heads") * f.households_connected  # most of them are not connected
        if load >= threshold("starved.register_sure") and not fell and not many:
            return []
        with np.errstate(invalid="ignore"):
            if fell and not look.passive:
                lean = kwh < threshold("starved.bill_share") * np.quantile(known, 0.9)
            if not look.passive:
                lean &= ~(kwh <= threshold("idle.bill_share") * usual)  # that is idle or stopped
        said = f"接入 {f.households_connected} 户 × {people:g} 人 × {litres:g} L/(人·d) ≈ {flow:.1f} m³/d"
        out = []
        for a, b in stretches(lean, join=1, least=int(threshold("paper.months"))):
            part = months[a : b + 1]
            i, j = max(0, look.index(part[0].first)), min(look.days - 1, look.index(part[-1].last))
            pieces = [Piece("处理设施台账", said, 1, (Ref("facility", f.id),))]
            if many:
                pieces.append(
                    Piece(
                        "在家人数",
                        f"村里常有 {heads:.0f} 人，接入的每户合 {heads / f.households_connected:.1f} 人，多数没有接",
                        1,
                    )
                )
            bills = [m.bill for m in part if m.bill is not None]
            if bills and fell:
                mean = float(np.nanmean([m.kwh_d for m in part]))
                pieces.append(
                    Piece("电费单", f"{len(bills)} 个月平均每天 {mean:.2g} kWh，较好时 {np.quantile(known, 0.9):.2g} kWh",
                          len(bills), tuple(bill_ref(x) for x in bills))
                )  # fmt: skip
            out.append(
                found(
                    self, look, i, j, f"按接入户数推算进水约为设计规模 {f.design_m3_d:g} m³/d 的 {flow / f.design_m3_d:.0%}", pieces,
                    confidence=Confidence.FAIR if len(pieces) > 1 else Confidence.LOW,
                    numbers=[Number("推算负荷率", 100 * flow / f.design_m3_d, "%")], remark="没有流量，由接入户数推算",
                )
            )  # fmt: skip
        return out

"""Far less sewage than it was built for (吃不饱)."""

from datetime import date, timedelta

import numpy as np

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, series_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import enough, source_of, threshold, window
from qingxi.origin import Ref
from qingxi.reading import DailySeries


class Starved:
    """Mean load of a month below 60 % of the design, severe below 30 %; a stopped plant is not a starved one."""

    code = "starved"
    name = "吃不饱（负荷偏低）"
    version = "1"
    needs = ("日流量", "接入户数（只能推算）")
    overturned_by = "流量计校准有误、另有未计量的进水，或该月多数住户外出"
    blind = "分不清季节性外出与长期吃不饱（不足三个月时）；设计规模登记偏大时也会报"
    severe = False

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        if facility.status == "trial":
            return None
        days = int(threshold("starved.days"))
        series = evidence.series.get("flow")
        values = window(series, as_of, days)
        if series is None or not enough(values):
            return self._by_households(facility, as_of)
        load = float(np.nanmean(values)) / facility.design_m3_d
        if load <= threshold("stopped.load") or load >= threshold("starved.load"):
            return None
        severe = load < threshold("starved.severe")
        longer = window(series, as_of, 3 * days)
        lasting = enough(longer) and float(np.nanmean(longer)) / facility.design_m3_d < threshold("starved.load")
        n = int(np.count_nonzero(~np.isnan(values)))
        mean = load * facility.design_m3_d
        word = "严重吃不饱" if severe else "吃不饱"
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            self._since(series, facility, as_of, days),
            as_of,
            Confidence.HIGH if lasting and severe else Confidence.FAIR,
            f"{facility.name}近 {days} 天平均进水 {mean:.1f} m³/d，为设计规模 {facility.design_m3_d:g} m³/d 的 {load:.0%}，{word}",
            (
                Piece(
                    f"{source_of(facility, evidence)}日流量",
                    f"{n} 个有效日平均 {mean:.1f} m³/d",
                    n,
                    (series_ref(series),),
                ),
            ),
            self.overturned_by,
            remark="不足三个月，可能是季节性的" if not lasting else "",
        )

    def _since(self, series: DailySeries, facility: Facility, as_of: date, days: int) -> date:
        """First day of the first month of the unbroken row of lean months; the same day however often it is asked."""
        start = (as_of - timedelta(days=days - 1)).replace(day=1)
        line = threshold("starved.load") * facility.design_m3_d
        while start > series.first:
            last = start - timedelta(days=1)
            values = window(series, last, last.day)
            if not enough(values) or not float(np.nanmean(values)) < line:
                break
            start = last.replace(day=1)
        return start

    def _by_households(self, facility: Facility, as_of: date) -> Finding | CannotTell | None:
        """Without a flow meter: what the connected households can bring at most; severe cases only."""
        if facility.households_connected <= 0:
            reason = "没有流量，也没有接入户数"
            return CannotTell(facility.id, self.code, self.name, reason, self.needs)
        people = threshold("starved.people_per_household")
        litres = threshold("starved.l_per_person")
        flow = facility.households_connected * people * litres / 1000
        load = flow / facility.design_m3_d
        if load >= threshold("starved.severe"):
            reason = f"没有流量；按接入 {facility.households_connected} 户推算负荷约 {load:.0%}，分不清"
            return CannotTell(facility.id, self.code, self.name, reason, ("日流量",))
        said = f"接入 {facility.households_connected} 户 × {people:g} 人 × {litres:g} L/(人·d) ≈ {flow:.1f} m³/d"
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            facility.commissioned or as_of.replace(month=1, day=1),
            as_of,
            Confidence.LOW,
            f"{facility.name}按接入户数推算进水约为设计规模的 {load:.0%}，可能严重吃不饱",
            (Piece("处理设施台账", said, 1, (Ref("facility", facility.id),)),),
            self.overturned_by,
            remark="没有流量，由接入户数推算",
        )

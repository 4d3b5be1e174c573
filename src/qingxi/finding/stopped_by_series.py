"""Stopped or idle, by daily flow and daily energy (停运或闲置)."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, series_ref, visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import enough, onset, passive, source_of, standby_kwh_d, threshold, window

_LOOK_BACK_DAYS = 1100
"""Three years: a plant that stopped earlier is said to have stopped at least then."""


class StoppedBySeries:
    """Neither flow nor energy for a month. One of the two alone weighs less; a missing day is never a zero."""

    code = "stopped-series"
    name = "停运或闲置（日数据）"
    version = "1"
    needs = ("日流量", "日用电量")
    overturned_by = "现场看到进水和风机运转，或证明流量计、电表已坏、已换表、另接电源"
    blind = "流量计与电表同时断开时与停运分不清"
    severe = True

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        days = int(threshold("stopped.days"))
        flow_series = evidence.series.get("flow")
        energy_series = None if passive(facility) else evidence.series.get("energy")
        if flow_series is None and energy_series is None:
            return None  # the rule by paper looks at it
        flow, energy = window(flow_series, as_of, days), window(energy_series, as_of, days)
        judged = [(s, v) for s, v in ((flow_series, flow), (energy_series, energy)) if s is not None and enough(v)]
        if not judged:
            reason = f"最近 {days} 天有效日不足六成，没有数据不等于没有运行"
            return CannotTell(facility.id, self.code, self.name, reason, self.needs)
        no_flow = facility.design_m3_d * threshold("stopped.load")
        no_power = standby_kwh_d(facility)
        floors = {"flow": no_flow, "energy": no_power}
        share = threshold("stopped.share")
        for series, values in judged:
            known = ~np.isnan(values)
            if np.count_nonzero(values[known] <= floors[series.quantity]) < share * np.count_nonzero(known):
                return None
        since = self._since(judged[0][0].quantity, evidence, as_of, floors)
        start = min(since, as_of - timedelta(days=days - 1))
        pieces = tuple(self._piece(facility, s.quantity, v, floors[s.quantity], evidence, days) for s, v in judged)
        counter = tuple(
            Piece(
                "巡查记录",
                f"{v.visited_at:%Y-%m-%d} {v.by or '巡查人'}记风机开",
                1,
                (visit_ref(v),),
            )
            for v in evidence.visits
            if start <= v.visited_at.date() <= as_of and v.answers.get("blower") == "on"
        )
        both = len(judged) == 2
        confidence = Confidence.HIGH if both and not counter else Confidence.FAIR
        if not both and counter:
            confidence = Confidence.LOW
        what = {"flow": "没有水", "energy": "没有用电"}
        said = "、".join(what[s.quantity] for s, _ in judged)
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            start,
            as_of,
            confidence,
            f"{facility.name}自 {start:%Y-%m-%d} 起{said}，多半停了",
            pieces,
            self.overturned_by,
            counter,
            remark="台账已登记停用" if facility.status == "stopped" else "",
        )

    def _since(self, quantity: str, evidence: Evidence, as_of: date, floors: dict[str, float]) -> date:
        """First day of the silence, by the first series that was judged."""
        long = window(evidence.series[quantity], as_of, _LOOK_BACK_DAYS)
        known = ~np.isnan(long)
        dead = np.where(known, long <= floors[quantity], False)
        return as_of - timedelta(days=_LOOK_BACK_DAYS - 1 - onset(dead, known))

    def _piece(
        self,
        facility: Facility,
        quantity: str,
        values: npt.NDArray[np.float64],
        floor: float,
        evidence: Evidence,
        days: int,
    ) -> Piece:
        known = values[~np.isnan(values)]
        low = int(np.count_nonzero(known <= floor))
        unit, word = ("m³/d", "日流量") if quantity == "flow" else ("kWh/d", "日用电量")
        said = f"最近 {days} 天有 {known.size} 天有效，其中 {low} 天{word}不高于 {floor:.2g} {unit}"
        return Piece(
            f"{source_of(facility, evidence)}{word}",
            said,
            int(known.size),
            (series_ref(evidence.series[quantity]),),
        )

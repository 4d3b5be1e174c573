"""Power without water, or water without power (有电无水、有水无电)."""

from datetime import date, timedelta

import numpy as np

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, series_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import enough, onset, passive, source_of, standby_kwh_d, threshold, window


class Contradiction:
    """Flow and energy that cannot both be true for a powered plant: it idles, by-passes, or a meter is broken."""

    code = "contradiction"
    name = "流量与用电不相符"
    version = "1"
    needs = ("日流量", "日用电量")
    overturned_by = "查明进水另有计量、自流处理不耗电，或其中一只表已坏"
    blind = "有意空转、管网断了而定时器照常开机、流量计失灵，三者都要到现场看"
    severe = False

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        if passive(facility) or not {"flow", "energy"} <= set(evidence.series):
            return None
        days = int(threshold("contradiction.days"))
        flow = window(evidence.series["flow"], as_of, days)
        energy = window(evidence.series["energy"], as_of, days)
        if not enough(flow) or not enough(energy):
            return None
        both = ~np.isnan(flow) & ~np.isnan(energy)
        wet = flow[both] > threshold("stopped.load") * facility.design_m3_d
        live = energy[both] > standby_kwh_d(facility)
        needed = threshold("stopped.share") * max(1, int(both.sum()))
        if np.count_nonzero(live & ~wet) >= needed:
            said, powered = f"近 {days} 天有用电而没有进水", True
        elif np.count_nonzero(wet & ~live) >= needed:
            said, powered = f"近 {days} 天有水而几乎没有用电", False
        else:
            return None
        start = self._since(facility, evidence, as_of, powered)
        refs = (series_ref(evidence.series["flow"]), series_ref(evidence.series["energy"]))
        means = f"平均流量 {np.nanmean(flow):.1f} m³/d，平均用电 {np.nanmean(energy):.1f} kWh/d"
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            min(start, as_of - timedelta(days=days - 1)),
            as_of,
            Confidence.FAIR,
            f"{facility.name}{said}",
            (Piece(f"{source_of(facility, evidence)}日流量与日用电量", means, int(both.sum()), refs),),
            self.overturned_by,
        )

    def _since(self, facility: Facility, evidence: Evidence, as_of: date, powered: bool) -> date:
        """First day of the trailing stretch in which the two disagree, within a year."""
        flow, energy = (window(evidence.series[q], as_of, 365) for q in ("flow", "energy"))
        known = ~np.isnan(flow) & ~np.isnan(energy)
        wet = np.where(known, flow > threshold("stopped.load") * facility.design_m3_d, False)
        live = np.where(known, energy > standby_kwh_d(facility), False)
        odd = live & ~wet if powered else wet & ~live
        return as_of - timedelta(days=364 - onset(odd, known))

"""A device that owes data and has said nothing (失联)."""

from datetime import date, datetime, time, timedelta

import numpy as np

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding.evidence import Evidence, series_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref


class Silent:
    """No word from the device; that says nothing about whether the plant runs, and the finding says so."""

    code = "silent"
    name = "设备失联"
    version = "1"
    needs = ("设备最后一次上报的时间",)
    overturned_by = "平台侧通讯故障、已报备停机检修，或设备已拆除"
    blind = "失联期间设施转没转，一概不知"
    severe = False

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        if facility.evidence is EvidenceLevel.PAPER:
            return None
        last, refs = self._last(facility, evidence, as_of)
        if last is None:
            reason = "没有它的任何设备数据：没有接入，或从未上线"
            return CannotTell(facility.id, self.code, self.name, reason, self.needs)
        hj212 = facility.evidence is EvidenceLevel.HJ212
        allowed = timedelta(hours=threshold("silent.hours_hj212"))
        if not hj212:
            allowed = timedelta(days=threshold("silent.days_remote"))
        quiet = datetime.combine(as_of + timedelta(days=1), time(), last.tzinfo) - last
        if quiet <= allowed:
            return None
        said = f"最后一次数据是 {last:%Y-%m-%d %H:%M}，已 {quiet.days} 天没有消息"
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            last.date(),
            as_of,
            Confidence.HIGH,
            f"{facility.name}的{'数采仪' if hj212 else '远传设备'}自 {last:%Y-%m-%d} 起失联",
            (Piece("设备通讯", said, 1, refs),),
            self.overturned_by,
            remark="失联不等于停运",
        )

    def _last(self, facility: Facility, evidence: Evidence, as_of: date) -> tuple[datetime | None, tuple[Ref, ...]]:
        """The last word: the device's own, else the end of the last day with a value."""
        if evidence.last_heard_at is not None:
            return evidence.last_heard_at, (Ref("device", facility.id),)
        best: tuple[date, Ref] | None = None
        for series in evidence.series.values():
            known = np.nonzero((series.coverage > 0) & ~np.isnan(series.values))[0]
            known = known[known <= (as_of - series.first).days]
            if known.size:
                day = series.first + timedelta(days=int(known[-1]))
                if best is None or day > best[0]:
                    best = (day, series_ref(series))
        if best is None:
            return None, ()
        return datetime.combine(best[0] + timedelta(days=1), time()), (best[1],)

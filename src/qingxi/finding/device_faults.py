"""The device itself: no word from it, or a clock that is wrong (失联、时钟不准)."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.interval import stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref

_BOTH = (EvidenceLevel.HJ212, EvidenceLevel.REMOTE_METER)


class SilentBySamples:
    """Days on end without a single reading, valid or not; says nothing of whether the plant runs."""

    code, kind, name, version = "silent-series", "silent", "设备失联", "1"
    needs = ("15 分钟读数",)
    overturned_by = "平台侧通讯故障、已报备停机检修、通知过的停电，或设备已拆除"
    blind = "失联期间设施转没转，一概不知"
    severe = False
    levels = _BOTH

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        if not look.heard.any():
            return cannot(self, look, "没有它的任何设备数据：没有接入，或从未上线")
        began = int(np.nonzero(look.heard)[0][0])
        if any(s.at_s.size and s.at_s[0] < look.start_s for s in look.evidence.samples.values()):
            began = 0  # it was heard before these days, so it owed data from the first of them
        flag = ~look.heard & ~look.excused
        flag[:began] = False
        out = []
        for i, j in stretches(flag, least=int(threshold("silent.run_days"))):
            n = j - i + 1
            out.append(
                found(
                    self, look, i, j, f"{n} 天没有任何读数",
                    [Piece("设备通讯", f"{n} 天没有收到一条读数", n, (Ref("device", look.facility.id),))],
                    confidence=Confidence.HIGH, numbers=[Number("没有消息", n, "天")],
                    shown=[stretch_of(look, q, i, j) for q in ("power", "flow") if q in look.evidence.samples][:1],
                    remark="失联不等于停运",
                )
            )  # fmt: skip
        return out


class ClockWrong:
    """The device's clock stands off ours by more than ten minutes: times of its readings are not to be believed."""

    code, kind, name, version = "clock-wrong", "clock-wrong", "时钟不准", "1"
    needs = ("接收时记下的时钟偏差",)
    overturned_by = "平台时钟有误，或补传的旧数据被当成实时"
    blind = "没有接收时刻的数据（厂家平台导出、补传）看不出"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        offset = look.daily("clock_offset")
        if offset is None:
            return cannot(self, look, "没有接收时刻可比")
        with np.errstate(invalid="ignore"):
            flag = np.abs(offset) > threshold("clock.offset_s")
        out = []
        for i, j in stretches(flag, join=int(threshold("join.days")), least=int(threshold("clock.run_days"))):
            part = offset[i : j + 1]
            worst = float(part[np.nanargmax(np.abs(part))]) / 60
            n = int(np.count_nonzero(flag[i : j + 1]))
            way = "快" if worst > 0 else "慢"
            out.append(
                found(
                    self, look, i, j, f"时钟比平台{way} {abs(worst):.0f} 分钟",
                    [Piece("设备时钟", f"{n} 天偏差超过 {threshold('clock.offset_s') / 60:.0f} 分钟，最多{way} {abs(worst):.0f} 分钟", n, (Ref("device", look.facility.id),))],
                    confidence=Confidence.HIGH, numbers=[Number("最大偏差", worst, "min")],
                    remark="这段时间按时刻作的判断都要打折",
                )
            )  # fmt: skip
        return out

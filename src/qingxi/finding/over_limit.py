"""Effluent above the limit of its standard (出水超标), with what is verified of the limit said beside it."""

from datetime import date

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, lab_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import lowest, threshold
from qingxi.quantity import quantity
from qingxi.reading import LabResult
from qingxi.standard import Verdict, discharge_limits, judge


class OverLimit:
    """The last effluent sample against the class the register names; a value between two limits is undecided."""

    code = "over-limit"
    name = "出水超过排放限值"
    version = "1"
    needs = ("出水检测", "台账中的执行标准")
    overturned_by = "复测达标、执行标准登记有误、样品超过保存时限，或采样时设备检修"
    blind = "一次取样不代表平时；限值未核实的只供参考"
    severe = True

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        samples = [
            lab
            for lab in evidence.labs
            if lab.point == "effluent"
            and lab.value is not None
            and 0 <= (as_of - lab.sampled_on).days <= threshold("limit.days")
        ]
        if not samples:
            return CannotTell(facility.id, self.code, self.name, "近 13 个月没有出水检测", ("出水检测",))
        limits = discharge_limits(facility.discharge_class)
        if limits is None:
            said = f"执行标准“{facility.discharge_class}”认不出" if facility.discharge_class else "台账没有执行标准"
            return CannotTell(facility.id, self.code, self.name, said, ("执行标准",))
        last = max(lab.sampled_on for lab in samples)
        verdicts = [
            (
                lab,
                judge(
                    limits,
                    lab.quantity,
                    lab.value or 0.0,
                    sampled_on=lab.sampled_on,
                    water_temp_c=lab.water_temp_c,
                    built_on=facility.commissioned,
                ),
            )
            for lab in samples
        ]
        current = [(lab, v) for lab, v in verdicts if lab.sampled_on == last]
        over = [(lab, v) for lab, v in current if v.exceeded]
        if over:
            return self._found(facility, over, verdicts)
        undecided = [(lab, v) for lab, v in current if v.exceeded is None and v.limit is not None]
        tight = [(lab, v) for lab, v in undecided if lab.value is not None and v.limit and lab.value > v.limit]
        if tight:
            lab, verdict = tight[0]
            reason = f"{last:%Y-%m-%d} {quantity(lab.quantity).chinese} {lab.value:g} mg/L:{verdict.why}"
            return CannotTell(facility.id, self.code, self.name, reason, ("水温或适用条件",))
        return None

    def _found(
        self,
        facility: Facility,
        over: list[tuple[LabResult, Verdict]],
        verdicts: list[tuple[LabResult, Verdict]],
    ) -> Finding:
        day = over[0][0].sampled_on
        said = "、".join(
            f"{quantity(lab.quantity).chinese} {lab.value:g}（限值 {v.limit:g}）"
            for lab, v in over
            if v.limit is not None
        )
        earlier = [(lab, v) for lab, v in verdicts if v.exceeded and lab.sampled_on < day]
        pieces = [
            Piece("水质检测", f"{day:%Y-%m-%d} 出水{said}", len(over), (lab_ref(over[0][0]),)),
            *(
                Piece(
                    "水质检测",
                    f"{lab.sampled_on:%Y-%m-%d} 出水{quantity(lab.quantity).chinese} {lab.value:g}（限值 {v.limit:g}）",
                    1,
                    (lab_ref(lab),),
                )
                for lab, v in earlier
            ),
        ]
        far = any(v.limit and lab.value is not None and lab.value > 1.5 * v.limit for lab, v in over)
        remarks = dict.fromkeys(v.remark for _, v in over if v.remark)
        unverified = any(v.row is not None and not v.row.trust.verified for _, v in over)
        confidence = Confidence.HIGH if (far or earlier) and not remarks else Confidence.FAIR
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            min(lab.sampled_on for lab, _ in (*over, *earlier)),
            day,
            Confidence.LOW if unverified and not far else confidence,
            f"{facility.name}{day:%Y-%m-%d} 出水{said}，高于 {facility.discharge_class} 限值",
            tuple(pieces),
            self.overturned_by,
            use=lowest(lab.use for lab, _ in over),
            remark="；".join(remarks),
        )

"""Effluent dirtier than influent (出水浓度高于进水)."""

from collections import defaultdict
from datetime import date

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, lab_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import lowest, threshold
from qingxi.quantity import quantity
from qingxi.reading import LabResult

_COMPARED = ("cod", "nh3n", "tp", "tn", "ss", "bod5")


class EffluentWorse:
    """A pair of samples of one day whose effluent lies above the influent by more than both can be wrong."""

    code = "effluent-worse"
    name = "出水浓度高于进水"
    version = "1"
    needs = ("同日的进水与出水检测",)
    overturned_by = "两瓶样品贴错、采样点不对、进水当日被雨水或灌溉水冲淡，复测后出水低于进水"
    blind = "半年一测，两次之间不知道；只有一对样品时分不清贴错标签"
    severe = True

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        pairs = self._pairs(evidence, as_of)
        if not pairs:
            reason = "没有同一天的进水和出水检测"
            return CannotTell(facility.id, self.code, self.name, reason, self.needs)
        margin = 1 + threshold("worse.margin")
        worse = {
            day: [
                (code, into, out)
                for code, (into, out) in sorted(values.items())
                if (out.value or 0.0) > (into.value or 0.0) * margin + quantity(code).resolution
            ]
            for day, values in pairs.items()
        }
        last = max(pairs)
        bad_days = [day for day in sorted(worse) if worse[day]]
        # A pair that is in order after the last bad one speaks for a plant that was mended.
        if not bad_days or not worse[last]:
            return None
        hits = [hit for day in bad_days for hit in worse[day]]
        several = len(bad_days) > 1 or len({code for code, _, _ in hits}) > 1
        pieces = tuple(
            Piece(
                "水质检测",
                f"{day:%Y-%m-%d} "
                + "；".join(
                    f"{quantity(c).chinese}进水 {i.value:g}、出水 {o.value:g} mg/L" for c, i, o in worse[day]
                ),
                2,
                tuple(dict.fromkeys(ref for _, i, o in worse[day] for ref in (lab_ref(i), lab_ref(o)))),
            )
            for day in bad_days
        )
        good = [day for day in sorted(pairs) if not worse[day]]
        counter = tuple(
            Piece(
                "水质检测", f"{day:%Y-%m-%d} 各项出水都低于进水", 2, (lab_ref(next(iter(pairs[day].values()))[1]),)
            )
            for day in good
        )
        names = "、".join(dict.fromkeys(quantity(c).chinese for c, _, _ in hits))
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            bad_days[0],
            last,
            Confidence.HIGH if several else Confidence.FAIR,
            f"{facility.name}{'、'.join(f'{d:%Y-%m-%d}' for d in bad_days)} 检测出水{names}高于进水",
            pieces,
            self.overturned_by,
            counter,
            lowest(lab.use for _, i, o in hits for lab in (i, o)),
        )

    def _pairs(self, evidence: Evidence, as_of: date) -> dict[date, dict[str, tuple[LabResult, LabResult]]]:
        points: dict[tuple[date, str], dict[str, LabResult]] = defaultdict(dict)
        for lab in evidence.labs:
            age = (as_of - lab.sampled_on).days
            if lab.quantity in _COMPARED and lab.value is not None and 0 <= age <= threshold("worse.days"):
                points[lab.sampled_on, lab.quantity][lab.point] = lab
        pairs: dict[date, dict[str, tuple[LabResult, LabResult]]] = defaultdict(dict)
        for (day, code), both in points.items():
            if len(both) == 2:
                pairs[day][code] = (both["influent"], both["effluent"])
        return dict(pairs)

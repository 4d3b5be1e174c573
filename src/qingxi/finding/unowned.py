"""A facility nobody owns or runs (无主设施)."""

from datetime import date

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import Confidence, Finding, Piece
from qingxi.origin import Ref

_NOBODY = {"", "不详", "未知", "无", "待定", "待确认", "不明"}


class Unowned:
    """The register names neither owner nor operator, or says it does not know."""

    code = "unowned"
    name = "产权或运维单位不明"
    version = "1"
    needs = ("处理设施台账",)
    overturned_by = "找到移交、确权或运维合同文件"
    blind = "台账填了名字而无人真管的，看不出"
    severe = False

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | None:
        lacks = [
            word
            for word, name in (("产权单位", facility.owner), ("运维单位", facility.operator))
            if name.strip() in _NOBODY
        ]
        if not lacks:
            return None
        said = f"台账没有{'和'.join(lacks)}"
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            facility.commissioned or as_of.replace(month=1, day=1),
            as_of,
            Confidence.HIGH if "产权单位" in lacks else Confidence.FAIR,
            f"{facility.name}：{said}",
            (Piece("处理设施台账", said, 1, (Ref("facility", facility.id),)),),
            self.overturned_by,
        )

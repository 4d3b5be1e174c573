"""The county's books (台账): what docs/formats/county-folder.md lists under "Books", one reader each.

Every reader takes a path to .xlsx, .xls or .csv and gives a :class:`Sheet` of good rows and faults; none raises.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qingxi.facility import EvidenceLevel, Facility
from qingxi.files.book_cells import choice, day, fen, identifier, loose_choice, number, place_code, whole, yes_no
from qingxi.files.book_columns import Column, Sheet, read_rows
from qingxi.files.book_rows import FacilityRow, FundRow, IssueRow, UnitRow, VillageRow, WorkRow
from qingxi.indicator import Entry, HamletStanding, State, ThreeBasics
from qingxi.origin import Fault, Ref
from qingxi.place import Duty, DutyRole, VillageKind, parse_code

_CODE = Column("code", "行政村代码", place_code(12), ("村代码", "区划代码", "行政区划代码", "代码"), needed=True)
_VILLAGE = Column("name", "行政村", aliases=("行政村名称", "村名", "村(社区)", "村庄名称"), needed=True)
_TOWNSHIP = Column("township", "乡镇", aliases=("乡镇名称", "所属乡镇", "镇(乡)", "乡(镇)", "镇街"))
_NOTE = Column("note", "备注", aliases=("说明",))
_STATES = {
    "已治理": State.TREATED,
    "完成治理": State.TREATED,
    "有效治理": State.TREATED,
    "已管控": State.CONTROLLED,
    "有效管控": State.CONTROLLED,
    "管控": State.CONTROLLED,
    "未完成": State.OPEN,
    "未治理": State.OPEN,
    "在建": State.OPEN,
}


def _people(field: str, heading: str, *aliases: str) -> Column:
    return Column(field, heading, whole, aliases, default=-1, low=0, high=1_000_000)


VILLAGES = (
    _CODE,
    _VILLAGE,
    _TOWNSHIP,
    Column(
        "kind",
        "类型",
        choice({"村委会": VillageKind.VILLAGE, "居委会": VillageKind.COMMUNITY, "社区": VillageKind.COMMUNITY}),
        ("村(居)类型", "建制类型"),
        default=VillageKind.VILLAGE,
    ),
    Column(
        "village_class",
        "村庄分类",
        loose_choice({f"{c}{s}": c for c in ("集聚提升", "城郊融合", "特色保护", "搬迁撤并") for s in ("", "类")}),
        ("村庄类型", "规划分类"),
    ),
    Column("households", "户数", whole, ("总户数", "户籍户数"), default=0, low=0, high=100_000),
    _people("people_registered", "户籍人口", "户籍人数", "总人口"),
    _people("people_resident", "常住人口", "常住人数"),
    _people("people_festival", "春节人口", "春节在村人口", "春节峰值"),
    Column(
        "state", "治理状态", choice(_STATES), ("治理情况", "是否完成治理", "状态"), needed=True, default=State.OPEN
    ),
    Column("recognised_on", "认定日期", day, ("认定时间", "完成日期"), default=None),
    Column("document", "认定文号", aliases=("认定文件", "文号")),
    Column("mode", "治理模式", aliases=("模式",)),
    Column("no_sewage_seen", "基本看不到污水横流", yes_no, ("看不到污水横流",), default=None),
    Column("no_stench", "基本闻不到臭味", yes_no, ("闻不到臭味",), default=None),
    Column("no_complaints", "基本听不到怨言", yes_no, ("听不到怨言", "基本听不到村民怨言"), default=None),
    Column("households_connected", "接户数", whole, ("接入户数", "已接户数"), default=0, low=0, high=100_000),
    _NOTE,
)


def _village(v: dict[str, Any], row: int) -> VillageRow:
    basics = ThreeBasics(v.pop("no_sewage_seen"), v.pop("no_stench"), v.pop("no_complaints"))
    return VillageRow(**v, basics=basics, row=row)


def read_villages(path: Path) -> Sheet[VillageRow]:
    """行政村治理台账: one row a village, with state, people and 三基本."""
    return read_rows(path, VILLAGES, _village, key=("code",))


HAMLETS = (
    Column("code", "自然村代码", place_code(15), ("自然村编号",), needed=True),
    Column("name", "自然村", aliases=("自然村名称", "聚居点"), needed=True),
    Column("village", "行政村代码", place_code(12), ("村代码",), needed=True),
    Column("households", "户数", whole, ("总户数",), needed=True, low=0, high=100_000),
    Column("households_treated", "治理户数", whole, ("已治理户数",), default=0, low=0, high=100_000),
    Column("households_controlled", "管控户数", whole, ("已管控户数",), default=0, low=0, high=100_000),
    Column("deductible", "核减理由", aliases=("可核减理由",)),
    _NOTE,
)


def _hamlet(v: dict[str, Any], row: int) -> HamletStanding:
    note = v.pop("note")
    if not v["deductible"] and "核减" in note:
        v["deductible"] = note
    return HamletStanding(**v, because=(Ref("village", v["village"]),))


def read_hamlets(path: Path) -> Sheet[HamletStanding]:
    """自然村清单: households in all, treated, controlled; a note that speaks of 核减 makes it deductible."""
    return read_rows(path, HAMLETS, _hamlet, key=("code",))


DENOMINATOR = (
    _CODE,
    Column("name", "行政村", aliases=("行政村名称", "村名")),
    Column(
        "added",
        "增减",
        choice({"列入": True, "增加": True, "核减": False, "减少": False, "核销": False}),
        ("列入/核减", "增减情况"),
        needed=True,
    ),
    Column("reason", "理由", aliases=("原因", "增减理由"), needed=True),
    Column("signed_on", "签发日期", day, ("日期", "签发时间"), needed=True),
    Column("signed_by", "签发单位", aliases=("单位", "签发人"), needed=True),
)


def read_denominator(path: Path) -> Sheet[Entry]:
    """治理率分母清单: signed additions and deductions, each with its reason."""
    return read_rows(path, DENOMINATOR, lambda v, row: Entry(**v))


_STATUSES = {
    "在用": "in_use",
    "正常": "in_use",
    "运行": "in_use",
    "正常运行": "in_use",
    "试运行": "trial",
    "停用": "stopped",
    "停运": "stopped",
    "已并网": "joined",
    "并网": "joined",
    "报废": "scrapped",
    "拆除": "scrapped",
}
_EVIDENCE = {
    "HJ212": EvidenceLevel.HJ212,
    "数采仪": EvidenceLevel.HJ212,
    "远传": EvidenceLevel.REMOTE_METER,
    "远传电表": EvidenceLevel.REMOTE_METER,
    "厂家平台": EvidenceLevel.REMOTE_METER,
    "纸面": EvidenceLevel.PAPER,
}
FACILITIES = (
    Column("id", "设施编号", identifier, ("编号", "站点编号"), needed=True),
    Column("name", "设施名称", aliases=("站点名称", "名称"), needed=True),
    Column("village", "行政村代码", place_code(12), ("村代码",)),
    Column("village_name", "行政村", aliases=("所在村", "村名")),
    _TOWNSHIP,
    Column("process", "工艺", aliases=("处理工艺",)),
    Column(
        "design_m3_d", "设计规模", number, ("设计规模(m³/d)", "规模", "处理规模"), needed=True, low=0.01, high=1e6
    ),
    Column("commissioned", "投运日期", day, ("投运时间", "建成日期"), default=None),
    Column("owner", "产权单位", aliases=("业主单位", "权属单位")),
    Column("operator", "运维单位", aliases=("运营单位", "管护单位")),
    Column("discharge_class", "执行标准", aliases=("排放标准",)),
    Column("power_account", "用电户号", identifier, ("户号", "电表户号")),
    Column("status", "状态", choice(_STATUSES), ("运行状态",), default="in_use"),
    Column("households_connected", "接入户数", whole, ("接户数",), default=0, low=0, high=100_000),
    Column("lon", "经度", number, default=None, low=73, high=136),
    Column("lat", "纬度", number, default=None, low=3, high=54),
    Column("evidence", "证据类型", choice(_EVIDENCE), ("监测方式",), default=EvidenceLevel.PAPER),
    Column("mn", "MN", identifier, ("设备号", "MN号")),
    _NOTE,
)


def _facility(v: dict[str, Any], row: int) -> FacilityRow:
    village_name, mn, note = v.pop("village_name"), v.pop("mn"), v.pop("note")
    because = (Ref("village", v["village"]),) if v["village"] else ()
    return FacilityRow(Facility(**v, because=because), village_name, mn, note, row)


def read_facilities(path: Path) -> Sheet[FacilityRow]:
    """处理设施台账: one row a facility; an empty 产权单位 or 运维单位 is kept empty and counted as unknown."""
    return read_rows(path, FACILITIES, _facility, key=("id",))


ISSUES = (
    Column("id", "编号", identifier, ("问题编号", "序号"), needed=True),
    Column("title", "问题", aliases=("问题描述", "存在问题", "问题内容"), needed=True),
    Column("issue_class", "类别", aliases=("问题类别", "类型")),
    Column("source", "来源", aliases=("问题来源",)),
    Column("village", "行政村代码", place_code(12), ("村代码",)),
    Column("facility", "设施编号", identifier),
    Column("rectifier", "整改责任单位", aliases=("责任单位", "整改单位")),
    Column("supervisor", "牵头督导单位", aliases=("督导单位", "牵头单位")),
    Column("verifier", "核查单位", aliases=("验收单位",)),
    Column("closer", "销号单位"),
    Column("found_on", "发现日期", day, ("交办日期", "发现时间"), needed=True),
    Column("due_on", "期限", day, ("整改时限", "整改期限"), default=None),
    Column("state", "状态", aliases=("整改情况", "进展"), default="交办"),
    Column("cause", "原因", aliases=("原因分析",)),
)


def read_issues(path: Path) -> Sheet[IssueRow]:
    """问题整改台账 as it is kept today."""
    return read_rows(path, ISSUES, lambda v, row: IssueRow(**v, row=row), key=("id",))


DUTIES = (
    Column("place", "行政村代码或单位", aliases=("行政村代码", "区划代码", "范围"), needed=True),
    Column("matter", "事项", aliases=("责任事项",), needed=True),
    Column("role", "角色", choice({r.value: r for r in DutyRole}), ("责任类型",), needed=True),
    Column("unit", "单位", aliases=("责任单位",), needed=True),
    Column("person", "姓名", aliases=("责任人",)),
    Column("post", "职务"),
    Column("phone", "电话", identifier, ("联系电话", "手机")),
    Column("valid_from", "起", day, ("起始日期", "开始"), default=None),
    Column("valid_to", "止", day, ("终止日期", "结束"), default=None),
    Column("basis", "依据", aliases=("文件依据",)),
)


def read_duties(path: Path, county_code: str = "") -> Sheet[Duty]:
    """责任清单; a row whose place is the name of a unit and no code holds for the whole county."""

    def build(v: dict[str, Any], row: int) -> Duty:
        said = str(v["place"])
        digits = said.replace(" ", "")
        if not digits.isdigit():
            if not county_code:
                raise ValueError(f"“{said}”不是区划代码,而县代码未知")
            digits = county_code
        return Duty(**{**v, "place": parse_code(digits)})

    return read_rows(path, DUTIES, build)


FUNDS = (
    Column("name", "来源", aliases=("资金来源", "资金名称"), needed=True),
    Column("kind", "类别", aliases=("资金类别",)),
    Column("year", "年度", whole, ("年份",), needed=True, low=2000, high=2100),
    Column("amount_fen", "金额", fen(10_000), ("金额(万元)", "资金(万元)"), needed=True, low=0),
    Column("eligible", "可用于", aliases=("使用范围", "用途")),
    Column("document", "文号", aliases=("指标文号",)),
    Column("status", "状态", aliases=("到位情况",)),
)


def read_funds(path: Path) -> Sheet[FundRow]:
    """资金来源: amounts in 万元 unless the cell says otherwise; 可用于 split at 、 / and commas."""

    def build(v: dict[str, Any], row: int) -> FundRow:
        said = str(v["eligible"])
        for mark in ",;/ ":
            said = said.replace(mark, "、")
        return FundRow(**{**v, "eligible": tuple(part for part in said.split("、") if part)}, row=row)

    return read_rows(path, FUNDS, build)


UNITS = (
    Column("name", "单位", aliases=("单位名称", "名称"), needed=True),
    Column("kind", "类型", aliases=("单位类型",)),
    Column("superior", "上级", aliases=("上级单位",)),
    Column("phone", "电话", identifier, ("联系电话",)),
)


def read_units(path: Path) -> Sheet[UnitRow]:
    """单位: departments, townships, village committees, firms."""
    return read_rows(path, UNITS, lambda v, row: UnitRow(**v, row=row), key=("name",))


WORKS = (
    Column("id", "编号", identifier, ("id", "工程编号"), needed=True),
    Column("department", "部门", aliases=("department", "主管部门", "单位")),
    Column(
        "kind",
        "类型",
        loose_choice(
            {"road": "road", "toilet": "toilet", "water": "water", "ditch": "ditch"}
            | {"道路": "road", "改厕": "toilet", "供水": "water", "沟渠": "ditch"}
        ),
        ("kind", "工程类型", "类别"),
    ),
    Column("name", "名称", aliases=("name", "工程名称", "项目名称")),
    Column("start", "开工日期", day, ("start", "计划开工", "开工", "起"), default=None),
    Column("end", "完工日期", day, ("end", "计划完工", "完工", "止"), default=None),
    Column("budget_fen", "预算", fen(1), ("budget_yuan", "预算(元)", "投资(元)", "预算_元"), default=0),
    Column("surface", "路面", aliases=("surface",)),
)


def read_works(path: Path) -> Sheet[WorkRow]:
    """其他部门工程 in Excel form; budgets in yuan unless the cell says 万."""
    return read_rows(path, WORKS, lambda v, row: WorkRow(**v, row=row), key=("id",))


FILES: Mapping[str, tuple[str, Callable[[Path], Sheet[Any]]]] = {
    "villages": ("行政村治理台账", read_villages),
    "hamlets": ("自然村清单", read_hamlets),
    "denominator": ("治理率分母清单", read_denominator),
    "facilities": ("处理设施台账", read_facilities),
    "issues": ("问题整改台账", read_issues),
    "duties": ("责任清单", read_duties),
    "funds": ("资金来源", read_funds),
    "units": ("单位", read_units),
    "works": ("其他部门工程", read_works),
}


@dataclass(frozen=True)
class Books:
    """All books of a county folder; a book that is not there is an empty sheet without a fault."""

    villages: Sheet[VillageRow]
    hamlets: Sheet[HamletStanding]
    denominator: Sheet[Entry]
    facilities: Sheet[FacilityRow]
    issues: Sheet[IssueRow]
    duties: Sheet[Duty]
    funds: Sheet[FundRow]
    units: Sheet[UnitRow]
    works: Sheet[WorkRow]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault of every book."""
        return tuple(fault for name in FILES for fault in getattr(self, name).faults)


def book_path(folder: Path, part: str, title: str) -> Path | None:
    """``folder/part/title`` with any known ending; None when there is no such file."""
    for ending in (".xlsx", ".xls", ".csv"):
        if (path := folder / part / (title + ending)).is_file():
            return path
    return None


def read_books(folder: Path, *, named: Mapping[str, str] | None = None, county_code: str = "") -> Books:
    """Read every book of a county folder.

    Parameters
    ----------
    folder : Path
        The county folder; books lie under ``books/``.
    named : mapping, optional
        ``[books]`` of county.toml: our name (``"villages"``) to a path relative to the folder.
    county_code : str
        For duties that name a unit instead of a place.
    """
    sheets: dict[str, Sheet[Any]] = {}
    for name, (title, read) in FILES.items():
        told = (named or {}).get(name)
        path = folder / told if told else book_path(folder, "books", title)
        if path is None:
            sheets[name] = Sheet(title)
        elif read is read_duties:
            sheets[name] = read_duties(path, county_code)
        else:
            sheets[name] = read(path)
    return Books(**sheets)

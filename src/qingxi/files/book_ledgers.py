"""Books of the office: problems, duties, funds, units, other departments' works."""

from pathlib import Path
from typing import Any

from qingxi.files.book_cells import choice, day, identifier, loose_choice, place_code, whole
from qingxi.files.book_columns import Column, Sheet, read_rows
from qingxi.files.book_rows import FundRow, IssueRow, UnitRow, WorkRow
from qingxi.files.book_units import fen
from qingxi.place import Duty, DutyRole, parse_code

ISSUES = (
    Column("id", "编号", identifier, ("问题编号", "序号"), needed=True, given=True),
    Column("title", "问题", aliases=("问题描述", "存在问题", "问题内容"), needed=True),
    Column("issue_class", "类别", aliases=("问题类别", "类型")),
    Column("source", "来源", aliases=("问题来源",)),
    Column("village", "行政村代码", place_code(12), ("村代码",)),
    Column("facility", "设施编号", identifier),
    Column("rectifier", "整改责任单位", aliases=("责任单位", "整改单位"), group="责任单位"),
    Column("supervisor", "牵头督导单位", aliases=("督导单位", "牵头单位"), group="责任单位"),
    Column("verifier", "核查单位", aliases=("验收单位",), group="责任单位"),
    Column("closer", "销号单位", group="责任单位"),
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
                raise ValueError(f"“{said}”不是区划代码，而县代码未知")
            digits = county_code
        return Duty(**{**v, "place": parse_code(digits)})

    return read_rows(path, DUTIES, build)


FUNDS = (
    Column("name", "来源", aliases=("资金来源", "资金名称"), needed=True),
    Column("kind", "类别", aliases=("资金类别",)),
    Column("year", "年度", whole, ("年份",), needed=True, low=2000, high=2100),
    Column("amount_fen", "金额", fen(10_000), ("金额（万元）", "资金（万元）"), needed=True, low=0),
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
    Column("budget_fen", "预算", fen(1), ("budget_yuan", "预算（元）", "投资（元）", "预算_元"), default=0),
    Column("surface", "路面", aliases=("surface",)),
)


def read_works(path: Path) -> Sheet[WorkRow]:
    """其他部门工程 in Excel form; budgets in yuan unless the cell says 万."""
    return read_rows(path, WORKS, lambda v, row: WorkRow(**v, row=row), key=("id",))

"""Writing ``plan.xlsx`` (规划成果表): sheets for people, 万元 with two decimals, ready to print on A4."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xlsxwriter

from qingxi.files.big_sheet import with_long_rows
from qingxi.files.book_afford import affordability_sheet
from qingxi.files.book_overrides import HEADS, override_rows
from qingxi.files.book_pen import Pen
from qingxi.files.old_formulas import OldFormulas
from qingxi.files.plan_bill import write_bill
from qingxi.files.plan_book_land import approvals_sheet
from qingxi.files.plan_book_plants import plants_sheet, way_names
from qingxi.files.plan_layers import MODES, column, gap_words, rows_of, withheld_words, years_of
from qingxi.origin import Fault
from qingxi.plan import BINDS, PlanTables

_WAN = 10_000.0
_KINDS = {"gravity": "重力管", "pressure": "压力管", "lateral": "接户管"}
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""A fixed moment: the same plan gives the same bytes."""
_CONSENT = "同意接入"


def write_plan_book(
    path: Path,
    tables: PlanTables,
    figures: Mapping[str, Any],
    faults: Sequence[Fault],
    *,
    title: str,
    secrecy: str,
    public: bool = False,
) -> None:
    """Write the sheets 汇总, 自然村方案比选, 系统, 工程量, 清单 (明细, 按系统, 按乡镇, 按行政村), 处理站, 报批事项 (where any is needed), 存量设施处置表,
    可承受性, 人工调整 (where somebody decided), 户表, 问题.

    Parameters
    ----------
    title : str
        What the plan is of, on top of every sheet.
    secrecy : str
        Highest 密级 of the input layers, printed in every page's foot.
    public : bool
        Leave out the sheet of households.
    """
    short = BytesIO()
    with xlsxwriter.Workbook(short, {"constant_memory": True, "nan_inf_to_errors": False}) as book:
        book.worksheet_class = OldFormulas
        book.set_properties({"title": title, "created": _CREATED})
        pen = Pen(book, title, secrecy)
        _summary(pen, figures)
        _hamlets(pen, tables)
        _systems(pen, tables)
        _quantities(pen, tables)
        write_bill(pen, tables)
        plants_sheet(pen, tables)
        approvals_sheet(pen, figures)
        _existing(pen, tables)
        affordability_sheet(pen, tables, figures)
        decided, note = override_rows(tables, figures)
        if decided:
            pen.table("人工调整", HEADS, decided, note)
        if not public:
            _households(pen, tables)
        _faults(pen, faults)
    with_long_rows(short.getvalue(), path, pen.long)


def _wan(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64) / _WAN


def _summary(pen: Pen, figures: Mapping[str, Any]) -> None:
    cost, houses = figures.get("cost", {}), figures.get("households", {})
    pipes = figures.get("pipe_m", {})
    rows: list[tuple[str, object, str, str]] = [
        ("数据等级", f"{figures.get('level', '')} {figures.get('level_reason', '')}", "", ""),
        (
            f"{years_of(figures):g} 年现值",
            cost.get("present_value", 0) / _WAN,
            "万元",
            "总投资与计算期内运行费的现值",
        ),
        ("总投资", cost.get("capex", 0) / _WAN, "万元", "工程费用加其他费用与预备费"),
        ("其中工程费用", cost.get("works", 0) / _WAN, "万元", ""),
        ("年运行费", cost.get("running_per_year", 0) / _WAN, "万元/年", ""),
        ("下界", (figures.get("bound") or 0) / _WAN, "万元", str(figures.get("bound_label", ""))),
        ("离最省最多还差", figures.get("gap"), "%", "现值与下界之差占现值的比例"),
        *((f"  其中 {name}", yuan / _WAN, "万元", meaning) for name, yuan, meaning in gap_words(figures)),
        ("户数合计", houses.get("all"), "户", ""),
        ("近纳管", houses.get("connected"), "户", ""),
        ("聚集中", houses.get("clustered"), "户", ""),
        ("散分户", houses.get("onsite"), "户", ""),
        ("资源利用", houses.get("reuse"), "户", ""),
        ("管控", houses.get("controlled"), "户", ""),
        ("未落实", houses.get("unserved"), "户", "逐户原因见户表"),
        ("重力管", pipes.get("gravity"), "m", ""),
        ("压力管", pipes.get("pressure"), "m", ""),
        ("接户管", pipes.get("lateral"), "m", ""),
        (
            "其中离街穿地的管道",
            pipes.get("off_street"),
            "m",
            "重力管和压力管经过院地、荒地或农田的长度，付占地补偿",
        ),
        ("提升", figures.get("pumps"), "座", ""),
        ("处理站", figures.get("plants"), "座", ""),
        ("土方", figures.get("excavation_m3"), "m³", ""),
        (
            "不予给出",
            "、".join(withheld_words(figures.get("withheld", []))) or "无",
            "",
            "数据等级不足以支持的内容",
        ),
        ("单价表", figures.get("prices", ""), "", "每项单价的来源与可信度见 docs/costs.md"),
        ("标准表", figures.get("norms", ""), "", ""),
        (
            "排放标准",
            (figures.get("discharge") or {}).get("title", ""),
            "",
            (figures.get("discharge") or {}).get("remark", ""),
        ),
        *(
            ("不适用的工艺", way_names([key])[0], "", why)
            for key, why in (figures.get("refused_processes") or {}).items()
        ),
    ]
    sheet = pen.book.add_worksheet("汇总")
    sheet.write(0, 0, f"{pen.title} 汇总", pen.big)
    sheet.write(1, 0, f"密级：{pen.secrecy}", pen.note)
    for c, (heading, width) in enumerate((("项目", 16), ("数值", 40), ("单位", 10), ("说明", 60))):
        sheet.set_column(c, c, width)
        sheet.write(2, c, heading, pen.head)
    for r, (name, value, unit, meaning) in enumerate(rows, start=3):
        pen.cell(sheet, r, 0, name, "t")
        whole = unit in ("户", "座")
        key = "w" if isinstance(value, str) else "i" if whole else "%" if unit == "%" else "2"
        pen.cell(sheet, r, 1, value, key)
        pen.cell(sheet, r, 2, "" if unit == "%" else unit, "t")
        pen.cell(sheet, r, 3, meaning, "w")
    sheet.freeze_panes(3, 1)
    pen.print_setup(sheet)


def _hamlets(pen: Pen, tables: PlanTables) -> None:
    columns = tables.hamlets

    def get(name: str) -> npt.NDArray[Any]:
        return column("hamlets", name, columns)

    modes = [mode for mode in MODES if mode != "unserved"]
    heads = [
        ("自然村代码", "t", 18),
        ("自然村", "t", 16),
        ("行政村代码", "t", 15),
        ("分类", "t", 10),
        ("户数", "i", 7),
        ("常住人口", "i", 8),
        ("水量 m³/d", "1", 9),
        ("选用模式", "t", 10),
        ("现值", "2", 10),
    ]
    heads += [(f"{MODES[mode]}现值", "2", 11) for mode in modes]
    flips = {"pipe_factor": "管网造价", "unit_factor": "户用设施造价", "reuse_factor": "资源利用造价", "plant_factor": "处理站造价", "town_factor": "接入费"}  # fmt: skip
    heads += [("起决定作用的", "t", 18), ("次选模式", "t", 10)] + [
        (f"翻转：{words}", "t", 16) for words in flips.values()
    ]
    heads += [("翻转距离 m", "i", 9)]
    heads += [("选用理由", "w", 36)] + [(f"不选{MODES[mode]}的理由", "w", 24) for mode in modes]
    heads += [("Reason", "w", 36)]
    parts: list[npt.NDArray[Any]] = [
        get("hamlet_id"), get("name"), get("village"), get("class"), get("households"), get("people_resident"),
        get("flow_m3_d"), _mode_names(get("mode")), _wan(get("present_value_yuan")),
        *(_wan(get(f"pv_{mode}_yuan")) for mode in modes), _binding(get("binds")), _mode_names(get("runner_up")),
        *(_turns(get(f"flip_{part}"), get(f"flip_{part[:-7]}_mode")) for part in flips), get("flip_distance_m"), get("reason"),
        *(get(f"why_not_{mode}") for mode in modes), get("reason_en"),
    ]  # fmt: skip
    pen.table(
        "自然村方案比选",
        heads,
        zip(*parts, strict=True),
        "金额单位：万元（计算期现值）；“—”为做不了，理由在右；其他模式的现值和翻转倍数只动本村、周边不变",
    )


def _turns(factor: npt.NDArray[Any], to: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A price's flip in words: its factor and the mode it turns to."""
    words = [
        f"{f:.2f} 倍改{MODES.get(str(m), str(m))}" if np.isfinite(f) else "—"
        for f, m in zip(factor, to, strict=True)
    ]
    return np.array(words, dtype=object)


def _binding(keys: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array([BINDS[str(k)][0] if str(k) in BINDS else "" for k in keys], dtype=object)


def _mode_names(modes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array([MODES.get(str(mode), str(mode)) for mode in modes], dtype=object)


def _systems(pen: Pen, tables: PlanTables) -> None:
    columns = tables.systems

    def get(name: str) -> npt.NDArray[Any]:
        return column("systems", name, columns)

    heads = [("系统", "i", 7), ("名称", "t", 22), ("模式", "t", 10), ("户数", "i", 8), ("人口", "i", 8), ("水量 m³/d", "1", 10), ("工程费用", "2", 11), ("总投资", "2", 11), ("年运行费", "2", 10), ("现值", "2", 11), ("每户现值", "2", 10), (_CONSENT, "t", 10), ("理由", "w", 40), ("自然村", "w", 30)]  # fmt: skip
    houses = get("households").astype(float)
    pv = _wan(get("present_value_yuan"))
    each = np.divide(pv, houses, out=np.full(pv.shape, np.nan), where=houses > 0)
    parts = [get("system_id"), get("name"), _mode_names(get("mode")), houses, get("people"), get("flow_m3_d"), _wan(get("works_yuan")), _wan(get("capex_yuan")), _wan(get("running_yuan_y")), pv, each, get("consent"), get("reason"), get("hamlets")]  # fmt: skip
    pen.table("系统", heads, zip(*parts, strict=True))


def _quantities(pen: Pen, tables: PlanTables) -> None:
    """Quantities by kind and diameter, then lifts and plants one by one."""
    rows: list[tuple[object, ...]] = []
    pipes = tables.pipes
    if rows_of(pipes):
        kind, dn = column("pipes", "kind", pipes), column("pipes", "dn_mm", pipes)
        length, works = column("pipes", "length_m", pipes), column("pipes", "works_yuan", pipes)
        earth = column("pipes", "excavation_m3", pipes)
        for k in _KINDS:
            for d in np.unique(dn[kind == k]):
                mine = (kind == k) & (dn == d)
                rows.append(
                    (
                        _KINDS[k],
                        f"DN{d}",
                        "m",
                        length[mine].sum(),
                        np.nansum(earth[mine]),
                        works[mine].sum() / _WAN,
                        "",
                    )
                )
    nodes = tables.nodes
    if rows_of(nodes):
        kind, works = column("nodes", "kind", nodes), column("nodes", "works_yuan", nodes)
        for k, name in (("manhole", "检查井"), ("join", "接入口")):
            if (kind == k).any():
                rows.append((name, "", "座", int((kind == k).sum()), None, works[kind == k].sum() / _WAN, ""))
    if rows_of(tables.lifts):
        works = column("lifts", "works_yuan", tables.lifts)
        rows.append(("提升", "泵站与户用提升", "座", works.size, None, works.sum() / _WAN, ""))
    told = {
        name: column("plants", name, tables.plants)
        for name in ("process", "design_m3_d", "works_yuan", "existing", "decision")
    }
    for i in range(rows_of(tables.plants)):
        one = {name: values[i] for name, values in told.items()}
        rows.append(
            (
                "处理站",
                way_names([one["process"]])[0],
                "m³/d",
                one["design_m3_d"],
                None,
                one["works_yuan"] / _WAN,
                one["decision"] or one["existing"],
            )
        )
    heads = [
        ("类别", "t", 12),
        ("规格", "t", 22),
        ("单位", "t", 8),
        ("数量", "1", 14),
        ("土方 m³", "1", 14),
        ("工程费用", "2", 14),
        ("说明", "w", 40),
    ]
    pen.table("工程量", heads, rows)


def _existing(pen: Pen, tables: PlanTables) -> None:
    """Every existing plant with its decision, cost and reason; left out where there is none."""
    plants = tables.plants
    mine = column("plants", "existing", plants) != ""
    if not mine.any():
        return

    def get(name: str) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = column("plants", name, plants)[mine]
        return values

    kinds = {"county": "县城", "township": "乡镇", "village": "村级"}
    level = np.array([kinds.get(str(k), str(k)) for k in get("kind")], dtype=object)
    system = get("system_id").astype(float)
    system[system < 0] = np.nan
    heads = [("设施编号", "t", 14), ("名称", "t", 22), ("级别", "t", 7), ("故障类别", "t", 15), ("建成年份", "y", 8), ("已用年数", "i", 8), ("账面价值", "2", 10), ("处置", "t", 14), ("规模 m³/d", "1", 10), ("系统", "i", 7), ("处置工程费用", "2", 12), ("留用年运行费", "2", 12), ("留用现值", "2", 10), ("新建现值", "2", 10), ("排放等级", "t", 9), ("自然村代码", "t", 18), ("理由", "w", 70)]  # fmt: skip
    parts = [get("existing"), get("name"), level, get("fault_class"), get("built"), get("years_served"), _wan(get("book_value_yuan")), get("decision"), get("design_m3_d"), system, _wan(get("decision_works_yuan")), _wan(get("decision_running_yuan_y")), _wan(get("pv_stay_yuan")), _wan(get("pv_new_yuan")), get("discharge_class"), get("hamlet_id"), get("reason")]  # fmt: skip
    pen.table(
        "存量设施处置表", heads, zip(*parts, strict=True),
        "金额单位：万元；报废、改接、改资源化利用的拆改费用不在方案总投资之内；资产核销须报财政（国资）审批",
    )  # fmt: skip


def _households(pen: Pen, tables: PlanTables) -> None:
    columns = tables.households

    def get(name: str) -> npt.NDArray[Any]:
        return column("households", name, columns)

    heads = [("户编号", "t", 22), ("自然村代码", "t", 18), ("系统", "i", 8), ("模式", "t", 10), ("常住人口", "1", 9), ("水量 m³/d", "3", 10), ("工艺", "t", 16), ("户内工程费用", "2", 12), ("户内现值", "2", 12), ("理由", "w", 40)]  # fmt: skip
    parts = [get("household_id"), get("hamlet_id"), get("system_id"), _mode_names(get("mode")), get("people_resident"), get("flow_m3_d"), way_names(get("process")), _wan(get("works_yuan")), _wan(get("present_value_yuan")), get("reason")]  # fmt: skip
    pen.table(
        "户表", heads, zip(*parts, strict=True), "内部资料，不得外传；金额单位：万元，只含本户接户管或户用设备"
    )


def _faults(pen: Pen, faults: Sequence[Fault]) -> None:
    heads = [
        ("文件", "t", 24),
        ("行", "i", 8),
        ("字段", "t", 16),
        ("取值", "t", 24),
        ("应当", "w", 44),
        ("怎么办", "w", 44),
        ("程度", "t", 8),
        ("代号", "t", 20),
    ]
    rows = [(f.file, f.row, f.field, f.value, f.rule, f.remedy, {"error": "错误", "warning": "提醒"}[str(f.severity)], f.code) for f in faults]  # fmt: skip
    pen.table("问题", heads, rows, "输入数据的问题；错误的行没有采用")

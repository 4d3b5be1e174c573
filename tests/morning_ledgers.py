"""Three nasty ledgers of an invented county, everything that is wrong in them, and what is true after each is settled.

``REGISTER`` is the county's register; :func:`write_ledgers` writes the files of a quarter (a workbook with merged title and
two-row header, a CSV in GBK, an old .xls); ``PLANTED`` names each conflict by its kind and a word of its sentence, with the
settlement that the tests sign; ``TRUTH`` is what the 调度表 must then rest on, typed by hand.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

COUNTY = ("999901", "天河坝县")
TOWNS = {"999901100": "溪口镇", "999901101": "岚坪镇", "999901102": "马桑乡"}
# code, name, kind, former names, merged into (code) on 2025-01-01, rural community
REGISTER: tuple[tuple[str, str, str, tuple[str, ...], str, bool], ...] = (
    ("999901100001", "溪口社区", "居委会", (), "", True),
    ("999901100002", "东街社区", "居委会", (), "", False),
    ("999901100200", "红岩村", "村委会", (), "", False),
    ("999901100201", "石笋村", "村委会", (), "", False),
    ("999901100202", "冷水村", "村委会", (), "", False),
    ("999901100203", "大坪村", "村委会", (), "", False),
    ("999901100204", "茶岭村", "村委会", (), "", False),
    ("999901100205", "柳湾村", "村委会", (), "", False),
    ("999901101200", "岚坪村", "村委会", (), "", False),
    ("999901101201", "石塘村", "村委会", (), "", False),
    ("999901101202", "新桥村", "村委会", (), "", False),
    ("999901101203", "下河村", "村委会", ("河坝村",), "", False),
    ("999901101204", "龙洞村", "村委会", (), "", False),
    ("999901101205", "杨家坝村", "村委会", (), "", False),
    ("999901101206", "瓦窑村", "村委会", (), "", False),
    ("999901101207", "老寨村", "村委会", (), "999901101204", False),
    ("999901102200", "马桑村", "村委会", (), "", False),
    ("999901102201", "高峰村", "村委会", (), "", False),
    ("999901102202", "沙湾村", "村委会", (), "", False),
    ("999901102203", "松林村", "村委会", (), "", False),
    ("999901102204", "新茶村", "村委会", (), "", False),
    ("999901102205", "马桑社区", "居委会", (), "", False),
)
NAMES = {code: name for code, name, *_ in REGISTER}

# 行政村代码, 乡镇, 村名, 户数, 治理户数, 常住人口, 治理状态, 治理模式, 设施运行情况, 认定日期, 认定文号
_V = tuple[object, ...]
VILLAGES: tuple[_V, ...] = (
    ("9.999011002E+11", "溪口镇", "红岩村", 210, 160, 640, "已治理", "聚集中", "正常", "2023.12.20", "天污治办〔2023〕21号"),
    ("999901100201", "溪口镇", "石笋村", "１８０", 120, 500, "已治理", "聚集中", "", "2022年6月1日", "天污治办〔2022〕9号"),
    ("999901100201", "溪口镇", "石笋村", 176, 0, 500, "未完成", "", "", "", ""),
    ("999 901 100 202", "溪口镇", "冷水村", 150, 110, 420, "已治理", "聚集中", "停运", "2022-07-15", "天污治办〔2022〕12号"),
    ("9999011002", "溪口镇", "大坪村", 130, 60, 380, "已管控", "管控", "", "2024/5/6", "天污治办〔2024〕3号"),
    ("", "溪口镇", "茶岭村民委员会", 98, 70, 260, "已治理", "近纳管", "", "2021.9.9", "天污治办〔2021〕8号"),
    ("999901100", "溪口镇", "柳灣村", 160, 100, 460, "已治理", "资源化利用", "", 44927, "天污治办〔2023〕1号"),
    ("999901101200", "岚坪镇", "岚坪村", 240, 200, 700, "√", "城镇管网", "", "2020-10-10", "天污治办〔2020〕4号"),
    ("999901101201", "岚坪镇", "石塘村", 100, 120, 310, "已治理", "聚集中", "", "2023-03-03", "天污治办〔2023〕7号"),
    ("", "岚坪镇", "新乔村", 140, 90, 400, "已治理", "聚集中", "", "2023-05-05", "天污治办〔2023〕9号"),
    ("999901101203", "岚坪镇", "河坝村", 120, 80, 330, "已治理", "散分户", "", "2031-01-01", "天污治办〔2023〕11号"),
    ("999901101204", "岚坪镇", "龙洞村", 130, 0, 360, "未治理", "", "", "", ""),
    ("999901101207", "岚坪镇", "老寨村", 60, 0, 150, "未治理", "", "", "", ""),
    ("999901101205", "岚坪镇", "杨家坝村", 90, 50, 90, "有效治理", "聚集中", "", "2022-08-08", "天污治办〔2022〕20号"),
    ("999901101206", "岚坪镇", "瓦窑村", 110, 80, 300, "已治理", "聚集中", "", "2021-04-04", "天污治办〔2021〕2号"),
    ("", "马桑乡", "马桑", 170, 0, 480, "见附件", "", "", "", ""),
    ("999901102201", "马桑乡", "高峰村", 88, 60, 240, "已治理", "聚集中", "", "2024-01-09", "天污治办〔2024〕1号"),
    ("999901102202", "马桑乡", "沙湾村", 75, 0, 200, "未完成", "", "", "", ""),
    ("", "马桑乡", "云台村", 40, 0, 100, "未完成", "", "", "", ""),
    ("", "马桑乡", "新茶村", 66, 30, 180, "有效管控", "管控", "", "2025-06-30", "天污治办〔2025〕6号"),
)  # fmt: skip
TOTAL_HOUSEHOLDS = 2500
"""As typed under the ledger; the rows add up to 2,533."""

# 编号, 名称, 行政村代码, 村名, 乡镇, 规模, 状态, 最近监测
FACILITIES: tuple[_V, ...] = (
    ("QX-001", "红岩村站", "999901100200", "红岩村", "溪口镇", "50", "正常运行", "2026.8.12"),
    ("QX-002", "石笋村站", "999901100201", "石笋村", "溪口镇", "30", "在用", "2025-11-02"),
    ("QX-003", "冷水村站", "999901100202", "冷水村", "溪口镇", "15", "在用", ""),
    ("QX-004", "溪口社区站", "999901100001", "溪口社区", "溪口镇", "10", "试运行", ""),
    ("QX-005", "石塘村站", "999901101201", "石塘村", "岚坪镇", "12", "在用", ""),
    ("QX-005", "石塘村站", "999901101201", "石塘村", "岚坪镇", "18", "在用", ""),
    ("QX-006", "新桥村站", "999901101202", "新桥村", "岚坪镇", "20", "在用", "2026-07-20"),
    ("QX-007", "杨家坝站", "999901101205", "杨家坝村", "岚坪镇", "40", "在用", "2026年9月1日"),
    ("QX-008", "瓦窑村站", "999901101206", "瓦窑村", "岚坪镇", "20", "停运", ""),
    ("QX-009", "无名站", "", "不详", "马桑乡", "5", "停用", ""),
    ("QX-010", "沙湾村站", "999901102202", "沙湾村", "马桑乡", "8", "在用", ""),
    ("QX-010", "沙湾村站", "999901102202", "沙湾村", "马桑乡", "8", "停运", ""),
    ("QX-011", "新茶村站", "999901102204", "新茶村", "马桑乡", "6", "见备注", ""),
)  # fmt: skip

# 编号, 问题, 村名, 乡镇, 设施编号, 状态, 发现, 期限, 销号
ISSUES: tuple[_V, ...] = (
    ("WT-01", "红岩村站出水超标", "红岩村", "溪口镇", "QX-001", "已销号", "2026-03-01", "2026-04-01", "2026-03-28"),
    ("WT-02", "站房门坏了", "石塘村", "岚坪镇", "QX-999", "整改中", "2026-05-01", "2026-06-01", ""),
    ("WT-03", "沟里有臭味", "云台村", "马桑乡", "", "整改中", "2026-05-02", "2026-06-01", ""),
    ("WT-04", "瓦窑村站停运", "瓦窑村", "岚坪镇", "QX-008", "已销号", "2026-02-01", "2026-03-01", "2026-02-20"),
    ("WT-05", "管道破了", "大坪村", "溪口镇", "", "已销号", "2026-06-10", "2026-07-10", "2026-05-10"),
    ("WT-06", "县级配套没有到位", "", "", "", "整改中", "2026-02-30", "2026-09-30", ""),
    ("WT-07", "化粪池满溢", "茶岭村委会", "溪口镇", "", "整改中", "2026-08-15", "2026-09-15", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A conflict put in on purpose: kind, a word of its sentence, and the way it is signed (target for ways that name one)."""

    kind: str
    word: str
    way: str
    target: str = ""


PLANTED: tuple[Planted, ...] = (
    Planted("match-doubtful", "新乔村", "is:999901101202"),
    Planted("match-ambiguous", "马桑", "is:999901102200"),
    Planted("village-unknown", "云台村", "drop"),
    Planted("village-merged", "老寨村", "successor"),
    Planted("village-renamed", "河坝村", "accept"),
    Planted("village-twice", "石笋村", "keep:first"),
    Planted("village-missing", "松林村", "add:未完成"),
    Planted("community-left-out", "溪口社区", "add:已管控"),
    Planted("treated-without-way", "高峰村", "mark:未完成"),
    Planted("treated-facility-stopped", "瓦窑村", "mark:未完成"),
    Planted("households-exceeded", "石塘村", "cap"),
    Planted("facility-twice", "QX-005", "keep:last"),
    Planted("facility-state", "QX-003", "status:in_use"),
    Planted("facility-state", "QX-010", "status:stopped"),
    Planted("facility-state-unknown", "QX-011", "status:stopped"),
    Planted("facility-no-village", "QX-009", "is", "999901102201"),
    Planted("facility-untested", "QX-002", "untested"),
    Planted("facility-oversize", "杨家坝村", "oversize"),
    Planted("issue-unknown-facility", "WT-02", "of", "QX-005"),
    Planted("issue-unknown-village", "WT-03", "county"),
    Planted("issue-closed-stopped", "WT-04", "reopen"),
    Planted("date-impossible", "河坝村", "blank"),
    Planted("date-impossible", "管道破了", "leave"),
    Planted("date-impossible", "县级配套没有到位", "blank"),
    Planted("total-differs", "户数", "sum"),
)
# After 高峰村 was given the nameless station (stopped), it is treated by a stopped facility and no longer by none.
AFTER_SIGNING: tuple[Planted, ...] = (
    Planted("state-unknown", "马桑村", "mark:未完成"),
    Planted("treated-facility-stopped", "高峰村", "mark:未完成"),
)
"""Conflicts that only the sign-off of others brings up, signed in a second round."""
GONE_AFTER_SIGNING = (("treated-without-way", "高峰村"),)

# township, name, state, 户数, 治理户数, facilities, in use, stopped, design in use, owed, done, oversize, issues, closed
TRUTH: tuple[tuple[str, str, str, int, int, int, int, int, float, int, int, int, int, int], ...] = (
    ("溪口镇", "溪口社区", "已管控", 0, 0, 1, 1, 0, 10.0, 0, 0, 0, 0, 0),
    ("溪口镇", "红岩村", "已治理", 210, 160, 1, 1, 0, 50.0, 1, 1, 0, 1, 1),
    ("溪口镇", "石笋村", "已治理", 180, 120, 1, 1, 0, 30.0, 1, 0, 0, 0, 0),
    ("溪口镇", "冷水村", "已治理", 150, 110, 1, 1, 0, 15.0, 0, 0, 0, 0, 0),
    ("溪口镇", "大坪村", "已管控", 130, 60, 0, 0, 0, 0.0, 0, 0, 0, 1, 1),
    ("溪口镇", "茶岭村", "已治理", 98, 70, 0, 0, 0, 0.0, 0, 0, 0, 1, 0),
    ("溪口镇", "柳湾村", "已治理", 160, 100, 0, 0, 0, 0.0, 0, 0, 0, 0, 0),
    ("岚坪镇", "岚坪村", "已治理", 240, 200, 0, 0, 0, 0.0, 0, 0, 0, 0, 0),
    ("岚坪镇", "石塘村", "已治理", 100, 100, 1, 1, 0, 18.0, 0, 0, 0, 1, 0),
    ("岚坪镇", "新桥村", "已治理", 140, 90, 1, 1, 0, 20.0, 1, 1, 0, 0, 0),
    ("岚坪镇", "下河村", "已治理", 120, 80, 0, 0, 0, 0.0, 0, 0, 0, 0, 0),
    ("岚坪镇", "龙洞村", "未完成", 130, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0),
    ("岚坪镇", "杨家坝村", "已治理", 90, 50, 1, 1, 0, 40.0, 1, 1, 1, 0, 0),
    ("岚坪镇", "瓦窑村", "未完成", 110, 80, 1, 0, 1, 0.0, 0, 0, 0, 1, 0),
    ("马桑乡", "马桑村", "未完成", 170, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0),
    ("马桑乡", "高峰村", "未完成", 88, 60, 1, 0, 1, 0.0, 0, 0, 0, 0, 0),
    ("马桑乡", "沙湾村", "未完成", 75, 0, 1, 0, 1, 0.0, 0, 0, 0, 0, 0),
    ("马桑乡", "松林村", "未完成", 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0),
    ("马桑乡", "新茶村", "已管控", 66, 30, 1, 0, 1, 0.0, 0, 0, 0, 0, 0),
    ("县本级", "县本级", "", 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 2, 0),
)


def next_quarter() -> tuple[tuple[_V, ...], tuple[_V, ...], tuple[_V, ...]]:
    """The fourth quarter: 高峰村 is recognised anew with a new station, 石塘村 fell to 已管控 without a word, 沙湾村 is controlled."""
    villages = []
    for row in VILLAGES:
        if row[2] == "高峰村":
            row = (*row[:9], "2026-10-05", "天污治办〔2026〕30号")
        if row[2] == "石塘村":
            row = (*row[:3], 100, 100, *row[5:6], "已管控", *row[7:])
        if row[2] == "沙湾村":
            row = (*row[:6], "已管控", "管控", "", "", "")
        villages.append(row)
    plants = [
        (*r[:2], "999901102201", "高峰村", *r[4:6], "在用", "") if r[0] == "QX-009" else r for r in FACILITIES
    ]
    return tuple(villages), tuple(plants), ISSUES


def write_ledgers(
    folder: Path, villages: tuple[_V, ...] = VILLAGES, facilities: tuple[_V, ...] = FACILITIES, issues: tuple[_V, ...] = ISSUES
) -> dict[str, Path]:  # fmt: skip
    """The three files; gives them by book."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "villages": _villages(folder / "行政村治理台账（报局）.xlsx", villages),
        "facilities": _facilities(folder / "处理设施台账.csv", facilities),
        "issues": _issues(folder / "问题整改台账2026.xls", issues),
    }


def _villages(path: Path, rows: tuple[_V, ...]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    note = book.active
    note.title = "填表说明"
    note.append(["一、状态分已治理、已管控、未完成。"])
    page = book.create_sheet("汇总表")
    page.append(["天河坝县行政村生活污水治理台账"])
    page.merge_cells("A1:L1")
    page.append(["填报单位：县生态环境局", *[None] * 8, "单位：户、人"])
    page.append(
        ["序号", "行政村代码", "乡镇", "村名", "基本情况", None, None, "治理情况", None, None, "认定", None]
    )
    page.append(
        [
            None,
            None,
            None,
            None,
            "总户数（户）",
            "治理户数（户）",
            "常住人口（人）",
            "治理状态*",
            "治理模式",
            "设施运行情况",
            "认定日期",
            "认定文号",
        ]
    )
    for area in ("A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:G3", "H3:J3", "K3:L3"):
        page.merge_cells(area)
    for n, (code, town, name, all_, treated, people, *rest) in enumerate(rows, start=1):
        page.append([n, code or None, town, name, all_, treated, people, *[v if v != "" else None for v in rest]])
    page.append(
        [
            "合计",
            None,
            None,
            None,
            TOTAL_HOUSEHOLDS,
            sum(int(str(r[4])) for r in rows),
            sum(int(str(r[5])) for r in rows),
        ]
    )
    page.append(["填表人：", None, None, "审核人："])
    book.save(path)
    return path


def _facilities(path: Path, rows: tuple[_V, ...]) -> Path:
    with path.open("w", encoding="gbk", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(["处理设施台账", "", "", "", "", "", "", "", ""])
        sheet.writerow(
            [
                "序号",
                "站点编号",
                "站点名称",
                "村代码",
                "所在村",
                "所属乡镇",
                "设计规模（m³/d）".replace("³", "3"),
                "运行状态",
                "最近监测日期",
            ]
        )
        for n, row in enumerate(rows, start=1):
            sheet.writerow([n, *row])
    return path


def _issues(path: Path, rows: tuple[_V, ...]) -> Path:
    import xlwt

    book = xlwt.Workbook()
    page = book.add_sheet("问题清单")
    page.write_merge(0, 0, 0, 9, "农村生活污水治理问题整改台账")
    head = (
        "序号",
        "问题编号",
        "问题描述",
        "所在村",
        "乡镇",
        "涉及设施",
        "整改情况",
        "发现时间",
        "整改时限",
        "销号时间",
    )
    for c, word in enumerate(head):
        page.write(1, c, word)
    for r, row in enumerate(rows, start=2):
        page.write(r, 0, r - 1)
        for c, value in enumerate(row, start=1):
            page.write(r, c, value)
    book.save(str(path))
    return path


def own_form(mark: str = "{{row.treated}}") -> bytes:
    """A form as a county brings it: one row that repeats, a formula in it, a sum below."""
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    page.append(["{{county}}{{quarter}}调度表"])
    page.merge_cells("A1:E1")
    page.append(["乡镇", "村数", "已治理", "率", "备注"])
    page.append(["{{row.township}}", "{{row.villages}}", mark, "=IF(B3=0,0,C3/B3)", "单位：个"])
    page.append(["合计", "=SUM(B3:B3)", "{{sum.treated}}", "=C4/B4", None])
    page.append(["填报单位：{{unit}}", None, None, "{{date}}"])
    page.merge_cells("A5:C5")
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def grow(office: object) -> dict[str, object]:
    """The register of the nasty ledgers: a village that had another name, one merged away, a rural community."""
    from qingxi_office.places.actions import merge, take_in_tree
    from qingxi_office.villages.models import ScopeLine

    rows = [{"code": code, "name": name} for code, name in TOWNS.items()]
    tree = take_in_tree([{"code": "999901", "name": "天河坝县"}, *rows], by=office)
    kinds = [
        {"code": code, "name": (former or (name,))[0], "kind": kind} for code, name, kind, former, *_ in REGISTER
    ]
    take_in_tree(kinds, by=office)
    tree = take_in_tree([{"code": c, "name": n, "kind": k} for c, n, k, *_ in REGISTER], by=office)
    for code, _name, _kind, _former, into, rural in REGISTER:
        if into:
            merge([tree[code]], tree[into], on=date(2025, 1, 1), document="县府〔2024〕9号", by=office)
        if rural:
            ScopeLine.objects.create(place=tree[code], change="列入", reason="涉农")
    return tree


def open_home(home: Path) -> None:
    """An office on its first morning: 陈静 has signed in, the register stands in the tree, nothing else. For a process of its own."""
    from qingxi_office.site.home import open_office

    open_office(home, practice_day="2026-10-08", demo=True)
    from qingxi_office.people import actions as people
    from qingxi_office.people.models import Role
    from qingxi_office.places import actions as places
    from qingxi_office.places.models import Unit
    from qingxi_office.trail.actions import Office

    by = Office("测试")
    county = places.take_in_tree([{"code": COUNTY[0], "name": COUNTY[1]}], by=by)[COUNTY[0]]
    ids = places.take_in_units(
        [{"name": "县生态环境局", "kind": "部门", "phone": "", "level": "县", "place_id": county.pk}], by=by
    )
    places.set_county(county, by=by, lead_department="县生态环境局", lead_unit_id=ids["县生态环境局"])
    tree = grow(by)
    unit = Unit.objects.get(pk=ids["县生态环境局"])
    cast = [
        ("chenjing", "陈静", Role.COUNTY_OFFICER, county, unit, "主管"),
        ("luomei", "罗梅", Role.TOWNSHIP_CLERK, tree["999901100"], unit, "专干"),
    ]
    people.cast_demo(cast, "qingxi-demo", by=by)

"""Books of villages: 行政村治理台账, 自然村清单, 治理率分母清单."""

import re
from pathlib import Path
from typing import Any

from qingxi.files.book_cells import choice, day, loose_choice, place_code, whole, yes_no
from qingxi.files.book_columns import Column, Sheet, read_rows
from qingxi.files.book_rows import VillageRow
from qingxi.indicator import Entry, HamletStanding, State, ThreeBasics
from qingxi.origin import Ref
from qingxi.place import VillageKind

_CODE = Column(
    "code", "行政村代码", place_code(12), ("村代码", "区划代码", "行政区划代码", "代码"), needed=True, given=True
)
_VILLAGE = Column(
    "name", "行政村", aliases=("行政村名称", "村名", "村（社区）", "村庄名称"), needed=True, given=True
)
TOWNSHIP = Column("township", "乡镇", aliases=("乡镇名称", "所属乡镇", "镇（乡）", "乡（镇）", "镇街"), given=True)
NOTE = Column("note", "备注", aliases=("说明",))
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
    return Column(field, heading, whole, aliases, default=-1, low=0, high=1_000_000, group="人口", unit="人")


VILLAGES = (
    _CODE,
    _VILLAGE,
    TOWNSHIP,
    Column(
        "kind",
        "类型",
        choice({"村委会": VillageKind.VILLAGE, "居委会": VillageKind.COMMUNITY, "社区": VillageKind.COMMUNITY}),
        ("村（居）类型", "建制类型"),
        default=VillageKind.VILLAGE,
    ),
    Column(
        "village_class",
        "村庄分类",
        loose_choice({f"{c}{s}": c for c in ("集聚提升", "城郊融合", "特色保护", "搬迁撤并") for s in ("", "类")}),
        ("村庄类型", "规划分类"),
    ),
    Column("households", "户数", whole, ("总户数", "户籍户数"), default=0, low=0, high=100_000, unit="户"),
    _people("people_registered", "户籍人口", "户籍人数", "总人口"),
    _people("people_resident", "常住人口", "常住人数"),
    _people("people_festival", "春节人口", "春节在村人口", "春节峰值"),
    Column(
        "state", "治理状态", choice(_STATES), ("治理情况", "是否完成治理", "状态"), needed=True, default=State.OPEN
    ),
    Column("recognised_on", "认定日期", day, ("认定时间", "完成日期"), default=None, group="认定"),
    Column("document", "认定文号", aliases=("认定文件", "文号"), group="认定"),
    Column("mode", "治理模式", aliases=("模式",)),
    Column("no_sewage_seen", "基本看不到污水横流", yes_no, ("看不到污水横流",), default=None, group="三基本"),
    Column("no_stench", "基本闻不到臭味", yes_no, ("闻不到臭味",), default=None, group="三基本"),
    Column(
        "no_complaints",
        "基本听不到怨言",
        yes_no,
        ("听不到怨言", "基本听不到村民怨言"),
        default=None,
        group="三基本",
    ),
    Column(
        "households_connected",
        "接户数",
        whole,
        ("接入户数", "已接户数"),
        default=0,
        low=0,
        high=100_000,
        unit="户",
        falls="接户数",
    ),
    Column("lost_on", "退出日期", day, ("退出分子日期",), default=None, group="退出治理"),
    Column("lost_reason", "退出理由", aliases=("退出原因",), group="退出治理"),
    NOTE,
)

_LOST = re.compile(r"(\d{4}[-.年]\d{1,2}[-.月]\d{1,2}日?)\s*因(.+?)退出已?治理")
"""How county staff note that a village has left the numerator, where the book has no column for it."""


def _village(v: dict[str, Any], row: int) -> VillageRow:
    noted = _LOST.search(v["note"])
    if v["lost_on"] is None and noted:
        v["lost_on"], v["lost_reason"] = day(noted[1]), noted[2]
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
    NOTE,
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

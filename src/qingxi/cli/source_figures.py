"""``qingxi source-figures``: every figure of the source documents, and what is computed beside it."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qingxi.cli.command import NEGATIVE, OK, Command, UserError

if TYPE_CHECKING:
    from qingxi.indicator import Beside, Figure, SourceFigure, VillageStanding

_DESCRIPTION = """\
列出来源文件里的每一个数：口径、计数单位、时间、组织者、来源；旁边是由名录和算术算出来的数。
文件里的数是报告数，不改动，不合并；文件没有写的写“未载明”，推断的写明是推断。

  qingxi source-figures                                 文字表
  qingxi source-figures --register 名录目录/             由名录逐行数（天全县村、肇庆市乡级单位）
  qingxi source-figures --county 县域数据夹/             再由一个（虚构的）县自己的台账算治理率
  qingxi source-figures --json
  qingxi source-figures --xlsx 文献数.xlsx"""

_FOLDERS = ("data/register", "../shared/data/register")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--register", metavar="目录", type=Path, help=f"统计用区划代码名录（CSV）；不给时找 {'、'.join(_FOLDERS)}"
    )
    parser.add_argument("--county", metavar="目录", type=Path, help="县域数据夹：由它的台账算治理率，作演示")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--xlsx", metavar="文件", type=Path, help="另存为 Excel 表")


def _run(args: Namespace) -> int:
    from qingxi.indicator import computed_beside, source_figures

    villages, townships = _register(args.register)
    example = _example(args.county) if args.county else None
    known, computed = tuple(source_figures().values()), computed_beside(villages, townships, example)
    if args.xlsx:
        from qingxi.report import write_source_figures

        print(f"写出 {write_source_figures(known, computed, args.xlsx)}")
    if args.json:
        said = {"reported": [f.as_json() for f in known], "computed": [b.as_json() for b in computed]}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    elif not args.xlsx:
        _show(known, computed)
    # A reported figure that the register contradicts is a negative answer.
    agrees = all(b.proof for b in computed if b.name == "治理率（行政村口径，由名录计算）")
    return OK if agrees else NEGATIVE


def _register(folder: Path | None) -> tuple[tuple[VillageStanding, ...], tuple[str, ...]]:
    """Tianquan's villages and Zhaoqing's township-level units, empty where no register is at hand."""
    from qingxi.files import read_register, standings_of
    from qingxi.place import parse_code

    if folder is not None and not folder.is_dir():
        raise UserError(f"没有目录 {folder}")
    there = folder or next((Path(f) for f in _FOLDERS if Path(f).is_dir()), None)
    if there is None:
        return (), ()
    villages: list[VillageStanding] = []
    townships: list[str] = []
    for path in sorted(there.glob("*.csv")):
        sheet = read_register(path)
        if sheet.faults and folder is not None:
            raise UserError(f"{path.name}：" + "；".join(map(str, sheet.faults[:5])))
        villages += [v for v in standings_of(sheet.rows) if v.code.startswith("511825")]
        townships += [
            r.name for r in sheet.rows if r.code.startswith("4412") and parse_code(r.code).level.value == "township"
        ]
    return tuple(villages), tuple(townships)


def _example(folder: Path) -> Figure:
    from qingxi.files import Faults, read_books, read_county_folder
    from qingxi.indicator import Records, definitions, rate

    if not folder.is_dir():
        raise UserError(f"没有目录 {folder}")
    county = read_county_folder(folder, Faults()) if (folder / "county.toml").is_file() else None
    named = {name: str(path) for name, path in county.books.items()} if county else {}
    books = read_books(folder, named=named, county_code=county.code if county else "")
    villages = tuple(row.standing for row in books.villages.rows)
    if not villages:
        raise UserError(f"{folder} 里没有可用的村庄台账")
    day = (county.as_of if county else None) or datetime.now().astimezone().date()
    place = county.code if county else villages[0].code[:6]
    records = Records(place, villages, books.hamlets.rows, books.denominator.rows)
    return rate(definitions()["treatment_rate_village"], records, day)


def _show(known: tuple[SourceFigure, ...], computed: tuple[Beside, ...]) -> None:
    source = ""
    for one in known:
        if one.title != source:
            source = one.title
            print(f"\n== {source}（{one.source}）")
        print(f"{one.name}：{one.value}")
        print(f"    口径 {one.definition}；计数单位 {one.unit_counted}")
        print(f"    时间 {one.period}；组织者 {one.organiser}；可信度 {one.trust.value}")
        for word, said in (("样本量", one.n), ("要求", one.requirement), ("推断", one.assumed), ("注", one.note)):
            if said:
                print(f"    {word} {said}")
        for row in computed:
            if one.id == row.of[0]:
                mark = "→" if row.proof else "→（不作证明）"
                print(f"    {mark} {row.name}：{row.printed}（{row.how}；{row.basis}）")
    facts = sum(one.source == "R" for one in known)
    print(
        f"\n{len(known) - facts} 个报告数，{facts} 个名录事实，{len(computed)} 个计算数；报告数照文件原样，计算数各注依据。"
    )


command = Command("source-figures", "来源文件里的每一个数，和旁边算出来的数", _run, _arguments, _DESCRIPTION)

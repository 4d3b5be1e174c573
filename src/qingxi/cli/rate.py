"""``qingxi rate``: treatment rates by several definitions side by side, with the lists behind them."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.cli.command import NEGATIVE, OK, Command, UserError

if TYPE_CHECKING:
    from qingxi.indicator import Definition, Figure, Records, VillageStanding
    from qingxi.origin import Fault

_DESCRIPTION = """\
由村庄台账或统计名录计算治理率，几种口径并列，分子分母都列得出名单。

  qingxi rate county/                               县域数据夹（读 books/ 下的台账、自然村清单、分母清单）
  qingxi rate 511825_villages.csv --treated 58      统计名录，假设按代码顺序前 58 个村委会已治理
  qingxi rate 511825_villages.csv --treated 名单.csv 名单每行一个行政村代码或名称
  qingxi rate county/ --definition treatment_rate_village --list

口径是数据：qingxi rate --definitions 列出全部；--definition-file 可用自己的 TOML。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="目录|名录", nargs="?", type=Path, help="县域数据夹、台账或统计名录")
    parser.add_argument("--treated", metavar="文件|N", help="已治理的村：名单文件，或按代码顺序的前 N 个村委会")
    parser.add_argument("--controlled", metavar="文件", help="已管控的村：名单文件")
    parser.add_argument("--denominator", metavar="文件", type=Path, help="签发的分母清单（xlsx/csv）")
    parser.add_argument("--hamlets", metavar="文件", type=Path, help="自然村清单（xlsx/csv）")
    parser.add_argument("--definition", metavar="ID", action="append", default=[], help="只算这一口径，可多次")
    parser.add_argument(
        "--definition-file", metavar="TOML", action="append", default=[], type=Path, help="自己的口径"
    )
    parser.add_argument("--as-of", metavar="日期", type=date.fromisoformat, help="截至日期，如 2026-11-22")
    parser.add_argument("--list", action="store_true", help="列出分子分母名单")
    parser.add_argument("--by-township", action="store_true", help="各乡镇分列（按第一个口径），弱的在前")
    parser.add_argument("--definitions", action="store_true", help="列出全部口径后结束")
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def _run(args: Namespace) -> int:
    from qingxi.indicator import rates

    known = _definitions(args)
    if args.definitions:
        for d in known.values():
            print(f"{d.id}  {d.name}  第 {d.version} 版  计数单位 {d.unit_counted}  可信度 {d.trust.value}")
            print(f"    {d.formula}")
        return OK
    if args.source is None:
        raise UserError("请给出县域数据夹、台账或统计名录")
    records, as_of, faults = _records(args)
    chosen, skipped = _choose(args, known, records)
    figures = rates(chosen, records, as_of)
    parts = _parts(chosen[0], records, as_of) if args.by_township and chosen else []
    if args.json:
        said = {
            "as_of": as_of.isoformat(),
            "figures": [f.as_json() for f in figures],
            "townships": [{"township": name, **f.as_json()} for name, f in parts],
            "skipped": skipped,
            "faults": [f.as_json() for f in faults],
        }
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for figure in figures:
            _show(figure, args.list)
        for name, part in parts:
            print(f"    {name}  {part.part}/{part.n}  {part.printed}  已管控 {part.states.get('已管控', 0)}")
        for name, why in skipped.items():
            print(f"未计算 {name}：{why}")
        for fault in faults:
            print(f"[{'错误' if fault.severity.value == 'error' else '提醒'}] {fault}")
    return OK if all(f.value is not None for f in figures) else NEGATIVE


def _parts(definition: Definition, records: Records, as_of: date) -> list[tuple[str, Figure]]:
    """Each township's figure, the weakest first; parts add up to the whole."""
    from qingxi.indicator import rate

    names = {v.township_code or v.code[:9]: v.township for v in records.villages}
    parts = [(name, rate(definition, records.within(code), as_of)) for code, name in sorted(names.items())]
    return sorted((p for p in parts if p[1].n), key=lambda p: p[1].value or 0.0)


def _definitions(args: Namespace) -> dict[str, Definition]:
    from qingxi.indicator import definitions, parse_definition

    known = dict(definitions())
    for path in args.definition_file:
        try:
            own = parse_definition(path.read_text(encoding="utf-8"), path.name)
        except ValueError as error:
            raise UserError(f"口径文件读不懂：{error}") from error
        known[own.id] = own
        if own.id not in args.definition:
            args.definition.append(own.id)
    return known


def _choose(
    args: Namespace, known: dict[str, Definition], records: Records
) -> tuple[list[Definition], dict[str, str]]:
    """Definitions to compute, and why the others are not."""
    unknown = [name for name in args.definition if name not in known]
    if unknown:
        raise UserError(f"没有口径 {'、'.join(unknown)}；现有 {'、'.join(known)}")
    chosen, skipped = [], {}
    for d in known.values():
        why, of = "", str(d.numerator.get("of", ""))
        if d.denominator["rule"] == "hamlet_list" and not records.hamlets:
            why = "没有自然村清单"
        elif d.denominator["rule"] == "sample_size" and not records.sample:
            why = "没有抽查结果"
        elif d.denominator["rule"] == "households_of_list" and not any(v.households for v in records.villages):
            why = "台账没有户数"
        elif of == "effective_villages" and not records.hamlets:
            why = "没有自然村清单"
        elif of and of not in ("basics", "effective_villages"):
            why = "要由办公室账里的设施、农户、问题来算，文件里没有"
        if d.id in args.definition or (not args.definition and not why):
            chosen.append(d)
        elif not args.definition:
            skipped[d.name] = why
    return chosen, skipped


def _records(args: Namespace) -> tuple[Records, date, list[Fault]]:
    from qingxi.files import Faults, read_books, read_county_folder, read_denominator, read_hamlets
    from qingxi.indicator import Records

    faults: list[Fault] = []
    as_of: date | None = args.as_of
    place = ""
    entries: tuple[Any, ...] = ()
    hamlets: tuple[Any, ...] = ()
    if not args.source.exists():
        raise UserError(f"没有 {args.source}")
    if args.source.is_dir():
        named: dict[str, str] = {}
        if (args.source / "county.toml").is_file():
            told = Faults()
            county = read_county_folder(args.source, told)
            faults += told
            if county is not None:
                named = {name: str(path) for name, path in county.books.items()}
                place, as_of = county.code, as_of or county.as_of
        books = read_books(args.source, named=named, county_code=place)
        villages = tuple(row.standing for row in books.villages.rows)
        entries, hamlets = books.denominator.rows, books.hamlets.rows
        faults += [*books.villages.faults, *books.hamlets.faults, *books.denominator.faults]
    else:
        villages, found = _villages_of_file(args.source)
        faults += found
    if args.denominator:
        sheet = read_denominator(args.denominator)
        entries, faults = sheet.rows, [*faults, *sheet.faults]
    if args.hamlets:
        listed = read_hamlets(args.hamlets)
        hamlets, faults = listed.rows, [*faults, *listed.faults]
    if not villages:
        for fault in faults:
            print(f"[错误] {fault}")
        raise UserError(f"{args.source} 里没有可用的村庄")
    villages = _marked(villages, args.treated, args.controlled)
    place = place or _common(v.code for v in villages)
    # The county's own day where it says one; the command line may read the clock.
    day = as_of or datetime.now().astimezone().date()
    return Records(place, villages, hamlets, entries), day, faults


def _common(codes: Iterable[str]) -> str:
    """The smallest place that holds them all: county, city or province."""
    several = list(codes)
    return next((several[0][:n] for n in (9, 6, 4, 2) if len({c[:n] for c in several}) == 1), "")


def _villages_of_file(path: Path) -> tuple[tuple[VillageStanding, ...], list[Fault]]:
    """Villages out of a 台账 if the file is one, else out of a register."""
    from qingxi.files import read_register, read_villages, standings_of

    ledger = read_villages(path)
    if ledger.rows:
        return tuple(row.standing for row in ledger.rows), list(ledger.faults)
    register = read_register(path)
    return standings_of(register.rows), list(register.faults)


def _marked(
    villages: tuple[VillageStanding, ...], treated: str | None, controlled: str | None
) -> tuple[VillageStanding, ...]:
    from qingxi.indicator import State
    from qingxi.place import VillageKind

    if treated and treated.isdigit():
        ids = sorted(v.code for v in villages if v.kind is VillageKind.VILLAGE)
        if int(treated) > len(ids):
            raise UserError(f"--treated {treated}：名录只有 {len(ids)} 个村委会")
        done = set(ids[: int(treated)])
    else:
        done = _listed(villages, treated)
    kept = _listed(villages, controlled)
    if done & kept:
        raise UserError(f"{len(done & kept)} 个村同时列为已治理和已管控")
    return tuple(
        replace(v, state=State.TREATED if v.code in done else State.CONTROLLED if v.code in kept else v.state)
        for v in villages
    )


def _listed(villages: tuple[VillageStanding, ...], file: str | None) -> set[str]:
    """Codes of the villages a list names; a list with a fault is not counted half."""
    from qingxi.files import read_village_list

    if not file:
        return set()
    listed = read_village_list(Path(file), villages)
    if listed.faults:
        more = f"；共 {len(listed.faults)} 处" if len(listed.faults) > 5 else ""
        raise UserError("；".join(map(str, listed.faults[:5])) + more)
    return set(listed.rows)


def _show(figure: Figure, with_lists: bool) -> None:
    d = figure.definition
    print(figure.sentence)
    print(f"    公式 {d.formula}（第 {d.version} 版，可信度 {d.trust.value}）")
    if figure.states:
        print("    " + "  ".join(f"{state} {n}" for state, n in figure.states.items()))
    print(f"    分母 {figure.n}：{figure.denominator_label}" + _by_township(figure))
    for row in figure.deducted[: None if with_lists else 5]:
        print(f"    核减 {row.name}：{row.why}")
    for remark in figure.remarks:
        print(f"    注 {remark}")
    if with_lists:
        print(f"    分子 {figure.part}：" + "、".join(c.name for c in figure.numerator))
        print(f"    分母 {figure.n}：" + "、".join(c.name for c in figure.denominator))
    print()


def _by_township(figure: Figure) -> str:
    codes = {c.ref.id[:9] for c in figure.denominator}
    return f"，{len(codes)} 个乡镇；--list 列出名单" if figure.denominator else ""


command = Command("rate", "治理率：几种口径并列，分子分母有名单", _run, _arguments, _DESCRIPTION)

"""``qingxi sheet``: read a table as the office would, say every fault, and give the file back with red cells."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.cli.command import NEGATIVE, OK, UNUSABLE, Command, UserError

if TYPE_CHECKING:
    from qingxi.files.office_sheet import SentSheet

_DESCRIPTION = """\
读一张台账，像办公室收表一样逐格核对，有错的原表标红退回。

  qingxi sheet 溪口镇台账.xlsx                     认出是哪种表，列出每条问题
  qingxi sheet 台账.xls --table villages --red 退回.xlsx
  qingxi sheet --form facilities --red 模板.xlsx    写一张空白模板
"""
_MEMORY = 3 << 30
"""Bytes of address space that reading may take: a file that wants more is a trap, and ends this process alone."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="文件", type=Path, nargs="?", help=".xlsx、.xls、.csv、.txt")
    parser.add_argument("--table", metavar="表", default="", help="哪种表；不写就按表头认")
    parser.add_argument("--name", metavar="名", default="", help="文件在问题里叫什么")
    parser.add_argument("--red", metavar="文件", type=Path, help="标红的原表写到这里")
    parser.add_argument("--form", metavar="表", help="写一张空白模板到 --red")
    parser.add_argument("--out", metavar="目录", type=Path, help="把读到的每一行写到这里（rows.jsonl、sheet.json）")
    parser.add_argument("--marks", metavar="文件", type=Path, help="按 sheet.json 和这里的问题标红，不再读一遍")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")


def _tell(stage: str, share: float) -> None:
    print(json.dumps({"stage": stage, "share": round(share, 3)}), file=sys.stderr, flush=True)


def _run(args: Namespace) -> int:
    from qingxi.files.office_tables import TABLES

    _limit()
    for name in filter(None, (args.table, args.form)):
        if name not in TABLES:
            raise UserError(f"没有“{name}”这种表；有：" + "、".join(TABLES))
    if args.form:
        return _form(args)
    if args.file is None or not args.file.is_file():
        raise UserError("要给一个文件")
    if args.marks is not None:
        return _red_again(args)
    from qingxi.files.office_red import red_book
    from qingxi.files.office_sheet import read_sent

    began = time.perf_counter()
    try:
        sent = read_sent(args.file, args.table, name=args.name, tell=_tell if args.json else None)
    except MemoryError:
        raise UserError("表太大，读的时候内存不够；多半是很远处有一个孤零零的格子") from None
    if args.out is not None:
        _write(sent, args.out)
    if args.red is not None and sent.header:
        args.red.write_bytes(red_book(args.file, sent, sent.faults, sent.spots))
    errors = sum(f.severity == "error" for f in sent.faults)
    if args.json:
        said = {
            "table": sent.table,
            "rows": len(sent.rows),
            "good": sum(r.good for r in sent.rows),
            "errors": errors,
        }
        print(json.dumps(said | {"seconds": round(time.perf_counter() - began, 3)}))
    else:
        title = TABLES[sent.table].title if sent.table else "认不出的表"
        print(
            f"{args.file.name}：{title}，{len(sent.rows)} 行，能收 {sum(r.good for r in sent.rows)} 行，{errors} 处要改"
        )
        for fault in sent.faults:
            print(" ", fault)
    return UNUSABLE if not sent.header else NEGATIVE if errors else OK


def _limit() -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if hard < 0 else min(_MEMORY, hard), hard))
    except (ImportError, ValueError, OSError):
        return


def _form(args: Namespace) -> int:
    from qingxi.files.office_form import form_xlsx
    from qingxi.files.office_tables import TABLES

    if args.red is None:
        raise UserError("模板写到哪里，用 --red 说")
    args.red.write_bytes(form_xlsx(TABLES[args.form], []))
    print(args.red)
    return OK


def _write(sent: SentSheet, folder: Path) -> None:
    """``rows.jsonl``: one row a line; ``sheet.json``: all the rest, faults with their places."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as out:
        for row in sent.rows:
            out.write(json.dumps([row.row, row.values, row.good, row.reason], ensure_ascii=False) + "\n")
    rest: dict[str, Any] = {
        k: getattr(sent, k) for k in ("file", "table", "sheet", "header", "width", "kind", "places", "spots")
    }
    rest |= {"unknown": list(sent.unknown), "faults": [f.as_json() for f in sent.faults]}
    rest["last"] = sent.rows[-1].row if sent.rows else sent.header
    (folder / "sheet.json").write_text(json.dumps(rest, ensure_ascii=False), encoding="utf-8")


def _red_again(args: Namespace) -> int:
    """Mark the file with faults from elsewhere: ``--marks`` is a folder's sheet.json with other faults and spots."""
    from qingxi.files.office_red import red_book
    from qingxi.files.office_sheet import SentRow, SentSheet
    from qingxi.origin import Fault, Severity

    said = json.loads(args.marks.read_text(encoding="utf-8"))
    sent = SentSheet(
        **{k: said[k] for k in ("file", "table", "sheet", "header", "width", "kind", "places")},
        rows=[SentRow(said["last"], {}, good=True)],
    )
    faults = [Fault(**{**f, "severity": Severity(f["severity"])}) for f in said["faults"]]
    spots = [None if s is None else (int(s[0]), int(s[1])) for s in said["spots"]]
    args.red.write_bytes(red_book(args.file, sent, faults, spots))
    if args.json:
        print(json.dumps({"red": str(args.red)}))
    return OK


command = Command("sheet", "读一张台账，逐格核对，标红退回；写模板", _run, _arguments, _DESCRIPTION)

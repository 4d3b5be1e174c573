"""``qingxi examine``: put every rule to every facility of a county folder."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.cli.command import NEGATIVE, OK, Command, UserError

if TYPE_CHECKING:
    from qingxi.facility import Facility
    from qingxi.finding import CannotTell, Evidence, Finding
    from qingxi.origin import Fault

_DESCRIPTION = """\
用电费单、水质检测、巡查记录、厂家平台导出（和读数库）逐站查找疑似问题。
每条都列证据、相反的证据和什么会推翻它；查不清的另列，缺什么写明。

  qingxi examine county/
  qingxi examine county/ --store readings.sqlite3 --json
  qingxi examine county/ --truth           与 truth/设施真相.csv 比对，给出各规则的查准率和查全率

退出码：0 没有发现；1 有发现；2 输入不可用。"""

TRUTH = {
    "stopped": ("stopped-series", "stopped-paper"),
    "idle": ("stopped-series", "stopped-paper"),
    "starved": ("starved",),
    "worse_than_influent": ("effluent-worse",),
    "silent": ("silent",),
    "frozen": ("frozen",),
    "unknown_owner": ("unowned",),
}
"""Label of truth/设施真相.csv: the rules that should find it."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="目录", type=Path, help="县域数据夹")
    parser.add_argument("--store", metavar="文件", type=Path, help="读数库（qingxi receive 写的）")
    parser.add_argument("--as-of", metavar="日期", type=date.fromisoformat, help="截至日期；默认按 county.toml")
    parser.add_argument("--facility", metavar="编号", action="append", default=[], help="只查这一站，可多次")
    parser.add_argument("--truth", action="store_true", help="与 truth/ 比对，给出误判率")
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def _run(args: Namespace) -> int:
    from qingxi.finding import CannotTell, Finding, examine

    facilities, evidence, as_of, faults = _read(args)
    answers = [answer for f in facilities for answer in examine(f, evidence[f.id], as_of)]
    found = [a for a in answers if isinstance(a, Finding)]
    unclear = [a for a in answers if isinstance(a, CannotTell)]
    scores = _scores(args.folder, facilities, found, as_of) if args.truth else {}
    if args.json:
        print(
            json.dumps(
                _as_json(as_of, len(facilities), found, unclear, faults, scores), ensure_ascii=False, indent=1
            )
        )
    else:
        _show(as_of, len(facilities), found, unclear, faults)
        _show_scores(scores)
    return NEGATIVE if found else OK


def _read(args: Namespace) -> tuple[list[Facility], dict[str, Evidence], date, list[Fault]]:
    from qingxi.files import Faults, read_books, read_county_folder, read_evidence, vendor_series
    from qingxi.finding import bundle

    if not args.folder.is_dir():
        raise UserError(f"没有目录 {args.folder}")
    named: dict[str, str] = {}
    day: date | None = args.as_of
    told = Faults()
    if (args.folder / "county.toml").is_file():
        county = read_county_folder(args.folder, told)
        if county is not None:
            named = {name: str(path) for name, path in county.books.items()}
            day = day or county.as_of
    books = read_books(args.folder, named=named)
    papers = read_evidence(args.folder)
    facilities = [row.facility for row in books.facilities.rows]
    if not facilities:
        for fault in books.facilities.faults:
            print(f"[错误] {fault}")
        raise UserError(f"{args.folder} 里没有可用的处理设施台账")
    unknown = set(args.facility) - {f.id for f in facilities}
    if unknown:
        raise UserError(f"台账里没有 {'、'.join(sorted(unknown))}")
    as_of = day or datetime.now().astimezone().date()
    series: dict[str, dict[str, Any]] = defaultdict(dict, vendor_series(papers.vendor.rows))
    heard: Mapping[str, datetime] = {}
    if args.store:
        devices = {row.mn: row.facility.id for row in books.facilities.rows if row.mn}
        stored, heard = _from_store(args.store, devices, as_of)
        for place, one in stored.items():
            facility = devices.get(place, place)
            series[facility] = {**series.get(facility, {}), **one}
    chosen = [f for f in facilities if not args.facility or f.id in args.facility]
    evidence = bundle(
        [(f.id, f.power_account) for f in chosen],
        series=series,
        bills=papers.bills.rows,
        labs=papers.labs.rows,
        visits=papers.visits.rows,
        heard=heard,
    )
    return chosen, evidence, as_of, [*told, *books.facilities.faults, *papers.faults]


def _from_store(
    path: Path, devices: Mapping[str, str], as_of: date
) -> tuple[dict[str, dict[str, Any]], dict[str, datetime]]:
    """Daily series and the last word of each device, by facility; the store knows devices by facility already."""
    from qingxi.store import Readings

    if not path.is_file():
        raise UserError(f"没有读数库 {path}")
    with Readings(path) as readings:
        series = readings.all_daily(last=as_of)
        # A file that was replayed was heard today and speaks of then; the earlier of the two tells silence.
        data = readings.last_data()
        heard = {place: min(at, data.get(place, at)) for place, at in readings.last_heard().items()}
    return series, {devices.get(place, place): at for place, at in heard.items()}


def _scores(folder: Path, facilities: list[Facility], found: list[Finding], as_of: date) -> dict[str, Any]:
    """Precision and recall by label: every facility counts once a label, whatever the number of findings."""
    path = folder / "truth" / "设施真相.csv"
    if not path.is_file():
        raise UserError(f"没有 {path}")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    facility_key, label_key = _key(rows, "设施编号", "facility", "id"), _key(rows, "label", "标签", "真相")
    start_key, end_key = _key(rows, "from", "起", "起始"), _key(rows, "to", "止", "终止")
    known = {f.id for f in facilities}
    truth: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        begun = not row.get(start_key) or row[start_key][:10] <= as_of.isoformat()
        going_on = not row.get(end_key) or row[end_key][:10] >= as_of.isoformat()
        if row[facility_key] in known and begun and going_on:
            truth[row[label_key]].add(row[facility_key])
    standing_still = truth.get("stopped", set()) | truth.get("idle", set())
    out: dict[str, Any] = {}
    for label, rules in TRUTH.items():
        hit = {f.facility for f in found if f.rule in rules}
        real = truth.get(label, set())
        # A plant of unknown owner may stand still too: no false alarm of the rules for stopped plants.
        allowed = standing_still | truth.get("unknown_owner", set()) if label in {"stopped", "idle"} else real
        right = hit & real
        out[label] = {
            "rules": list(rules),
            "true": len(real),
            "found": len(right),
            "missed": sorted(real - hit),
            "false": sorted(hit - allowed),
            "recall": len(right) / len(real) if real else None,
            "precision": len(hit & allowed) / len(hit) if hit else None,
        }
    return out


def _key(rows: list[dict[str, str]], *names: str) -> str:
    have = rows[0].keys() if rows else ()
    return next((name for name in names if name in have), "")


def _as_json(
    as_of: date,
    facilities: int,
    found: list[Finding],
    unclear: list[CannotTell],
    faults: list[Fault],
    scores: dict[str, Any],
) -> dict[str, Any]:
    return {
        "as_of": as_of.isoformat(),
        "facilities": facilities,
        "findings": [
            {
                "id": f.id,
                "facility": f.facility,
                "rule": f.rule,
                "version": f.version,
                "name": f.name,
                "start": f.start.isoformat(),
                "end": f.end.isoformat(),
                "confidence": f.confidence.value,
                "said": f.said,
                "use": f.use.value,
                "evidence": [_piece(p) for p in f.evidence],
                "counter": [_piece(p) for p in f.counter],
                "overturned_by": f.overturned_by,
                "remark": f.remark,
                "because": [str(ref) for ref in f.because],
            }
            for f in found
        ],
        "cannot_tell": [
            {"facility": c.facility, "rule": c.rule, "name": c.name, "reason": c.reason, "lacks": list(c.lacks)}
            for c in unclear
        ],
        "faults": [f.as_json() for f in faults],
        "truth": scores,
    }


def _piece(piece: Any) -> dict[str, Any]:
    return {"source": piece.source, "said": piece.said, "n": piece.n, "refs": [str(r) for r in piece.refs]}


def _show(
    as_of: date, facilities: int, found: list[Finding], unclear: list[CannotTell], faults: list[Fault]
) -> None:
    by_rule = Counter(f.name for f in found)
    print(f"截至 {as_of:%Y-%m-%d} 查了 {facilities} 座设施，疑似问题 {len(found)} 条，须由工作人员确认")
    for name, n in by_rule.most_common():
        print(f"    {name} {n}")
    print()
    for f in sorted(found, key=lambda f: (f.rule, f.start)):
        print(f"{f.facility} [{f.confidence.value}|{f.use.value}] {f.said}")
        for piece in f.evidence:
            print(f"    证据 {piece.source}：{piece.said}")
        for piece in f.counter:
            print(f"    相反 {piece.source}：{piece.said}")
        print(f"    什么会推翻它：{f.overturned_by}")
        if f.remark:
            print(f"    注 {f.remark}")
    print()
    lacking = Counter((c.name, "缺" + "、".join(c.lacks)) for c in unclear)
    print(f"查不清 {len(unclear)} 项：")
    for (name, reason), n in lacking.most_common(12):
        print(f"    {name}：{reason}（{n} 座）")
    for fault in faults:
        print(f"[{'错误' if fault.severity.value == 'error' else '提醒'}] {fault}")


def _show_scores(scores: dict[str, Any]) -> None:
    if not scores:
        return
    print("\n与真相比对")
    for label, s in scores.items():
        recall = "–" if s["recall"] is None else f"{s['recall']:.0%}"
        precision = "–" if s["precision"] is None else f"{s['precision']:.0%}"
        print(
            f"    {label:20} 实有 {s['true']:3} 查出 {s['found']:3} 查全 {recall:>4} 查准 {precision:>4}"
            + (f" 漏 {'、'.join(s['missed'])}" if s["missed"] else "")
            + (f" 误 {'、'.join(s['false'])}" if s["false"] else "")
        )


command = Command("examine", "逐站查找疑似问题，列证据和什么会推翻它", _run, _arguments, _DESCRIPTION)

"""``qingxi plan``: from a county folder, or from a few GIS files, to a plan in four files."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.cli.command import OK, UNUSABLE, Command, UserError
from qingxi.cli.lines import progress_lines
from qingxi.cli.progress import STAGES, progress_bar

if TYPE_CHECKING:
    from qingxi.files import Faults, LayerSource, Survey, SurveyRequest
    from qingxi.origin import Fault
    from qingxi.plan import PlanResult

_LAYERS = {
    "households": "住户：点或屋顶面（GeoPackage、Shapefile、GeoJSON、xlsx、CSV）",
    "streets": "道路街巷线",
    "elevation": "高程栅格（GeoTIFF）",
    "hamlets": "自然村点或表",
    "villages": "行政村面或表",
    "outlets": "排放口或接入口点",
    "sewers": "现有污水管",
    "plants": "现有处理设施",
    "protected": "保护区面",
    "waters": "水系",
    "land": "用地面",
    "overrides": "人工调整表（定模式、不许或须建站、须走或不走某路）",
    "ground": "地层与地下水面",
}
_SAME = {"streets-crossing": "street-crossing", "streets-pieces": "street-pieces"}
"""What the planner finds once more, and the reader's word for it, which names the user's own file."""

_DESCRIPTION = """\
规划：每个自然村用哪种模式、管走哪里、站放哪里、花多少钱、离最省还差多少。

  qingxi plan 县域数据夹/
  qingxi plan --cluster spark://主机:7077 甲县/ 乙县/ 丙县/
  qingxi plan --households bld.shp --streets roads.shp --elevation dem.tif --outlet=690500,2557000 --people 3

坐标系任意；排放口用住户图层的坐标或经纬度。输入里的问题一次列全，好的行照常规划。
写出 plan.gpkg、plan.json、plan.xlsx、map.html；用 qingxi check 独立复核。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folders", metavar="目录", nargs="*", type=Path, help="有 county.toml 的县域数据夹；配 --cluster 可多个"
    )
    for name, words in _LAYERS.items():
        parser.add_argument(f"--{name}", metavar="文件", type=Path, help=words)
    parser.add_argument(
        "--outlet", metavar="X,Y", action="append", default=[], help="排放口或接入口，可多次；写作 --outlet=X,Y"
    )
    parser.add_argument("--people", metavar="N", type=float, help="没有写人数的户按几人计")
    parser.add_argument(
        "--mode", choices=("free", "sewer"), default="free", help="free 每户择优；sewer 能接的都接管（默认 free）"
    )
    parser.add_argument("--prices", metavar="名", help="单价表（默认 prices）")
    parser.add_argument("--norms", metavar="名", help="标准表（默认 rural_sewer）")
    parser.add_argument("--processes", metavar="名", help="工艺表（默认 processes）")
    parser.add_argument("--crs", metavar="EPSG:…", default="", help="没有写坐标系的文件按此")
    parser.add_argument(
        "--vertical-error", metavar="米", type=float, help="高程中误差；实测地面约 0.2（不给则按公开高程，属 L1）"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="随机种子（默认 1）")
    parser.add_argument(
        "--effort", metavar="N", type=float, default=1.0, help="搜索力度，0 为只求一个可行方案（默认 1）"
    )
    parser.add_argument(
        "--no-units", action="store_true", help="散户设施不用：除管控户外都须接管，接不到的列明原因"
    )
    parser.add_argument("--certify", action="store_true", help="细查：多搜、下界更细，约十倍用时")
    parser.add_argument(
        "--also", metavar="格式", default="", help="另写图纸与模型：dxf、swmm、geojson、sheets，逗号分隔"
    )
    parser.add_argument("--public", action="store_true", help="成果里不写户点和户表")
    parser.add_argument("--map-number", metavar="号", default="", help="审图号")
    parser.add_argument("--out", metavar="目录", type=Path, help="成果目录（默认 数据夹/plan，或 ./plan）")
    parser.add_argument(
        "--cluster", metavar="spark://…", default="", help="把各县分到 Spark 集群上算；数据夹随任务送去，成果送回"
    )
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")
    parser.add_argument(
        "--progress-lines",
        action="store_true",
        help="进度逐行写到标准错误（JSON），标准输入关闭时停止：供别的程序调用",
    )


def _run(args: Namespace) -> int:
    from qingxi.cli.export import print_exported
    from qingxi.cli.told import peak_mb, print_faults
    from qingxi.files import ALSO, Background, ExportOptions, Faults, export_plan, read_survey, write_plan
    from qingxi.plan import plan

    also = [kind.strip() for kind in args.also.split(",") if kind.strip()]
    if unknown := [kind for kind in also if kind not in ALSO]:
        raise UserError(f"--also 不认识 {'、'.join(unknown)}，可选 {'、'.join(ALSO)}")

    if args.cluster:
        from qingxi.cli.plan_cluster import plan_on_cluster

        return plan_on_cluster(args, [name for name in _LAYERS if getattr(args, name) is not None])
    if len(args.folders) > 1:
        raise UserError(f"给了 {len(args.folders)} 个数据夹：一次规划一个县，或用 --cluster 把它们分到集群上")
    args.folder = args.folders[0] if args.folders else None

    began = time.perf_counter()
    faults = Faults()
    try:
        name, request = _request(args, faults)
        if request is not None:
            _tables_stand(request)
    except UserError as error:
        return _refused(args, faults, str(error))
    with progress_lines() if args.progress_lines else progress_bar(quiet=args.json) as tell:
        survey = read_survey(request, on_layer=lambda layer: tell("read", 0.5)) if request else None
        read_s = time.perf_counter() - began
        if survey is not None:
            faults.rows.extend(survey.faults)
        if survey is None or survey.given is None or survey.crs is None:
            return _unusable(args, faults)
        tell("read", 1.0)
        result: PlanResult = plan(survey.given, progress=tell)
        every: list[Fault] = [*faults, *(f for f in result.faults if not faults.has(_SAME.get(f.code, "")))]
        wrote = time.perf_counter()
        tell("write", 0.1)

        def measure() -> tuple[dict[str, float], float]:
            return {"read": round(read_s, 3), "write": round(time.perf_counter() - wrote, 3)}, peak_mb()

        document, paths = write_plan(
            _out(args),
            result,
            ExportOptions(name, _crs_text(survey), public=args.public, map_review_number=args.map_number),
            inputs=survey.inputs,
            faults=every,
            level_reason=survey.level_reason,
            background=Background(survey.given.streets, survey.given.waters),
            measure=measure,
        )
        done = export_plan(_out(args), also)
        tell("write", 1.0)
    if args.json:
        files = {k: str(p) for k, p in paths.items()} | {k: [str(p) for p in ps] for k, ps in done.paths.items()}
        print(json.dumps(document | {"files": files, "refused": done.refused}, ensure_ascii=False))
    else:
        print_faults(every)
        _print_plan(document, paths)
        print_exported(done.paths, done.refused)
    return OK


def _tables_stand(request: SurveyRequest) -> None:
    """Refuse a table that is not there or is one of another kind, before anything is read."""
    from qingxi.standard import load_table

    for word, name, usual in (
        ("单价表", request.prices, "prices"),
        ("标准表", request.norms, "rural_sewer"),
        ("工艺表", request.processes, "processes"),
    ):
        try:
            table = load_table(name)
        except OSError:
            raise UserError(f"没有名为 {name} 的{word}") from None
        # Diameters may differ from table to table; the rest is what a plan asks for.
        needed = [row.key for row in load_table(usual) if ".dn" not in row.key]
        if lacking := [key for key in needed if key not in table.rows]:
            raise UserError(f"{name} 不是{word}：缺 {'、'.join(lacking[:3])} 等 {len(lacking)} 项")


def _out(args: Namespace) -> Path:
    if args.out is not None:
        return Path(args.out)
    return (args.folder if args.folder.is_dir() else args.folder.parent) / "plan" if args.folder else Path("plan")


def _crs_text(survey: Survey) -> str:
    assert survey.crs is not None
    code = survey.crs.to_epsg(min_confidence=60)
    return f"EPSG:{code}" if code else str(survey.crs.to_wkt())


def _request(args: Namespace, faults: Faults) -> tuple[str, SurveyRequest | None]:
    """What to read: the folder's layers, each replaced by the one named on the command line."""
    from qingxi.files import LayerSource, SurveyRequest, read_county_folder
    from qingxi.plan import CountyFacts

    named: dict[str, LayerSource] = {
        name: LayerSource(name, path) for name in _LAYERS if (path := getattr(args, name)) is not None
    }
    if args.people is not None and not args.people >= 0:
        raise UserError(f"--people 是 {args.people:g}，要是不为负的数")
    if not 0 <= args.effort < float("inf"):
        raise UserError(f"--effort 是 {args.effort:g}，要是不为负的数")
    if args.seed < 0:
        raise UserError(f"--seed 是 {args.seed}，要是不为负的整数")
    if args.crs:
        _crs_stands(args.crs)
    if args.folder is None:
        if not named.keys() & {"households", "villages"}:
            raise UserError("请给出县域数据夹，或 --households、--streets、--elevation")
        layers, name, crs, people = named, _named_after(args), "", args.people
        norms, prices, processes = "rural_sewer", "prices", "processes"
        facts = CountyFacts()
    else:
        folder = read_county_folder(args.folder, faults)
        if folder is None:
            return "", None
        layers = folder.layers | named
        if "villages" not in layers and "villages" in folder.books:
            layers["villages"] = LayerSource("villages", folder.books["villages"])
        name, crs = folder.name or args.folder.name, folder.crs
        norms, prices, processes = folder.norms, folder.prices, folder.processes
        people = args.people if args.people is not None else folder.people_default
        facts = folder.facts
    if args.vertical_error is not None and "elevation" in layers:
        if not args.vertical_error >= 0:
            raise UserError(f"--vertical-error 是 {args.vertical_error:g}，要是不为负的数")
        layers["elevation"] = _with_error(layers["elevation"], args.vertical_error)
    return name, SurveyRequest(
        layers=layers,
        crs=crs,
        file_crs=args.crs,
        outlets=tuple(args.outlet),
        people=people,
        mode=args.mode,
        facts=facts,
        prices=args.prices or prices,
        norms=args.norms or norms,
        processes=args.processes or processes,
        seed=args.seed,
        effort=args.effort,
        household_units=not args.no_units,
        certify=args.certify,
    )


def _crs_stands(words: str) -> None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_user_input(words)
    except CRSError:
        raise UserError(f"--crs 是 {words}，不是认识的坐标系；写成 EPSG:4490、EPSG:4544 这样的代号") from None


def _with_error(source: LayerSource, error_m: float) -> LayerSource:
    from dataclasses import replace

    return replace(source, vertical_error_m=error_m)


def _named_after(args: Namespace) -> str:
    file: Path = args.households or args.villages
    return file.resolve().parent.name or file.stem


def _unusable(args: Namespace, faults: Faults) -> int:
    if args.json:
        return _refused(args, faults, "输入不可用")
    return _refused(args, faults, "输入不可用，没有规划；请先改正上面标为“错误”的各项")


def _refused(args: Namespace, faults: Faults, why: str) -> int:
    """Say why there is no plan, with every fault that was found until then."""
    from qingxi.cli.told import print_faults

    if args.json:
        print(json.dumps({"error": why, "faults": [f.as_json() for f in faults]}, ensure_ascii=False))
    else:
        print_faults(list(faults))
        sys.stdout.flush()
        print(f"qingxi: {why}", file=sys.stderr)
    return UNUSABLE


def _print_plan(document: dict[str, Any], paths: dict[str, Path]) -> None:
    from rich.console import Console
    from rich.table import Table

    from qingxi.files import gap_words, withheld_words

    cost, houses, pipes = document["cost"], document["households"], document["pipe_m"]
    table = Table(
        title=f"{document['name']} 规划（{document['level']}）", title_justify="left", show_header=False, box=None
    )
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")

    def row(name: str, value: object, form: str, unit: str, note: str = "") -> None:
        table.add_row(name, "—" if value is None else f"{value:{form}}", f"{unit} {note}".strip())

    def wan(value: float | None) -> float | None:
        return None if value is None else value / 10_000

    row("现值", wan(cost["present_value"]), ",.2f", "万元")
    row("总投资", wan(cost["capex"]), ",.2f", "万元", f"其中工程费用 {cost['works'] / 10_000:,.2f}")
    row("年运行费", wan(cost["running_per_year"]), ",.2f", "万元/年")
    # A table of villages has no bound: 0 and 1 in the JSON hold, but say nothing to a reader.
    bound, gap = (None, None) if document["level"] == "L0" else (document.get("bound"), document.get("gap"))
    row("下界", wan(bound), ",.2f", "万元", str(document.get("bound_label") or ""))
    row("离最省最多", None if gap is None else gap * 100, ".2f", "%")
    for words, yuan, _ in gap_words(document):
        row(f"  其中 {words}", wan(yuan), ",.2f", "万元")
    for key, words in (
        ("all", "户数"),
        ("connected", "近纳管"),
        ("clustered", "聚集中"),
        ("onsite", "散分户"),
        ("reuse", "资源利用"),
        ("controlled", "管控"),
        ("unserved", "未落实"),
    ):
        if key in ("all", "unserved") or houses.get(key):
            row(words, houses.get(key), ",", "户")
    if "pipes" not in document.get("withheld", ()):  # a nought that is withheld is no figure
        row("重力管", pipes.get("gravity"), ",.0f", "m")
        row("压力管", pipes.get("pressure"), ",.0f", "m")
        table.add_row("提升 / 处理站", f"{document['pumps']:,} / {document['plants']:,}", "座")
        row("土方", document.get("excavation_m3"), ",.0f", "m³")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"数据等级 {document['level']}：{document.get('level_reason', '')}", style="dim", markup=False)
    if document.get("withheld"):
        console.print("不予给出：" + "、".join(withheld_words(document["withheld"])), style="dim", markup=False)
    spent = document["seconds"]
    told = " · ".join(f"{words} {spent[stage]:.1f}" for stage, (words, _) in STAGES.items() if stage in spent)
    console.print(f"用时（秒） {told} · 内存峰值 {document['peak_mb']:.0f} MB", style="dim", markup=False)
    for path in paths.values():
        print(path)


command = Command("plan", "规划一个县或一个村：模式、管网、站点、造价", _run, _arguments, _DESCRIPTION)

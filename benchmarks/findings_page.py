"""What RESULTS.md and the READMEs say of the rules' error rates on the labelled world."""

import math
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- findings: begin -->", "<!-- findings: end -->"
LEVELS = {
    "papers": ("bills, visits and tests, by quarter", "电费单、巡查、检测，按季"),
    "meter": ("and power every 15 minutes, by week", "加 15 分钟功率，按周"),
    "device": ("full device, by week", "全套设备，按周"),
}
CHINESE = {
    "stopped": "停运", "idle": "闲置", "stopped or idle": "停运或闲置", "starved": "吃不饱", "overloaded": "超负荷",
    "fake-run": "空转或虚报", "effluent-worse": "出水高于进水", "over-limit": "出水超标", "dilute": "进水偏稀", "foreign": "外来污水",
    "rain-inflow": "雨污混流", "night-inflow": "夜间渗入", "silent": "失联", "clock-wrong": "时钟不准", "frozen": "数值不动",
    "copied": "数据照搬", "frozen or copied": "不动或照搬", "limit-hugging": "紧贴限值", "impossible": "互相矛盾", "decay": "两三年后衰败",
}  # fmt: skip


def _table(heads: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _rate(rate: list[float] | None) -> str:
    return "–" if rate is None else f"{rate[0]:.3f} ({rate[1]:.3f}–{rate[2]:.3f})"


def _few(counts: dict[str, int]) -> str:
    return ", ".join(f"{k} {n}" for k, n in list(counts.items())[:3]) or "–"


def _setting(found: dict) -> str:
    seeds = found["seeds"]
    return (
        f"{len(seeds)} unseen seeds ({seeds[0]}–{seeds[-1]}), {found['facilities']} plants × {found['years']:g} year each "
        f"(electricity bills of {found.get('billed_before_days', 0) / 365:g} years before too), faults planted in {100 * found['faulty_share']:g} % of facility-weeks, rules frozen {found['frozen_at'][:16].replace('T', ' ')}"
    )


def page_findings(found: dict) -> str:
    """The section of RESULTS.md."""
    out = [
        f"`benchmarks/findings.py`: {_setting(found)}; {found['cpu_s']:.0f} CPU s; {found['date']}. Rates with 95 % Wilson intervals; cells of "
        "one plant are alike, so that the intervals are narrower than the truth: the plants counted stand beside them. A cell in which "
        "the fault lasted less than half of the time, or whose size is in the stated grey zone, counts for nothing (docs/labelled-world.md)."
    ]
    for level, (words, _) in LEVELS.items():
        if level not in found["levels"]:
            continue
        what = found["levels"][level]
        rows = [
            [r["kind"], _rate(r["precision"]), _rate(r["recall"]), r["hit"], r["false"], r["missed"], r["plants"],
             _few(r["mistaken_for"]), _few(r["fooled_by"]), _few(r["missed_as"])]
            for r in what["rows"]
            if r["hit"] + r["false"] + r["missed"]
        ]  # fmt: skip
        heads = [
            "finding",
            "precision",
            "recall",
            "hit",
            "false",
            "missed",
            "plants",
            "false: truly",
            "false: beside",
            "missed: said",
        ]
        out.append(
            f"**{level}** ({words}): {what['cells']:,} facility-{what['unit']}s, {what['faulty']:,} with a fault.\n\n"
            + _table(heads, rows)
        )
    out.append(_volumes(found["volume"], found["fleets"]))
    if alike := found.get("plants_with"):
        plants = len(found["seeds"]) * found["facilities"]
        said = ", ".join(f"{kind} {n:,}" for kind, n in sorted(alike.items(), key=lambda pair: -pair[1]))
        out.append(f"Honest look-alikes among the {plants:,} plants: {said}; every pH probe shows 0.01.")
    return "\n\n".join(out)


def _volumes(volume: dict, fleets: dict) -> str:
    events, ground = volume["events"], volume["ground"]
    said = []
    if events["n"]:
        said.append(
            f"Rain-derived volume of {events['n']:,} events: error {100 * events['median_size']:.0f} % in the median, {100 * events['p90_size']:.0f} % at the 90th percentile; "
            f"the truth lies in {100 * volume['inside_interval']:.0f} % of the intervals; of all claimed volume {100 * volume['false_share']:.1f} % was not the rain's, {100 * volume['false_dry_share']:.1f} % in weather dry for the sewer."
        )
    if ground["n"]:
        said.append(
            f"Ground water of {ground['n']} findings: error {100 * ground['median_size']:.0f} % in the median."
        )
    said.append(
        f"Fleets ({fleets['fleets']} of 300 plants): groups that fail in their second and third year, precision {_rate(fleets['precision'])}, recall {_rate(fleets['recall'])}."
    )
    return " ".join(said)


def readme_table(found: dict, chinese: bool) -> str:
    """The short table: precision / recall by kind and level."""
    by_level = {k: {r["kind"]: r for r in v["rows"]} for k, v in found["levels"].items()}
    rows = []
    for kind, word in CHINESE.items():
        cells = []
        for level in LEVELS:
            row = by_level.get(level, {}).get(kind)
            told = row is not None and (row["precision"] or row["recall"])
            cells.append(f"{_share(row['precision'])} / {_share(row['recall'])}" if told else "–")
        if any(cell != "–" for cell in cells):
            rows.append([word if chinese else kind, *cells])
    heads = ["判断", *(w[1] for w in LEVELS.values())] if chinese else ["finding", *(w[0] for w in LEVELS.values())]
    seeds = found["seeds"]
    if chinese:
        head = (
            f"查准率 / 查全率，在规则定死（{found['frozen_at'][:16].replace('T', ' ')}）之后才抽的 {len(seeds)} 个种子、各 {found['facilities']} 座虚构设施一年上测得（电费单另有此前 {found.get('billed_before_days', 0) / 365:g} 年的），"
            f"问题埋在 {100 * found['faulty_share']:g}% 的设施周里；置信区间、认错了什么见 [benchmarks/RESULTS.md](benchmarks/RESULTS.md)。虚构世界不等于真实县。"
        )
    else:
        head = (
            f"Precision / recall, {_setting(found)}. Intervals and what fooled each rule: [benchmarks/RESULTS.md](benchmarks/RESULTS.md). "
            "An invented world is not a real county: there the office counts what officers confirm."
        )
    return head + "\n\n" + _table(heads, rows)


def _share(rate: list[float] | None) -> str:
    """Two digits, rounded down: 1.00 is said of nothing that ever failed."""
    return "–" if rate is None else f"{math.floor(rate[0] * 100 + 1e-9) / 100:.2f}"


def write_readmes(found: dict) -> None:
    """Put the table between its marks in both READMEs; a README without the marks is left alone."""
    for name, chinese in (("README.md", False), ("README.zh-CN.md", True)):
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        if BEGIN in text and END in text:
            head, rest = text.split(BEGIN, 1)
            tail = rest.split(END, 1)[1]
            path.write_text(f"{head}{BEGIN}\n{readme_table(found, chinese)}\n{END}{tail}", encoding="utf-8")

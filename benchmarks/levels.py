"""The example county planned at data levels L0, L1 and L2; writes docs/levels.md and benchmarks/results/levels.json.

    .venv/bin/python benchmarks/levels.py [--households 12000] [--effort 0.5] [--folder DIR]

L2 takes the county's heights as surveyed. L1 takes the same heights with an error of 4 m (smooth over 200 m, seeded), as public
elevation has. L0 takes the village table only, with the straight distance to the nearest main times 1.3 and the difference of height.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from scipy import ndimage
from scipy.spatial import cKDTree

ROOT = Path(__file__).resolve().parent.parent
MODES = {
    "town_connection": "近纳管",
    "shared_plant": "聚集中",
    "onsite": "散分户",
    "reuse": "资源利用",
    "controlled": "管控",
}
ROAD = 1.3
ERROR_M = 4.0
APART_M = 60.0  # a house whose third neighbour is farther lives apart
PEOPLE = 2.7  # a household, to leave out hamlets of more than 200 people


def survey_of(folder: Path) -> Any:
    """The planner's input from a county folder."""
    from qingxi.files import Faults, SurveyRequest, read_county_folder, read_survey

    told = read_county_folder(folder, Faults())
    assert told is not None
    return read_survey(SurveyRequest(layers=told.layers, crs=told.crs, facts=told.facts)).given


def with_error(elevation: Any) -> Any:
    """The same heights wrong by :data:`ERROR_M` (standard deviation), alike within some 200 m."""
    rng = np.random.default_rng(7)
    cells = 200.0 / elevation.transform[0]
    noise = ndimage.gaussian_filter(rng.standard_normal(elevation.z_m.shape), cells / 2)
    noise *= ERROR_M / noise.std()
    return dataclasses.replace(elevation, z_m=elevation.z_m + noise, vertical_error_m=ERROR_M)


def table_of(given: Any) -> Any:
    """The village table with distance and height to the nearest main, from the hamlets' middle."""
    villages, n = given.villages, len(given.villages)
    hamlets, houses = given.hamlets, given.households
    village = hamlets.village[np.maximum(houses.hamlet, 0)]
    known = (village >= 0) & (houses.hamlet >= 0)
    count = np.bincount(village[known], minlength=n)
    with np.errstate(invalid="ignore"):
        x = np.bincount(village[known], weights=houses.x_m[known], minlength=n) / count
        y = np.bincount(village[known], weights=houses.y_m[known], minlength=n) / count
    some = np.flatnonzero(count > 0)
    points = shapely.points(x[some], y[some])
    lines = given.sewers.geometry
    (_, near), away = shapely.STRtree(lines).query_nearest(points, return_distance=True, all_matches=False)
    foot = shapely.line_interpolate_point(lines[near], shapely.line_locate_point(lines[near], points))
    rise = given.elevation.at(shapely.get_x(foot), shapely.get_y(foot)) - given.elevation.at(x[some], y[some])
    distance, height = np.full(n, np.nan), np.full(n, np.nan)
    distance[some], height[some] = ROAD * away, rise
    # What a township's office can say of its houses: who lives apart, who has a tank that can be emptied onto fields, how much field.
    third, _ = cKDTree(np.column_stack([houses.x_m, houses.y_m])).query(
        np.column_stack([houses.x_m, houses.y_m]), k=4
    )
    apart = third[:, 3] > APART_M
    tank = houses.separated | (houses.toilet.astype(str) == "三格")
    few = np.bincount(houses.hamlet[known], minlength=len(hamlets)) * PEOPLE <= 200
    tank &= few[np.maximum(houses.hamlet, 0)]
    return dataclasses.replace(
        villages, main_distance_m=distance, main_rise_m=height,
        scattered_households=np.bincount(village[known & apart], minlength=n).astype(float),
        septic_households=np.bincount(village[known & tank], minlength=n).astype(float), field_mu=fields_of(given),
    )  # fmt: skip


def fields_of(given: Any) -> Any:
    """Mu of farmland, paddy and orchard within 300 m of the hamlets of each village."""
    hamlets, land = given.hamlets, given.land
    crop = np.flatnonzero(np.isin(land.kind.astype(str), ["farmland", "paddy", "orchard"]))
    circle = shapely.buffer(shapely.points(hamlets.x_m, hamlets.y_m), 300.0)
    a, b = shapely.STRtree(land.geometry[crop]).query(circle, predicate="intersects")
    area = shapely.area(shapely.intersection(circle[a], land.geometry[crop[b]])) / (2000 / 3)
    village = hamlets.village[a]
    return np.bincount(village[village >= 0], weights=area[village >= 0], minlength=len(given.villages))


def by_village(result: Any) -> dict[str, dict[str, Any]]:
    """Mode, households and present value of every village."""
    from qingxi.sewer import annuity_of
    from qingxi.standard import load_table

    t, a = result.tables.affordability, annuity_of(load_table("prices"))
    worth = t["capex_yuan"] + a * t["running_yuan_y"]
    return {
        str(code): {"mode": str(m), "households": int(k), "pv": float(w), "name": str(name)}
        for code, m, k, w, name in zip(t["village"], t["mode"], t["households"], worth, t["name"], strict=True)
    }


def quantities(result: Any) -> dict[str, float]:
    """What a level can only assume and another one finds."""
    t = result.tables
    sewered = np.isin(t.households["mode"], ["town_connection", "shared_plant"]).sum()
    street = t.pipes["length_m"][t.pipes["kind"] != "lateral"].sum()
    lateral = t.pipes["length_m"][t.pipes["kind"] == "lateral"].sum()
    shared = t.systems["households"][t.systems["mode"] == "shared_plant"]
    mixed = 0
    by: dict[str, set[str]] = {}
    village = dict(zip(t.hamlets["hamlet_id"].tolist(), t.hamlets["village"].tolist(), strict=True))
    for h, m in zip(t.households["hamlet_id"].tolist(), t.households["mode"].tolist(), strict=True):
        by.setdefault(str(village[h]), set()).add(str(m))
    mixed = sum(len(v) > 1 for v in by.values())
    return {
        "sewer_m_per_household": float(street / max(sewered, 1)),
        "lateral_m_per_household": float(lateral / max(sewered, 1)),
        "households_per_plant": float(np.median(shared)) if shared.size else 0.0,
        "lifts_per_1000_households": float(1000 * result.figures["pumps_street"] / max(sewered, 1)),
        "villages_with_more_than_one_mode": mixed,
        "villages": len(by),
    }


def compare(a: dict[str, dict[str, Any]], b: dict[str, dict[str, Any]], accuracy: float) -> dict[str, float]:
    """Agreement of two levels by village: main mode, cost ratio a / b, share within the accuracy."""
    common = [k for k in a if k in b and a[k]["pv"] > 0 and b[k]["pv"] > 0]
    ratio = np.array([a[k]["pv"] / b[k]["pv"] for k in common])
    weight = np.array([b[k]["households"] for k in common], dtype=float)
    same = np.array([a[k]["mode"] == b[k]["mode"] for k in common])
    return {
        "villages": len(common), "same_mode": float(same.mean()),
        "same_mode_households": float((same * weight).sum() / weight.sum()),
        "ratio_low": float(np.quantile(ratio, 0.1)), "ratio_middle": float(np.median(ratio)),
        "ratio_high": float(np.quantile(ratio, 0.9)),
        "ratio_low_same": float(np.quantile(ratio[same], 0.1)), "ratio_high_same": float(np.quantile(ratio[same], 0.9)),
        "within": float((np.abs(ratio - 1) <= accuracy).mean()),
    }  # fmt: skip


def crossing(a: dict[str, dict[str, Any]], b: dict[str, dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Villages by main mode at one level and at the other."""
    found: dict[str, dict[str, int]] = {}
    for k in a:
        if k in b and a[k]["mode"] and b[k]["mode"]:
            row = found.setdefault(a[k]["mode"], {})
            row[b[k]["mode"]] = row.get(b[k]["mode"], 0) + 1
    return found


def measure(folder: Path, effort: float) -> dict[str, Any]:
    from qingxi.plan import plan
    from qingxi.standard import load_table
    from qingxi.village import DataLevel

    given = dataclasses.replace(survey_of(folder), effort=effort)
    exact = dataclasses.replace(given.elevation, vertical_error_m=0.05)
    norms = load_table(given.norms)
    bare = dataclasses.replace(table_of(given), scattered_households=None, septic_households=None, field_mu=None)
    inputs = {
        "L0-": dataclasses.replace(given, level=DataLevel.L0, households=None, villages=bare),
        "L0": dataclasses.replace(given, level=DataLevel.L0, households=None, villages=table_of(given)),
        "L1": dataclasses.replace(given, level=DataLevel.L1, elevation=with_error(given.elevation)),
        "L2": dataclasses.replace(given, level=DataLevel.L2, elevation=exact),
    }
    results = {name: plan(one) for name, one in inputs.items()}
    villages = {name: by_village(r) for name, r in results.items()}
    levels = {
        name: {
            "households": r.figures["households"], "present_value": r.figures["cost"]["present_value"],
            "capex": r.figures["cost"]["capex"], "running": r.figures["cost"]["running_per_year"],
            "accuracy": r.figures["accuracy"], "withheld": list(r.figures["withheld"]),
        }
        for name, r in results.items()
    }  # fmt: skip
    return {
        "county_households": results["L2"].figures["households"]["all"],
        "levels": levels,
        "quantities": {name: quantities(results[name]) for name in ("L1", "L2")},
        "assumed": {
            "sewer_m_per_household": norms["l0.sewer_m_per_household"], "lateral_m_per_household": norms["l0.lateral_m"],
            "households_per_plant": norms["l0.households_per_cluster"], "depth_m": norms["l0.depth"],
        },
        "bare_l2": compare(villages["L0-"], villages["L2"], levels["L0-"]["accuracy"]["share"]),
        "l0_l2": compare(villages["L0"], villages["L2"], levels["L0"]["accuracy"]["share"]),
        "l1_l2": compare(villages["L1"], villages["L2"], levels["L1"]["accuracy"]["share"]),
        "crossing": crossing(villages["L0"], villages["L2"]),
        "parts": parts_of(villages["L0"], villages["L2"]),
        "bare_parts": parts_of(villages["L0-"], villages["L2"]),
    }  # fmt: skip


def parts_of(a: dict[str, dict[str, Any]], b: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Where the difference of cost a − b comes from, yuan: villages of the same mode, of another, where b's is reuse, in one only."""
    part = {"same": 0.0, "other": 0.0, "reuse": 0.0, "only_one": 0.0}
    for k in set(a) | set(b):
        if k not in a or k not in b:
            part["only_one"] += a.get(k, {}).get("pv", 0.0) - b.get(k, {}).get("pv", 0.0)
            continue
        name = "reuse" if b[k]["mode"] == "reuse" else "same" if a[k]["mode"] == b[k]["mode"] else "other"
        part[name] += a[k]["pv"] - b[k]["pv"]
    return part


def page(found: dict[str, Any]) -> str:
    """docs/levels.md."""
    at, q, assumed = found["levels"], found["quantities"], found["assumed"]
    rows = "\n".join(
        "| "
        + " | ".join([
            {"L0-": "L0, households and mains only", "L0": "L0, the whole table"}.get(name, name), *(f"{at[name]['households'][k]:,}" for k in ("connected", "clustered", "onsite", "reuse", "controlled", "unserved")),
            f"{at[name]['present_value'] / 1e4:,.0f}", f"{at[name]['capex'] / 1e4:,.0f}", f"{at[name]['running'] / 1e4:,.1f}",
            f"{at[name]['accuracy']['class']} ±{at[name]['accuracy']['share'] * 100:.0f} %",
        ])
        + " |"
        for name in ("L0-", "L0", "L1", "L2")
    )  # fmt: skip
    agree = "\n".join(
        f"| {words} | {one['villages']} | {one['same_mode'] * 100:.0f} % | {one['same_mode_households'] * 100:.0f} % | "
        f"{one['ratio_middle']:.2f} | {one['ratio_low']:.2f} – {one['ratio_high']:.2f} | "
        f"{one['ratio_low_same']:.2f} – {one['ratio_high_same']:.2f} | {one['within'] * 100:.0f} % |"
        for words, one in (
            ("L0, households and mains only", found["bare_l2"]),
            ("L0, the whole table", found["l0_l2"]),
            ("L1", found["l1_l2"]),
        )
    )
    names = [m for m in MODES if any(m in r for r in found["crossing"].values()) or m in found["crossing"]]
    cross = "\n".join(
        f"| {MODES[m]} | " + " | ".join(str(found["crossing"].get(m, {}).get(k, 0)) for k in names) + " |"
        for m in names
    )
    told = "\n".join(
        f"| {words} | {assumed[key]:g} | {q['L1'][key]:.1f} | {q['L2'][key]:.1f} |"
        for key, words in (
            ("sewer_m_per_household", "street sewer, m a sewered household"),
            ("lateral_m_per_household", "house connection, m a sewered household"),
            ("households_per_plant", "households of a plant (median)"),
        )
    )
    d = {k: v / 1e4 for k, v in found["parts"].items()}
    e = {k: v / 1e4 for k, v in found["bare_parts"].items()}
    mixed = q["L2"]["villages_with_more_than_one_mode"]
    bare = (at["L0-"]["present_value"] - at["L2"]["present_value"]) / 1e4
    total = (at["L0"]["present_value"] - at["L2"]["present_value"]) / 1e4
    return f"""# What each data level can say 数据等级

Written by `benchmarks/levels.py` on the invented example county ({found["county_households"]:,} households); not edited by hand. Money in 万元, present value over 20 years.

- **L0** has a table of villages: households, people, class, distance and height to the nearest main. Every village gets one mode for all its households and an
  estimate by unit figures (`docs/costs.md` section 12) with an accuracy class: 甲 to ±20 %, 乙 to ±30 %, 丙 to ±50 %, 丁 beyond. No pipe, level or site is given.
- **L1** has house points, streets and public elevation: everything is laid out and designed, household by household; levels, depths and slopes are withheld
  where the elevation error exceeds half the cover, since a pipe's level would be wrong by more than its cover.
- **L2** has surveyed ground: all is given.

Here L2 takes the county's heights as surveyed, L1 the same heights with an error of {ERROR_M:g} m that is alike within some 200 m, L0 the village table with the straight
distance to the nearest main times {ROAD:g}.

## Answers

| level | 近纳管 | 聚集中 | 散分户 | 资源利用 | 管控 | 未落实 | present value | investment | a year | accuracy |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}

## By village

| against L2 | villages | same main mode | of households | cost ratio, median | 10 to 90 % | the same where the mode agrees | within the stated accuracy |
|---|---|---|---|---|---|---|---|
{agree}

Main mode by L0 (rows) and by L2 (columns), villages:

| | {" | ".join(MODES[k] for k in names)} |
|---|{"---|" * len(names)}
{cross}

## Why they differ

The difference of present value L0 (the whole table) − L2 is {total:,.0f}: {d["same"]:,.0f} in villages where both have the same main mode, {d["other"]:,.0f} where they
differ, {d["reuse"]:,.0f} where L2's main mode is reuse. With households and mains only it is {bare:,.0f}, of which {e["reuse"]:,.0f} in villages
whose main mode is reuse at L2 (and more in the others, where some houses use fields): a table that says nothing of tanks and fields cannot propose it, and what it
proposes instead costs three times as much a household. The three columns that say so are worth asking for.

- **Near ties.** A plant and units cost nearly the same a household here, so L0's choice between 聚集中 and 散分户 turns on the assumed metres of sewer, while
  the money hardly moves: that is why the cost agrees better than the mode. {mixed} of {q["L2"]["villages"]} villages have more than one mode at L2, the close core on a
  sewer and the rest by themselves; L0 splits a village only by what the table says.
- **Unit lengths.** What L0 assumes and what the plans need:

| | L0 assumes | L1 | L2 |
|---|---|---|---|
{told}

  L1 and L2 put only those houses on a sewer that lie close, so their metres a household are those of the cores; L0's are for a whole core.
- **Mains.** L0 leads each village to the main alone; L1 and L2 let villages share a trunk, and respect spare capacity, owners' word and what lies between.
- **Sites and classes.** L0 does not know waters or protected land: its plants get the class for waters without a function.
- **Heights.** L1 differs from L2 only by wrong heights: {q["L1"]["lifts_per_1000_households"]:.1f} lifts a thousand sewered households against {q["L2"]["lifts_per_1000_households"]:.1f}. The layout
  hardly minds, since a wrong hill costs little where pipes follow the ground; each pipe's level does, and is not given.

What to use each for: L0 to rank villages and to ask for money in outline; L1 to choose modes and to list the villages whose ground is worth surveying; L2 to build.
"""


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--households", type=int, default=12_000)
    words.add_argument("--effort", type=float, default=0.5)
    words.add_argument("--folder", type=Path, help="a county folder that is there already")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = args.folder
        if folder is None:
            folder = Path(place) / "county"
            code = "import sys; from qingxi.cli import main; sys.exit(main())"
            make = [
                "county",
                "--size",
                "county",
                "--households",
                str(args.households),
                "--seed",
                "1",
                "--out",
                str(folder),
            ]
            subprocess.run([sys.executable, "-c", code, *make], check=True, capture_output=True)
        found = measure(folder, args.effort)
    found["date"] = date.today().isoformat()
    (ROOT / "benchmarks" / "results").mkdir(exist_ok=True)
    (ROOT / "benchmarks" / "results" / "levels.json").write_text(
        json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (ROOT / "docs" / "levels.md").write_text(page(found), encoding="utf-8")
    print(json.dumps({k: found[k] for k in ("l0_l2", "l1_l2", "parts", "bare_parts")}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Sections of RESULTS.md on hydraulic design: the Li & Matthew case and plans in SWMM."""


def table(heads: list[str], rows: list[list[object]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def page_li_matthew(found: dict) -> str:
    rows = [
        [r["variant"].replace("_", " "), f"{r['step_m'] * 100:.0f} cm", f"{r['cost_yuan']:,}", r["violations"], r["pumps"],
         f"{r['deepest_m']:.1f}", f"{r['cpu_s']:.2f}", f"{r['published_yuan']:,.0f}"]
        for r in found["rows"]
    ]  # fmt: skip
    return (
        "79 pipes of a fixed layout (1990), diameter and levels of every pipe by the exact dynamic programme of `qingxi.sewer.design_exactly`: "
        "D ≤ 1.0 m, depths to the invert, a manhole at each pipe's head and at the outlet. Checked and priced again by a module of its own "
        "(normal depth by Brent's method, `tests/library/li_matthew_check.py`). CPU seconds after compilation. The published figures are "
        "literature (Haghighi & Bakhshipour 2012): their reading of depths and manholes is not fully stated, so the difference is not a "
        "like-for-like gain. The published cost of D > 1 m falls with depth beyond some 10 m, an artefact of the fit: those diameters are "
        "left out, so that it is not exploited.\n\n"
        + table(
            ["variant", "grid", "cost yuan", "violations", "pumps", "deepest m", "CPU s", "published yuan"], rows
        )
    )


def page_swmm(found: dict) -> str:
    rows = []
    for name, words in (
        ("design_peak", "design peak"),
        ("peaks_simply_added", "peaks simply added (harder than the norm)"),
    ):
        r = found[name]
        rows.append([
            words, f"{r['good']} of {r['systems']}", r["flooded_systems"], r["surcharged_systems"], f"{r['gravity_pipes']:,}", r["wells"],
            f"{r['worst_continuity_percent']} %", r["highest_fill"], f"{r['flow_over_design_percent']}",
        ])  # fmt: skip
    return (
        f"Every sewered system of the example county ({found['households']:,} households, {found['street_pipe_km']} km of street pipe) in the real "
        f"EPA SWMM, dynamic wave, routing step {found['routing_step_s']:g} s; wet wells at lifts and at plants' inlets are storage and "
        f"apart; {found['date']}.\n\n"
        + table(["inflow", "systems without a fault", "flooded", "surcharged", "gravity pipes", "wells", "worst continuity error",
                 "highest h/D", "flow over design, %"], rows)
    )  # fmt: skip

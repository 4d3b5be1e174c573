"""Sections of RESULTS.md on layout and hydraulic design: beside pysewer, layout gap, the Li & Matthew case, plans in SWMM."""


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
    for case, one in found["cases"].items():
        for name, words in (("design_peak", "design peak"), ("peaks_simply_added", "peaks simply added")):
            r = one[name]
            rows.append([
                case, f"{one['households']:,}", f"{one['street_pipe_km']:.1f}", words, f"{r['good']} of {r['systems']}", r["flooded_systems"],
                r["surcharged_systems"], f"{r['gravity_pipes']:,}", r["wells"], f"{r['worst_continuity_percent']} %", r["highest_fill"],
                " … ".join(str(x) for x in r["flow_over_design_percent"] or ()),
            ])  # fmt: skip
    return (
        "Every sewered system in the real EPA SWMM, one model a system, dynamic wave, routing step "
        f"{found['routing_step_s']:g} s; levels as of surveyed ground; wet wells at lifts and at plants' inlets are storage and apart. *Peaks "
        f"simply added* leaves out that peaks do not coincide: harder than the norm asks. {found['date']}.\n\n"
        + table(["case", "households", "street pipe km", "inflow", "systems without a fault", "flooded", "surcharged", "gravity pipes", "wells",
                 "worst continuity error", "highest h/D", "flow over design, %"], rows)
    )  # fmt: skip


def _steps(seconds: dict) -> str:
    return ", ".join(f"{step} {cpu:.1f}" for step, cpu in seconds.items())


def page_peer(found: dict) -> str:
    rows, weights, tiles, words = [], [], [], []
    for case, r in found.items():
        for name, who in (("pysewer", "pysewer"), ("qingxi_on_its_graph", "Qingxi on pysewer's graph"),
                          ("qingxi_sewer", "Qingxi, all by sewer"), ("qingxi_free", "Qingxi, free")):  # fmt: skip
            one = r[name]
            ours, pipes = "cost" in one, one["pipe_m"]
            if ours:
                off = one["off_street_m"]
                length = (pipes["gravity"] + pipes["pressure"] - off, off, pipes["lateral"], pipes["pressure"])
            else:
                length = (
                    pipes["street"] + pipes["pressure"],
                    pipes["off_street"],
                    pipes["lateral"],
                    pipes["pressure"],
                )
            value = (one["cost"] if ours else one)["present_value"]
            rows.append([
                case, who, f"{value / 1e4:,.1f}", f"{100 * value / r['pysewer']['present_value']:.1f} %",
                " / ".join(f"{m:,.0f}" for m in length[:3]), f"{length[3]:,.0f}",
                f"{one['pumps_street'] if ours else one['lifts_street']} + {one['pumps_house']}",
                one["households"]["connected"] + one["households"]["clustered"] if ours else one["connected"],
                f"{one['excavation_m3']:,.0f}", f"{one['cpu_seconds']:.2f}", f"{one['peak_mb']:,.0f}",
            ])  # fmt: skip
        for name, settings in (("example", "its example's"), ("norms", "our norms")):
            one = r["weights"][name]
            for row in one["rows"]:
                known = one.get("published") or one.get("theirs")
                weights.append([
                    case, settings, row["copies"], f"{row['weight']:,.1f}", f"{row['bound']:,.1f}",
                    f"{known * row['copies']:,.1f}" if known else "", f"{row['cpu_seconds']:.3f}",
                ])  # fmt: skip
        for row in r["tiles"]:
            tiles.append([case, row["tiles"], f"{row['houses']:,}", f"{row['connected']:,}", f"{row['present_value'] / row['tiles'] / 1e4:,.1f}",
                          f"{row['cpu_seconds']:.2f}", f"{row['cpu_seconds'] / row['tiles']:.2f}", f"{row['peak_mb']:,.0f}"])  # fmt: skip
        words.append(
            f"{case}: {r['times_less_cpu']['on_its_graph']:.0f} × less CPU on its graph, {r['times_less_cpu']['on_ours']:.0f} × on ours; CPU s by step: "
            f"pysewer {_steps(r['pysewer']['cpu'])}; Qingxi all by sewer {_steps(r['qingxi_sewer']['cpu'])}."
        )
    return (
        "pysewer 0.3.1 and Qingxi on the same settlements and the given outlet, priced by our price table in the same run. *On pysewer's graph* both "
        "tie in the same way: its edges are the streets, houses stand on their nodes and may be passed through; both networks go through one "
        "pricing function, whose every doubt favours pysewer (`benchmarks/peer_pysewer.py`). *All by sewer* and *free* are `qingxi plan` on its own "
        "graph at its own true cost. Off the street: pipes that lie farther than 1 m from every street line. CPU seconds of the same steps, without "
        "imports, compilation and the lower bound.\n\n"
        + table(["case", "program", "present value 万元", "of pysewer's", "street / off-street / house connections m", "of it pressure m",
                 "lifts + house pumps", "buildings", "excavation m³", "CPU s", "peak MB"], rows)
        + "\n\n" + "  \n".join(words)
        + "\n\nLayouts on pysewer's own arc weights (length, × 1000 where its profile needs a pump), `qingxi.plan.steiner_arborescence`. "
        "Its example's settings: beside the weight published for its tree; our norms: beside that of the tree it made in this comparison.\n\n"
        + table(["case", "settings", "copies", "weight", "lower bound", "pysewer's tree", "CPU s"], weights)
        + "\n\nThe settlement mirrored to tiles that touch, an outlet each, planned as one.\n\n"
        + table(["case", "tiles", "houses", "tied in", "present value a tile 万元", "CPU s", "CPU s a tile", "peak MB"], tiles)
    )  # fmt: skip


def page_layout(found: dict) -> str:
    rows = [
        [f"{r['households']:,}", "may stay by themselves" if r["units"] else "all by sewer", f"{r['plant_flow_m3_d']:g}",
         f"{r['weight_wan']:,}", f"{r['bound_wan']:,}", f"{r['gap_percent']:.2f} %", f"{r['ends']:,}", f"{r['cpu_s']:.1f}", f"{r['peak_mb']:,}"]
        for r in found["rows"]
    ]  # fmt: skip
    return (
        "Layout, siting and clustering alone: every trench has its price at least depth for each arc and direction, every place that may end "
        "the price of a plant without its flow, every house its laterals (and, in one half, its own unit): a directed Steiner arborescence "
        f"(`qingxi.plan.layout_gap`) with the bound of a guided dual ascent, {found.get('rounds', 20)} rounds; {found['date']}.\n\n"
        + table(
            [
                "households",
                "houses",
                "plant priced at m³/d",
                "weight 万元",
                "bound 万元",
                "layout gap",
                "ends",
                "CPU s",
                "peak MB",
            ],
            rows,
        )
    )


def page_lifts(found: dict) -> str:
    rows = [
        [r["case"], f"{r['households']:,}", f"{r['gain_percent']:.2f} %", f"{r['finish_gain_percent']:.2f} %", f"{r['lifts'][0]} → {r['lifts'][1]}",
         f"{r['house_pumps'][0]} → {r['house_pumps'][1]}", r["longest_list"], f"{1000 * r['lifts_cpu_s']:.1f}", f"{r['finish_cpu_s']:.2f}", f"{r['search_cpu_s']:.1f}"]
        for r in found["rows"]
    ]  # fmt: skip
    return (
        "The search's own design against the exact choice of lifts and house pumps on the same layout (`qingxi.sewer.choose_lifts`, continuous "
        "depth), and after the local search has gone on from there: the last step of every plan. In trees of up to 6 nodes and 4 houses it "
        f"equals trying every choice (`tests/library/test_sewer_lifts.py`). {found['date']}.\n\n"
        + table(["case", "households", "gain", "with local search", "lifts", "house pumps", "longest list", "choice, CPU ms", "last step, CPU s", "search, CPU s"], rows)
    )  # fmt: skip

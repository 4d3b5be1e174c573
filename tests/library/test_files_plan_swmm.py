"""Plans in the real EPA SWMM: every pipe at its design peak, nothing runs full, nothing floods, no water is lost."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest
from plan_hamlet import planned

from qingxi.cli import main
from qingxi.files import LevelsWithheld, NoEngine, read_plan_tables, run_swmm, write_plan_swmm
from qingxi.plan import PlanTables

PARAMETERS = {"tables": {"rural_sewer": {"manning": 0.01, "lift.local_head": 2.0}}}
FIGURES = {"name": "三户村", "level": "L2", "norms": "rural_sewer", "parameters": PARAMETERS}


def engine_there():
    pytest.importorskip("swmm.toolkit", reason="the SWMM engine (swmm-toolkit) is not installed")


def objects(rows):
    return np.array(rows, dtype=object)


def three_houses():
    """Two arms of 30 m meet at node 3, which lifts into a main over node 4 to node 5; from there 30 m to a plant at 6.

    Design peaks: a house 0.10 L/s, two 0.18, three 0.24: less than the sums 0.20 and 0.30.
    Houses: 11 at node 1, 12 at node 2, 13 at node 5. Ground 100 m all over, but 103 m at 4, 5 and 6.
    """
    ids = [1, 2, 3, 4, 5, 6, 11, 12, 13]
    kinds = ["manhole", "manhole", "lift", "pass", "manhole", "plant", "house", "house", "house"]
    ground = [100.0, 100.0, 100.0, 103.0, 103.0, 103.0, 100.0, 100.0, 103.0]
    invert = [99.0, 99.0, 99.1, 102.1, 102.0, 101.88, 99.4, 99.4, 102.4]
    x = [0.0, 60.0, 30.0, 30.0, 30.0, 30.0, 0.0, 60.0, 40.0]
    y = [0.0, 0.0, 0.0, 30.0, 60.0, 90.0, 5.0, 5.0, 60.0]
    n = len(ids)
    nodes = {
        "node_id": np.array(ids), "system_id": np.full(n, 7), "kind": objects(kinds), "ground_m": np.array(ground),
        "invert_m": np.array(invert), "x_m": np.array(x), "y_m": np.array(y),
    }  # fmt: skip
    rows = [
        # id, from, to, kind, length, dn, up, down, peak, velocity
        (1, 1, 3, "gravity", 30.0, 200, 99.0, 98.88, 0.10, 0.3),
        (2, 2, 3, "gravity", 30.0, 200, 99.0, 98.88, 0.10, 0.3),
        (3, 3, 4, "pressure", 30.0, 65, 99.1, 102.1, 0.18, 0.1),
        (4, 4, 5, "pressure", 30.0, 65, 102.1, 102.1, 0.18, 0.1),
        (5, 5, 6, "gravity", 30.0, 200, 102.0, 101.88, 0.24, 0.3),
        (6, 11, 1, "lateral", 5.0, 160, 99.4, 99.3, 0.10, 0.3),
        (7, 12, 2, "lateral", 5.0, 160, 99.4, 99.3, 0.10, 0.3),
        (8, 13, 5, "lateral", 10.0, 160, 102.4, 102.3, 0.10, 0.3),
    ]
    names = ("pipe_id", "from_node", "to_node", "kind", "length_m", "dn_mm", "invert_up_m", "invert_down_m", "peak_flow_l_s", "velocity_m_s")  # fmt: skip
    pipes = {
        name: objects(values) if name == "kind" else np.array(values)
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    } | {"system_id": np.full(len(rows), 7)}
    place = dict(zip(ids, zip(x, y, strict=True), strict=True))
    course = [place[node] for row in rows for node in (row[1], row[2])]
    systems = {"system_id": np.array([7]), "name": objects(["三户村处理站"])}
    lifts = {"node_id": np.array([3]), "system_id": np.array([7]), "head_m": np.array([5.2])}
    return PlanTables(
        systems=systems, hamlets={}, nodes=nodes, pipes=pipes, lifts=lifts,
        pipe_coords_m=np.array(course), pipe_offsets=2 * np.arange(len(rows) + 1),
    )  # fmt: skip


def section(text, name):
    rows = text.split(f"[{name}]\n")[1].split("\n\n")[0].splitlines() if f"[{name}]" in text else []
    return [row.split() for row in rows if row and not row.startswith(";")]


def test_three_houses_by_hand(tmp_path):
    files = write_plan_swmm(tmp_path, three_houses(), FIGURES)
    assert [path.name for path in files.models] == ["system-0007.inp"]
    text = files.models[0].read_text(encoding="utf-8")
    # Gravity pipes only; each starts with a twentieth of its design flow.
    assert section(text, "CONDUITS") == [
        ["P1", "N1", "N3", "30.0000", "0.01", "99.0000", "98.8800", "0.005000", "0"],
        ["P2", "N2", "N3", "30.0000", "0.01", "99.0000", "98.8800", "0.005000", "0"],
        ["P5", "N5", "N6", "30.0000", "0.01", "102.0000", "101.8800", "0.012000", "0"],
    ]
    # The well's working level lies 1 m below the lowest pipe (98.88), its floor 5 cm deeper: 60 s of 0.2 L/s
    # on 1.13 m² are 1.06 cm, less than the 5 cm that is the least. The plant's chamber likewise below 101.88.
    assert section(text, "STORAGE") == [
        ["N3", "97.8300", "2.1700", "0", "FUNCTIONAL", "0", "0", "1.13", "0", "0"],
        ["N6", "100.8300", "2.1700", "0", "FUNCTIONAL", "0", "0", "1.13", "0", "0"],
    ]
    # The main passes node 4 and ends at node 5. The pump gives what arrives: two houses' own peaks.
    assert section(text, "PUMPS") == [
        ["PU3", "N3", "N5", "KPU3", "ON", "0", "0"],
        ["C6", "N6", "O7", "KC6", "ON", "0", "0"],
    ]
    assert section(text, "CURVES")[1] == ["KPU3", "0.0500", "0.200000"]
    assert section(text, "CURVES")[4] == ["KC6", "0.0500", "0.240000"]
    assert section(text, "VERTICES") == [["PU3", "30.00", "30.00"]]
    assert section(text, "DWF") == [[node, "FLOW", "0.100000"] for node in ("N1", "N2", "N5")]
    # At node 5 arrive 0.20 + 0.10, the pipe is designed for 0.24: 0.06 less.
    assert section(text, "INFLOWS") == [["N5", "FLOW", '""', "FLOW", "1.0", "1.0", "-0.060000"]]
    with files.mapping.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    of_pump = {(row["成果图层"], row["成果编号"]) for row in rows if row["模型编号"] == "PU3"}
    assert of_pump == {("lifts", "3"), ("pipes", "3"), ("pipes", "4"), ("nodes", "4")}


def test_three_houses_run_at_design_peak(tmp_path):
    engine_there()
    verdict = run_swmm(write_plan_swmm(tmp_path, three_houses(), FIGURES).models[0])
    assert verdict.good
    assert verdict.wells == 2
    assert verdict.flow_l_s["P5"] == pytest.approx(0.24, rel=1e-3)
    # Manning, DN200, n 0.01, 4 ‰: at h/D 0.0667 θ = 1.045, A = 0.005·(θ − sin θ) = 9.00e-4 m², R = 0.05·(1 − sin θ/θ) =
    # 8.62e-3 m, Q = A·R^⅔·0.0632/0.01 = 0.24 L/s. The free fall behind it draws the end down a little: the mean is less.
    assert 0.04 < verdict.fill["P5"] < 0.067
    # The pump holds its working level.
    assert verdict.depth_m["N3"] == pytest.approx(0.05, rel=0.02)


def test_a_pipe_laid_against_its_flow_is_found(tmp_path):
    """The engine's word is real: with the end of the last pipe raised over the ground of its start it backs up."""
    engine_there()
    tables = three_houses()
    pipes, nodes = dict(tables.pipes), dict(tables.nodes)
    pipes["invert_down_m"] = np.where(pipes["pipe_id"] == 5, 102.6, pipes["invert_down_m"])
    nodes["invert_m"] = np.where(nodes["node_id"] == 6, 102.6, nodes["invert_m"])
    verdict = run_swmm(write_plan_swmm(tmp_path, replace(tables, pipes=pipes, nodes=nodes), FIGURES).models[0])
    assert not verdict.good
    assert {"P5", "N5"} & set(verdict.surcharged)


def small_county():
    return planned("free", "county", 1500)


@pytest.mark.parametrize("plan", [lambda: planned("sewer"), lambda: planned("free"), small_county], ids=["sewer", "free", "county"])  # fmt: skip
def test_every_system_runs_clean(plan, tmp_path):
    """No flooding, no surcharge, continuity within 1 %, and every gravity pipe at its own design peak at the end."""
    engine_there()
    tables, figures = read_plan_tables(plan())
    files = write_plan_swmm(tmp_path, tables, figures)
    street = tables.pipes["kind"] != "lateral"
    assert len(files.models) == np.unique(tables.pipes["system_id"][street]).size > 0
    peak = {f"P{i}": q for i, q in zip(tables.pipes["pipe_id"], tables.pipes["peak_flow_l_s"], strict=True)}
    met = 0
    # Of the county's systems: every fifth, beginning with the largest.
    models = sorted(files.models, key=lambda path: -path.stat().st_size)
    for model in models if len(models) < 20 else models[::5]:
        verdict = run_swmm(model)
        assert (verdict.flooded, verdict.surcharged) == ((), ())
        assert abs(verdict.continuity_percent) < 1
        for name in verdict.fill:
            assert verdict.flow_l_s[name] == pytest.approx(peak[name], rel=0.01, abs=1e-6)
            met += 1
    assert met >= 5


def test_ids_are_ascii_and_mapped_once(tmp_path):
    tables, figures = read_plan_tables(planned("sewer"))
    files = write_plan_swmm(tmp_path, tables, figures)
    with files.mapping.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    pipes = [row["成果编号"] for row in rows if row["成果图层"] == "pipes"]
    street = tables.pipes["pipe_id"][tables.pipes["kind"] != "lateral"]
    assert sorted(map(int, pipes)) == sorted(street.tolist())
    assert all(re.fullmatch(r"[A-Z]+\d+", row["模型编号"]) for row in rows)
    for path in files.models:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert all(line.isascii() for line in lines if not line.startswith(";"))


def test_one_model_holds_all_systems_and_same_bytes(tmp_path):
    engine_there()
    tables, figures = read_plan_tables(planned("sewer"))
    each = write_plan_swmm(tmp_path / "each", tables, figures)
    one = write_plan_swmm(tmp_path / "one", tables, figures, one=True)
    again = write_plan_swmm(tmp_path / "again", tables, figures, one=True)
    assert [path.name for path in one.models] == ["plan.inp"]
    assert one.models[0].read_bytes() == again.models[0].read_bytes()
    count = sum(len(section(path.read_text(encoding="utf-8"), "CONDUITS")) for path in each.models)
    assert len(section(one.models[0].read_text(encoding="utf-8"), "CONDUITS")) == count
    # Changing the mind leaves no model of the other kind behind.
    assert [p.name for p in write_plan_swmm(tmp_path / "each", tables, figures, one=True).models] == ["plan.inp"]
    assert sorted(p.name for p in (tmp_path / "each").iterdir()) == ["mapping.csv", "plan.inp"]
    assert run_swmm(one.models[0]).good


@pytest.mark.parametrize(("level", "public", "word"), [("L1", False, "标高未给出"), ("L2", True, "公开版")])
def test_without_levels_no_model(level, public, word, tmp_path):
    tables, figures = read_plan_tables(planned("sewer", level=level, public=public))
    with pytest.raises(LevelsWithheld, match=word):
        write_plan_swmm(tmp_path / "swmm", tables, figures)
    assert not (tmp_path / "swmm").exists()


def test_a_refusal_leaves_no_old_model(tmp_path):
    """A model of an earlier plan must not be taken for this one's."""
    assert len(write_plan_swmm(tmp_path, three_houses(), FIGURES).models) == 1
    tables, figures = read_plan_tables(planned("sewer", level="L1"))
    with pytest.raises(LevelsWithheld):
        write_plan_swmm(tmp_path, tables, figures)
    assert not list(tmp_path.iterdir())


def test_command_runs_and_refuses(tmp_path, capsys):
    engine_there()
    assert main(["export", str(planned("sewer")), "--to", "swmm", "--run", "--out", str(tmp_path / "good")]) == 0
    assert "合格" in capsys.readouterr().out
    assert main(["export", str(planned("sewer", level="L1")), "--to", "swmm", "--out", str(tmp_path / "no")]) == 2
    assert "标高未给出" in capsys.readouterr().err


def test_missing_engine_is_said(tmp_path, monkeypatch):
    import importlib

    def gone(name, *rest):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", gone)
    with pytest.raises(NoEngine, match="swmm-toolkit"):
        run_swmm(tmp_path / "any.inp")

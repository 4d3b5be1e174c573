"""``qingxi check`` on folders that were damaged on the way: a sentence and exit code 2, never an internal error."""

import json

import pytest

from qingxi.cli import main


@pytest.fixture
def plan_folder(tmp_path, capsys):
    """The plan of one village known by a table; small, and whole."""
    (tmp_path / "村表.csv").write_text(
        "行政村代码,行政村,户数,户籍人口,常住人口\n999901100200,大坪村,120,400,260\n", encoding="utf-8"
    )
    out = tmp_path / "plan"
    assert main(["plan", "--villages", str(tmp_path / "村表.csv"), "--out", str(out)]) == 0
    assert main(["check", str(out)]) == 0
    capsys.readouterr()
    return out


def changed(folder, change):
    path = folder / "plan.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


DAMAGE = [
    ("gpkg 0 bytes", lambda f: (f / "plan.gpkg").write_bytes(b""), "没有拷全"),
    ("gpkg cut", lambda f: (f / "plan.gpkg").write_bytes((f / "plan.gpkg").read_bytes()[:20_000]), "没有拷全"),
    ("gpkg gone", lambda f: (f / "plan.gpkg").unlink(), "没有 plan.gpkg"),
    ("json gone", lambda f: (f / "plan.json").unlink(), "没有 plan.json"),
    ("json cut", lambda f: (f / "plan.json").write_text('{"level":'), "第 1 行"),
    ("json a list", lambda f: (f / "plan.json").write_text("[]"), "不是规划成果"),
    ("json not text", lambda f: (f / "plan.json").write_bytes(b"\xff\xfe\x00"), "不是规划成果"),
    ("cost a word", lambda f: changed(f, lambda d: d["cost"].update(capex="很多")), "cost.capex"),
    ("cost a list", lambda f: changed(f, lambda d: d.update(cost=[1])), "cost"),
    ("bound a word", lambda f: changed(f, lambda d: d.update(bound="x")), "bound"),
    ("inputs a number", lambda f: changed(f, lambda d: d.update(inputs=5)), "inputs"),
    ("table unknown", lambda f: changed(f, lambda d: d.update(prices="nosuch")), "nosuch 不存在"),
]


@pytest.mark.parametrize(("damage", "said"), [d[1:] for d in DAMAGE], ids=[d[0] for d in DAMAGE])
def test_damage_is_said(plan_folder, damage, said, capsys):
    damage(plan_folder)
    assert main(["check", str(plan_folder)]) == 2
    heard = capsys.readouterr().err
    assert said in heard
    assert not any(word in heard for word in ("Traceback", "recognized", "malformed", "Expecting", "内部错误"))


def test_a_figure_that_was_changed_is_a_violation(plan_folder, capsys):
    """A tenth less investment than the layers add up to, and a figure that was left out."""
    changed(plan_folder, lambda d: d["cost"].update(capex=d["cost"]["capex"] * 0.9, works=None))
    assert main(["check", str(plan_folder)]) == 1
    heard = capsys.readouterr().out
    assert "cost.capex" in heard
    assert "cost.works 没有写" in heard

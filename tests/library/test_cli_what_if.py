"""``qingxi what-if`` on a small county's plan: difference, new files, refusals; and the file a plan is kept in."""

import json
import zipfile

import numpy as np
import pytest

from qingxi.cli import main
from qingxi.files import read_standing, write_standing
from qingxi.plan import pack, unpack
from qingxi.world import write_county


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    write_county(folder, size="hamlet", seed=2)
    assert main(["plan", str(folder), "--effort", "0.2", "--json"]) == 0
    return folder


def ask(capsys, *words):
    code = main(["what-if", *map(str, words)])
    return code, capsys.readouterr()


def test_the_difference_is_told_and_a_new_plan_is_written_that_checks(planned, tmp_path, capsys):
    out = tmp_path / "dear"
    capsys.readouterr()
    code, said = ask(capsys, planned / "plan", "--set", "lever.unit=x3", "--out", out, "--json")
    assert code == 0
    told = json.loads(said.out)
    assert told["cost"]["present_value"]["after"] <= told["cost"]["present_value"]["same_plan"] + 0.5
    document = json.loads((out / "plan.json").read_text("utf-8"))
    assert document["cost"]["present_value"] == pytest.approx(told["cost"]["present_value"]["after"], abs=1)
    assert document["parameters"]["tables"]["processes"]["unit.works_fixed"] == pytest.approx(3 * 7000, rel=0.5)
    assert document["what_if"]["changes"]
    code = main(["check", str(out), "--json"])
    assert json.loads(capsys.readouterr().out)["violations"] == []
    assert code == 0
    # The plan that was asked is as it was.
    assert json.loads((planned / "plan" / "plan.json").read_text("utf-8")).get("what_if") is None


def test_in_words_for_people(planned, capsys):
    code, said = ask(capsys, planned / "plan", "--set", "prices.pipe.*=+10%")
    assert code == 0
    assert "照旧方案按新价" in said.out
    assert "折算" in said.out or "离最省" in said.out


@pytest.mark.parametrize(
    ("words", "part"),
    [(["--set", "prices.nothing=3"], "没有这一项"), (["--set", "prices.discount=2"], "合理的数")],
)
def test_a_wrong_word_is_refused(planned, capsys, words, part):
    code, said = ask(capsys, planned / "plan", *words)
    assert code == 2
    assert part in said.out


def test_a_folder_without_a_kept_plan_and_a_broken_file(tmp_path, planned, capsys):
    code, said = ask(capsys, tmp_path)
    assert code == 2
    assert "standing.npz" in said.err
    raw = (planned / "plan" / "standing.npz").read_bytes()
    for broken in (raw[: len(raw) // 2], b"", b"PK nonsense"):
        (tmp_path / "standing.npz").write_bytes(broken)
        code, said = ask(capsys, tmp_path)
        assert code == 2, len(broken)
        assert "读不出来" in said.err


def test_decisions_from_a_file(planned, tmp_path, capsys):
    standing = read_standing(planned / "plan")
    hamlet = str(standing.problem.hamlets.id[standing.problem.own.hamlet[0]])
    table = tmp_path / "decided.csv"
    table.write_text(
        f"编号,种类,自然村编号,模式,理由,经办人,日期\n1,定模式,{hamlet},散分户,群众要求,甲,2026-11-01\n", "utf-8"
    )
    code, said = ask(capsys, planned / "plan", "--overrides", table, "--json")
    told = json.loads(said.out)
    assert code == 0, told["faults"]
    assert told["overrides"][0]["met"]
    assert told["overrides"][0]["price_yuan"] >= 0


def test_a_kept_plan_is_the_plan_to_the_byte(planned, tmp_path):
    kept = read_standing(planned / "plan")
    write_standing(tmp_path, kept)
    again = read_standing(tmp_path)
    assert again.told.money == kept.told.money
    assert (tmp_path / "standing.npz").read_bytes() == (planned / "plan" / "standing.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "standing.npz") as held:
        assert all(name.endswith(".npy") for name in held.namelist())


def test_a_class_that_no_plan_has_is_not_made(planned):
    arrays, tree = pack(read_standing(planned / "plan"))
    tree["standing"]["f"]["problem"]["c"] = "Popen"
    with pytest.raises(ValueError, match="broken"):
        unpack(arrays, tree)
    with pytest.raises(ValueError, match="form"):
        unpack({}, {"form": 0})
    assert all(a.dtype != np.dtype(object) for a in arrays.values())


def test_a_plan_made_with_older_tables_is_refused(planned):
    arrays, tree = pack(read_standing(planned / "plan"))
    rows = tree["standing"]["f"]["problem"]["f"]["norms"]["f"]["rows"]["d"]
    del rows[0]
    with pytest.raises(ValueError, match="older table"):
        unpack(arrays, tree)

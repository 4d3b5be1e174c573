"""Tables that replace rows of another; the benchmark's dear ones among them."""

from importlib import resources

import pytest

from qingxi.standard import Trust, load_table
from qingxi.standard import table as table_room
from qingxi.treatment import shared_processes


def test_a_table_on_a_base_has_all_rows_and_only_replaces(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tables").mkdir()
    head = "key,value,unit,low,high,source,dated,trust,meaning\n"
    tail = ",元,,,here,2026-11-22,assumption,价\n"
    (tmp_path / "tables" / "plain.csv").write_text(f"{head}a,1{tail}b,2{tail}", encoding="utf-8")
    (tmp_path / "tables" / "over.csv").write_text(f"# base: plain\n{head}b,5{tail}", encoding="utf-8")
    (tmp_path / "tables" / "typo.csv").write_text(f"# base: plain\n{head}bb,5{tail}", encoding="utf-8")
    monkeypatch.setattr(table_room.resources, "files", lambda _: tmp_path)
    over = load_table.__wrapped__("over")
    assert (over.name, over["a"], over["b"], len(over.rows)) == ("over", 1.0, 5.0, 2)
    with pytest.raises(ValueError, match=r"typo\.csv line 3: bb replaces no row of its base"):
        load_table.__wrapped__("typo")
    load_table.cache_clear()


@pytest.mark.parametrize("name", ["prices_dear", "processes_dear"])
def test_the_dear_tables_are_marked_as_a_benchmarks(name: str) -> None:
    file = resources.files("qingxi.standard") / "tables" / f"{name}.csv"
    assert file.read_text(encoding="utf-8").startswith("# base: ")
    dear, base = load_table(name), load_table(name.removesuffix("_dear"))
    assert dear.rows.keys() == base.rows.keys()
    changed = [row for row in dear if row is not base.rows[row.key]]
    assert changed
    assert all(row.trust is Trust.ASSUMPTION and "对照用" in row.meaning for row in changed)


def test_under_dear_processes_two_villages_are_cheaper_together() -> None:
    # 20 m3/d each: two plants against one of 40, works and 12 years of running (an annuity of about 12.5).
    for dear in shared_processes(load_table("processes_dear")):
        one, two = (dear.works_yuan(q, 60.0) + 12.5 * dear.running_yuan_y(q, q, 60.0) for q in (20.0, 40.0))
        # Saved by sharing: enough for more than 500 m of pipe at about 600 yuan.
        assert 2 * one - two > 300_000
        assert dear.running_fixed >= 20_000

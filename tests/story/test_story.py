"""The whole story on the smallest county, as `qingxi demo` plays it: a process of its own, from files to a public page."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

import once


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    made = once.demo(tmp_path_factory, "hamlet")
    return made / "demo", json.loads((made / "said.json").read_text(encoding="utf-8"))


def test_every_act_is_played(story):
    said = story[1]
    assert said["ok"], said["broken"]
    assert [a["act"] for a in said["acts"]] == [
        "造一个县", "做规划", "独立复核", "入账", "定人", "三账核对", "年度计划", "项目移交", "设备上报", "读数入库", "雨量入账", "查问题", "交办", "销号", "开会", "协同", "巡查上报", "乡镇办理", "报表", "抽查", "考核", "算治理率",
        "调度", "回头看", "发通报", "群众来说", "公开", "开门", "溯源", "核留痕",
    ]  # fmt: skip


def test_villages_and_units_said_who_worked_together(story):
    said = story[1]["facts"]["together"]
    assert said["six"] > 0
    assert said["steps"] > 0


def test_posts_have_deputies_and_townships_a_leader(story):
    assert story[1]["facts"]["posts"]["pairs"] == 1  # the hamlet has one township
    assert story[1]["facts"]["posts"]["deputies"] >= 2  # its two posts, each the other's deputy


def test_rain_came_in_by_its_tables(story):
    said = story[1]["facts"]["rain"]
    assert said["gauges"] >= 1
    assert said["days"] > 300


def test_every_frame_sent_is_acknowledged(story):
    said = story[1]["facts"]["receiver"]
    assert said["acked"] == said["sent"] > 1000
    assert said["unanswered"] == 0


def test_devices_nobody_registered_wait_to_be_admitted_with_all_they_said(story):
    root, said = story
    assert said["facts"]["receiver"]["strangers"] == 2
    with sqlite3.connect(root / "office" / "office.sqlite3") as db:
        (nameless,) = db.execute("SELECT count(*) FROM readings_device WHERE vendor = ''").fetchone()
    assert nameless == 0
    with sqlite3.connect(root / "office" / "store.sqlite3") as db:
        rows = db.execute("SELECT mn, frames FROM telemetry_candidate ORDER BY mn").fetchall()
    assert rows == [("99990100000901", 4), ("99990100000902", 4)]


def test_what_came_back_is_reopened_and_a_card_shown_by_the_whole_cycle(story):
    root, said = story
    card = said["facts"]["card"]
    assert (card["card"], card["state"], card["reasons"]) == ("黄牌", "已亮牌", ["本期反弹重开 1 件"])
    with sqlite3.connect(root / "office" / "office.sqlite3") as db:
        (there,) = db.execute(
            "SELECT count(*) FROM bulletins_cardrecord WHERE noticed_on IS NOT NULL AND answer <> '' AND decided_by_name = ?",
            (card["by"],),
        ).fetchone()
        steps = db.execute(
            "SELECT s.step FROM issues_issuestep s JOIN issues_issuerecord i ON i.id = s.issue_id WHERE i.key = ? ORDER BY s.id",
            (said["facts"]["reopened"]["issue"],),
        ).fetchall()
    assert there == 1
    assert [step for (step,) in steps][-2:] == ["当场销号", "反弹重开"]


def test_townships_close_on_the_spot_and_say_what_blocks_them(story):
    root, said = story
    told = said["facts"]["townships"]
    assert told["state"] == "销号备案"
    assert told["against"].endswith("财政局")
    with sqlite3.connect(root / "office" / "office.sqlite3") as db:
        last = db.execute(
            "SELECT s.step, i.klass, i.rectifier_id = i.closed_by_unit_id FROM issues_issuestep s JOIN issues_issuerecord i"
            " ON i.id = s.issue_id WHERE i.key = ? ORDER BY s.id DESC LIMIT 1",
            (told["on_the_spot"],),
        ).fetchone()
        block = db.execute(
            "SELECT klass, blockage, is_open, raiser_id IS NOT NULL FROM issues_issuerecord WHERE key = ?",
            (told["blockage"],),
        ).fetchone()
    assert last == ("当场销号", "一般", 0)
    assert block == ("推进堵点", "资金", 1, 1)


def test_an_operator_was_appraised_where_there_is_one(story):
    said = story[1]["facts"]["appraisal"]
    assert said is None or 0 < float(said["marks"]) <= 100


def test_two_months_of_returns_are_there(story):
    said = story[1]["facts"]["returns"]
    assert [n for key, n in said.items() if isinstance(n, int)] == [1, 1]  # the hamlet has one township
    assert set(said) >= {"quarterly", "half_year"}


def test_plan_passes_the_independent_check(story):
    assert story[1]["facts"]["check"]["passed"] is True


def test_published_rate_walks_back_to_every_household(story):
    root, said = story
    with sqlite3.connect(root / "office" / "office.sqlite3") as db:
        (households,) = db.execute("SELECT count(*) FROM villages_householdrecord").fetchone()
    assert said["facts"]["walk"]["household"] == households == said["facts"]["books"]["counts"]["households"]
    assert said["facts"]["walk"]["missing"] == 0


WALK = """
import django, json; django.setup()
from collections import Counter
from qingxi.origin import Ref
from qingxi_office.published.models import Publication
from qingxi_office.site.walk import walk
said = {}
for p in Publication.objects.filter(superseded_at=None):
    found = walk(Ref("publication", str(p.pk)))
    said[p.kind + ":" + str(p.data.get("key", p.key))] = {"missing": len(found.missing), **Counter(r.kind for r, _ in found.steps)}
print(json.dumps(said))
"""


def test_everything_published_walks_back_to_what_was_seen_and_to_households(story):
    """A closed problem to bills, visits or readings; a station to its project and money; the rate to every village."""
    root, said = story
    done = subprocess.run(
        [sys.executable, "-c", WALK], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "QINGXI_HOME": str(root / "office"), "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    walks = json.loads(done.stdout.splitlines()[-1])
    assert all(walk["missing"] == 0 for walk in walks.values()), walks
    problem = walks["issue:" + said["facts"]["closed"]["issue"]]
    assert {"issue", "finding", "facility", "village", "hamlet", "household"} <= set(problem)
    assert set(problem) & {"bill", "visit", "lab", "series"}
    station = walks["station:" + said["facts"]["project"]["facility"]]
    assert {"facility", "project", "fund", "village", "hamlet", "household"} <= set(station)
    rate = next(walk for key, walk in walks.items() if key.startswith("rate:"))
    assert {"figure", "village", "hamlet", "household"} <= set(rate)


def test_one_problem_is_closed_by_who_did_not_rectify(story):
    root, said = story
    with sqlite3.connect(root / "office" / "office.sqlite3") as db:
        state, rectifier, closer = db.execute(
            "SELECT state, rectifier_id, closed_by_unit_id FROM issues_issuerecord WHERE key = ?",
            (said["facts"]["closed"]["issue"],),
        ).fetchone()
    assert state == "销号备案"
    assert rectifier != closer


def test_public_page_was_answered_and_files_are_there(story):
    from pathlib import Path

    said = story[1]
    assert set(said["facts"]["public_page"].values()) == {200}
    files = [path for what, path in said["paths"].items() if what != "公开页"]
    assert all(Path(path).exists() for path in files)
    assert Path(said["paths"]["通报(docx)"]).read_bytes()[:2] == b"PK"


def test_two_rates_by_two_definitions(story):
    rates = story[1]["facts"]["rates"]
    assert {"treatment_rate_village", "treatment_rate_hamlet_guangdong"} <= set(rates)
    assert rates["treatment_rate_village"]["of"] != rates["treatment_rate_hamlet_guangdong"]["of"]


def test_another_folder_is_not_emptied(tmp_path):
    """A home that no demo made is refused, and what lies in it stays."""
    from qingxi.cli import main

    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    assert main(["demo", "--size", "hamlet", "--home", str(tmp_path), "--json"]) == 2
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"

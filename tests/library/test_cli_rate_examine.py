"""``qingxi rate`` and ``qingxi examine`` as somebody types them, and the walk back from what they print."""

import json
from datetime import date

import openpyxl
import pytest

from qingxi.bulletin import County, draft, month
from qingxi.cli import main
from qingxi.files import read_books, read_evidence
from qingxi.finding import Finding, bundle, examine
from qingxi.indicator import Records, definitions, rate
from qingxi.issue import Level, Party, Role, from_finding
from qingxi.origin import Ref, walk_back

REGISTER = "code,name,township_code,township\n" + "".join(
    f"99990110020{i},{name},999901100,溪口镇\n"
    for i, name in enumerate(["大坪村委会", "小坪村委会", "岩上村委会", "河边居委会"])
)


def workbook(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(exist_ok=True)
    book.save(path)


@pytest.fixture
def county(tmp_path):
    """Three villages, two plants: 大坪站 has drawn no power for four months, 小坪站 runs."""
    (tmp_path / "county.toml").write_text(
        '[county]\nname = "天河坝县"\ncode = "999901"\nas_of = 2026-11-20\n', encoding="utf-8"
    )
    workbook(
        tmp_path / "books" / "行政村治理台账.xlsx",
        ["台账"],
        ["行政村代码", "行政村", "乡镇", "类型", "治理状态", "认定日期", "户数", "接户数"],
        ["999901100200", "大坪村", "溪口镇", "村委会", "已治理", "2024.3.1", 100, 80],
        ["999901100201", "小坪村", "溪口镇", "村委会", "已治理", "2024.3.1", 50, 40],
        ["999901100202", "岩上村", "溪口镇", "村委会", "未完成", "", 50, 0],
    )
    workbook(
        tmp_path / "books" / "处理设施台账.xlsx",
        [
            "设施编号",
            "设施名称",
            "行政村代码",
            "工艺",
            "设计规模(m³/d)",
            "产权单位",
            "运维单位",
            "用电户号",
            "状态",
            "接入户数",
        ],
        ["QX-001", "大坪站", "999901100200", "A2O", 30, "镇政府", "公司", "5100", "在用", 110],
        ["QX-002", "小坪站", "999901100201", "A2O", 30, "镇政府", "公司", "5101", "在用", 110],
    )
    bills = [[a, "x", f"2026-{m:02d}", k] for a, k in (("5100", 9), ("5101", 400)) for m in (7, 8, 9, 10)]
    workbook(tmp_path / "evidence" / "电费单.xlsx", ["用电户号", "用户名称", "年月", "电量(kWh)"], *bills)
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "设施真相.csv").write_text(
        "facility,label,from,to\nQX-001,stopped,2026-07-01,2026-11-22\nQX-002,sound,,\n", encoding="utf-8"
    )
    return tmp_path


def run(capsys, *words):
    code = main([str(w) for w in words])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_a_folder_named_from_where_one_stands(county, capsys, monkeypatch):
    """``cd ..; qingxi rate county`` reads the books that county.toml names; they are not looked for in county/county."""
    named = '[books]\nvillages = "books/行政村治理台账.xlsx"\nfacilities = "books/处理设施台账.xlsx"\n'
    told = county / "county.toml"
    told.write_text(told.read_text(encoding="utf-8") + named, encoding="utf-8")
    monkeypatch.chdir(county.parent)
    assert run(capsys, "rate", county.name)[0] == 0
    assert run(capsys, "examine", county.name)[0] == 1  # one plant has stopped


def test_rate_of_a_folder(county, capsys):
    code, out, _ = run(capsys, "rate", county)
    # 2 of 3 villages; households of the three: 120 of 200
    assert code == 0
    assert "66.7%（2/3 个行政村，截至 2026-11-20）" in out
    assert "60.0%（120/200 户" in out
    assert "没有自然村清单" in out


def test_townships_add_up_to_the_county(county, capsys):
    _, out, _ = run(capsys, "rate", county, "--by-township", "--json")
    said = json.loads(out)
    assert [(t["township"], t["numerator"], t["denominator"]) for t in said["townships"]] == [("溪口镇", 2, 3)]
    assert sum(t["denominator"] for t in said["townships"]) == said["figures"][0]["denominator"]


def test_rate_as_json_has_both_lists(county, capsys):
    code, out, _ = run(capsys, "rate", county, "--definition", "treatment_rate_village", "--json")
    figure = json.loads(out)["figures"][0]
    assert code == 0
    assert (figure["printed"], figure["denominator"], len(figure["denominator_list"])) == ("66.7%", 3, 3)
    assert [r["name"] for r in figure["numerator_list"]] == ["大坪村", "小坪村"]


@pytest.mark.parametrize(("treated", "printed"), [("1", "33.3%"), ("名单.csv", "66.7%"), ("名单.csv", "2/3")])
def test_rate_of_a_register(tmp_path, capsys, treated, printed):
    path = tmp_path / "villages.csv"
    path.write_text(REGISTER, encoding="utf-8")
    (tmp_path / "名单.csv").write_bytes("行政村代码\n999901100201\n岩上村委会\n".encode("gb18030"))
    said = treated if treated.isdigit() else tmp_path / treated
    code, out, _ = run(capsys, "rate", path, "--treated", said, "--definition", "treatment_rate_village", "--list")
    assert code == 0
    assert printed in out
    assert "大坪村委会、小坪村委会、岩上村委会" in out  # the denominator, without the 居委会


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rate", "nowhere"], "没有 nowhere"),
        (["rate"], "请给出"),
        (["rate", "villages.csv", "--treated", "9"], "只有 3 个村委会"),
        (["rate", "villages.csv", "--treated", "bad.txt"], "没有一行是名录中的村"),
        (["rate", "villages.csv", "--treated", "none.txt"], "没有这个文件"),
        (["rate", "villages.csv", "--definition", "guess"], "没有口径 guess"),
        (["rate", "empty.csv"], "没有可用的村庄"),
        (["examine", "nowhere"], "没有目录"),
        (["examine", "."], "没有可用的处理设施台账"),
    ],
)
def test_wrong_input_gets_one_line_and_code_2(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "villages.csv").write_text(REGISTER, encoding="utf-8")
    (tmp_path / "bad.txt").write_text("无此村\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    code, _, err = run(capsys, *words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_definitions_are_listed(capsys):
    code, out, _ = run(capsys, "rate", "--definitions")
    assert code == 0
    assert out.count("计数单位") == len(definitions())


def test_examine_with_truth(county, capsys):
    code, out, _ = run(capsys, "examine", county, "--truth", "--json")
    said = json.loads(out)
    assert code == 1  # a finding is a negative answer
    assert [(f["facility"], f["rule"]) for f in said["findings"]] == [("QX-001", "stopped-paper")]
    assert said["findings"][0]["overturned_by"]
    assert said["truth"]["stopped"]["recall"] == 1
    assert said["truth"]["stopped"]["precision"] == 1
    assert {c["rule"] for c in said["cannot_tell"]} >= {"over-limit", "effluent-worse"}


def test_examine_one_facility_in_words(county, capsys):
    code, out, _ = run(capsys, "examine", county, "--facility", "QX-002")
    assert code == 0
    assert "疑似问题 0 条" in out
    assert "查不清" in out
    assert run(capsys, "examine", county, "--facility", "QX-9")[0] == 2


def test_examine_without_the_store_it_names(county, capsys):
    code, _, err = run(capsys, "examine", county, "--store", county / "none.sqlite3")
    assert code == 2
    assert "没有读数库" in err


def test_the_walk_from_a_bulletin_reaches_the_rows_of_the_books(county):
    """Bulletin → figure → village → row of the ledger; bulletin → problem → finding → facility → bills."""
    books, papers = read_books(county), read_evidence(county)
    villages = tuple(r.standing for r in books.villages.rows)
    figure = rate(definitions()["treatment_rate_village"], Records("999901", villages), date(2026, 11, 20))
    facilities = {r.facility.id: r.facility for r in books.facilities.rows}
    evidence = bundle([(f.id, f.power_account) for f in facilities.values()], bills=papers.bills.rows)
    finding = next(
        a
        for f in facilities.values()
        for a in examine(f, evidence[f.id], date(2026, 11, 20))
        if isinstance(a, Finding)
    )
    parties = {Role.RECTIFIER: Party("溪口镇人民政府", Level.TOWNSHIP)}
    issue = from_finding(
        finding,
        id="WT-1",
        place="999901100200",
        parties=parties,
        confirmed_by="陈静",
        confirmed_on=date(2026, 11, 20),
    )
    bulletin = draft(County("天河坝县", "办公室", ()), month(2026, 11), figure, issues=[issue])
    known = {bulletin.ref: bulletin.because, figure.ref: figure.because, issue.ref: issue.because}
    known |= {finding.ref: finding.because}
    known |= {v.ref: v.because for v in villages}
    known |= {Ref("facility", f.id): f.because for f in facilities.values()}
    leaves = {"row", "bill"}
    walk = walk_back(bulletin.ref, lambda ref: () if ref.kind in leaves else known.get(ref))
    assert walk.missing == ()
    assert len(walk.reached("village")) == 3
    assert len(walk.reached("row")) == 3
    assert walk.reached("finding") == (finding.ref,)
    assert len(walk.reached("bill")) == 4

"""The first morning in the office: three nasty ledgers in, every conflict signed, the sheet printed; and the quarter after."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import morning_ledgers as nasty
from qingxi.morning import Quarter
from qingxi_office.jobs.models import Job, JobFault
from qingxi_office.morning import actions, queries
from qingxi_office.morning.actions.signing import PROPOSED
from qingxi_office.morning.models import ConflictRow, HeadingSaid, LedgerCheck, SheetForm
from qingxi_office.people.rights import Denied
from qingxi_office.places.models import Place
from qingxi_office.readings.models import LabRow
from qingxi_office.site.working import work
from qingxi_office.trail.models import Entry


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def county(cast, office, settings):
    settings.QINGXI_PRACTICE_DAY = "2026-10-08"
    from qingxi_office.facilities.models import FacilityRecord

    FacilityRecord.objects.all().delete()
    return nasty.grow(office)


def files_of(folder, *rows):
    return {b: (p.name, p.read_bytes()) for b, p in nasty.write_ledgers(folder, *rows).items()}


@pytest.fixture
def check(cast, county, tmp_path):
    """Read by the worker, as in service."""
    opened = actions.open_check(Quarter(2026, 3), files_of(tmp_path / "q3"), on=date(2026, 9, 30), by=cast.chenjing)
    assert work(until_idle=True) == 1
    opened.refresh_from_db()
    return opened


def sign_all(check, by):
    for planted in (nasty.PLANTED, nasty.AFTER_SIGNING):
        for row in list(ConflictRow.objects.filter(check_row=check, current=True, way="")):
            p = next((p for p in planted if p.kind == row.kind and p.word in row.zh), None)
            if p is None:
                continue
            ways = [w["id"] for w in row.ways]
            way = ways[0] if p.way == "keep:first" else ways[-1] if p.way == "keep:last" else p.way
            fresh = ConflictRow.objects.select_related("check_row", "place").get(pk=row.pk)
            if fresh.current and not fresh.way:
                actions.sign(fresh, way, by=by, reason="到村看过", target=p.target)


def cells(body, sheet):
    page = openpyxl.load_workbook(io.BytesIO(body), data_only=True)[sheet]
    return [[c.value for c in row] for row in page.iter_rows()]


def test_the_worker_reads_and_lists_what_was_planted(check):
    job = Job.objects.get(pk=check.job)
    assert job.state == "done", list(job.lines.values_list("text", flat=True))
    assert check.state == "open"
    rows = list(ConflictRow.objects.filter(check_row=check))
    assert sorted(r.kind for r in rows) == sorted(p.kind for p in nasty.PLANTED)
    for p in nasty.PLANTED:
        assert sum(p.word in r.zh for r in rows if r.kind == p.kind) == 1, p
    assert job.result["lines"] == {"villages": 20, "facilities": 13, "issues": 7}
    assert {f.value for f in JobFault.objects.filter(job=job)} == {"见附件", "见备注"}


def test_signed_printed_and_right_to_the_last_cell(check, cast):
    with pytest.raises(ValueError, match="没有签认"):
        actions.print_sheet(check, by=cast.chenjing)
    sign_all(check, cast.chenjing)
    assert actions.not_yet(check) == ""
    printed = actions.print_sheet(check, by=cast.chenjing)
    assert printed.state == "printed"
    body = printed.sheet.open("rb").read()
    table = cells(body, "调度表")
    # By hand from the list of truths: villages, treated, controlled, open of each township.
    for r, town in enumerate(("溪口镇", "岚坪镇", "马桑乡"), start=4):
        own = [t for t in nasty.TRUTH if t[0] == town]
        states = [sum(t[2] == s for t in own) for s in ("已治理", "已管控", "未完成")]
        assert table[r][1:6] == [town, len(own), *states]
        assert table[r][6] == pytest.approx(states[0] / len(own))
        assert table[r][10:12] == [sum(t[3] for t in own), sum(t[4] for t in own)]
        assert table[r][12:16] == [sum(t[i] for t in own) for i in (5, 6, 7, 11)]
        assert table[r][16:22] == [
            *(sum(t[i] for t in own) for i in (8, 9, 10, 12, 13)), sum(t[12] - t[13] for t in own)
        ]  # fmt: skip
    assert [v for v in table[8][:6] if v] == ["合计", 19, 10, 3, 6]
    assert table[0][0] == "天河坝县农村生活污水治理2026 年第三季度调度表"
    detail = {row[2]: row for row in cells(body, "逐村明细")[4:-5] if row[2]}
    for _town, name, state, all_, treated, *_ in nasty.TRUTH:
        if state:
            assert detail[name][4] == state
            assert detail[name][7:9] == [all_, treated]
    row = ConflictRow.objects.filter(check_row=check).exclude(way="").select_related("check_row", "place").first()
    with pytest.raises(ValueError, match="已经打印"):
        actions.undo(row, by=cast.chenjing)
    assert Entry.objects.filter(action="call_sheet.printed").count() == 1


def test_a_sign_off_is_taken_back_and_what_it_stilled_comes_again(check, cast):
    twice = ConflictRow.objects.select_related("check_row", "place").get(
        check_row=check, kind="facility-no-village"
    )
    actions.sign(twice, "is", by=cast.chenjing, reason="站牌上写着", target="高峰村")
    stilled = ConflictRow.objects.get(check_row=check, kind="treated-without-way")
    assert not stilled.current
    assert ConflictRow.objects.filter(
        check_row=check, kind="treated-facility-stopped", zh__contains="高峰村"
    ).exists()
    twice.refresh_from_db()
    actions.undo(twice, by=cast.chenjing)
    stilled.refresh_from_db()
    assert stilled.current
    assert not ConflictRow.objects.filter(
        check_row=check, kind="treated-facility-stopped", zh__contains="高峰村", current=True
    )


def test_signing_asks_for_reason_way_and_a_village_that_exists(check, cast):
    row = ConflictRow.objects.select_related("check_row", "place").get(check_row=check, kind="village-unknown")
    for way, target, reason, said in (
        ("drop", "", " ", "理由"), ("leave", "", "x", "没有这种定法"), ("is", "", "x", "名录里没有村"), ("is", "花园村", "x", "没有村叫“花园村”"),
        ("is", "999901101207", "x", "没有村"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            actions.sign(row, way, by=cast.chenjing, reason=reason, target=target)


def test_like_conflicts_are_signed_together(check, cast):
    rows = list(
        ConflictRow.objects.filter(check_row=check, kind="date-impossible").select_related("check_row", "place")
    )
    assert actions.sign_alike(rows, "blank", by=cast.chenjing, reason="填错了") == 3
    assert set(
        ConflictRow.objects.filter(check_row=check, kind="date-impossible").values_list("way", flat=True)
    ) == {"blank"}
    near = list(
        ConflictRow.objects.filter(check_row=check, kind="match-doubtful").select_related("check_row", "place")
    )
    assert actions.sign_alike(near, PROPOSED, by=cast.chenjing, reason="笔误") == 1


def test_the_offices_own_readings_and_register_speak_too(cast, county, tmp_path):
    from qingxi_office.facilities import actions as facilities

    rows = [
        {"key": key, "name": key, "place_id": county["999901100"].pk, "process": "", "design_m3_d": 30.0, "owner": "", "owner_unit_id": None,
         "operator": "", "operator_unit_id": None, "power_account": "", "status": status, "households_connected": 0, "evidence": "paper", "because": []}
        for key, status in (("QX-002", "in_use"), ("QX-007", "stopped"))
    ]  # fmt: skip
    ids = facilities.take_in_facilities(rows, by=cast.chenjing).ids
    LabRow.objects.create(
        key="a",
        sample="a",
        facility_id=ids["QX-002"],
        sampled_on=date(2026, 3, 1),
        point="effluent",
        quantity="cod",
    )
    opened = actions.open_check(
        Quarter(2026, 3), files_of(tmp_path), on=date(2026, 9, 30), by=cast.chenjing, ask=False
    )
    actions.read_check(opened, by=cast.chenjing)
    kinds = set(ConflictRow.objects.filter(check_row=opened).values_list("kind", flat=True))
    assert "facility-untested" not in kinds  # tested in March by the readings, whatever the ledger says
    assert ConflictRow.objects.filter(check_row=opened, kind="facility-state", zh__contains="QX-007").exists()


def test_next_quarter_carries_over_and_asks_only_for_what_nobody_explained(check, cast, settings, tmp_path):
    sign_all(check, cast.chenjing)
    actions.print_sheet(check, by=cast.chenjing)
    settings.QINGXI_PRACTICE_DAY = "2026-12-31"
    later = actions.open_check(
        Quarter(2026, 4), files_of(tmp_path / "q4", *nasty.next_quarter()), on=date(2026, 12, 31), by=cast.chenjing, ask=False
    )  # fmt: skip
    actions.read_check(later, by=cast.chenjing)
    carried = ConflictRow.objects.filter(check_row=later, current=True).exclude(carried_from="")
    assert set(carried.values_list("carried_from", flat=True)) == {"2026Q3-1"}
    assert carried.filter(kind="village-merged").exists()
    assert not ConflictRow.objects.filter(check_row=later, kind="households-exceeded").exists()
    page = browser(cast.chenjing).get("/morning/").content.decode()
    assert "沿用上一季的签认" in page
    sign_all(later, cast.chenjing)
    later.refresh_from_db()
    told = {c.name: (c.word, c.source.value) for c in queries.changes_of(later)}
    assert told == {"石塘村": ("退出治理", ""), "高峰村": ("新增治理", "recognition"), "沙湾村": ("状态变化", "")}
    assert actions.not_yet(later) == "还有 2 个变化的村没有理由：石塘村、沙湾村"
    client = browser(cast.chenjing)
    client.post(
        f"/morning/{later.pk}/explain/",
        {"why-999901101201": "管网破损，10 月退出", "why-999901102202": "实行管控", "why-1": "x"},
    )
    assert actions.not_yet(later) == ""
    client.post(f"/morning/{later.pk}/print/")
    body = client.get(f"/morning/{later.pk}/sheet/").content
    changes = cells(body, "变化说明")[4:]
    assert [row[2:9] for row in changes[:3]] == [
        ["石塘村", "999901101201", "已治理", "已管控", "退出治理", "管网破损，10 月退出", "填写"],
        ["高峰村", "999901102201", "未完成", "已治理", "新增治理", "2026-10-05 认定，天污治办〔2026〕30号", "认定"],
        ["沙湾村", "999901102202", "未完成", "已管控", "状态变化", "实行管控", "填写"],
    ]
    table = cells(body, "调度表")
    assert [(r[1], r[8], r[9]) for r in table[4:8]] == [
        ("溪口镇", 0, 0),
        ("岚坪镇", 0, 1),
        ("马桑乡", 1, 0),
        ("县本级", 0, 0),
    ]


def test_a_carried_sign_off_may_be_taken_back_and_stays_so(check, cast, tmp_path):
    sign_all(check, cast.chenjing)
    later = actions.open_check(
        Quarter(2026, 3), files_of(tmp_path / "again"), on=date(2026, 9, 30), by=cast.chenjing, ask=False
    )
    actions.read_check(later, by=cast.chenjing)
    assert (later.number, str(later)) == (2, "2026Q3-2")
    assert not ConflictRow.objects.filter(check_row=later, current=True, way="").exists()
    row = ConflictRow.objects.select_related("check_row", "place").get(check_row=later, kind="village-merged")
    actions.undo(row, by=cast.chenjing)
    row.refresh_from_db()
    assert (row.way, row.carried_from) == ("", "")


def test_columns_nobody_understands_are_asked_once_and_remembered(cast, county, tmp_path):
    files = files_of(tmp_path)
    odd = "村,怎么样了\n红岩村,已治理\n".encode("gbk")
    files["villages"] = ("治理.csv", odd.replace("村,".encode("gbk"), "甲,".encode("gbk"), 1))
    opened = actions.open_check(Quarter(2026, 3), files, on=date(2026, 9, 30), by=cast.chenjing)
    work(until_idle=True)
    opened.refresh_from_db()
    assert opened.state == "columns"
    client = browser(cast.chenjing)
    assert "请指一下" in client.get("/morning/").content.decode()
    address = f"/morning/{opened.pk}/columns/villages/"
    assert "怎么样了" in client.get(address).content.decode()
    assert client.post(address, {"name": "甲", "state": "甲"}, follow=True).status_code == 200
    assert not HeadingSaid.objects.exists()
    client.post(address, {"name": "甲", "state": "怎么样了"})
    work(until_idle=True)
    opened.refresh_from_db()
    assert opened.state == "open"
    again = actions.open_check(Quarter(2026, 4), files, on=date(2026, 10, 8), by=cast.chenjing, ask=False)
    actions.read_check(again, by=cast.chenjing)
    assert again.state == "open"


def test_uploading_through_the_page(cast, county, tmp_path):
    client = browser(cast.chenjing)
    assert "先把三本台账交上来" in client.get("/morning/").content.decode()
    files = {b: SimpleUploadedFile(name, raw) for b, (name, raw) in files_of(tmp_path).items()}
    answer = client.post("/morning/start/", {"quarter": "2026Q3", "villages": files["villages"]}, follow=True)
    assert "没有收到处理设施台账" in answer.content.decode()
    wrong = SimpleUploadedFile("x.pdf", b"%PDF")
    answer = client.post("/morning/start/", {**files, "issues": wrong, "quarter": "2026Q9"}, follow=True)
    assert not LedgerCheck.objects.exists()
    files = {b: SimpleUploadedFile(name, raw) for b, (name, raw) in files_of(tmp_path).items()}
    answer = client.post("/morning/start/", {"quarter": "2026Q3", **files})
    assert answer["Location"].startswith("/jobs/")
    assert LedgerCheck.objects.get().on == date(2026, 9, 30)


def test_a_file_that_is_no_ledger_is_named_and_nothing_breaks(cast, county, tmp_path):
    files = files_of(tmp_path)
    files["facilities"] = ("坏.xlsx", b"PK\x03\x04 broken")
    opened = actions.open_check(Quarter(2026, 3), files, on=date(2026, 9, 30), by=cast.chenjing)
    work(until_idle=True)
    opened.refresh_from_db()
    assert opened.state == "columns"
    assert JobFault.objects.filter(job_id=opened.job, code__in=("file-unreadable", "file-broken")).exists()
    assert browser(cast.chenjing).get("/morning/").status_code == 200


def test_a_clerk_sees_and_signs_only_their_own_township(check, cast):
    clerk = browser(cast.luomei)  # 溪口镇
    page = clerk.get("/morning/").content.decode()
    assert "石笋村" in page
    assert "瓦窑村" not in page
    own = ConflictRow.objects.select_related("place").get(check_row=check, kind="village-twice")
    other = ConflictRow.objects.select_related("place").get(check_row=check, kind="treated-facility-stopped")
    assert clerk.get(f"/morning/conflicts/{own.pk}/").status_code == 200
    for name in ("", "sign/", "undo/"):
        ask = clerk.post if name else clerk.get
        assert ask(f"/morning/conflicts/{other.pk}/{name}", {"way": "leave", "reason": "x"}).status_code == 404
    clerk.post(f"/morning/conflicts/{own.pk}/sign/", {"way": own.ways[0]["id"], "reason": "村里核过"})
    own.refresh_from_db()
    assert own.by_name == "罗梅"
    for name in ("changes/", "sheet/", "matches/", "columns/villages/"):
        assert clerk.get(f"/morning/{check.pk}/{name}").status_code == 404
    assert clerk.post(f"/morning/{check.pk}/print/").status_code == 404
    assert clerk.get(f"/morning/files/{check.files.first().pk}/").status_code == 404
    with pytest.raises(Denied):
        actions.print_sheet(check, by=cast.luomei)
    assert (
        browser(cast.sunning)
        .post(f"/morning/conflicts/{other.pk}/sign/", {"way": "leave", "reason": "x"})
        .status_code
        == 403
    )
    assert browser(cast.zhaoyong).get("/morning/").status_code == 404


def test_the_countys_own_form_is_taken_or_refused_with_words(check, cast):
    client = browser(cast.chenjing)
    bad = SimpleUploadedFile("市里的.xlsx", nasty.own_form("{{row.nobody}}"))
    answer = client.post("/morning/forms/", {"form": bad, "source": "市局 2026"})
    assert "没有这个标记" in answer.content.decode()
    assert not SheetForm.objects.exists()
    good = SimpleUploadedFile("市里的.xlsx", nasty.own_form())
    client.post("/morning/forms/", {"form": good, "source": "市局〔2026〕5号"})
    sign_all(check, cast.chenjing)
    client.post(f"/morning/{check.pk}/print/")
    page = openpyxl.load_workbook(io.BytesIO(client.get(f"/morning/{check.pk}/sheet/").content)).active
    assert page["A3"].value == "溪口镇"
    assert page["A8"].value == "填报单位：天河坝县生态环境局"
    form = SheetForm.objects.get()
    assert client.get(f"/morning/forms/{form.pk}/file/").status_code == 200
    client.post(f"/morning/forms/{form.pk}/drop/")
    assert not SheetForm.objects.filter(in_use=True).exists()


def test_every_page_answers_and_the_list_is_taken_away(check, cast):
    client = browser(cast.chenjing)
    for address in ("/morning/", "/morning/?kind=date-impossible", "/morning/?state=open&town=溪口镇", "/morning/?new=1", "/morning/forms/", "/morning/forms/default.toml",
                    f"/morning/{check.pk}/matches/", f"/morning/{check.pk}/matches/?sure=asked", f"/morning/{check.pk}/changes/",
                    f"/morning/{check.pk}/columns/issues/", f"/morning/files/{check.files.first().pk}/", "/office/"):  # fmt: skip
        for language in ("zh-hans", "en"):
            client.cookies["django_language"] = language
            assert client.get(address).status_code == 200, address
    for row in ConflictRow.objects.filter(check_row=check):
        assert client.get(f"/morning/conflicts/{row.pk}/").status_code == 200, row.kind
    client.cookies["django_language"] = "zh-hans"
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/morning/?as=xlsx&kind=date-impossible").content)).active
    assert sum(1 for row in sheet.iter_rows(min_row=5) if row[0].value == "日期不可能") == 3


def test_the_list_asks_a_fixed_number_of_questions(check, cast):
    client = browser(cast.chenjing)
    client.get("/morning/")

    def asked():
        with CaptureQueriesContext(connection) as met:
            assert client.get("/morning/").status_code == 200
        return len(met)

    before = asked()
    rows = [
        ConflictRow(check_row=check, key=f"k{n}", kind="date-impossible", place=Place.objects.get(code="999901100200"), zh="x", en="x",
                    township="溪口镇", order=99)
        for n in range(40)
    ]  # fmt: skip
    ConflictRow.objects.bulk_create(rows)
    assert asked() == before <= 30

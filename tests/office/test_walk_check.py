"""Every figure walks back and is given again by its leaves; one leaf less, one silent change, one lost record is found."""

import random
import re
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from qingxi_office.bulletins import actions
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.indicators.actions import compute
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.people.models import User
from qingxi_office.readings.models import BillRow, Device, VisitRow
from qingxi_office.site.walk_check import check, figure_faults
from qingxi_office.trail import clock
from qingxi_office.villages.actions import take_in_villages
from qingxi_office.villages.models import StateChange, VillageRecord

DAY = date(2026, 11, 20)


@pytest.fixture
def published(hamlet, cast):
    """The example county's books with a bulletin written of them, and a problem that stands on bills, visits and packets."""
    station = FacilityRecord.objects.select_related("place").order_by("key").first()
    visit = VisitRow.objects.filter(facility=station).first() or VisitRow.objects.create(
        key=f"{station.key}/v", facility=station, visited_at=clock.now(), by_name="周", by_role="village"
    )
    bill = BillRow.objects.filter(facility=station).first() or BillRow.objects.create(
        key=f"{station.key}/b", facility=station, account="1", month=DAY.replace(day=1), kwh=3
    )
    heard = datetime(2026, 11, 18, 4, tzinfo=UTC)
    device = Device.objects.filter(facility=station).first() or Device.objects.create(mn="MN1", facility=station)
    Device.objects.filter(pk=device.pk).update(last_heard_at=heard)
    packet_in_store(device.mn, int(heard.timestamp()))
    refs = [f"facility:{station.key}", f"visit:{visit.key}", f"bill:{bill.key}", f"device:{station.key}"]
    finding = FindingRecord.objects.create(
        key=f"{station.key}/test/1", facility=station, rule="test", rule_name="试", version="1", confidence="一般",
        statement="x", evidence=[], overturn="x", found_on=DAY, period_from=DAY, period_to=DAY, because=refs,
    )  # fmt: skip
    IssueRecord.objects.create(
        key="WT-1", title="风机停转", klass="一般", place=station.place, facility=station, finding=finding, state="交办",
        rectifier=cast.units["溪口镇人民政府"], found_on=DAY, assigned_on=DAY, due_on=DAY, source="系统发现",
        because=[f"finding:{finding.key}"],
    )  # fmt: skip
    return actions.draft(by=cast.chenjing, as_of=DAY)


def packet_in_store(mn: str, at_s: int) -> None:
    from qingxi.store import HotStore
    from qingxi_office.readings.lines import store

    HotStore(store()).close()
    import sqlite3

    with sqlite3.connect(store()) as db:
        db.execute(
            "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
            " VALUES (?, '2051', ?, 1, 'min10', '{}', ?, '', '', 2017, '', '1:0')",
            (mn, at_s, at_s * 1000),
        )


def test_everything_stands(published):
    report = check()
    assert report.faults == []
    assert report.looked["figure"] >= 3
    assert report.looked["again"] >= 3
    assert report.looked["printed"] > 20
    assert report.looked["reference"] > 10


def test_one_leaf_less_is_found_in_every_figure(published):
    for row in FigureRecord.objects.all():
        assert figure_faults(row) == []
        for lists in ("numerator_list", "denominator_list", "because"):
            for at in range(min(3, len(getattr(row, lists)))):
                bad = FigureRecord.objects.get(pk=row.pk)
                getattr(bad, lists).pop(at)
                assert figure_faults(bad), (row.key, lists, at)


def test_a_silent_change_and_a_lost_record_are_found(published):
    # Past every action, and past the trail.
    StateChange.objects.all().delete()
    for village in VillageRecord.objects.all():
        new = "未完成" if village.state == "已治理" else "已治理"
        VillageRecord.objects.filter(pk=village.pk).update(state=new, state_on=DAY.replace(day=1))
    said = "\n".join(check().faults)
    assert "留痕里没有" in said
    FindingRecord.objects.filter(rule="test").update(because=["visit:没有这回事"])
    assert "出处 visit:没有这回事 找不到" in "\n".join(check().faults)
    FindingRecord.objects.filter(rule="test").update(because=["dream:1"])
    assert "没有往回走的路" in "\n".join(check().faults)


def test_a_table_taken_in_accounts_for_its_own_villages_only(published, cast):
    """And every figure is held by its version, not only the last one of its definition and place."""
    compute(by=cast.chenjing, as_of=DAY.replace(day=10))  # an earlier day, counted later
    figure = FigureRecord.objects.filter(definition="treatment_rate_village", place__level="county").first()
    [code] = [x["ref"].removeprefix("village:") for x in figure.denominator_list]
    listed = VillageRecord.objects.select_related("place").get(place__code=code)
    other = VillageRecord.objects.exclude(pk=listed.pk).order_by("pk").first()

    def table(village, doc):
        turned = "未完成" if village.state == "已治理" else "已治理"
        row = {"place_id": village.place_id, "state": turned, "state_on": DAY.replace(day=1), "state_doc": doc, "because": []}  # fmt: skip
        take_in_villages([row], by=cast.chenjing, on=DAY.replace(day=1))
        village.state = turned

    table(other, "")
    StateChange.objects.filter(village=listed).delete()
    silent = "未完成" if listed.state == "已治理" else "已治理"
    VillageRecord.objects.filter(pk=listed.pk).update(state=silent, state_on=DAY.replace(day=1))
    said = [x for x in check().faults if "留痕里没有" in x]
    assert said, "the table brought another village and accounts for no other"
    assert all(code in x for x in said)
    days = {re.search(r"/(\d{4}-\d\d-\d\d)", x)[1] for x in said}
    assert days == {"2026-11-10", "2026-11-20"}, "the earlier figure is held too"
    listed.state = silent
    table(listed, "认定文件")
    table(listed, "认定文件二")
    assert not [x for x in check().faults if "留痕里没有" in x], "a table that names the village accounts for it"


def test_a_forged_snapshot_or_figure_is_found(published):
    over = CallOverRecord.objects.get(pk=published.callover_id)
    FigureRecord.objects.filter(place__level="county").update(text="99.9%")
    said = "\n".join(check().faults)
    assert "印的是 99.9%" in said
    assert "账上的和快照里的不是一个样" in said
    CallOverRecord.objects.filter(pk=over.pk).update(sha256="0" * 64)
    assert "快照与指纹对不上" in "\n".join(check().faults)
    BulletinRecord.objects.filter(pk=published.pk).update(sha256="0" * 64)
    assert "内容对不上" in "\n".join(check().faults)


def test_ten_figures_drawn_at_random_are_clicked_back_to_their_ground(published):
    """Only links of pages are followed, as a person would, from the bulletin on."""
    client = Client()
    client.force_login(User.objects.get(username="chenjing"), backend="qingxi_office.people.backends.OfficeBackend")

    def links(address: str) -> list[str]:
        page = client.get(address)
        assert page.status_code == 200, address
        return [a.replace("&amp;", "&") for a in re.findall(r'href="([^"]+)"', page.content.decode())]

    begin = reverse("bulletin", args=[published.key])
    figures = sorted({a for a in links(begin) if "/figures/" in a and a.startswith("/bulletins/")})
    drawn = random.Random(20261120).sample(figures, min(10, len(figures)))
    assert len(drawn) == 10
    reached: set[str] = set()
    for figure in drawn:
        walks = [a for a in links(figure) if a.startswith("/walk/")]
        assert walks, figure
        layers = {a for a in links(walks[0]) if "kind=" in a}
        kinds = {re.search(r"kind=(\w+)", a)[1] for a in layers}
        ground = kinds & {"household", "visit", "bill", "packets", "village"}
        assert ground, (figure, kinds)
        for kind in ground:
            page = client.get(f"{walks[0]}?kind={kind}").content.decode()
            assert page.count("<tr") > 1, (figure, kind)
        reached |= kinds
    # The problem of the period is one of the printed figures: its ground is asked for by name.
    problem = next(a for a in figures if "issues.counts" in a and "%E6%96%B0" in a)
    walk = next(a for a in links(problem) if a.startswith("/walk/issue/"))
    kinds = {m[1] for a in links(walk) if (m := re.search(r"kind=(\w+)", a))}
    assert {"finding", "visit", "bill", "packets", "household"} <= kinds | reached
    assert {"visit", "bill", "packets"} <= kinds

"""Spot checks in the books: the seal, the blind entries, the kinds kept apart, and the rate that comes out."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from qingxi.sampling import (
    Design,
    Method,
    NoRate,
    draw_by,
    effective_checklist,
    list_digest,
    sealed_digest,
    seed_of,
)
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.models import Role, User
from qingxi_office.people.rights import Denied
from qingxi_office.published.models import Publication
from qingxi_office.samples import actions, law, queries
from qingxi_office.samples.estimates import result_of
from qingxi_office.samples.law import Refused
from qingxi_office.samples.models import Campaign, FrameRow, Team, Visit
from qingxi_office.trail.models import Entry as TrailEntry

DAY = date(2026, 11, 20)
ASKED = effective_checklist()
GOOD = {q.key: q.answers[0].value for q in ASKED.questions}
BAD = {**GOOD, "bypass": "yes"}


@pytest.fixture
def people(cast):
    """A supervisor who organises, and six who go: two inspectors a team, and one who never entered."""
    from qingxi_office.people import actions as people_actions
    from qingxi_office.trail.actions import Office

    rows = [("gaoyuan", "高远", Role.SUPERVISOR, cast.county, None, "市级督导")]
    rows += [(f"jc{i}", f"检查员{i}", Role.INSPECTOR, cast.county, None, "") for i in range(1, 6)]
    people_actions.cast_demo(rows, "qingxi-demo", by=Office("测试"))
    return {u.username: u for u in User.objects.select_related("unit", "scope")}


def rows(n=40):
    return [
        {
            "key": f"S{i:03d}", "name": f"第{i}站", "county": "甲县" if i % 4 else "乙县", "township": f"乡{i % 5}",
            "operator": "清源" if i % 2 else "绿洲", "design_m3_d": 10.0 + i, "lon": 103.0 + i / 100, "lat": 30.0,
            "reported": True, "excluded": "" if i != 39 else "停用待拆",
        }
        for i in range(n)
    ]  # fmt: skip


def frozen(cast, people, **asked):
    top = people["gaoyuan"]
    row = actions.create("抽查评估", "2026 年有效运行率抽查", cast.county, by=top, measured_by="省厅")
    actions.freeze_file(row, rows(), name="全省名单.xlsx", strata=["county"], cluster="township", by=top, **asked)
    return row


KEY = [""]  # what the organiser wrote down at the last promise


def sealed(cast, people):
    top, row = people["gaoyuan"], frozen(cast, people)
    actions.set_teams(row, [[people["jc1"], people["jc2"]], [people["jc3"], people["jc4"]]], by=top)
    design = Design(Method.STRATIFIED, take={"甲县": 9, "乙县": 3})
    KEY[0] = actions.commit(row, design, outside_name="福彩3D", outside_day=DAY, depart_on=DAY, back_on=DAY, by=top)
    actions.draw(row, "4 7 2", key=KEY[0], by=top)
    return row


def test_a_list_is_not_even_stored_before_departure(cast, people, monkeypatch):
    top, row = people["gaoyuan"], sealed(cast, people)
    assert (row.state, row.drawn_n) == ("drawn", 12)
    assert not Visit.objects.exists()
    # the commitment was published before, without list and without nonce
    said = Publication.objects.get(kind="sample", key=row.key)
    assert said.data["commitment"] == row.commitment
    key = KEY[0]
    assert (len(key), key in str(said.data), row.nonce) == (32, False, "")
    trail = " ".join(str(e.after) for e in TrailEntry.objects.all())
    drawn = draw_by(Design.read(row.design), law.population_of(row), seed_of(key, "4 7 2"))
    assert key not in trail
    assert not [c.id for c in drawn if c.id in trail]
    one, two = Team.objects.order_by("id")
    row.depart_on = DAY + timedelta(days=3)
    row.save()
    with pytest.raises(Refused, match="封存到出发日"):
        actions.open_list(row, key=KEY[0], team=one, by=top)
    row.depart_on = DAY
    row.save()
    n = actions.open_list(row, key=KEY[0], team=one, by=people["jc1"])
    assert n == 6
    assert Visit.objects.count() == 12
    # each team its own; the organiser what was opened; the examined county's officer nothing
    assert queries.visits(people["jc1"], row).count() == 6
    assert queries.visits(people["jc3"], row).count() == 0
    assert queries.visits(top, row).count() == 6
    assert queries.campaigns(people["chenjing"]).filter(pk=row.pk).exists()
    assert queries.visits(people["chenjing"], row).count() == 0
    with pytest.raises(Refused, match="已经打开"):
        actions.open_list(row, key=KEY[0], team=one, by=top)
    actions.open_list(row, key=KEY[0], team=two, by=top)
    assert queries.visits(top, row).count() == 12


def _all_that_is_written():
    """Every field of every row of the office's books, as text: what somebody with the database itself can read."""
    from django.apps import apps

    return "\n".join(str(row) for model in apps.get_models() for row in model.objects.values_list())


def test_whoever_reads_the_whole_database_cannot_make_the_list(cast, people):
    top, row = people["gaoyuan"], sealed(cast, people)
    key = KEY[0]
    books = _all_that_is_written()
    population, design = law.population_of(row), Design.read(row.design)
    drawn = draw_by(design, population, seed_of(key, "4 7 2"))
    assert key not in books
    assert seed_of(key, "4 7 2") not in books
    # the fingerprint is under the key: of a small list every possible one could be tried against a plain hash
    assert list_digest(drawn) not in books
    assert row.list_digest == sealed_digest(drawn, key)
    one = row.teams.order_by("id").first()
    for wrong in ("", "  ", key[:-1], key[:-1] + ("0" if key[-1] != "0" else "1")):
        with pytest.raises(Refused, match="密钥"):
            actions.open_list(row, team=one, by=top, key=wrong)
    assert not Visit.objects.exists()
    groups = " ".join(key[at : at + 4] for at in range(0, 32, 4)).upper()
    assert actions.open_list(row, team=one, by=people["jc1"], key=f" {groups} ") == 6
    row.refresh_from_db()
    assert row.nonce == key  # opened: the books may know it, and the reveal needs it
    assert {v.row.key for v in row.visits.select_related("row")} == {c.id for c in drawn}
    actions.open_list(row, team=row.teams.order_by("id").last(), by=top)


def test_nothing_is_drawn_with_another_key(cast, people):
    top, row = people["gaoyuan"], frozen(cast, people)
    key = actions.commit(
        row, Design(Method.SIMPLE, n=3), outside_name="福彩3D", outside_day=DAY, depart_on=DAY, back_on=DAY, by=top
    )
    for wrong in ("", "0" * 32):
        with pytest.raises(Refused, match="密钥"):
            actions.draw(row, "4 7 2", by=top, key=wrong)
    row.refresh_from_db()
    assert row.state == "committed"
    actions.draw(row, "4 7 2", by=top, key=key)


def test_a_check_promised_before_keys_goes_on_as_it_was(cast, people):
    top, row = people["gaoyuan"], sealed(cast, people)
    drawn = draw_by(Design.read(row.design), law.population_of(row), seed_of(KEY[0], "4 7 2"))
    Campaign.objects.filter(pk=row.pk).update(nonce=KEY[0], list_digest=list_digest(drawn))
    assert actions.open_list(row, team=row.teams.first(), by=top) == 6


def test_the_examined_do_not_steer(cast, people):
    row = frozen(cast, people)
    for who in ("chenjing", "jc1", "luomei"):
        with pytest.raises(Denied):
            actions.set_teams(row, [[people["jc1"], people["jc2"]]], by=people[who])
    with pytest.raises(Denied, match="组织"):
        actions.cancel(row, "不想查", by=people["chenjing"])
    assert not queries.campaigns(people["luomei"]).exists()
    assert not queries.campaigns(people["zhaoyong"]).exists()


def test_a_list_that_was_touched_cannot_be_opened_nor_drawn(cast, people):
    row = sealed(cast, people)
    FrameRow.objects.filter(campaign=row, key="S001").update(excluded="报废")
    with pytest.raises(Refused, match="指纹"):
        actions.open_list(row, key=KEY[0], team=row.teams.first(), by=people["gaoyuan"])


def test_the_promise_is_before_the_number(cast, people, settings):
    top, row = people["gaoyuan"], frozen(cast, people)
    design = Design(Method.SIMPLE, n=10)
    days = {"depart_on": DAY + timedelta(days=9), "back_on": DAY + timedelta(days=12)}
    with pytest.raises(Refused) as told:
        actions.commit(row, design, outside_name=" ", outside_day=DAY - timedelta(days=1), **days, by=top)
    assert len(told.value.reasons) == 2
    row.refresh_from_db()
    KEY[0] = actions.commit(
        row, design, outside_name="上证收盘", outside_day=DAY + timedelta(days=1), **days, by=top
    )
    with pytest.raises(Refused, match="才开出来"):
        actions.draw(row, "3921.55", key=KEY[0], by=top)
    with pytest.raises(Refused, match="要在“拟定、名单已冻结”时"):
        actions.freeze_file(row, rows(8), name="换一份", strata=[], cluster="", by=top)


def visit_all(row, people, outcome):
    for team, (a, b) in zip(row.teams.order_by("id"), (("jc1", "jc2"), ("jc3", "jc4")), strict=True):
        actions.open_list(row, key=KEY[0], team=team, by=people["gaoyuan"])
        for v in Visit.objects.filter(team=team).select_related("row", "campaign", "team"):
            for who in (a, b):
                actions.enter(v, outcome(v), visited_on=DAY, by=people[who])


def test_from_two_blind_entries_to_the_rate(cast, people):
    top, row = people["gaoyuan"], sealed(cast, people)
    bad = set()

    def outcome(v):
        if v.parts == ["甲县"] and len(bad) < 3:
            bad.add(v.pk)
        return BAD if v.pk in bad else GOOD

    visit_all(row, people, outcome)
    actions.close(row, by=top)
    row.refresh_from_db()
    # 39 in use: 甲县 30, 乙县 9 (i % 4 == 0, less none; S039 is out of 甲县 → 29)
    sizes = law.population_of(row).strata
    # 6 of 9 in 甲县, 3 of 3 in 乙县: p = (29·6/9 + 10)/39
    want = (sizes["甲县"] * 6 / 9 + sizes["乙县"]) / 39
    assert row.share == pytest.approx(want)
    assert row.low < row.share < row.high
    assert (row.hits, row.visited, row.result["meets"]) == (9, 12, want >= 0.8)
    assert row.result["agreement"]["same"] == 12
    assert queries.latest_estimate(cast.county) == row
    assert sum(ok for _, _, ok in queries.sampled(row)) == 9
    # the examined county reads the list now
    assert queries.visits(people["chenjing"], row).count() == 12
    actions.publish(row, by=top)
    said = Publication.objects.get(kind="sample", key=row.key, superseded_at=None).data
    assert said["reveal"]["nonce"] == row.nonce
    assert len(said["reveal"]["drawn"]) == 12
    assert "proven" not in str(said)  # no second verdict in public


def test_two_who_differ_need_a_third(cast, people):
    row = sealed(cast, people)
    team = row.teams.order_by("id").first()
    actions.open_list(row, key=KEY[0], team=team, by=people["gaoyuan"])
    visit = Visit.objects.filter(team=team).select_related("campaign", "team", "row").first()
    with pytest.raises(Denied, match="只有组员"):
        actions.enter(visit, GOOD, visited_on=DAY, by=people["jc3"])
    with pytest.raises(Refused) as told:
        actions.enter(visit, {"power": "on"}, visited_on=DAY + timedelta(days=1), by=people["jc1"])
    assert len(told.value.reasons) == len(ASKED.questions) - 1 + 1  # every question left out, and the day
    actions.enter(visit, GOOD, visited_on=DAY, by=people["jc1"])
    actions.enter(visit, GOOD, visited_on=DAY, by=people["jc1"], note="补")  # one's own, again
    visit.refresh_from_db()
    assert visit.state == "one"
    # the trail does not tell the second what the first saw
    assert "bypass" not in " ".join(str(e.after) for e in TrailEntry.objects.filter(action="sample.entered"))
    assert actions.enter(visit, BAD, visited_on=DAY, by=people["jc2"]).state == "differs"
    with pytest.raises(Denied, match="第三个人"):
        actions.adjudicate(visit, BAD, "看照片", by=people["jc1"])
    with pytest.raises(Refused, match="写明凭什么"):
        actions.adjudicate(visit, BAD, "", by=people["gaoyuan"])
    with pytest.raises(Refused, match="等第三人定"):
        actions.close(row, by=people["gaoyuan"])
    decided = actions.adjudicate(visit, BAD, "照片 3 可见直排", by=people["gaoyuan"])
    assert (decided.state, decided.effective) == ("settled", False)


def test_what_was_not_visited_is_counted_and_not_replaced(cast, people):
    top, row = people["gaoyuan"], sealed(cast, people)
    visit_all(row, people, lambda v: {**GOOD, "access": "no"} if v.row.key == first(row) else GOOD)
    actions.close(row, by=top)
    assert row.result["cannot"] == 1
    assert row.result["worst"] < row.result["best"] == row.share == 1
    assert row.visited == 11


def first(row):
    return Visit.objects.filter(campaign=row).order_by("row__key").first().row.key


# --- the other two kinds ------------------------------------------------------------------------------------------------


def test_a_targeted_check_never_gives_a_rate(cast, people):
    officer = people["chenjing"]
    with pytest.raises(Refused, match="为什么查"):
        actions.create("专项检查", "雨后暗访", cast.county, by=officer)
    row = actions.create("专项检查", "雨后暗访", cast.county, by=officer, reason="群众反映多")
    one = FacilityRecord.objects.get(key="QX-001")
    actions.set_teams(row, [[people["jc1"], people["jc2"]]], by=officer)
    actions.choose(row, {one.pk: "直排"}, depart_on=DAY, back_on=DAY, by=officer)
    actions.open_list(row, key=KEY[0], team=row.teams.get(), by=officer)
    visit = row.visits.select_related("campaign", "team", "row").get()
    assert actions.enter(visit, BAD, visited_on=DAY, by=people["jc1"]).state == "settled"
    actions.close(row, by=officer)
    assert (row.state, row.share, queries.latest_estimate(cast.county)) == ("done", None, None)
    with pytest.raises(NoRate):
        result_of(row)
    with pytest.raises(Refused, match="不公布率"):
        actions.publish(row, by=officer)
    for field in ({"share": 0.5}, {"low": 0.1}, {"hits": 3}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Campaign.objects.filter(pk=row.pk).update(**field)


def test_a_draw_without_a_promise_is_refused_by_the_database(cast, people):
    row = frozen(cast, people)
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=row.pk).update(drawn_at=row.made_at)


def test_double_random_draws_firms_and_licensed_officers(cast, people):
    officer, bureau = people["chenjing"], cast.units["天河坝县生态环境局"]
    with pytest.raises(Refused, match="涉企检查计划"):
        actions.create("双随机", "运维企业检查", cast.county, by=officer)
    plan = actions.keep_plan(
        2026, "运维企业", "合同履行和达标", "县司法局备〔2026〕3号", DAY, cast.county, by=officer
    )
    for i in range(4):
        actions.keep_officer(f"执法{i}", bureau, f"川{i}", date(2027, 1, 1), cast.county, by=officer)
    with pytest.raises(Refused, match="运维企业的人"):
        actions.keep_officer("甲", cast.units["清源运维公司"], "川9", date(2027, 1, 1), cast.county, by=officer)
    row = actions.create("双随机", "运维企业检查", cast.county, by=officer, plan=plan)
    with pytest.raises(Refused, match="不是涉企检查对象"):
        actions.freeze_enterprises(row, [cast.units["溪口镇人民政府"]], by=officer)
    actions.freeze_enterprises(row, [cast.units["清源运维公司"]], by=officer)
    design = Design(Method.SIMPLE, n=1)
    KEY[0] = actions.commit(
        row, design, outside_name="福彩3D", outside_day=DAY, depart_on=DAY, back_on=DAY, by=officer
    )
    actions.draw(row, "472", key=KEY[0], by=officer)
    assert actions.open_list(row, key=KEY[0], by=officer) == 1
    team = row.teams.get()
    names = {m.name for m in team.members.all()}
    assert len(names) == 2
    fresh = actions.recuse(team.members.first(), "曾在该公司任职", by=officer)
    assert fresh.name not in names
    visit = row.visits.select_related("campaign", "team", "row").get()
    with pytest.raises(Refused, match="检查结果"):
        actions.enter(visit, {}, visited_on=DAY, by=officer)
    actions.enter(visit, {}, visited_on=DAY, by=officer, note="未发现问题")
    actions.close(row, by=officer)
    actions.publish(row, by=officer)
    said = Publication.objects.get(kind="sample", key=row.key, superseded_at=None).data
    assert said["checked"][0]["result"] == "未发现问题"
    assert len(said["checked"][0]["officers"]) == 2
    assert "share" not in said


def test_the_register_leaves_out_by_name(cast, people):
    top = people["gaoyuan"]
    FacilityRecord.objects.filter(key="QX-002").update(status="joined")
    row = actions.create("抽查评估", "x", cast.county, by=top)
    actions.freeze_register(row, strata=["township", "operator"], by=top)
    assert (row.population, row.left_out) == (1, {"已并网": 1})
    assert row.frame.get(key="QX-001").stratum == "溪口镇 · 清源运维公司"
    sized = actions.size_it(row, margin=0.05, share=0.8, design_effect=1, wanted=None, by=top)
    assert sized["taken"] == 1
    with pytest.raises(Refused, match="要抽 5 座"):
        actions.size_it(row, margin=0.05, share=0.8, design_effect=1, wanted=5, by=top)


def test_teams_do_not_visit_their_own(cast, people):
    officer = people["chenjing"]
    row = actions.create("专项检查", "x", cast.county, by=officer, reason="y")
    actions.set_teams(row, [[people["luomei"], people["jc1"]], [people["jc2"], people["jc3"]]], by=officer)
    pks = list(FacilityRecord.objects.values_list("pk", flat=True))
    actions.choose(row, dict.fromkeys(pks, ""), depart_on=DAY, back_on=DAY, by=officer)
    for team in row.teams.all():
        actions.open_list(row, key=KEY[0], team=team, by=officer)
    own = Visit.objects.get(row__key="QX-001")  # 罗梅's township
    assert own.team.name == "第 2 组"
    with pytest.raises(Refused, match="要在“拟定"):
        actions.set_teams(row, [[people["jc2"], people["jc3"]]], by=officer)
    other = actions.create("专项检查", "z", cast.county, by=officer, reason="y")
    with pytest.raises(Refused, match="两个组里"):
        actions.set_teams(other, [[people["jc2"], people["jc3"]], [people["jc2"]]], by=officer)

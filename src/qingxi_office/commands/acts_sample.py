"""The act of spot-checking: a small random sample under seal, two blind entries a station, and the rate that comes out."""

from typing import Any

from qingxi_office.commands.story import Broken, Story

_TAKES = 30
# What the findings of the story would look like to whoever stands at the station.
_SEEN = {
    "idle": {"inflow": "never"}, "starved": {"inflow": "never"}, "stopped": {"power": "off", "equipment": "broken"},
    "blower": {"equipment": "broken"}, "fake": {"equipment": "broken"}, "overflow": {"bypass": "yes"},
}  # fmt: skip


def spot_check(story: Story) -> str:
    """The city's supervisor freezes, promises, draws, sends two teams, decides where two entries differ, and publishes."""
    from qingxi.sampling import Design, Method, allocate
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.people.models import User
    from qingxi_office.samples import actions
    from qingxi_office.samples.law import population_of
    from qingxi_office.samples.models import Visit

    people = {u.username: u for u in User.objects.select_related("unit", "scope")}
    top, day = people["dudao"], story.day()
    county = top.scope
    if county is None:
        raise Broken("上级督导没有辖区")
    in_use = FacilityRecord.objects.filter(place__path__startswith=county.path, status="in_use").count()
    clerks = list(story.cast.clerks.values())[:2]
    if in_use < 2 * _TAKES or len(clerks) < 2:  # a hamlet
        return f"在用的站只有 {in_use} 座,逐座看就行,不抽样"
    row = actions.create(
        "抽查评估",
        f"{county.name}{day.year} 年有效运行率抽查（演示）",
        county,
        by=top,
        measured_by="市级督导组（演示）",
    )
    actions.freeze_register(row, strata=["operator"], by=top)
    actions.size_it(row, margin=0.1, share=0.8, design_effect=1, wanted=_TAKES, by=top)
    actions.set_teams(row, [[people["xuncha"], top], clerks], by=top)
    take = allocate(_TAKES, population_of(row).strata)
    key = actions.commit(
        row, Design(Method.STRATIFIED, take=take), outside_name="福彩 3D 开奖号（演示）", outside_day=day, depart_on=day,
        back_on=day, by=top,
    )  # fmt: skip
    actions.draw(row, "4 7 2", key=key, by=top)
    for team in row.teams.all():
        actions.open_list(row, team=team, key=key, by=top)
    differ = _enter(row, {1: (people["xuncha"], top), 2: tuple(clerks)}, day)
    decided = Visit.objects.filter(campaign=row, state=Visit.State.DIFFERS).select_related(
        "campaign", "row", "team"
    )
    for visit in decided:
        actions.adjudicate(visit, visit.entries.all()[0].answers, "看现场照片，以第一份为准", by=top)
    actions.close(row, by=top)
    actions.publish(row, by=top)
    story.facts["spot_check"] = {
        "key": row.key, "share": row.share, "printed": row.printed, "n": row.visited, "population": row.population,
    }  # fmt: skip
    low, high = (row.low or 0.0) * 100, (row.high or 0.0) * 100
    return (
        f"总体 {row.population} 座抽 {row.drawn_n} 座,有效运行率 {row.printed}(查成 {row.hits}/{row.visited},区间 {low:.1f}–{high:.1f}),"
        f"两份不同 {differ} 座由第三人定"
    )


def _enter(row: Any, teams: dict[int, tuple[Any, ...]], day: Any) -> int:
    """Both of a team enter every station of their list; the second of the clerks once reads an answer otherwise."""
    from qingxi.sampling import effective_checklist
    from qingxi_office.findings.models import FindingRecord
    from qingxi_office.samples import actions
    from qingxi_office.samples.models import Visit

    good = {q.key: q.answers[0].value for q in effective_checklist().questions}
    wrong: dict[int, str] = {}
    found = FindingRecord.objects.filter(is_current=True).exclude(state=FindingRecord.State.REJECTED)
    for facility, rule in found.order_by("key").values_list("facility_id", "rule"):
        wrong.setdefault(facility, rule)
    differ = 0
    visits = Visit.objects.filter(campaign=row).select_related("row", "campaign", "team").order_by("row__key")
    for visit in visits:
        first, second = teams[int(visit.team.name.split()[1])]
        rule = wrong.get(visit.row.facility_id or 0, "")
        seen = {**good, **next((v for k, v in _SEEN.items() if k in rule), {})}
        actions.enter(visit, seen, visited_on=day, by=first)
        other = seen
        if not differ and second in teams[2]:
            other, differ = {**seen, "book": "none"}, 1
        actions.enter(visit, other, visited_on=day, by=second)
    return differ

"""What a bulletin may say, in which order, and what it must leave to people."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from qingxi.bulletin import (
    BLANK,
    Card,
    County,
    Period,
    Praise,
    TownshipRow,
    decide,
    draft,
    matters,
    month,
    propose_cards,
    propose_praise,
    rank,
)
from qingxi.indicator import Records, State, ThreeBasics, VillageStanding, definitions, rate
from qingxi.issue import Issue, IssueClass, Level, Party, Role
from qingxi.origin import Ref
from qingxi.place import VillageKind

# Three townships of four villages each: 4, 2 and 2 of 4 treated; one village was lost in November.
DEFINITION = definitions()["treatment_rate_village"]
NOVEMBER = month(2026, 11)
TOWNS = {"999901100": "溪口镇", "999901101": "岚坪镇", "999901102": "红石镇"}
DONE = {"999901100": 4, "999901101": 2, "999901102": 2}
COUNTY = County("天河坝县", "天河坝县领导小组办公室", ("各乡镇人民政府",))


def villages(code):
    return tuple(
        VillageStanding(
            f"{code}{200 + i}",
            f"{TOWNS[code]}{i}村",
            TOWNS[code],
            VillageKind.VILLAGE,
            State.TREATED if i < DONE[code] else State.OPEN,
            township_code=code,
            recognised_on=date(2024, 1, 1) if i < DONE[code] else None,
            basics=ThreeBasics(True, True, True) if i == 0 else ThreeBasics(),
        )
        for i in range(4)
    )


ALL = tuple(v for code in TOWNS for v in villages(code))
LOST = (
    *(
        replace(v, lost_on=date(2026, 11, 5), lost_reason="返黑返臭") if v.code == "999901102201" else v
        for v in ALL
    ),
)


def figure(place="999901", on=NOVEMBER.end, rows=LOST):
    return rate(DEFINITION, Records(place, tuple(v for v in rows if v.code.startswith(place))), on)


def issue(number, place, due, unit="溪口镇人民政府", level=Level.TOWNSHIP, assigned=date(2026, 9, 1)):
    parties = {Role.RECTIFIER: Party(unit, level)}
    return Issue(f"WT-{number}", f"问题{number}", IssueClass.ORDINARY, Level.COUNTY, parties, place, assigned, due)


ISSUES = (
    issue(1, "999901100200", date(2026, 11, 1)),
    issue(2, "999901100200", date(2026, 10, 1)),
    issue(3, "999901101200", date(2026, 12, 15), "岚坪镇人民政府", assigned=date(2026, 11, 3)),
    issue(4, "999901101200", date(2026, 11, 2), "县财政局", Level.COUNTY),
)


def made(**more):
    said = {
        "previous": figure(on=date(2026, 10, 31)),
        "townships": [(code, name, figure(code)) for code, name in TOWNS.items()],
        "issues": ISSUES,
    }
    return draft(COUNTY, NOVEMBER, figure(), **{**said, **more})


def text(bulletin):
    parts = [bulletin.title, *bulletin.addressees]
    for section in bulletin.sections:
        parts += [section.heading, *section.paragraphs]
        for table in section.tables:
            parts += [table.caption, table.note, *(cell for row in (table.header, *table.rows) for cell in row)]
    return "\n".join(parts)


def test_a_month_ends_with_its_last_day():
    assert (NOVEMBER.start, NOVEMBER.end) == (date(2026, 11, 1), date(2026, 11, 30))
    assert month(2026, 12).end == date(2026, 12, 31)
    assert month(2028, 2).end == date(2028, 2, 29)


def test_every_figure_stands_with_its_denominator_and_date():
    said = text(made())
    # 4 + 2 + 2 treated, one lost: 7 of 12 = 58.3 %
    assert "58.3%" in said
    assert "7/12" in said
    assert "2026年11月30日" in said
    assert "已治理与已管控分列" in said


def test_gains_and_losses_are_named_apart():
    assert "新增 0 个，退出 1 个（红石镇1村）" in text(made())


def test_ranking_shares_places_and_skips_the_next():
    # 4/4, 2/4, 1/4 -> 1, 2, 3; with 2/4 twice -> 1, 2, 2
    rows = [TownshipRow(code, name, figure(code, rows=ALL)) for code, name in TOWNS.items()]
    assert [r.place_number for r in rank(rows)] == [1, 2, 2]
    rows.append(TownshipRow("999901103", "双河镇", figure("999901103")))
    assert [r.place_number for r in rank(rows)] == [1, 2, 2, 0]
    assert rank(rows)[-1].note


def test_the_total_of_the_table_equals_the_figure():
    table = next(s for s in made().sections if s.heading == "各乡镇情况").tables[0]
    assert table.rows[-1][2] == "7/12"


def test_cards_are_proposed_and_not_printed_until_somebody_decides():
    bulletin = made()
    assert {(p.name, p.card) for p in bulletin.undecided} == {("溪口镇", Card.YELLOW), ("红石镇", Card.YELLOW)}
    assert "黄牌" not in text(bulletin)
    assert any("待负责人决定" in t for t in bulletin.todo)
    proposal = bulletin.undecided[0]
    decision = decide(proposal, Card.YELLOW, officer="何", on=date(2026, 12, 1))
    printed = made(decisions=[decision])
    assert f"黄牌：{proposal.name}" in text(printed)
    assert proposal.place not in {p.place for p in printed.undecided}


def test_a_card_needs_a_name_and_a_departure_needs_a_reason():
    proposal = made().undecided[0]
    with pytest.raises(ValueError, match="具名"):
        decide(proposal, Card.YELLOW, officer=" ", on=NOVEMBER.end)
    with pytest.raises(ValueError, match="理由"):
        decide(proposal, Card.NONE, officer="何", on=NOVEMBER.end)
    assert "红黄牌" not in text(
        made(decisions=[decide(proposal, Card.NONE, officer="何", on=NOVEMBER.end, reason="已约谈")])
    )


def test_four_overdue_are_red():
    refs = tuple(Ref("issue", str(i)) for i in range(4))
    row = TownshipRow("999901100", "溪口镇", figure("999901100"), overdue=refs)
    assert propose_cards([row])[0].card is Card.RED
    assert propose_cards([replace(row, overdue=refs[:3])])[0].card is Card.YELLOW
    assert propose_cards([replace(row, overdue=refs[:1])]) == ()


def test_a_department_of_equal_rank_gets_a_letter_and_is_not_named():
    bulletin = made()
    assert "县财政局" not in text(bulletin)
    assert [(x.unit, len(x.matters)) for x in bulletin.letters] == [("县财政局", 1)]


def test_overdue_problems_are_listed_oldest_first():
    table = next(s for s in made().sections if s.tables and "逾期" in s.tables[0].caption).tables[0]
    assert [row[0] for row in table.rows] == ["WT-2", "WT-1"]


def test_matters_of_a_period():
    found = matters(ISSUES, NOVEMBER)
    assert [i.id for i in found.opened] == ["WT-3"]
    assert len(found.open) == 4
    assert len(found.overdue) == 3
    assert len(matters(ISSUES, Period("八月", date(2026, 8, 1), date(2026, 8, 31))).open) == 0


def test_praise_needs_three_basics_seen_and_no_open_problem():
    named = propose_praise(LOST, [i.place for i in ISSUES])
    # 溪口镇0村 has open problems, 岚坪镇0村 too; 红石镇0村 remains
    assert [v.name for v in named] == ["红石镇0村"]
    praise = Praise(named[0].ref, named[0].name, "三基本都达到", "何")
    assert "红石镇0村：三基本都达到" in text(made(praised=[praise]))


def test_number_and_signer_are_left_blank():
    bulletin = made()
    assert (bulletin.number, bulletin.signer) == (BLANK, BLANK)
    assert any("文号" in t for t in bulletin.todo)


def test_the_walk_starts_from_every_figure_and_problem():
    kinds = {ref.kind for ref in made().because}
    assert kinds == {"figure", "issue"}
    assert {i.ref for i in ISSUES} <= set(made().because)


def test_a_county_without_townships_or_problems_still_gets_its_draft():
    bulletin = draft(COUNTY, NOVEMBER, figure())
    assert "58.3%" in text(bulletin)
    assert bulletin.as_json()["sections"]


def test_the_same_input_gives_the_same_draft():
    assert made().as_json() == made().as_json()


def test_a_period_runs_forwards():
    with pytest.raises(ValueError, match="before"):
        Period("x", NOVEMBER.end, NOVEMBER.end - timedelta(days=1))

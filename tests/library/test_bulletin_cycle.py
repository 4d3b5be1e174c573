"""The call-over cycle in the library: frozen bytes, bound figures, the slow list, cards that nobody shows alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from qingxi.bulletin import (
    SHOWN,
    CallOver,
    Card,
    CardCase,
    CardState,
    County,
    Held,
    Leaf,
    Paper,
    Planned,
    Praise,
    Problem,
    Shape,
    answer,
    appeal,
    compose,
    faults,
    hear,
    month,
    notice,
    opened,
    paper_for,
    read_call_over,
    reword,
    settle,
    slow_list,
    week,
)
from qingxi.bulletin.opened import WITHHELD
from qingxi.issue import Level
from qingxi.origin import Ref
from qingxi.report.pictures import picture_svg

DAY = date(2026, 11, 30)
TOWNS = {"999901100": ("溪口镇", 3, 4), "999901101": ("岚坪镇", 1, 4)}  # treated, of


def held(place: str, hits: int, of: int, on: date = DAY) -> Held:
    """A rate of ``hits`` of ``of`` villages of a place, printed with one decimal."""
    leaves = tuple(Leaf(Ref("village", f"{place}2{n:02d}"), f"{n}村", "") for n in range(of))
    text = f"{round(hits * 1000 / of) / 10:.1f}%"
    return Held(f"rate@1/{place}/{on}", "rate", "1", "治理率", "已治理 ÷ 全部", "行政村", 1, "为假定", place, on, text, leaves[:hits], leaves, (),
                {"已治理": hits, "已管控": 0, "未完成": of - hits})  # fmt: skip


def whole() -> Held:
    """4 of 8 villages, of both towns: 50.0 %."""
    parts = [held(code, hits, of) for code, (_n, hits, of) in TOWNS.items()]
    return replace(
        parts[0],
        key="rate@1/999901/2026-11-30",
        place="999901",
        printed="50.0%",
        numerator=parts[0].numerator + parts[1].numerator,
        denominator=parts[0].denominator + parts[1].denominator,
        states={"已治理": 4, "已管控": 0, "未完成": 4},
    )


def problem(
    n: int, unit: str = "溪口镇人民政府", paper: Paper = Paper.BULLETIN, due: date = date(2026, 11, 1)
) -> Problem:
    return Problem(f"WT-{n}", f"问题{n}", "999901100200", unit, paper, "整改中", date(2026, 10, 1), due)


def over(**more) -> CallOver:
    said = {
        "townships": tuple((c, n, held(c, h, of)) for c, (n, h, of) in TOWNS.items()),
        "problems": (problem(1), problem(2), problem(3, "县财政局", Paper.LETTER), problem(4, "清源公司", Paper.NOTICE)),
        "planned": (Planned(Ref("project", "XM-1"), "红岩站", "999901101200", DAY - timedelta(days=40), "施工", False),),
        "target": 0.75,
        "shapes": (Shape("999901100", "溪口镇", (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),)),),
        "books": "12@abc",
    }  # fmt: skip
    return CallOver(
        County("天河坝县", "县领导小组办公室", ("各乡镇人民政府",)), month(2026, 11), whole(), **{**said, **more}
    )


def test_a_call_over_is_read_back_to_the_letter():
    made = over(previous=replace(held("999901", 4, 8), as_of=date(2026, 10, 31)))
    again = read_call_over(made.as_bytes())
    assert again == made
    assert again.sha256 == made.sha256
    assert compose(again).as_bytes() == compose(made).as_bytes()
    with pytest.raises(ValueError, match="格式"):
        read_call_over(b'{"form":9}')


def test_every_printed_figure_is_given_by_its_records_and_by_no_fewer():
    made = compose(over())
    assert faults(made) == []
    assert len(made.slots) > 25
    # Dropping one leaf of any list is found ...
    for number, figure in enumerate(made.figures):
        for lists in ("numerator", "denominator"):
            if getattr(figure, lists):
                short = replace(figure, **{lists: getattr(figure, lists)[1:]})
                bad = replace(made, figures=(*made.figures[:number], short, *made.figures[number + 1 :]))
                assert faults(bad), (figure.key, lists)
    # ... and so is dropping one record under a count.
    for section in made.sections:
        for paragraph in section.said:
            for sentence in paragraph:
                for slot in sentence.slots:
                    if slot.how == "count" and slot.refs:
                        parts = tuple(replace(p, refs=p.refs[1:]) if p is slot else p for p in sentence.parts)
                        bad = replace(
                            made,
                            sections=(replace(section, said=((replace(sentence, parts=parts),),), tables=()),),
                        )
                        assert faults(bad), slot.name


def test_words_are_the_officers_and_figures_the_records():
    made = compose(over())
    sentence = next(s for s in made.sentences if s.key == "overall.rate")
    good, wrong = reword(
        sentence, "治理率为【50.0%】，全县【8·分母】个村里【4·分子】个治好了，请12月15日前补报。", made.slots
    )
    assert wrong == []
    again = compose(over(), reworded={"overall.rate": good})
    assert again.sections[0].paragraphs[0].startswith("治理率为50.0%，全县8个村里4个治好了")
    assert faults(again) == []
    # The same words around other figures: 5 of 8.
    more = replace(
        over(),
        main=replace(
            whole(),
            printed="62.5%",
            numerator=(*whole().numerator, whole().denominator[-1]),
            states={"已治理": 5, "已管控": 0, "未完成": 3},
        ),
    )
    assert (
        compose(more, reworded={"overall.rate": good})
        .sections[0]
        .paragraphs[0]
        .startswith("治理率为62.5%，全县8个村里5个")
    )
    for typed, code in (
        ("治理率为【75.0%】", "figure-typed-over"),
        ("治理率为75.0%", "unbound-number"),
        ("治理率为【75.0%·治理率】", "figure-typed-over"),
        ("治理率为７５％", "unbound-number"),
        ("治理率达到百分之七十五", "unbound-number"),
        ("比上月多 3 个村", "unbound-number"),
    ):
        assert [f.code for f in reword(sentence, typed, made.slots)[1]] == [code], typed


def test_a_sentence_can_be_left_out_or_put_in():
    made = compose(over(), reworded={"overall.apart": ""}, added={"overall.rate": "请各乡镇对照整改。"})
    assert made.sections[0].paragraphs[0].endswith("请各乡镇对照整改。")
    assert "分列" not in made.sections[0].paragraphs[0]


def test_criticism_goes_down_and_never_sideways():
    assert paper_for(Level.TOWNSHIP) is Paper.BULLETIN
    assert paper_for(Level.COUNTY, "部门") is Paper.LETTER
    assert paper_for(Level.VILLAGE, "运维单位") is Paper.NOTICE
    made = compose(over())
    assert [(x.unit, x.paper) for x in made.letters] == [("县财政局", Paper.LETTER), ("清源公司", Paper.NOTICE)]
    said = "".join(p for s in made.sections for p in s.paragraphs) + str(
        [t.rows for s in made.sections for t in s.tables]
    )
    assert "县财政局" not in said
    assert "清源公司" not in said
    assert made.must_reply == ("999901100", "999901101")  # overdue; slow


def test_the_slow_list_says_every_reason():
    slow = over().slow
    # 岚坪镇: a project 40 days late and 25 % against 75 %; 溪口镇: three overdue that are not a department's, at 75 %
    assert [(s.name, len(s.reasons)) for s in slow] == [("岚坪镇", 2), ("溪口镇", 1)]
    assert "还差 2 个村" in slow[0].reasons[1]  # three of four are wanted, one is there
    assert slow_list(over().rows, (), date(2026, 3, 1), 0.75)[0].name == "溪口镇"  # rates are not judged in March


def test_weeks_begin_on_monday():
    assert (week(date(2026, 11, 22)).start, week(date(2026, 11, 22)).end) == (
        date(2026, 11, 16),
        date(2026, 11, 22),
    )


def test_pictures_hatch_what_is_unknown():
    unknown = over(townships=(*over().townships, ("999901103", "双河镇", replace(held("999901103", 0, 1), numerator=(), denominator=(), printed="无法计算", states={}))))  # fmt: skip
    bars, drawn = (picture_svg(p) for s in compose(unknown).sections for p in s.pictures)
    assert bars.count('fill="url(#h)"') == 1
    assert "目标 75%" in bars
    assert "溪口镇" in drawn
    assert "北" in drawn


def test_praise_is_printed_under_its_decision():
    made = compose(over(), praised=[Praise(Ref("village", "999901100200"), "红岩村", "三基本都达到", "何")])
    assert "红岩村：三基本都达到。" in "".join(p for s in made.sections for p in s.paragraphs)


class Cards(RuleBasedStateMachine):
    """Any steps in any order by any people: nothing is shown that was not told, could not be answered, or nobody signed."""

    def __init__(self):
        super().__init__()
        self.case, self.day, self.told, self.heard = CardCase(), date(2026, 11, 2), None, False

    def attempt(self, deed):
        try:
            self.case = deed()
        except ValueError:
            return False
        return True

    @rule(days=st.integers(0, 6))
    def wait(self, days):
        self.day += timedelta(days=days)

    @rule()
    def tell(self):
        if self.attempt(lambda: notice(self.case, self.day)):
            self.told = self.day

    @rule(words=st.sampled_from(["", "无异议"]))
    def say(self, words):
        if self.attempt(lambda: answer(self.case, words)):
            self.heard = True

    @rule(
        card=st.sampled_from(list(Card)), who=st.sampled_from(["", "陈", "周"]), why=st.sampled_from(["", "已约谈"])
    )
    def decide(self, card, who, why):
        self.attempt(lambda: settle(self.case, card, officer=who, on=self.day, reason=why))

    @rule(words=st.sampled_from(["", "不公"]))
    def object(self, words):
        self.attempt(lambda: appeal(self.case, words, self.day))

    @rule(up=st.booleans(), who=st.sampled_from(["陈", "周"]))
    def judge(self, up, who):
        before = self.case
        if self.attempt(lambda: hear(self.case, up, officer=who, reason="核过")):
            assert who != before.decided_by
            assert before.state is CardState.APPEALED

    @invariant()
    def shown_only_by_law(self):
        if self.case.state in SHOWN:
            assert self.case.decided_by
            assert self.told is not None
            assert self.heard or self.case.decided_on > self.case.answer_by
            assert self.case.decided in (Card.RED, Card.YELLOW)


Cards.TestCase.settings = settings(
    max_examples=60, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCards = Cards.TestCase


def test_another_figure_of_the_bulletin_comes_in_by_its_name():
    made = compose(over())
    sentence = next(s for s in made.sentences if s.key == "overall.apart")
    template, wrong = reword(sentence, "其中溪口镇【75.0%·溪口镇治理率】。", made.slots)
    assert (template, wrong) == ("其中溪口镇{townships.999901100.治理率}。", [])


def test_what_everybody_may_read_names_nobody_and_gives_no_small_count_away():
    made = compose(over(), added={"overall.rate": "请致电 13912345678。"})
    everything = opened(made, small=lambda n: 0 < n < 5, clean=lambda said: said.replace("13912345678", "略"))
    text = str(everything)
    assert "13912345678" not in text
    assert "略" in text
    assert [s["heading"] for s in everything] == [s.heading for s in made.sections]
    assert made.figures[0].printed in text, "villages are counted openly"
    assert WITHHELD not in text
    # The same figures counted in households: the county's 58 of 79 is said until somewhere fewer than five stand apart.
    of_houses = replace(made, figures=tuple(replace(f, unit_counted="户") for f in made.figures))
    assert WITHHELD not in str(opened(of_houses, small=lambda n: False, clean=str))
    withheld = opened(of_houses, small=lambda n: 0 < n < 5, clean=str)
    rate = next(t for s in withheld for t in s["tables"] if "治理率" in t["header"])
    at = rate["header"].index("治理率")
    assert made.figures[0].printed not in str(withheld[0]["paragraphs"])
    assert {row[at] for row in rate["rows"]} == {WITHHELD}, "the whole column, sums too"
    open_ones = rate["header"].index("未结问题")
    assert WITHHELD not in {row[open_ones] for row in rate["rows"]}, "problems are counted by themselves and stay"

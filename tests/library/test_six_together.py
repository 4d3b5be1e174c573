"""The six 同步: what may stand in the checklist, what the books propose, and how a village sums up."""

from datetime import date

import pytest

from qingxi.indicator import SixAnswer, SixItem, SixState, Span, count_states, judge_six, line_of, propose_six
from qingxi.origin import Ref

TODAY = date(2026, 11, 22)
GOOD = SixAnswer(SixItem.ROAD, SixState.TOGETHER, date(2025, 5, 1), "县交发〔2025〕3号", said_by="村文书")


def span(kind, start, end=None):
    return Span(Ref(kind, "1"), kind, start, end)


def test_a_whole_answer_stands():
    assert judge_six(GOOD, TODAY) == []


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (SixAnswer(SixItem.ROAD, SixState.AFTER, None, "", said_by="甲"), ["six-day", "six-proof"]),
        (SixAnswer(SixItem.ROAD, SixState.BEFORE, date(2027, 1, 1), "", 1, said_by="甲"), ["six-future"]),
        (SixAnswer(SixItem.PLAN, SixState.TOGETHER, date(1999, 1, 1), "文", said_by="甲"), ["six-old"]),
        (SixAnswer(SixItem.RULES, SixState.NEVER), ["six-why", "six-who"]),
        (SixAnswer(SixItem.RULES, SixState.NOT_APPLICABLE, note="无村规", said_by="甲"), []),
    ],
)
def test_every_fault_at_once(answer, codes):
    assert [f.code for f in judge_six(answer, TODAY)] == codes


def test_a_line_leaves_out_what_does_not_apply_and_never_guesses_the_unknown():
    line = line_of({
        SixItem.PLAN: SixState.TOGETHER, SixItem.ROAD: SixState.AFTER, SixItem.TOILET: SixState.BEFORE,
        SixItem.RULES: SixState.NOT_APPLICABLE,
    })  # fmt: skip
    # three apply and are known, one of them together; two are unknown
    assert (line.together, line.applies, line.known) == (1, 3, 4)
    assert line.missed == (SixItem.ROAD,)
    assert line.unknown == (SixItem.SANITATION, SixItem.FIVE)
    assert line.share == pytest.approx(1 / 3)
    assert line_of({}).share is None


@pytest.mark.parametrize(
    ("road", "sewer", "state", "on"),
    [
        # road March to May, sewer in April: one trench
        ((date(2025, 3, 1), date(2025, 5, 31)), (date(2025, 4, 1), date(2025, 4, 30)), SixState.TOGETHER, date(2025, 4, 1)),
        # sewer over in February
        ((date(2025, 3, 1), date(2025, 5, 31)), (date(2024, 9, 1), date(2025, 2, 28)), SixState.BEFORE, date(2025, 2, 28)),
        # sewer begun in September: the new road is opened again
        ((date(2025, 3, 1), date(2025, 5, 31)), (date(2025, 9, 1), date(2025, 9, 30)), SixState.AFTER, date(2025, 9, 1)),
    ],
)  # fmt: skip
def test_the_books_propose_by_the_days_of_the_works(road, sewer, state, on):
    found = propose_six(SixItem.ROAD, [span("work", *road)], [span("project", *sewer)], TODAY)
    assert (found.state, found.on) == (state, on)
    assert {str(r) for r in found.because} == {"work:1", "project:1"}


def test_nothing_is_proposed_of_works_to_come_or_missing():
    past, coming = span("a", date(2025, 1, 1), date(2025, 2, 1)), span("b", date(2027, 1, 1))
    assert propose_six(SixItem.ROAD, [coming], [past], TODAY) is None
    assert propose_six(SixItem.ROAD, [past], [coming], TODAY) is None
    assert propose_six(SixItem.ROAD, [], [past], TODAY) is None


def test_counts_show_zeros():
    counted = count_states([(SixItem.ROAD, SixState.AFTER), (SixItem.ROAD, SixState.AFTER)])
    assert counted[SixItem.ROAD][SixState.AFTER] == 2
    assert counted[SixItem.PLAN] == dict.fromkeys(SixState, 0)

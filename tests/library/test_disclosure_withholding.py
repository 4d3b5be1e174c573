"""Small counts cannot be worked out: an attacker of our own who tries every table of whole numbers, and one with HiGHS."""

from itertools import product

import highspy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.disclosure import CannotProtect, Counts, Rule, exposed, stated_rule, withhold

RULE = Rule(threshold=3, width=3)


def test_the_stated_rule():
    rule = stated_rule()
    assert (rule.threshold, rule.width, rule.base) == (5, 5, 1)
    assert [n for n in range(8) if rule.small(n)] == [1, 2, 3, 4]
    assert [Rule(5, 5, 5).said(n) for n in (0, 2, 3, 7, 8, 12)] == [0, 0, 5, 5, 10, 10]


def test_the_textbook_row():
    """3 + 10 + 20 = 33: hiding the 3 alone gives it away by subtraction; the cheapest second is the 10."""
    table = Counts({"a": 3, "b": 10, "c": 20, "all": 33}, [("all", ("a", "b", "c"))])
    assert exposed([Counts(table.values, table.sums, frozenset({"a"}))], Rule(5, 5)) == ("a",)
    assert withhold(table, Rule(5, 5)) == {"a", "b"}
    assert exposed([Counts(table.values, table.sums, frozenset({"a", "b"}))], Rule(5, 5)) == ()


def test_two_small_ones_do_not_hide_each_other():
    """3 + 1 + 30 = 34: with 3 and 1 alone unsaid their sum is 4, so both are known to lie below the threshold of 5."""
    table = Counts({"a": 3, "b": 1, "c": 30, "all": 34}, [("all", ("a", "b", "c"))])
    assert withhold(table, Rule(5, 5)) >= {"a", "b", "c"}
    assert exposed([Counts(table.values, table.sums, frozenset({"a", "b"}))], Rule(5, 5)) == ("a", "b")


def test_nought_and_large_counts_are_said():
    table = Counts({"a": 0, "b": 10, "all": 10}, [("all", ("a", "b"))])
    assert withhold(table, Rule(5, 5)) == frozenset()


def test_wrong_tables_are_refused():
    with pytest.raises(ValueError, match="之和"):
        Counts({"a": 1, "all": 2}, [("all", ("a",))])
    with pytest.raises(ValueError, match="负"):
        Counts({"a": -1})


def test_a_day_later_the_difference_gives_nothing_away():
    """Day 1: 7 + 10 + 20 = 37, all said. Day 2 the 7 is a 3: all = 33. With 10 and 20 known to stand, all must go unsaid
    with the 3: nothing else could have moved."""
    first = Counts({"a": 7, "b": 10, "c": 20, "all": 37}, [("all", ("a", "b", "c"))])
    second = Counts({"a": 3, "b": 10, "c": 20, "all": 33}, first.sums)
    hidden = withhold(second, Rule(5, 5), [first])
    assert hidden == {"a", "all"}
    # Taken by itself the second day would say "all" and hide b, which day 1 has said: 33 − 10 − 20 = 3.
    alone = withhold(second, Rule(5, 5))
    assert exposed([first, Counts(second.values, second.sums, alone)], Rule(5, 5)) == ("a",)


def test_what_was_hidden_is_not_said_a_day_later_beside_the_same_total():
    """Day 1 hides a = 3 and b = 10. On day 2 b is a 10 still and c a 25: saying b would give away day 1's a."""
    first = Counts(
        {"a": 3, "b": 10, "c": 20, "all": 33}, [("all", ("a", "b", "c"))], withheld=frozenset({"a", "b"})
    )
    second = Counts({"a": 6, "b": 10, "c": 25, "all": 41}, first.sums)
    hidden = withhold(second, Rule(5, 5), [first])
    assert "b" in hidden
    assert exposed([first, Counts(second.values, second.sums, hidden)], Rule(5, 5)) == ()


def test_what_is_out_cannot_be_called_back():
    """The total was said on a day when its only part was hidden by mistake: nothing helps, and it is told."""
    first = Counts({"a": 3, "all": 3}, [("all", ("a",))], withheld=frozenset({"a"}))
    with pytest.raises(CannotProtect, match="a"):
        withhold(Counts({"a": 3, "b": 9}, []), Rule(5, 5), [first])


# Random tables of two rows, two columns, their totals and a grand total.
def table(cells):
    (a, b), (c, d) = cells
    values = {
        "a": a,
        "b": b,
        "c": c,
        "d": d,
        "ab": a + b,
        "cd": c + d,
        "ac": a + c,
        "bd": b + d,
        "all": a + b + c + d,
    }
    sums = [("ab", ("a", "b")), ("cd", ("c", "d")), ("ac", ("a", "c")), ("bd", ("b", "d")), ("all", ("ab", "cd"))]
    return Counts(values, [*sums, ("all", ("ac", "bd"))])


CELLS = st.tuples(*[st.tuples(st.integers(0, 6), st.integers(0, 6))] * 2)


def possible(days):
    """Every way the four cells of each day may be, as far as whoever read the days knows: tried one by one."""
    most = 16
    ways = []
    for day in days:
        said = {cell: n for cell, n in day.values.items() if cell not in day.withheld}
        own = []
        for a, b, c, d in product(range(most), repeat=4):
            is_ = {
                "a": a,
                "b": b,
                "c": c,
                "d": d,
                "ab": a + b,
                "cd": c + d,
                "ac": a + c,
                "bd": b + d,
                "all": a + b + c + d,
            }
            if all(is_[cell] == n for cell, n in said.items()):
                own.append(is_)
        ways.append(own)
    if len(days) == 1:
        return [(one,) for one in ways[0]]
    standing = [cell for cell, n in days[0].values.items() if days[1].values[cell] == n]
    return [(x, y) for x in ways[0] for y in ways[1] if all(x[c] == y[c] for c in standing)]  # fmt: skip


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(CELLS)
def test_whoever_tries_every_table_pins_no_small_count(cells):
    day = table(cells)
    hidden = withhold(day, RULE)
    ways = possible([Counts(day.values, day.sums, hidden)])
    for cell, n in day.values.items():
        if RULE.small(n):
            known = {way[0][cell] for way in ways}
            assert min(known) < n, (cell, hidden)
            assert max(known) >= RULE.threshold, (cell, hidden)
            assert max(known) - min(known) + 1 >= RULE.width, (cell, hidden)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(CELLS, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=2))
def test_nor_does_whoever_tries_both_days(cells, changes):
    first = table(cells)
    flat = [n for row in cells for n in row]
    for at, n in changes:
        flat[at] = n
    second = table(((flat[0], flat[1]), (flat[2], flat[3])))
    one = Counts(first.values, first.sums, withhold(first, RULE))
    try:
        two = Counts(second.values, second.sums, withhold(second, RULE, [one]))
    except CannotProtect:
        two = Counts(second.values, second.sums, frozenset(second.values))
        said = [c for c, n in second.values.items() if RULE.small(n) and first.values[c] != n]
        assert said, "what has not changed is never beyond help"
        return
    for way_of, day in enumerate((one, two)):
        ways = possible([one, two])
        for cell, n in day.values.items():
            if RULE.small(n) and cell in day.withheld:
                known = {way[way_of][cell] for way in ways}
                assert min(known) < n, cell
                assert max(known) >= RULE.threshold, cell


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=4), min_size=1, max_size=4),
        min_size=2,
        max_size=4,
    )
)
def test_nor_a_linear_programme_on_a_county(county):  # fmt: skip
    """Townships, villages, stations; HiGHS asked for the least and the most of every small count, written here anew."""
    values, sums = {}, []
    for t, township in enumerate(county):
        for v, village in enumerate(township):
            parts = [f"{t}.{v}.{s}" for s in range(len(village))]
            values |= dict(zip(parts, village, strict=True)) | {f"{t}.{v}": sum(village)}
            sums.append((f"{t}.{v}", parts))
        parts = [f"{t}.{v}" for v in range(len(township))]
        values[str(t)] = sum(values[p] for p in parts)
        sums.append((str(t), parts))
    values["all"] = sum(values[str(t)] for t in range(len(county)))
    sums.append(("all", [str(t) for t in range(len(county))]))
    rule = Rule(5, 5)
    hidden = withhold(Counts(values, sums), rule)
    names = list(values)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    inf = highspy.kHighsInf
    for name in names:
        low, high = (0.0, inf) if name in hidden else (values[name],) * 2
        solver.addVar(low, high)
        solver.changeColIntegrality(names.index(name), highspy.HighsVarType.kInteger)
    for total, parts in sums:
        solver.addRow(0.0, 0.0, len(parts) + 1, [names.index(total), *(names.index(p) for p in parts)], [-1.0, *[1.0] * len(parts)])  # fmt: skip
    for name, n in values.items():
        if rule.small(n):
            bounds = []
            for sense in (1.0, -1.0):
                for i in range(len(names)):
                    solver.changeColCost(i, sense if names[i] == name else 0.0)
                solver.run()
                whole = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
                bounds.append(round(solver.getSolution().col_value[names.index(name)]) if whole else 10**9)
            assert bounds[0] < n
            assert bounds[1] >= 5
            assert bounds[1] - bounds[0] + 1 >= 5

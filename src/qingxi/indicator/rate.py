"""Computing figures from how the villages stand."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from qingxi.indicator.definition import Definition
from qingxi.indicator.denominator import DenominatorList, Entry, denominator
from qingxi.indicator.facts import Facts
from qingxi.indicator.figure import Counted, Figure
from qingxi.indicator.leaves import LEAVES
from qingxi.indicator.standing import HamletStanding, State, VillageStanding
from qingxi.origin import Ref
from qingxi.sampling import wilson


@dataclass(frozen=True)
class Sampling:
    """How a sample was drawn: what it is called and who measured; its own interval where its design gives one; what must be
    said beside it; the visit behind each line; and for how many of the whole each line stands (all lines or none: then each
    counts alike).
    """

    label: str = "抽查"
    interval: tuple[float, float] | None = None
    remarks: tuple[str, ...] = ()
    because: Mapping[Ref, tuple[Ref, ...]] = field(default_factory=dict)
    stands_for: Mapping[Ref, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Records:
    """What figures are computed from: one county's villages, natural villages, and signed denominator lines.

    ``hamlet_list`` names which list of natural villages it is and of what date; it is shown with the figure.
    """

    place: str
    villages: tuple[VillageStanding, ...] = ()
    hamlets: tuple[HamletStanding, ...] = ()
    entries: tuple[Entry, ...] = ()
    hamlet_list: str = "自然村清单"
    sample: tuple[tuple[Ref, str, bool], ...] = field(default=())
    """Facilities checked in a random draw: reference, name, whether it ran normally."""
    sampling: Sampling = field(default_factory=lambda: Sampling())
    facts: Facts = field(default_factory=Facts)

    def within(self, place: str) -> "Records":
        """Only what lies in a place, by its code; the sample is the county's and is left out."""
        return Records(
            place,
            tuple(v for v in self.villages if v.code.startswith(place)),
            tuple(h for h in self.hamlets if h.code.startswith(place)),
            tuple(e for e in self.entries if e.code.startswith(place)),
            self.hamlet_list,
            facts=self.facts.within(place),
        )


def rate(definition: Definition, records: Records, as_of: date) -> Figure:
    """One figure by one definition on one day.

    Parameters
    ----------
    records : Records
        Rows whose events lie after ``as_of`` count as they stood on it.

    Returns
    -------
    Figure
        With an empty denominator its value is None and it says so; nothing is ever divided by a guess.
    """
    figure = _RULES[str(definition.denominator["rule"])](definition, records, as_of)
    if not definition.valid(as_of):
        remark = f"该口径不适用于 {as_of:%Y-%m-%d}"
        figure = Figure(**{**figure.__dict__, "remarks": (*figure.remarks, remark)})
    return figure


def _village_figure(d: Definition, records: Records, as_of: date) -> Figure:
    villages = {v.code: v for v in records.villages}
    listed = denominator(records.villages, records.entries, as_of)
    wanted = {State(s) for s in d.numerator["states"]}
    basics = d.numerator.get("three_basics")
    numerator, states, remarks = [], Counter[str](), []
    group: dict[str, str] = {}
    refs = {code: Ref("village", code) for code in listed.members}
    unlooked, failed, without_paper, unknown = [], [], [], []
    for code, member in listed.members.items():
        village = villages.get(code)
        if village is None:
            unknown.append(member.name or code)
            states[State.OPEN.value] += 1
            group[code] = State.OPEN.value
            continue
        state = village.state_on(as_of)
        states[state.value] += 1
        group[code] = state.value
        if state not in wanted:
            continue
        if basics == "not_failed" and village.basics.met is False:
            failed.append(village.name)
            continue
        if basics and village.basics.met is None:
            unlooked.append(village.name)
        if state is State.TREATED and village.recognised_on is None:
            without_paper.append(village.name)
        why = f"{state.value}" + (f"，{village.recognised_on:%Y-%m-%d} 认定" if village.recognised_on else "")
        numerator.append(Counted(refs[code], village.name, why))
    outside = [v.name for v in records.villages if v.code not in listed and v.state_on(as_of) in wanted]
    for v in records.villages:
        if v.code in listed and (losses := v.losses(as_of)) and v.state_on(as_of) is not State.TREATED:
            remarks.append(f"{v.name} {losses[-1].on:%Y-%m-%d} 起退出已治理：{losses[-1].reason or '未写理由'}")
    remarks += _named("在分母清单中而名录没有，按未完成计", unknown)
    remarks += _named("三基本有不符，不计入分子", failed)
    remarks += _named("三基本尚未查看", unlooked)
    remarks += _named("已治理而没有认定日期", without_paper)
    remarks += _named("不在分母清单中，不计入分子", outside)
    if not listed.signed:
        remarks.append("分母为名录建议，尚无签发的清单")
    return Figure(
        d,
        records.place,
        as_of,
        tuple(numerator),
        tuple(Counted(refs[m.code], m.name, m.why, group=group[m.code]) for m in listed.members.values()),
        {state.value: states[state.value] for state in State},
        _deducted(listed),
        tuple(remarks),
        listed.label,
    )


def _deducted(listed: DenominatorList) -> tuple[Counted, ...]:
    return tuple(
        Counted(Ref("village", e.code), e.name, f"{e.reason}（{e.signed_on:%Y-%m-%d} {e.signed_by}）")
        for e in listed.deducted
    )


def _named(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    shown = "、".join(names[:5]) + (f" 等 {len(names)} 个" if len(names) > 5 else "")
    return [f"{what}：{shown}"]


def _hamlet_figure(d: Definition, records: Records, as_of: date) -> Figure:
    share = Fraction(str(d.numerator["share"]))  # exact: 3 of 5 households is 60 %
    numerator, members, deducted = [], [], []
    states, empty = Counter[str](), []
    for h in sorted(records.hamlets, key=lambda h: h.code):
        if d.denominator.get("deductions") and h.deductible:
            deducted.append(Counted(h.ref, h.name, h.deductible))
            continue
        if h.households == 0:
            empty.append(h.name)
        treated = h.households > 0 and Fraction(h.households_treated, h.households) >= share
        with_control = h.households_treated + h.households_controlled
        kept = h.households > 0 and Fraction(with_control, h.households) >= share
        state = State.TREATED if treated else State.CONTROLLED if kept else State.OPEN
        states[state.value] += 1
        members.append(Counted(h.ref, h.name, records.hamlet_list, group=state.value))
        if treated or (d.numerator.get("controlled") and kept):
            why = f"治理 {h.households_treated}" + (
                f"、管控 {h.households_controlled}" if d.numerator.get("controlled") else ""
            )
            numerator.append(Counted(h.ref, h.name, f"{why} / {h.households} 户，{state.value}"))
    remarks = _named("没有住户，按未完成计", empty)
    return Figure(
        d,
        records.place,
        as_of,
        tuple(numerator),
        tuple(members),
        {state.value: states[state.value] for state in State},
        tuple(deducted),
        tuple(remarks),
        records.hamlet_list,
    )


def _household_figure(d: Definition, records: Records, as_of: date) -> Figure:
    listed = denominator(records.villages, records.entries, as_of)
    inside = [v for v in records.villages if v.code in listed]
    over = [v.name for v in inside if v.households_connected > v.households]
    return Figure(
        d,
        records.place,
        as_of,
        tuple(
            Counted(v.ref, v.name, "已接户", min(v.households_connected, v.households))
            for v in inside
            if v.households_connected
        ),
        tuple(Counted(v.ref, v.name, "总户数", v.households) for v in inside if v.households),
        deducted=_deducted(listed),
        remarks=tuple(_named("接户数多于总户数，按总户数计", over)),
        denominator_label=listed.label,
    )


def _sample_figure(d: Definition, records: Records, as_of: date) -> Figure:
    how = records.sampling
    drawn = tuple(
        Counted(
            ref, name, "正常运行" if ok else "没有正常运行", 1, how.because.get(ref, ()), "正常" if ok else "不正常",
            how.stands_for[ref] if how.stands_for else None,
        )
        for ref, name, ok in records.sample
    )  # fmt: skip
    hits = tuple(
        Counted(c.ref, c.name, c.why, 1, c.because, stands_for=c.stands_for) for c in drawn if c.group == "正常"
    )
    low, high = how.interval or (wilson(len(hits), len(drawn)) if drawn else (None, None))
    states = dict(Counter(c.group for c in drawn))
    return Figure(
        d,
        records.place,
        as_of,
        hits,
        drawn,
        states,
        remarks=how.remarks,
        denominator_label=how.label,
        low=low,
        high=high,
    )


def _leaf_figure(d: Definition, records: Records, as_of: date) -> Figure:
    found = LEAVES[str(d.numerator["of"])](d, records, as_of)
    inside = [leaf for leaf in found.leaves if not leaf.out]
    states = Counter(leaf.group for leaf in inside if leaf.group)
    return Figure(
        d,
        records.place,
        as_of,
        tuple(Counted(x.ref, x.name, x.why, x.part, x.because) for x in inside if x.part),
        tuple(Counted(x.ref, x.name, x.why, x.whole, x.because, x.group) for x in inside if x.whole),
        dict(states),
        tuple(Counted(x.ref, x.name, x.out, 1, x.because) for x in found.leaves if x.out),
        found.remarks,
        found.label,
    )


_RULES: dict[str, Callable[[Definition, Records, date], Figure]] = {
    "signed_list": _village_figure,
    "hamlet_list": _hamlet_figure,
    "households_of_list": _household_figure,
    "sample_size": _sample_figure,
    "leaves": _leaf_figure,
}


def rates(chosen: Iterable[Definition], records: Records, as_of: date) -> list[Figure]:
    """The same records by several definitions, side by side."""
    return [rate(definition, records, as_of) for definition in chosen]

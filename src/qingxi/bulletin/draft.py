"""Composing a bulletin (通报) from a call-over and from what named officers decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from qingxi.bulletin.callover import CallOver, County, township_rows
from qingxi.bulletin.cards import Card, Decision, Proposal
from qingxi.bulletin.content import Bars, Bulletin, Letter, MapPicture, Paragraph, Section, Table
from qingxi.bulletin.held import Held, hold
from qingxi.bulletin.matters import Matters, Period
from qingxi.bulletin.problem import Paper, Problem, problem_of
from qingxi.bulletin.sentence import Sentence, Slot, filled
from qingxi.bulletin.township import Ranked, rank
from qingxi.indicator import Figure
from qingxi.issue import Issue
from qingxi.origin import Ref

__all__ = ["Praise", "compose", "draft", "township_rows"]


@dataclass(frozen=True, slots=True)
class Praise:
    """A village to be praised, why, and which named officer decided it."""

    ref: Ref
    name: str
    why: str
    officer: str


def draft(
    county: County,
    period: Period,
    main: Figure | Held,
    *,
    others: Sequence[Figure | Held] = (),
    previous: Figure | Held | None = None,
    townships: Iterable[tuple[str, str, Figure | Held]] = (),
    issues: Iterable[Issue | Problem] = (),
    praised: Sequence[Praise] = (),
    decisions: Sequence[Decision] = (),
) -> Bulletin:
    """The bulletin of a period without a kept call-over; see :func:`compose`.

    Parameters
    ----------
    main : Figure
        The county's official figure; ``others`` are printed beside it under their own names.
    previous : Figure, optional
        The same definition at the end of the last period, for gains and losses.
    townships : iterable of (code, name, Figure)
        Figures of the main definition.
    """
    lines = tuple(problem_of(i, period.end) if isinstance(i, Issue) else i for i in issues)
    return compose(
        CallOver(
            county,
            period,
            hold(main),
            tuple(hold(f) for f in others),
            hold(previous) if previous else None,
            tuple((code, name, hold(f)) for code, name, f in townships),
            lines,
        ),
        praised=praised,
        decisions=decisions,
    )


def compose(
    over: CallOver,
    *,
    praised: Sequence[Praise] = (),
    decisions: Sequence[Decision] = (),
    reworded: Mapping[str, str] | None = None,
    added: Mapping[str, str] | None = None,
) -> Bulletin:
    """The bulletin of a call-over. The same arguments give the same bytes of content.

    Parameters
    ----------
    praised : sequence of Praise
        Decided by a named officer.
    decisions : sequence of Decision
        Cards decided; proposals without one are left out of the text and named in ``undecided``.
    reworded : mapping
        Templates of sentences that an officer worded otherwise, by key; an empty one leaves the sentence out.
    added : mapping
        Templates of sentences put after the one with the key.
    """
    found, rows = over.found, over.rows
    ranked = rank(rows)
    decided = {d.proposal.place for d in decisions}
    undecided = tuple(p for p in over.proposals if p.place not in decided)
    letters = _letters(found)
    sections = [_overall(over), _townships(over, ranked), _issues(found)]
    if over.slow:
        sections.append(_slow(over))
    if praised:
        sections.append(_praise(praised))
    if any(d.card is not Card.NONE for d in decisions):
        sections.append(_cards(decisions))
    sections += [_next(over, found), _definitions([over.main, *over.others])]
    cards = {d.proposal.place for d in decisions if d.card is not Card.NONE}
    made = Bulletin(
        f"关于{over.period.name}{over.county.name}农村生活污水治理情况的通报",
        over.county.issuing_body,
        over.period.name,
        over.period.end,
        over.county.addressees,
        tuple(sections),
        (over.main, *over.others, *(r.figure for r in rows if r.figure.n)),
        undecided,
        letters,
        _todo(undecided, letters, over.main),
        _because(over, found, praised),
        over.county.copies,
        tuple(r.place for r in rows if r.place in cards or r.overdue or r.place in {s.place for s in over.slow}),
    )
    return _in_words(made, reworded or {}, added or {}) if reworded or added else made


def _in_words(made: Bulletin, reworded: Mapping[str, str], added: Mapping[str, str]) -> Bulletin:
    """The bulletin in the words of whoever edited it; figures are those of the call-over."""
    slots = made.slots

    def sentences(paragraph: Iterable[Sentence]) -> tuple[Sentence, ...]:
        out: list[Sentence] = []
        for sentence in paragraph:
            if sentence.key not in reworded:
                out.append(sentence)
            elif reworded[sentence.key]:
                out.append(filled(sentence.key, reworded[sentence.key], slots))
            if added.get(sentence.key):
                out.append(filled(f"{sentence.key}+", added[sentence.key], slots))
        return tuple(out)

    return replace(
        made,
        sections=tuple(
            replace(s, said=tuple(kept for p in s.said if (kept := sentences(p)))) for s in made.sections
        ),
    )


class _Writer:
    """Names the sentences of a section and their slots. Names say what a sentence is about, so that one that an officer
    worded keeps its words when the figures are counted anew.
    """

    def __init__(self, section: str) -> None:
        self.section = section

    def say(self, about: str, *parts: str | tuple[str, str, str, tuple[Ref, ...]]) -> Sentence:
        """A sentence of words and (word, text, how, refs)."""
        key = f"{self.section}.{about}"
        taken: list[str] = []

        def name(word: str) -> str:
            taken.append(word)
            again = taken.count(word)
            return f"{key}.{word}" + (f"~{again}" if again > 1 else "")

        return Sentence(
            key, tuple(p if isinstance(p, str) else Slot(name(p[0]), p[1], p[0], p[2], p[3]) for p in parts if p)
        )


Part = str | tuple[str, str, str, tuple[Ref, ...]]


def _many(word: str, some: Sequence[Problem]) -> tuple[str, str, str, tuple[Ref, ...]]:
    return (word, str(len(some)), "count", tuple(p.ref for p in some))


def _overall(over: CallOver) -> Section:
    main, say = over.main, _Writer("overall").say
    day = f"{main.as_of.year}年{main.as_of.month}月{main.as_of.day}日"
    me = (main.ref,)
    states: list[Part] = []
    for state, n in main.states.items():
        states += ["，" if states else "", f"{state} ", (state, str(n), f"state:{state}", me), " 个"]
    first = say("rate",
        f"截至{day}，全县列入分母清单的{main.unit_counted} ", ("分母", str(main.n), "n", me), " 个，其中", *states, f"；{main.name}为 ",
        ("治理率", main.printed, "rate", me), "（", ("分子", str(main.part), "part", me), "/", ("分母", str(main.n), "n", me),
        f"，{main.denominator_label}）。",
    )  # fmt: skip
    said: list[Paragraph] = [(first, say("apart", "已治理与已管控分列，不相加。"))]
    if (moved := over.moved) is not None:
        gained, lost = moved
        said.append(
            (
                say("moved", "与上期相比，新增 ", ("新增", str(len(gained)), "count", tuple(x.ref for x in gained)),
                    " 个" + (f"（{_names([x.name for x in gained])}）" if gained else "") + "，退出 ",
                    ("退出", str(len(lost)), "count", tuple(x.ref for x in lost)),
                    " 个" + (f"（{_names([x.name for x in lost])}）" if lost else "") + "。",
                ),
            )
        )  # fmt: skip
    if main.deducted:
        taken = (
            "；".join(f"{c.name}，{c.why}" for c in main.deducted[:6]) + f"{'等' if len(main.deducted) > 6 else ''}"
        )
        said.append(
            (
                say(
                    "deducted",
                    "分母核减 ",
                    ("核减", str(len(main.deducted)), "count", tuple(c.ref for c in main.deducted)),
                    f" 个：{taken}。",
                ),
            )
        )
    if over.others:
        beside: list[Part] = ["同期"]
        for at, other in enumerate(over.others):
            of = (other.ref,)
            unit = f" {'' if other.unit_counted == '户' else '个'}{other.unit_counted}"
            how = "（按抽样设计加权，查成 " if other.weighted else "（"
            beside += ["；" if at else "", f"{other.name}为 ", ("同期数", other.printed, "rate", of), how, ("分子", str(other.part), "part", of)]  # fmt: skip
            beside += ["/", ("分母", str(other.n), "n", of), unit]
            if other.low is not None and other.high is not None:
                beside += [f"，样本 {other.n}，95% 区间 ", ("下限", f"{other.low:.1%}", "low", of), "—", ("上限", f"{other.high:.1%}", "high", of)]  # fmt: skip
            beside.append("）")
        said.append((say("beside", *beside, "。"), say("parallel", "各口径并列，互不替代。")))
    return Section("总体情况", tuple(said))


def _names(names: Sequence[str]) -> str:
    return "、".join(names[:6]) + (f"等 {len(names)} 个" if len(names) > 6 else "")


def _townships(over: CallOver, ranked: Sequence[Ranked]) -> Section:
    say = _Writer("townships").say
    if not ranked:
        return Section("各乡镇情况", ((say("none", "本期没有乡镇数据。"),),))
    noted = any(r.note for r in ranked)
    header = ("名次", "乡镇", "已治理/分母", "治理率", "已管控", "未结问题", "其中逾期", "备注")
    rows: list[tuple[str, ...]] = []
    bound: list[tuple[Slot | None, ...]] = []
    for r in ranked:
        f, own = r.row.figure, r.row

        def slot(
            word: str, text: str, how: str, refs: tuple[Ref, ...], code: str = r.row.place, name: str = r.row.name
        ) -> Slot:
            return Slot(f"townships.{code}.{word}", text, f"{name}{word}", how, refs)

        cells = (
            None,
            None,
            slot("已治理/分母", f"{f.part}/{f.n}", "of", (f.ref,)) if f.n else None,
            slot("治理率", f.printed, "rate", (f.ref,)) if f.n else None,
            slot("已管控", str(f.states.get("已管控", 0)), "state:已管控", (f.ref,)) if f.n else None,
            slot("未结问题", str(len(own.open)), "count", own.open),
            slot("其中逾期", str(len(own.overdue)), "count", own.overdue),
            None,
        )
        words = (str(r.place_number or "—"), own.name, "—", "—", "—", "", "", r.note)
        rows.append(tuple(c.text if c else w for c, w in zip(cells, words, strict=True)))
        bound.append(cells)
    every = tuple(r.row.figure.ref for r in ranked if r.row.figure.n)
    whole = (
        sum(r.row.figure.part for r in ranked),
        sum(r.row.figure.n for r in ranked),
        sum(r.row.figure.states.get("已管控", 0) for r in ranked),
    )
    open_ = tuple(ref for r in ranked for ref in r.row.open)
    late = tuple(ref for r in ranked for ref in r.row.overdue)
    last = (
        None, None, Slot("townships.合计.已治理/分母", f"{whole[0]}/{whole[1]}", "已治理/分母", "of", every), None,
        Slot("townships.合计.已管控", str(whole[2]), "已管控", "state:已管控", every),
        Slot("townships.合计.未结问题", str(len(open_)), "未结问题", "count", open_),
        Slot("townships.合计.其中逾期", str(len(late)), "其中逾期", "count", late), None,
    )  # fmt: skip
    rows.append(tuple(c.text if c else w for c, w in zip(last, ("", "合计", *[""] * 6), strict=True)))
    bound.append(last)
    figure = ranked[0].row.figure
    cut = None if noted else -1
    table = Table(
        "各乡镇治理情况", header[:cut], tuple(row[:cut] for row in rows),
        f"口径：{figure.name}；截至 {figure.as_of:%Y-%m-%d}；治理率相同者名次并列；逾期不含县直部门承办的问题。",
        tuple(row[:cut] for row in bound),
    )  # fmt: skip
    counted = [r for r in ranked if r.place_number]
    said = []
    if counted:
        best = _names([r.row.name for r in counted if r.place_number == 1])
        low = max(r.place_number for r in counted)
        worst = _names([r.row.name for r in counted if r.place_number == low])
        first: Sentence = say(
            "rank", f"按治理率由高到低，{best}居前；{worst}居后。" if low > 1 else f"{best}治理率相同，名次并列。"
        )
        said.append((first, say("below", "各乡镇情况见下表和附图。")))
    shares = {r.row.place: r.row.figure.part / r.row.figure.n if r.row.figure.n else None for r in ranked}
    pictures: list[Bars | MapPicture] = [
        Bars(
            "各乡镇治理率",
            tuple((r.row.name, shares[r.row.place], r.row.figure.printed if r.row.figure.n else "无分母") for r in ranked),
            over.target,
            f"{figure.name}，截至 {figure.as_of:%Y-%m-%d}" + (f"；虚线为全年目标 {over.target * 100:g}%" if over.target else ""),
        )
    ]  # fmt: skip
    if over.shapes:
        pictures.append(
            MapPicture(
                "各乡镇治理率分布",
                over.shapes,
                tuple(
                    (r.row.place, shares[r.row.place], r.row.figure.printed if r.row.figure.n else "—")
                    for r in ranked
                ),
                f"截至 {figure.as_of:%Y-%m-%d}；乡镇范围由所辖行政村合并示意，不作划界依据",
            )
        )
    return Section("各乡镇情况", tuple(said), (table,), tuple(pictures))


def _issues(found: Matters) -> Section:
    say = _Writer("issues").say
    shown = tuple(p for p in found.overdue if p.paper is Paper.BULLETIN)
    firms = tuple(p for p in found.overdue if p.paper not in (Paper.BULLETIN, Paper.LETTER))
    said = [
        say("counts", "本期新交办问题 ", _many("新交办", found.opened), " 件，销号 ", _many("销号", found.closed), " 件，反弹重开 ",
            _many("反弹重开", found.reopened), " 件；期末未结 ", _many("未结", found.open), " 件，其中逾期 ", _many("逾期", found.overdue), " 件。",
        )
    ]  # fmt: skip
    if firms:
        said.append(
            say("firms", "逾期问题中由运维、施工等企业承办的 ", _many("企业承办", firms), " 件，按合同另行提示。")
        )
    if not shown:
        return Section("问题整改销号情况", (tuple(said),))
    table = Table(
        "逾期未销号问题",
        ("编号", "问题", "责任单位", "期限", "现状"),
        tuple((p.id, p.title, p.unit, f"{p.due_on:%Y-%m-%d}", p.state) for p in shown),
        f"截至 {found.period.end:%Y-%m-%d}；县直部门承办的问题另行函商。",
        tuple((Slot(f"issues.{p.id}", p.id, "问题", "name", (p.ref,)), None, None, None, None) for p in shown),
    )
    return Section("问题整改销号情况", (tuple(said),), (table,))


def _slow(over: CallOver) -> Section:
    say = _Writer("slow").say
    slow = over.slow
    every = tuple(dict.fromkeys(ref for s in slow for ref in s.because))
    places = tuple(Ref("place", s.place) for s in slow)
    said = say("slow", "按时序进度，下列 ", ("滞后乡镇", str(len(slow)), "count", places), " 个乡镇进度滞后，涉及项目、问题和指标 ",
        ("滞后事项", str(len(every)), "count", every), " 项。",
    )  # fmt: skip
    rows = tuple((s.name, "；".join(s.reasons)) for s in slow)
    bound = tuple(
        (Slot(f"slow.{s.place}", s.name, "滞后", "name", s.because), None) for s in slow
    )  # a township's name opens to what it rests on
    table = Table(
        "进度滞后情况",
        ("乡镇", "情形"),
        rows,
        f"截至 {over.period.end:%Y-%m-%d}；规则见县定标准表“通报”。",
        bound,
    )
    return Section("进度滞后情况", ((said,),), (table,))


def _praise(praised: Sequence[Praise]) -> Section:
    say = _Writer("praise").say
    return Section(
        "表扬", tuple((say(p.ref.id, ("村", p.name, "name", (p.ref,)), f"：{p.why}。"),) for p in praised)
    )


def _cards(decisions: Sequence[Decision]) -> Section:
    say = _Writer("cards").say
    said = []
    for card in (Card.RED, Card.YELLOW):
        named = [d for d in decisions if d.card is card]
        if named:
            parts: list[Part] = [f"{card.value}："]
            for at, d in enumerate(named):
                parts += [
                    "；" if at else "",
                    ("乡镇", d.proposal.name, "name", d.proposal.because or (Ref("place", d.proposal.place),)),
                    f"（{'、'.join(d.proposal.reasons)}）",
                ]
            said.append((say(card.name.lower(), *parts, "。"),))
    return Section("红黄牌", tuple(said))


def _next(over: CallOver, found: Matters) -> Section:
    say = _Writer("next").say
    end = found.period.end
    near = tuple(
        sorted(
            (p for p in found.open if not p.overdue(end) and (p.due_on - end).days <= 31),
            key=lambda p: (p.due_on, p.id),
        )
    )
    said = [(say("due", "下期到期问题 ", _many("下期到期", near), " 件，请各责任单位按期整改、自验并申请销号。"),)]
    if found.overdue:
        said.append(
            (say("late", "逾期的 ", _many("逾期", found.overdue), " 件，请逐件说明原因，书面报送延期或销号材料。"),)
        )
    if over.slow:
        said.append((say("slow", "进度滞后的乡镇请在回复中写明原因、措施和完成日期。"),))
    said.append((say("else", "〔其他要求由起草人填写〕"),))
    return Section("下一步要求", tuple(said))


def _definitions(figures: Sequence[Held]) -> Section:
    say = _Writer("definitions").say
    text = [
        (
            say(
                f.definition,
                f"{f.name}：{f.formula}（第 {f.version} 版，计数单位{f.unit_counted}，来源{f.trust}）。",
            ),
        )
        for f in figures
    ]
    return Section("指标口径", (*text, (say("lists", "分子、分母名单见所附名单表。"),)))


def _letters(found: Matters) -> tuple[Letter, ...]:
    """Papers apart from the bulletin: one a unit that is not criticised in it."""
    by_unit: dict[tuple[Paper, str], list[Problem]] = {}
    for problem in found.overdue:
        if problem.paper is not Paper.BULLETIN:
            by_unit.setdefault((problem.paper, problem.unit), []).append(problem)
    order = list(Paper)
    return tuple(
        Letter(
            unit,
            tuple(f"{p.id} {p.title}，期限 {p.due_on:%Y-%m-%d}" for p in several),
            tuple(p.ref for p in several),
            paper,
        )
        for (paper, unit), several in sorted(by_unit.items(), key=lambda kv: (order.index(kv[0][0]), kv[0][1]))
    )


def _todo(undecided: Sequence[Proposal], letters: Sequence[Letter], main: Held) -> tuple[str, ...]:
    todo = [f"{p.name}建议{p.card.value}（{'、'.join(p.reasons)}），待负责人决定" for p in undecided]
    todo += [f"致{letter.unit}的{letter.paper.value} {len(letter.matters)} 件" for letter in letters]
    todo += [f"核对：{remark}" for remark in main.remarks]
    return (*todo, "文号、签发人、成文日期由公文系统编发后回填")


def _because(over: CallOver, found: Matters, praised: Sequence[Praise]) -> tuple[Ref, ...]:
    refs = [over.main.ref, *(f.ref for f in over.others), *(f.ref for _, _, f in over.townships if f.n)]
    refs += [p.ref for p in (*found.opened, *found.closed, *found.reopened, *found.open)]
    refs += [ref for s in over.slow for ref in s.because]
    refs += [p.ref for p in praised]
    return tuple(dict.fromkeys(refs))

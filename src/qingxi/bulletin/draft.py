"""Drafting a bulletin (通报) from figures and problems."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from qingxi.bulletin.cards import Card, Decision, Proposal, propose_cards
from qingxi.bulletin.content import Bulletin, Letter, Section, Table
from qingxi.bulletin.matters import Matters, Period, matters, peer
from qingxi.bulletin.township import Ranked, TownshipRow, rank
from qingxi.indicator import TRUST_WORDS, Change, Figure, VillageStanding, change
from qingxi.issue import Issue, Role
from qingxi.origin import Ref


@dataclass(frozen=True)
class County:
    """Who issues, to whom; words of the county, none of ours."""

    name: str
    issuing_body: str
    addressees: tuple[str, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Praise:
    """A village to be praised, why, and which named officer decided it."""

    ref: Ref
    name: str
    why: str
    officer: str


def propose_praise(villages: Iterable[VillageStanding], open_places: Iterable[str]) -> tuple[VillageStanding, ...]:
    """Villages that are 已治理, whose three basics were all seen and met, and that have no open problem."""
    troubled = set(open_places)
    return tuple(v for v in villages if v.state.value == "已治理" and v.basics.met and v.code not in troubled)


def township_rows(
    figures: Iterable[tuple[str, str, Figure]], found: Matters, lost: Sequence[Ref] = ()
) -> tuple[TownshipRow, ...]:
    """Rows of the township table from (code, name, figure); ``lost`` are villages that left within the period."""
    rows = []
    for code, name, figure in figures:
        own = found.of(code)
        rows.append(
            TownshipRow(
                code,
                name,
                figure,
                tuple(i.ref for i in own.open),
                tuple(i.ref for i in own.overdue if not peer(i)),
                tuple(i.ref for i in own.closed),
                tuple(i.ref for i in own.reopened),
                tuple(ref for ref in lost if ref.id.startswith(code)),
            )
        )
    return tuple(rows)


def draft(
    county: County,
    period: Period,
    main: Figure,
    *,
    others: Sequence[Figure] = (),
    previous: Figure | None = None,
    townships: Iterable[tuple[str, str, Figure]] = (),
    issues: Iterable[Issue] = (),
    praised: Sequence[Praise] = (),
    decisions: Sequence[Decision] = (),
) -> Bulletin:
    """Draft the bulletin of a period.

    Parameters
    ----------
    main : Figure
        The county's official figure; ``others`` are printed beside it under their own names.
    previous : Figure, optional
        The same definition at the end of the last period, for gains and losses.
    townships : iterable of (code, name, Figure)
        Figures of the main definition.
    praised : sequence of Praise
        Decided by a named officer.
    decisions : sequence of Decision
        Cards decided; proposals without one are left out of the text and named in ``undecided``.
    """
    found = matters(issues, period)
    moved = change(previous, main) if previous else None
    rows = township_rows(townships, found, tuple(c.ref for c in moved.lost) if moved else ())
    ranked = rank(rows)
    proposals = propose_cards(rows)
    decided = {d.proposal.place for d in decisions}
    undecided = tuple(p for p in proposals if p.place not in decided)
    letters = _letters(found)
    sections = [_overall(main, others, moved), _townships(ranked), _issues(found)]
    if praised:
        sections.append(_praise(praised))
    if any(d.card is not Card.NONE for d in decisions):
        sections.append(_cards(decisions))
    sections += [_next(found), _definitions([main, *others])]
    return Bulletin(
        f"关于{period.name}{county.name}农村生活污水治理情况的通报",
        county.issuing_body,
        period.name,
        period.end,
        county.addressees,
        tuple(sections),
        (main, *others, *(r.figure for r in rows)),
        undecided,
        letters,
        _todo(undecided, letters, main),
        _because(main, others, rows, found, praised),
        county.copies,
    )


def _overall(main: Figure, others: Sequence[Figure], moved: Change | None) -> Section:
    states = "，".join(f"{state} {n} 个" for state, n in main.states.items())
    day = f"{main.as_of.year}年{main.as_of.month}月{main.as_of.day}日"
    unit = main.definition.unit_counted
    text = [
        f"截至{day}，全县列入分母清单的{unit} {main.n} 个，其中{states}；{main.definition.name}为 {main.printed}"
        f"（{main.part}/{main.n}，{main.denominator_label}）。已治理与已管控分列，不相加。"
    ]
    if moved is not None:
        gained = _names(moved.gained)
        lost = _names(moved.lost)
        text.append(
            f"与上期相比，新增 {len(moved.gained)} 个{f'（{gained}）' if gained else ''}，"
            f"退出 {len(moved.lost)} 个{f'（{lost}）' if lost else ''}。"
        )
    if main.deducted:
        text.append("分母核减：" + "；".join(f"{c.name}，{c.why}" for c in main.deducted) + "。")
    beside = []
    for other in others:
        d = other.definition
        of = f"{other.part}/{other.n} {'' if d.unit_counted == '户' else '个'}{d.unit_counted}"
        span = ""
        if other.low is not None and other.high is not None:
            span = f"，样本 {other.n}，95% 区间 {other.low:.1%}—{other.high:.1%}"
        beside.append(f"{d.name}为 {other.printed}（{of}{span}）")
    if beside:
        text.append("同期" + "；".join(beside) + "。各口径并列，互不替代。")
    return Section("总体情况", tuple(text))


def _names(counted: Sequence[object]) -> str:
    names = [str(getattr(c, "name", c)) for c in counted]
    return "、".join(names[:6]) + (f"等 {len(names)} 个" if len(names) > 6 else "")


def _townships(ranked: Sequence[Ranked]) -> Section:
    if not ranked:
        return Section("各乡镇情况", ("本期没有乡镇数据。",))
    noted = any(r.note for r in ranked)
    header = ("名次", "乡镇", "已治理/分母", "治理率", "已管控", "未结问题", "其中逾期", "备注")
    rows = tuple(
        (
            str(r.place_number or "—"),
            r.row.name,
            f"{r.row.figure.part}/{r.row.figure.n}",
            r.row.figure.printed if r.row.figure.n else "—",
            str(r.row.figure.states.get("已管控", 0)),
            str(len(r.row.open)),
            str(len(r.row.overdue)),
            r.note,
        )
        for r in ranked
    )
    figure = ranked[0].row.figure
    total = (
        "",
        "合计",
        f"{sum(r.row.figure.part for r in ranked)}/{sum(r.row.figure.n for r in ranked)}",
        "",
        str(sum(r.row.figure.states.get("已管控", 0) for r in ranked)),
        str(sum(len(r.row.open) for r in ranked)),
        str(sum(len(r.row.overdue) for r in ranked)),
        "",
    )
    table = Table(
        "各乡镇治理情况",
        header if noted else header[:-1],
        tuple(row if noted else row[:-1] for row in (*rows, total)),
        f"口径：{figure.definition.name}；截至 {figure.as_of:%Y-%m-%d}；治理率相同者名次并列；逾期不含县直部门承办的问题。",
    )
    counted = [r for r in ranked if r.place_number]
    text = []
    if counted:
        best = "、".join(r.row.name for r in counted if r.place_number == 1)
        last = max(r.place_number for r in counted)
        worst = "、".join(r.row.name for r in counted if r.place_number == last)
        text.append(f"按治理率由高到低，{best}居前；{worst}居后。各乡镇情况见下表。")
    return Section("各乡镇情况", tuple(text), (table,))


def _issues(found: Matters) -> Section:
    shown = tuple(i for i in found.overdue if not peer(i))
    text = [
        f"本期新交办问题 {len(found.opened)} 件，销号 {len(found.closed)} 件，反弹重开 {len(found.reopened)} 件；"
        f"期末未结 {len(found.open)} 件，其中逾期 {len(found.overdue)} 件。"
    ]
    if not shown:
        return Section("问题整改销号情况", tuple(text))
    table = Table(
        "逾期未销号问题",
        ("编号", "问题", "责任单位", "期限", "现状"),
        tuple(
            (
                i.id,
                i.title,
                i.parties[Role.RECTIFIER].unit if Role.RECTIFIER in i.parties else "未明确",
                f"{i.due_on:%Y-%m-%d}",
                i.state.value,
            )
            for i in shown
        ),
        f"截至 {found.period.end:%Y-%m-%d}；县直部门承办的问题另行函商。",
    )
    return Section("问题整改销号情况", tuple(text), (table,))


def _praise(praised: Sequence[Praise]) -> Section:
    return Section("表扬", tuple(f"{p.name}：{p.why}。" for p in praised))


def _cards(decisions: Sequence[Decision]) -> Section:
    text = []
    for card in (Card.RED, Card.YELLOW):
        named = [d for d in decisions if d.card is card]
        if named:
            said = "；".join(f"{d.proposal.name}（{'、'.join(d.proposal.reasons)}）" for d in named)
            text.append(f"{card.value}：{said}。")
    return Section("红黄牌", tuple(text))


def _next(found: Matters) -> Section:
    soon = sorted((i for i in found.open if not i.overdue(found.period.end)), key=lambda i: (i.due_on, i.id))
    near = [i for i in soon if (i.due_on - found.period.end).days <= 31]
    text = [f"下期到期问题 {len(near)} 件，请各责任单位按期整改、自验并申请销号。"]
    if found.overdue:
        text.append(f"逾期的 {len(found.overdue)} 件，请逐件说明原因，书面报送延期或销号材料。")
    text.append("〔其他要求由起草人填写〕")
    return Section("下一步要求", tuple(text))


def _definitions(figures: Sequence[Figure]) -> Section:
    text = tuple(
        f"{f.definition.name}：{f.definition.formula}（第 {f.definition.version} 版，计数单位{f.definition.unit_counted}，"
        f"来源{TRUST_WORDS[f.definition.trust]}）。"
        for f in figures
    )
    return Section("指标口径", (*text, "分子、分母名单见所附名单表。"))


def _letters(found: Matters) -> tuple[Letter, ...]:
    by_unit: dict[str, list[Issue]] = defaultdict(list)
    for issue in found.overdue:
        if peer(issue):
            by_unit[issue.parties[Role.RECTIFIER].unit].append(issue)
    return tuple(
        Letter(
            unit,
            tuple(f"{i.id} {i.title}，期限 {i.due_on:%Y-%m-%d}" for i in several),
            tuple(i.ref for i in several),
        )
        for unit, several in sorted(by_unit.items())
    )


def _todo(undecided: Sequence[Proposal], letters: Sequence[Letter], main: Figure) -> tuple[str, ...]:
    todo = [f"{p.name}建议{p.card.value}（{'、'.join(p.reasons)}），待负责人决定" for p in undecided]
    todo += [f"致{letter.unit}的函 {len(letter.matters)} 件" for letter in letters]
    todo += [f"核对：{remark}" for remark in main.remarks]
    return (*todo, "文号、签发人、成文日期由公文系统编发后回填")


def _because(
    main: Figure, others: Sequence[Figure], rows: Sequence[TownshipRow], found: Matters, praised: Sequence[Praise]
) -> tuple[Ref, ...]:
    refs = [main.ref, *(f.ref for f in others), *(r.figure.ref for r in rows)]
    refs += [i.ref for i in (*found.opened, *found.closed, *found.reopened, *found.open)]
    refs += [p.ref for p in praised]
    return tuple(dict.fromkeys(refs))


def month(year: int, number: int) -> Period:
    """The period of a calendar month: 2026年11月."""
    start = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    return Period(f"{year}年{number}月", start, date.fromordinal(after.toordinal() - 1))

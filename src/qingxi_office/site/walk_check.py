"""Whether every figure stands: its references resolve, its leaves give it again, and nothing under it changed unseen.

The version that a reference states is the row of the trail at which the figure was computed (a call-over and a bulletin
state it themselves). A record of another standing than the figure counted is in order only when the trail says what
happened to it since; a change without a deed is found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qingxi.bulletin import Held, faults, leaf_faults
from qingxi.indicator import Records, definitions, rate, recompute
from qingxi.origin import Ref
from qingxi_office.bulletins import held
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord, CardRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.records import county_records
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.queries import county
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.published.models import Publication
from qingxi_office.site import walk
from qingxi_office.trail.models import Entry

_KEPT: tuple[tuple[str, Any, str], ...] = (
    ("figure", FigureRecord, "key"), ("callover", CallOverRecord, "key"), ("card", CardRecord, "pk"), ("bulletin", BulletinRecord, "key"),
    ("issue", IssueRecord, "key"), ("finding", FindingRecord, "key"), ("project", ProjectRecord, "key"), ("publication", Publication, "pk"),
)  # fmt: skip


@dataclass
class Report:
    """What was looked at, and everything that does not stand."""

    looked: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults


def figure_faults(row: FigureRecord) -> list[str]:
    """What is wrong with one figure by itself: counts, printed form, and references against its own lists."""
    out = []
    top, below = (sum(x.get("weight", 1) for x in lines) for lines in (row.numerator_list, row.denominator_list))
    if row.numerator_list or row.denominator_list:
        if row.numerator is not None and top != row.numerator:
            out.append(f"分子记 {row.numerator}，名单合计 {top}")
        if row.denominator is not None and below != row.denominator:
            out.append(f"分母记 {row.denominator}，名单合计 {below}")
    elif row.denominator:
        out.append(f"有分母 {row.denominator} 而没有名单")
    if row.unit == "%" and row.denominator_list:
        try:
            again = recompute(row.numerator_list, row.denominator_list, row.text)
        except ValueError as wrong:
            out.append(str(wrong))
        else:
            if again.printed != row.text:
                out.append(f"印的是 {row.text}，按名单应为 {again.printed}")
    lines = [*row.numerator_list, *row.denominator_list, *row.deductions]
    leaves = {ref for x in lines for ref in (x["ref"], *x.get("because", ()))}
    if leaves - set(row.because):
        out.append(f"名单里有 {len(leaves - set(row.because))} 条没有列入出处")
    if leaves and set(row.because) - leaves:
        out.append(f"出处里有 {len(set(row.because) - leaves)} 条不在名单里")
    return [f"figure:{row.key}：{said}" for said in out]


def _figures(report: Report) -> None:
    for row in FigureRecord.objects.order_by("pk").iterator(chunk_size=200):
        report.looked["figure"] += 1
        report.faults += figure_faults(row)


def _newest() -> Iterator[FigureRecord]:
    """The last figure of each definition and place; its place selected."""
    seen: set[tuple[str, int]] = set()
    rows = FigureRecord.objects.select_related("place").defer("place__geometry").order_by("-as_of", "-pk")
    for row in rows.iterator(chunk_size=200):
        if (row.definition, row.place_id) not in seen:
            seen.add((row.definition, row.place_id))
            yield row


def _versions(report: Report) -> None:
    """The newest figures counted again from the books of now; what differs must have its deed in the trail."""
    own, known = county(), definitions()
    if own is None:
        return
    days: dict[date, Records] = {}
    for row in list(_newest()):
        definition = known.get(row.definition)
        if definition is None or definition.version != row.version or row.low is not None:
            continue
        if row.as_of not in days:
            days[row.as_of] = county_records(own.place, row.as_of)
        records = days[row.as_of]
        mine = records if row.place_id == own.place_id else records.within(row.place.code)
        try:
            now = rate(definition, mine, row.as_of)
        except (KeyError, ValueError):
            continue  # a definition that is counted from other books than the villages'
        had = {x["ref"]: x.get("weight", 1) for x in row.numerator_list}
        have = {str(c.ref): c.weight for c in now.numerator}
        changed = {ref for ref in had.keys() | have.keys() if had.get(ref) != have.get(ref)}
        listed = {x["ref"] for x in row.denominator_list} ^ {str(c.ref) for c in now.denominator}
        report.looked["again"] += 1
        for ref in sorted(_unseen(changed | listed, row.key)):
            report.faults.append(f"figure:{row.key}：{ref} 现在不是算数时的样子，留痕里没有改它的事")


def _unseen(refs: set[str], key: str) -> set[str]:
    """Of these records, those that nobody changed by any deed since the figure was computed."""
    if not refs:
        return set()
    at = Entry.objects.filter(subject_kind="figure", subject_id=key, action="figure.computed").order_by("-id").values_list("id", flat=True).first()  # fmt: skip
    since = Entry.objects.filter(id__gt=at or 0)
    # A table taken in, a list signed, a place reorganised: one deed over many records.
    if since.filter(action__endswith="taken_in").exists() or since.filter(action__startswith="scope.").exists():
        return set()
    if since.filter(subject_kind__in=("place", "tree", "register")).exists():
        return set()
    ids = {Ref.parse(ref).id for ref in refs}
    told = set(since.filter(subject_id__in=ids).values_list("subject_id", flat=True))
    below = set(since.filter(subject_kind__in=("hamlet", "household")).values_list("subject_id", flat=True))
    return {
        ref
        for ref in refs
        if (i := Ref.parse(ref).id) not in told and not any(other.startswith(i) for other in below)
    }


def _call_overs(report: Report) -> None:
    """Frozen bytes against their hash; their figures against the rows that they name."""
    import hashlib

    for row in CallOverRecord.objects.order_by("pk").iterator(chunk_size=20):
        report.looked["callover"] += 1
        if hashlib.sha256(held.plain_bytes(row)).hexdigest() != row.sha256:
            report.faults.append(f"callover:{row.key}：快照与指纹对不上")
            continue
        over = held.call_over_of(row)
        figures = [over.main, *over.others, *(f for _c, _n, f in over.townships if f.n)]
        figures += [over.previous] if over.previous else []
        report.faults += [f"callover:{row.key}：{said}" for said in leaf_faults(figures)]
        report.faults += [f"callover:{row.key}：{said}" for said in _against_rows(figures)]


def _against_rows(figures: Iterable[Held]) -> Iterator[str]:
    several = list(figures)
    rows = {
        r.key: r
        for r in FigureRecord.objects.filter(key__in=[f.key for f in several])
        .select_related("place")
        .defer("place__geometry")
    }
    for f in several:
        row = rows.get(f.key)
        if row is None:
            yield f"{f.key} 不在账上"
        elif held.held_of(row) != f:
            yield f"{f.key} 账上的和快照里的不是一个样"


def _bulletins(report: Report) -> None:
    for row in (
        BulletinRecord.objects.exclude(callover=None)
        .select_related("callover")
        .order_by("pk")
        .iterator(chunk_size=20)
    ):
        report.looked["bulletin"] += 1
        made = held.recomputed(row)
        report.looked["printed"] += len(made.slots)
        if made.sha256 != row.sha256 or made.as_json() != row.content:
            report.faults.append(f"bulletin:{row.key}：从快照重算，内容对不上")
        report.faults += [f"bulletin:{row.key}：{said}" for said in faults(made)]


def _published(report: Report) -> None:
    """A published rate against the figures that it names."""
    for row in Publication.objects.filter(kind="rate").order_by("pk").iterator(chunk_size=50):
        report.looked["publication"] += 1
        keys = [Ref.parse(t).id for t in row.because if t.startswith("figure:")]
        texts = dict(FigureRecord.objects.filter(key__in=keys).values_list("name", "text"))
        for said in row.data.get("figures", []):
            if texts.get(said.get("name")) != said.get("text"):
                report.faults.append(f"publication:{row.pk}：{said.get('name')} {said.get('text')} 与账上的数不同")


def _references(report: Report) -> None:
    """Every reference of every record that keeps them."""
    of: dict[Ref, str] = {}
    for kind, model, key in _KEPT:
        for name, because in model.objects.order_by("pk").values_list(key, "because").iterator(chunk_size=500):
            for text in because:
                of.setdefault(Ref.parse(text), f"{kind}:{name}")
    by_kind: dict[str, list[Ref]] = defaultdict(list)
    for ref in of:
        by_kind[ref.kind].append(ref)
    for kind, refs in sorted(by_kind.items()):
        report.looked["reference"] += len(refs)
        if kind not in walk.KINDS:
            report.faults.append(f"{of[refs[0]]}：出处“{refs[0]}”这一类没有往回走的路（共 {len(refs)} 条）")
            continue
        there = walk.because(refs)
        for ref in refs:
            if ref not in there:
                report.faults.append(f"{of[ref]}：出处 {ref} 找不到")


def check() -> Report:
    """Everything; reads all figures, call-overs and bulletins once."""
    report = Report()
    for part in (_figures, _versions, _call_overs, _bulletins, _published, _references):
        part(report)
    return report

"""Whether every figure stands: its references resolve, its leaves give it again, and nothing under it changed unseen.

The version that a reference states is the row of the trail at which the figure was computed (a call-over and a bulletin
state it themselves). A record of another standing than the figure counted is in order only when the trail says what
happened to it since; a change without a deed is found.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from qingxi.bulletin import Held, faults, leaf_faults
from qingxi.indicator import definitions, rate, recompute
from qingxi.origin import Ref
from qingxi_office.appraisals.models import Appraisal
from qingxi_office.bulletins import held
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord, CardRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.funds.models import FundSource
from qingxi_office.indicators.models import FigureRecord, ReportedFigure, SeatNote
from qingxi_office.indicators.records import county_records
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.programmes.models import Clash, ClashLetter, LotRow
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.published.models import Publication
from qingxi_office.returns.models import ReturnRecord
from qingxi_office.samples.models import Campaign
from qingxi_office.site import walk
from qingxi_office.trail.models import Entry

_KEPT: tuple[tuple[str, Any, str], ...] = (
    ("figure", FigureRecord, "key"), ("callover", CallOverRecord, "key"), ("card", CardRecord, "pk"), ("bulletin", BulletinRecord, "key"),
    ("issue", IssueRecord, "key"), ("finding", FindingRecord, "key"), ("project", ProjectRecord, "key"), ("publication", Publication, "pk"),
    ("reported", ReportedFigure, "key"), ("seat", SeatNote, "pk"), ("return", ReturnRecord, "key"), ("sample", Campaign, "key"),
    ("appraisal", Appraisal, "key"), ("fund", FundSource, "key"), ("lot", LotRow, "key"), ("clash", Clash, "key"), ("clash_letter", ClashLetter, "pk"),
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


def _by_day() -> Iterator[FigureRecord]:
    """Every figure, day after day; its place selected."""
    rows = FigureRecord.objects.select_related("place").defer("place__geometry").order_by("-as_of", "-pk")
    yield from rows.iterator(chunk_size=200)


def _versions(report: Report) -> None:
    """Every figure counted again from the books of now, as they say its day; what differs must have its deed in the trail."""
    own, known = county(), definitions()
    if own is None:
        return
    day, records = date.min, None
    deeds: _Deeds | None = None
    for row in _by_day():
        definition = known.get(row.definition)
        if definition is None or definition.version != row.version or row.low is not None:
            continue
        if records is None or row.as_of != day:
            day, records = row.as_of, county_records(own.place, row.as_of)
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
        if not changed | listed:
            continue
        deeds = deeds or _Deeds()
        for ref in sorted(deeds.unseen(changed | listed, row)):
            report.faults.append(f"figure:{row.key}：{ref} 现在不是算数时的样子，留痕里没有改它的事")


@dataclass(frozen=True, slots=True)
class _Many:
    """A deed over many records: which it names, None when it names none and so speaks of all."""

    id: int
    action: str
    named: frozenset[str] | None


class _Deeds:
    """The deeds over many records, read once: a table taken in, the list signed, a place reorganised."""

    _PLACES = ("place", "tree", "register")

    def __init__(self) -> None:
        rows = Entry.objects.filter(
            Q(action__endswith="taken_in") | Q(action__startswith="scope.") | Q(subject_kind__in=self._PLACES)
        ).exclude(subject_kind__in=("plan",))
        self.many = [
            _Many(pk, action, self._named(kind, subject, before, after))
            for pk, action, kind, subject, before, after in rows.values_list(
                "id", "action", "subject_kind", "subject_id", "before", "after"
            ).iterator(chunk_size=500)
        ]
        self.places = {code: str(pk) for code, pk in Place.objects.values_list("code", "pk")}

    @classmethod
    def _named(cls, kind: str, subject: str, before: Any, after: Any) -> frozenset[str] | None:
        if isinstance(after, dict) and "named" in after:
            return frozenset(after["named"])
        if kind in cls._PLACES:  # a reorganisation names the codes that it is about
            codes = set(re.findall(r"\d{9,15}", json.dumps([subject, before, after])))
            return frozenset(codes) or None
        return None

    def unseen(self, refs: set[str], row: FigureRecord) -> set[str]:
        """Of these records, those that nobody changed by any deed since the figure was computed."""
        at = Entry.objects.filter(subject_kind="figure", subject_id=row.key, action="figure.computed").order_by("-id").values_list("id", flat=True).first()  # fmt: skip
        since = Entry.objects.filter(id__gt=at or 0)
        ids = {Ref.parse(ref).id for ref in refs}
        told = set(since.filter(subject_id__in=ids).values_list("subject_id", flat=True))
        below = set(
            since.filter(subject_kind__in=("hamlet", "household")).values_list("subject_id", flat=True).distinct()
        )
        many = [m for m in self.many if m.id > (at or 0)]
        of_register = row.definition.startswith(_OF_THE_REGISTER)
        return {
            ref
            for ref in refs
            if (i := Ref.parse(ref).id) not in told
            and not any(other.startswith(i) for other in below)
            and not any(self._speaks(m, i, of_register) for m in many)
        }

    def _speaks(self, deed: _Many, name: str, of_register: bool) -> bool:
        """Whether a deed over many is about a record. A figure of the register is moved by the register's deeds alone; one that
        rests on observations may be moved by whatever was taken in, for a sheet is named by its sample and not its station.
        """
        if not deed.action.startswith(("villages.", "hamlets.", "households.", "scope.", "place")):
            return not of_register
        if deed.named is None:
            return True
        own = self.places.get(name)
        return own in deed.named or any(
            n.startswith(name) or (len(n) >= 9 and name.startswith(n)) for n in deed.named
        )


_OF_THE_REGISTER = (
    "treatment_",
    "control_",
    "three_basics",
    "connection_",
    "separation_",
    "sanitary_",
    "coverage_",
)


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

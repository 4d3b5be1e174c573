"""A call-over (调度): what the county knows of a period, frozen: figures, problems, progress, by township, with refs.

Everything a bulletin says comes out of it and of what named officers decided; so it is kept whole, as bytes with a
hash, and an old bulletin is counted again from it to the same letter.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Any

from qingxi.bulletin.cards import Proposal, propose_cards
from qingxi.bulletin.held import Held, Leaf, gone_and_come, hold
from qingxi.bulletin.matters import Matters, Period, matters
from qingxi.bulletin.problem import Paper, Problem
from qingxi.bulletin.shapes import Shape, read_shape
from qingxi.bulletin.slow import Planned, Slow, slow_list
from qingxi.bulletin.township import TownshipRow
from qingxi.indicator import VillageStanding
from qingxi.origin import Ref

FORM = 1
"""Of the frozen bytes; a later form must still read the earlier."""


@dataclass(frozen=True)
class County:
    """Who issues, to whom; words of the county, none of ours."""

    name: str
    issuing_body: str
    addressees: tuple[str, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worthy:
    """A village that might be praised, and why; a named officer decides."""

    ref: Ref
    name: str
    township: str
    why: str


@dataclass(frozen=True)
class CallOver:
    """One call-over.

    Attributes
    ----------
    main : Held
        The county's official figure; ``others`` are printed beside it, ``previous`` is the same at the end of the last
        period.
    townships : tuple of (code, name, Held)
    problems : tuple of Problem
        Everything open, and whatever happened in the period.
    planned : tuple of Planned
    target : float or None
        The year's task as a share.
    books : str
        How far the books had come: the number of the trail's last row and its hash.
    """

    county: County
    period: Period
    main: Held
    others: tuple[Held, ...] = ()
    previous: Held | None = None
    townships: tuple[tuple[str, str, Held], ...] = ()
    problems: tuple[Problem, ...] = ()
    planned: tuple[Planned, ...] = ()
    worthy: tuple[Worthy, ...] = ()
    target: float | None = None
    shapes: tuple[Shape, ...] = ()
    books: str = ""

    @property
    def moved(self) -> tuple[tuple[Leaf, ...], tuple[Leaf, ...]] | None:
        """Who came and who left since the last period; None without one."""
        return gone_and_come(self.previous, self.main) if self.previous else None

    @property
    def found(self) -> Matters:
        return matters(self.problems, self.period)

    @property
    def rows(self) -> tuple[TownshipRow, ...]:
        """The township table."""
        moved = self.moved
        return township_rows(self.townships, self.found, tuple(x.ref for x in moved[1]) if moved else ())

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Cards that the rules propose."""
        return propose_cards(self.rows)

    @property
    def slow(self) -> tuple[Slow, ...]:
        """Townships behind the time plan."""
        return slow_list(self.rows, self.planned, self.period.end, self.target)

    @property
    def because(self) -> tuple[Ref, ...]:
        """Every figure, problem and plan line that it holds."""
        refs = [self.main.ref, *(f.ref for f in self.others), *(f.ref for _, _, f in self.townships if f.n)]
        refs += [self.previous.ref] if self.previous else []
        refs += [p.ref for p in self.problems] + [p.ref for p in self.planned] + [w.ref for w in self.worthy]
        return tuple(dict.fromkeys(refs))

    def as_bytes(self) -> bytes:
        """Canonical JSON: the same call-over gives the same bytes."""
        said = {"form": FORM, **{f.name: _plain(getattr(self, f.name)) for f in fields(self)}}
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.as_bytes()).hexdigest()


def propose_praise(villages: Iterable[VillageStanding], open_places: Iterable[str]) -> tuple[VillageStanding, ...]:
    """Villages that are 已治理, whose three basics were all seen and met, and that have no open problem."""
    troubled = set(open_places)
    return tuple(v for v in villages if v.state.value == "已治理" and v.basics.met and v.code not in troubled)


def township_rows(
    figures: Iterable[tuple[str, str, Any]], found: Matters, lost: Sequence[Ref] = ()
) -> tuple[TownshipRow, ...]:
    """Rows of the township table from (code, name, figure); ``lost`` are villages that left within the period."""

    def refs(some: Iterable[Problem]) -> tuple[Ref, ...]:
        return tuple(p.ref for p in some)

    rows = []
    for code, name, figure in figures:
        own = found.of(code)
        rows.append(
            TownshipRow(
                code,
                name,
                hold(figure),
                refs(own.open),
                refs(p for p in own.overdue if p.paper is not Paper.LETTER),
                refs(own.closed),
                refs(own.reopened),
                tuple(ref for ref in lost if ref.id.startswith(code)),
            )
        )
    return tuple(rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Ref):
        return str(value)
    if isinstance(value, Shape):
        return value.as_json()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Leaf):  # by far the most; a list of four is a third of the size
        said = [str(value.ref), value.name, value.why, value.weight]
        return said if value.stands_for is None else [*said, str(value.stands_for)]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _held(said: dict[str, Any]) -> Held:
    def leaves(some: list[list[Any]]) -> tuple[Leaf, ...]:
        return tuple(
            Leaf(Ref.parse(r), name, why, weight, *map(Fraction, stands)) for r, name, why, weight, *stands in some
        )

    return Held(
        **{
            **said, "as_of": _day(said["as_of"]), "numerator": leaves(said["numerator"]), "denominator": leaves(said["denominator"]),
            "deducted": leaves(said["deducted"]), "remarks": tuple(said["remarks"]),
            "sample": tuple(said["sample"]) if said["sample"] else None,
        }
    )  # fmt: skip


def _problem(said: dict[str, Any]) -> Problem:
    days = {k: tuple(map(_day, said[k])) for k in ("closed_on", "reopened_on")}
    single = {k: _day(said[k]) for k in ("assigned_on", "due_on")}
    return Problem(**{**said, **days, **single, "paper": Paper(said["paper"])})


def read_call_over(data: bytes) -> CallOver:
    """The call-over of its bytes.

    Raises
    ------
    ValueError
        When the bytes are of a form that this version does not know.
    """
    said = json.loads(data)
    if said.pop("form", None) != FORM:
        raise ValueError("这份调度快照的格式不认识")
    county, period = said["county"], said["period"]
    return CallOver(
        County(county["name"], county["issuing_body"], tuple(county["addressees"]), tuple(county["copies"])),
        Period(period["name"], _day(period["start"]), _day(period["end"])),
        _held(said["main"]),
        tuple(_held(f) for f in said["others"]),
        _held(said["previous"]) if said["previous"] else None,
        tuple((code, name, _held(f)) for code, name, f in said["townships"]),
        tuple(_problem(p) for p in said["problems"]),
        tuple(
            Planned(Ref.parse(p["ref"]), p["name"], p["place"], _day(p["due_on"]), p["stage"], p["done"])
            for p in said["planned"]
        ),
        tuple(Worthy(Ref.parse(w["ref"]), w["name"], w["township"], w["why"]) for w in said["worthy"]),
        said["target"],
        tuple(read_shape(s) for s in said["shapes"]),
        said["books"],
    )

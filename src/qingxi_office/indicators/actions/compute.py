"""Every change to figures: computing them."""

from datetime import date
from typing import Any

from django.db import transaction

from qingxi.indicator import Definition, Figure, Records, as_line, definitions, rate
from qingxi.origin import Ref
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.records import county_records
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county, living
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts


def _computable(d: Definition, records: Records) -> bool:
    """Whether the books hold what a definition is counted from at all."""
    rule = str(d.denominator["rule"])
    if d.numerator.get("of") == "effective_villages":
        return bool(records.hamlets)
    if rule == "hamlet_list":
        return bool(records.hamlets)
    if rule == "sample_size":
        return bool(records.sample)
    return bool(records.villages)


def compute(*, by: trail.Doer, as_of: date) -> list[FigureRecord]:
    """Compute every definition for the county, and the county's main one for each township; keep what is new.

    Gives the county's figures, the main definition first. A figure that comes out as it stands in the books is not kept
    twice; one that comes out otherwise on the same day is kept beside the old, which stays.
    """
    rights.check(by, "compute_figures")
    own = county()
    if own is None:
        raise ValueError("还没有县,先载入台账")
    known = definitions()
    main = own.main_definition if own.main_definition in known else "treatment_rate_village"
    records = county_records(own.place, as_of)
    order = [main, *(d for d in known if d != main)]
    figures = [rate(known[d], records, as_of) for d in order if _computable(known[d], records)]
    townships = list(living("township"))
    parts = [rate(known[main], records.within(place.code), as_of) for place in townships]
    ids = {own.place.code: own.place, **{place.code: place for place in townships}}
    with transaction.atomic():
        kept = [_keep(f, ids[f.place], by=by) for f in figures]
        for part in parts:
            if part.n:
                _keep(part, ids[part.place], by=by)
    return kept


def _lines(counted: Any) -> list[dict[str, Any]]:
    return [as_line(c) for c in counted]


def _keep(figure: Figure, place: Place, *, by: trail.Doer) -> FigureRecord:
    d = figure.definition
    values = {
        "definition": d.id, "version": d.version, "name": d.name, "formula": d.formula, "place": place,
        "as_of": figure.as_of, "value": None if figure.value is None else figure.value * 100, "text": figure.printed,
        "unit_counted": d.unit_counted, "numerator": figure.part, "denominator": figure.n, "counts": figure.states,
        "numerator_list": _lines(figure.numerator), "denominator_list": _lines(figure.denominator),
        "deductions": _lines(figure.deducted), "denominator_label": figure.denominator_label,
        "remarks": list(figure.remarks), "low": None if figure.low is None else figure.low * 100,
        "high": None if figure.high is None else figure.high * 100, "source": d.source,
        "trust": d.trust.value, "because": texts(figure.because),
    }  # fmt: skip
    there = list(
        FigureRecord.objects.filter(definition=d.id, version=d.version, place=place, as_of=figure.as_of).order_by(
            "id"
        )
    )
    if there and all(getattr(there[-1], name) == value for name, value in values.items()):
        return there[-1]
    row = FigureRecord(key=figure.id + (f"#{len(there) + 1}" if there else ""), computed_at=clock.now(), **values)
    row.save(force_insert=True)
    trail.record(
        "figure.computed",
        Ref("figure", row.key),
        by=by,
        after={"text": row.text, "of": [row.numerator, row.denominator]},
    )
    return row

"""Which quality of the water the axis shows, the laboratory's values of it, and what the discharge class limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from qingxi.quantity import quantity
from qingxi.standard import discharge_limits

from .quantity_words import QUANTITY_WORDS

FACTORS = (
    "cod", "nh3n", "tn", "tp", "ss", "bod5", "cod_mn", "oil", "petroleum", "fecal_coliform", "ph", "do", "conductivity", "colour",
    "water_temp",
)  # fmt: skip
"""Qualities of the effluent that can be looked at, in the order in which they are offered."""


def factor_word(code: str) -> str:
    """A quality's name as it stands on an axis; COD and pH are known by their letters."""
    word = {"cod": "COD", "ph": "pH"}.get(code) or str(QUANTITY_WORDS[code])
    return word if code == "ph" else word[:1].upper() + word[1:]


def factors(labs: Iterable[Any], fine: Collection[str]) -> list[str]:
    """Qualities of which there is anything to draw: values of a laboratory, or a device's."""
    there = {row.quantity for row in labs if row.value is not None} | set(fine)
    return [code for code in FACTORS if code in there]


def factor_of(asked: str, there: Sequence[str], findings: Sequence[Any] = ()) -> str:
    """The quality to be shown: what was asked for, else what the first finding speaks of, else COD or whatever there is."""
    if asked in there:
        return asked
    spoken = next((code for row in findings[:1] if (code := _spoken_of(row)) in there), "")
    return spoken or ("cod" if "cod" in there or not there else there[0])


def _spoken_of(finding: Any) -> str:
    """What a finding shows, else the quality its sentence names first."""
    shown = [one["quantity"].removesuffix("_in") for one in finding.shown]
    named = {code: at for code in FACTORS if (at := finding.statement.find(quantity(code).chinese)) >= 0}
    return next((code for code in shown if code in FACTORS), min(named, key=named.__getitem__, default=""))


def quality_data(code: str, discharge_class: str, labs: Iterable[Any], start: dt.date) -> dict[str, Any]:
    """One quality for ``axis.js``: its name and unit, values of the laboratory on both sides, lines of its limits."""
    sides: dict[str, list[list[Any]]] = {"influent": [], "effluent": []}
    for row in sorted(labs, key=lambda r: r.sampled_on):
        if row.quantity == code and row.sampled_on >= start and row.value is not None:
            sides["influent" if row.point == "influent" else "effluent"].append(
                [row.sampled_on.isoformat(), row.value]
            )
    return {
        "code": code, "word": factor_word(code), "unit": quantity(code).unit, "in": sides["influent"], "out": sides["effluent"],
        "limits": limit_lines(code, discharge_class),
    }  # fmt: skip


def limit_lines(code: str, discharge_class: str) -> list[dict[str, Any]]:
    """Lines of a class's limits, with the word that stands on each; one that nobody read in the standard says so."""
    limits = discharge_limits(discharge_class)
    words = {
        "": _("限值"), ".cold": _("限值（水温低时）"), ".sensitive_water": _("限值（排入敏感水体时）"), ".min": _("下限"), ".max": _("上限"),
    }  # fmt: skip
    found = [(words[end], limits.rows[code + end]) for end in words if limits and code + end in limits.rows]
    return [
        {"value": row.value, "word": word if row.trust.verified else _("%(limit)s（未核实）") % {"limit": word}}
        for word, row in found
    ]

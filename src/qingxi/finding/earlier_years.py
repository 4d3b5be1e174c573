"""Each month's bill beside that of the same month in earlier years (与往年同月比): seasons and holidays fall out of it.

The grid company hands out the bills of years past; most counties never ask. A plant that draws less all year long has no
good month in that year to compare with, but has them in the years before.
"""

from collections.abc import Sequence
from math import log

import numpy as np

from qingxi.finding.by_paper import Month
from qingxi.finding.interval import Floats
from qingxi.finding.lean_months import LEAST_KNOWN
from qingxi.finding.look import Look
from qingxi.finding.thresholds import threshold
from qingxi.reading import Bill

_YEARS = (1, 2)
"""Years back; before that people, air and meters were too different."""
_DAYS = 30


def same_month_before(look: Look, month: Month, years: int) -> Bill | None:
    """The bill of the same month some years earlier."""
    if month.bill is None:
        return None
    then = month.bill.month.replace(day=1, year=month.bill.month.year - years)
    return next((b for b in look.evidence.bills if b.month.replace(day=1) == then), None)


def against_earlier(look: Look, months: Sequence[Month]) -> list[Floats]:
    """The logarithm of each month's bill over that of the same month, one array for every earlier year.

    Parameters
    ----------
    months : sequence of Month
        Of the look, as :func:`qingxi.finding.by_paper.months_of` gives them.

    Returns
    -------
    list of float64[months]
        NaN without a bill on either side, or where the plant then drew too little to have treated; years with fewer
        than ``LEAST_KNOWN`` months to compare are left out. An estimated month and the next, which puts it right,
        share what both drew. Of an account that more hangs on, the fall is the smaller.
    """
    own = np.array([m.kwh_d for m in months])
    if not months or np.isnan(own).all():
        return []
    least = threshold("idle.bill_share") * float(np.nanquantile(own, 0.9)) * _DAYS
    out = []
    for years in _YEARS:
        ratio = np.full(len(months), np.nan)
        for k, month in enumerate(months):
            then = same_month_before(look, month, years)
            if month.bill is not None and month.bill.kwh > 0 and then is not None and then.kwh > least:
                ratio[k] = log(month.bill.kwh / then.kwh)
        if np.count_nonzero(~np.isnan(ratio)) >= LEAST_KNOWN:
            out.append(evened(ratio, months))
    return out


def evened(values: Floats, months: Sequence[Month]) -> Floats:
    """The values with every estimated month and the one after it at their mean."""
    out = values.copy()
    for k, month in enumerate(months[:-1]):
        if month.estimated and not np.isnan(out[k : k + 2]).any():
            out[k] = out[k + 1] = out[k : k + 2].mean()
    return out

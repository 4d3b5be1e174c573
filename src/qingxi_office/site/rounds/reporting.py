"""The round of periodic returns: open what is due, ask the books anew, remind who is late."""

from __future__ import annotations

import datetime as dt

from qingxi_office.returns.actions import open_due
from qingxi_office.returns.actions.filling import refresh_all
from qingxi_office.returns.actions.steps import look
from qingxi_office.trail.actions import Doer


def returns(by: Doer, now: dt.datetime) -> list[str]:
    """Once a day, before the office opens."""
    opened = open_due(by=by)
    changed = refresh_all(by=by)
    said = [f"开了 {len(opened)} 期报表：" + "、".join(str(p) for p in opened)] if opened else []
    said += [f"账上的数动了 {changed} 份报表"] if changed else []
    return [*said, *look(by=by)]

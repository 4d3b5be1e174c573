"""The night's reckoning: findings and figures anew."""

from datetime import datetime

from qingxi_office.findings.actions import examine_all
from qingxi_office.indicators.actions import compute
from qingxi_office.places.queries import county
from qingxi_office.trail.actions import Doer


def findings(by: Doer, now: datetime) -> list[str]:
    """Every rule to every facility; says what is new."""
    done = examine_all(by=by, as_of=now.date())
    return [
        f"检查设施 {done.facilities} 座，发现 {done.findings} 条，其中新的 {done.new} 条，查不清 {done.undecided} 条"
    ]


def figures(by: Doer, now: datetime) -> list[str]:
    """Every definition for the county; nothing in an office without a county."""
    if county() is None:
        return []
    return [f"{figure.name} {figure.text}" for figure in compute(by=by, as_of=now.date())]

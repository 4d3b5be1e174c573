"""Taking a county folder into the books: read through ``qingxi.files``, kept through each app's actions.

One job a load; every fault is kept with it and shown. Loading the same folder again changes nothing. Good rows go in,
whatever else is wrong; a row that names a place or facility we do not know is a fault, not an accident.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.site.loading.ledgers import take_evidence, take_ledgers
from qingxi_office.site.loading.register import take_facilities, take_households, take_register
from qingxi_office.site.loading.tree import take_tree, take_units_and_duties
from qingxi_office.site.loading.under_way import Loading
from qingxi_office.trail.actions import Doer

_STEPS = 9


def load(folder: Path, *, by: Doer, tell: Callable[[str], None] | None = None) -> Job:
    """Take a county folder in; gives the finished job with its faults and counts.

    Raises
    ------
    ValueError
        When there is no usable county.toml; the faults are kept all the same.
    """
    from qingxi.files import Faults, read_books, read_county_folder, read_evidence

    job = jobs.start("load", f"载入 {folder.name}", by=by)
    at = Loading(folder, by, job)
    step = 0

    def doing(what: str) -> None:
        nonlocal step
        jobs.progress(job, step / _STEPS, what)
        step += 1
        if tell:
            tell(what)

    found = Faults()
    said = read_county_folder(folder, found)
    at.faults += found
    if said is None or not said.code:
        jobs.keep_faults(job, at.faults)
        jobs.finish(job, {"loaded": False}, failed=True)
        raise ValueError(f"{folder} 里没有可用的 county.toml(要有县名和 6 位代码)")
    doing("读台账")
    books = read_books(folder, named={k: str(v) for k, v in said.books.items()}, county_code=said.code)
    at.faults += books.faults
    doing("读图层")
    dwellings = _dwellings(said, at)
    with transaction.atomic():
        doing("地域、单位、责任")
        take_tree(at, said, books, dwellings)
        take_units_and_duties(at, said, books)
        doing("村庄、自然村、分母清单")
        take_register(at, said, books, dwellings)
        doing("住户")
        take_households(at, dwellings)
        doing("设施")
        take_facilities(at, books)
        doing("问题台账、资金、其他部门工程")
        take_ledgers(at, books, dwellings)
    doing("读电费、化验、巡查、厂家数据")
    evidence = read_evidence(folder)
    at.faults += evidence.faults
    with transaction.atomic():
        doing("电费、化验、巡查、厂家数据入账")
        take_evidence(at, evidence)
    jobs.keep_faults(job, at.faults)
    jobs.finish(job, {"loaded": True, "counts": dict(at.counts), "faults": len(at.faults)})
    return job


def _dwellings(said: Any, at: Loading) -> Any:
    from qingxi.files import SurveyRequest, read_dwellings

    wanted = {k: v for k, v in said.layers.items() if k in ("households", "hamlets", "villages", "works")}
    read = read_dwellings(SurveyRequest(wanted, crs=said.crs, people=said.people_default, norms=said.norms))
    at.faults += read.faults
    return read

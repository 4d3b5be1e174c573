"""Setting up a new county, step by step: where it stands is read from the books, so that it can be left and taken up again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from qingxi.indicator import definitions
from qingxi.origin import Fault
from qingxi.place import BadCode, parse_code
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.indicators.actions import compute
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places import actions as places
from qingxi_office.places.models import County, Duty, Place, Unit
from qingxi_office.places.queries import county
from qingxi_office.trail import clock
from qingxi_office.villages.models import VillageRecord

_LINE = re.compile(r"^\s*([0-9０-９ ]{2,20}?)[\s,，;；|\t]+(\S.*?)\s*$")
_NEEDED = ("牵头部门", "发文机关", "处罚机关")


class NotTaken(ValueError):
    """What was written down and not taken, every line with its reason."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} 处不对")
        self.faults = faults


@dataclass(frozen=True)
class Standing:
    """How far the county is: counts by step, read at once."""

    county: County | None
    townships: int = 0
    villages: int = 0
    units: int = 0
    people: int = 0
    duties: int = 0
    ledger: int = 0
    facilities: int = 0
    figures: int = 0
    done: dict[str, bool] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return sum(not ok for ok in self.done.values())


def standing() -> Standing:
    """Where the setting up stands; nine small queries."""
    own = county()
    if own is None:
        return Standing(None, done={"county": False})
    living = Place.objects.filter(valid_to=None)
    at = Standing(
        own,
        townships=living.filter(level=Place.Level.TOWNSHIP).count(),
        villages=living.filter(level=Place.Level.VILLAGE).count(),
        units=Unit.objects.count(),
        people=User.objects.filter(is_active=True).count(),
        duties=Duty.objects.exclude(person="").count(),
        ledger=VillageRecord.objects.count(),
        facilities=FacilityRecord.objects.count(),
        figures=FigureRecord.objects.count(),
    )
    at.done.update(
        {
            "county": True,
            "authority": bool(own.lead_department and own.issuing_body and own.penalty_authority),
            "places": at.townships > 0 and at.villages > 0,
            "people": at.people > 1,
            "villages": at.ledger > 0,
            "facilities": at.facilities > 0,
            "duties": at.duties > 0,
            "figures": at.figures > 0,
        }
    )
    return at


@transaction.atomic
def set_authority(lead: str, issuing: str, penalty: str, *, by: Any) -> County:
    """Who leads, who issues, who punishes: data of the county. The first two become units when they are not there."""
    own = _own(by)
    lead, issuing, penalty = lead.strip(), issuing.strip(), penalty.strip()
    lacking = [word for word, said in zip(_NEEDED, (lead, issuing, penalty), strict=True) if not said]
    if lacking:
        raise ValueError(f"{'、'.join(lacking)}还没有写")
    known = dict(Unit.objects.filter(name__in=(lead, issuing)).values_list("name", "pk"))
    new = [
        {"name": name, "kind": "部门", "phone": "", "level": "县", "place_id": own.place_id}
        for name in dict.fromkeys((lead, issuing))
        if name not in known
    ]
    if new:
        known |= places.take_in_units(new, by=by)
    return places.set_county(
        own.place, by=by, lead_department=lead, lead_unit_id=known[lead], issuing_body=issuing,
        issuing_unit_id=known[issuing], penalty_authority=penalty,
    )  # fmt: skip


def read_list(text: str, head: str) -> tuple[list[dict[str, str]], list[Fault]]:
    """Places as people paste them: a code and a name a line, spaces, tabs or commas between; gives good rows and faults.

    ``head`` is the county's code: everything must lie in it.
    """
    rows: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []

    def wrong(number: int, value: str, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault("粘贴的代码表", number, "代码 名称", value, rule, remedy, code))

    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _LINE.match(line)
        if found is None:
            if any(c.isdigit() for c in line) or number > 1:
                wrong(number, line.strip()[:80], "每行先写代码、再写名称", "中间空一格或用逗号", "place-line")
            continue  # the first line without a digit is a heading
        try:
            code = parse_code(found[1])
        except BadCode as error:
            wrong(number, found[1], str(error), "从国家统计局的代码表复制", "place-code")
            continue
        if len(code.text) <= 6:
            continue  # the county itself and what is above it
        if not code.text.startswith(head):
            wrong(number, code.text, f"代码要以 {head} 开头", "去掉别的县的行", "place-elsewhere")
        elif code.text in rows and rows[code.text]["name"] != found[2]:
            wrong(number, code.text, f"与前面的“{rows[code.text]['name']}”同一个代码", "留一个", "place-twice")
        else:
            rows[code.text] = {"code": code.text, "name": found[2]}
    for code_text in list(rows):
        if len(code_text) >= 12 and code_text[:9] not in rows and not _known(code_text[:9]):
            wrong(0, code_text, "没有它所在的乡镇", f"补上 {code_text[:9]} 这一行", "place-orphan")
            del rows[code_text]
    return list(rows.values()), faults


def _known(code: str) -> bool:
    return Place.objects.filter(code=code, valid_to=None).exists()


@transaction.atomic
def take_list(text: str, *, by: Any) -> tuple[int, list[Fault]]:
    """Take the good lines of a pasted list; a township becomes a unit too. Gives how many, and what was not taken."""
    own = _own(by)
    rows, faults = read_list(text, own.place.code)
    if not rows:
        raise NotTaken(
            faults or [Fault("粘贴的代码表", None, "", "", "没有一行代码", "每行：代码 名称", "place-none")]
        )
    tree = places.take_in_tree(rows, by=by)
    known = set(Unit.objects.values_list("name", flat=True))
    new = [
        {
            "name": f"{tree[r['code']].name}人民政府",
            "kind": "乡镇",
            "phone": "",
            "level": "乡镇",
            "place_id": tree[r["code"]].pk,
        }
        for r in rows
        if len(r["code"]) == 9 and f"{r['name']}人民政府" not in known
    ]
    if new:
        places.take_in_units(new, by=by)
    return len(rows), faults


@transaction.atomic
def set_target(target: str, definition: str, *, by: Any) -> int:
    """The year's target and the definition on the home page; figures are computed at once. Gives how many."""
    own = _own(by)
    if definition not in definitions():
        raise ValueError("没有这个口径")
    try:
        value = float(target.replace("%", "").strip()) if target.strip() else None
    except ValueError as wrong:
        raise ValueError(f"目标“{target}”看不懂，例如 75") from wrong
    if value is not None and not 0 < value <= 100:
        raise ValueError("目标在 0 到 100 之间")
    places.set_county(own.place, by=by, target_rate=value, main_definition=definition)
    return len(compute(by=by, as_of=clock.today()))


def choices() -> Iterator[tuple[str, str]]:
    """The definitions that can stand on the home page."""
    return ((key, one.name) for key, one in definitions().items())


def _own(by: Any) -> County:
    own = county()
    if own is None:
        raise ValueError("还没有县")
    rights.check(by, "load", path=own.place.path)
    return own

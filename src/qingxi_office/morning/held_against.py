"""What the ledgers are held against, out of the office's own books: register, statuses, tests."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import Max

from qingxi.morning import Limits, Quarter, Register, RegisterVillage, Setting
from qingxi.place import VillageKind
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.morning.models import LedgerCheck
from qingxi_office.places.models import Place, PlacePast, Succession
from qingxi_office.readings.models import LabRow
from qingxi_office.villages.models import HamletRecord, ScopeLine


def sound(name: str) -> str:
    """Pinyin without tones, as typists hear it."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name))


def register() -> Register:
    """Villages and communities of the tree, living and gone. Five queries."""
    rural = set(ScopeLine.objects.filter(change="列入").values_list("place__code", flat=True)) | set(
        HamletRecord.objects.values_list("place__parent__code", flat=True).distinct()
    )
    went = dict(Succession.objects.order_by("on", "id").values_list("old_id", "new__code"))
    codes: dict[int, list[str]] = defaultdict(list)
    names: dict[int, list[str]] = defaultdict(list)
    for pk, code, name in PlacePast.objects.filter(level="village").values_list("place_id", "code", "name"):
        codes[pk].append(code)
        names[pk].append(name)
    rows = Place.objects.filter(level="village").select_related("parent")
    return Register(
        [
            RegisterVillage(
                p.code, p.name, p.parent.code if p.parent else p.code[:9], p.parent.name if p.parent else "",
                VillageKind.COMMUNITY if p.kind == "居委会" or (not p.kind and p.name.endswith("社区")) else VillageKind.VILLAGE,
                tuple(dict.fromkeys([*p.former_names, *(n for n in names[p.pk] if n != p.name)])),
                tuple(c for c in codes[p.pk] if c != p.code), p.valid_to, went.get(p.pk, ""), p.code in rural,
            )
            for p in rows.order_by("code")
        ],
        sound,
    )  # fmt: skip


def setting_of(check: LedgerCheck) -> Setting:
    """The setting of a check: its quarter and day, the register, the books' statuses and samples of today."""
    tests: dict[str, date] = {
        key: day
        for key, day in LabRow.objects.order_by().values_list("facility__key").annotate(day=Max("sampled_on"))
        if day is not None
    }
    statuses = dict(FacilityRecord.objects.values_list("key", "status"))
    return Setting(register(), Quarter(check.year, check.quarter), check.on, Limits.usual(), statuses, tests)

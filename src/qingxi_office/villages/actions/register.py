"""Every change to the register of villages."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum

from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail
from qingxi_office.villages.cells import cell
from qingxi_office.villages.models import (
    HamletRecord,
    HouseholdRecord,
    HouseTally,
    ScopeLine,
    StateChange,
    Treatment,
    VillageRecord,
)

Rows = Sequence[Mapping[str, Any]]


@transaction.atomic
def take_in_villages(rows: Rows, *, by: trail.Doer, on: date, because: str = "") -> trail.TakenIn:
    """Put villages in by place; every state that differs from the one known becomes a change with its day."""
    rights.check(by, "load")
    old = dict(VillageRecord.objects.values_list("place_id", "state"))
    taken = trail.take_in(
        VillageRecord, rows, key="place_id", action="villages.taken_in", subject=Ref("village", "register"), by=by,
        because=because,
    )  # fmt: skip
    StateChange.objects.bulk_create(
        StateChange(
            village_id=taken.ids[row["place_id"]], old=old.get(row["place_id"], ""), new=row["state"],
            on=row.get("state_on") or on, document=row.get("state_doc", ""), reason=because or "台账载入",
            by_name=str(by),
        )
        for row in rows
        if old.get(row["place_id"]) != row["state"]
    )  # fmt: skip
    return taken


def take_in_scope(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put the lines of the signed denominator list in (one line a place and change)."""
    rights.check(by, "load")
    there = {(line.place_id, line.change): line for line in ScopeLine.objects.all()}
    new = [row for row in rows if (row["place_id"], row["change"]) not in there]
    with transaction.atomic():
        ScopeLine.objects.bulk_create(ScopeLine(**row) for row in new)
        if new:
            trail.record(
                "scope.taken_in",
                Ref("scope", "list"),
                by=by,
                after={"new": len(new), "named": sorted(str(row["place_id"]) for row in new)},
            )
    return trail.TakenIn(len(new), 0, len(rows) - len(new), {})


def take_in_hamlets(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put natural villages in by key; gives ids by key."""
    rights.check(by, "load")
    return trail.take_in(HamletRecord, rows, action="hamlets.taken_in", subject=Ref("hamlet", "register"), by=by)


@transaction.atomic
def take_in_households(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put households in by key; 30,000 in a few seconds."""
    rights.check(by, "load")
    rows = [{**row, "cell": cell(row["lon"], row["lat"])} if "lon" in row else row for row in rows]
    taken = trail.take_in(
        HouseholdRecord, rows, action="households.taken_in", subject=Ref("household", "register"), by=by
    )
    if taken.new or taken.changed:
        tally()
    return taken


def put_households(rows: Rows, new: int, *, by: trail.Doer, because: str = "") -> trail.TakenIn:
    """Put in households that were compared before, new ones and changed ones: 200,000 hold the books for seconds.

    Every row names the same fields and is written as it is; nothing else of a household changes.
    """
    rights.check(by, "load")
    rows = [{**row, "cell": cell(row["lon"], row["lat"])} for row in rows]
    hamlets = {row["hamlet_id"] for row in rows}
    trail.put_in(
        HouseholdRecord, rows, action="households.taken_in", subject=Ref("household", "register"), by=by, because=because,
        new=new, then=lambda: tally(*(hamlets if len(hamlets) < 300 else ())),
    )  # fmt: skip
    return trail.TakenIn(new, len(rows) - new, 0, {})


def tally(*hamlets: int) -> None:
    """Add up the households of these natural villages (of all when none is named) anew; two queries and the writing."""
    rows = HouseholdRecord.objects.filter(hamlet__in=hamlets) if hamlets else HouseholdRecord.objects.all()
    held = [
        HouseTally(hamlet_id=row.pop("hamlet"), **{k.removeprefix("n_"): v or 0 for k, v in row.items()})
        for row in rows.order_by().values("hamlet").annotate(**_TALLIED)
    ]
    (HouseTally.objects.filter(hamlet__in=hamlets) if hamlets else HouseTally.objects.all()).delete()
    HouseTally.objects.bulk_create(held, batch_size=500)


_TALLIED = {
    "n_houses": Count("pk"),
    "n_people_registered": Sum("people_registered"),
    "n_people_resident": Sum("people_resident"),
    "n_people_festival": Sum("people_festival"),
    "n_connected": Count("pk", filter=Q(connected="已接")),
    "n_to_connect": Count("pk", filter=Q(connected="应接未接")),
    "n_asked": Count("pk", filter=~Q(connected="")),
    "n_toilet_known": Count("pk", filter=~Q(toilet="")),
}


@transaction.atomic
def set_modes(modes: Mapping[str, tuple[str, int]], *, by: trail.Doer, because: str) -> int:
    """Note the plan's mode and system of each household key; gives how many changed."""
    rights.check(by, "load")
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    changed = 0
    for pk, key, *known in HouseholdRecord.objects.values_list("pk", "key", "mode", "system").iterator(5000):
        mode = modes.get(key)
        if mode is not None and tuple(known) != mode:
            groups[mode].append(pk)
            changed += 1
    # One plain update a system: a thousandfold CASE over 30,000 rows takes ten times as long.
    for (mode, system), pks in groups.items():
        for at in range(0, len(pks), 5000):
            HouseholdRecord.objects.filter(pk__in=pks[at : at + 5000]).update(mode=mode, system=system)
    if changed:
        trail.record("households.planned", Ref("household", "register"), by=by, because=because, after=changed)
    return changed


@transaction.atomic
def change_state(
    village: VillageRecord, state: str, *, by: trail.Doer, on: date, document: str, reason: str
) -> StateChange:
    """A village enters or leaves a state (认定、退出), with day, document and reason."""
    rights.check(by, "change_state", path=village.place.path)
    if not reason or (state != "未完成" and not document):
        raise ValueError("治理状态变更须写明理由,认定须有文号")
    second = ""
    if state == Treatment.TREATED:
        second = require(
            "recognise_village", Ref("village", village.place.code), by=by, title=f"{village.place.name}认定为已治理",
            what=f"{state} {on} {document}", path=village.place.path,
        )  # fmt: skip
    old, village.state, village.state_on, village.state_doc = village.state, state, on, document
    village.save(update_fields=["state", "state_on", "state_doc"])
    change = StateChange(
        village=village, old=old, new=state, on=on, document=document, reason=reason, by_name=str(by)
    )
    change.save(force_insert=True)
    trail.record(
        "village.state_changed",
        Ref("village", village.place.code),
        by=by,
        because="；".join(x for x in (reason, second) if x),
        before=old,
        after=state,
    )
    return change

"""Taking in what a phone sends: each round exactly once, whatever was sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from qingxi.origin import Fault, Ref
from qingxi.patrol import checklist, checklists, settle, signs_of_round
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import facilities
from qingxi_office.intake import actions as intake
from qingxi_office.notices.actions import tell
from qingxi_office.patrols import queries
from qingxi_office.patrols.models import Phone, RoundSign, VisitPhoto
from qingxi_office.patrols.wanted import SentRound, read_round, read_uuid
from qingxi_office.people import rights
from qingxi_office.people.audience import holders, of_units
from qingxi_office.people.models import Role
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_BY_ROLE = {Role.OPERATOR_FOREMAN: "operator", Role.INSPECTOR: "village"}


@dataclass(slots=True)
class Taken:
    """What became of one round: ``taken`` now, ``again`` (it stood here already) or ``refused`` with its faults."""

    uuid: str
    state: str
    pk: int | None = None
    key: str = ""
    report: str = ""
    photos: list[tuple[str, bool]] = field(default_factory=list)  # hash, whether its bytes are here
    faults: list[Fault] = field(default_factory=list)
    at: datetime | None = None


def take_in_rounds(
    raws: Sequence[Mapping[str, Any]], *, by: Any, phone: str, phone_now: datetime, agent: str = ""
) -> list[Taken]:
    """Take in some rounds of one phone, in the order of its counter; the answers stand in the order they were sent.

    Every round is taken or refused for itself. What is taken is taken in one transaction with its trail: an answer that
    never reaches the phone, or a server that ends in the middle, leaves all or nothing, and sending again gives ``again``
    for what is here. Costs a fixed number of queries and one row of trail a round.

    Parameters
    ----------
    phone : str
        The name that the phone made for itself.
    phone_now : datetime
        What its clock showed when it sent this.
    """
    read = [read_round(raw, n) for n, raw in enumerate(raws, start=1)]
    answers: dict[int, Taken] = {}
    for n, (sent, faults) in enumerate(read):
        if sent is None:
            said = raws[n].get("uuid")
            answers[n] = Taken(str(said) if read_uuid(said) else "", "refused", faults=faults)
    for attempt in range(3):
        try:
            with transaction.atomic():
                taken = _Batch(by, phone[:40], phone_now, agent).take([r for r, _ in read if r is not None])
            break
        except IntegrityError:  # the same round came in beside us: it is there now, and this is the second time
            if attempt == 2:  # an error and no refusal: the phone keeps what it has and sends it again
                raise
    for n, (sent, _faults) in enumerate(read):
        if sent is not None:
            answers[n] = taken.get(sent.uuid) or Taken(str(sent.uuid), "refused")
    return [answers[n] for n in range(len(raws))]


class _Batch:
    """One message of one phone, inside one transaction."""

    def __init__(self, by: Any, phone: str, phone_now: datetime, agent: str) -> None:
        self.by, self.now = by, clock.now()
        self.offset = (self.now - phone_now).total_seconds()
        # On a practice day the office's clock stands on another day on purpose: that is no fault of the phone.
        self.shift = (self.now - clock.real_now()).total_seconds() if clock.practice_day() else 0.0
        # The row of the phone is held, so that two messages of one phone follow each other.
        Phone.objects.get_or_create(name=phone, defaults={"first_at": self.now, "last_at": self.now})
        self.phone = Phone.objects.select_for_update().get(name=phone)
        self.phone.person_id, self.phone.last_at, self.phone.agent = by.pk, self.now, agent[:160]
        self.phone.clock_offset_s = self.offset
        self.clocks: dict[
            str, tuple[float, bool]
        ] = {}  # by round: how wrong its clock was, s, and whether it was set

    def take(self, sent: Sequence[SentRound]) -> dict[UUID, Taken]:
        out = self._there([s.uuid for s in sent])
        fresh = sorted((s for s in sent if s.uuid not in out), key=lambda s: s.counter)
        seen = {f.key: f for f in facilities(self.by).filter(key__in={s.facility for s in fresh})}
        rows: list[tuple[SentRound, VisitRow, FacilityRecord]] = []
        near = queries.neighbours(self.phone.name, [s.counter for s in fresh])
        for one in fresh:
            if one.uuid in out or any(one.uuid == r.uuid for _, r, _ in rows):
                continue
            facility = seen.get(one.facility)
            if facility is None or not rights.may(self.by, "record_visit", path=facility.place.path):
                fault = Fault(
                    "手机",
                    None,
                    "facility",
                    one.facility,
                    "这座站不在您的辖区里",
                    "记录留在手机里，请找乡镇专干",
                    "round-not-yours",
                )
                out[one.uuid] = Taken(str(one.uuid), "refused", faults=[*one.faults, fault])
                continue
            rows.append((one, self._row(one, facility, near), facility))
        if rows:
            self._write(rows, out)
        if sent:
            self.phone.last_counter = max([self.phone.last_counter, *(s.counter for s in sent)])
        self.phone.save()
        return out

    def _there(self, uuids: Sequence[UUID]) -> dict[UUID, Taken]:
        """Those that stand here already: only the person's own; another's number is refused without a word of it."""
        out = {}
        kept = VisitRow.objects.filter(uuid__in=uuids).prefetch_related("photos")
        for row in kept:
            if row.uuid is None:
                continue
            if row.by_pk != self.by.pk:
                out[row.uuid] = Taken(str(row.uuid), "refused", faults=[_TAKEN_NUMBER])
                continue
            photos = [(p.sha256, p.state != VisitPhoto.State.AWAITED) for p in row.photos.all()]
            out[row.uuid] = Taken(str(row.uuid), "again", row.pk, row.key, row.report, photos, at=row.visited_at)
        return out

    def _row(self, one: SentRound, facility: FacilityRecord, near: queries.Neighbours) -> VisitRow:
        floor, ceiling = near.around(one.counter)
        settled = settle(
            one.phone_at, self.now, self.offset, offset_contact_s=one.contact_offset_s, contact_at=one.contact_at,
            floor=floor, ceiling=ceiling, shift_s=self.shift,
        )  # fmt: skip
        near.put(one.counter, settled.at)
        away = None
        if one.lon is not None and one.lat is not None and facility.lon is not None and facility.lat is not None:
            away = queries.nearest_reading(one.lon, one.lat, facility.lon, facility.lat)
        row = VisitRow(
            key=f"{facility.key}/{one.uuid}", facility=facility, visited_at=settled.at, by_name=str(self.by), by_pk=self.by.pk,
            by_role=_BY_ROLE.get(getattr(self.by, "role", ""), "county"), answers=one.answers, meter_kwh=one.meter_kwh,
            note=one.note, uuid=one.uuid, phone=self.phone.name, counter=one.counter, phone_at=one.phone_at,
            received_at=self.now, clock_offset_s=settled.offset_s, clock_contact_s=one.contact_offset_s, lon=one.lon,
            lat=one.lat, accuracy_m=one.accuracy_m, distance_m=away, took_s=one.took_s, checklist=one.checklist,
            n_photos=len(one.photos), repair=one.repair,
        )  # fmt: skip
        self.clocks[row.key] = (settled.offset_s if settled.wrong else 0.0, settled.moved)
        return row

    def _write(self, rows: list[tuple[SentRound, VisitRow, FacilityRecord]], out: dict[UUID, Taken]) -> None:
        known = queries.rounds_of(self.by.pk, min(r.visited_at for _, r, _ in rows) - timedelta(days=1))
        same = queries.last_rounds_at(self.by.pk, {f.pk for _, _, f in rows})
        fresh = [queries.as_round(row, facility, *self.clocks[row.key]) for _, row, facility in rows]
        signs = {
            row.key: signs_of_round(one, [*known, *(s for s in same if s.facility == one.facility), *fresh])
            for one, (_, row, _) in zip(fresh, rows, strict=True)
        }
        for sent, row, facility in rows:
            row.flags = sorted(sign.kind.value for sign in signs[row.key])
            if row.repair:
                row.report = self._report(sent, row, facility)
        VisitRow.objects.bulk_create([row for _, row, _ in rows])
        photos = [
            VisitPhoto(visit=row, sha256=p.sha256, size=p.size, source=p.source, taken_at=p.taken_at)
            for sent, row, _ in rows
            for p in sent.photos
        ]
        VisitPhoto.objects.bulk_create(photos)
        RoundSign.objects.bulk_create(
            RoundSign(
                visit=row, kind=sign.kind.value, said=sign.said, innocent=sign.innocent, figures=sign.figures,
                others=list(sign.rounds), made_at=self.now,
            )
            for _, row, _ in rows
            for sign in signs[row.key]
        )  # fmt: skip
        for sent, row, _ in rows:
            trail.record(
                "visit.recorded", Ref("visit", row.key), by=self.by,
                after={**row.answers, "phone_at": sent.phone_at.isoformat(), "photos": [p.sha256 for p in sent.photos]},
            )  # fmt: skip
            out[sent.uuid] = Taken(
                str(sent.uuid), "taken", row.pk, row.key, row.report, [(p.sha256, False) for p in sent.photos], sent.faults,
                row.visited_at,
            )  # fmt: skip

    def _report(self, sent: SentRound, row: VisitRow, facility: FacilityRecord) -> str:
        """The wish for a repair goes the way of every report: a clerk takes it up, and it becomes a problem."""
        wrong = (checklists().get(sent.checklist) or checklist()).wrong(sent.answers)
        words = "，".join(f"{q.word}{a.word}" for q, a in wrong) or "需要来人看"
        text = f"巡查报修：{words}。" + (f"{sent.note}。" if sent.note else "")
        report = intake.hand_in(
            text, address=f"round/{sent.uuid}", facility=facility.key, facility_name=facility.name,
            village_code=facility.place.code, channel="round", by=self.by,
        )  # fmt: skip
        told = holders([Role.TOWNSHIP_CLERK], facility.place.path) | of_units(
            [facility.operator_unit_id], facility.place.path
        )
        tell(
            told - {self.by.pk}, "round_repair", f"{facility.name}：{words}", once=f"repair/{row.uuid}",
            href=f"/facilities/{facility.key}/", text=f"{self.by} 巡查时报修，收件号 {report.code}",
        )  # fmt: skip
        return report.code


_TAKEN_NUMBER = Fault("手机", None, "uuid", "", "这个号别人用过了", "更新手机上的页面，重新记一次", "round-number")

"""Any sequence of deeds by any of the cast, on the office's own actions: the judge finds nothing in what comes out closed."""

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ledger_judge import breaches
from qingxi.calendar import WorkingDays
from qingxi.issue import ASKED, TRANSITIONS, Answer, ErrandKind, IssueClass, Step, closing_rule
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.actions import (
    Piece,
    Refused,
    answer_errand,
    ask_units,
    open_by_hand,
    raise_blockage,
    take,
)
from qingxi_office.issues.law import as_issue
from qingxi_office.issues.models import IssueErrand, IssueRecord
from qingxi_office.people.rights import Denied
from qingxi_office.places.models import Unit

BEGIN = date(2026, 9, 1)
PEOPLE = ["chenjing", "zhouwei", "luomei", "hezhi", "zhaoyong", "sunning"]
LINE = [
    Step.RECEIVE, Step.PLAN, Step.START, Step.SELF_CHECK, Step.APPLY, Step.VERIFY, Step.SIGN, Step.PUBLISH, Step.CLOSE, Step.ON_SITE,
    Step.AGREE,
]  # fmt: skip
RULES = {
    "publish": {k.value: closing_rule(k).publish_working_days for k in IssueClass},
    "plans": {k.value: closing_rule(k).plan for k in IssueClass},
    "wait": 5,
}
_held = io.BytesIO()
Image.new("RGB", (2, 2)).save(_held, "PNG")
PNG = _held.getvalue()


class _Roll(Exception):
    """Ends an example; what it wrote is rolled back."""


def _pieces(step, withheld, answer):
    kinds = [kind.split("|")[0] for kind in TRANSITIONS[step].evidence]
    kinds += [k for k in ("上级销号文件", "整改后照片或资料") if step in (Step.CLOSE, Step.AGREE)]
    made = [
        Piece(k, "写明", SimpleUploadedFile("a.png", PNG, "image/png") if k == "整改后照片" else None)
        for k in kinds
        if k != withheld
    ]
    return [*made, Piece(ASKED, "问过", answer=answer)] if answer else made


DEEDS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(LINE), st.sampled_from(LINE), st.sampled_from(Step)),
        st.one_of(st.none(), st.none(), st.sampled_from(PEOPLE)),  # None: somebody of the unit whose step it is
        st.integers(0, 8),
        st.sampled_from([None, None, None, "读数", "签字件", "整改后照片", "整改后照片或资料"]),
        st.sampled_from([None, None, *Answer]),
        st.sampled_from(["", "", "高明"]),
    ),
    min_size=8,
    max_size=22,
)


def _open(cast, klass, reporter):
    station = FacilityRecord.objects.select_related("place", "operator_unit").get(key="QX-001")
    if klass is IssueClass.BLOCKAGE:
        finance = Unit.objects.create(name="县财政局", kind="部门", level="县", place=cast.county)
        row = raise_blockage(by=cast.luomei, title="款未到", kind="资金", against=finance, facility=station)
    else:
        city = Unit.objects.create(name="市局", kind="部门", level="市", place=cast.county)
        closer = {"closer": city} if klass is IssueClass.SUPERVISED else {}
        row = open_by_hand(
            by=cast.chenjing, source="巡查", place=station.place, facility=station, title="风机不响", klass=klass.value, on=BEGIN,
            report_code=reporter, **closer,
        )  # fmt: skip
    return row


def _somebody(cast, row, step, own_way):
    """One of the unit whose step it is; an officer of the county where the unit has nobody here (the city, finance)."""
    fields = {
        "整改责任单位": "rectifier",
        "牵头督导单位": "lead",
        "核查单位": "verifier",
        "销号单位": "closer",
        "提出单位": "raiser",
    }
    for role in TRANSITIONS[step].roles:
        unit = getattr(row, fields[role.value])
        for person in cast.people.values():
            if unit is not None and person.unit_id == unit.pk:
                return person
    return cast.chenjing if own_way else cast.zhouwei


@pytest.mark.parametrize("klass", list(IssueClass))
def test_no_path_by_any_deeds_closes_against_the_laws(cast, klass):
    closings = []

    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(deeds=DEEDS, reporter=st.sampled_from(["", "ABC234"]), asks=st.booleans())
    def play(deeds, reporter, asks):
        try:
            with transaction.atomic():
                row = _open(cast, klass, reporter)
                day = row.assigned_on
                if asks:
                    ask_units(row, ErrandKind.COSIGN, [cast.units["岚坪镇人民政府"]], by=cast.luomei, said="请会签")
                for n, (step, who, days, withheld, answer, signer) in enumerate(deeds):
                    row = IssueRecord.objects.select_related(
                        "rectifier", "lead", "verifier", "closer", "raiser"
                    ).get(pk=row.pk)
                    by = getattr(cast, who) if who else _somebody(cast, row, step, bool(signer))
                    day = min(day + timedelta(days=days), date(2026, 12, 31))
                    more = (
                        {"due_on": row.due_on + timedelta(days=20)}
                        if step in (Step.EXTEND, Step.SUSPEND, Step.REOPEN)
                        else {}
                    )
                    try:
                        with transaction.atomic():
                            take(
                                row, step, by=by, evidence=_pieces(step, withheld, answer), note="因为", on=day, upper_signer=signer, **more
                            )  # fmt: skip
                    except (Refused, Denied):
                        pass
                    if n == len(deeds) // 2:
                        for errand in IssueErrand.objects.filter(issue=row, kind="会签", answered_on=None):
                            answer_errand(errand, by=cast.hezhi, answer="同意", agrees=True)
                    now = IssueRecord.objects.select_related("place", "facility").get(pk=row.pk)
                    law = as_issue(now, now.steps.select_related("unit"))
                    if law.closed:
                        assert breaches(law, WorkingDays().is_working, **RULES) == []
                        closings.append(now.key)
                raise _Roll
        except _Roll:
            pass

    play()

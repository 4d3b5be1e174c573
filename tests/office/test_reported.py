"""Official figures and targets in the books: kept beside ours, corrected by new rows, within one's rights."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from qingxi.indicator import Reported
from qingxi_office.indicators import queries
from qingxi_office.indicators.actions import note_reported, set_target
from qingxi_office.indicators.models import ReportedFigure
from qingxi_office.trail.models import Entry

pytestmark = pytest.mark.django_db


def said(**more):
    return Reported(
        **{
            "key": "", "name": "行政村生活污水治理率", "place": "天河坝县", "value": Decimal("75.0"), "n": None, "unit_counted": "行政村",
            "issuer": "市治污办", "document": "三季度通报", "as_of": date(2026, 9, 30), "definition": "treatment_rate_village", **more,
        }
    )  # fmt: skip


def test_kept_as_issued_and_read_back(cast):
    row = note_reported(said(value=Decimal("20"), bound="<", assumed={"unit_counted": "未写"}), by=cast.chenjing)
    back = queries.as_reported(queries.reported(cast.chenjing).get())
    assert row.key == "GF-00001"
    assert back.printed == "<20%"
    assert back.assumptions == ("计数单位为推断：未写",)
    note_reported(said(value=Decimal("66.850"), key="x"), by=cast.chenjing)
    assert queries.as_reported(ReportedFigure.objects.get(key="x")).printed == "66.850%"  # decimals as issued


def test_a_correction_is_a_new_row(cast):
    old = note_reported(said(), by=cast.chenjing)
    new = note_reported(said(value=Decimal("74.0")), by=cast.chenjing, replaces=old.key)
    assert [r.key for r in queries.reported(cast.chenjing)] == [new.key]
    assert ReportedFigure.objects.get(key=old.key).value == 75
    with pytest.raises(ValueError, match="已被更正"):
        note_reported(said(value=Decimal("70")), by=cast.chenjing, replaces=old.key)
    assert Entry.objects.filter(action="figure.reported_noted").count() == 2


def test_the_same_key_is_kept_once_and_never_overwritten(cast):
    one = note_reported(said(key="s1"), by=cast.chenjing)
    assert note_reported(said(key="s1"), by=cast.chenjing).pk == one.pk
    with pytest.raises(ValueError, match="另一个数"):
        note_reported(said(key="s1", value=Decimal("76")), by=cast.chenjing)


def test_who_may(cast):
    with pytest.raises(PermissionDenied):
        note_reported(said(), by=cast.luomei)
    with pytest.raises(PermissionDenied):
        set_target("treatment_rate_village", 2026, 75, "任务书", by=cast.sunning)
    note_reported(said(), by=cast.chenjing)
    assert not queries.reported(cast.luomei).exists()  # the county's figure lies in the county
    assert not queries.reported(cast.zhaoyong).exists()
    assert queries.reported(cast.sunning).exists()


def test_targets_keep_their_letter(cast):
    set_target("treatment_rate_village", 2026, 75, "县任务书〔2026〕3号", by=cast.chenjing)
    assert queries.targets(cast.chenjing).get().document == "县任务书〔2026〕3号"
    for wrong in (
        ("nobody", 2026, 75, "x"),
        ("treatment_rate_village", 2026, 120, "x"),
        ("treatment_rate_village", 2026, 75, " "),
    ):
        with pytest.raises(ValueError):
            set_target(*wrong, by=cast.chenjing)


def test_a_number_that_cannot_be_kept_is_refused(cast):
    with pytest.raises(ValueError, match="记不下"):
        note_reported(said(value=Decimal("1.0000001")), by=cast.chenjing)

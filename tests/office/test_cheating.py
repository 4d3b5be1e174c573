"""The close-out by direct posts, past the page and its buttons: who rectified neither verifies nor signs, words are no photo."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from qingxi_office.issues.models import IssueEvidence, IssueRecord

DAY = date(2026, 11, 20)


@pytest.fixture
def issue(cast):
    return IssueRecord.objects.create(
        key="WT-2026-0001", title="风机不响", klass="一般", place=cast.places["999901100200"], found_on=DAY, assigned_on=DAY,
        due_on=date(2026, 12, 11), state="交办", rectifier=cast.units["清源运维公司"], lead=cast.units["溪口镇人民政府"],
        verifier=cast.units["天河坝县生态环境局"], closer=cast.units["县治污办"],
    )  # fmt: skip


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def photo() -> SimpleUploadedFile:
    """The beginning and the end of a JPEG with nothing between: enough to be taken in and kept."""
    held = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(held, "JPEG")
    return SimpleUploadedFile("a.jpg", held.getvalue(), "image/jpeg")


def post(person, step, note="办了", **more):
    """Take a step by a bare post; gives what the page says afterwards."""
    answer = browser(person).post("/issues/WT-2026-0001/step/", {"step": step, "note": note, **more}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_rectifies_neither_verifies_nor_signs_nor_closes(cast, issue):
    foreman = cast.zhaoyong
    for step, more in (("RECEIVE", {}), ("START", {}), ("SELF_CHECK", {"photo": photo()}), ("APPLY", {})):
        assert "没有办成" not in post(foreman, step, **more)
    for cheat in ("VERIFY", "SIGN", "PUBLISH", "CLOSE", "EXTEND"):
        assert "没有办成" in post(foreman, cheat), cheat
        issue.refresh_from_db()
        assert issue.state == "申请销号"
    assert "没有办成" not in post(cast.chenjing, "VERIFY")
    assert "没有办成" in post(foreman, "SIGN")
    assert "没有办成" in post(
        cast.chenjing, "CLOSE"
    )  # who verified does not close either, and not before the signature
    assert "没有办成" not in post(cast.zhouwei, "SIGN")
    assert "没有办成" in post(foreman, "CLOSE")
    issue.refresh_from_db()
    assert issue.is_open


def test_an_empty_hand_is_no_evidence(cast, issue):
    post(cast.zhaoyong, "RECEIVE")
    post(cast.zhaoyong, "START")
    for note in ("", "   ", "修好了，不拍了"):
        said = post(cast.zhaoyong, "SELF_CHECK", note=note)
        assert "没有办成" in said
        assert "照片" in said
    post(cast.zhaoyong, "SELF_CHECK", photo=photo())
    assert "没有办成" in post(cast.zhaoyong, "APPLY", note="")
    issue.refresh_from_db()
    assert issue.state == "自验"


def test_a_step_cannot_be_skipped(cast, issue):
    for who, step in ((cast.zhouwei, "CLOSE"), (cast.zhouwei, "SIGN"), (cast.chenjing, "VERIFY")):
        assert "没有办成" in post(who, step)
    assert not IssueEvidence.objects.exclude(step=None).exists()


def test_who_only_reads_is_told_who_can(cast, issue):
    answer = browser(cast.sunning).post("/issues/WT-2026-0001/step/", {"step": "VERIFY", "note": "x"})
    assert answer.status_code == 403
    assert "可以做的是" in answer.content.decode()

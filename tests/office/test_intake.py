"""What villagers hand in: a code with a check character, a rate limit, a photo without its EXIF."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from qingxi_office.intake.actions import TooMany, follow, hand_in, note_answer, reply, reply_of_follower
from qingxi_office.intake.code import ALPHABET, check_character, public_code, tracking_code, whole
from qingxi_office.intake.limits import stamp, typed_s, weigh
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import PublicReport
from qingxi_office.intake.photo import NotAPhoto, _bare_jpeg, _bare_png, bare
from qingxi_office.intake.queries import by_code, by_handle, handle, nearby
from qingxi_office.trail import clock

BODY = st.text(ALPHABET, min_size=4, max_size=8)


@given(BODY, st.data())
def test_one_wrong_sign_is_found(body, data):
    code = body + check_character(body)
    at = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != code[at]]))
    assert whole(code)
    assert not whole(code[:at] + other + code[at + 1 :])


@given(BODY, st.data())
def test_two_swapped_neighbours_are_found(body, data):
    at = data.draw(st.integers(0, len(body) - 2))
    swapped = body[:at] + body[at + 1] + body[at] + body[at + 2 :]
    if swapped != body:
        assert not whole(swapped + check_character(body))


def test_codes():
    assert whole(tracking_code())
    assert len(tracking_code()) == 9
    assert public_code("QX-083")[:-1] == "QX083"
    assert whole(public_code("QX-083"))


def test_report_keeps_no_address(db):
    report = hand_in(" 又臭又响 ", address="10.1.2.3", facility="QX-001")
    assert report.text == "又臭又响"
    assert "10.1.2.3" not in str(PublicReport.objects.values().get())
    assert by_code(report.code.lower()) == report
    assert list(nearby("QX-001")) == [report]


def test_a_shared_telephone_gets_through_and_a_machine_is_looked_at(db):
    """Five an hour go their way, more wait for a look with their code, photos end at 30, and 120 an hour no hand writes."""
    own = [hand_in("臭", address="10.1.2.3") for _ in range(7)]
    assert [bool(r.held) for r in own] == [False] * 5 + [True] * 2
    assert all(whole(r.code) for r in own)
    assert list(nearby("")) == [], "what waits for a look is shown to nobody"
    assert hand_in("臭", address="10.1.2.4").held == ""
    assert weigh(29, None, by_form=False).photo
    assert not weigh(30, None, by_form=False).photo
    with pytest.raises(TooMany, match="12345"):
        weigh(120, 60, by_form=True)


def test_writing_faster_than_hands_is_looked_at_and_the_slow_are_not(db):
    now = clock.now()
    opened = stamp(now - timedelta(seconds=2))
    assert typed_s(opened, now) == pytest.approx(2)
    assert "太快" in hand_in("臭", address="10.9.9.1", opened=opened).held
    assert "太快" in hand_in("臭", address="10.9.9.2", opened="made up").held
    assert hand_in("臭", address="10.9.9.3", opened=stamp(now - timedelta(minutes=40))).held == ""


def test_empty_report_and_early_verdict_are_refused(db):
    with pytest.raises(ValueError, match="请写"):
        hand_in("  ", address="10.1.2.3")
    report = hand_in("臭", address="10.1.2.3")
    with pytest.raises(ValueError, match="答复"):
        reply(report, True)
    follow(report)
    assert PublicReport.objects.get().followers == 1


def test_a_follower_has_a_code_of_their_own(db):
    """Saying "the same here" gives no hold on the reporter's report: its code, its phone number, its verdict stay theirs."""
    report = hand_in("又臭又响,我叫张三,电话 139 1234 5678", address="10.1.2.3", facility="QX-001")
    follower = follow(report, address="10.1.2.9")
    assert follower.code != report.code
    assert by_handle(handle(report)) == report
    assert report.code not in handle(report)
    assert by_handle("1:made:up") is None
    with pytest.raises(ValueError, match="答复"):
        reply_of_follower(follower, True)
    note_answer(report, "修好了")
    reply_of_follower(follower, True)
    report.refresh_from_db()
    assert report.state == "answered", "one follower's content does not end the reporter's matter"
    with pytest.raises(ValueError, match="说过"):
        reply_of_follower(follower, False)
    other = follow(report, address="10.1.2.8")
    reply_of_follower(other, False)
    report.refresh_from_db()
    assert report.state == "reopened"


def test_following_counts_into_the_hour(db):
    report = hand_in("臭", address="10.1.2.3")
    for _ in range(5):
        follow(report, address="10.1.2.5")
    assert hand_in("也臭", address="10.1.2.5").held


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("又臭又响", "又臭又响"),
        ("打我电话13912345678", "打我电话［号码略］"),
        ("139-1234-5678,快来", "［号码略］,快来"),
        ("身份证51012319900101123X", "身份证［号码略］"),
        ("我叫张三,家在3号院", "我叫［姓名略］,家在［门牌略］"),
        ("我是李四的邻居", "我是［姓名略］的邻居"),
        ("水深 30 厘米,2026年11月20日起", "水深 30 厘米,2026年11月20日起"),
    ],
)
def test_what_others_read_points_to_nobody(said, shown):
    assert masked(said) == shown


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xda\x00\x02scan\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def test_photo_loses_exif_and_comment_and_keeps_its_picture():
    exif, comment = segment(0xE1, b"Exif\0\0GPS 104.05"), segment(0xFE, b"phone")
    keep = segment(0xE0, b"JFIF\0") + segment(0xDB, b"table")
    out = _bare_jpeg(jpeg(exif, keep, comment))
    assert out == jpeg(keep)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a....", b"<svg onload=x>", b"\xff\xd8\xff\xe1\x00", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_photo_is_refused(data):
    with pytest.raises(NotAPhoto):
        bare(SimpleUploadedFile("a.jpg", data))


def test_png_keeps_only_what_draws():
    def chunk(kind, body=b""):
        return len(body).to_bytes(4, "big") + kind + body + b"crc!"

    head = b"\x89PNG\r\n\x1a\n"
    data = head + chunk(b"IHDR", b"x" * 13) + chunk(b"tEXt", b"where") + chunk(b"IDAT", b"pix") + chunk(b"IEND")
    out = _bare_png(data)
    assert out == head + chunk(b"IHDR", b"x" * 13) + chunk(b"IDAT", b"pix") + chunk(b"IEND")

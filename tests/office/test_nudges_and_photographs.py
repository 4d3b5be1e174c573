"""催一次, and photographs that carry a place: kept with their distance, flagged and never refused."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import ExifTags, Image

from qingxi.issue import Step
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.actions import Piece, Refused, Shot, nudge, open_by_hand, take
from qingxi_office.issues.models import IssueEvidence, IssueNudge
from qingxi_office.notices.models import Notice
from qingxi_office.people.rights import Denied
from qingxi_office.trail.models import Entry

DAY = date(2026, 11, 20)


def picture(lon=None, lat=None, taken=None, form="JPEG"):
    """A picture with what a camera would write into it."""
    held, exif = io.BytesIO(), Image.Exif()
    if lon is not None:
        place = {}
        for tag, ref, value in (
            (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, lat),
            (ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, lon),
        ):
            place[tag] = (float(int(value)), (value - int(value)) * 60, 0.0)
            place[ref] = "N" if ref == ExifTags.GPS.GPSLatitudeRef else "E"
        exif[ExifTags.IFD.GPSInfo] = place
    if taken:
        exif[ExifTags.Base.DateTime] = taken
    Image.new("RGB", (8, 8)).save(held, form, exif=exif)
    return SimpleUploadedFile("a.jpg", held.getvalue(), "image/jpeg")


@pytest.fixture
def station(cast):
    FacilityRecord.objects.filter(key="QX-001").update(lon=103.0, lat=30.0)
    return FacilityRecord.objects.select_related("place", "operator_unit").get(key="QX-001")


@pytest.fixture
def row(cast, station):
    return open_by_hand(
        by=cast.chenjing, source="巡查", place=station.place, facility=station, title="风机不响", klass="一般"
    )


def mend(row, cast, file, shot=None):
    take(
        row,
        Step.ON_SITE,
        by=cast.luomei,
        evidence=[Piece("整改后照片", "", file, shot=shot), Piece("读数", "3.2 A")],
    )
    return IssueEvidence.objects.select_related("issue").get(issue=row, kind="整改后照片")


def test_the_cameras_place_is_kept_with_its_distance_and_the_file_tells_nothing(cast, row):
    # a thousandth of a degree to the north: 111.2 m, more than the 100 m of the table
    piece = mend(row, cast, picture(103.0, 30.001, "2026:11:20 10:41:00"))
    assert (round(piece.metres, 1), piece.spot, piece.place_by) == (111.2, "站", "照片")
    assert piece.taken_at.strftime("%Y-%m-%d %H:%M") in ("2026-11-20 02:41", "2026-11-20 10:41")
    assert piece.clues == ["离站 111 m"]
    kept = Image.open(piece.file).getexif()
    assert not kept.get_ifd(ExifTags.IFD.GPSInfo)
    row.refresh_from_db()
    assert row.state == "销号备案"  # flagged, not refused


def test_the_phones_place_counts_where_the_camera_says_nothing(cast, row):
    piece = mend(row, cast, picture(), Shot(None, 103.0, 30.0003))
    assert (round(piece.metres, 1), piece.place_by, piece.clues) == (33.4, "手机", [])


def test_an_old_photograph_is_flagged_and_one_without_a_word_is_not(cast, row):
    piece = mend(row, cast, picture(taken="2026:11:19 09:00:00"))
    assert piece.metres is None
    assert piece.clues == ["拍于交办之前（2026-11-19）"]


def test_without_a_station_it_is_compared_with_the_photograph_of_before(cast, station):
    place = station.place
    row = open_by_hand(
        by=cast.chenjing, source="巡查", place=place, title="污水井冒溢", klass="一般", rectifier=cast.units["清源运维公司"],
        photo=picture(103.5, 30.5),
    )  # fmt: skip
    before = row.evidence.get(kind="整改前照片")
    assert (before.lon, before.metres) == (pytest.approx(103.5), None)
    take(row, Step.ADD, by=cast.zhaoyong, evidence=[Piece("整改后照片", "", picture(103.5, 30.52))])
    piece = row.evidence.select_related("issue").get(kind="整改后照片")
    # two hundredths of a degree: 2,223.9 m
    assert (round(piece.metres, 1), piece.spot, piece.clues) == (2223.9, "原点位", ["离原点位 2.2 km"])


def test_the_page_shows_distance_and_clue_and_takes_the_phones_word(cast, row, client):
    client.force_login(cast.luomei, backend="qingxi_office.people.backends.OfficeBackend")
    client.post(
        f"/issues/{row.key}/step/",
        {
            "step": "ON_SITE", "photo": picture(), "reading_own": "3.2 A", "shot_lon": "103.01", "shot_lat": "30.0",
            "shot_at": "not a time",
        },
    )  # fmt: skip
    piece = IssueEvidence.objects.get(issue=row, kind="整改后照片")
    assert piece.place_by == "手机"
    assert 400 < piece.metres < 1100  # 0.01 deg x cos 30 x 111.19 km = 963 m, or nearer were it GCJ-02
    assert f"离站 {piece.metres:.0f} m" in client.get(f"/issues/{row.key}/").content.decode()


@pytest.mark.parametrize(
    "said", [{"shot_lon": "nan", "shot_lat": "1e9"}, {"shot_lon": "103"}, {"shot_at": "9" * 40}]
)
def test_nonsense_from_the_phone_refuses_nothing(cast, row, client, said):
    client.force_login(cast.luomei, backend="qingxi_office.people.backends.OfficeBackend")
    client.post(f"/issues/{row.key}/step/", {"step": "ON_SITE", "photo": picture(), "reading_own": "3.2 A", **said})
    piece = IssueEvidence.objects.get(issue=row, kind="整改后照片")
    assert (piece.lon, piece.metres) == (None, None)


def test_a_nudge_is_a_row_of_the_trail_and_a_notice_once_a_day(cast, row, settings):
    made = nudge(row, by=cast.chenjing, said="群众在等")
    assert made.unit == row.rectifier
    assert Notice.objects.filter(kind="issue_nudged", person_pk=cast.zhaoyong.pk).count() == 1
    assert Entry.objects.filter(action="issue.nudged", because__contains="群众在等").count() == 1
    with pytest.raises(Refused, match="今天已经催过一次"):
        nudge(row, by=cast.chenjing)
    nudge(row, by=cast.luomei)  # another person may
    settings.QINGXI_PRACTICE_DAY = "2026-11-21"
    nudge(row, by=cast.chenjing)
    assert IssueNudge.objects.filter(issue=row).count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        IssueNudge.objects.create(issue=row, unit=row.rectifier, by=cast.chenjing, by_name="x", on="2026-11-21")


def test_nobody_is_nudged_whose_turn_it_is_not(cast, row):
    with pytest.raises(Refused, match="不用催自己"):
        nudge(row, by=cast.zhaoyong)
    with pytest.raises(Refused, match="不是这件问题的办理单位"):
        nudge(row, by=cast.hezhi)
    with pytest.raises(Denied):
        nudge(row, by=cast.sunning)
    mend(row, cast, picture())
    with pytest.raises(Refused, match="不用催"):
        nudge(row, by=cast.chenjing)


def test_the_page_offers_it_and_says_who_did(cast, row, client):
    client.force_login(cast.chenjing, backend="qingxi_office.people.backends.OfficeBackend")
    assert "催一次" in client.get(f"/issues/{row.key}/").content.decode()
    client.post(f"/issues/{row.key}/do/", {"do": "nudge"}, follow=True)
    page = client.get(f"/issues/{row.key}/").content.decode()
    assert "催一次" not in page
    assert "11-20 陈静催过，共 1 次" in page

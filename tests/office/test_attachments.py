"""Files on records: told by content, kept once, by the right of their record, without place and time when they leave."""

import io
import socket
import struct
import threading
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import ExifTags, Image

from qingxi.origin import Ref
from qingxi_office.attachments import actions, pictures, queries
from qingxi_office.attachments.content import (
    DOCX,
    DWG,
    DXF,
    JPEG,
    MP4,
    PDF,
    PNG,
    WEBP,
    XLSX,
    NotTaken,
    clean_name,
    recognise,
)
from qingxi_office.attachments.models import Attachment, Blob
from qingxi_office.keepings.models import Removal
from qingxi_office.site import attaching, recycling


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def photo(size=(60, 40), *, place=False, turned=False, kind="JPEG"):
    picture = Image.new("RGB", size, (120, 160, 90))
    exif = Image.Exif()
    if place:  # 30°15'36" N, 102°49'12" E is 30.26, 102.82
        exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (30.0, 15.0, 36.0), 3: "E", 4: (102.0, 49.0, 12.0)})
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:19 08:30:00"
    if turned:
        exif[ExifTags.Base.Orientation] = 6
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def office_file(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parcel:
        for name in names:
            parcel.writestr(name, "x")
    return out.getvalue()


def up(name, data):
    return SimpleUploadedFile(name, data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", PDF), (photo(), JPEG), (photo(kind="PNG"), PNG), (photo(kind="WEBP"), WEBP),
        (office_file("[Content_Types].xml", "word/document.xml"), DOCX), (office_file("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        (b"AC1032\0\0", DWG), (b"  0\r\nSECTION\r\n  2\r\nHEADER", DXF), (b"\0\0\0\x18ftypmp42", MP4),
    ],
)  # fmt: skip
def test_a_file_is_what_its_bytes_say(data, kind):
    assert recognise(data) is kind


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "空的"), (b"MZ\x90\0", "只收"), (b"<html><script>", "只收"), (b"<svg xmlns", "只收"), (b"\xd0\xcf\x11\xe0", "旧版"),
        (office_file("a.exe"), "压缩包不收"), (b"PK\x03\x04broken", "不完整"), (b"\0\0\0\x18ftypheic", "HEIC"),
        (office_file("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "宏"),
    ],
)  # fmt: skip
def test_what_is_on_no_list_is_not_taken(data, why):
    with pytest.raises(NotTaken, match=why):
        recognise(data)


def test_names_are_cleaned_and_end_as_the_content_does():
    assert clean_name("..\\..\\etc/合同\r\n.exe", PDF) == "合同.pdf"
    assert clean_name("", PDF) == "附件.pdf"
    assert clean_name('a"b<c>.docx', PDF) == "abc.pdf"


def test_place_and_time_are_read_and_do_not_leave_with_a_copy():
    data = photo((60, 40), place=True, turned=True)
    seen = pictures.read(data)
    assert (seen.width, seen.height) == (40, 60)  # turned by 90°
    assert (round(seen.lon, 5), round(seen.lat, 5)) == (102.82, 30.26)
    assert seen.taken_at.isoformat() == "2026-11-19T08:30:00+08:00"
    for copy in (pictures.bare(data), pictures.thumb(data)):
        picture = Image.open(io.BytesIO(copy))
        assert picture.size == (40, 60)
        assert len(picture.getexif()) == 0
        assert b"GPS" not in copy
        assert b"2026:11:19" not in copy
    assert pictures.read(pictures.bare(data)).lon is None


def test_a_broken_picture_and_a_bomb_are_not_taken(monkeypatch):
    with pytest.raises(NotTaken, match="不完整"):
        pictures.read(photo((200, 200))[:400])
    real = pictures.load_table
    monkeypatch.setattr(
        pictures,
        "load_table",
        lambda name: {"picture.pixels": 0.001, **{r.key: r.value for r in real(name) if r.key != "picture.pixels"}},
    )
    with pytest.raises(NotTaken, match="百万像素"):
        pictures.read(photo((60, 40)))


def test_the_same_content_is_kept_once_and_hangs_once(cast):
    one = attaching.attach(cast.luomei, "facility", "QX-001", up("a.jpg", photo()))
    again = attaching.attach(cast.chenjing, "facility", "QX-001", up("b.jpg", photo()))
    other = attaching.attach(cast.chenjing, "facility", "QX-002", up("c.png", photo()))
    assert one == again
    assert (one.name, other.name) == ("a.jpg", "c.jpg")
    assert Blob.objects.count() == 1
    assert Attachment.objects.count() == 2
    assert queries.used() == len(photo())


def test_quota_of_a_unit_and_of_the_county(cast, monkeypatch):
    actions.set_quota(cast.luomei.unit_id, 1, by=cast.chenjing)
    attaching.attach(cast.luomei, "facility", "QX-001", up("a.pdf", b"%PDF-" + b"a" * 700_000))
    with pytest.raises(NotTaken, match="您单位的附件已到配额 1 MB"):
        attaching.attach(cast.luomei, "facility", "QX-001", up("b.pdf", b"%PDF-" + b"b" * 700_000))
    attaching.attach(cast.chenjing, "facility", "QX-001", up("b.pdf", b"%PDF-" + b"b" * 200_000))  # another unit
    actions.set_quota(None, 1, by=cast.chenjing)
    with pytest.raises(NotTaken, match="全县附件已到配额"):
        attaching.attach(cast.chenjing, "facility", "QX-002", up("c.pdf", b"%PDF-" + b"c" * 700_000))
    with pytest.raises(NotTaken, match="最大 30 MB"):
        attaching.attach(cast.chenjing, "facility", "QX-002", up("d.pdf", b"%PDF-" + b"d" * 31 * 1024 * 1024))
    assert Attachment.objects.count() == 2


class Clamd(threading.Thread):
    """The smallest clamd: reads INSTREAM, finds EICAR."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.where = f"127.0.0.1:{self.server.getsockname()[1]}"

    def run(self):
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as read:
                read.read(10)
                data = b""
                while size := struct.unpack(">I", read.read(4))[0]:
                    data += read.read(size)
                line.sendall(b"stream: Eicar-Test FOUND\0" if b"EICAR" in data else b"stream: OK\0")


def test_the_virus_scanner_closes_the_door(cast, settings):
    clamd = Clamd()
    clamd.start()
    settings.QINGXI_CLAMD = clamd.where
    assert attaching.attach(cast.luomei, "facility", "QX-001", up("a.pdf", b"%PDF-clean")).blob.scanned
    with pytest.raises(NotTaken, match="病毒"):
        attaching.attach(cast.luomei, "facility", "QX-001", up("b.pdf", b"%PDF-EICAR"))
    clamd.server.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits
    clamd.server.close()
    with pytest.raises(NotTaken, match="没有回答"):
        attaching.attach(cast.luomei, "facility", "QX-001", up("c.pdf", b"%PDF-x"))
    assert Attachment.objects.count() == 1


def test_who_may_see_put_and_take_off(cast):
    row = attaching.attach(cast.luomei, "facility", "QX-001", up("位置.jpg", photo(place=True)))
    mine, stranger, auditor, foreman = (browser(p) for p in (cast.luomei, cast.hezhi, cast.sunning, cast.zhaoyong))
    for address in (
        f"/files/{row.pk}/",
        f"/files/{row.pk}/file/",
        f"/files/{row.pk}/thumb/",
        f"/files/{row.pk}/file/?bare=1",
    ):
        assert mine.get(address).status_code == 200, address
        assert auditor.get(address).status_code == 200
        assert foreman.get(address).status_code == 200  # his own station
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"/files/{row.pk}/remove/").status_code == 404
    assert stranger.post("/files/to/facility/QX-001/", {"file": up("x.jpg", photo())}).status_code == 404
    assert auditor.post("/files/to/facility/QX-001/", {"file": up("x.jpg", photo())}).status_code == 403
    assert foreman.post(f"/files/{row.pk}/remove/").status_code == 403  # another unit's file
    assert Attachment.objects.count() == 1
    told = mine.get(f"/files/{row.pk}/file/")
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Type"] == "image/jpeg"
    assert "inline" in told["Content-Disposition"]
    assert "attachment" in mine.get(f"/files/{row.pk}/file/?save=1")["Content-Disposition"]
    copy = mine.get(f"/files/{row.pk}/file/?bare=1").content
    assert pictures.read(copy).lon is None
    page = mine.get(f"/files/{row.pk}/").content.decode()
    assert "照片拍于 2026-11-19 08:30" in page
    assert "102.82000" in page


def test_the_record_s_page_takes_good_files_and_says_why_not_the_bad(cast):
    mine = browser(cast.luomei)
    page = mine.get("/facilities/QX-001/").content.decode()
    assert 'action="/files/to/facility/QX-001/"' in page
    assert 'capture="environment"' in page
    files = [up("好.pdf", b"%PDF-1"), up("坏.exe", b"MZ")]
    told = mine.post(
        "/files/to/facility/QX-001/", {"file": files, "next": "/facilities/QX-001/"}, follow=True
    ).content.decode()
    assert "收下 1 个文件" in told
    assert "坏.exe：只收" in told
    assert "好.pdf" in told
    json = mine.post(
        "/files/to/facility/QX-001/", {"file": up("坏.exe", b"MZ")}, headers={"Accept": "application/json"}
    )
    assert json.status_code == 422
    assert json.json()["taken"] == []
    assert 'action="/files/to/facility' not in browser(cast.sunning).get("/facilities/QX-001/").content.decode()


def test_taken_off_comes_back_and_contents_go_only_when_nothing_names_them(
    cast, django_capture_on_commit_callbacks
):
    mine = browser(cast.luomei)
    row = attaching.attach(cast.luomei, "facility", "QX-001", up("a.jpg", photo()))
    path = row.blob.file.path
    page = mine.post(f"/files/{row.pk}/remove/", {"next": "/facilities/QX-001/"}, follow=True).content.decode()
    removal = Removal.objects.get()
    assert f'action="/recycle/{removal.pk}/restore/"' in page  # the undo is at hand
    assert not Attachment.objects.exists()
    assert browser(cast.hezhi).post(f"/recycle/{removal.pk}/restore/").status_code == 404
    from qingxi_office.keepings.queries import blobs_in_the_bin

    assert actions.sweep_blobs(blobs_in_the_bin(), by=cast.chenjing) == 0
    mine.post(f"/recycle/{removal.pk}/restore/")
    assert Attachment.objects.get() == row
    assert Removal.objects.get().restored_by == "罗梅"
    recycling.remove_attachment(cast.luomei, row)
    from datetime import date, timedelta

    from qingxi_office.keepings import actions as keepings

    last = date(2026, 11, 20) + timedelta(days=30)
    assert keepings.purge(last, by=cast.chenjing) == 0  # still on its last day
    assert keepings.purge(last + timedelta(days=1), by=cast.chenjing) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.sweep_blobs(blobs_in_the_bin(), by=cast.chenjing) == 1
    import os

    assert not os.path.exists(path)


def test_the_county_s_page_of_files(cast, django_assert_max_num_queries):
    for n in range(30):
        actions.attach(
            Ref("facility", "QX-001"),
            up(f"{n}.pdf", b"%PDF-" + bytes([n])),
            by=cast.luomei,
            unit_pk=cast.luomei.unit_id,
        )
    mine = browser(cast.chenjing)
    with django_assert_max_num_queries(20):
        page = mine.get("/files/").content.decode()
    assert "30 个附件" in page
    assert "溪口镇人民政府" in page
    mine.post("/files/", {"unit": str(cast.luomei.unit_id), "megabytes": "7"})
    assert queries.quotas([cast.luomei.unit_id])[cast.luomei.unit_id] == 7
    assert browser(cast.luomei).get("/files/").status_code == 404


def test_a_villager_s_photo_gets_the_same_look():
    from qingxi_office.intake.photo import NotAPhoto, bare

    assert pictures.read(bare(up("a.jpg", photo(place=True))).read()).lon is None
    with pytest.raises(NotAPhoto, match="不完整"):
        bare(up("a.jpg", photo((200, 200))[:400]))

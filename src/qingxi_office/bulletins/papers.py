"""What is made of a bulletin for people to look at and take away: page pictures, and the package for the document system."""

import csv
import hashlib
import io
import zipfile
from functools import lru_cache

from qingxi.bulletin import Bulletin, Held
from qingxi_office.bulletins import held
from qingxi_office.bulletins.models import BulletinRecord

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def preview(row: BulletinRecord, made: Bulletin | None = None) -> list[bytes]:
    """The pages as they print, a PNG each; kept by what the bulletin says and what stands above its mark."""
    from qingxi.report import Heading, bulletin_pages

    head = (row.security, row.urgency, row.copies_number)
    known = _PAGES.get((row.sha256, *head))
    if known is None:
        known = bulletin_pages(made or held.recomputed(row), head=Heading(*head))
        while len(_PAGES) >= 6:  # a handful of bulletins are looked at on any day
            _PAGES.pop(next(iter(_PAGES)))
        _PAGES[(row.sha256, *head)] = known
    return known


_PAGES: dict[tuple[str, str, str, str], list[bytes]] = {}


def _list(figure: Held) -> bytes:
    """The list behind a figure as CSV that a spreadsheet opens: what it counts and what it was counted among."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    also = ["代表几座"] if figure.weighted else []
    writer.writerow(["编号", "名称", "计入分子", "数量", *also, "说明"])
    hits = {leaf.ref: leaf for leaf in figure.numerator}
    rows = [(x, "是" if x.ref in hits else "否", hits.get(x.ref, x).why) for x in figure.denominator]
    rows += [(x, "核减", x.why) for x in figure.deducted]
    for leaf, hit, why in rows:
        stands = [str(leaf.stands_for or "")] if also else []
        cells = [leaf.ref.id, leaf.name, hit, str(leaf.weight), *stands, why]
        writer.writerow([f"'{c}" if c.startswith(_RISKY) else c for c in cells])
    return ("\ufeff" + out.getvalue()).encode()


@lru_cache(maxsize=2)
def _frozen(body: bytes) -> bytes:
    import zlib

    return zlib.decompress(body)


def package(row: BulletinRecord) -> bytes:
    """Everything that the document system and the file need, as one ZIP; the same bulletin gives the same bytes."""
    made = held.recomputed(row)
    parts: dict[str, bytes] = {}
    with row.file.open("rb") as paper:
        parts[f"{row.title}.docx"] = paper.read()
    with row.pdf.open("rb") as paper:
        parts[f"{row.title}（预览）.pdf"] = paper.read()
    county = [f for f in made.figures if f.place == made.figures[0].place]
    for number, figure in enumerate(county, 1):
        parts[f"名单/{number:02d} {figure.name}.csv"] = _list(figure)
    if row.callover is not None:
        parts["数据/调度快照.json"] = _frozen(bytes(row.callover.body))
    parts["数据/通报内容.json"] = made.as_bytes()
    said = [
        f"{row.title}",
        f"起草系统编号 {row.key}，截至 {row.as_of:%Y-%m-%d}，内容 SHA-256 {row.sha256}",
        "文号、签发人、成文日期和印章由公文系统编发，编发后请把文号、签发人、日期和扫描件记回本系统。",
        "以 .docx 为准排版；PDF 是送审预览，字体为替代字体。",
        "",
        *(f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in parts.items()),
    ]
    parts["说明.txt"] = "\r\n".join(said).encode("utf-8-sig")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()

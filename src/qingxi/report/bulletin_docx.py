"""A bulletin as a draft .docx in the layout of GB/T 9704."""

import io
import zipfile
from datetime import datetime, time
from pathlib import Path

from qingxi.bulletin import Bulletin
from qingxi.report.heading import Heading
from qingxi.report.numeral import numeral
from qingxi.report.pictures import picture_svg


def write_bulletin(bulletin: Bulletin, path: Path, *, head: Heading | None = None) -> Path:
    """Write the draft (送审稿).

    Number, signer and day stay blanks (〔待编〕) for the county's document system. The same bulletin gives the same
    bytes; creation time in the file is the day the figures speak of.

    Returns
    -------
    Path
        The file written; its folder is made when missing.
    """
    from qingxi.report import layout
    from qingxi.report.bulletin_pdf import imprint_place
    from qingxi.report.typeset import picture_png

    document = layout.official_document()
    known = document.core_properties
    known.title, known.author, known.comments = bulletin.title, bulletin.issuing_body, "送审稿"
    known.created = known.modified = datetime.combine(bulletin.as_of, time())
    layout.corner(document, head or Heading())
    layout.red_head(document, bulletin.issuing_body, bulletin.number)
    layout.title(document, bulletin.title)
    layout.addressees(document, bulletin.addressees)
    for number, section in enumerate(bulletin.sections):
        layout.heading(document, f"{numeral(number + 1)}、{section.heading}")
        for paragraph in section.paragraphs:
            layout.line(document, paragraph)
        for table in section.tables:
            layout.table(document, table.caption, table.header, table.rows, table.note)
        for picture in section.pictures:
            layout.picture(document, picture.caption, picture_png(picture_svg(picture)), picture.note)
    layout.signature(document, bulletin.issuing_body, "〔成文日期待编〕")
    place = imprint_place(bulletin, head)
    layout.imprint(
        document,
        bulletin.copies,
        bulletin.issuing_body,
        "〔日期待编〕",
        apart=place.breaks > 0,
        numbered=place.breaks < 2,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    document.save(held)
    write_still(held, path)
    return path


def write_still(packed: io.BytesIO, path: Path) -> None:
    """Write a zip file's members anew without the time of their writing: the same content gives the same bytes."""
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)

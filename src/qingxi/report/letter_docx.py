"""A letter between departments (函) in the layout of GB/T 9704."""

import io
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from qingxi.report.bulletin_docx import write_still


@dataclass(frozen=True, slots=True)
class LetterPaper:
    """What the paper says: title, to whom, a paragraph a string, who signs, the day; ``number`` is the 文号 or ""."""

    title: str
    to: str
    paragraphs: tuple[str, ...]
    body: str
    number: str
    on: date


def write_letter(paper: LetterPaper, path: Path) -> Path:
    """Write the letter; the same paper gives the same bytes. Its folder is made when missing."""
    from qingxi.report import layout

    document = layout.official_document()
    known = document.core_properties
    known.title, known.author = paper.title, paper.body
    known.created = known.modified = datetime.combine(paper.on, time())
    if paper.number:
        layout.letter_number(document, paper.number)
    layout.title(document, paper.title)
    layout.addressees(document, (paper.to,))
    for said in paper.paragraphs:
        layout.line(document, said)
    if paper.body:
        layout.signature(document, paper.body, f"{paper.on.year}年{paper.on.month}月{paper.on.day}日")
    path.parent.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    document.save(held)
    write_still(held, path)
    return path

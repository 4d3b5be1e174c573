"""The layout of an official document (GB/T 9704-2012 党政机关公文格式) on python-docx.

A4; top margin 37 mm, left 28 mm; type area 156 × 225 mm; 22 lines of 28 characters; body 三号 仿宋; levels 黑体, 楷体,
仿宋; title 二号 小标宋; page number 四号 with a dash on each side, right on odd and left on even pages. Typefaces stay
names in the file: an office has them, we may not carry them.
"""

import io
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from qingxi.report.fitting import text_width, title_lines
from qingxi.report.heading import Heading

TITLE, BODY, BLACK, KAI, PAGE = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
SIZE_2, SIZE_3, SIZE_4, SMALL_4, SIZE_5 = Pt(22), Pt(16), Pt(14), Pt(12), Pt(10.5)
LINE = Pt(28.95)
"""22 lines in 225 mm: 637.8 pt / 22 = 28.99, and offices set 28.95."""
CLOSER = -5
"""Twentieths of a point between characters of 三号: 156 mm are 442.2 pt, 28 characters of 16 pt would be 448; of 15.75 pt 28
fit and 29 do not. A grid of characters would say the same to one word processor and give every second cell in another.
"""
RED = RGBColor(0xFF, 0, 0)
_AFTER_SPACING = {qn(f"w:{n}") for n in ("w", "kern", "position", "sz", "szCs", "highlight", "u", "effect", "bdr", "shd", "vertAlign", "lang", "specVanish", "oMath")}  # fmt: skip
_AFTER_SNAP = {qn(f"w:{n}") for n in ("spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange")}  # fmt: skip
_CENTRE, _RIGHT, _LEFT, _BOTH = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


def official_document() -> DocumentType:
    """An empty document with page, grid, base style and page numbers set."""
    document = Document()
    section = document.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(210 - 28 - 156), Mm(297 - 37 - 225)
    section.footer_distance = Mm(35 - 7 - 5)  # the number stands 7 mm below the type area
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(LINE.pt * 20)))
    _base_style(document)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, _RIGHT)
    _page_number(section.even_page_footer, _LEFT)
    return document


def _base_style(document: DocumentType) -> None:
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = BODY, SIZE_3
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    _closer(style.element.rPr, CLOSER)
    # Chinese rules of where a line may break, whatever the language of the program.
    speech = style.element.rPr.find(qn("w:lang"))
    if speech is None:
        speech = OxmlElement("w:lang")
        style.element.rPr.append(speech)
    speech.set(qn("w:eastAsia"), "zh-CN")
    layout = style.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    layout.space_before = layout.space_after = Pt(0)


def _closer(properties: Any, twentieths: int) -> None:
    """Room between characters; its place among a run's properties is before the size."""
    room = OxmlElement("w:spacing")
    room.set(qn("w:val"), str(twentieths))
    after = next((e for e in properties if e.tag in _AFTER_SPACING), None)
    if after is None:
        properties.append(room)
    else:
        after.addprevious(room)


def dress(run: Any, font: str, size: Any, *, colour: RGBColor | None = None) -> Any:
    """Set typeface (Latin and East Asian), size and colour of a run."""
    run.font.name, run.font.size = font, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if size != SIZE_3:
        _closer(run._element.get_or_add_rPr(), 0)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def _page_number(footer: Any, side: Any) -> None:
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = side
    # One character in from the edge of the type area.
    _indent(paragraph, **({"right": 100} if side is _RIGHT else {"left": 100}))
    dress(paragraph.add_run("— "), PAGE, SIZE_4)
    field = dress(paragraph.add_run(), PAGE, SIZE_4)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        field._element.append(part)
    dress(paragraph.add_run(" —"), PAGE, SIZE_4)


def _indent(paragraph: Any, **hundredths: int) -> None:
    """Indents in hundredths of a character: first, left, right."""
    names = {"first": "w:firstLineChars", "left": "w:leftChars", "right": "w:rightChars"}
    ind = paragraph._element.get_or_add_pPr().get_or_add_ind()
    for name, value in hundredths.items():
        ind.set(qn(names[name]), str(value))
        # A fallback in twips for readers that know no characters: 16 pt a character.
        ind.set(qn(names[name].removesuffix("Chars")), str(value * 320 // 100))


def line(
    document: Any,
    text: str,
    font: str = BODY,
    size: Any = SIZE_3,
    *,
    align: Any = _BOTH,
    first: int = 200,
    right: int = 0,
) -> Any:
    """A paragraph; body text starts two characters in."""
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    if first or right:
        _indent(paragraph, **({"first": first} if first else {}), **({"right": right} if right else {}))
    dress(paragraph.add_run(text), font, size)
    return paragraph


def _off_grid(paragraph: Any, pitch: Any) -> None:
    """A paragraph with a line pitch of its own: it leaves the grid of 22 lines, or some programs give each line two."""
    paragraph.paragraph_format.line_spacing = pitch
    properties = paragraph._element.get_or_add_pPr()
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    after = next((e for e in properties if e.tag in _AFTER_SNAP), None)
    if after is None:
        properties.append(snap)
    else:
        after.addprevious(snap)


def corner(document: Any, head: Heading) -> None:
    """份号, 密级, 紧急程度 flush left above the mark, each on a line of its own (7.2.1 to 7.2.3)."""
    said = [(x, f) for x, f in ((head.copies_number, BODY), (head.security, BLACK), (head.urgency, BLACK)) if x]
    # Three lines are 30.6 mm of the 35 mm that the mark stands below the edge of the type area (7.2.4).
    for text, font in (said + [("", BODY)] * 3)[:3]:
        line(document, text, font, first=0, align=_LEFT)


def red_head(document: Any, body: str, number: str) -> None:
    """发文机关标志, 发文字号 and the red line; the county's own template replaces it."""
    name = line(document, f"{body}文件", TITLE, SIZE_2, align=_CENTRE, first=0)
    size = Pt(min(40, 440 // max(8, len(body) + 2)))
    dress(name.runs[0], TITLE, size, colour=RED)
    _off_grid(name, Pt(size.pt * 1.4))
    name.paragraph_format.space_before = Mm(4)
    name.paragraph_format.space_after = LINE * 1
    head = line(document, number, align=_CENTRE, first=0)
    _rule(head, "bottom", "FF0000", 18)
    line(document, "", first=0)


def picture(document: Any, caption: str, png: bytes, note: str) -> None:
    """A picture as wide as the type area with its caption above and a note below; kept together on one page."""
    above = line(document, caption, BLACK, SIZE_4, align=_CENTRE, first=0)
    above.paragraph_format.keep_with_next = True
    held = document.add_paragraph()
    held.alignment = _CENTRE
    # An exact line pitch would cut the picture to one line's height.
    held.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    held.paragraph_format.keep_with_next = bool(note)
    shape = held.add_run().add_picture(io.BytesIO(png), width=Mm(156))
    shape._inline.docPr.set("descr", caption)
    if note:
        below = line(document, note, BODY, SIZE_5, first=0)
        _off_grid(below, Pt(18))
        below.paragraph_format.space_after = Pt(12)


def letter_number(document: Any, number: str) -> None:
    """发文字号 of a letter: above its title, at the right (信函格式)."""
    line(document, number, align=_RIGHT, first=0)


def title(document: Any, text: str) -> None:
    """标题: 二号 小标宋, centred, followed by an empty line."""
    for part in title_lines(text):
        paragraph = line(document, part, TITLE, SIZE_2, align=_CENTRE, first=0)
        _off_grid(paragraph, Pt(36))
    line(document, "", first=0)


def addressees(document: Any, names: tuple[str, ...]) -> None:
    """主送机关, flush left with a colon."""
    if names:
        line(document, "，".join(names) + "：", first=0)


def heading(document: Any, text: str, level: int = 1) -> None:
    """一、 in 黑体, (一) in 楷体."""
    paragraph = line(document, text, BLACK if level == 1 else KAI)
    paragraph.paragraph_format.keep_with_next = True


def table(
    document: Any, caption: str, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...], note: str
) -> None:
    """A ruled table: caption 黑体 above, small 仿宋 inside, header repeated on each page, note below."""
    above = line(document, caption, BLACK, SIZE_4, align=_CENTRE, first=0)
    above.paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1 + len(rows), cols=len(header))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths(header, rows)
    for column, width in enumerate(widths):
        grid.columns[column].width = width
    for number, cells in enumerate((header, *rows)):
        row = grid.rows[number]
        _row_property(row, "w:cantSplit")
        if number == 0:
            _row_property(row, "w:tblHeader")
        for column, said in enumerate(cells):
            cell = row.cells[column]
            cell.width = widths[column]
            paragraph = cell.paragraphs[0]
            numeric = bool(said) and all(c in "0123456789./%—-+" for c in said)
            paragraph.alignment = _CENTRE if number == 0 or numeric or len(said) < 5 else _LEFT
            _off_grid(paragraph, Pt(20))
            # The last rows stay with the note below them.
            paragraph.paragraph_format.keep_with_next = bool(note) and number >= len(rows) - 1
            dress(paragraph.add_run(said), BLACK if number == 0 else BODY, SMALL_4)
    if note:
        below = line(document, note, BODY, SIZE_5, first=0)
        _off_grid(below, Pt(18))
        below.paragraph_format.space_after = Pt(12)


def _widths(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[Any]:
    """Column widths that fill 156 mm: short columns get what they need, long ones share the rest."""
    needs = [max(text_width(r[i]) for r in (header, *rows)) + 0.8 for i in range(len(header))]
    room = 156 / SMALL_4.mm
    short = [n for n in needs if n <= 10]
    long = [min(n, 24) for n in needs if n > 10]
    left = max(room - sum(short), 8.5 * len(long))
    given = [n if n <= 10 else left * min(n, 24) / sum(long) for n in needs]
    return [Mm(156 * n / sum(given)) for n in given]


def _row_property(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _rule(paragraph: Any, side: str, colour: str, eighths_pt: int) -> None:
    borders = OxmlElement("w:pBdr")
    edge = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", str(eighths_pt)), ("space", "6"), ("color", colour)):
        edge.set(qn(f"w:{key}"), value)
    borders.append(edge)
    paragraph._element.get_or_add_pPr().append(borders)


def signature(document: Any, body: str, day: str) -> None:
    """发文机关署名 and 成文日期: the day four characters from the right, the body centred above it (7.3.5.1).

    A body so long that it would leave the type area stands at its edge, and the day is centred below it.
    """
    longer = (text_width(body) - text_width(day)) / 2  # characters by which the body stands out on each side
    from_edge = max(4.0, longer)
    line(document, "", first=0)
    line(document, body, align=_RIGHT, first=0, right=round((from_edge - longer) * 100))
    line(document, day, align=_RIGHT, first=0, right=round(from_edge * 100))


def imprint(
    document: Any, copies: tuple[str, ...], body: str, day: str, *, apart: bool = False, numbered: bool = True
) -> None:
    """版记 at the foot of the last page, an even one: 抄送, then 印发机关 and 印发日期, between rules as wide as the type area,
    the outer ones 0.35 mm, the inner one 0.25 mm; 四号 仿宋, one character in on each side (7.4.2, 7.4.3).

    ``apart``: the text ends on an odd page, or leaves no room. 版记 then opens a section that begins on an even page, wherever
    the text ends after it was worked on; the section bears no page number where an empty page comes before it (7.5).
    """
    if apart:
        last = document.add_section(WD_SECTION.EVEN_PAGE)
        if not numbered:
            for footer in (last.footer, last.even_page_footer):
                footer.is_linked_to_previous = False
    rows = ([("抄送：" + "，".join(copies) + "。", "")] if copies else []) + [(body, f"{day}印发")]
    # 151 mm hold 30 characters of 四号; a line, and 2 points for its rule.
    high = sum((1 if right else -(-text_width(left) // 29.5)) * _IMPRINT_LINE + 2 for left, right in rows)
    for number, (left, right) in enumerate(rows):
        paragraph = line(document, f"{left}\t{right}" if right else left, BODY, SIZE_4, align=_LEFT, first=0)
        _off_grid(paragraph, Pt(_IMPRINT_LINE))
        _indent(paragraph, first=100)  # of the first line only: rules follow the other indents
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(151), WD_TAB_ALIGNMENT.RIGHT)
        _imprint_rules(paragraph, first=number == 0, last=number == len(rows) - 1)
        _at_the_foot(paragraph, high)
    # What floats hangs on the paragraph after it; one of a point's height takes no line.
    _off_grid(line(document, "", first=0), Pt(1))


_IMPRINT_LINE = 26.0  # points


def _at_the_foot(paragraph: Any, points: float) -> None:
    """A frame ``points`` high whose lower edge is that of the type area, 156 mm wide; paragraphs of one frame lie together."""
    frame = OxmlElement("w:framePr")
    top = Mm(37 + 225).pt - points
    for key, value in (
        ("w", str(round(Mm(156).pt * 20))),
        ("hSpace", "0"),
        ("wrap", "around"),
        ("vAnchor", "page"),
        ("hAnchor", "page"),
        ("x", str(round(Mm(28).pt * 20))),
        ("y", str(round(top * 20))),
    ):
        frame.set(qn(f"w:{key}"), value)
    properties = paragraph._element.get_or_add_pPr()
    style = properties.find(qn("w:pStyle"))
    if style is None:
        properties.insert(0, frame)
    else:
        style.addnext(frame)


def _imprint_rules(paragraph: Any, *, first: bool, last: bool) -> None:
    """Rules over the whole width of the type area, though the words stand one character in."""
    borders = OxmlElement("w:pBdr")
    for side, size in (("top", 8 if first else 0), ("bottom", 8 if last else 6)):
        if size:
            edge = OxmlElement(f"w:{side}")
            for key, value in (("val", "single"), ("sz", str(size)), ("space", "1"), ("color", "000000")):
                edge.set(qn(f"w:{key}"), value)
            borders.append(edge)
    properties = paragraph._element.get_or_add_pPr()
    properties.find(qn("w:snapToGrid")).addprevious(borders)

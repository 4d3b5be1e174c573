"""A bulletin as PDF in the layout of GB/T 9704, set by typst; charts and map inside as they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qingxi.bulletin import Bulletin, Section, Table
from qingxi.report.fitting import text_width, title_lines
from qingxi.report.heading import Heading
from qingxi.report.numeral import numeral
from qingxi.report.pictures import picture_svg
from qingxi.report.typeset import STAND_IN, quoted, typeset

STANDS_IN = f"本件为送审预览：以 {STAND_IN} 代替方正小标宋、仿宋、楷体和黑体；印发以公文系统用 .docx 排版的为准。"

_SETUP = f"""
#set document(title: TITLE, author: AUTHOR, date: none, description: {quoted(STANDS_IN)})
#set page(
  paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm), footer-descent: 7mm,
  footer: context {{
    let n = counter(page).get().first()
    set text(size: 14pt, tracking: 0pt)
    if n <= NUMBERED {{ align(if calc.odd(n) {{ right }} else {{ left }}, pad(x: 14pt)[— #n —]) }}
  }},
)
#set text(font: {quoted(STAND_IN)}, size: 16pt, lang: "zh", region: "cn", top-edge: 0.8em, bottom-edge: -0.2em, tracking: -0.21pt, cjk-latin-spacing: none)
#set par(leading: 12.98pt, spacing: 12.98pt, justify: true, first-line-indent: (amount: 31.6pt, all: true))
#let flush(body) = par(first-line-indent: 0pt, body)
#let centred(body) = align(center, block(width: 100%, {{ set par(first-line-indent: 0pt, justify: false); body }}))
#let head(body) = block(sticky: true, spacing: 12.98pt, par(first-line-indent: 31.6pt, text(stroke: 0.25pt, body)))
#let small = 12pt
#let note(body) = block(above: 5pt, below: 14pt, {{ set text(size: 10.5pt); set par(leading: 7.5pt, first-line-indent: 0pt); body }})
#let caption(body) = block(sticky: true, above: 13pt, below: 8pt, width: 100%, align(center, text(size: 14pt, stroke: 0.25pt, body)))
"""


def bulletin_source(bulletin: Bulletin, head: Heading | None = None) -> str:
    """The typst source of a bulletin; every word of it is quoted, so that no text is markup."""
    end = imprint_place(bulletin, head)
    numbered = end.text_pages if end.breaks > 1 else 9999
    return "\n\n".join(
        [_text(bulletin, head, numbered), *["#pagebreak()"] * end.breaks, "#v(1fr)", _imprint(bulletin)]
    )


@dataclass(frozen=True, slots=True)
class ImprintPlace:
    """Where 版记 comes: pages that the text fills, and page breaks between it and 版记, so that 版记 stands on an even page.

    Two breaks leave an empty page; it and the page of 版记 bear no number then (GB/T 9704-2012, 7.5).
    """

    text_pages: int
    breaks: int


def imprint_place(bulletin: Bulletin, head: Heading | None = None) -> ImprintPlace:
    """Laid out twice, without 版记 and with it right behind the text, and counted."""
    return _placed(_text(bulletin, head, 9999), _imprint(bulletin))


@lru_cache(maxsize=8)
def _placed(text: str, imprint: str) -> ImprintPlace:
    alone = len(typeset(text, "png", ppi=4))
    if alone % 2:
        return ImprintPlace(alone, 1)
    together = len(typeset(f"{text}\n\n#v(1fr)\n\n{imprint}", "png", ppi=4))
    return ImprintPlace(alone, 0 if together == alone else 2)


def _text(bulletin: Bulletin, head: Heading | None, numbered: int) -> str:
    """All but 版记; pages after the ``numbered``-th bear no number."""
    top = head or Heading()
    setup = _SETUP.replace("TITLE", quoted(bulletin.title)).replace("AUTHOR", quoted(bulletin.issuing_body))
    out = [setup.replace("NUMBERED", str(numbered))]
    # 份号, 密级, 紧急程度 in the upper left corner, each on its own line; the mark 35 mm below the edge of the type area
    corner = [x for x in (top.copies_number, top.security, top.urgency) if x]
    lines = "\n".join(
        f"#flush[#text(stroke: {'0pt' if x == top.copies_number else '0.25pt'}, {quoted(x)})]" for x in corner
    )
    out.append(f"#block(height: 35mm, width: 100%)[{lines}]")
    size = min(40.0, 430 / max(8, len(bulletin.issuing_body) + 2))
    out.append(
        f"#centred[#text(size: {size:.1f}pt, fill: rgb(255, 0, 0), stroke: 0.6pt + rgb(255, 0, 0), {quoted(bulletin.issuing_body + '文件')})]"
    )
    out.append(f"#v(29pt)\n#centred[#text({quoted(bulletin.number)})]")
    out.append("#block(above: 4mm, below: 0pt, line(length: 100%, stroke: 2pt + rgb(255, 0, 0)))\n#v(44pt)")
    said = " #linebreak() ".join(f"#text({quoted(part)})" for part in title_lines(bulletin.title))
    out.append(f"#[#set par(leading: 10pt)\n#centred[#text(size: 22pt, stroke: 0.5pt)[{said}]]]\n#v(29pt)")
    if bulletin.addressees:
        out.append(f"#flush[#text({quoted('，'.join(bulletin.addressees) + '：')})]")
    for number, section in enumerate(bulletin.sections):
        out.append(_section(number, section))
    out.append(
        f"#v(29pt)\n#block(breakable: false, width: 100%)[#align(right)[#pad(right: 32pt)[#text({quoted(bulletin.issuing_body)})]"
        f"#v(-1pt)#pad(right: 64pt)[#text({quoted('〔成文日期待编〕')})]]]"
    )
    return "\n\n".join(out)


def _section(number: int, section: Section) -> str:
    out = [f"#head[#text({quoted(f'{numeral(number + 1)}、{section.heading}')})]"]
    out += [f"#text({quoted(_loose(said))})" for said in section.paragraphs]
    out += [_table(table) for table in section.tables]
    for picture in section.pictures:
        out.append(
            f"#block(breakable: false, width: 100%)[#caption({quoted(picture.caption)})"
            f'#image(bytes({quoted(picture_svg(picture))}), format: "svg", width: 100%, alt: {quoted(picture.caption)})'
            f"#note({quoted(picture.note)})]"
        )
    return "\n\n".join(out)


def _loose(text: str) -> str:
    """Where a line may break though the rules of the script see one word: between 73.4% and its bracket."""
    return text.replace("%（", "%\u200b（")


def _columns(table: Table) -> Sequence[float]:
    rows = (table.header, *table.rows)
    return [min(24.0, max(text_width(r[i]) for r in rows) + 1.4) for i in range(len(table.header))]


def _table(table: Table) -> str:
    cells = [f"text(stroke: 0.2pt, {quoted(said)})" for said in table.header]
    body = []
    for row in table.rows:
        for said in row:
            numeric = bool(said) and all(c in "0123456789./%—-+" for c in said)
            side = "center" if numeric or len(said) < 5 else "left"
            body.append(f"table.cell(align: {side} + horizon, {quoted(said)})")
    widths = ", ".join(f"{w:.1f}fr" for w in _columns(table))
    whole = "false" if len(table.rows) <= 10 else "true"  # a table that fits a page is not torn, and keeps its note
    return (
        f"#block(breakable: {whole}, width: 100%)[#caption({quoted(table.caption)})\n"
        "#[#set text(size: small, tracking: 0pt)\n#set par(leading: 8pt, first-line-indent: 0pt, justify: false)\n"
        f"#table(columns: ({widths},), stroke: 0.6pt, inset: (x: 4pt, y: 4pt), align: center + horizon, "
        f"table.header({', '.join(cells)}), {', '.join(body)})]\n#note({quoted(table.note)})]"
    )


def _imprint(bulletin: Bulletin) -> str:
    """版记, for the foot of the last even page, and which face stands in for which."""
    copies = "抄送：" + "，".join(bulletin.copies) + "。" if bulletin.copies else ""
    lines = (f"#pad(x: 14pt)[#text({quoted(copies)})]", "#line(length: 100%, stroke: 0.7pt)") if copies else ()
    inside = "\n".join(lines)
    return (
        "#block(breakable: false, width: 100%)[#set text(size: 14pt, tracking: 0pt)\n#set par(leading: 8pt, spacing: 8pt, first-line-indent: 0pt)\n"
        f"#text(size: 8pt, fill: luma(90), {quoted(STANDS_IN)})\n\n"
        f"#line(length: 100%, stroke: 1pt)\n{inside}\n"
        f"#pad(x: 14pt)[#text({quoted(bulletin.issuing_body)}) #h(1fr) #text({quoted('〔日期待编〕印发')})]\n"
        "#line(length: 100%, stroke: 1pt)]"
    )


def write_bulletin_pdf(bulletin: Bulletin, path: Path, *, head: Heading | None = None) -> Path:
    """Write the draft as PDF; the same bulletin gives the same bytes. Its folder is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(typeset(bulletin_source(bulletin, head))[0])
    return path


def bulletin_pages(bulletin: Bulletin, *, head: Heading | None = None, ppi: float = 96.0) -> list[bytes]:
    """The pages as they print, a PNG each."""
    return typeset(bulletin_source(bulletin, head), "png", ppi=ppi)

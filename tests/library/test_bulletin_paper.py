"""A bulletin's two papers against GB/T 9704: the .docx as LibreOffice sets it, and the PDF as typst sets it."""

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from test_bulletin_cycle import over

from qingxi.bulletin import Sentence, compose
from qingxi.report import Heading, write_bulletin, write_bulletin_pdf
from qingxi.report.bulletin_pdf import imprint_place

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
POPPLER = shutil.which("pdftotext") and shutil.which("pdfinfo")
HEAD = Heading("内部", "加急", "000007")
ORDER = ("000007", "内部", "加急", "文件", "〔待编〕", "关于2026年11月", "一、总体情况", "二、各乡镇情况", "各乡镇治理率", "三、问题整改", "下一步要求", "指标口径", "成文日期待编", "印发")  # fmt: skip


def told(path):
    """Size of the page in mm, number of pages, text without spaces."""
    info = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", info)
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    return (
        [round(float(x) / 72 * 25.4) for x in size.groups()],
        int(re.search(r"Pages:\s+(\d+)", info)[1]),
        re.sub(r"\s|\u200b", "", text),
    )


def in_order(text):
    at = -1
    for part in ORDER:
        found = text.find(part, at + 1)
        assert found > at, part
        at = found


def test_the_same_bulletin_gives_the_same_bytes(tmp_path):
    made = compose(over())
    for writer, name in ((write_bulletin, "docx"), (write_bulletin_pdf, "pdf")):
        one, two = (writer(made, tmp_path / f"{n}.{name}", head=HEAD).read_bytes() for n in "ab")
        assert one == two, name


@pytest.mark.skipif(not POPPLER, reason="poppler-utils are not on this machine")
def test_the_pdf_in_the_official_order_on_a4(tmp_path):
    size, pages, text = told(write_bulletin_pdf(compose(over()), tmp_path / "b.pdf", head=HEAD))
    assert size == [210, 297]
    assert pages >= 3
    in_order(text)
    assert "—1—" in text
    assert "代替方正小标宋" in text  # it says which face stands in


@pytest.mark.skipif(SOFFICE is None or not POPPLER, reason="LibreOffice or poppler-utils are not on this machine")
def test_libreoffice_sets_the_docx_in_the_official_order_on_a4(tmp_path):
    paper = write_bulletin(compose(over()), tmp_path / "b.docx", head=HEAD)
    with zipfile.ZipFile(paper) as packed:
        xml = packed.read("word/document.xml").decode()
        assert {"方正小标宋简体", "仿宋_GB2312", "黑体"} <= set(re.findall(r'w:eastAsia="([^"]+)"', xml))
        assert 'w:top="2098"' in xml  # 37 mm in twentieths of a point
        assert 'w:left="1587"' in xml  # 28 mm
        assert sum(n.endswith(".png") for n in packed.namelist()) == 2  # chart and map
    done = subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(paper)],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    size, pages, text = told(tmp_path / "b.pdf")
    assert size == [210, 297]
    assert pages >= 3
    in_order(text)
    assert date(2026, 11, 30).strftime("%Y-%m-%d") in text


def pages_of(path):
    """Text of each page, without spaces."""
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return [re.sub(r"\s|\u200b", "", page) for page in text.split("\f")[:-1]]


def longer(made, by):
    """The same bulletin with more to say: whole lines of 28 characters in its last section."""
    more = Sentence("more", ("多" * 28 * by,))
    *before, last = made.sections
    return replace(made, sections=(*before, replace(last, said=(*last.said, (more,)))))


@pytest.mark.skipif(not POPPLER, reason="poppler-utils are not on this machine")
def test_the_imprint_stands_on_the_last_even_page(tmp_path):
    """From where the text ends to a page and a half further: on an odd page, at the foot of an even one, in between."""
    seen = set()
    for by in range(0, 34, 3):
        made = longer(compose(over()), by)
        place = imprint_place(made)
        pages = pages_of(write_bulletin_pdf(made, tmp_path / "b.pdf"))
        assert len(pages) == place.text_pages + place.breaks
        assert len(pages) % 2 == 0
        assert "印发" in pages[-1]
        assert "成文日期待编" in pages[place.text_pages - 1]
        # An empty page before 版记: neither is numbered.
        assert (f"—{len(pages)}—" in pages[-1]) == (place.breaks < 2)
        if place.breaks == 2:
            assert pages[-2] == ""
        seen.add(place.breaks)
        with zipfile.ZipFile(write_bulletin(made, tmp_path / "b.docx")) as packed:
            xml = packed.read("word/document.xml").decode()
        assert ('<w:type w:val="evenPage"/>' in xml) == (place.breaks > 0)
        # 262 mm from the upper edge less one line of 26 points and its rule: 742.68 - 28 = 714.68 points
        assert re.search(r'<w:framePr [^>]*w:y="14294"', xml)
    assert seen >= {0, 1}


@pytest.mark.skipif(SOFFICE is None or not POPPLER, reason="LibreOffice or poppler-utils are not on this machine")
def test_a_page_holds_22_lines_of_28_characters(tmp_path):
    from qingxi.report import layout

    document = layout.official_document()
    layout.line(document, "多" * (28 * 30), first=0)
    document.save(str(tmp_path / "grid.docx"))
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "grid.docx")],
        capture_output=True, timeout=180, check=True,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "grid.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    first, second = text.split("\f")[:2]
    assert [n for said in first.splitlines() if (n := said.count("多"))] == [28] * 22
    assert [n for said in second.splitlines() if (n := said.count("多"))] == [28] * 8

"""A bulletin's two papers against GB/T 9704: the .docx as LibreOffice sets it, and the PDF as typst sets it."""

import re
import shutil
import subprocess
import zipfile
from datetime import date

import pytest
from test_bulletin_cycle import over

from qingxi.bulletin import compose
from qingxi.report import Heading, write_bulletin, write_bulletin_pdf

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

"""The documents: layout of GB/T 9704 measured in the file, lists that can be counted."""

from datetime import date

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from docx.text.run import Run

from qingxi.bulletin import County, draft, month
from qingxi.indicator import Entry, Records, State, VillageStanding, definitions, rate
from qingxi.place import VillageKind
from qingxi.report import write_bulletin, write_lists
from qingxi.report.fitting import title_lines
from qingxi.report.numeral import numeral

# Four villages in the register, one taken out by a signed line: 2 of 3.
VILLAGES = tuple(
    VillageStanding(
        f"99990110020{i}", f"{i}村", "溪口镇", VillageKind.VILLAGE, State.TREATED if i < 2 else State.OPEN
    )
    for i in range(4)
)
OUT = Entry("999901100203", "3村", False, "整村搬迁", date(2026, 1, 5), "县领导小组办公室")
DAY = date(2026, 11, 30)
FIGURE = rate(definitions()["treatment_rate_village"], Records("999901", VILLAGES, entries=(OUT,)), DAY)
BULLETIN = draft(
    County("天河坝县", "天河坝县领导小组办公室", ("各乡镇人民政府",), ("县政府办公室",)),
    month(2026, 11),
    FIGURE,
    townships=[("999901100", "溪口镇", FIGURE)],
)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return docx.Document(str(write_bulletin(BULLETIN, tmp_path_factory.mktemp("out") / "通报" / "a.docx")))


def test_page_of_gb_t_9704(document):
    section = document.sections[0]
    # A4; 37 mm above, 28 mm left; type area 156 × 225: right 210 - 28 - 156 = 26, below 297 - 37 - 225 = 35
    sizes = (
        section.page_width,
        section.page_height,
        section.top_margin,
        section.left_margin,
        section.right_margin,
        section.bottom_margin,
    )
    assert [round(s.mm) for s in sizes] == [210, 297, 37, 28, 26, 35]
    normal = document.styles["Normal"]
    assert normal.font.size.pt == 16  # 三号
    assert normal.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert normal.paragraph_format.line_spacing.pt == pytest.approx(28.95, abs=0.05)


def fonts(document, start):
    paragraph = next(p for p in document.paragraphs if p.text.startswith(start))
    run = paragraph.runs[0]
    return run._element.rPr.rFonts.get(qn("w:eastAsia")), run.font.size.pt


def test_typefaces_by_level(document):
    assert fonts(document, "关于2026年11月") == ("方正小标宋简体", 22)
    assert fonts(document, "一、总体情况") == ("黑体", 16)
    assert fonts(document, "截至2026年11月30日") == ("仿宋_GB2312", 16)
    foot = next(Run(r, None) for r in document.element.iter(qn("w:r")) if Run(r, None).text.startswith("抄送"))
    assert (foot._element.rPr.rFonts.get(qn("w:eastAsia")), foot.font.size.pt) == ("仿宋_GB2312", 14)


def test_body_starts_two_characters_in(document):
    body = next(p for p in document.paragraphs if p.text.startswith("截至"))
    assert body._element.pPr.ind.get(qn("w:firstLineChars")) == "200"


def test_page_numbers_stand_outside(document):
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    right, left = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (right.alignment, left.alignment) == (2, 0)
    assert "PAGE" in right._element.xml
    assert right.runs[0].text == "— "


def test_number_and_day_are_blanks(document):
    said = "\n".join(p.text for p in document.paragraphs)
    assert "〔待编〕" in said
    assert "〔成文日期待编〕" in said


def test_tables_repeat_their_header(document):
    table = document.tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [c.text for c in table.rows[1].cells][:4] == ["1", "溪口镇", "2/3", "66.7%"]


def test_the_file_says_the_day_of_its_figures(document):
    assert document.core_properties.created.date() == DAY


def test_lists_can_be_counted(tmp_path):
    book = openpyxl.load_workbook(write_lists([FIGURE, FIGURE], tmp_path / "out" / "lists.xlsx"))
    assert len(book.sheetnames) == 3
    overview = [c.value for c in book["指标总表"][4]]
    assert overview[2:5] == ["66.7%", 2, 3]
    rows = list(book[book.sheetnames[1]].iter_rows(min_row=4, values_only=True))
    listed = [r for r in rows if isinstance(r[0], int)]
    assert len(listed) == 3
    assert sum(r[5] == "是" for r in listed) == 2
    assert listed[0][1] == "999901100200"  # text, not 9.999E+11
    assert any(r[2] == "3村" and "整村搬迁" in r[3] for r in rows if r[2])


@pytest.mark.parametrize(
    ("n", "said"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")]
)
def test_numerals(n, said):
    assert numeral(n) == said


def test_a_long_title_breaks_after_a_word():
    assert title_lines("关于2026年11月天河坝县农村生活污水治理情况的通报") == [
        "关于2026年11月天河坝县",
        "农村生活污水治理情况的通报",
    ]
    assert title_lines("关于表扬的通报") == ["关于表扬的通报"]


def test_a_quotation_in_a_title_is_not_torn():
    assert title_lines("关于“大坪村站扩建用地没有协调下来”整改的提示函") == [
        "关于“大坪村站扩建用地没有协调下来”",
        "整改的提示函",
    ]
    assert title_lines("关于“县级配套 86.00 万元未到位，3 村停工”整改的约谈建议") == [
        "关于“县级配套 86.00 万元未到位，",
        "3 村停工”整改的约谈建议",
    ]

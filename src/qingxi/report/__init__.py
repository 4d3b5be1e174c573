"""Documents that people sign: a red-head draft (.docx) with its PDF, and the lists behind every figure (.xlsx)."""

from qingxi.report.bulletin_docx import write_bulletin
from qingxi.report.bulletin_pdf import bulletin_pages, write_bulletin_pdf
from qingxi.report.heading import Heading
from qingxi.report.letter_docx import LetterPaper, write_letter
from qingxi.report.lists_xlsx import write_lists
from qingxi.report.meeting_docx import MeetingPaper, write_meeting
from qingxi.report.pictures import picture_svg
from qingxi.report.source_figures_xlsx import write_source_figures

__all__ = [
    "Heading",
    "LetterPaper",
    "MeetingPaper",
    "bulletin_pages",
    "picture_svg",
    "write_bulletin",
    "write_bulletin_pdf",
    "write_letter",
    "write_lists",
    "write_meeting",
    "write_source_figures",
]

"""Documents out (成文): bulletins as .docx in the layout of GB/T 9704, and the lists behind figures as .xlsx."""

from qingxi.report.bulletin_docx import write_bulletin
from qingxi.report.letter_docx import LetterPaper, write_letter
from qingxi.report.lists_xlsx import write_lists
from qingxi.report.meeting_docx import MeetingPaper, write_meeting
from qingxi.report.source_figures_xlsx import write_source_figures

__all__ = [
    "LetterPaper",
    "MeetingPaper",
    "write_bulletin",
    "write_letter",
    "write_lists",
    "write_meeting",
    "write_source_figures",
]

"""Documents out (成文): bulletins as .docx in the layout of GB/T 9704, and the lists behind figures as .xlsx."""

from qingxi.report.bulletin_docx import write_bulletin
from qingxi.report.lists_xlsx import write_lists

__all__ = ["write_bulletin", "write_lists"]

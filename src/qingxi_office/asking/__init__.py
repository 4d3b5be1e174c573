"""Asking the books the same question again and again, without putting it into SQL each time."""

from qingxi_office.asking.question import Question, ask, ask_one

__all__ = ["Question", "ask", "ask_one"]

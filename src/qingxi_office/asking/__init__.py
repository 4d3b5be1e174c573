"""Asking the books the same question again and again, without putting it into SQL each time."""

from qingxi_office.asking.question import ask, ask_one

__all__ = ["ask", "ask_one"]

"""Sheets whose formulas are older than Excel 2010: nothing in them has to be renamed for it.

The writer looks for some hundred newer functions in every formula, which takes longer than all else that a bill of quantities needs.
"""

from xlsxwriter.worksheet import Worksheet


class OldFormulas(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A sheet of formulas such as ``=SUM(A1:A9)``."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

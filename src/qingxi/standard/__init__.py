"""Limits, norms, prices, thresholds: dated tables whose every row carries its source and degree of trust.

No default number lives anywhere else. A row that nobody has verified says so wherever it is shown.
"""

from qingxi.standard.table import Row, Table, Trust, load_table

__all__ = ["Row", "Table", "Trust", "load_table"]

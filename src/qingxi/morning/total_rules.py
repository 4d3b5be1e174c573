"""The 合计 row of a ledger against the sum of its own rows, all of them, as the one who typed it added them."""

from __future__ import annotations

from qingxi.morning.conflict import Cited
from qingxi.morning.docket import Docket
from qingxi.morning.ledger import Book, Ledgers


def check_totals(ledgers: Ledgers, docket: Docket) -> None:
    """File each total that differs; nothing is ever taken from a total, so a decision only says which was wrong."""
    of_book = {
        Book.VILLAGES: ledgers.villages,
        Book.FACILITIES: ledgers.facilities,
        Book.ISSUES: ledgers.issues,
    }
    for total in ledgers.totals:
        lines = of_book[total.written.book]
        for name, said in total.values:
            added = sum(float(getattr(line, name) or 0) for line in lines)
            if abs(added - said) > 0.005:
                heading = next((c.heading for c in total.written.cells if c.field == name), name)
                docket.file(
                    "total-differs", f"total:{total.written.book.value}:{name}",
                    {"what": heading, "said": f"{said:g}", "sum": f"{added:g}"}, (Cited(total.written, (name,)),),
                )  # fmt: skip

"""A bulletin as everybody may read it (公开的通报): its text and tables, without what points to a person.

Left out with everything that is not printed: what is undecided, letters, what has to be done, keys of records. Counts
of villages and stations are said; of households and people a small one is not, nor anything it could be worked out from.
"""

from collections.abc import Callable, Iterable
from typing import Any

from qingxi.bulletin.content import Bulletin, Table
from qingxi.bulletin.sentence import Sentence, Slot

WITHHELD = "〔数小，按规则不公开〕"
_OF_PEOPLE = frozenset({"户", "农户", "人", "人次"})


def opened(
    bulletin: Bulletin, *, small: Callable[[int], bool], clean: Callable[[str], str]
) -> list[dict[str, Any]]:
    """The sections as plain values: heading, paragraphs, tables {caption, header, rows, note}.

    Parameters
    ----------
    small : callable
        Whether a count of households or people is too small to be said. Where a figure's numerator, the rest of it or
        its denominator is, every figure of that definition is withheld: sums give nothing away then.
    clean : callable
        What takes telephones, names and house numbers out of a text.
    """
    hushed = {
        f.definition for f in bulletin.figures
        if f.unit_counted in _OF_PEOPLE and any(small(n) for n in (f.part, f.n - f.part, f.n))
    }  # fmt: skip
    refs = {f.ref for f in bulletin.figures if f.definition in hushed}

    def hidden(slot: Slot | None) -> bool:
        return slot is not None and slot.how not in ("count", "name") and any(ref in refs for ref in slot.refs)

    def said(sentence: Sentence) -> str:
        return "".join(
            clean(p) if isinstance(p, str) else WITHHELD if hidden(p) else clean(p.text) for p in sentence.parts
        )

    return [
        {
            "heading": clean(s.heading),
            "paragraphs": ["".join(map(said, paragraph)) for paragraph in s.said],
            "tables": [_table(t, hidden, clean) for t in s.tables],
        }
        for s in bulletin.sections
    ]


def _table(table: Table, hidden: Callable[[Slot | None], bool], clean: Callable[[str], str]) -> dict[str, Any]:
    """A column of which a cell is withheld is withheld as a whole."""
    columns = {at for row in table.bound for at, slot in enumerate(row) if hidden(slot)}

    def row(cells: Iterable[str]) -> list[str]:
        return [WITHHELD if at in columns else clean(said) for at, said in enumerate(cells)]

    return {
        "caption": clean(table.caption), "header": list(table.header), "rows": [row(r) for r in table.rows],
        "note": clean(table.note),
    }  # fmt: skip

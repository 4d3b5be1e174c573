"""Names by their letters: the pinyin of every name in the books stands in a table, so that a search reads one index.

A name that the table does not know yet is spelled where it is met; the office's worker writes it down (``actions.spelled``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from qingxi.place import typed
from qingxi_office.places.keys import clean
from qingxi_office.places.models import SpelledName

LONG = 64
"""Letters of a key; nobody types more."""
Source = tuple[QuerySet[Any], str]
"""Rows that carry names, and the field that does."""


@lru_cache(maxsize=4096)
def letters_of(name: str) -> frozenset[str]:
    """Every text in letters by which a name may be begun."""
    plain = clean(name)
    return frozenset(text[:LONG] for text in typed(plain) if text) if plain else frozenset()


def spelled(name: str, asked: str) -> bool:
    """Whether letters are the beginning of a name's pinyin, in full or by first letters, begun at any character."""
    return any(text.startswith(asked) for text in letters_of(name))


def known_as(asked: str) -> QuerySet[SpelledName, Any]:
    """The texts of names in the table that letters begin; to be used as a subquery."""
    rows = SpelledName.objects.filter(letters__key__gte=asked[:LONG], letters__key__lt=asked[:LONG] + "zzzz")
    return rows.values("text")


def unknown(sources: Sequence[Source]) -> list[str]:
    """Names in the books that the table lacks; one query."""
    parts = [
        rows.order_by()
        .filter(~Exists(SpelledName.objects.filter(text=OuterRef(field))))
        .exclude(**{field: ""})
        .values_list(field)
        for rows, field in sources
    ]
    found = parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0].distinct()
    return [name for (name,) in found]

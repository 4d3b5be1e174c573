"""Deeds on one record as people read them: who changed what from what to what, and whether it can be brought back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .form import text_of


@dataclass(frozen=True)
class Change:
    pk: int
    at: Any
    by: str
    why: str
    parts: list[tuple[str, str, str]]  # field's word, before, after
    said: str  # for deeds that are no change of fields
    may_undo: bool


def told_changes(deeds: Iterable[Any], words: Mapping[str, str], may_edit: bool) -> list[Change]:
    """Trail rows of one record, newest first; only the newest edit of a field can be undone."""
    out, touched = [], set()
    for deed in deeds:
        after = deed.after if isinstance(deed.after, dict) else {}
        before = deed.before if isinstance(deed.before, dict) else {}
        parts = [(words[k], text_of(before.get(k)), text_of(v)) for k, v in after.items() if k in words]
        edited = deed.action.endswith(".edited")
        fresh = edited and not touched & set(after)
        touched |= set(after)
        out.append(
            Change(
                deed.pk,
                deed.at,
                deed.by_name,
                deed.because,
                parts,
                "" if parts else deed.action,
                may_edit and fresh,
            )
        )
    return out

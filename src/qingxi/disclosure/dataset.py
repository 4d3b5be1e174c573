"""What an open data set is: its columns with words in Chinese and English, types and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "date", "boolean"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``unit`` as printed (户, m³/d, %), empty where there is none; ``filters``: may be asked for by value."""

    name: str
    kind: Kind
    zh: str
    en: str
    unit: str = ""
    filters: bool = False


@dataclass(frozen=True)
class DataSet:
    """A set of rows with one column that names each row.

    Attributes
    ----------
    name : str
        Lower case; stands in addresses and file names.
    columns : sequence of Column
        ``lon`` and ``lat`` (degrees, CGCS2000) make a row a point; a set without them has no place on a map.
    starts, ends : str
        Columns that say when a row holds, for questions by time; empty: not asked by time.
    """

    name: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    columns: Sequence[Column]
    key: str
    starts: str = ""
    ends: str = ""
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if len(set(names)) != len(names) or not {self.key, *filter(None, (self.starts, self.ends))} <= set(names):
            raise ValueError(f"{self.name}: columns stand twice or lack")

    @property
    def placed(self) -> bool:
        """Whether its rows are points."""
        return {"lon", "lat"} <= {c.name for c in self.columns}

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

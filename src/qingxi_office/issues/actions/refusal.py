"""A step refused, and the evidence handed in with one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qingxi.issue import Answer
from qingxi.origin import Ref


class Refused(ValueError):
    """A step that the law does not allow now; ``reasons`` are all of them, in Chinese."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Shot:
    """Where and when the phone says that a photograph was taken; the camera's own word in the file goes before it."""

    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence handed in with a step: its kind in the words of the steps' table, text, file, records.

    ``answer`` is what the reporter said, on evidence of the kind 反映人回访; left out: agrees.
    """

    kind: str
    text: str = ""
    file: Any = None
    refs: tuple[Ref, ...] = ()
    answer: Answer | None = None
    shot: Shot | None = None

"""What the talk with devices came to, as plain counts that several receivers' add up."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Talks:
    """Requests since the start of the process, and how back-fill stands now.

    Attributes
    ----------
    backfill_pieces_waiting, backfill_periods_waiting, backfill_devices_asked : int
        As it stands: pieces and periods in the queue, devices that are being asked.
    requests_total, requests_answered_total, requests_unanswered_total : int
        Since the start.
    register_version : int
        The register's version; 0 before it was read.
    """

    backfill_pieces_waiting: int = 0
    backfill_periods_waiting: int = 0
    backfill_devices_asked: int = 0
    requests_total: int = 0
    requests_answered_total: int = 0
    requests_unanswered_total: int = 0
    register_version: int = 0

    def gone(self) -> "Talks":
        """What stays of a process that has ended: its totals."""
        return Talks(
            requests_total=self.requests_total,
            requests_answered_total=self.requests_answered_total,
            requests_unanswered_total=self.requests_unanswered_total,
        )

    @classmethod
    def together(cls, running: Iterable["Talks"], gone: "Talks") -> "Talks":
        """Several processes' in one; the register's version is the oldest that a running one still goes by."""
        each = list(running)
        total = cls(**{f.name: sum(getattr(one, f.name) for one in (*each, gone)) for f in fields(cls)})
        total.register_version = min((one.register_version for one in each), default=0)
        return total

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Talks":
        """What ``dataclasses.asdict`` gave, after its way through JSON."""
        return cls(**told)

    def prometheus(self) -> str:
        """Text exposition format 0.0.4."""
        rows = ((f.name, getattr(self, f.name)) for f in fields(self))
        return "".join(
            f"# TYPE qingxi_receiver_{name} {'counter' if name.endswith('_total') else 'gauge'}\n"
            f"qingxi_receiver_{name} {n:g}\n"
            for name, n in rows
        )

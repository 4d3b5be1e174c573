"""What the receiver did, as plain counters, and their text for Prometheus."""

from dataclasses import dataclass, field, fields
from typing import Any

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Counters:
    """Counts since the start of the process.

    ``ack_seconds`` counts, by upper bound, how long messages waited from the last byte to their answer.
    """

    connections_open: int = 0
    connections_total: int = 0
    connections_refused: int = 0
    hung_up_total: int = 0
    bytes_total: int = 0
    messages_total: int = 0
    kept_total: int = 0
    acknowledged_total: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    oddities: dict[str, int] = field(default_factory=dict)
    commits_total: int = 0
    commit_failures_total: int = 0
    paused_total: int = 0
    spooled_total: int = 0
    replayed_total: int = 0
    pending: int = 0
    ack_seconds: dict[float, int] = field(default_factory=dict)
    ack_seconds_sum: float = 0.0

    def waited(self, seconds: float, count: int = 1) -> None:
        """Count answers that took so long."""
        bound = next((b for b in _BUCKETS_S if seconds <= b), float("inf"))
        self.ack_seconds[bound] = self.ack_seconds.get(bound, 0) + count
        self.ack_seconds_sum += seconds * count

    def add(self, other: "Counters") -> None:
        """Add another's counts to these."""
        for each in fields(self):
            mine, its = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, dict):
                for key, count in its.items():
                    mine[key] = mine.get(key, 0) + count
            else:
                setattr(self, each.name, mine + its)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Counters":
        """What ``dataclasses.asdict`` gave, after its way through JSON."""
        waits = {float(bound): count for bound, count in told.get("ack_seconds", {}).items()}
        return cls(**{**told, "ack_seconds": waits})

    def as_json(self) -> dict[str, int | dict[str, int]]:
        """The counts that people ask for."""
        return {
            "messages": self.messages_total,
            "kept": self.kept_total,
            "acknowledged": self.acknowledged_total,
            "quarantined": dict(sorted(self.quarantined.items())),
            "oddities": dict(sorted(self.oddities.items())),
            "connections": self.connections_total,
            "refused_connections": self.connections_refused,
            "commits": self.commits_total,
            "commit_failures": self.commit_failures_total,
            "spooled": self.spooled_total,
            "replayed": self.replayed_total,
        }

    def quantile_s(self, share: float) -> float | None:
        """Wait that this share of the answers did not exceed, within its bucket by straight line; None before any."""
        wanted, before, low = share * sum(self.ack_seconds.values()), 0, 0.0
        if not wanted:
            return None
        for bound in (*_BUCKETS_S, float("inf")):
            here = self.ack_seconds.get(bound, 0)
            if before + here >= wanted:
                return low if bound == float("inf") else low + (bound - low) * (wanted - before) / here
            before, low = before + here, bound
        return low

    def prometheus(self) -> str:
        """Text exposition format 0.0.4."""
        lines: list[str] = []

        def put(name: str, kind: str, rows: list[tuple[str, float]]) -> None:
            lines.append(f"# TYPE qingxi_receiver_{name} {kind}")
            lines.extend(f"qingxi_receiver_{name}{labels} {value:g}" for labels, value in rows)

        put("connections", "gauge", [("", self.connections_open)])
        put("pending_packets", "gauge", [("", self.pending)])
        for name in (
            "connections_total",
            "connections_refused",
            "hung_up_total",
            "bytes_total",
            "messages_total",
            "kept_total",
            "acknowledged_total",
            "commits_total",
            "commit_failures_total",
            "paused_total",
            "spooled_total",
            "replayed_total",
        ):
            full = name if name.endswith("_total") else f"{name}_total"
            put(full, "counter", [("", getattr(self, name))])
        put(
            "quarantined_total", "counter", [(f'{{why="{why}"}}', n) for why, n in sorted(self.quarantined.items())]
        )
        put("oddities_total", "counter", [(f'{{kind="{kind}"}}', n) for kind, n in sorted(self.oddities.items())])
        rows: list[tuple[str, float]] = []
        total = 0
        for bound in (*_BUCKETS_S, float("inf")):
            total += self.ack_seconds.get(bound, 0)
            rows.append((f'_bucket{{le="{"+Inf" if bound == float("inf") else f"{bound:g}"}"}}', total))
        put("ack_seconds", "histogram", [*rows, ("_sum", self.ack_seconds_sum), ("_count", total)])
        middle = [(f'{{quantile="{q}"}}', s) for q in (0.5, 0.95, 0.99) if (s := self.quantile_s(q)) is not None]
        put("ack_wait_seconds", "gauge", middle)
        return "\n".join(lines) + "\n"

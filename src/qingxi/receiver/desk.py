"""What the talk with devices needs of the books: handed in, so that the receiver knows no database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from qingxi.receiver.backfill import Naming, Piece
from qingxi.wire import Device


class Order(Protocol):
    """A command that waits for its device."""

    @property
    def id(self) -> int: ...
    @property
    def mn(self) -> str: ...
    @property
    def cn(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str]: ...


class Desk(Protocol):
    """The books beside the hot path. All calls come from one thread at a time, and may be slow."""

    def version(self) -> int:
        """Version of the register; 0 when the register is not kept here."""

    def devices(self) -> Mapping[str, Device]:
        """The register."""

    def catch_up(self) -> int:
        """Take what was received into the gap books; gives how many packets."""

    def pieces(self, mns: Sequence[str], now_s: float) -> dict[str, list[Piece]]:
        """What each device is to be asked for, in order; what is beyond asking is named at once."""

    def settle(self, namings: Iterable[Naming]) -> None:
        """Name what is still missing."""

    def note_fill(self, rows: Iterable[tuple[str, str, str]], now_ms: int) -> None:
        """Keep how each device's back-fill stands: (mn, state, words)."""

    def waiting(self, now_ms: int) -> Sequence[Order]:
        """Commands that wait, the oldest first."""

    def claim(self, order: Order, qn: str, now_ms: int) -> bool:
        """Take a command to send it; False when another process has."""

    def note(self, number: int, state: str, code: int | None, answer: Mapping[str, str], now_ms: int) -> None:
        """Keep how far a command has come."""

    def clocks(self, now_ms: int, online: Sequence[str]) -> int:
        """Queue the time for wrong clocks among these devices, at most once a day each; gives how many."""

    def tell_time(self, asked: Mapping[str, str], now_ms: int) -> None:
        """Queue the time for devices that asked for it (MN and the instrument, empty for the logger itself)."""

    def gauges(self, now_s: float) -> str:
        """Figures of each device for Prometheus."""

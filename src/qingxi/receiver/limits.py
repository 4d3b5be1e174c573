"""The receiver's limits, from the table :file:`standard/tables/hj212.csv`."""

from dataclasses import dataclass

from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in at once and how long is waited.

    Attributes
    ----------
    batch_packets : int
        Most packets in one commit.
    pending_packets : int
        At this many uncommitted packets reading pauses; the sender's window fills and it waits.
    connections : int
        At this many connections new ones are closed at once; live ones go on.
    line_quiet_s : float
        A line silent for so long sends no line end any more.
    line_alive_s : float
        A line silent for so long is asked, by TCP's own keepalive, whether its other end is still there; after as long
        again without an answer it is given up. A device that only has nothing to say goes on.
    clock_future_h : float
        A DataTime further ahead than this is quarantined; ``inf`` takes any time (for replaying files).
    retry_wait_s : float
        Wait before a failed commit is tried again.
    spool_after_s : float
        A store that has been down for so long is waited for no more: batches go to the spool.
    bad_in_a_row : int
        A line that has sent so many bad frames and no good one between is closed: it is no device, and would fill
        the quarantine.
    """

    batch_packets: int
    pending_packets: int
    connections: int
    line_quiet_s: float
    line_alive_s: float
    clock_future_h: float
    retry_wait_s: float
    bad_in_a_row: int
    spool_after_s: float

    @classmethod
    def from_table(cls) -> "Limits":
        """The defaults of the house."""
        table = load_table("hj212")
        return cls(
            batch_packets=int(table["batch.packets"]),
            pending_packets=int(table["pending.packets"]),
            connections=int(table["connections"]),
            line_quiet_s=table["line.quiet"],
            line_alive_s=table["line.alive"],
            clock_future_h=table["clock.future"],
            retry_wait_s=table["retry.wait"],
            bad_in_a_row=int(table["bad.in_a_row"]),
            spool_after_s=table["spool.after"],
        )

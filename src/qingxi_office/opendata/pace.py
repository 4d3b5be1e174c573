"""How fast an address asks, counted over all processes of the server.

Each process counts by itself and tells the books now and then, a fiftieth of the limit at a time: who asks a few times
costs no writing, and two processes together let through that little more at most.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from qingxi_office.opendata.actions import tell_pace

_MOST_KEPT = 5000  # addresses that a process remembers within a window


@dataclass(slots=True)
class _Count:
    told: int = 0  # by all processes, as the books said last
    untold: int = 0  # of this process, not yet in the books


_counts: dict[tuple[str, int], _Count] = {}
_lock = threading.Lock()


def forget() -> None:
    """Begin anew, as a process that has just started does."""
    with _lock:
        _counts.clear()


def seconds_to_wait(who: str, most: int, window_s: int, now: float | None = None) -> int:
    """Counts one asking of an address; 0 when it may ask, else the seconds until the window ends.

    Parameters
    ----------
    who : str
        The address, hashed, 16 characters.
    most : int
        Askings of one address within a window.
    window_s : int
        Length of a window, s.
    now : float
        Seconds since 1970; the clock when not said.
    """
    at = time.time() if now is None else now
    window = int(at // window_s)
    with _lock:
        if (who, window) not in _counts:
            for old in [k for k in _counts if k[1] < window]:
                del _counts[old]
            if len(_counts) >= _MOST_KEPT:
                _counts.clear()
        count = _counts.setdefault((who, window), _Count())
        if count.told + count.untold >= most:
            return max(1, int((window + 1) * window_s - at))
        count.untold += 1
        tell = count.untold if count.untold >= max(1, most // 50) else 0
        if tell:
            count.told, count.untold = count.told + tell, 0
    if tell and (total := tell_pace(who, window, tell)) is not None:
        with _lock:
            count.told = max(count.told, total)
        if total > most:
            return max(1, int((window + 1) * window_s - at))
    return 0

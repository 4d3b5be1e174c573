"""The other side of the wire: data loggers that speak over real TCP, wait for their answer and send again (设备模拟).

A line is one TCP connection of one logger, or of a gateway that speaks for several. It keeps at most ``window``
unanswered frames under way (a real logger: 1), sends a frame again after ``timeout_s`` at most ``resends`` times, and
after a broken connection calls again and sends what was not answered, as HJ 212-2017 table 1 asks.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from qingxi.wire.hj212 import device_time
from qingxi.world.device_line import HEADER, Line, Manner, Played

__all__ = ["Manner", "Played", "by_device", "mn_of", "play"]


def mn_of(frame: bytes) -> str:
    """MN in a frame's header; empty when there is none."""
    found = HEADER.match(frame)
    return found.group(2).decode("ascii", "replace") if found else ""


def by_device(frames: Iterable[bytes]) -> dict[str, list[bytes]]:
    """Frames by MN, order kept; frames without one under the empty name."""
    lines: dict[str, list[bytes]] = {}
    for frame in frames:
        lines.setdefault(mn_of(frame), []).append(frame)
    return lines


def _moment_s(frame: bytes) -> float | None:
    found = HEADER.match(frame)
    at = device_time(found.group(1).decode()) if found and found.group(1) else None
    return at.timestamp() if at is not None else None


async def play(
    frames: Sequence[bytes],
    host: str,
    port: int,
    *,
    manner: Manner | None = None,
    line_per_device: bool = False,
    on_ack: Callable[[str, str], None] = lambda mn, qn: None,
) -> Played:
    """Play frames to a server and count what came of it.

    Parameters
    ----------
    frames : sequence of bytes
        In sending order, each with its line end.
    line_per_device : bool
        One connection a device, as in the field; else one connection for all, in the order given.
    on_ack : callable
        Told (MN, QN) of every answer, when it arrives.

    Raises
    ------
    OSError
        When the server cannot be reached for ``manner.patience_s``.
    """
    how = manner or Manner()
    played = Played()
    started = time.monotonic()
    first_s = (
        next((at for at in map(_moment_s, frames) if at is not None), 0.0) if how.speed != float("inf") else 0.0
    )

    async def speak(own: Sequence[bytes]) -> None:
        line = Line((host, port), how, played, on_ack)
        ahead = deque(own)
        while ahead:
            frame = ahead.popleft()
            if how.speed != float("inf") and (at := _moment_s(frame)) is not None:
                await asyncio.sleep(max(0.0, (at - first_s) / how.speed - (time.monotonic() - started)))
            await line.send(frame)
        await line.finish()

    lines = list(by_device(frames).values()) if line_per_device else [list(frames)]
    await asyncio.gather(*(speak(own) for own in lines))
    played.seconds = time.monotonic() - started
    return played

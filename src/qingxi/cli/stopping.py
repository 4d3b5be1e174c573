"""Ctrl-C, or the wish of the service that started us, as an event of the loop; on Windows too."""

import asyncio
import signal


def stop_event() -> asyncio.Event:
    """An event that Ctrl-C (and SIGTERM; on Windows Ctrl-Break) sets; called inside a running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: its loop takes none, and is woken by any signal
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop

"""How many sockets this process may have, and which of them still have another end."""

import socket
import sys

_OTHERS = 200
"""Files of the process that are no device's line: the store, its log, the listener, the standard streams, a margin."""


def raise_socket_limit(wanted: int) -> int:
    """Raise the soft limit on open files as far as the hard one lets it; how many lines that leaves, at most ``wanted``."""
    if sys.platform == "win32":  # no such limit there
        return wanted
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHERS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _OTHERS))


_PROBES = 5


def keep_alive(listener: socket.socket, idle_s: float) -> None:
    """Have the system ask silent peers whether they are there; lines that a listener takes inherit it.

    A mobile network drops a line without a word, and a device behind it calls anew: the old line would stay open for
    ever, until no new one is let in.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    each_s = max(1, round(idle_s / _PROBES))
    for name, value in (
        ("TCP_KEEPIDLE", max(1, round(idle_s))), ("TCP_KEEPINTVL", each_s), ("TCP_KEEPCNT", _PROBES),
    ):  # fmt: skip
        if hasattr(socket, name):  # where it is missing the system's own times hold
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

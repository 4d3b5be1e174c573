"""How many sockets this process may have."""

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

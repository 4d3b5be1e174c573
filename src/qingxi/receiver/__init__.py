"""Takes devices' data in over TCP: durable before acknowledged, whatever happens (接收).

:class:`Receiver` listens; a :class:`Sink` is handed in. Nothing is answered before ``Sink.commit`` has returned, or,
while the store is down, before the :class:`Spool` has fsynced it; and nothing quarantined is ever answered: a device
that hears nothing sends again. A :class:`Fleet` is several receivers behind one port. :class:`Talker` is its own voice:
back-fill of gaps and commands; :class:`Forwarder` tells upper platforms what was said.
"""

from qingxi.receiver.backfill import Backfill, FillLimits, Naming, Piece
from qingxi.receiver.counters import Counters
from qingxi.receiver.fleet import Fleet, Member, channel_of
from qingxi.receiver.forward import Forwarder
from qingxi.receiver.identity import WHY_REFUSED, claimed_mn, refusal
from qingxi.receiver.limits import Limits
from qingxi.receiver.metrics import serve_metrics
from qingxi.receiver.own_spool import OwnSpool
from qingxi.receiver.register import read_devices
from qingxi.receiver.server import Receiver
from qingxi.receiver.sink import PlainSink, Sink
from qingxi.receiver.sockets import raise_socket_limit
from qingxi.receiver.spool import Spool
from qingxi.receiver.talker import Talker
from qingxi.receiver.talks import Talks

__all__ = [
    "WHY_REFUSED",
    "Backfill",
    "Counters",
    "FillLimits",
    "Fleet",
    "Forwarder",
    "Limits",
    "Member",
    "Naming",
    "OwnSpool",
    "Piece",
    "PlainSink",
    "Receiver",
    "Sink",
    "Spool",
    "Talker",
    "Talks",
    "channel_of",
    "claimed_mn",
    "raise_socket_limit",
    "read_devices",
    "refusal",
    "serve_metrics",
]

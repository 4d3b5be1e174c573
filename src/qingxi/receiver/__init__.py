"""Takes devices' data in over TCP: durable before acknowledged, whatever happens (接收).

:class:`Receiver` listens; a :class:`Sink` is handed in. Nothing is answered before ``Sink.commit`` has returned, and
nothing quarantined is ever answered: a device that hears nothing sends again.
"""

from qingxi.receiver.counters import Counters
from qingxi.receiver.identity import WHY_REFUSED, refusal
from qingxi.receiver.limits import Limits
from qingxi.receiver.metrics import serve_metrics
from qingxi.receiver.register import read_devices
from qingxi.receiver.server import Receiver
from qingxi.receiver.sink import Sink

__all__ = ["WHY_REFUSED", "Counters", "Limits", "Receiver", "Sink", "read_devices", "refusal", "serve_metrics"]

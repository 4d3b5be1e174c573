"""What devices say (通信): one sub-package a protocol, each without sockets, clocks or chance.

:mod:`qingxi.wire.hj212` speaks HJ 212-2005, -2017 and -2025. :class:`Device` says who may speak at all;
:class:`Received` is what a receiver hands to its store.
"""

from qingxi.wire.device import Device, Devices
from qingxi.wire.received import Received

__all__ = ["Device", "Devices", "Received"]

"""Qingxi 清溪: the laws of a county's rural sewage, from survey to bulletin.

The library is pure: only ``files``, ``receiver``, ``store``, ``report`` and ``cli`` touch disk, sockets,
engines or the clock. Import from a room's front door (``from qingxi.plan import ...``), never from the
files inside it. The plan of the house is in ARCHITECTURE.md.
"""

__version__ = "0.1.0"

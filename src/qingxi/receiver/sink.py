"""Where the receiver puts what came: handed in, so that an office or a single file may stand behind it."""

from typing import Protocol, runtime_checkable

from qingxi.wire import Received
from qingxi.wire.hj212 import Message
from qingxi.wire.hj212.plain import Plain


class Sink(Protocol):
    """A durable place for one batch at a time.

    The receiver calls ``keep_raw`` for every piece that came off the line, then ``put`` or ``quarantine`` for what it
    turned out to be, then ``commit`` once. Only when ``commit`` has returned is anything acknowledged: an
    implementation must not return before the batch would survive the loss of its process. All calls come from one
    thread at a time.

    A ``put`` that raises :class:`ValueError`, :class:`TypeError`, :class:`OverflowError` or :class:`UnicodeError` says
    "this message cannot be kept": it is quarantined and never acknowledged. A ``commit`` that raises one of them says
    "something in this batch cannot be kept": the batch is rolled back and given again in halves until the one is found.
    Any other exception says "the store is down": the batch is rolled back and tried again or spooled.
    """

    def keep_raw(self, received: Received) -> None:
        """Keep the bytes before anybody reads them."""

    def put(self, message: Message, received: Received) -> None:
        """Keep a message of a known device; equal ones twice are kept once."""

    def quarantine(self, received: Received, why: str, detail: str = "", mn: str = "") -> None:
        """Keep what cannot be used, with the reason."""

    def commit(self) -> None:
        """Make the batch durable, or raise."""

    def rollback(self) -> None:
        """Forget what came since the last commit."""


@runtime_checkable
class PlainSink(Protocol):
    """A sink that takes plain frames as they are; any other is given the message of each."""

    def put_plain(self, plain: Plain, received: Received) -> None:
        """Keep a plain frame of a known device; its ``shape`` and ``values`` are set."""

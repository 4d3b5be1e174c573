"""Does a server, or a device, speak HJ 212 as the standard has it?

:func:`server_cases` and :func:`device_cases` give the cases; each is a script without sockets and clocks
(:mod:`~qingxi.wire.hj212.conform.script`). The frames that come are judged by a strict reading of its own
(:mod:`~qingxi.wire.hj212.conform.strict`), not by the receiver's tolerant parser.
"""

from qingxi.wire.hj212.conform.device import device_cases
from qingxi.wire.hj212.conform.examples import Example, examples
from qingxi.wire.hj212.conform.memory import Peer, run_in_memory
from qingxi.wire.hj212.conform.report import LANGUAGES, as_json, as_junit, as_text, failures, result_word
from qingxi.wire.hj212.conform.script import Case, Result, Setting, Verdict
from qingxi.wire.hj212.conform.server import server_cases
from qingxi.wire.hj212.conform.strict import StrictFrame, StrictStream, read_strict

__all__ = [
    "LANGUAGES",
    "Case",
    "Example",
    "Peer",
    "Result",
    "Setting",
    "StrictFrame",
    "StrictStream",
    "Verdict",
    "as_json",
    "as_junit",
    "as_text",
    "device_cases",
    "examples",
    "failures",
    "read_strict",
    "result_word",
    "run_in_memory",
    "server_cases",
]

"""HJ 212 (污染物自动监测监控系统数据传输技术要求): 2005, 2017 and 2025 by the version bits of Flag.

Sans-IO: bytes in, messages out, no socket, no clock, no thread. ::

    parser = Parser()
    parser.feed(chunk)                                     # never raises
    while (event := parser.next_event()) is not NEED_MORE:
        if isinstance(event, BadFrame): ...                # raw bytes and the reason; the stream goes on
        else: keep(event); reply = encode(answer_data(event))

Commands, answers and states are tables (:data:`COMMANDS`, :data:`QN_RTN`, :data:`EXE_RTN`, :data:`DATA_FLAGS`,
:data:`SYSTEMS`), and so is who speaks when (:data:`TRANSITIONS`, walked by :class:`Exchange`). What real devices do
otherwise is an :class:`Oddity` on the message, seen and never silently mended.
"""

from qingxi.wire.hj212.crc import crc, crc_profile
from qingxi.wire.hj212.dialogue import FINAL, TRANSITIONS, Exchange, Happening, State, request
from qingxi.wire.hj212.encode import (
    BEIJING,
    answer_data,
    answer_notice,
    answer_request,
    answer_result,
    encode,
    flag_of,
    qn_of,
    upload,
)
from qingxi.wire.hj212.message import NEED_MORE, WHY, BadFrame, Group, Message
from qingxi.wire.hj212.observation import Observation, Value, device_time, observations
from qingxi.wire.hj212.oddity import FILLERS, Oddity
from qingxi.wire.hj212.parser import Event, Parser
from qingxi.wire.hj212.vocabulary import (
    COMMANDS,
    DATA_FLAGS,
    EXE_RTN,
    QN_RTN,
    SYSTEMS,
    Answer,
    Command,
    answer_owed,
)

__all__ = [
    "BEIJING",
    "COMMANDS",
    "DATA_FLAGS",
    "EXE_RTN",
    "FILLERS",
    "FINAL",
    "NEED_MORE",
    "QN_RTN",
    "SYSTEMS",
    "TRANSITIONS",
    "WHY",
    "Answer",
    "BadFrame",
    "Command",
    "Event",
    "Exchange",
    "Group",
    "Happening",
    "Message",
    "Observation",
    "Oddity",
    "Parser",
    "State",
    "Value",
    "answer_data",
    "answer_notice",
    "answer_owed",
    "answer_request",
    "answer_result",
    "crc",
    "crc_profile",
    "device_time",
    "encode",
    "flag_of",
    "observations",
    "qn_of",
    "request",
    "upload",
]

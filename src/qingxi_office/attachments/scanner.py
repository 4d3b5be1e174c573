"""The virus scanner: clamd, when the office has one (QINGXI_CLAMD = host:port or a socket's path)."""

import socket
import struct

from django.conf import settings

from qingxi_office.attachments.content import NotNow, NotTaken

_TIMEOUT_S = 20.0
_PIECE = 64 * 1024


def scan(data: bytes) -> bool:
    """True when scanned and clean, False when no scanner is set; raises NotTaken on a find, NotNow when it does not answer.

    A scanner that is set and silent closes the door: a file not looked at is not taken.
    """
    where = getattr(settings, "QINGXI_CLAMD", "")
    if not where:
        return False
    try:
        with _connect(where) as line:
            line.settimeout(_TIMEOUT_S)
            line.sendall(b"zINSTREAM\0")
            for at in range(0, len(data), _PIECE):
                piece = data[at : at + _PIECE]
                line.sendall(struct.pack(">I", len(piece)) + piece)
            line.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and (more := line.recv(4096)):
                answer += more
    except OSError as error:
        raise NotNow("查毒服务没有回答，文件先不收；请告诉管理员，过一会儿再传") from error
    said = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if said.endswith("FOUND"):
        raise NotTaken("查出病毒，不收")
    if not said.endswith("OK"):
        raise NotTaken("查毒服务没有给出结论，文件先不收")
    return True


def _connect(where: str) -> socket.socket:
    host, _, port = where.rpartition(":")
    if where.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_TIMEOUT_S)
        line.connect(where)
        return line
    return socket.create_connection((host, int(port)), timeout=_TIMEOUT_S)

"""An upper platform (上级平台) that is to hear what our devices said."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Platform:
    """Where to forward, what, and under which names.

    Attributes
    ----------
    name : str
        Key of its own position; renaming begins anew.
    host, port
        Where it listens.
    edition : int
        2005, 2017 or 2025: the edition spoken to it. What is sent again is marked ``RF=1`` for 2025.
    password : str
        PW said to it; empty keeps each device's own.
    mns : mapping
        Our MN to the MN known there; when empty all devices go under their own.
    st, cn : tuple of str
        Only these ST and CN; empty: any data (2011, 2031, 2051, 2061 and other data of the table).
    sm4_key : bytes
        16 bytes: the data area is encrypted.
    enabled : bool
        A platform at rest keeps its position.
    since_ms : int
        Frames that came before this moment (milliseconds since 1970 UTC) are not forwarded.
    """

    name: str
    host: str
    port: int
    edition: int = 2017
    password: str = ""
    mns: Mapping[str, str] = field(default_factory=dict)
    st: tuple[str, ...] = ()
    cn: tuple[str, ...] = ()
    sm4_key: bytes = b""
    enabled: bool = True
    since_ms: int = 0

    def __post_init__(self) -> None:
        if not self.name or not self.host or not 0 < self.port < 65536:
            raise ValueError(f"platform {self.name!r}: needs a name, a host and a port from 1 to 65535")
        if self.edition not in (2005, 2017, 2025):
            raise ValueError(f"platform {self.name}: edition is {self.edition}, must be 2005, 2017 or 2025")
        if self.sm4_key and len(self.sm4_key) != 16:
            raise ValueError(f"platform {self.name}: SM4 key has {len(self.sm4_key)} bytes, must have 16")

    def known_as(self, mn: str) -> str:
        """The MN of a device there; empty when it is not forwarded."""
        return self.mns.get(mn, "") if self.mns else mn

    def dump(self) -> str:
        """One JSON text."""
        said: dict[str, Any] = asdict(self) | {"sm4_key": self.sm4_key.hex(), "mns": dict(self.mns)}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, body: str) -> "Platform":
        """What :meth:`dump` gave."""
        said = json.loads(body)
        said["sm4_key"] = bytes.fromhex(said["sm4_key"])
        said["st"], said["cn"] = tuple(said["st"]), tuple(said["cn"])
        return cls(**said)

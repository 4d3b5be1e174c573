"""Who may speak on the wire: the register of data loggers (数采仪)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

EDITIONS = (2005, 2017, 2025)
"""Editions of HJ 212 that can be spoken."""


def edition_in(text: str) -> int | None:
    """The edition that a text names (``2017``, ``HJ 212-2017``, ``hj212-2025``); None for none of them."""
    end = "".join(c for c in text if c.isascii() and c.isdigit())[-4:]
    return int(end) if end and int(end) in EDITIONS else None


@dataclass(frozen=True, slots=True)
class Device:
    """One data logger and where what it says belongs.

    Attributes
    ----------
    mn : str
        数采仪编码, as it stands in the frames; 24 characters in the standard, real ones differ.
    password : str
        Access password (PW); travels in clear by the standard.
    facility : str
        Facility id.
    point : str
        ``"effluent"`` (出水) or ``"influent"`` (进水): where its analysers sit.
    edition : int
        2005, 2017 or 2025: the edition it is set to; told apart from what it really speaks, which is on each message.
    enabled : bool
        A device taken out of service is refused like an unknown one.
    every_min : int
        Minutes between its uploads; 0 means unknown, and is inferred from what arrived.
    sm4_key : bytes
        16 bytes for an encrypted data area (2025), empty for none.
    vendor : str
        Who made it or runs its platform; empty when nobody wrote it down.
    st_allowed, cn_allowed : tuple of str
        ST and CN it may speak; empty allows any. Answers (9011 to 9015) are always allowed.
    peers : tuple of str
        Networks it may call from (``"10.3.0.0/16"``, ``"10.3.7.9"``); empty allows any.
    behind_cloud : bool
        It reaches us through its vendor's platform: data come, commands cannot go.
    """

    mn: str
    password: str
    facility: str
    point: str = "effluent"
    edition: int = 2017
    enabled: bool = True
    every_min: int = 0
    sm4_key: bytes = b""
    vendor: str = ""
    st_allowed: tuple[str, ...] = ()
    cn_allowed: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    behind_cloud: bool = False

    def __post_init__(self) -> None:
        if not self.mn:
            raise ValueError(f"device of facility {self.facility!r} has no MN")
        if self.point not in ("effluent", "influent"):
            raise ValueError(f"device {self.mn}: point is {self.point!r}, must be effluent or influent")
        if self.every_min < 0:
            raise ValueError(f"device {self.mn}: every_min is {self.every_min}, must be 0 or more")
        if self.sm4_key and len(self.sm4_key) != 16:
            raise ValueError(f"device {self.mn}: SM4 key has {len(self.sm4_key)} bytes, must have 16")
        for network in self.peers:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"device {self.mn}: {network!r} is no network address") from None

    def may_call_from(self, peer: str) -> bool:
        """Whether an address (``"10.0.3.7:50122"``) lies in its networks; a peer that is no address lies in none."""
        if not self.peers:
            return True
        host = peer.rpartition(":")[0].strip("[]")
        try:
            at = ip_address(host)
        except ValueError:
            return False
        return any(at in ip_network(network, strict=False) for network in self.peers)


class Devices(Mapping[str, Device]):
    """The register by MN; frozen once built. Raises ValueError when an MN stands twice."""

    def __init__(self, devices: Iterable[Device] = ()) -> None:
        self._by_mn: dict[str, Device] = {}
        for device in devices:
            if device.mn in self._by_mn:
                raise ValueError(f"device {device.mn} stands twice in the register")
            self._by_mn[device.mn] = device

    def __getitem__(self, mn: str) -> Device:
        return self._by_mn[mn]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_mn)

    def __len__(self) -> int:
        return len(self._by_mn)

    def of_facility(self, facility: str) -> tuple[Device, ...]:
        """Its devices, in the register's order."""
        return tuple(device for device in self._by_mn.values() if device.facility == facility)

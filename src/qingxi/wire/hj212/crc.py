"""The checksum of HJ 212 Annex A, and the ones that real devices send instead.

Annex A shifts the register *before* it mixes the byte in, and so loses the low byte at every step: it is no
catalogue CRC-16 and takes only 256 values. It finds a slip of the line, it proves nothing; length, grammar, time
and range are checked besides.
"""

_POLYNOMIAL = 0xA001


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = (register >> 1) ^ _POLYNOMIAL if register & 1 else register >> 1
        rows.append(register)
    return tuple(rows)


_T = _table()


def crc(segment: bytes) -> int:
    """Checksum of a data segment, 0 to 65535 (HJ 212-2017 Annex A)."""
    table = _T
    register = 0xFFFF
    for byte in segment:
        # The bit loop of Annex A run eight times on (register >> 8) ^ byte is one look-up; that value is below 256.
        register = table[(register >> 8) ^ byte]
    return register


def crc_modbus(segment: bytes) -> int:
    """CRC-16/MODBUS, which some devices send by mistake."""
    register = 0xFFFF
    for byte in segment:
        register = _T[(register ^ byte) & 0xFF] ^ (register >> 8)
    return register


def _swapped(value: int) -> int:
    return (value & 0xFF) << 8 | value >> 8


def crc_profile(segment: bytes, sent: int) -> str | None:
    """By which rule the sent checksum fits: ``"hj212"``, ``"swapped"``, ``"modbus"``, ``"modbus-swapped"`` or None."""
    right = crc(segment)
    if sent == right:
        return "hj212"
    if sent == _swapped(right):
        return "swapped"
    other = crc_modbus(segment)
    if sent == other:
        return "modbus"
    if sent == _swapped(other):
        return "modbus-swapped"
    return None

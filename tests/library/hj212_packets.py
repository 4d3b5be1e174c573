"""The real packets: read from where the data live, never copied here."""

from pathlib import Path

import pytest

PACKETS = Path(__file__).resolve().parents[3] / "shared" / "data" / "hj212" / "packets.txt"


def real_packets() -> tuple[list[bytes], list[bytes]]:
    """Valid and broken frames, each with its CR LF; skips the test where the file is absent."""
    if not PACKETS.exists():
        pytest.skip(f"real packets are not beside the checkout: {PACKETS.name}")
    good: list[bytes] = []
    bad: list[bytes] = []
    into = good
    for line in PACKETS.read_bytes().splitlines():
        if line.startswith(b"# OK"):
            into = good
        elif line.startswith(b"# BAD"):
            into = bad
        elif line.startswith(b"##"):
            into.append(line.strip() + b"\r\n")
    return good, bad

"""The chain's law: what a row's hash is made of. Pure."""

import hashlib
import json
from datetime import UTC, datetime

GENESIS = "0" * 64


def canonical(value: object) -> str:
    """One text for one value: sorted keys, no spaces, no escapes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def link(previous_hash: str, *, at: datetime, **fields: object) -> str:
    """SHA-256 over the previous hash and every field of the row (``at`` in UTC to the microsecond)."""
    body = canonical({"at": at.astimezone(UTC).isoformat(timespec="microseconds"), **fields})
    return hashlib.sha256(f"{previous_hash}\n{body}".encode()).hexdigest()

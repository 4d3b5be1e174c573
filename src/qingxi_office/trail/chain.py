"""The chain's law: what a row's hash is made of. Pure."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

GENESIS = "0" * 64


def canonical(value: object) -> str:
    """One text for one value: sorted keys, no spaces, no escapes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def settled(value: object) -> Any:
    """The value as every database gives it back, so that its hash can be recomputed from the stored row.

    PostgreSQL writes whole numbers from 10^16 on without an exponent, which makes them integers, knows no negative
    zero and no NaN.
    """
    return json.loads(canonical(value), parse_float=_number, parse_constant=str)


def _number(text: str) -> float | int:
    found = float(text)
    return 0.0 if found == 0 else int(Decimal(text)) if abs(found) >= 1e16 else found


def link(previous_hash: str, *, at: datetime, **fields: object) -> str:
    """SHA-256 over the previous hash and every field of the row (``at`` in UTC to the microsecond)."""
    body = canonical({"at": at.astimezone(UTC).isoformat(timespec="microseconds"), **fields})
    return hashlib.sha256(f"{previous_hash}\n{body}".encode()).hexdigest()

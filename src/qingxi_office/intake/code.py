"""Codes that people copy by hand: short, without look-alikes, with a check character."""

import secrets
from collections.abc import Collection

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 signs, a prime: one wrong sign or two swapped are found


def check_character(text: str) -> str:
    """The sign that makes a code whole; signs outside the alphabet count as their place in ASCII."""
    total = 0
    for place, sign in enumerate(text.upper(), start=2):
        value = ALPHABET.index(sign) if sign in ALPHABET else ord(sign)
        total += place * value
    return ALPHABET[total % 31]


def whole(code: str) -> bool:
    """Whether a code carries its right check character."""
    return len(code) > 1 and check_character(code[:-1]) == code[-1].upper()


def tracking_code() -> str:
    """A new tracking code: 8 drawn signs (850 billion) and the check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return body + check_character(body)


def public_code(key: str) -> str:
    """The code on the fence of a facility: its key without separators, and the check character."""
    body = "".join(sign for sign in key.upper() if sign.isalnum())
    return body + check_character(body)


def fresh_code(key: str, taken: Collection[str]) -> str:
    """Another code for the same facility, for a sign that was stolen: four drawn signs between, so that nobody who
    knows the key can guess it, and the check character."""
    body = "".join(sign for sign in key.upper() if sign.isalnum())[:10]
    while True:
        drawn = body + "".join(secrets.choice(ALPHABET) for _ in range(4))
        code = drawn + check_character(drawn)
        if code not in taken:
            return code

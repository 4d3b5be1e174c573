"""How much one address may hand in: nobody is refused for being one of many; somebody looks first.

A village behind one telephone or one router gets through: above a few an hour a report is kept, has its code, and
waits for a look; above many the photo is left out; only far above, where no hand writes any more, the telephone is named.
No riddle is set to anybody: whoever is old, or sees badly, writes at their own pace.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from qingxi.standard import load_table

_SALT = "qingxi.report.opened"


@dataclass(frozen=True, slots=True)
class Weighed:
    """``held``: why somebody looks first, "" when nobody needs to; ``photo``: whether a photo is still kept."""

    held: str
    photo: bool


class TooMany(Exception):
    """Far more from this address than hands can write."""


def stamp(now: datetime) -> str:
    """What a form carries: when it was opened, signed."""
    return signing.dumps(now.timestamp(), salt=_SALT)


def typed_s(text: str, now: datetime) -> float | None:
    """Seconds from opening the form to sending it; None without a true stamp."""
    try:
        return now.timestamp() - float(signing.loads(text, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def weigh(before: int, seconds: float | None, *, by_form: bool) -> Weighed:
    """What happens to one more of an address that sent ``before`` within the hour. Raises TooMany.

    ``seconds`` is how long it was written; None on a form: without a true stamp, which a browser never loses.
    """
    table = load_table("intake")
    if before >= table["address.most"]:
        raise TooMany("这个来件地址一小时里来件太多了，请改打县政务热线 12345，或者找村里代办")
    held = ""
    if before >= table["address.look"]:
        held = "同一来件地址一小时内来件多"
    elif by_form and (seconds is None or seconds < table["typing.look"]):
        held = "填得太快，像不是人填的"
    return Weighed(held, before < table["address.photo"])

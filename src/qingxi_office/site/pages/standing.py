"""How a facility stands today, in one word: from its status, its current findings and what nobody can tell.

Unknown is its own state: a facility without an owner, or for which no rule could decide anything, is not good.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qingxi_office.design.parts import State

# Rules whose finding means "stands idle": the picture and the home page set them apart from other findings.
# Rules that speak of papers and silence, not of the plant: what it does is then unknown.
PAPER_RULES = ("unowned", "silent")
IDLE_RULES = ("idle", "stopped", "stopped_or_idle", "stopped-or-idle")


@dataclass(frozen=True)
class Standing:
    """``key`` is the map symbol: ok, watch, idle, stop, unk, off."""

    key: str
    state: State


_STANDINGS = {
    "ok": Standing("ok", State("good", _("运行正常"))),
    "watch": Standing("watch", State("watch", _("关注"))),
    "idle": Standing("idle", State("bad", _("疑似闲置"), "player-pause")),
    "stop": Standing("stop", State("bad", _("停运"), "ban")),
    "unk": Standing("unk", State("unknown", _("不明"))),
    "off": Standing("off", State("plain", _("已并网或报废"))),
}
ORDER = ("idle", "stop", "watch", "unk", "ok", "off")
WORDS = {key: one.state.word for key, one in _STANDINGS.items()}


def standing(status: str, owner: str, rules: Collection[str], undecided: int, decided_of: int) -> Standing:
    """Judge one facility.

    Parameters: ``status`` of the register; ``owner`` (empty: unknown); ``rules`` of its current findings that nobody
    rejected; ``undecided`` rules that could not tell, of ``decided_of`` rules tried (0: none tried).
    """
    if status in ("joined", "scrapped"):
        return _STANDINGS["off"]
    if status == "stopped":
        return _STANDINGS["stop"]
    if any(rule in IDLE_RULES or rule.startswith(("idle", "stopped")) for rule in rules):
        return _STANDINGS["idle"]
    if set(rules) - set(PAPER_RULES):
        return _STANDINGS["watch"]
    if rules or not owner or (decided_of and undecided >= decided_of):
        return _STANDINGS["unk"]
    return _STANDINGS["ok"]

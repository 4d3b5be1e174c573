"""Money by source and year, and what it may be spent on."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qingxi.origin import Ref


class Use(StrEnum):
    """What money is spent on; most sources that pay for building may not pay for running."""

    BUILD = "建设"
    EQUIPMENT = "设备"
    RUNNING = "运行"
    MONITORING = "监测"


@dataclass(frozen=True, slots=True)
class Fund:
    """One source in one year.

    Attributes
    ----------
    amount_fen : int
        0 or more.
    uses : frozenset of Use
        What the source's rule allows.
    status : str
        已下达, 已承诺 or 申报中: a programme says how much of it rests on money not yet granted.
    """

    id: str
    name: str
    kind: str
    year: int
    amount_fen: int
    uses: frozenset[Use]
    status: str = "已下达"

    def __post_init__(self) -> None:
        if self.amount_fen < 0:
            raise ValueError(f"fund {self.id}: amount_fen is {self.amount_fen}, must be 0 or more")

    @property
    def granted(self) -> bool:
        """Whether the money has been allotted on paper."""
        return self.status == "已下达"

    @property
    def ref(self) -> Ref:
        return Ref("fund", self.id)


def pay(
    needs: Mapping[Use, int], funds: Iterable[Fund], left: Mapping[str, int]
) -> dict[tuple[str, Use], int] | None:
    """Cover needs from what is left of funds, respecting what each may be spent on; whole fen.

    Parameters
    ----------
    needs : mapping
        Fen by use.
    left : mapping
        Fen left by fund id.

    Returns
    -------
    dict or None
        Fen by (fund, use), or None when the needs cannot all be covered. Exact: a largest flow from funds to uses.
    """
    # Money that may do little, and money already granted, goes first: what is flexible or unsure is kept back.
    sources = sorted(funds, key=lambda fund: (len(fund.uses), not fund.granted, fund.id))
    room: dict[str, dict[str, int]] = {"from": {}, "to": {}}
    for fund in sources:
        room["from"][f"f:{fund.id}"] = max(0, left.get(fund.id, 0))
        room[f"f:{fund.id}"] = {
            f"u:{use}": sum(needs.values()) for use in sorted(fund.uses) if needs.get(use, 0) > 0
        }
    for use, fen in needs.items():
        room.setdefault(f"u:{use}", {})["to"] = fen
    before = {node: dict(arcs) for node, arcs in room.items()}
    while (path := _path(room)) is not None:
        step = min(room[a][b] for a, b in path)
        for a, b in path:
            room[a][b] -= step
            room.setdefault(b, {})[a] = room.setdefault(b, {}).get(a, 0) + step
    if any(room.get(f"u:{use}", {}).get("to", 0) > 0 for use in needs):
        return None
    return {
        (fund.id, use): spent
        for fund in sources
        for use in Use
        if (spent := before[f"f:{fund.id}"].get(f"u:{use}", 0) - room[f"f:{fund.id}"].get(f"u:{use}", 0)) > 0
    }


def _path(room: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str]] | None:
    """A shortest way with room from the funds to the needs."""
    came: dict[str, str] = {"from": ""}
    queue = deque(["from"])
    while queue:
        node = queue.popleft()
        if node == "to":
            way = []
            while came[node]:
                way.append((came[node], node))
                node = came[node]
            return way[::-1]
        for nxt, fen in room.get(node, {}).items():
            if fen > 0 and nxt not in came:
                came[nxt] = node
                queue.append(nxt)
    return None

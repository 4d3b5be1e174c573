"""The three states of a village, as this room speaks of them; they are never added silently."""

from enum import StrEnum


class State(StrEnum):
    """已治理 (treated, recognised), 已管控 (controlled), 未完成 (open)."""

    TREATED = "已治理"
    CONTROLLED = "已管控"
    OPEN = "未完成"


STATE_EN = {State.TREATED: "treated", State.CONTROLLED: "controlled", State.OPEN: "not done"}

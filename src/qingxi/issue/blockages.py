"""What blocks a project: the kinds of 推进堵点, and who is usually asked to clear it."""

from enum import StrEnum


class BlockageKind(StrEnum):
    """What stands in the way."""

    LAND = "用地"
    MONEY = "资金"
    CONSENT = "部门意见"
    CROSSING = "工程交叉"


CAUSE = {
    BlockageKind.LAND: "S01",
    BlockageKind.MONEY: "F01",
    BlockageKind.CONSENT: "C04",
    BlockageKind.CROSSING: "C03",
}
"""The cause (:mod:`qingxi.issue.causes`) that each kind stands for."""

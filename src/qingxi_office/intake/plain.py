"""What the reporter reads at each step of the problem that their report became: words that a villager uses."""

# Step of the ledger -> what it means to whoever told of it.
_WORDS = {
    "签收": "负责的单位收下了，在安排",
    "报整改方案": "定了怎么修",
    "开始整改": "开始修了",
    "自查自验": "负责的单位说修好了，还要等人去看",
    "现场核查通过": "另一家单位到现场看过，是好了",
    "现场核查退回": "去现场看过，还没修好，退回去重修",
    "审核签字": "查过材料，签了字",
    "公示": "结果贴出来给大家看",
    "延期": "要多等几天",
    "挂账": "一时办不了，记着，没有销",
    "恢复办理": "接着办",
    "退回": "这家单位说不归它管，退回来另派",
    "转办": "换了一家单位来办",
    "并入": "和同一件事并到一起办",
    "认定不属实": "去看过，没有查到您说的情况",
    "反弹重开": "又出了问题，重新办",
    "回头看": "过了一阵又去看了一次",
}


def words_of(step: str) -> str:
    """The sentence for a step; "" for one that says nothing to the reporter."""
    return _WORDS.get(step, "")

"""Two records that may be one thing: same power account, or names alike and places near. Only proposed, never merged here."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import cos, hypot, radians

from qingxi.standard import load_table

_COMMON = (
    "农村",
    "生活",
    "污水",
    "处理",
    "设施",
    "一体化",
    "行政村",
    "自然村",
    "工程",
    "站点",
    "村",
    "站",
    "组",
    "号",
    "户",
    "镇",
    "乡",
)
_M_DEG = 111_320.0  # metres a degree of latitude


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record as it is compared: ``group`` is the place within which twins are looked for; degrees or None."""

    key: str
    name: str
    group: str
    account: str = ""
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one, with the reasons; ``score`` only orders them."""

    first: str
    second: str
    score: float
    reasons: tuple[str, ...]


def stem(name: str) -> str:
    """A name without the words that every station carries.

    >>> stem("红岩村生活污水处理站")
    '红岩'
    """
    for word in _COMMON:
        name = name.replace(word, "")
    return name.strip()


def _distance_m(a: Candidate, b: Candidate) -> float | None:
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return None
    return hypot((a.lon - b.lon) * cos(radians((a.lat + b.lat) / 2)), a.lat - b.lat) * _M_DEG


def _alike(a: str, b: str) -> float:
    a, b = stem(a) or a, stem(b) or b
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _near(rows: list[Candidate], reach_m: float) -> Iterator[tuple[Candidate, Candidate]]:
    """Pairs of one group that are near, or of which one has no point; sorted by latitude, so that few are looked at."""
    placed = sorted((r for r in rows if r.lat is not None), key=lambda r: r.lat or 0.0)
    for i, a in enumerate(placed):
        for b in placed[i + 1 :]:
            if ((b.lat or 0.0) - (a.lat or 0.0)) * _M_DEG > reach_m:
                break
            yield a, b
    loose = [r for r in rows if r.lat is None]
    for i, a in enumerate(loose):
        for b in [*loose[i + 1 :], *placed]:
            yield a, b


def pairs(rows: Iterable[Candidate], *, at_most: int = 200, same: str = "用电户号相同") -> list[Pair]:
    """Pairs worth a person's look, the likeliest first.

    Same account: always, for the reason ``same``. Otherwise in the same place, names alike, and not farther apart than the table says.
    """
    table = load_table("removal")
    reach, alike = table["twin.near"], table["twin.name"]
    rows = list(rows)
    by_account: dict[str, list[Candidate]] = defaultdict(list)
    by_group: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows:
        by_group[row.group].append(row)
        if row.account:
            by_account[row.account].append(row)
    found: dict[tuple[str, str], Pair] = {}

    def note(a: Candidate, b: Candidate, same_account: bool) -> None:
        a, b = (a, b) if a.key < b.key else (b, a)
        apart, like = _distance_m(a, b), _alike(a.name, b.name)
        if not same_account and (like < alike or (apart is not None and apart > reach)):
            return
        reasons = [
            *([same] if same_account else []),
            *([f"名称相近（{like:.0%}）"] if like >= alike else []),
            *([f"相距 {apart:.0f} m"] if apart is not None and apart <= reach else []),
        ]
        score = 2.0 * same_account + like + (0.5 if apart is not None and apart <= reach else 0.0)
        found[a.key, b.key] = Pair(a.key, b.key, round(score, 3), tuple(reasons))

    for group in by_group.values():
        for a, b in _near(group, reach):
            note(a, b, False)
    for group in by_account.values():
        for i, a in enumerate(group):
            for b in group[i + 1 :]:
                note(a, b, True)
    return sorted(found.values(), key=lambda p: (-p.score, p.first, p.second))[:at_most]

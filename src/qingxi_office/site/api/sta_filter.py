"""The ``$filter`` of SensorThings 1.1: an expression read once, asked of each row, its bounds of time known beforehand.

Comparisons (eq, ne, gt, ge, lt, le), ``and``, ``or``, ``not``, brackets; properties by path (``name``,
``properties/design_m3_d``, ``Datastream/ObservedProperty/name``); text in quotes, numbers, moments, true, false, null;
``substringof``, ``contains``, ``startswith``, ``endswith``, ``tolower``, ``toupper``, ``length``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

MOST_WORDS = 200
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+\- ]\d\d:?\d\d)?)?)|(?P<number>-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)"
    r"|(?P<word>@?[A-Za-z_][\w.]*(?:/@?[A-Za-z_][\w.]*)*)|(?P<mark>[(),]))"
)
_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
}  # fmt: skip
_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "substringof": (2, lambda a, b: a in b), "contains": (2, lambda a, b: b in a), "startswith": (2, str.startswith),
    "endswith": (2, str.endswith), "tolower": (1, str.lower), "toupper": (1, str.upper), "length": (1, len),
}  # fmt: skip
TIMES = ("phenomenonTime", "resultTime", "time")

Node = tuple[Any, ...]


class NotUnderstood(ValueError):
    """An option that cannot be answered; the message says which and what would be."""


def moment(text: str) -> float:
    """Seconds since 1970 of a moment; without a zone it is UTC.

    Raises
    ------
    NotUnderstood
        For what is no moment.
    """
    try:
        at = dt.datetime.fromisoformat(text.replace(" ", "+"))
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, OverflowError):
        raise NotUnderstood(f"{text[:40]} 不是时间；写成 2026-11-22T08:00:00Z") from None


class Filter:
    """One expression.

    Attributes
    ----------
    start_s, end_s : int or None
        Bounds on phenomenonTime in whole seconds that every matching row keeps to; the end is not in it.
    paths : set of str
        The properties it asks for, to be checked against what the rows have.
    """

    def __init__(self, text: str) -> None:
        self._tokens = _read(text)
        self._at = 0
        self._tree = self._either()
        if self._at < len(self._tokens):
            raise NotUnderstood(f"$filter 到 {self._tokens[self._at][1][:30]} 就读不懂了")
        self.paths = {node[1] for node in _all(self._tree) if node[0] == "path"}
        self.start_s, self.end_s = _bounds(self._tree)

    def holds(self, get: Callable[[str], Any]) -> bool:
        """Whether a row matches; ``get`` gives the value at a path. What cannot be compared does not match."""
        try:
            return bool(_value(self._tree, get))
        except (TypeError, AttributeError):
            return False

    def only_times(self) -> bool:
        """Whether the bounds say all of it, so that no row need be asked."""
        return all(
            node[0] in ("and", "cmp", "path", "time") and (node[0] != "path" or node[1] == "phenomenonTime") and not (node[0] == "cmp" and node[1] == "ne")
            for node in _all(self._tree)
        )  # fmt: skip

    # One method a level of binding.

    def _next(self, *wanted: str) -> bool:
        if (
            self._at < len(self._tokens)
            and self._tokens[self._at][1].lower() in wanted
            and self._tokens[self._at][0] in ("word", "mark")
        ):
            self._at += 1
            return True
        return False

    def _either(self) -> Node:
        node = self._both()
        while self._next("or"):
            node = ("or", node, self._both())
        return node

    def _both(self) -> Node:
        node = self._not()
        while self._next("and"):
            node = ("and", node, self._not())
        return node

    def _not(self) -> Node:
        return ("not", self._not()) if self._next("not") else self._compared()

    def _compared(self) -> Node:
        left = self._operand()
        for op in _OPS:
            if self._next(op):
                right = self._operand()
                return ("cmp", op, *_as_times(left, right))
        return left

    def _operand(self) -> Node:
        if self._next("("):
            node = self._either()
            self._close()
            return node
        if self._at >= len(self._tokens):
            raise NotUnderstood("$filter 没有写完")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return ("value", text[1:-1].replace("''", "'"))
        if kind == "number":
            return ("value", float(text))
        if kind == "time":
            return ("time", moment(text))
        if kind != "word":
            raise NotUnderstood(f"$filter 里 {text} 的位置不对")
        if text in ("true", "false", "null"):
            return ("value", {"true": True, "false": False, "null": None}[text])
        if self._next("("):
            if text not in _FUNCTIONS:
                raise NotUnderstood(f"$filter 不认得 {text[:30]}；可以用 {'、'.join(_FUNCTIONS)}")
            some = [self._either()]
            while self._next(","):
                some.append(self._either())
            self._close()
            if len(some) != _FUNCTIONS[text][0]:
                raise NotUnderstood(f"$filter 的 {text} 要 {_FUNCTIONS[text][0]} 个参数")
            return ("call", text, *some)
        return ("path", text)

    def _close(self) -> None:
        if not self._next(")"):
            raise NotUnderstood("$filter 少一个右括号")


def _read(text: str) -> list[tuple[str, str]]:
    out, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotUnderstood(
                f"$filter 到 {text[at : at + 30]} 就读不懂了；可以用 eq、ne、gt、ge、lt、le、and、or、not"
            )
        out.append((found.lastgroup or "", found[found.lastgroup or 0]))
        at = found.end()
        if len(out) > MOST_WORDS:
            raise NotUnderstood(f"$filter 太长，最多 {MOST_WORDS} 个词")
    if not out:
        raise NotUnderstood("$filter 是空的")
    return out


def _as_times(left: Node, right: Node) -> tuple[Node, Node]:
    """Text that is compared with a time is a time."""
    for one, other in ((left, right), (right, left)):
        if (
            one[0] == "path"
            and one[1].rsplit("/", 1)[-1] in TIMES
            and other[0] == "value"
            and isinstance(other[1], str)
        ):
            time: Node = ("time", moment(other[1]))
            return (left, time) if other is right else (time, right)
    return left, right


def _all(node: Node) -> list[Node]:
    return [node, *(each for part in node[1:] if isinstance(part, tuple) for each in _all(part))]


def _value(node: Node, get: Callable[[str], Any]) -> Any:
    kind = node[0]
    if kind in ("value", "time"):
        return node[1]
    if kind == "path":
        return get(node[1])
    if kind == "not":
        return not _value(node[1], get)
    if kind == "and":
        return _value(node[1], get) and _value(node[2], get)
    if kind == "or":
        return _value(node[1], get) or _value(node[2], get)
    if kind == "call":
        return _FUNCTIONS[node[1]][1](*(_value(part, get) for part in node[2:]))
    values = [_value(part, get) for part in node[2:]]
    if any(part[0] == "time" for part in node[2:]):
        values = [moment(value) if isinstance(value, str) else value for value in values]
    if node[1] not in ("eq", "ne") and None in values:
        return False
    return _OPS[node[1]](*values)


_TURNED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


def _bounds(node: Node) -> tuple[int | None, int | None]:
    """Whole seconds: what is later than the start of a second begins with the next."""
    if node[0] == "and":
        (a, b), (c, d) = _bounds(node[1]), _bounds(node[2])
        return max((v for v in (a, c) if v is not None), default=None), min(
            (v for v in (b, d) if v is not None), default=None
        )
    if node[0] != "cmp":
        return None, None
    op, left, right = node[1:]
    if left[0] == "time" and right[0] == "path":
        op, left, right = _TURNED.get(op, op), right, left
    if left != ("path", "phenomenonTime") or right[0] != "time":
        return None, None
    whole = int(right[1] // 1)
    after = whole + 1
    least = whole if right[1] == whole else whole + 1  # the first whole second that is not before it
    return {
        "eq": (least, after), "ge": (least, None), "gt": (after, None), "le": (None, after), "lt": (None, least),
    }.get(op, (None, None))  # fmt: skip

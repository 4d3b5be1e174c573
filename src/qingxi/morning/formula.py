"""Formulas of a form's columns: ``treated / villages``; reckoned here and written to the sheet for Excel.

Only + - * / brackets, numbers and ids of columns. What is divided by nothing is an empty cell, here and there.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
STATES = frozenset({"treated", "controlled", "open"})


class BadFormula(ValueError):
    """A formula that cannot be used; the sentence is Chinese."""


class Formula:
    """One formula.

    Raises
    ------
    BadFormula
        For anything but sums of columns.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = ast.parse(text, mode="eval").body
        except SyntaxError:
            raise BadFormula(f"公式“{text}”写得不完整") from None
        self.names = frozenset(self._check(self._tree))

    def _check(self, node: ast.expr) -> set[str]:
        if isinstance(node, ast.Name):
            return {node.id}
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
        ):
            return set()
        if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
            return self._check(node.left) | self._check(node.right)
        raise BadFormula(f"公式“{self.text}”里只能有列名、数字和加减乘除")

    @property
    def adds_states(self) -> bool:
        """Whether it adds two of the three states, which a form must own to."""
        return any(
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Add)
            and len({n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & STATES) > 1
            for node in ast.walk(self._tree)
        )

    def value(self, row: Mapping[str, object]) -> float | None:
        """The result for a row; None when it divides by nothing or a part is no number."""
        return _reckon(self._tree, row)

    def excel(self, cells: Mapping[str, str]) -> str:
        """The same for Excel, with the address of each column's cell."""
        said = f"={_write(self._tree, cells)}"
        divisors = [
            _write(n.right, cells)
            for n in ast.walk(self._tree)
            if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)
        ]
        if not divisors:
            return said
        nothing = f"{divisors[0]}=0" if len(divisors) == 1 else "OR(" + ",".join(f"{d}=0" for d in divisors) + ")"
        return f'=IF({nothing},"",{said[1:]})'


def _reckon(node: ast.expr, row: Mapping[str, object]) -> float | None:
    if isinstance(node, ast.Name):
        value = row.get(node.id)
        return float(value) if isinstance(value, int | float) else None
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]  # only numbers pass the check
    assert isinstance(node, ast.BinOp)
    a, b = _reckon(node.left, row), _reckon(node.right, row)
    if a is None or b is None:
        return None
    sign = _SIGNS[type(node.op)]
    if sign == "/":
        return a / b if b else None
    return a + b if sign == "+" else a - b if sign == "-" else a * b


def _write(node: ast.expr, cells: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return cells[node.id]
    if isinstance(node, ast.Constant):
        return f"{float(node.value):g}"  # type: ignore[arg-type]
    assert isinstance(node, ast.BinOp)
    return f"({_write(node.left, cells)}{_SIGNS[type(node.op)]}{_write(node.right, cells)})"

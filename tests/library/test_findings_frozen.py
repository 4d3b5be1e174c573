"""Test seeds are drawn only for rules that stand as they were frozen."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The freezing module, with a frozen file and rules of its own."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("findings_frozen")
    rule = tmp_path / "rule.py"
    rule.write_text('"""A rule."""\n\n\ndef examine(x):\n    """Look."""\n    return x > 3\n', encoding="utf-8")
    monkeypatch.setattr(module, "FROZEN", tmp_path / "frozen.toml")
    monkeypatch.setattr(module, "_CODE", {"rules": [rule], "world": []})
    monkeypatch.setattr(module, "RULE", rule, raising=False)
    yield module
    sys.modules.pop("findings_frozen", None)
    sys.modules.pop("findings", None)


def test_comments_may_change_and_code_may_not(frozen: ModuleType) -> None:
    frozen.freeze()
    assert frozen.differences() == []
    text = frozen.RULE.read_text(encoding="utf-8")
    frozen.RULE.write_text(text.replace("Look.", "Look well.") + "# because\n", encoding="utf-8")
    assert frozen.differences() == []
    frozen.RULE.write_text(text.replace("x > 3", "x > 4"), encoding="utf-8")
    (said,) = frozen.differences()
    assert said.startswith("rules changed since 20")


def test_without_a_frozen_file_no_test_seed_runs(
    frozen: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(frozen, "ROOT", frozen.FROZEN.parent)
    assert "freeze first" in frozen.differences()[0]
    bench = importlib.import_module("findings")
    monkeypatch.setattr(bench, "measure", lambda *a: pytest.fail("was run"))
    for seeds in (["3088"], ["1", "3088-3090"], ["500"], ["0"], ["1006"]):
        monkeypatch.setattr(sys, "argv", ["findings.py", "--seeds", *seeds])
        assert bench.main() == 2
        assert capsys.readouterr().err

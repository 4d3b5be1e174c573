"""The command line finds its commands, answers with exit codes and never shows a traceback."""

import subprocess
import sys
from argparse import Namespace
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import qingxi.cli.discovery as discovery
from qingxi import cli
from qingxi.cli.command import Command, UserError
from qingxi.cli.told import print_faults
from qingxi.origin import Fault
from qingxi.world import devices


def _boom(args: Namespace) -> int:
    raise ZeroDivisionError("one by none")


def _refuse(args: Namespace) -> int:
    raise UserError("缺少住户图层")


def _missing(args: Namespace) -> int:
    Path("/nowhere/at/all.gpkg").read_bytes()
    return 0


@pytest.mark.parametrize(
    ("run", "code", "said"),
    [
        (lambda a: 0, 0, ""),
        (lambda a: 1, 1, ""),
        (_refuse, 2, "缺少住户图层"),
        (_missing, 2, "/nowhere/at/all.gpkg"),
        (_boom, 3, "ZeroDivisionError"),
    ],
)
def test_exit_codes(run, code, said, monkeypatch, capsys):
    import qingxi.cli.loop as loop

    monkeypatch.delenv("QINGXI_TRACEBACK", raising=False)
    monkeypatch.setattr(loop, "commands", lambda: {"try": Command("try", "试", run)})
    assert cli.main(["try"]) == code
    heard = capsys.readouterr()
    assert said in heard.err
    assert "Traceback" not in heard.err


def test_wrong_usage_is_2_and_help_is_0(capsys):
    assert cli.main(["no-such-command"]) == 2
    assert cli.main(["--help"]) == 0
    assert cli.main([]) == 2
    assert "命令" in capsys.readouterr().out


def test_help_is_light():
    """--help must not load what takes seconds to import."""
    code = (
        "import sys; from qingxi.cli import main; main(['--help']);"
        "print('HEAVY', [m for m in ('numba','pandas','rasterio','pyogrio','scipy','highspy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in out.stdout


def test_broken_command_of_another_distribution_says_so(capsys, monkeypatch):
    import qingxi.cli.loop as loop

    point = EntryPoint("odd", "qingxi.cli.command:no_such_thing", discovery.GROUP)
    monkeypatch.setattr(loop, "registered", lambda: {"odd": point})
    assert cli.main(["odd", "--any", "thing"]) == 2
    assert "no_such_thing" in capsys.readouterr().err


def test_command_name_is_checked():
    with pytest.raises(ValueError, match="letters"):
        Command("two words", "", lambda a: 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-command"], "没有 “no-such-command”"),
        (["plan", "--people", "three"], "--people 的取值 “three” 不是数"),
        (["plan", "--people"], "--people 后面要跟一个值"),
        (["plan", "--bogus"], "不认识 --bogus"),
        (["county"], "缺少 --out"),
        (["rate", "--as-of", "yesterday", "x"], "不是日期"),
    ],
)
def test_wrong_usage_is_said_in_chinese(words, said, capsys):
    assert cli.main(words) == 2
    heard = capsys.readouterr().err
    assert said in heard
    assert not any(word in heard for word in ("usage", "argument", "invalid", "required"))


def test_help_is_in_chinese(capsys):
    for name in ("plan", "check", "rate", "county", "receive", "replay", "examine"):
        assert cli.main([name, "--help"]) == 0
    heard = capsys.readouterr().out
    assert "用法：" in heard
    assert not any(word in heard for word in ("usage:", "options:", "positional", "show this help"))


def test_faults_on_a_narrow_terminal_are_paragraphs(capsys):
    """Seven columns in 80 would be slivers of three characters each."""
    faults = [
        Fault("户[1].xlsx", row, "人数", "-2", "人数不能为负", "核对人数", "people-negative")
        for row in range(2, 10)
    ]
    print_faults(faults, width=80)
    heard = capsys.readouterr().out
    assert "户[1].xlsx 第 2 行 人数 -2" in heard
    assert "人数不能为负。核对人数。" in heard
    assert "另 3 行同上" in heard  # eight rows, five shown
    assert "│" not in heard


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["county", "--size", "hamlet", "--households", "-5", "--out", "x"], "要是正整数"),
        (["county", "--size", "hamlet", "--seed", "-1", "--out", "x"], "不为负的整数"),
        (["replay", __file__, "--to", "127.0.0.1:1"], "对方没有在听"),
    ],
)
def test_refusals_are_in_chinese(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A device calls for half a minute before it gives up; here it is called twice.
    monkeypatch.setattr(devices, "Manner", partial(devices.Manner, patience_s=0.3))
    assert cli.main(words) == 2
    heard = capsys.readouterr().err
    assert said in heard
    assert "must be" not in heard
    assert "Errno" not in heard

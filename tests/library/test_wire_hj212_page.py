"""The page on the wire says what the tables say (hj212)."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_hj212_page_is_printed_from_the_tables():
    tool = runpy.run_path(str(ROOT / "tools" / "hj212_page.py"))
    page = (ROOT / "docs" / "formats" / "hj212.md").read_text(encoding="utf-8")
    assert page == tool["page"](), "run: python tools/hj212_page.py > docs/formats/hj212.md"


def test_hj212_every_command_of_the_shared_list_is_known():
    # The list of codes found in public code lies beside the checkout; every command, flag and return code of it is here.
    import csv

    import pytest

    from qingxi.wire.hj212 import COMMANDS, DATA_FLAGS, EXE_RTN, QN_RTN, SYSTEMS

    path = ROOT.parent / "shared" / "domain" / "hj212_codes.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the checkout")
    known = {
        "command": set(COMMANDS),
        "flag_data": set(DATA_FLAGS),
        "QnRtn": {str(code) for code in QN_RTN},
        "ExeRtn": {str(code) for code in EXE_RTN},
        "ST": set(SYSTEMS),
    }
    with path.open(encoding="utf-8", newline="") as file:
        listed = [(row["kind"], row["code"]) for row in csv.DictReader(file) if row["kind"] in known]
    assert len(listed) > 60
    assert [pair for pair in listed if pair[1] not in known[pair[0]]] == []


def test_hj212_the_protocol_brings_neither_sockets_nor_heavy_libraries():
    import subprocess
    import sys

    code = (
        "import sys, pkgutil, importlib, qingxi.wire.hj212 as h;"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(h.__path__, h.__name__ + '.')];"
        "print(sorted({'asyncio', 'socket', 'numba', 'numpy', 'django', 'cryptography'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"

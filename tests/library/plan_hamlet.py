"""The example hamlet planned once a test run: surveyed ground (L2) or public elevation (L1), free or all by sewer."""

import contextlib
import functools
import io
import tempfile
from pathlib import Path

from qingxi.cli import main
from qingxi.world import write_county

_FOLDER = tempfile.TemporaryDirectory(prefix="qingxi-hamlet-")
"""Taken away when the run ends."""


@functools.cache
def county(size="hamlet", households=None, level="L2", seed=1):
    """A county folder; at L2 its elevation is said to be surveyed to 5 cm."""
    folder = Path(_FOLDER.name) / f"{size}-{households}-{level}-{seed}"
    write_county(folder, size=size, seed=seed, households=households)
    toml = folder / "county.toml"
    text = toml.read_text(encoding="utf-8")
    assert "vertical_error_m = 4.0" in text
    if level == "L2":
        toml.write_text(text.replace("vertical_error_m = 4.0", "vertical_error_m = 0.05"), encoding="utf-8")
    return folder


@functools.cache
def planned(mode="sewer", size="hamlet", households=None, level="L2", public=False):
    """Its plan's folder."""
    out = county(size, households, level) / f"plan-{mode}{'-public' * public}"
    with contextlib.redirect_stdout(io.StringIO()):
        args = [
            "plan",
            str(county(size, households, level)),
            "--mode",
            mode,
            "--effort",
            "0",
            "--out",
            str(out),
            "--json",
        ]
        assert main([*args, *(["--public"] if public else [])]) == 0
    return out

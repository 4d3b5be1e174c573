"""What the papers promise is there: no index address, no machine path, both languages, live links."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def tracked(*patterns):
    out = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in out.stdout.split("\0") if name]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-cluster.lock"])
def test_lock_is_hashed_and_names_no_index(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[a-zA-Z0-9_.-]+(?:\[[^\]]+\])?==", text, re.M)
    assert len(pins) > 30
    assert text.count("--hash=sha256:") >= len(pins)
    assert "index-url" not in text
    assert "://" not in text


def test_no_machine_path_or_registry_host():
    # Spelled in pieces, so that this file does not find itself.
    words = re.compile(
        "|".join(["/wo" + "rk/", "/tmp/" + "bash_jobs", "python" + "hosted", "npm" + "js", "/sim" + "ple/"])
    )
    found = []
    for path in tracked():
        if "vendor" in path.parts or path.suffix in {".png", ".woff2", ".mo"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in words.finditer(text)]
    assert not found


def test_links_in_papers_lead_somewhere():
    dead = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in tracked("*.md")
        if page.is_file()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists() and not (ROOT / target).exists()
    ]
    assert not dead


def test_readmes_have_the_same_shape():
    """The two READMEs carry the same commands and the same number of sections."""

    def shape(name):
        text = (ROOT / name).read_text(encoding="utf-8")
        return (
            len(re.findall(r"^## ", text, re.M)),
            sorted(set(re.findall(r"`((?:make|qingxi) [a-z]+)", text))),
            sorted(set(re.findall(r"\]\((docs/[^)]+|benchmarks/[^)]+|[A-Z]+\.md)\)", text)) - {"README.md"}),
        )

    assert shape("README.md") == shape("README.zh-CN.md")

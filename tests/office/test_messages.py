"""The English catalogue is complete, and the compiled file says the same as the readable one."""

import gettext
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "src" / "qingxi_office" / "design" / "locale" / "en" / "LC_MESSAGES"


def test_every_marked_string_has_english():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "messages.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_compiled_catalogue_keeps_every_placeholder():
    with (LOCALE / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    # Worked by hand: one string without and one with placeholders.
    assert catalogue.gettext("设施") == "Facilities"
    assert catalogue.gettext("%(n)s 个乡镇") == "%(n)s townships"
    for source, english in catalogue._catalog.items():
        if source and isinstance(source, str):
            # English writes a day as 2026-03-09: the width of a figure is its own.
            plain = [re.sub(r"(%\(\w+\))\d+", r"\1", text) for text in (source, english)]
            holes = [sorted(re.findall(r"%(?:\(\w+\))?(?:\.\d)?[sdgf]|%%", text)) for text in plain]
            assert holes[0] == holes[1], source


def test_every_english_sentence_can_be_filled():
    # A lone percent sign in a sentence with blanks ("0.5 % in cost") is read as one more blank: the page fails.
    with (LOCALE / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    filled = 0
    for source, english in catalogue._catalog.items():
        names = re.findall(r"%\((\w+)\)", source) if isinstance(source, str) and source else []
        if names:
            assert english % dict.fromkeys(names, 1), source
            filled += 1
    assert filled > 100

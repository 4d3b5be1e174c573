"""Print GLOSSARY.md from docs/glossary/*.csv: ``python tools/glossary.py > GLOSSARY.md``."""

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Glossary 术语表

The words of the code and the official Chinese term of each; `clause` names where the term is defined. Made from
`docs/glossary/*.csv` by `tools/glossary.py`; a test fails when a public name of a room is missing here.
"""


def rows() -> dict[str, list[dict[str, str]]]:
    """Rows by room, rooms and terms in alphabetical order."""
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted((ROOT / "docs" / "glossary").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = sorted(csv.DictReader(file), key=lambda row: row["term"].lower())
    return found


def glossary() -> str:
    """The whole page."""
    parts = [HEAD]
    for room, terms in rows().items():
        parts.append(f"\n## {room}\n\n| term | 中文 | meaning | clause |\n|---|---|---|---|")
        parts += [
            "| " + " | ".join((f"`{t['term']}`", t["chinese"], t["sentence"], t["clause"] or "–")) + " |"
            for t in terms
        ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(glossary())

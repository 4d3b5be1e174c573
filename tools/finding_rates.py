"""Write the published error rates of the rules, ``standard/tables/finding_rates.csv``, from the benchmark on test seeds.

    python tools/finding_rates.py

Reads ``benchmarks/results/findings.json``, which only a run on test seeds writes. A row a kind, evidence level and rate
(precision or recall) with its Wilson interval; a kind that a level does not show has none.
"""

import csv
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "findings.json"
TABLE = ROOT / "src" / "qingxi" / "standard" / "tables" / "finding_rates.csv"
WORDS = {"precision": "说有的里真有的比例", "recall": "真有的里说到的比例"}
UNITS = {"week": "设施·周", "quarter": "设施·季"}


def rows(found: dict) -> list[list[object]]:
    """Rows of the table."""
    seeds = f"{min(found['seeds'])} 至 {max(found['seeds'])}"
    source = f"benchmarks/findings.py，检验种子 {seeds}，每个 {found['facilities']} 座设施"
    out = []
    for level, what in found["levels"].items():
        for row in what["rows"]:
            if " or " in row["kind"]:
                continue
            for rate, word in WORDS.items():
                if row[rate] is not None:
                    value, low, high = row[rate]
                    n = row["hit"] + (row["false"] if rate == "precision" else row["missed"])
                    key = f"{level}.{row['kind']}.{rate}"
                    meaning = f"{word}，{n} 个{UNITS[what['unit']]}"
                    out.append([key, value, 1, low, high, source, found["date"], "sourced", meaning])
    return out


def main() -> None:
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["key", "value", "unit", "low", "high", "source", "dated", "trust", "meaning"])
        table.writerows(rows(found))
    print(f"{TABLE.relative_to(ROOT)}: {len(rows(found))} rows")


if __name__ == "__main__":
    main()

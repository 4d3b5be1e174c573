"""Parts of RESULTS.md that need no words of their own: what a script kept, as tables."""

from __future__ import annotations

from typing import Any

# Part: title, and the script's own words. What a script needs besides (a filled home, pyspark) it says itself.
PLAIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "readings_115m": ("A province's month of readings", ("benchmarks/readings_115m.py", "--json")),
    "readings_spark": (
        "The same questions on a Spark cluster, one executor killed",
        ("benchmarks/readings_spark.py", "--json"),
    ),
    "examine": ("A night's examination of a county", ("benchmarks/examine.py", "--json")),
    "facility_page": ("A facility's page on three years of readings", ("benchmarks/facility_page.py", "--json")),
    "phones": ("Phones that come back from a week without network", ("benchmarks/phones.py", "--kill", "--json")),
    "rollup": ("A province's indicators rolled up", ("benchmarks/rollup.py", "--json")),
    "bulletin": ("One county's bulletin", ("benchmarks/bulletin.py", "--json")),
    "villager": ("A villager's report on a slow phone", ("benchmarks/villager.py", "--json")),
}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) >= 0.001 or value == 0 else f"{value:.1e}"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(_cell(v) for v in value)
    return str(value)


def _rows(found: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Leaves of a tree of values, by their way."""
    out: list[tuple[str, str]] = []
    for key, value in found.items():
        way = f"{before} {key}".strip()
        if isinstance(value, dict):
            out += _rows(value, way)
        elif not (isinstance(value, list) and value and isinstance(value[0], dict)):
            out.append((way, _cell(value)))
    return out


def _tables(found: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [v for v in found.values() if isinstance(v, list) and v and isinstance(v[0], dict)]


def page_plain(found: Any) -> str:
    """One table of measures, and one for each list of like rows."""
    if isinstance(found, list):
        found = {"rows": found} if len(found) > 1 else found[0]
    text = "| measure | value |\n|---|---|\n" + "\n".join(f"| {k} | {v} |" for k, v in _rows(found))
    for rows in _tables(found):
        heads = [k for k in rows[0] if not isinstance(rows[0][k], dict)]
        text += "\n\n| " + " | ".join(heads) + " |\n|" + "---|" * len(heads)
        text += "".join("\n| " + " | ".join(_cell(row.get(k)) for k in heads) + " |" for row in rows)
    return text

"""Writing a plan (规划成果输出): GeoPackage, JSON, xlsx and one offline HTML map into one folder.

The same plan gives the same bytes: no file carries the time of its writing; seconds and memory lie apart in ``run.json``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qingxi.files.layer_source import Secrecy
from qingxi.files.plan_book import write_plan_book
from qingxi.files.plan_gpkg import write_plan_gpkg
from qingxi.files.plan_json import highest_secrecy, plan_document, run_document, write_plan_json
from qingxi.files.plan_layers import rows_of
from qingxi.files.plan_map import Background, write_plan_map
from qingxi.files.plan_public import public_tables
from qingxi.files.plan_styles import write_styles
from qingxi.files.standing_file import NAME as STANDING
from qingxi.files.standing_file import write_standing
from qingxi.origin import Fault
from qingxi.plan import PlanResult
from qingxi.standard.beside import Beside

MANY = 5_000  # households from which a second process is worth its start


@dataclass(frozen=True)
class ExportOptions:
    """How a plan is written.

    Attributes
    ----------
    name : str
        What the plan is of: the county's or the folder's name.
    crs : str
        Of the plan's coordinates.
    public : bool
        Leave out household points and what stands on them.
    map_review_number : str
        审图号 of a map to be published; empty: 待填.
    """

    name: str
    crs: str
    public: bool = False
    map_review_number: str = ""


def write_plan(
    folder: Path,
    result: PlanResult,
    options: ExportOptions,
    *,
    inputs: Sequence[Mapping[str, Any]],
    faults: Sequence[Fault],
    level_reason: str,
    background: Background | None = None,
    measure: Callable[[], tuple[Mapping[str, float], float]] = lambda: ({}, 0.0),
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the four files, and ``run.json`` beside them.

    Parameters
    ----------
    inputs, level_reason
        As :class:`qingxi.files.Survey` tells them.
    measure : callable
        Gives (seconds by stage, peak memory in MB); called when all but ``plan.json`` and ``run.json`` is written.

    Returns
    -------
    (dict, dict)
        What stands in ``plan.json`` and ``run.json`` together, and the paths by kind (``gpkg``, ``json``, ``xlsx``,
        ``map``, ``run``).
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {
        "gpkg": folder / "plan.gpkg",
        "xlsx": folder / "plan.xlsx",
        "map": folder / "map.html",
        "json": folder / "plan.json",
        "run": folder / "run.json",
    }
    secrecy = highest_secrecy(inputs)
    # A plan made from secret layers shows on its map no more than what may be published.
    public_map = options.public or secrecy == Secrecy.SECRET
    tables = public_tables(result.tables) if options.public else result.tables
    figures = dict(result.figures) | {"level_reason": result.figures.get("level_reason") or level_reason}
    if options.public and "overrides" in figures:
        figures["overrides"] = {k: v for k, v in figures["overrides"].items() if k != "each"}
    standing = None if options.public else result.standing

    def others() -> bool:
        """All but the workbook, which takes as long as the rest."""
        write_plan_gpkg(paths["gpkg"], tables, options.crs)
        write_styles(paths["gpkg"])
        write_plan_map(
            paths["map"], public_tables(tables) if public_map else tables, figures, options.name, crs=options.crs, secrecy=secrecy, public=public_map,
            review_number=options.map_review_number, background=background,
        )  # fmt: skip
        (folder / STANDING).unlink(missing_ok=True)
        if standing is not None:
            write_standing(folder, standing)
        return True

    with Beside(others, worth=rows_of(tables.households) >= MANY) as beside:
        write_plan_book(
            paths["xlsx"],
            tables,
            figures,
            faults,
            title=f"{options.name} 规划",
            secrecy=secrecy,
            public=options.public,
        )
        if beside.answer() is None:
            others()
    seconds, peak_mb = measure()
    document = plan_document(
        figures,
        crs=options.crs,
        inputs=inputs,
        faults=faults,
        level_reason=level_reason,
        name=options.name,
        public=options.public,
        base=folder.resolve(),
    )
    write_plan_json(paths["json"], document)
    if standing is not None:
        paths["standing"] = folder / STANDING
    run = run_document(figures, seconds, peak_mb)
    write_plan_json(paths["run"], run)
    return document | run, paths

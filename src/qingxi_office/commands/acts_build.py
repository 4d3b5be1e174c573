"""Acts of building: a county, a plan, the independent check, the books, the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qingxi.money import fen_from_yuan, wan_yuan
from qingxi_office.commands.story import Broken, Story, command, command_json

if TYPE_CHECKING:
    from qingxi_office.people.models import User
    from qingxi_office.projects.models import ProjectRecord


def make_county(story: Story) -> str:
    """An invented county as ordinary files."""
    command("county", "--size", story.size, "--seed", story.seed, "--out", story.county)
    from qingxi.files import Faults, read_county_folder

    said = read_county_folder(story.county, Faults())
    if said is None or said.as_of is None:
        raise Broken("造出的县没有 county.toml")
    story.as_of = said.as_of
    story.facts["county"] = {"name": said.name, "code": said.code, "as_of": said.as_of.isoformat()}
    story.paths["县域数据夹"] = str(story.county)
    return f"{said.name}(虚构),数据截至 {said.as_of}"


def make_plan(story: Story) -> str:
    """Modes, sewers, plants and their cost for every natural village."""
    plan = command_json("plan", story.county, "--out", story.plan)
    story.facts["plan"] = {
        k: plan.get(k)
        for k in ("level", "cost", "bound", "gap", "bound_label", "households", "pipe_m", "pumps", "plants")
    }
    story.paths |= {
        "规划成果(GeoPackage)": str(story.plan / "plan.gpkg"),
        "规划附表(xlsx)": str(story.plan / "plan.xlsx"),
        "规划图(离线网页)": str(story.plan / "map.html"),
    }
    h = plan["households"]
    return (
        f"{h['all']:,} 户:近纳管 {h['connected']:,},聚集中 {h['clustered']:,},散分户 {h['onsite']:,},"
        f"资源利用 {h.get('reuse', 0):,};现值 {plan['cost']['present_value'] / 1e8:.2f} 亿元,离下界 {plan['gap']:.1%}"
    )


def check_plan(story: Story) -> str:
    """The independent checker recomputes every constraint and cost from the exported files."""
    story.facts["check"] = {"passed": False}
    said = command("check", story.plan).strip().splitlines()
    story.facts["check"] = {"passed": True, "said": said[-1][:90] if said else "逐条复核通过"}
    return str(story.facts["check"]["said"])


def fill_books(story: Story) -> str:
    """The county folder and the plan into the office's books."""
    from qingxi_office.site.home import open_office

    open_office(story.home, demo=True, practice_day=story.day().isoformat(), county=story.facts["county"]["name"])
    from qingxi_office.commands.cast import bring
    from qingxi_office.plans.actions import keep_check
    from qingxi_office.site.loading import load, load_plan
    from qingxi_office.trail.actions import Office

    job = load(story.county, by=Office("演示载入"))
    story.cast = bring(Office("演示载入"))
    plan = load_plan(story.plan, by=story.cast.officer)
    if checked := story.facts.get("check"):
        keep_check(plan, passed=checked["passed"], said=checked.get("said", ""), by=story.cast.officer)
    story.facts["books"] = {**job.result, "plan": plan.key}
    story.paths["办公室账本(SQLite)"] = str(story.home / "office.sqlite3")
    c = job.result["counts"]
    return (
        f"{c['villages']} 村和社区、{c['hamlets']} 自然村、{c['households']:,} 户、{c['facilities']} 座设施、{c['issues']} 条问题入账;"
        f"输入问题 {job.result['faults']} 条,逐条可查"
    )


def make_programme(story: Story) -> str:
    """Lots by year within the money, dug once where another department digs too; first-year projects."""
    from qingxi_office.projects.actions import open_projects
    from qingxi_office.site.programming import make

    first = story.day().year + 1
    made = make(by=story.cast.officer, years=tuple(range(first, first + 4)))
    opened = open_projects(first, by=story.cast.officer)
    story.facts["programme"] = {
        "lots": made.lots, "waiting": made.waiting, "clashes": made.clashes, "spent_fen": made.spent_fen,
        "projects": opened, "gap": made.gap,
    }  # fmt: skip
    return (
        f"{made.years[0]}—{made.years[-1]} 年 {made.lots} 个批次,{wan_yuan(made.spent_fen)} 万元;"
        f"同街开挖 {made.clashes} 处可合并;{first} 年立项 {opened} 个;排不下 {made.waiting} 个,各有理由"
    )


def build_one(story: Story) -> str:
    """A project through every gate with its evidence, and the facility that it handed over.

    The facility stands already; its project is entered after the fact (补录), each gate on a day before it ran.
    """
    from datetime import timedelta
    from itertools import pairwise

    from qingxi.project import FULL, Evidence, Stage
    from qingxi.standard import load_table
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.projects.actions import hand_over, step, take_in_projects
    from qingxi_office.projects.models import ProjectRecord

    by = story.cast.officer
    each_yuan = load_table("programme")["station.total_per_m3_d"]
    rows = FacilityRecord.objects.filter(status="in_use", place__level="village").exclude(commissioned=None)
    facility = rows.filter(evidence="hj212").first() or rows.first()
    if facility is None or facility.commissioned is None:
        raise Broken("没有在用的设施")
    key = f"XM-{facility.commissioned.year}-B01"
    take_in_projects(
        [
            {
                "key": key, "name": facility.name, "lot_id": None, "place_id": facility.place_id, "stage": "谋划",
                "owner": facility.owner, "total_fen": fen_from_yuan(facility.design_m3_d * each_yuan), "year": facility.commissioned.year,
                "because": [f"village:{facility.place.code}"],
            }
        ],
        by=by,
    )  # fmt: skip
    row = ProjectRecord.objects.select_related("place").get(key=key)
    line = [Stage.IDEA]
    while line[-1] is not Stage.RUNNING and (nxt := FULL.next_of(line[-1])) is not None:
        line.append(nxt)
    papers = 0
    for n, (old, new) in enumerate(pairwise(line)):
        on = facility.commissioned - timedelta(days=30 * (len(line) - 2 - n))
        gate = FULL.gate(old, new)
        proofs = gate.proofs if gate else ()
        step(row, new, by=by, on=on, evidence=[Evidence(p, f"{key}-{p.name}", on, "补录") for p in proofs])
        papers += len(proofs)
    hand_over(row, facility, by=by)
    _enter_its_money(row, by=by)
    story.facts["project"] = {"key": key, "gates": len(line) - 1, "papers": papers, "facility": facility.key}
    return f"{key} {facility.name}:{len(line) - 1} 道关口、{papers} 件证据,验收移交后成为设施 {facility.key}"


# Sources of the year in which the built station's project was paid for, in hundredths of its cost; invented like the county.
_PAID_BY = (
    ("县财政预算资金", "县财政", 40),
    ("省级农村生活污水治理以奖代补资金", "省级奖补", 40),
    ("村集体自筹", "村集体", 20),
)


def _enter_its_money(project: ProjectRecord, *, by: User) -> None:
    """What the project cost, by source, entered after the fact like its gates."""
    from qingxi.origin import Ref
    from qingxi_office.funds.actions import allocate_many, take_in_funds

    parts = [
        (f"{name}-{project.year}", name, kind, project.total_fen * share // 100) for name, kind, share in _PAID_BY
    ]
    take_in_funds(
        [
            {"key": key, "name": name, "kind": kind, "year": project.year, "amount_fen": fen, "eligible": ["建设"], "state": "已下达"}
            for key, name, kind, fen in parts
        ],
        by=by,
    )  # fmt: skip
    allocate_many([(key, Ref("project", project.key), fen) for key, _name, _kind, fen in parts], by=by)

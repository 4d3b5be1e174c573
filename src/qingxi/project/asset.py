"""From an accepted project to what stands there: where building and running meet."""

from qingxi.facility import EvidenceLevel, Facility
from qingxi.origin import Ref
from qingxi.project.project import NotYet, Project
from qingxi.project.stages import ORDER, Stage


def facility_of(
    project: Project,
    *,
    id: str,
    process: str,
    design_m3_d: float,
    operator: str = "",
    lon: float | None = None,
    lat: float | None = None,
    discharge_class: str = "",
    power_account: str = "",
    households_connected: int | None = None,
    evidence: EvidenceLevel = EvidenceLevel.PAPER,
) -> Facility:
    """The facility that a project has built.

    It exists from completion acceptance on: in trial until it is handed over, then in use.

    Raises
    ------
    NotYet
        When the project has not passed completion acceptance.
    """
    accepted = project.accepted_on
    if accepted is None or project.stage not in ORDER or ORDER.index(project.stage) < ORDER.index(Stage.TRIAL):
        raise NotYet(f"项目 {project.name} 还没有通过竣工验收，现在是 {project.stage}")
    running = next((step.on for step in reversed(project.steps) if step.new is Stage.RUNNING), None)
    status = {Stage.RUNNING: "in_use", Stage.SCRAPPED: "scrapped"}.get(project.stage, "trial")
    return Facility(
        id=id,
        name=f"{project.name}",
        village=project.village,
        township=project.township,
        process=process,
        design_m3_d=design_m3_d,
        lon=lon,
        lat=lat,
        commissioned=running,
        owner=project.owner,
        operator=operator,
        discharge_class=discharge_class,
        power_account=power_account,
        status=status,
        households_connected=project.households if households_connected is None else households_connected,
        evidence=evidence,
        because=(Ref("project", project.id),),
    )

"""Projects in the books: gates under the law, money set aside by source, and the facility that walks back to its project."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db.models import Sum

from qingxi.origin import Ref
from qingxi.project import FULL, Evidence, NotYet, Stage
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.funds.models import Allocation, FundSource
from qingxi_office.people.rights import Denied
from qingxi_office.programmes.models import LotRow
from qingxi_office.projects.actions import hand_over, open_projects, step
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.site.walk import walk

DAY = date(2026, 1, 5)


@pytest.fixture
def project(cast):
    FundSource.objects.create(key="省-2027", name="省级奖补", year=2027, amount_fen=500_000)
    LotRow.objects.create(
        key="GH/1", name="红岩村处理站", place=cast.places["999901100200"], year=2027, cost_fen=400_000, households=63,
        mode="shared_plant", funds=[{"fund": "省-2027", "year": 2027, "use": "建设", "amount_fen": 400_000}],
        because=["fund:省-2027"],
    )  # fmt: skip
    assert open_projects(2027, by=cast.chenjing) == 1
    return ProjectRecord.objects.select_related("place").get()


def through(project, cast, until):
    """Pass every gate up to a stage, each with all it asks for."""
    line = [Stage.IDEA]
    while line[-1] is not until:
        line.append(FULL.next_of(line[-1]))
    for n, (old, new) in enumerate(pairwise(line)):
        on = DAY + timedelta(days=n)
        papers = [Evidence(proof, f"文-{proof.name}", on) for proof in FULL.gate(old, new).proofs]
        step(project, new, by=cast.chenjing, on=on, evidence=papers)


def test_lot_becomes_project_with_its_money(project, cast):
    assert (project.key, project.stage, project.total_fen) == ("XM-2027-001", "谋划", 400_000)
    assert Allocation.objects.aggregate(s=Sum("amount_fen"))["s"] == 400_000
    assert open_projects(2027, by=cast.chenjing) == 0


def test_no_money_no_project(cast):
    FundSource.objects.create(key="县", name="县财政", year=2027, amount_fen=100)
    LotRow.objects.create(
        key="GH/2",
        name="站",
        year=2027,
        cost_fen=101,
        funds=[{"fund": "县", "year": 2027, "use": "建设", "amount_fen": 101}],
    )
    with pytest.raises(ValueError, match="不够"):
        open_projects(2027, by=cast.chenjing)
    assert not ProjectRecord.objects.exists()


def test_gate_without_its_papers_is_refused(project, cast):
    with pytest.raises(NotYet, match="可研或实施方案"):
        step(project, Stage.PREPARATION, by=cast.chenjing, on=DAY)
    with pytest.raises(NotYet):
        step(project, Stage.TENDER, by=cast.chenjing, on=DAY)  # no jumping ahead
    with pytest.raises(Denied):
        step(project, Stage.PREPARATION, by=cast.luomei, on=DAY)


def test_only_what_was_accepted_is_handed_over(project, cast):
    facility = FacilityRecord.objects.get(key="QX-001")
    through(project, cast, Stage.COMPLETION)
    with pytest.raises(NotYet, match="竣工验收"):
        hand_over(project, facility, by=cast.chenjing)


def test_facility_walks_back_to_project_lot_and_money(project, cast):
    facility = FacilityRecord.objects.get(key="QX-001")
    through(project, cast, Stage.RUNNING)
    hand_over(project, facility, by=cast.chenjing)
    project.refresh_from_db()
    assert (project.stage, project.facility_key) == ("运行", "QX-001")
    found = walk(Ref("facility", "QX-001"))
    assert {ref.kind for ref, _ in found.steps} >= {"facility", "project", "lot", "fund"}


def test_a_later_register_does_not_forget_the_project(project, cast, office):
    from qingxi_office.facilities.actions import note_made_by, take_in_facilities

    facility = FacilityRecord.objects.get(key="QX-001")
    note_made_by(facility, Ref("project", project.key), by=cast.chenjing)
    row = {
        "key": "QX-001", "name": "红岩村站", "place_id": facility.place_id, "design_m3_d": 40.0,
        "because": ["village:999901100200"],
    }  # fmt: skip
    take_in_facilities([row], by=office)
    facility.refresh_from_db()
    assert facility.design_m3_d == 40.0
    assert facility.because == [f"project:{project.key}", "village:999901100200"]

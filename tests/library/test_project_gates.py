"""The gates of a project: no way round them, evidence before each, two acceptances kept apart."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.origin import Ref
from qingxi.programme import Candidate, Fund, Use, make_programme
from qingxi.project import (
    FULL,
    GATES,
    ORDER,
    SMALL,
    UNSKIPPABLE,
    Evidence,
    Level,
    Look,
    NotYet,
    Project,
    Proof,
    Recognition,
    Stage,
    Track,
    advance,
    facility_of,
    hand_over_conditionally,
    look,
    meet_condition,
    obstacles,
)

DAY = date(2027, 1, 4)


def project(track: Track = FULL) -> Project:
    return Project(
        "XM-2027-001", "新茶村聚集中", "新茶村", "茶岭镇", "shared_plant", 60, 90_000_000, 2027, "县农投", track
    )


def papers(kinds: tuple[Proof, ...], on: date = DAY) -> tuple[Evidence, ...]:
    return tuple(Evidence(kind, f"{kind}-1", on) for kind in kinds)


def walk(start: Project, until: Stage) -> Project:
    """Take every gate in order, a day each."""
    here, day = start, start.steps[-1].on if start.steps else DAY
    while here.stage is not until:
        nxt = here.track.next_of(here.stage)
        assert nxt is not None
        gate = here.track.gate(here.stage, nxt)
        assert gate is not None
        day += timedelta(days=1)
        here = advance(here, nxt, on=day, by="陈静", evidence=papers(gate.proofs, day))
    return here


def test_from_a_lot_to_a_facility() -> None:
    lot = make_programme(
        [Candidate("7", "新茶村聚集中", "新茶村", "茶岭镇", "shared_plant", 60, 80_000_000, 10_000_000, 0)],
        [Fund("f", "县财政", "县财政", 2027, 100_000_000, frozenset(Use))],
        (2027,),
    ).lots[0]
    start = Project.from_lot(lot, id="XM-2027-001", owner="县农投")
    assert start.total_fen == 90_000_000
    assert start.because == (Ref("lot", lot.id), Ref("system", "7"), Ref("fund", "f"))
    with pytest.raises(NotYet, match="还没有通过竣工验收"):
        facility_of(start, id="QX-121", process="一体化A/O", design_m3_d=15)
    trial = walk(start, Stage.TRIAL)
    assert facility_of(trial, id="QX-121", process="一体化A/O", design_m3_d=15).status == "trial"
    running = walk(start, Stage.RUNNING)
    made = facility_of(running, id="QX-121", process="一体化A/O", design_m3_d=15, operator="清源")
    # Sixteen gates from idea to running, one a day after 4 January: the last on 20 January.
    assert len(running.steps) == 16
    assert (made.status, made.commissioned, made.owner) == ("in_use", date(2027, 1, 20), "县农投")
    assert made.because == (Ref("project", "XM-2027-001"),)


def test_every_missing_paper_is_named_at_once() -> None:
    here = walk(project(), Stage.PREPARATION)
    found = obstacles(here, Stage.REVIEW, on=DAY + timedelta(days=9), evidence=papers((Proof.SITE,)))
    assert [o.partition("：")[2] for o in found] == [
        "用地意见",
        "红线与水源保护区核查",
        "可研或实施方案",
        "资金承诺",
        "绩效目标",
    ]
    with pytest.raises(NotYet, match="用地意见"):
        advance(here, Stage.REVIEW, on=DAY + timedelta(days=9), by="陈静", evidence=papers((Proof.SITE,)))


def test_a_return_needs_a_reason_and_the_gate_asks_anew() -> None:
    here = walk(project(), Stage.STORE)
    day = here.steps[-1].on
    with pytest.raises(NotYet, match="退回要写原因"):
        advance(here, Stage.PREPARATION, on=day, by="市局")
    back = advance(here, Stage.PREPARATION, on=day, by="市局", reason="成熟度不够，用地意见过期")
    assert back.stage is Stage.PREPARATION
    assert obstacles(back, Stage.REVIEW, on=day) != ()
    assert walk(back, Stage.RUNNING).stage is Stage.RUNNING


def test_completion_that_was_returned_is_no_completion() -> None:
    trial = walk(project(), Stage.TRIAL)
    assert trial.accepted_on == trial.steps[-1].on
    refused = walk(project(), Stage.COMPLETION)
    refused = advance(refused, Stage.SELF_CHECK, on=refused.steps[-1].on, by="专家组", reason="缺竣工图")
    assert refused.accepted_on is None
    back = advance(trial, Stage.SELF_CHECK, on=trial.steps[-1].on, by="专家组", reason="管道错口")
    assert back.accepted_on is None
    with pytest.raises(NotYet):
        facility_of(back, id="QX-121", process="A/O", design_m3_d=10)


def test_small_projects_skip_only_what_their_rule_names() -> None:
    here = walk(project(SMALL), Stage.REVIEW)
    assert Proof.VILLAGE_VOTE in {piece.proof for piece in here.evidence}
    assert here.track.next_of(Stage.REVIEW) is Stage.MONEY
    design = walk(here, Stage.DESIGN)
    gate = SMALL.gate(Stage.DESIGN, Stage.CONTRACT)
    assert gate is not None
    # The price ceiling stays although the review stage is left out; the notice of award does not.
    assert gate.proofs == (Proof.DRAWINGS, Proof.PRICE)
    assert FULL.gate(Stage.DESIGN, Stage.CONTRACT) is None
    with pytest.raises(NotYet, match="没有这一步"):
        advance(
            replace(design, track=FULL), Stage.CONTRACT, on=date(2027, 6, 1), by="x", evidence=papers(tuple(Proof))
        )


def test_a_track_must_name_its_rule_and_may_not_skip_acceptance() -> None:
    with pytest.raises(ValueError, match="names no rule"):
        Track("x", frozenset({Stage.TENDER}))
    with pytest.raises(ValueError, match="竣工验收"):
        Track("x", frozenset({Stage.COMPLETION}), basis="某办法")


def test_conditional_handover_lacks_running_money_only_and_ends() -> None:
    here = walk(project(), Stage.HANDOVER)
    day = here.steps[-1].on
    owned = papers((Proof.OWNER, Proof.OPERATOR), day)
    with pytest.raises(NotYet, match="运行经费"):
        advance(here, Stage.RUNNING, on=day, by="县", evidence=owned)
    with pytest.raises(NotYet, match="运维合同"):
        hand_over_conditionally(here, on=day, by="县", evidence=owned[:1], until=day + timedelta(days=90))
    with pytest.raises(NotYet, match="期限"):
        hand_over_conditionally(here, on=day, by="县", evidence=owned, until=day)
    given_over = hand_over_conditionally(here, on=day, by="县", evidence=owned, until=date(2027, 3, 31))
    assert given_over.stage is Stage.RUNNING
    assert given_over.conditional is not None
    met = meet_condition(given_over, on=day, by="财政局", evidence=papers((Proof.RUNNING_MONEY,), day)[0])
    assert met.conditional is None
    with pytest.raises(NotYet):
        meet_condition(met, on=day, by="财政局", evidence=papers((Proof.RUNNING_MONEY,), day)[0])


def test_recognition_is_not_acceptance_and_can_be_lost() -> None:
    accepted = walk(project(), Stage.RUNNING)
    village = Recognition("999901104202")
    assert accepted.accepted_on is not None
    assert not village.recognised
    with pytest.raises(NotYet, match="县自评 还没有通过"):
        look(village, Look(Level.CITY, DAY, True, "市〔2027〕1号"))
    village = look(village, Look(Level.COUNTY, DAY, True, "县〔2027〕1号"))
    assert not village.recognised
    village = look(village, Look(Level.CITY, DAY, True, "市〔2027〕1号"))
    assert village.recognised
    lost = look(village, Look(Level.PROVINCE, DAY, False, "省〔2027〕1号", "污水横流"))
    assert not lost.recognised
    assert lost.looks == (*village.looks, lost.looks[-1])  # nobody's look is invented
    with pytest.raises(NotYet, match="县自评 还没有通过"):
        look(lost, Look(Level.CITY, DAY, True, "市〔2027〕2号"))


def test_the_table_has_no_hole() -> None:
    # Every stage but the last two has exactly one way forward; every way back leads to an earlier stage.
    for stage in ORDER[:-1]:
        assert len([g for g in GATES if g.old is stage and not g.back]) == 1
    for gate in GATES:
        assert (ORDER.index(gate.new) < ORDER.index(gate.old)) == gate.back
        assert gate.back or gate.proofs, gate


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Stage)), st.sets(st.sampled_from(list(Proof)))), max_size=40))
def test_no_walk_reaches_running_without_its_gates(tries: list[tuple[Stage, set[Proof]]]) -> None:
    """However a project is pushed, what it passed is what the table allows, on the evidence the table asks."""
    here, day = project(), DAY
    for to, kinds in [*tries, *[(s, set(Proof)) for s in ORDER]]:
        day += timedelta(days=1)
        try:
            here = advance(here, to, on=day, by="x", evidence=papers(tuple(kinds), day), reason="退回")
        except NotYet:
            continue
    passed = {step.old for step in here.steps}
    for step in here.steps:
        gate = here.track.gate(step.old, step.new)
        assert gate is not None
        assert gate.back or set(gate.proofs) <= {piece.proof for piece in step.evidence}
    if here.stage is Stage.RUNNING:
        assert passed >= UNSKIPPABLE - {Stage.RUNNING}

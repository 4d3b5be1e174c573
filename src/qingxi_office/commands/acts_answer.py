"""Acts of answering: problems, a complete close-out, rates, a bulletin, publication, the walk back."""

import os
import socket
import subprocess
import sys
import urllib.request
from typing import Any

from qingxi.origin import Ref
from qingxi_office.commands.acts_card import show_card
from qingxi_office.commands.story import Broken, Story, wait_for


def open_problems(story: Story) -> str:
    """An officer confirms the surest findings; each becomes a problem with owner and deadline."""
    from qingxi_office.findings.actions import decide
    from qingxi_office.findings.models import FindingRecord
    from qingxi_office.issues.actions import open_from_finding

    by = story.cast.officer
    waiting = FindingRecord.objects.filter(state="proposed", is_current=True).select_related(
        "facility__place__parent"
    )
    chosen = [f for f in waiting if f.facility.operator_unit_id][:6] or list(waiting[:3])
    opened = []
    for finding in chosen:
        decide(finding, True, by=by, reason="已电话核实")
        opened.append(open_from_finding(finding, by=by))
    if not opened:
        opened.append(_from_report(story))
    story.facts["issues_opened"] = [row.key for row in opened]
    due = min(row.due_on for row in opened if row.due_on)
    return f"确认 {len(chosen)} 条,交办 {len(opened)} 件,整改单位 {opened[0].rectifier},期限 {due}(按工作日)"


def _from_report(story: Story) -> Any:
    """Where no rule found anything, a villager did: a report by the code on the fence becomes a problem."""
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.intake.actions import hand_in
    from qingxi_office.issues.actions import open_from_report

    facility = FacilityRecord.objects.order_by("key").first()
    if facility is None:
        raise Broken("没有设施")
    report = hand_in(
        "站里又臭又响", address="127.0.0.1", facility=facility.key, facility_name=facility.name,
        village_code=facility.place.code,
    )  # fmt: skip
    return open_from_report(report, by=story.cast.officer)


def close_one(story: Story) -> str:
    """One problem from 交办 to 销号, each step by the unit whose part it is."""
    from qingxi.calendar import WorkingDays
    from qingxi.issue import ASKED, Step
    from qingxi_office.findings.actions import decide
    from qingxi_office.findings.models import FindingRecord
    from qingxi_office.issues.actions import Piece, Refused, open_from_finding, take
    from qingxi_office.issues.models import IssueRecord

    cast, working = story.cast, WorkingDays()
    old = FindingRecord.objects.filter(state="proposed", found_on__lt=story.day())
    finding = next((f for f in old.select_related("facility__place__parent") if _playable(f)), None)
    if finding is not None:
        decide(finding, True, by=cast.officer, reason="到站看过,属实")
        start = working.add(finding.found_on, 0)
        issue = open_from_finding(finding, by=cast.officer, on=start)
    else:
        issue = IssueRecord.objects.get(key=story.facts["issues_opened"][0])
        start = issue.assigned_on
    row = IssueRecord.objects.select_related("rectifier", "lead", "verifier", "closer").get(pk=issue.pk)
    people = {unit.pk: who for unit, who in _players(row)}
    if len(people) < 4:
        raise Broken(f"{row.key} 的四方不全:{row.rectifier}、{row.lead}、{row.verifier}、{row.closer}")

    def day(n: int) -> Any:
        return min(working.add(start, n), story.day()) if n else start

    # The law first: who rectifies never closes.
    try:
        take(row, Step.CLOSE, by=people[row.rectifier_id], on=start)
        raise Broken("整改单位竟能销号")
    except Refused:
        pass
    asked = "已回访,反映人认可" if row.report_code else "系统发现,无反映人"
    steps = [
        (Step.RECEIVE, "rectifier", 1, [], ""),
        (Step.PLAN, "rectifier", 2, [Piece("整改方案", "更换风机轴承,三天内完成")], ""),
        (Step.START, "lead", 3, [], "同意整改方案"),
        (Step.SELF_CHECK, "rectifier", 5, [Piece("整改后照片或资料", "风机恢复运转,附运行记录")], ""),
        (Step.APPLY, "rectifier", 6, [Piece("销号申请", "已整改,申请销号")], ""),
        (Step.VERIFY, "verifier", 7, [Piece("现场核查记录", "现场查看,设备运转正常")], ""),
        (Step.SIGN, "closer", 8, [Piece("签字件", "审核同意")], ""),
        (Step.CLOSE, "closer", 9, [Piece("备案件", "已备案"), Piece(ASKED, asked)], "销号"),
    ]
    for step, part, n, evidence, note in steps:
        who = people[getattr(row, f"{part}_id")]
        try:
            take(row, step, by=who, evidence=evidence, note=note, on=day(n))
        except Refused as error:
            raise Broken(f"{row.key} 的“{step.value}”被拒:{error}") from error
    row.refresh_from_db()
    from qingxi_office.site.publishing import publish_issue

    publish_issue(row, by=cast.officer, as_of=story.day())
    story.facts["closed"] = {
        "issue": row.key,
        "state": row.state,
        "closed_on": str(row.closed_on),
        "by": str(row.closed_by_unit),
    }
    return f"{row.key}:{row.rectifier}整改,{row.verifier}核查,{row.closed_by_unit}签字,{row.closed_on} {row.state};整改单位自行销号被拒"


def _players(row: Any) -> list[tuple[Any, Any]]:
    """Units of a problem with a person who may act for each."""
    from qingxi_office.people.models import User

    found = []
    for unit in (row.rectifier, row.lead, row.verifier, row.closer):
        if unit is not None:
            person = (
                User.objects.filter(unit=unit, is_active=True)
                .select_related("unit", "scope")
                .order_by("pk")
                .first()
            )
            if person is not None:
                found.append((unit, person))
    return found


def _playable(finding: Any) -> bool:
    """Whether every part in a problem out of this finding has somebody to play it."""
    from qingxi_office.issues.actions import parties_of
    from qingxi_office.people.models import User

    units = list(parties_of(finding.facility.place, finding.facility).values())
    if None in units or len({u.pk for u in units if u}) < 4:
        return False
    return User.objects.filter(unit__in=units).values("unit").distinct().count() == 4


def compute_rates(story: Story) -> str:
    """The treatment rate by the official definitions, side by side."""
    from qingxi_office.indicators.actions import compute

    figures = [
        f for f in compute(by=story.cast.officer, as_of=story.day()) if f.definition.startswith("treatment_rate")
    ]
    story.facts["rates"] = {
        f.definition: {"text": f.text, "of": [f.numerator, f.denominator], "key": f.key} for f in figures
    }
    return ";".join(f"{f.name} {f.text}({f.numerator}/{f.denominator})" for f in figures)


def publish(story: Story) -> str:
    """Stations and rate into the public book; a villager's browser gets them from the running office."""
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.site.publishing import publish_rate, publish_stations

    stations = publish_stations(by=story.cast.officer, as_of=story.day())
    rate = publish_rate(by=story.cast.officer, as_of=story.day())
    story.facts["published"] = {"stations": stations, "rate": rate.pk}
    code = (
        FacilityRecord.objects.exclude(status="scrapped")
        .order_by("key")
        .values_list("public_code", flat=True)
        .first()
    )
    answers = _ask(
        story,
        [
            f"/s/{code}/",
            "/public/",
            "/open-data/",
            "/ogc/collections/stations/items?limit=1",
            "/open311/v2/services.xml",
        ],
    )
    story.facts["public_page"] = answers
    bad = {path: status for path, status in answers.items() if status != 200}
    if bad:
        raise Broken(f"公开页没有应答 200:{bad}")
    story.paths["公开页"] = f"/s/{code}/"
    return f"{stations} 个站、治理率 {rate.data['figures'][0]['text']} 已公开;公开页 HTTP {answers[f'/s/{code}/']}"


def _ask(story: Story, paths: list[str]) -> dict[str, int]:
    """Status of each path from a server of the office on a free loopback port, without any sign-in."""
    from django.db import connections

    connections.close_all()  # the server is a process of its own
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "qingxi_office.site.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--workers", "1", "--log-level", "error", "--no-control-socket",
        ],
        env={**os.environ, "QINGXI_HOME": str(story.home.resolve()), "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def status(path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    try:
        wait_for(lambda: status(paths[0]), 20, "办公室服务 20 秒内没有应答")
        return {path: status(path) for path in paths}
    finally:
        server.terminate()
        server.wait(timeout=20)


def walk_back(story: Story) -> str:
    """From the published rate back to the households it was made from."""
    from qingxi_office.site.walk import walk

    start = Ref("publication", str(story.facts["published"]["rate"]))
    found = walk(start)
    kinds = {kind: len(found.reached(kind)) for kind in ("figure", "village", "hamlet", "household")}
    story.facts["walk"] = {**kinds, "missing": len(found.missing), "start": str(start)}
    if not kinds["household"] or found.missing:
        raise Broken(f"溯源没有走到底:{kinds},缺 {len(found.missing)}")
    return f"公开的治理率 → 指标 {kinds['figure']} → 村 {kinds['village']} → 自然村 {kinds['hamlet']} → 户 {kinds['household']:,},一处不缺"


def prove_trail(story: Story) -> str:
    """The chain of every deed of the story."""
    from qingxi_office.trail.queries import verify

    report = verify()
    story.facts["trail"] = {"rows": report.rows, "head": report.head, "sound": report.sound}
    if not report.sound:
        raise Broken(f"留痕链有 {len(report.faults)} 处不符")
    return f"{report.rows} 行相接,链头 {report.head[:16]}…"


def call_over(story: Story) -> str:
    """The week's call-over: books frozen, slow list, two villages to praise, matters put on the meeting."""
    from qingxi_office.bulletins import held
    from qingxi_office.bulletins.actions import put_on_agenda, take_call_over
    from qingxi_office.meetings.models import Group

    by = story.cast.officer
    row = take_call_over(by=by, as_of=story.day(), cadence="week")
    items = put_on_agenda(row, by=by) if Group.objects.filter(valid_to=None).exists() else 0
    over = held.call_over_of(row)
    story.facts["callover"] = {"key": row.key, "sha256": row.sha256, **row.counts}
    return f"{row}：滞后乡镇 {len(over.slow)} 个，逾期问题 {len(over.found.overdue)} 件，{items} 项上推进会，指纹 {row.sha256[:12]}"


def draft_bulletin(story: Story) -> str:
    """The month's card decided, then its bulletin as .docx and PDF, one sentence worded, number and signer left to the
    county's document system.
    """
    from qingxi.bulletin import faults
    from qingxi_office.bulletins import held
    from qingxi_office.bulletins.actions import draft, praise, take_call_over, word

    by = story.cast.officer
    over = take_call_over(by=by, as_of=story.day())
    card = show_card(story, over)
    for village in held.call_over_of(over).worthy[:2]:
        praise(over, village.ref.id, by=by)
    row = draft(by=by, as_of=story.day(), callover=over)
    if any(s.key == "next.else" for s in held.recomputed(row).sentences):
        row = word(row, "next.else", "请各乡镇对照名单逐项整改，把好村级巡查和户内接管这两关。", by=by)
    wrong = faults(held.recomputed(row))
    if wrong:
        raise Broken(f"通报里有数对不上：{wrong[:3]}")
    story.facts["bulletin"] = {"key": row.key, "file": row.file.path}
    story.paths["通报(docx)"] = row.file.path
    return f"《{row.title}》已起草,印出的 {len(held.recomputed(row).slots)} 个数都绑着记录,文号和签发人留给公文系统;{card}"

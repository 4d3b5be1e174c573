"""A meeting's notice with its agenda, or its minutes (会议通知、会议纪要), in the layout of GB/T 9704."""

import io
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from qingxi.report.bulletin_docx import write_still
from qingxi.report.numeral import numeral


@dataclass(frozen=True, slots=True)
class MeetingPaper:
    """What the paper says, in words.

    ``items`` are (title, why, decision); ``tasks`` rows of (what, unit, person, day); ``people`` rows of (name, unit and
    title, 到会 / 请假 / 代会 …). ``settled`` chooses minutes instead of a notice.
    """

    title: str
    body: str  # who issues it; "" when nobody is set
    when: str
    where: str
    chair: str
    items: tuple[tuple[str, str, str], ...]
    tasks: tuple[tuple[str, str, str, str], ...]
    people: tuple[tuple[str, str, str], ...]
    minutes: str
    settled: bool
    as_of: date


def write_meeting(paper: MeetingPaper, path: Path) -> Path:
    """Write the paper; the same paper gives the same bytes. Its folder is made when missing."""
    from qingxi.report import layout

    document = layout.official_document()
    known = document.core_properties
    known.title, known.author = paper.title, paper.body
    known.created = known.modified = datetime.combine(paper.as_of, time())
    layout.title(document, paper.title + ("纪要" if paper.settled else "通知"))
    layout.line(document, f"时间：{paper.when}")
    layout.line(document, f"地点：{paper.where}")
    if paper.chair:
        layout.line(document, f"主持：{paper.chair}")
    number = 1
    for heading, said in (
        ("议题", _items),
        ("议定事项", _decided),
        ("任务", _tasks),
        ("会议情况", _minutes),
        ("到会", _people),
    ):
        if said(document, paper, f"{numeral(number)}、{heading}"):
            number += 1
    if paper.body:
        layout.signature(document, paper.body, f"{paper.as_of.year}年{paper.as_of.month}月{paper.as_of.day}日")
    path.parent.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    document.save(held)
    write_still(held, path)
    return path


def _items(document: object, paper: MeetingPaper, heading: str) -> bool:
    from qingxi.report import layout

    if paper.settled or not paper.items:
        return False
    layout.heading(document, heading)
    for n, (title, why, _decision) in enumerate(paper.items, 1):
        layout.line(document, f"{n}. {title}" + (f"（{why}）" if why else "") + "。")
    return True


def _decided(document: object, paper: MeetingPaper, heading: str) -> bool:
    from qingxi.report import layout

    if not paper.settled or not paper.items:
        return False
    layout.heading(document, heading)
    for n, (title, _why, decision) in enumerate(paper.items, 1):
        layout.line(document, f"{n}. {title}：{decision or '缓议'}")
    return True


def _tasks(document: object, paper: MeetingPaper, heading: str) -> bool:
    from qingxi.report import layout

    if not paper.tasks:
        return False
    layout.heading(document, heading)
    layout.table(document, "任务清单", ("做什么", "单位", "责任人", "期限"), paper.tasks, "")
    return True


def _minutes(document: object, paper: MeetingPaper, heading: str) -> bool:
    from qingxi.report import layout

    if not paper.settled or not paper.minutes.strip():
        return False
    layout.heading(document, heading)
    for said in paper.minutes.splitlines():
        if said.strip():
            layout.line(document, said.strip())
    return True


def _people(document: object, paper: MeetingPaper, heading: str) -> bool:
    from qingxi.report import layout

    if not paper.people:
        return False
    layout.heading(document, heading if paper.settled else heading.replace("到会", "参会"))
    if paper.settled:
        by_state: dict[str, list[str]] = {}
        for name, unit, state in paper.people:
            by_state.setdefault(state, []).append(f"{name}（{unit}）" if unit else name)
        for state, names in by_state.items():
            layout.line(document, f"{state}：{'、'.join(names)}。")
    else:
        layout.line(
            document, "、".join(f"{name}（{unit}）" if unit else name for name, unit, _ in paper.people) + "。"
        )
    return True

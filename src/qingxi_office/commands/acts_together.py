"""The act of working together: villages answer the six 同步, units' steps are recorded, the water below three stations is sampled."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from qingxi_office.commands.story import Story

_VILLAGES = 36  # that have answered; the others show what an empty line looks like
_STATES = ("同步", "同步", "同步", "先做", "后补", "没有做", "不适用")


def work_together(story: Story) -> str:
    """What the villages' clerks said, what the units did by when, and samples before and after, all through the product's actions."""
    from qingxi_office.places.models import Place

    chance = random.Random(f"together {story.seed}")
    villages = list(Place.objects.filter(level="village", valid_to=None).exclude(kind="居委会").order_by("code"))
    six = _six(story, villages[:_VILLAGES], chance)
    steps = _steps(story, villages, chance)
    samples = _water(story, chance)
    story.facts["together"] = {"six": six, "steps": steps, "samples": samples}
    return f"六个同步记了 {six} 项,单位的步骤记了 {steps} 条,受纳水体水样 {samples} 个"


def _clerk(place: Any, known: dict[int, str]) -> str:
    """Who of the village answers for it in the books; else the post, never an invented name."""
    return known.get(place.pk, "村文书")


def _six(story: Story, villages: list[Any], chance: random.Random) -> int:
    from qingxi.indicator import SixAnswer, SixItem, SixState
    from qingxi_office.coordination.actions import record_six
    from qingxi_office.places.models import Duty

    known: dict[int, str] = {}
    for pk, person in (
        Duty.objects.exclude(person="").filter(place__level="village").values_list("place_id", "person")
    ):
        if pk is not None:
            known.setdefault(pk, person)
    n = 0
    for place in villages:
        answers = []
        for item in SixItem:
            if chance.random() < 0.15:
                continue  # nobody asked yet
            state = SixState(chance.choice(_STATES))
            dated = state in (SixState.TOGETHER, SixState.BEFORE, SixState.AFTER)
            on = story.day() - dt.timedelta(days=chance.randrange(60, 900)) if dated else None
            note = (
                "" if dated else "村里说本村没有这项工程" if state is SixState.NOT_APPLICABLE else "那时还没有排上"
            )
            paper = f"照片：{item.value}现场" if dated else ""
            answers.append(SixAnswer(item, state, on, paper, 0, _clerk(place, known), note))
        n += record_six(place, answers, by=story.cast.officer)
    return n


def _steps(story: Story, villages: list[Any], chance: random.Random) -> int:
    """Two steps a village that no other book keeps; some townships answer late, some not at all."""
    from qingxi_office.coordination.actions import record_step
    from qingxi_office.places.models import Unit

    lead = story.cast.officer.unit
    towns = {u.place_id: u for u in Unit.objects.filter(kind="乡镇", valid_to=None).exclude(place=None)}
    slack = {pk: chance.choice((0.05, 0.2, 0.45)) for pk in sorted(p for p in towns if p is not None)}
    n = 0
    for place in villages:
        town = towns.get(place.parent_id)
        for step, unit in (("survey", town or lead), ("planning_opinion", lead)):
            due = story.day() - dt.timedelta(days=chance.randrange(40, 300))
            late = slack.get(place.parent_id, 0.2) if unit is town else 0.1
            luck = chance.random()
            done = (
                None
                if luck < late / 2
                else due + dt.timedelta(days=chance.randrange(1, 30) if luck < late else -chance.randrange(0, 20))
            )
            paper = "盖章的调查表" if step == "survey" else "意见回函"
            record_step(place, step, unit, due, by=story.cast.officer, done_on=done, document=paper if done else "")
            n += 1
    return n


def _water(story: Story, chance: random.Random) -> int:
    """Below three stations, and above one of them: half a year's samples before and after; the third has too few."""
    from qingxi_office.coordination.actions import record_water
    from qingxi_office.facilities.actions import keep_sampling_point
    from qingxi_office.facilities.models import FacilityRecord

    began = (story.day() - dt.timedelta(days=1500), story.day() - dt.timedelta(days=400))
    stations = list(
        FacilityRecord.objects.filter(status="in_use", commissioned__range=began)
        .select_related("place")
        .order_by("key")[:3]
    )
    n = 0
    for at, station in enumerate(stations):
        for kind in ("下游", "上游") if at == 0 else ("下游",):
            point = keep_sampling_point(
                {"name": f"{station.name}{kind}断面", "kind": kind, "place": station.place, "facility": station, "every": "季"},
                by=story.cast.officer,
            )  # fmt: skip
            level = 14.0 if kind == "上游" else 27.0
            gain = {0: 0.6, 1: 0.97, 2: 0.8}[at] if kind == "下游" else 1.0
            for k in range(6 if at < 2 else 2):
                for side, factor in ((-1, 1.0), (1, gain)):
                    day = station.commissioned + dt.timedelta(days=side * (30 + 60 * k))
                    cod = round(level * factor * chance.uniform(0.85, 1.15), 1)
                    values = {"cod": cod, "nh3n": round(cod * chance.uniform(0.04, 0.06), 2)}
                    n += record_water(
                        point,
                        day,
                        values,
                        by=story.cast.officer,
                        laboratory="县环境监测站",
                        report=f"YS-{at + 1}-{k + 1}-{'前' if side < 0 else '后'}",
                    )
    return n

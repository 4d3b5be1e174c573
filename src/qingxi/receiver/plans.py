"""Simulated devices from a TOML file, with every fault of it."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from qingxi.origin import Fault
from qingxi.wire.hj212.plant import SENSORS
from qingxi.wire.hj212.simulator import DevicePlan
from qingxi.wire.hj212.turn import Timing

_NAMES = {field.name for field in fields(DevicePlan)} - {"timing"}
_SPANS = ("outages", "dead")


def _plan(row: dict[str, Any]) -> DevicePlan:
    given = dict(row)
    timing = Timing()
    if "link" in given:
        timing = Timing.of_link(str(given.pop("link")))
    if "sm4_key" in given:
        given["sm4_key"] = bytes.fromhex(str(given["sm4_key"]))
    for name in _SPANS:
        if name in given:
            given[name] = tuple((float(begin), float(end)) for begin, end in given[name])
    for name in ("sensors", "oddities", "refuses"):
        if name in given:
            given[name] = tuple(str(word) for word in given[name])
    unknown = [word for word in given.get("sensors", ()) if word not in SENSORS]
    if unknown:
        raise ValueError(f"sensors {'、'.join(unknown)}；可用 {'、'.join(SENSORS)}")
    return DevicePlan(**given, timing=timing)


def read_plans(path: Path) -> tuple[list[DevicePlan], list[Fault]]:
    """Devices of a TOML file: tables ``[[device]]`` with the fields of :class:`DevicePlan`.

    ``count = 20`` makes twenty alike, their MN with a running number of four digits behind it and each its own seed;
    ``link = "ADSL"`` takes the time-outs of table 1; ``sm4_key`` is written in 32 hex digits. A ``[defaults]`` table
    holds for all. Good rows go on; OSError when the file cannot be read.
    """
    faults: list[Fault] = []

    def fault(row: int | None, field: str, value: str, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(path.name, row, field, value, rule, remedy, code))

    try:
        book = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault(None, "", str(error), "须是 UTF-8 的 TOML 文件", "请对照 docs/hj212/simulator.md 改正", "plan-toml")
        return [], faults
    defaults = book.get("defaults", {})
    plans: dict[str, DevicePlan] = {}
    for number, row in enumerate(book.get("device", []), start=1):
        given = {**defaults, **row}
        strange = sorted(set(given) - _NAMES - {"count", "link"})
        if strange:
            rule, remedy = "须是已知的设置", f"可用：{'、'.join(sorted(_NAMES))}、count、link"
            fault(number, "、".join(strange), "", rule, remedy, "plan-unknown-setting")
            continue
        count = given.pop("count", 1)
        try:
            first = _plan(given)
            made = [first] if count == 1 else [
                _plan({**given, "mn": f"{first.mn}{k:04d}", "seed": first.seed + k}) for k in range(1, int(count) + 1)
            ]  # fmt: skip
        except (TypeError, ValueError, KeyError) as error:
            fault(number, str(given.get("mn", "")), str(error), "设置须有效", "请改正这一段", "plan-setting")
            continue
        for plan in made:
            if plan.mn in plans:
                fault(number, "mn", plan.mn, "一个 MN 只能有一台", "请换一个 MN", "plan-mn-twice")
            else:
                plans[plan.mn] = plan
    if not plans and not faults:
        fault(None, "device", "", "须有 [[device]]", "请写至少一段 [[device]]，内有 mn", "plan-empty")
    return list(plans.values()), faults

"""Raw frames and the quarantine are kept for as long as the table says: filed, then let go; every deletion leaves its trace."""

from __future__ import annotations

import datetime as dt

from qingxi.origin import Ref
from qingxi.standard import load_table
from qingxi_office.readings import lines
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_DAY_MS = 86_400_000


def frames(by: trail.Doer, now: dt.datetime) -> list[str]:
    """Frames older than a month go into files, files older than the law asks for are deleted, the quarantine is trimmed."""
    from qingxi.store import file_frames, let_frames_go, store_exists, trim_quarantine  # heavy to import

    store = lines.store()
    if not store_exists(store):
        return []
    law = load_table("hj212")
    # What a receiver wrote bears its clock, which is the machine's and not that of a demo.
    made_ms = int(clock.real_now().timestamp() * 1000)
    with lines.writing() as side:
        filed = file_frames(store, made_ms - round(law["keep.frames_hot"] * _DAY_MS), made_ms)
        said = [f"报文原文归档 {sum(row.frames for row in filed)} 个，{len(filed)} 个文件"] if filed else []
        # Each deletion is in the trail before anything else is begun: what fails later must not take its trace away.
        files, gone = let_frames_go(store, made_ms - round(law["keep.frames"] * _DAY_MS))
        if files:
            after = {"files": files, "frames": gone}
            trail.record("frames.let_go", Ref("store", "frames"), by=by, because="保存期满", after=after)
            said.append(f"满 {law['keep.frames']:.0f} 天的报文原文删去 {gone} 个")
        trimmed = trim_quarantine(
            side, made_ms - round(law["keep.quarantine"] * _DAY_MS), most_of_one=round(law["keep.quarantine_of_one"]),
            most_unregistered=round(law["keep.quarantine_unregistered"]), most_callers=round(law["keep.callers"]),
        )  # fmt: skip
    if trimmed.old or trimmed.over or trimmed.callers:
        counts = {"old": trimmed.old, "over": trimmed.over, "callers": trimmed.callers}
        trail.record("quarantine.trimmed", Ref("store", "quarantine"), by=by, because="过期或过多", after=counts)
        said.append(f"隔离区清掉过期 {trimmed.old} 个、过多 {trimmed.over} 个报文，名单移出 {trimmed.callers} 台")
    return said

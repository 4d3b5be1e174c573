"""Readings that cannot all be true (互相矛盾的读数), by physics and not by habit."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece, Stretch
from qingxi.finding.interval import Flags, Floats, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold


def saturation(temperature: Floats) -> Floats:
    """Oxygen that water of this temperature (C) can hold at sea level, mg/L.

    Fit of the table of Benson and Krause as used in ASCE (1960): 14.652 - 0.41022 T + 0.007991 T2 - 0.000077774 T3.
    """
    t = np.clip(temperature, 0.0, 40.0)
    return np.asarray(14.652 - 0.41022 * t + 0.007991 * t**2 - 0.000077774 * t**3, dtype=np.float64)


class Impossible:
    """Ammonia above total nitrogen, oxygen beyond saturation, oxygen and clean water while nothing has power, ..."""

    code, kind, name, version = "impossible", "impossible", "互相矛盾的读数", "1"
    needs = ("两项以上在线读数",)
    overturned_by = "其中一只仪表已知失准并已登记，或探头离水"
    blind = "说得出矛盾，说不出哪一只错"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        if len(set(look.evidence.samples) - {"rain"}) < 2:
            return cannot(self, look, "在线读数不到两项")
        out: list[Finding] = []
        for said, codes, flag in self._checks(look):
            for i, j in stretches(
                flag & ~look.excused, join=int(threshold("join.days")), least=int(threshold("impossible.run_days"))
            ):
                pieces: list[Piece] = []
                shown: list[Stretch] = []
                numbers: list[Number] = []
                for code in codes:
                    values = look.daily(code)
                    if values is None:
                        continue
                    part = values[i : j + 1]
                    known = part[~np.isnan(part)]
                    if known.size:
                        mean = float(known.mean())
                        piece = series_piece(look, code, f"{known.size} 个有效日平均 {mean:.3g}", int(known.size))
                        pieces.append(piece)
                        numbers.append(Number(piece.source, mean, ""))
                        shown.append(stretch_of(look, code, i, j))
                if pieces:
                    out.append(
                        found(
                            self, look, i, j, said, pieces, confidence=Confidence.FAIR, numbers=numbers, shown=shown
                        )
                    )
        return sorted(out, key=lambda f: f.start)

    def _checks(self, look: Look) -> list[tuple[str, tuple[str, ...], Flags]]:
        day = {
            code: look.daily(code)
            for code in ("nh3n", "tn", "cod", "bod5", "do", "ph", "water_temp", "flow", "cod_in")
        }
        out: list[tuple[str, tuple[str, ...], Flags]] = []
        with np.errstate(invalid="ignore"):
            for part, whole, said in (
                ("nh3n", "tn", "氨氮高于总氮"),
                ("bod5", "cod", "五日生化需氧量高于化学需氧量"),
            ):
                a, b = day[part], day[whole]
                if a is not None and b is not None:
                    out.append((said, (part, whole), a > 1.1 * b + 0.5))
            do, temp = day["do"], day["water_temp"]
            if do is not None:
                most = saturation(temp) if temp is not None else np.full(look.days, 14.652)
                most = np.where(np.isnan(most), 14.652, most)
                out.append(
                    ("溶解氧高于水能溶的量", ("do", "water_temp"), do > threshold("impossible.do_times") * most)
                )
                if look.energy is not None:
                    out.append(
                        (
                            "没有用电而溶解氧仍高",
                            ("do", "energy"),
                            (look.energy <= look.standby) & (do > threshold("impossible.do_off")),
                        )
                    )
                nh3n = day["nh3n"]
                if nh3n is not None:
                    # Nitrifiers need oxygen: full nitrification without any is none.
                    into = look.daily("nh3n_in")
                    if into is not None:
                        out.append(
                            (
                                "没有溶解氧而氨氮几乎去尽",
                                ("do", "nh3n"),
                                (do < threshold("impossible.do_none")) & (nh3n < 0.1 * into) & (into > 10),
                            )
                        )
            level, flow = look.daily("level"), day["flow"]
            if level is not None and flow is not None:
                runs = flow > threshold("fake.flow") * look.facility.design_m3_d
                out.append(
                    ("池里没有水位而一直有水流", ("level", "flow"), (level < threshold("impossible.level")) & runs)
                )
            ph = day["ph"]
            if ph is not None:
                out.append(
                    (
                        "酸碱度出了污水可能的范围",
                        ("ph",),
                        (ph < threshold("impossible.ph_low")) | (ph > threshold("impossible.ph_high")),
                    )
                )
        return out

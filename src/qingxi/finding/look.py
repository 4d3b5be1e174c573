"""One facility's evidence laid out by day and by step of the day, once for all rules."""

from datetime import date, timedelta
from functools import cached_property

import numpy as np

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding.evidence import EventKind, Evidence
from qingxi.finding.interval import Flags, Floats, median_of
from qingxi.finding.thresholds import passive, standby_kwh_d, threshold
from qingxi.reading import DAY_S, DailySeries, Samples, day_start_s

_EXCUSES = (EventKind.POWER_CUT, EventKind.DECLARED_STOP)


class Look:
    """What the interval rules see; every array runs over the days ``first`` to ``last``, both with.

    Parameters
    ----------
    facility : Facility
    evidence : Evidence
        What lies after ``last`` is not looked at.
    """

    def __init__(self, facility: Facility, evidence: Evidence, first: date, last: date) -> None:
        if last < first:
            raise ValueError(f"last day {last} lies before the first {first}")
        self.facility, self.evidence, self.first, self.last = facility, evidence, first, last
        self.days = (last - first).days + 1
        self.start_s = day_start_s(first)
        self.standby = standby_kwh_d(facility)
        self.passive = passive(facility)
        self._grids: dict[str, Floats | None] = {}
        self._daily: dict[str, Floats | None] = {}

    def day(self, index: int) -> date:
        """The day of an index."""
        return self.first + timedelta(days=int(index))

    def index(self, day: date) -> int:
        """Index of a day; may lie outside."""
        return (day - self.first).days

    def grid(self, quantity: str) -> Floats | None:
        """Readings by day and step of the day, float64[days, steps]; NaN where there is no valid one.

        None where the facility has no samples of it; a day has one step where readings are daily or rarer.
        """
        if quantity not in self._grids:
            samples = self.evidence.samples.get(quantity)
            self._grids[quantity] = None if samples is None else self._laid_out(samples)
        return self._grids[quantity]

    def _laid_out(self, samples: Samples) -> Floats:
        steps = max(1, DAY_S // max(1, samples.span_s))
        out = np.full(self.days * steps, np.nan)
        low = np.searchsorted(samples.at_s, self.start_s)
        high = np.searchsorted(samples.at_s, self.start_s + self.days * DAY_S)
        at = (samples.at_s[low:high] - self.start_s) * steps // DAY_S
        good = samples.valid[low:high]
        out[at[good]] = samples.values[low:high][good]
        return out.reshape(self.days, steps)

    def daily(self, quantity: str) -> Floats | None:
        """Mean of each day by its samples, else the daily series; NaN where too little arrived. ``"energy"``: kWh/d."""
        if quantity not in self._daily:
            self._daily[quantity] = self._day_values(quantity)
        return self._daily[quantity]

    def _day_values(self, quantity: str) -> Floats | None:
        grid = self.grid("power" if quantity == "energy" else quantity)
        if grid is None:
            series = self.evidence.series.get(quantity)
            return None if series is None else self.series_days(series)
        known = ~np.isnan(grid)
        count = known.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(known, grid, 0.0).sum(axis=1) / count
        mean = np.where(count >= threshold("coverage.day") * grid.shape[1], mean, np.nan)
        return mean * 24.0 if quantity == "energy" else mean

    def series_days(self, series: DailySeries) -> Floats:
        """A daily series over these days; NaN where too little of a day arrived."""
        out = np.full(self.days, np.nan)
        shift = (self.first - series.first).days
        low, high = max(0, shift), min(len(series), shift + self.days)
        if low < high:
            good = series.coverage[low:high] >= threshold("coverage.day")
            out[low - shift : high - shift] = np.where(good, series.values[low:high], np.nan)
        return out

    @cached_property
    def sampled(self) -> bool:
        """Whether readings within the day are there."""
        return bool(self.evidence.samples)

    @cached_property
    def flow(self) -> Floats | None:
        return self.daily("flow")

    @cached_property
    def energy(self) -> Floats | None:
        """kWh/d; None for a plant that needs no power."""
        return None if self.passive else self.daily("energy")

    @cached_property
    def dry_line(self) -> float:
        """Flow at or below which hardly any water comes, m3/d."""
        return self.facility.design_m3_d * threshold("stopped.load")

    @cached_property
    def excused(self) -> Flags:
        """Days of a notified power cut or a declared stop."""
        out = np.zeros(self.days, dtype=np.bool_)
        for event in self.evidence.events:
            if event.kind in _EXCUSES:
                low, high = max(0, self.index(event.first)), min(self.days - 1, self.index(event.last))
                out[low : high + 1] = True
        return out

    @cached_property
    def heard(self) -> Flags:
        """Days on which any reading arrived, valid or not."""
        out = np.zeros(self.days, dtype=np.bool_)
        for samples in self.evidence.samples.values():
            at = (samples.at_s - self.start_s) // DAY_S
            out[np.unique(at[(at >= 0) & (at < self.days)])] = True
        return out

    @cached_property
    def rain(self) -> Floats | None:
        """mm/d; NaN where unknown. From the gauge's steps where only they are given."""
        if self.evidence.rain is not None:
            return self.series_days(self.evidence.rain)
        steps = self.evidence.rain_samples
        if steps is None:
            return None
        at = (steps.at_s - self.start_s) // DAY_S
        inside = (at >= 0) & (at < self.days) & steps.valid
        total = np.bincount(at[inside], weights=steps.values[inside], minlength=self.days)
        known = np.bincount(at[inside], minlength=self.days) > 0
        return np.where(known, total, np.nan)

    @cached_property
    def wet(self) -> Flags:
        """Days on which rain, today's or of the days before, may still show in a sewer; none where rain is unknown."""
        rain = self.rain
        out = np.zeros(self.days, dtype=np.bool_)
        if rain is None:
            return out
        rained = np.nan_to_num(rain) >= threshold("rain.wet_mm")
        for lag in range(int(threshold("rain.tail_days")) + 1):
            out[lag:] |= rained[: self.days - lag]
        return out

    @cached_property
    def presence(self) -> Floats:
        """People present over their usual number (the median), 1 where nobody counted them."""
        people = self.evidence.people
        if people is None:
            return np.ones(self.days)
        count = self.series_days(people)
        usual = median_of(people.values)
        if not usual > 0:
            return np.ones(self.days)
        return np.where(np.isnan(count), 1.0, count / usual)

    @cached_property
    def usual_energy(self) -> float:
        """What it draws on a day of treating, kWh/d: its own upper quartile of live days, else by its design; never below the design's low end."""
        floor = threshold("idle.kwh_per_m3_design") * self.facility.design_m3_d
        if self.energy is None:
            return floor
        live = self.energy[~np.isnan(self.energy) & (np.nan_to_num(self.energy) > self.standby)]
        own = float(np.quantile(live, 0.75)) if live.size >= threshold("usual.days") else 0.0
        return max(own, floor)

    @property
    def owes_data(self) -> bool:
        """Whether a device stands there that should be heard."""
        return self.facility.evidence is not EvidenceLevel.PAPER

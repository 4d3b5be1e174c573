// The axis' own time: days since its first midnight. Wall clock of Beijing, kept as if it were UTC, so that a browser of
// another zone draws the same days.
export const DAY = 864e5;
export const utc = (iso) => Date.parse(iso.slice(0, 10) + 'T00:00:00Z');
const two = (v) => String(v).padStart(2, '0');
const STEPS = [1 / 1440, 1 / 288, 1 / 96, 1 / 24, 1 / 8, 1 / 4, 1 / 2, 1, 2, 7, 14]; // days; beyond them, months
const MONTHS = [1, 3, 6, 12, 24, 60];

export class Time {
  constructor(from, to) {
    this.x0 = utc(from);
    this.n = Math.round((utc(to) - this.x0) / DAY) + 1; // days up to the end of today
    this.monday = (8 - new Date(this.x0).getUTCDay()) % 7;
  }
  of(iso) { return Math.round((utc(iso) - this.x0) / DAY); }
  moment(iso) { return (Date.parse(iso.slice(0, 19) + 'Z') - this.x0) / DAY; }
  when(v) { return new Date(this.x0 + Math.round(v * 864e2) * 1e3); } // whole seconds
  iso(v) { return this.when(v).toISOString().slice(0, 19); }
  day(v) { return this.iso(v).slice(5, 10); }
  clock(v) { return this.iso(v).slice(11, 16); }
  // A moment in words, as exact as what is looked at.
  stamp(v, span) {
    const said = this.iso(Math.min(Math.max(v, 0), this.n - 1e-6));
    return said.slice(0, 10) + (span < .1 ? ' ' + said.slice(11, 19) : span < 30 ? ' ' + said.slice(11, 16) : '');
  }
  monthEnd(iso) { const t = new Date(utc(iso)); return (Date.UTC(t.getUTCFullYear(), t.getUTCMonth() + 1, 1) - this.x0) / DAY; }
  // Where the lines stand: on whole minutes, hours, days, Mondays and first days of months, as a calendar has them.
  ticks(lo, hi, most) {
    const span = hi - lo, step = STEPS.find((s) => span / s <= most), out = [];
    if (step) {
      const week = step === 7 || step === 14, from = week ? Math.ceil((lo - this.monday) / step) * step + this.monday : Math.ceil(lo / step - 1e-9) * step;
      for (let v = from; v <= hi + 1e-9; v += step) out.push([v, step >= 1 || Math.abs(v - Math.round(v)) < 1e-6 ? this.day(v) : this.clock(v)]);
      return out;
    }
    const months = MONTHS.find((m) => span / 30.4 / m <= most) || 60, t = this.when(lo), long = months < 12 || span < 1500 ? 7 : 4;
    for (let m = Math.ceil((t.getUTCFullYear() * 12 + t.getUTCMonth()) / months) * months; ; m += months) {
      const at = Date.UTC(Math.floor(m / 12), m % 12, 1), v = (at - this.x0) / DAY;
      if (v > hi) return out;
      if (v >= lo) out.push([v, new Date(at).toISOString().slice(0, long)]);
    }
  }
}

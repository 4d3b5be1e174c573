// What there is to draw, in typed arrays by level: days of all the axis, then tiles of hours, of five minutes, and packets
// as they came. A tile that is not there yet is drawn from the level above it, so no zoom ever waits for the network.
const LEVELS = [ // step of a piece and length of a tile, days; least days a pixel that the level is meant for
  { name: 'daily', step: 1, tile: Infinity, least: .05 },
  { name: 'hourly', step: 1 / 24, tile: 60, least: .0035 },
  { name: 'raw', step: 1 / 288, tile: 7, least: 0 },
  { name: 'packets', step: 0, tile: 1, least: 0 },
];
const PACKETS = 3, CLOSE = 1.05; // at a day or less each packet is a dot

export class Levels {
  constructor(d, time, changed) {
    Object.assign(this, { d, time, changed, fine: d.series ? d.fine || [] : [], base: {}, kept: new Map(), daily: new Set(), asking: 0, said: 'page', newest: 0 });
    for (const [code, rows] of [['flow', d.flow], ['energy', d.power]]) this.base[code] = this.brought(rows);
  }

  // Days that lie in the page itself: their means alone.
  brought(rows) {
    const some = (rows || []).filter((r) => r[1] != null), x = Float64Array.from(some, (r) => this.time.of(r[0]) + .5), mean = Float64Array.from(some, (r) => r[1]);
    return { x, low: mean, mean, high: mean, n: some.length, step: 1, usual: 1 };
  }

  level(span, width) {
    if (span <= CLOSE) return PACKETS;
    return LEVELS.findIndex((level) => span / width >= level.least);
  }

  // Stretches that together cover a time, each [arrays, from, to), the finest there is up to the level asked for.
  cover(code, lo, hi, level, out = []) {
    if (level <= 0 || this.daily.has(code)) { if (this.base[code]) out.push([this.base[code], lo, hi]); return out; }
    const tile = LEVELS[level].tile;
    for (let t = Math.floor(lo / tile); t * tile < hi; t++) {
      const a = Math.max(lo, t * tile), b = Math.min(hi, (t + 1) * tile), got = this.kept.get(level * 1e6 + t);
      if (got?.codes) { if (got.codes[code]) out.push([got.codes[code], a, b]); } else this.cover(code, a, b, level - 1, out);
    }
    return out;
  }

  // The next tile that is lacking for what is looked at: what is seen first, then half a window on either side.
  lacking(lo, hi, level) {
    const { tile } = LEVELS[level], half = (hi - lo) / 2;
    for (const [a, b] of [[lo, hi], [lo - half, hi + half]]) {
      for (let t = Math.max(0, Math.floor(a / tile)); t * tile < Math.min(b, this.time.n); t++) if (!this.kept.has(level * 1e6 + t)) return t;
    }
    return null;
  }

  // Fetch what is lacking, one tile after the other; true when something was asked for.
  refine(lo, hi, width, busy) {
    if (!this.fine.length || this.asking) return !!this.asking;
    const level = this.level(hi - lo, width);
    if (!this.kept.has('daily')) this.fetch('daily', 0, 0, this.time.n);
    else if (level > 0) {
      const t = this.lacking(lo, hi, level), { tile } = LEVELS[level];
      if (t === null) { this.said = LEVELS[level].name; return false; }
      this.fetch(level * 1e6 + t, level, t * tile, Math.min((t + 1) * tile, this.time.n));
    } else { this.said = 'daily'; return false; }
    busy();
    return true;
  }

  async fetch(key, level, from, to) {
    this.asking++;
    const about = `?from=${this.time.iso(from)}&to=${this.time.iso(to)}&q=${this.fine.join(',')}`, step = LEVELS[level].step;
    try {
      const answer = await fetch(level === PACKETS ? this.d.packets + about : `${this.d.series}${about}&px=${Math.max(1, Math.round((to - from) / step))}`, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json(), codes = {};
      for (const code of this.fine) {
        const one = said.series[code];
        if (one) codes[code] = level === PACKETS ? this.dots(one) : pieces(one, from, step);
        if (one && level === 0 && one.source !== 'hj212') this.daily.add(code);
      }
      if (level === 0) { Object.assign(this.base, codes); for (const code of this.fine) { const b = this.base[code]; if (b?.n) this.newest = Math.max(this.newest, b.x[b.n - 1] + .5); } }
      if (level === 0 && said.newest) this.newest = this.time.moment(said.newest);
      this.kept.set(key, { codes });
      if (this.kept.size > 240) this.kept.delete([...this.kept.keys()].find((k) => k !== 'daily'));
      this.asking--;
      this.changed(true);
    } catch { this.asking--; this.changed(false); } // no network: the level above stays, the next movement asks again
  }

  // Packets as they came; the line goes through those that count.
  dots(one) {
    const all = one.at.map((s, k) => ({ s, x: (s + 28800) / 86400 - this.time.x0 / 864e5, value: one.value[k], flag: one.flag[k], version: one.version[k], newest: one.newest[k], counts: one.valid[k] && one.newest[k], late: one.late[k], kind: one.kind[k] }));
    const line = all.filter((p) => p.counts), x = Float64Array.from(line, (p) => p.x), mean = Float64Array.from(line, (p) => p.value);
    return { x, low: mean, mean, high: mean, n: line.length, step: 0, usual: usual(x, 1 / 1440), dots: all };
  }
}

// The step most neighbours have, so that a break is told from a slow beat.
function usual(x, least) {
  const steps = Float64Array.from({ length: Math.max(0, x.length - 1) }, (_, k) => x[k + 1] - x[k]).sort();
  return Math.max(steps[steps.length >> 1] || least, least);
}

function pieces(one, from, step) {
  const x = Float64Array.from(one.i, (i) => from + (i + .5) * step);
  return { x, low: Float64Array.from(one.low), mean: Float64Array.from(one.mean), high: Float64Array.from(one.high), n: x.length, step, usual: usual(x, step) };
}

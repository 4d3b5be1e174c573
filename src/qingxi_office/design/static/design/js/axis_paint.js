// One drawing of the axis on one canvas: nothing but numbers and strokes, so that a step of a zoom costs a few milliseconds.
// Columns of pixels are filled as whole rectangles; a polygon of a thousand corners costs ten times as much in software.
import { role, hatch } from './roles.js';

const ROLES = ['ink', 'ink-2', 'line', 'line-strong', 'panel', 'sunken', 'accent', 'accent-soft', 'bad', 'bad-soft', 'bad-ink', 'watch', 'watch-soft', 'watch-ink', 'good', 'good-soft', 'good-ink', 'unknown', 'unknown-soft', 's-flow', 's-power', 's-influent', 's-effluent', 's-rain', 's-limit'];

export function dress() {
  const c = { size: Math.min(parseFloat(role('fs-small')) || 13, 16) };
  for (const name of ROLES) c[name] = role(name);
  c.font = `${c.size}px ${role('font')}`; c.bold = '600 ' + c.font; c.hatch = hatch();
  return c;
}

export class Painter {
  constructor(pen, view) { this.pen = pen; this.view = view; this.wide = new Map(); }

  // The view's time as pixels.
  x(v) { const { lo, hi, left, width } = this.view; return left + (v - lo) / (hi - lo) * width; }

  measure(words) {
    let w = this.wide.get(words);
    if (w === undefined) { w = this.pen.measureText(words).width; this.wide.set(words, w); }
    return w;
  }
  dressed(c) { this.c = c; this.wide.clear(); this.lines = this.pen.createPattern(c.hatch, 'repeat'); }

  widest(words) { this.pen.font = this.c.bold; return Math.ceil(Math.max(...words.map((one) => this.pen.measureText(one).width))); }

  say(words, x, y, colour, align = 'left', base = 'middle') {
    const { pen } = this;
    pen.fillStyle = colour; pen.textAlign = align; pen.textBaseline = base; pen.fillText(words, x, y);
  }
  upright(x, top, h, colour) { this.pen.fillStyle = colour; this.pen.fillRect(Math.round(x), top, 1, h); }
  level(y, from, to, colour, dash) {
    const { pen } = this;
    pen.strokeStyle = colour; pen.lineWidth = 1.3; pen.setLineDash(dash); pen.beginPath(); pen.moveTo(from, Math.round(y) + .5); pen.lineTo(to, Math.round(y) + .5); pen.stroke(); pen.setLineDash([]);
  }
  cut(words, room) {
    if (this.measure(words) <= room) return words;
    let n = words.length;
    while (n > 1 && this.measure(words.slice(0, n) + '…') > room) n -= n > 24 ? 8 : 1;
    return n > 1 ? words.slice(0, n) + '…' : '';
  }

  all() {
    const { pen, view: s, c } = this, { d, time, left, width, panels } = s, right = left + width;
    pen.setTransform(s.dpr, 0, 0, s.dpr, 0, 0);
    pen.clearRect(0, 0, s.W, s.H);
    pen.font = c.font; pen.lineJoin = 'bevel';
    const span = s.hi - s.lo, ticks = time.ticks(s.lo, s.hi, width / (s.narrow ? 62 : 74)), today = this.x(time.of(d.today) + 1);
    for (const p of panels) {
      pen.save(); pen.beginPath(); pen.rect(left, p.top, width, p.h); pen.clip();
      for (const g of s.periods) if (g.to > s.lo && g.from < s.hi) { const a = Math.max(this.x(g.from), left), b = Math.min(this.x(g.to), right); pen.globalAlpha = .85; pen.fillStyle = c[g.kind === 'bad' ? 'bad-soft' : 'watch-soft']; pen.fillRect(a, p.top, Math.max(b - a, 1), p.h); pen.globalAlpha = 1; }
      for (const [v] of ticks) this.upright(this.x(v), p.top, p.h, c.line);
      pen.restore();
      if (p.id !== 'lanes') for (const v of p.steps) { const y = Math.round(p.y(v)); pen.fillStyle = v === 0 ? c['line-strong'] : c.line; pen.fillRect(left, y, width, 1); }
      pen.save(); pen.beginPath(); pen.rect(left, p.top - 12, width, p.h + 24); pen.clip();
      this[p.id](p, span);
      if (today > left && today < right) this.upright(today, p.top, p.h, c.ink);
      if (s.cursor !== null && s.pointed) this.upright(this.x(s.cursor), p.top, p.h, c.accent);
      pen.restore();
    }
    this.words(ticks, today);
    this.overview();
  }

  words(ticks, today) {
    const { view: s, c, pen } = this, { left, panels } = s, lanes = panels[panels.length - 1];
    for (const p of panels) {
      if (p.id !== 'lanes') for (const v of p.steps) this.say(String(v), left - 8, Math.round(p.y(v)), c['ink-2'], 'right');
      if (!p.a) continue;
      pen.font = c.bold;
      if (s.narrow) { this.say(p.a, left, p.top - 15, c.ink); const w = pen.measureText(p.a).width; pen.font = c.font; this.say(p.b, left + w + 6, p.top - 15, c['ink-2']); } else { this.say(p.a, 12, p.top + p.h / 2 - 12, c.ink); pen.font = c.font; this.say(p.b, 12, p.top + p.h / 2 + 8, c['ink-2']); }
      pen.font = c.font;
    }
    pen.font = c.bold;
    s.d.lanes.forEach((word, k) => this.say(word, s.narrow ? left - 6 : 12, lanes.top + 39 * (k + .5), c.ink, s.narrow ? 'right' : 'left'));
    pen.font = c.font;
    s.d.lanes.forEach((_, k) => { pen.fillStyle = c.line; pen.fillRect(left, lanes.top + 39 * (k + 1), s.width, 1); });
    let ends = -1;
    for (const [v, word] of ticks) {
      const x = this.x(v), half = this.measure(word) / 2;
      if (x - half < ends + 8 || x + half > s.W - 2) continue;
      ends = x + half;
      this.say(word, x, lanes.top + lanes.h + 14, c['ink-2'], 'center');
      if (!s.narrow) this.say(word, x, panels[0].top - 14, c['ink-2'], 'center');
    }
    if (today > left && today < left + s.width) this.say(s.d.words.today, today, lanes.top - 12, c.ink, today > s.W - 60 ? 'right' : 'center');
  }

  rain(p) {
    const { view: s, pen, c } = this, w = Math.max(1, this.x(1) - this.x(0));
    pen.fillStyle = c['s-rain'];
    for (const [v, mm] of s.rain) { if (v < s.lo - 1 || v > s.hi || !mm) continue; const a = this.x(v), gap = w > 6 ? Math.min(w * .15, 12) : 0; pen.fillRect(a + gap, p.top, Math.max(w - 2 * gap, 1.5), p.y(mm) - p.top); }
  }
  flow(p, span) {
    const { view: s, c } = this, { design, words } = s.d;
    this.series(p, 'flow', 's-flow', span);
    if (!design) return;
    this.level(p.y(design), s.left, s.left + s.width, c['ink-2'], [2, 3]); this.say(`${words.design} ${design}`, s.left + 4, p.y(design) - 8, c['ink-2']);
    this.level(p.y(design * .3), s.left, s.left + s.width, c['ink-2'], [2, 3]); if (p.y(design * .3) - p.y(design) > c.size + 2) this.say(words.design30, s.left + 4, p.y(design * .3) - 8, c['ink-2']);
  }
  power(p, span) { this.series(p, 'energy', 's-power', span); }
  bills(p, span) {
    const { view: s, pen, c } = this;
    for (const [a, b, kwh] of s.bills) {
      if (b < s.lo || a > s.hi) continue;
      const x = this.x(a) + 1, w = Math.max(2, this.x(b) - x - 1), y = p.y(kwh), seen = Math.min(x + w, s.left + s.width) - Math.max(x, s.left);
      pen.globalAlpha = span < 62 ? .35 : 1; pen.fillStyle = c['s-power']; pen.fillRect(x, y, w, p.top + p.h - y); pen.globalAlpha = 1;
      if (w > 34 && seen > 20) this.say(String(Math.round(kwh)), Math.max(x, s.left) + seen / 2, y - 3, c['ink-2'], 'center', 'bottom');
    }
  }
  quality(p, span) {
    const { view: s, pen, c } = this, { words, quality } = s.d;
    this.series(p, quality.code, 's-effluent', span);
    for (const { value, word } of quality.limits) { this.level(p.y(value), s.left, s.left + s.width, c['s-limit'], [6, 4]); this.say(`${word} ${value}`, s.left + 4, p.y(value) - 8, c['s-limit']); }
    // Words above the higher of the two sides and below the lower, so that they stay apart where effluent is the worse one, too.
    for (const [rows, colour, word, round, others] of [[s.labIn, 's-influent', words.in, true, s.labOut], [s.labOut, 's-effluent', words.out, false, s.labIn]]) {
      const near = rows.filter(([v], k) => (rows[k + 1]?.[0] ?? v) >= s.lo && (rows[k - 1]?.[0] ?? v) <= s.hi);
      pen.strokeStyle = pen.fillStyle = c[colour]; pen.lineWidth = 1; pen.globalAlpha = .5; pen.setLineDash([4, 3]); pen.beginPath();
      near.forEach(([v, value], k) => pen[k ? 'lineTo' : 'moveTo'](this.x(v), p.y(value)));
      pen.stroke(); pen.setLineDash([]); pen.globalAlpha = 1;
      let ends = -1;
      for (const [v, value] of near) {
        const x = this.x(v), y = p.y(value);
        pen.fillStyle = c[colour]; pen.beginPath();
        if (round) pen.arc(x, y, 4.5, 0, 7); else { pen.moveTo(x, y - 6); pen.lineTo(x + 6, y); pen.lineTo(x, y + 6); pen.lineTo(x - 6, y); }
        pen.fill();
        const said = `${word} ${value}`, half = this.measure(said) / 2, at = Math.min(Math.max(x, s.left + half + 2), s.left + s.width - half - 2);
        if (x < s.left || x > s.left + s.width || at - half < ends) continue;
        ends = at + half + 8;
        const other = others.find(([when]) => when === v)?.[1] ?? value, above = other === value ? round : value > other;
        this.say(said, at, above ? y - 9 : y + 9, c[colour], 'center', above ? 'bottom' : 'top');
      }
    }
  }

  // One quantity: what lies between the least and the greatest of a piece, its mean, hatching where nothing came.
  series(p, code, colour, span) {
    const { view: s, pen, c } = this, level = s.levels.level(span, s.width), parts = s.levels.cover(code, s.lo, s.hi, level);
    const foot = p.y(0), wide = s.width / span, line = [], holes = [], spread = [], under = [];
    let before = null, column = null;
    const flush = () => { if (column) { line.push(column.x, p.y(column.sum / column.n)); column = null; } };
    for (const [one, a, b] of parts) {
      // Beyond the edges the next piece on either side, so that the line goes on; between stretches none is twice.
      const from = a <= s.lo ? first(one, a) - 1 : first(one, a), to = b >= s.hi ? first(one, b) + 1 : first(one, b), half = one.step / 2;
      for (let k = Math.max(0, from); k < Math.min(one.n, to); k++) {
        const v = one.x[k], x = this.x(v);
        if (before !== null && v - before > one.usual * 3) { flush(); line.push(NaN, 0); holes.push(this.x(before + one.usual / 2), this.x(v - one.usual / 2)); }
        before = v;
        const px = Math.round(x);
        if (column && column.px === px) { column.sum += one.mean[k]; column.n++; column.low = Math.min(column.low, one.low[k]); column.high = Math.max(column.high, one.high[k]); } else { flush(); column = { px, x, sum: one.mean[k], n: 1, low: one.low[k], high: one.high[k], ...(half * wide < .75 ? { a: px, b: px + 1 } : { a: Math.round(x - half * wide), b: Math.round(x + half * wide) }) }; spread.push(column); }
      }
    }
    flush();
    if (s.brought) for (const [a, b] of s.gaps) holes.push(this.x(a), this.x(b));
    for (let k = 0; k < holes.length; k += 2) if (holes[k + 1] > s.left && holes[k] < s.left + s.width && holes[k + 1] - holes[k] > 1) { const a = Math.max(holes[k], s.left); pen.fillStyle = this.lines; pen.fillRect(a, p.top, Math.min(holes[k + 1], s.left + s.width) - a, p.h); }
    pen.fillStyle = c[colour]; pen.globalAlpha = .22;
    for (const one of spread) if (one.high > one.low) { const top = Math.round(p.y(one.high)); pen.fillRect(one.a, top, Math.max(1, one.b - one.a), Math.max(1, Math.round(p.y(one.low)) - top)); }
    pen.globalAlpha = .07;
    for (let k = 0; k + 3 < line.length; k += 2) if (line[k] === line[k] && line[k + 2] === line[k + 2]) { const a = Math.round(line[k]), y = Math.round(Math.min((line[k + 1] + line[k + 3]) / 2, foot)); if (line[k + 2] - a < 12) pen.fillRect(a, y, Math.round(line[k + 2]) - a, foot - y); else under.push(k); }
    for (const k of under) { pen.beginPath(); pen.moveTo(line[k], foot); pen.lineTo(line[k], line[k + 1]); pen.lineTo(line[k + 2], line[k + 3]); pen.lineTo(line[k + 2], foot); pen.fill(); }
    pen.globalAlpha = 1; pen.strokeStyle = c[colour]; pen.lineWidth = line.length > 1200 ? 1.2 : 1.8;
    pen.beginPath();
    for (let k = 0, up = true; k < line.length; k += 2) { if (line[k] !== line[k]) { up = true; continue; } if (up) { pen.moveTo(line[k], line[k + 1]); if (!(line[k + 2] === line[k + 2])) pen.lineTo(line[k] + 1, line[k + 1]); } else pen.lineTo(line[k], line[k + 1]); up = false; }
    pen.stroke();
    if (parts.some(([one]) => one.dots)) this.packets(p, parts, colour);
  }

  // Each packet a dot: full where it counts, a cross where its mark says it does not, hollow where a newer version stands.
  packets(p, parts, colour) {
    const { view: s, pen, c } = this, seen = parts.flatMap(([one, a, b]) => (one.dots || []).filter((q) => q.x >= a && q.x < b));
    const room = s.width / Math.max(1, seen.length), r = room > 14 ? 4 : room > 5 ? 3 : 1.5;
    pen.lineWidth = 1.5;
    let ends = -1;
    for (const q of seen) {
      if (q.value === null) continue;
      const x = this.x(q.x), y = Math.max(p.top, Math.min(p.y(q.value), p.top + p.h));
      pen.fillStyle = pen.strokeStyle = q.counts ? c[colour] : q.newest ? c.bad : c['ink-2'];
      pen.beginPath();
      if (!q.newest) { pen.arc(x, y, r, 0, 7); pen.stroke(); } else if (!q.counts) { pen.moveTo(x - r, y - r); pen.lineTo(x + r, y + r); pen.moveTo(x + r, y - r); pen.lineTo(x - r, y + r); pen.stroke(); } else { pen.arc(x, y, r, 0, 7); pen.fill(); }
      const said = `${+q.value.toPrecision(4)}${q.flag && q.flag !== 'N' ? ' ' + q.flag : ''}${q.version > 1 ? ' v' + q.version : ''}`, half = this.measure(said) / 2;
      if (room > 44 && x - half > ends && x > s.left && x < s.left + s.width) { ends = x + half + 6; const up = y > p.top + 18; this.say(said, x, up ? y - 7 : y + 7, c['ink-2'], 'center', up ? 'bottom' : 'top'); }
    }
  }

  lanes(p, span) {
    const { view: s, pen, c } = this, right = s.left + s.width, edge = s.narrow ? .4 : .62, mid = (lane) => p.top + 39 * (lane + .5);
    const taken = s.d.lanes.map(() => []), free = (lane, from, to) => taken[lane].every(([a, b]) => to <= a || from >= b) && taken[lane].push([from, to]);
    const seen = s.spans.filter((one) => one.to >= s.lo && one.from <= s.hi).map((one) => { const a = Math.max(this.x(one.from), s.left - 4), b = Math.min(this.x(one.to), right + 4); return { one, a, w: Math.max(b - a, 6), y: mid(one.lane) }; });
    s.hits = seen.map(({ one, a, w, y }) => [a, y - 14, w, 28, one]);
    for (const { one, a, w, y } of seen) { pen.fillStyle = c[one.kind + '-soft']; pen.strokeStyle = c[one.kind]; pen.lineWidth = 1.3; pen.fillRect(a, y - 12, w, 24); pen.strokeRect(a, y - 12, w, 24); }
    // Words inside a bar end where the next begins; beside a bar they stand only where nothing else does.
    for (const { one, a, w, y } of seen) {
      const begin = Math.max(a, s.left), others = seen.filter((o) => o.one !== one && o.one.lane === one.lane), next = Math.min(a + w, ...others.filter((o) => o.a >= a && o.a > begin).map((o) => o.a)), inside = next - begin - 14;
      if (inside > 112) { const words = this.cut(one.words, inside); if (free(one.lane, begin, begin + 8 + this.measure(words))) this.say(words, begin + 8, y, c[one.kind + '-ink']); continue; }
      if (span > 250) continue;
      const flip = a > s.left + s.width * edge, room = Math.min(flip ? a - s.left - 12 : right - a - w - 10, 200), words = room > 30 ? this.cut(one.words, room) : '', long = this.measure(words) + 8, from = flip ? a - 6 - long : a + w + 2;
      if (words && others.every((o) => from + long <= o.a || from >= o.a + o.w) && free(one.lane, from, from + long)) this.say(words, flip ? a - 6 : a + w + 6, y, c[one.kind + '-ink'], flip ? 'right' : 'left');
    }
    const done = new Set();
    for (const one of s.points) {
      const x = this.x(one.x), y = mid(one.lane), k = one.kind, place = `${one.lane}${k}${Math.round(x / 3)}`;
      if (x < s.left - 8 || x > right + 8 || (done.has(place) && !one.words)) continue; // a thousand visits need no thousand marks on as many pixels
      done.add(place);
      pen.fillStyle = pen.strokeStyle = c[{ ok: 'good', bad: 'bad', visit: 'accent', none: 'unknown', people: 'watch' }[k]];
      pen.beginPath();
      if (k === 'visit') { pen.lineWidth = 2; pen.fillStyle = c.panel; pen.fillRect(x - 5, y - 5, 10, 10); pen.strokeRect(x - 5, y - 5, 10, 10); } else if (k === 'people') { pen.fillRect(x - 7, y - 6, 14, 9); pen.moveTo(x, y + 3); pen.lineTo(x - 4, y + 8); pen.lineTo(x - 4, y + 3); pen.fill(); } else if (k === 'bad') { pen.moveTo(x, y - 8); pen.lineTo(x + 8, y + 6); pen.lineTo(x - 8, y + 6); pen.fill(); } else { pen.arc(x, y, 5.5, 0, 7); if (k === 'none') { pen.fillStyle = c['unknown-soft']; pen.lineWidth = 1.6; pen.setLineDash([2, 2]); pen.fill(); pen.stroke(); pen.setLineDash([]); } else pen.fill(); }
      s.hits.push([x - 9, y - 12, 18, 24, one]);
      const flip = x > s.W * .8, words = one.words && span <= 250 && !s.points.some((o) => o !== one && o.lane === one.lane && Math.abs(this.x(o.x) - (flip ? x - 45 : x + 45)) < 38) ? this.cut(one.words, 150) : '', long = this.measure(words) + 8;
      if (words && free(one.lane, flip ? x - 11 - long : x + 9, flip ? x - 9 : x + 11 + long)) this.say(words, x + (flip ? -11 : 11), y, k === 'bad' ? c['bad-ink'] : c.ink, flip ? 'right' : 'left');
    }
  }

  // All of the axis small, with the window that is looked at; its picture is made once.
  overview() {
    const { view: s, pen, c } = this, o = s.over, at = (v) => s.left + v / s.end * s.width, a = at(s.lo), b = Math.max(at(s.hi), a + 2);
    if (s.small) pen.drawImage(s.small, s.left, o.top, s.width, o.h);
    pen.fillStyle = c.accent; pen.globalAlpha = .13; pen.fillRect(a, o.top, b - a, o.h); pen.globalAlpha = 1;
    pen.strokeStyle = c['line-strong']; pen.lineWidth = 1; pen.strokeRect(s.left + .5, o.top + .5, s.width - 1, o.h - 1);
    for (const x of [a, b]) { pen.fillRect(Math.round(x) - 1, o.top, 2, o.h); pen.fillRect(Math.round(x) - 4, o.top + o.h / 2 - 7, 8, 14); }
  }
  miniature() {
    const { view: s, c } = this, small = document.createElement('canvas'), h = s.over.h;
    small.width = Math.max(1, Math.round(s.width * s.dpr)); small.height = Math.round(h * s.dpr);
    const pen = small.getContext('2d'), at = (v) => v / s.end * s.width, one = [s.levels.base.flow, s.levels.base.energy].find((each) => each?.n);
    pen.scale(s.dpr, s.dpr); pen.fillStyle = c.sunken; pen.fillRect(0, 0, s.width, h);
    for (const g of s.periods) { pen.fillStyle = c[g.kind === 'bad' ? 'bad' : 'watch']; pen.globalAlpha = .35; pen.fillRect(at(g.from), 0, Math.max(at(g.to) - at(g.from), 1), h); pen.globalAlpha = 1; }
    if (one) { let top = 1e-9; for (let k = 0; k < one.n; k++) top = Math.max(top, one.mean[k]); pen.fillStyle = c['line-strong']; for (let k = 0; k < one.n; k++) { const y = (h - 2) * one.mean[k] / top; pen.fillRect(at(one.x[k] - .5), h - y, Math.max(1, at(1)), y); } }
    s.small = small;
  }
}

// The first piece that is not before a time.
function first(one, v) {
  let k = 0, to = one.n;
  while (k < to) { const m = (k + to) >> 1; if (one.x[m] < v) k = m + 1; else to = m; }
  return k;
}

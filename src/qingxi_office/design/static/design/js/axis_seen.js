// The same in words: what stands at a moment, beside the pointer and read out; and a table of all that is looked at.
const BINS = [1 / 1440, 1 / 288, 1 / 96, 1 / 24, 1 / 8, 1 / 4, 1, 7, 30, 91];
const round = (v) => String(+v.toPrecision(4));

// [word, unit, code] of what is measured, in the order of the panels.
export const measured = (s) => s.panels.flatMap((p) => ({ flow: [[p.a, 'm³/d', 'flow']], power: [[p.a, 'kWh/d', 'energy']], quality: [[p.a, p.b, s.d.quality.code]] })[p.id] || []);

// What the nearest piece of each quantity says at a moment.
export function near(s, v) {
  const span = s.hi - s.lo, level = s.levels.level(span, s.width), out = [];
  for (const [word, unit, code] of measured(s)) {
    let best = null, at = 0;
    for (const [one] of s.levels.cover(code, s.lo, s.hi, level)) for (let k = 0; k < one.n; k++) if (best === null || Math.abs(one.x[k] - v) < Math.abs(at - v)) { at = one.x[k]; best = [one, k]; }
    if (best === null || Math.abs(at - v) > Math.max(span / 60, best[0].usual)) continue;
    const [one, k] = best, dot = one.dots && one.dots.find((q) => q.x === one.x[k] && q.counts);
    out.push(`${word} ${round(one.mean[k])} ${unit}` + (one.high[k] > one.low[k] ? `（${round(one.low[k])}–${round(one.high[k])}）` : '') + (dot ? ' ' + marks(s, dot) : ''));
  }
  const rain = s.rain.find(([day]) => day <= v && v < day + 1), bill = s.bills.find(([a, b]) => a <= v && v < b);
  if (rain) out.push(`${s.d.words.rain} ${rain[1]} mm/d`);
  if (bill) out.push(`${s.d.words.bills} ${round(bill[2])} kWh`);
  for (const [rows, word] of [[s.labIn, s.d.words.in], [s.labOut, s.d.words.out]]) { const lab = rows.find(([at]) => Math.floor(at) === Math.floor(v)); if (lab) out.push(`${word} ${s.d.quality.word} ${lab[1]} ${s.d.quality.unit}`.trim()); }
  return out;
}
const marks = (s, q) => [q.flag && `${s.d.words.flag} ${q.flag}`, q.version > 1 && `${s.d.words.version} ${q.version}`, q.late > 3600 && s.d.words.late].filter(Boolean).join(' ');

const cell = (row, words, kind = 'td') => { const one = document.createElement(kind); one.textContent = words; if (kind === 'th') one.scope = row.parentNode?.tagName === 'THEAD' ? 'col' : 'row'; row.append(one); return one; };

// Rows of at most some fifty stretches of what is looked at; packets one by one where they are seen one by one.
export function table(s, box) {
  const span = s.hi - s.lo, level = s.levels.level(span, s.width), cols = measured(s), head = document.createElement('thead'), body = document.createElement('tbody');
  const parts = Object.fromEntries(cols.map(([, , code]) => [code, s.levels.cover(code, s.lo, s.hi, level)]));
  const dots = Object.values(parts).some((some) => some.some(([one]) => one.dots)), bin = BINS.find((b) => span / b <= 48) || 365, rows = new Map();
  const put = (key, code, words) => { if (!rows.has(key)) rows.set(key, {}); const row = rows.get(key); row[code] = row[code] ? `${row[code]}；${words}` : words; };
  for (const [, , code] of cols) {
    const sums = new Map();
    for (const [one, a, b] of parts[code]) {
      if (dots) { for (const q of one.dots || []) if (q.x >= a && q.x < b) put(q.x, code, q.value === null ? q.flag || '–' : [round(q.value), marks(s, q), q.newest ? '' : s.d.words.replaced].filter(Boolean).join(' ')); continue; }
      for (let k = 0; k < one.n; k++) {
        if (one.x[k] < a || one.x[k] >= b) continue;
        const key = Math.floor(one.x[k] / bin + 1e-9) * bin, sum = sums.get(key) || { n: 0, mean: 0, low: Infinity, high: -Infinity };
        sum.n++; sum.mean += one.mean[k]; sum.low = Math.min(sum.low, one.low[k]); sum.high = Math.max(sum.high, one.high[k]); sums.set(key, sum);
      }
    }
    for (const [key, sum] of sums) put(key, code, round(sum.mean / sum.n) + (sum.high > sum.low ? `（${round(sum.low)}–${round(sum.high)}）` : ''));
  }
  if (!dots) for (const [v, mm] of s.rain) if (mm && v + .5 >= s.lo && v < s.hi) { const key = Math.floor(v / bin + 1e-9) * bin, row = rows.get(key) || {}; row.mm = (row.mm || 0) + mm; rows.set(key, row); }
  const top = head.appendChild(document.createElement('tr'));
  cell(top, s.d.words.time, 'th');
  for (const [word, unit] of cols) cell(top, `${word} ${unit}`.trim(), 'th').className = 'num';
  if (s.rain.length && !dots) cell(top, `${s.d.words.rain} mm`, 'th').className = 'num';
  const keys = [...rows.keys()].sort((a, b) => a - b);
  const packet = (dots && s.d.packetsOf && packetsAt(Object.values(parts).flat())) || new Map();
  for (const key of keys.slice(0, 400)) {
    const tr = body.appendChild(document.createElement('tr')), row = rows.get(key);
    const words = s.time.stamp(key, dots ? 0 : bin < 1 ? 1 : 999), time = cell(tr, packet.has(key) ? '' : words, 'th');
    time.className = 'nowrap';
    if (packet.has(key)) { const to = time.appendChild(document.createElement('a')); to.textContent = words; to.href = `${s.d.packetsOf.replace('/day/', `/${s.time.iso(Math.floor(key + 1e-9)).slice(0, 10)}/`)}?at=${packet.get(key).s}&kind=${packet.get(key).kind}`; }
    for (const [, , code] of cols) cell(tr, row[code] ?? '–').className = 'num';
    if (s.rain.length && !dots) cell(tr, row.mm ? round(row.mm) : '–').className = 'num';
  }
  const own = box.querySelector('table'), events = box.querySelector('[data-events]');
  own.replaceChildren(own.caption, head, body);
  box.querySelector('[data-stretch]').textContent = `${s.time.stamp(s.lo, span)} — ${s.time.stamp(s.hi, span)}`;
  events.replaceChildren(...s.spans.filter((e) => e.to >= s.lo && e.from <= s.hi).concat(s.points.filter((e) => e.x >= s.lo && e.x <= s.hi)).sort((a, b) => (a.from ?? a.x) - (b.from ?? b.x)).slice(-120).map((e) => {
    const li = document.createElement('li'), says = said(s, e), into = e.href ? li.appendChild(document.createElement('a')) : li;
    if (e.href) into.href = e.href;
    into.textContent = says;
    return li;
  }));
}

// The packet that counts at each moment, or the last that was said.
const packetsAt = (parts) => { const at = new Map(); for (const [one] of parts) for (const q of one.dots || []) if (!at.has(q.x) || q.newest) at.set(q.x, q); return at; };

// A mark of the lanes in words.
export function said(s, e) {
  const when = e.from === undefined ? s.time.stamp(e.x, e.at ? 1 : 999) : `${s.time.stamp(e.from, 999)} – ${s.time.stamp(e.to - .01, 999)}`;
  return `${when} ${s.d.lanes[e.lane]} ${e.says || e.words || s.d.words[e.kind] || ''}`.trim();
}

// One time axis of a facility: rain from above, flow, power, one quality of the water, and five lanes of what people did and said. It zooms from
// years to minutes by wheel, drag, two fingers, keys and buttons. All of it is one canvas, drawn at most once a frame from
// what is there (axis_levels.js); finer pieces are fetched beside and drawn when they come.
import { json } from './roles.js';
import { Time } from './axis_time.js';
import { Levels } from './axis_levels.js';
import { Painter, dress } from './axis_paint.js';
import { near, said, table } from './axis_seen.js';

const LEAST = 10 / 1440; // ten minutes: nothing closer is measured
const step = (top) => { const raw = top / 3, base = 10 ** Math.floor(Math.log10(raw)); return [1, 2, 2.5, 5, 10].map((k) => k * base).find((one) => one >= raw); };

export function axis(el, d) {
  const time = new Time(d.from, d.to), { n } = time, end = n + 1, X = (iso) => time.of(iso), has = (rows) => rows && rows.length;
  const canvas = el.appendChild(document.createElement('canvas')), pen = canvas.getContext('2d'), fine = d.fine || [];
  const s = { d, time, n, end, lo: Math.max(0, d.view ? X(d.view) : 0), hi: end, cursor: n - .5, pointed: false, hits: [], brought: true };
  s.periods = d.periods.map((p) => ({ from: Math.max(X(p.from), 0), to: Math.min(X(p.to) + 1, n), kind: p.kind }));
  s.spans = d.spans.map((one) => ({ ...one, from: X(one.from), to: X(one.to) + 1 })).sort((a, b) => (b.kind === 'good') - (a.kind === 'good') || a.from - b.from); // what is open lies above what is done
  s.points = d.points.map((one) => ({ ...one, x: X(one.day) + (one.at || .5) }));
  s.gaps = d.gaps.map(([a, b]) => [X(a), X(b) + 1]);
  s.rain = (d.rain || []).map(([day, mm]) => [X(day), mm]);
  s.bills = (d.bills || []).map(([day, kwh]) => [X(day), time.monthEnd(day), kwh]);
  [s.labIn, s.labOut] = [d.quality.in, d.quality.out].map((rows) => rows.map(([day, value]) => [X(day) + .5, value]));
  s.levels = new Levels(d, time, arrived);
  const painter = new Painter(pen, s), box = document.querySelector('[data-seen]'), out = document.querySelector('[data-readout]');
  const tip = el.appendChild(document.createElement('div'));
  tip.className = 'q-axis-tip'; tip.hidden = true;

  // Panels from above; a scale stays as it is while the window moves, so that nothing jumps.
  const panels = s.panels = [];
  if (has(d.rain)) panels.push({ id: 'rain', h: 54, a: d.words.rain, b: 'mm/d' });
  if (has(d.flow) || fine.includes('flow')) panels.push({ id: 'flow', h: 120, a: d.words.flow, b: 'm³/d' });
  if (has(d.power) || fine.includes('energy')) panels.push({ id: 'power', h: 96, a: d.words.power, b: 'kWh/d' });
  if (has(d.bills)) panels.push({ id: 'bills', h: 120, a: d.words.bills, b: 'kWh' });
  if (has(s.labIn) || has(s.labOut) || fine.includes(d.quality.code)) panels.push({ id: 'quality', h: 132, a: d.quality.word, b: d.quality.unit });
  panels.push({ id: 'lanes', h: 39 * d.lanes.length });
  let y = 34;
  for (const p of panels) { p.top = y; y += p.h + 36; }
  s.over = { top: y - 2, h: 26 }; s.H = y + 32;
  el.style.height = s.H + 'px';

  const most = (code) => { const b = s.levels.base[code]; let top = 0; if (b) for (let k = 0; k < b.n; k++) top = Math.max(top, b.high[k]); return top; };
  const tops = { rain: () => Math.max(10, ...s.rain.map((r) => r[1])), flow: () => Math.max(most('flow'), (d.design || 0) * 1.25), power: () => most('energy'), bills: () => Math.max(...s.bills.map((b) => b[2])) * 1.15, quality: () => Math.max(most(d.quality.code), ...d.quality.limits.map((one) => one.value * 1.25), ...s.labIn.concat(s.labOut).map((r) => r[1] * 1.15)) };
  function scales() {
    for (const p of panels) {
      if (p.id === 'lanes') continue;
      const each = step(tops[p.id]() || 1), top = Math.ceil((tops[p.id]() || 1) / each - 1e-9) * each;
      p.steps = Array.from({ length: Math.round(top / each) + 1 }, (_, k) => +(k * each).toPrecision(6));
      p.y = p.id === 'rain' ? (v) => p.top + v / top * p.h : (v) => p.top + p.h - v / top * p.h;
    }
  }
  function laid() {
    s.W = el.clientWidth; s.narrow = s.W < 600; s.dpr = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.round(s.W * s.dpr); canvas.height = Math.round(s.H * s.dpr); canvas.style.width = s.W + 'px'; canvas.style.height = s.H + 'px';
    painter.dressed(dress());
    s.left = Math.max(s.narrow ? 64 : 104, painter.widest(d.lanes) + (s.narrow ? 12 : 24), s.narrow ? 0 : painter.widest(panels.map((p) => p.a || '')) + 56); s.width = Math.max(60, s.W - s.left - 20);
    painter.miniature(); ask();
  }

  // One drawing a frame, whatever number of steps were asked for; what is finer is asked for beside it.
  let frame = 0, rest = 0, last = 0, opening = document.querySelector('[data-weeks].on');
  if (!(+opening?.dataset.weeks < 1 && +opening.dataset.weeks)) opening = null; // an hour or a day ends at the newest reading
  const busy = () => el.setAttribute('aria-busy', 'true');
  function ask() { frame ||= requestAnimationFrame(paint); }
  function paint() {
    frame = 0;
    const begun = performance.now();
    painter.all();
    el.qx.work = performance.now() - begun; // ms of this drawing, for benchmarks
  }
  function moved() {
    ask(); busy(); clearTimeout(rest); rest = setTimeout(rested, 140);
    if (performance.now() - last > 300) { last = performance.now(); s.levels.refine(s.lo, s.hi, s.width, busy); }
  }
  function rested() {
    if (!s.levels.refine(s.lo, s.hi, s.width, busy)) { el.removeAttribute('aria-busy'); el.dataset.level = s.levels.said; }
    if (box?.open) table(s, box);
  }
  function arrived(well) {
    if (well && opening && s.levels.newest) { const chip = opening; opening = null; chip.click(); }
    if (well) { s.brought = s.brought && !s.levels.kept.has('daily'); scales(); painter.miniature(); ask(); }
    if (well && s.levels.refine(s.lo, s.hi, s.width, busy)) return;
    el.removeAttribute('aria-busy'); el.dataset.level = s.levels.said;
    if (box?.open) table(s, box);
  }
  function zoom(a, b) {
    const w = Math.min(end, Math.max(LEAST, b - a)), from = Math.min(Math.max(0, a), end - w);
    s.lo = from; s.hi = from + w; moved();
  }
  const about = (v, factor) => zoom(v - (v - s.lo) * factor, v + (s.hi - v) * factor), at = (px) => s.lo + (px - s.left) / s.width * (s.hi - s.lo), chosen = (chip) => windows.forEach((one) => one.classList.toggle('on', one === chip));

  // Wheel with Ctrl (a pinch on a pad says the same) zooms, sideways moves; a plain wheel scrolls the page.
  canvas.addEventListener('wheel', (e) => {
    const side = e.shiftKey && !e.deltaX ? e.deltaY : e.deltaX;
    if (e.ctrlKey || e.metaKey) { chosen(null); about(at(e.offsetX), Math.exp(Math.max(-60, Math.min(60, e.deltaY)) * .006)); } else if (Math.abs(side) > Math.abs(e.shiftKey ? 0 : e.deltaY)) { const by = side / s.width * (s.hi - s.lo); chosen(null); zoom(s.lo + by, s.hi + by); } else return;
    e.preventDefault();
  }, { passive: false });
  // One pointer draws the window along, two open and close it; below, the overview's handles do.
  const down = new Map();
  let held = null, far = 0;
  canvas.addEventListener('pointerdown', (e) => {
    if (e.button) return;
    canvas.setPointerCapture(e.pointerId); down.set(e.pointerId, e.offsetX); far = 0;
    const small = (v) => s.left + v / end * s.width;
    held = e.offsetY >= s.over.top - 6 ? (Math.abs(e.offsetX - small(s.lo)) < 12 ? 'lo' : Math.abs(e.offsetX - small(s.hi)) < 12 ? 'hi' : 'window') : 'axis';
    if (held === 'window' && (e.offsetX < small(s.lo) || e.offsetX > small(s.hi))) { const mid = (e.offsetX - s.left) / s.width * end, w = (s.hi - s.lo) / 2; chosen(null); zoom(mid - w, mid + w); }
  });
  canvas.addEventListener('pointermove', (e) => {
    const before = down.get(e.pointerId);
    if (before === undefined) { point(e); return; }
    const by = e.offsetX - before, w = s.hi - s.lo;
    down.set(e.pointerId, e.offsetX); far += Math.abs(by);
    if (far > 4) { hide(); chosen(null); }
    if (down.size === 2) {
      const [a, b] = [...down.values()], other = before === a ? b : a === e.offsetX ? b : a, was = Math.abs(before - other), now = Math.abs(e.offsetX - other);
      if (was > 8 && now > 8) { const v = at((before + other) / 2), k = was / now, mid = (e.offsetX + other) / 2; zoom(v - (mid - s.left) / s.width * w * k, v + (1 - (mid - s.left) / s.width) * w * k); }
    } else if (held === 'axis') { const go = by / s.width * w; zoom(s.lo - go, s.hi - go); } else if (held === 'window') { const go = by / s.width * end; zoom(s.lo + go, s.hi + go); } else if (held === 'lo') zoom(Math.min(s.lo + by / s.width * end, s.hi - LEAST), s.hi); else zoom(s.lo, Math.max(s.hi + by / s.width * end, s.lo + LEAST));
  });
  const up = (e) => {
    const was = down.delete(e.pointerId);
    if (!was || down.size || far > 4 || held !== 'axis' || e.type === 'pointercancel') return;
    const hit = over(e);
    if (hit?.href && e.pointerType === 'mouse') location.href = hit.href; else point(e);
  };
  canvas.addEventListener('pointerup', up); canvas.addEventListener('pointercancel', up);
  canvas.addEventListener('dblclick', (e) => { chosen(null); about(at(e.offsetX), .5); });
  canvas.addEventListener('pointerleave', () => { if (!down.size) hide(); });

  const over = (e) => { const hit = s.hits.findLast(([a, b, w, h]) => e.offsetX >= a && e.offsetX <= a + w && e.offsetY >= b && e.offsetY <= b + h); return hit && hit[4]; };
  function hide() { tip.hidden = true; if (s.pointed) { s.pointed = false; ask(); } }
  function point(e) {
    const hit = over(e), v = at(e.offsetX);
    canvas.style.cursor = hit?.href ? 'pointer' : '';
    if (e.offsetX < s.left || v > n || e.offsetY > s.over.top - 6) { hide(); return; }
    s.cursor = v; s.pointed = true; ask();
    show(hit ? [said(s, hit)] : [time.stamp(v, s.hi - s.lo), ...near(s, v)], e.offsetX, e.offsetY);
  }
  function show(lines, x, top) {
    tip.textContent = lines.join('\n'); tip.hidden = false;
    const w = tip.offsetWidth, h = tip.offsetHeight;
    tip.style.left = Math.max(4, x + w + 16 > s.W ? x - w - 12 : x + 14) + 'px'; tip.style.top = Math.max(4, Math.min(top + 14, s.H - h - 4)) + 'px';
  }

  // Buttons: a length of time, up to now where now is looked at, else about the middle of it.
  const windows = [...document.querySelectorAll('[data-weeks]')];
  for (const chip of windows) chip.addEventListener('click', (e) => {
    e.preventDefault(); chosen(chip);
    const days = +chip.dataset.weeks * 7, now = days < 7 && s.levels.newest ? Math.min(s.levels.newest + days * .04, end) : days < 7 ? n : end;
    if (!days) zoom(0, end); else if (s.hi >= now - .5 || days >= 7) zoom(days < 7 ? now - days : n - days, now); else zoom((s.lo + s.hi - days) / 2, (s.lo + s.hi + days) / 2);
    history.replaceState(null, '', chip.getAttribute('href'));
    for (const other of document.querySelectorAll('[data-quality]')) { const to = new URL(location); to.searchParams.set('quality', other.dataset.quality); other.href = to.search; }
  });
  for (const button of document.querySelectorAll('[data-zoom]')) button.addEventListener('click', () => { chosen(null); about(Math.min(Math.max(s.cursor, s.lo), s.hi), +button.dataset.zoom); });

  // By keyboard: a step left and right with its figures read out, + and - zoom, Home shows everything, End what is newest.
  el.tabIndex = 0;
  el.addEventListener('keydown', (e) => {
    const w = s.hi - s.lo, one = w > 20 ? 1 : w > 3 ? 1 / 24 : w > .2 ? 1 / 96 : 1 / 1440, keys = { ArrowLeft: -one, ArrowRight: one, PageUp: -w / 2, PageDown: w / 2 };
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key in keys) {
      s.cursor = Math.min(n - one / 2, Math.max(one / 2, s.cursor + keys[e.key]));
      if (s.cursor < s.lo || s.cursor > s.hi) zoom(s.cursor - w / 2, s.cursor + w / 2);
      s.pointed = true; ask();
      const lines = [time.stamp(s.cursor, w), ...near(s, s.cursor)];
      show(lines, painter.x(s.cursor), panels[0].top);
      if (out) out.textContent = lines.join('，');
    } else if (e.key === '+' || e.key === '=') about(s.cursor, .5);
    else if (e.key === '-') about(s.cursor, 2);
    else if (e.key === '0' || e.key === 'Home') zoom(0, end);
    else if (e.key === 'End') { s.cursor = s.levels.newest || n - .5; zoom(end - w, end); } else if (e.key === 'Escape' && !tip.hidden) hide();
    else return;
    if (!(e.key in keys)) chosen(null);
    e.preventDefault();
  });
  el.addEventListener('blur', hide);

  box?.addEventListener('toggle', () => { if (box.open) table(s, box); });
  el.qx = { window: () => [s.lo, s.hi], zoom, view: s, work: 0 };
  scales(); laid();
  new ResizeObserver(() => { if (el.clientWidth && el.clientWidth !== s.W) laid(); }).observe(el);
  new MutationObserver(laid).observe(document.documentElement, { attributes: true, attributeFilter: ['data-bs-theme', 'data-q-size'] });
  cancelAnimationFrame(frame); paint();
  el.dataset.drawn = '1';
  // Days of all the axis come once the page stands, so that zooming out never meets an empty edge.
  if (fine.length && d.series) setTimeout(() => s.levels.refine(s.lo, s.hi, s.width, busy), 60);
}

for (const el of document.querySelectorAll('[data-chart="axis"]')) { const data = json(el.dataset.from); if (data) axis(el, data); }

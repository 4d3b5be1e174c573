// One time axis of a facility: rain from above, flow, power, COD, and five lanes of what people did and said. It zooms from
// years to minutes: what the page brings along is drawn at once, finer pieces are fetched for what is looked at. Times are
// Beijing's wall clock, kept as if they were UTC, so that a browser of another zone draws the same days.
import { role, hatch } from './roles.js';
import { DAY, draw, line, nice, text, title } from './pen.js';

const utc = (iso) => Date.parse(iso.slice(0, 10) + 'T00:00:00Z');
const two = (v) => String(v).padStart(2, '0');
const STEPS = [1 / 1440, 1 / 288, 1 / 96, 1 / 24, 1 / 8, 1 / 4, 1 / 2, 1, 2, 7, 14]; // days; beyond them, months
const MONTHS = [1, 3, 6, 12, 24, 60];
const LEAST = 10 / 1440; // ten minutes: nothing closer is measured

// A line with its gaps: a break longer than three usual steps is hatched, never bridged.
function pieces(one, first, step) {
  const dayOnly = one.source === 'vendor' || one.source === 'books', middle = dayOnly && step < 1 ? .5 : step / 2;
  const xs = one.i.map((i) => first + i * step + middle), steps = xs.slice(1).map((x, k) => x - xs[k]).sort((a, b) => a - b);
  const usual = Math.max(steps[Math.floor(steps.length / 2)] || step, dayOnly ? 1 : step), rows = [], gaps = [];
  xs.forEach((x, k) => {
    if (k && x - xs[k - 1] > usual * 3) { rows.push([x, null]); gaps.push([xs[k - 1] + usual / 2, x - usual / 2]); }
    rows.push([x, one.mean[k]]);
  });
  const band = xs.flatMap((x, k) => one.high[k] > one.low[k] ? [[x, one.low[k], one.high[k]]] : []);
  return { rows, gaps, band };
}

export function axis(el, d) {
  const x0 = utc(d.from), n = Math.round((utc(d.to) - x0) / DAY) + 1, end = n + 1, X = (iso) => Math.round((utc(iso) - x0) / DAY);
  const narrow = el.clientWidth < 600, T = text(), left = narrow ? 64 : 104, has = (rows) => rows && rows.length;
  const when = (v) => new Date(x0 + v * DAY);
  const day = (v) => { const t = when(v); return two(t.getUTCMonth() + 1) + '-' + two(t.getUTCDate()); };
  const clock = (v) => { const t = when(v + 1e-7); return two(t.getUTCHours()) + ':' + two(t.getUTCMinutes()); };
  const iso = (v) => when(v).toISOString().slice(0, 19);
  let lo = Math.max(0, d.view ? X(d.view) : 0), hi = end, cursor = n - .5;
  const span = () => hi - lo;
  // Where the lines stand: on whole minutes, hours, days, Mondays and first days of months, as a calendar has them.
  function ticks() {
    const most = (el.clientWidth - left) / (narrow ? 62 : 74), step = STEPS.find((s) => span() / s <= most), out = [];
    if (step) {
      const from = step === 7 || step === 14 ? Math.ceil((lo - monday) / step) * step + monday : Math.ceil(lo / step - 1e-9) * step;
      for (let v = from; v <= hi + 1e-9; v += step) out.push(+v.toFixed(6));
      return { out, name: (v) => step >= 1 || Math.abs(v - Math.round(v)) < 1e-6 ? day(v) : clock(v) };
    }
    const months = MONTHS.find((m) => span() / 30.4 / m <= most) || 60, t = when(lo);
    for (let m = Math.ceil((t.getUTCFullYear() * 12 + t.getUTCMonth()) / months) * months; ; m += months) {
      const v = (Date.UTC(Math.floor(m / 12), m % 12, 1) - x0) / DAY;
      if (v > hi) break;
      if (v >= lo) out.push(v);
    }
    return { out, name: (v) => months < 12 || span() < 1500 ? iso(v).slice(0, 7) : iso(v).slice(0, 4) };
  }
  const monday = (8 - when(0).getUTCDay()) % 7;

  const fine = d.fine || [], panels = [];
  if (has(d.rain)) panels.push({ id: 'rain', h: 54, a: d.words.rain, b: 'mm/d' });
  if (has(d.flow) || fine.includes('flow')) panels.push({ id: 'flow', h: 120, a: d.words.flow, b: 'm³/d' });
  if (has(d.power) || fine.includes('energy')) panels.push({ id: 'power', h: 96, a: d.words.power, b: 'kWh/d' });
  if (has(d.bills)) panels.push({ id: 'bills', h: 120, a: d.words.bills, b: 'kWh' });
  if (has(d.cod_in) || has(d.cod_out) || fine.includes('cod')) panels.push({ id: 'cod', h: 132, a: 'COD', b: 'mg/L' });
  panels.push({ id: 'lanes', h: 39 * d.lanes.length });
  let y = 34;
  panels.forEach((p) => { p.top = y; y += p.h + 36; });
  const last = panels.length - 1;
  el.style.height = (y + 44) + 'px';

  const grid = panels.map((p) => ({ left, right: 20, top: p.top, height: p.h }));
  const drawnTicks = () => { const { out, name } = ticks(); return panels.map(() => ({ axisLabel: { customValues: out, formatter: name }, axisTick: { customValues: out }, splitLine: { customValues: out } })); };
  const xAxes = () => panels.map((p, i) => ({ type: 'value', gridIndex: i, min: 0, max: end, axisLabel: { ...T, show: i === last || (i === 0 && !narrow), hideOverlap: true }, position: i === 0 && last > 0 ? 'top' : 'bottom', axisTick: { show: false }, axisLine: { show: i !== 0 || last === 0, onZero: false, lineStyle: { color: role('line-strong') } }, splitLine: { show: true, lineStyle: { color: role('line') } } }));
  const yAxis = panels.map((p, i) => p.id === 'lanes'
    ? { type: 'category', gridIndex: i, inverse: true, data: d.lanes, axisLabel: { ...T, color: role('ink'), fontWeight: 600, margin: narrow ? 6 : 14, align: narrow ? 'right' : 'left', padding: narrow ? 0 : [0, 0, 0, -78] }, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: role('line') } } }
    : { gridIndex: i, inverse: p.id === 'rain', min: 0, ...(p.id === 'flow' && d.design ? { max: (v) => Math.max(v.max, d.design) > d.design * 1.25 ? null : nice(d.design * 1.25) } : {}), splitNumber: p.id === 'rain' ? 2 : 3, axisLabel: T, splitLine: { lineStyle: { color: role('line') } }, axisLine: { show: false }, axisTick: { show: false } });

  const tint = (kind) => kind === 'bad' ? role('bad-soft') : role('watch-soft');
  const shade = d.periods.map((p) => [{ xAxis: Math.max(X(p.from), 0), itemStyle: { color: tint(p.kind), opacity: .85 } }, { xAxis: Math.min(X(p.to) + 1, n) }]);
  const hatched = (gaps) => gaps.map((g) => [{ xAxis: g[0], itemStyle: { color: { image: hatch(), repeat: 'repeat' } } }, { xAxis: g[1] }]);
  const brought = hatched(d.gaps.map((g) => [X(g[0]), X(g[1]) + 1]));
  const todayLine = { xAxis: X(d.today) + 1, lineStyle: { type: 'solid', color: role('ink'), width: 1 }, label: { show: false } };
  const today = (show) => ({ silent: true, symbol: 'none', lineStyle: { color: role('ink'), type: 'solid', width: 1 }, label: { show, formatter: d.words.today, position: 'start', fontSize: T.fontSize, color: role('ink'), distance: 3 }, data: [{ xAxis: X(d.today) + 1 }] });
  const monthEnd = (first) => { const t = new Date(utc(first)); return (Date.UTC(t.getUTCFullYear(), t.getUTCMonth() + 1, 1) - x0) / DAY; };
  const pts = (rows) => rows.map((r) => [X(r[0]) + .5, r[1]]);
  const area = (gaps) => ({ silent: true, data: [...shade, ...gaps] });
  // What lies between the least and the greatest of a piece, behind its mean: one outline of what is looked at, a column
  // of pixels at a time, out of typed arrays; a shape for each piece took most of a frame.
  const bands = {};
  const keepBand = (id, rows, step) => {
    const b = { n: rows.length, step, x: new Float64Array(rows.length), low: new Float64Array(rows.length), high: new Float64Array(rows.length) };
    let least = Infinity, most = -Infinity;
    rows.forEach((r, k) => { b.x[k] = r[0]; b.low[k] = r[1]; b.high[k] = r[2]; least = Math.min(least, r[1]); most = Math.max(most, r[2]); });
    bands[id] = b;
    return b.n ? [[b.x[0], least, most]] : []; // the axis has to reach that far
  };
  function outline(b, coord) {
    const o = coord([0, 0]), u = coord([1, 0])[0] - o[0], v = coord([0, 1])[1] - o[1], runs = [];
    let k = 0, to = b.n, run = null, end = -Infinity;
    while (k < to) { const m = (k + to) >> 1; if (b.x[m] < lo - b.step) k = m + 1; else to = m; } // the first that is seen
    for (; k < b.n && b.x[k] <= hi + b.step; k++) {
      const x = Math.round(o[0] + b.x[k] * u), top = o[1] + b.high[k] * v, foot = o[1] + b.low[k] * v;
      if (!run || b.x[k] - end > b.step * 3.001) runs.push(run = []);
      const last = run[run.length - 1];
      if (last && last[0] === x) { last[1] = Math.min(last[1], top); last[2] = Math.max(last[2], foot); } else run.push([x, top, foot]);
      end = b.x[k];
    }
    return runs.map((r) => {
      if (r.length === 1) r.push([r[0][0] + Math.max(1, b.step * u), r[0][1], r[0][2]]);
      return [...r.map((c) => [c[0], c[1]]), ...r.reverse().map((c) => [c[0], Math.max(c[2], c[1] + 1)])];
    });
  }
  const band = (id, on, colour, data) => ({ id: id + '-band', type: 'custom', ...on, silent: true, clip: true, data: keepBand(id, data, 1), encode: { x: 0, y: [1, 2] }, tooltip: { show: false }, renderItem: (q, api) => ({
    type: 'group', children: outline(bands[id], api.coord).map((points) => ({ type: 'polygon', shape: { points }, style: { fill: role(colour), opacity: .22 } })),
  }) });

  const series = [];
  panels.forEach((p, i) => {
    const on = { xAxisIndex: i, yAxisIndex: i };
    if (p.id === 'rain') series.push({ id: 'rain', type: 'bar', ...on, barWidth: Math.max(2, 490 / n), itemStyle: { color: role('s-rain') }, data: pts(d.rain), markLine: today(false) });
    if (p.id === 'flow') series.push(band('flow', on, 's-flow', []), { id: 'flow', type: 'line', ...on, symbol: 'none', connectNulls: false, lineStyle: { width: 1.8, color: role('s-flow') }, areaStyle: { color: role('s-flow'), opacity: .07 }, data: pts(d.flow), markArea: area(brought), markLine: { ...line(d.design, d.words.design + ' ' + d.design, role('ink-2'), 'dotted'), data: [{ yAxis: d.design }, { yAxis: d.design * .3, label: { formatter: d.words.design30 } }, todayLine] } });
    if (p.id === 'power') series.push(band('energy', on, 's-power', []), { id: 'energy', type: 'line', ...on, symbol: 'none', connectNulls: false, lineStyle: { width: 1.8, color: role('s-power') }, areaStyle: { color: role('s-power'), opacity: .08 }, data: pts(d.power), markLine: today(false), markArea: area(brought) });
    if (p.id === 'bills') series.push({ id: 'bills', type: 'custom', ...on, clip: true, data: d.bills.map((r) => [X(r[0]) + 15, r[1], X(r[0]), monthEnd(r[0])]), encode: { x: 0, y: 1 }, markArea: area([]), renderItem: (q, api) => {
      const a = api.coord([api.value(2), api.value(1)]), b = api.coord([api.value(3), 0]), w = Math.max(2, b[0] - a[0] - 2);
      return { type: 'group', children: [{ type: 'rect', shape: { x: a[0] + 1, y: a[1], width: w, height: b[1] - a[1] }, style: { fill: role('s-power'), opacity: span() < 62 ? .35 : 1 } }, ...(w > 34 ? [{ type: 'text', x: a[0] + 1 + w / 2, y: a[1] - 3, style: { text: String(Math.round(api.value(1))), fill: role('ink-2'), fontSize: T.fontSize, fontFamily: role('font'), align: 'center', verticalAlign: 'bottom' } }] : [])] };
    } });
    if (p.id === 'cod') {
      const crowd = d.cod_in.length + d.cod_out.length > 24;
      if (fine.includes('cod')) series.push({ id: 'cod', type: 'line', ...on, symbol: 'none', connectNulls: false, lineStyle: { width: 1.4, color: role('s-effluent') }, data: [] });
      series.push({ id: 'cod-in', type: 'line', ...on, symbol: 'circle', symbolSize: 9, lineStyle: { width: 1, type: 'dashed', color: role('s-influent'), opacity: .5 }, itemStyle: { color: role('s-influent') }, data: pts(d.cod_in), label: { show: !crowd, position: 'top', formatter: (q) => d.words.in + ' ' + q.value[1], color: role('s-influent'), fontSize: T.fontSize }, labelLayout: { hideOverlap: true } });
      series.push({ id: 'cod-out', type: 'line', ...on, symbol: 'diamond', symbolSize: 11, lineStyle: { width: 1, type: 'dashed', color: role('s-effluent'), opacity: .5 }, itemStyle: { color: role('s-effluent') }, data: pts(d.cod_out), label: { show: !crowd, position: 'right', formatter: (q) => d.words.out + ' ' + q.value[1], color: role('s-effluent'), fontSize: T.fontSize }, labelLayout: { hideOverlap: true }, markLine: d.limit_cod ? { ...line(d.limit_cod, d.words.limit + ' ' + d.limit_cod, role('s-limit'), 'dashed') } : undefined, markArea: area([]) });
    }
    if (p.id === 'lanes') series.push(...lanes(on));
  });

  function lanes(on) {
    const room = () => el.clientWidth * (narrow ? .4 : .62);
    return [{ id: 'spans', type: 'custom', ...on, clip: true, data: d.spans.map((s) => [X(s.from), s.lane]), markLine: today(true), markArea: area([]), renderItem: (q, api) => {
      const s = d.spans[q.dataIndex];
      if (X(s.to) + 1 < lo || X(s.from) > hi) return null;
      const a = api.coord([Math.max(X(s.from), lo), s.lane]), b = api.coord([Math.min(X(s.to) + 1, hi, n), s.lane]), w = Math.max(b[0] - a[0], 6), k = s.kind, big = w > 130, flip = !big && a[0] > room();
      const words = !big && span() > 250 ? '' : s.words;
      return { type: 'group', children: [{ type: 'rect', shape: { x: a[0], y: a[1] - 12, width: w, height: 24, r: 3 }, style: { fill: role(k + '-soft'), stroke: role(k), lineWidth: 1.3 } }, { type: 'text', x: big ? a[0] + 8 : flip ? a[0] - 6 : a[0] + w + 6, y: a[1], style: { text: words, fill: role(k + '-ink'), fontSize: T.fontSize, fontFamily: role('font'), fontWeight: 500, verticalAlign: 'middle', align: flip ? 'right' : 'left', width: big ? w - 12 : flip ? Math.max(b[0] - left - 30, 20) : 200, overflow: 'truncate' } }] };
    } }, { id: 'points', type: 'custom', ...on, clip: true, data: d.points.map((s) => [X(s.day) + (s.at || .5), s.lane]), renderItem: (q, api) => {
      const s = d.points[q.dataIndex], c = api.coord([X(s.day) + (s.at || .5), s.lane]), k = s.kind, colour = { ok: role('good'), bad: role('bad'), visit: role('accent'), none: role('unknown'), people: role('watch') }[k];
      const shape = k === 'visit' ? { type: 'rect', shape: { x: c[0] - 5, y: c[1] - 5, width: 10, height: 10 }, style: { fill: role('panel'), stroke: colour, lineWidth: 2 } }
        : k === 'people' ? { type: 'polygon', shape: { points: [[c[0] - 7, c[1] - 6], [c[0] + 7, c[1] - 6], [c[0] + 7, c[1] + 3], [c[0], c[1] + 3], [c[0] - 4, c[1] + 8], [c[0] - 4, c[1] + 3], [c[0] - 7, c[1] + 3]] }, style: { fill: colour } }
        : k === 'bad' ? { type: 'polygon', shape: { points: [[c[0], c[1] - 8], [c[0] + 8, c[1] + 6], [c[0] - 8, c[1] + 6]] }, style: { fill: colour } }
        : { type: 'circle', shape: { cx: c[0], cy: c[1], r: 5.5 }, style: k === 'none' ? { fill: role('unknown-soft'), stroke: colour, lineWidth: 1.6, lineDash: [2, 2] } : { fill: colour } };
      const flip = c[0] > el.clientWidth * .8, words = span() > 250 ? '' : s.words;
      return { type: 'group', children: [shape, ...(words ? [{ type: 'text', x: c[0] + (flip ? -11 : 11), y: c[1], style: { text: words, fill: k === 'bad' ? role('bad-ink') : role('ink'), fontSize: T.fontSize, fontFamily: role('font'), verticalAlign: 'middle', align: flip ? 'right' : 'left', width: 150, overflow: 'truncate' } }] : [])] };
    } }];
  }

  const stamp = (v) => iso(Math.min(Math.max(v, 0), n)).slice(0, 10) + (span() < 30 ? ' ' + clock(v) : '');
  const unit = { flow: d.words.flow + ' m³/d', energy: d.words.power + ' kWh/d', cod: 'COD mg/L', bills: d.words.bills + ' kWh', rain: d.words.rain + ' mm/d', 'cod-in': d.words.in + ' COD', 'cod-out': d.words.out + ' COD' };
  const figures = (rows) => rows.filter((r) => Array.isArray(r.value) && r.value[1] != null && unit[r.seriesId]).map((r) => `${unit[r.seriesId]} ${+r.value[1].toPrecision(4)}`);
  const all = panels.map((_, i) => i), zoomable = { xAxisIndex: all, filterMode: 'none', minValueSpan: LEAST };
  const chart = draw(el, {
    grid, xAxis: xAxes(), yAxis, series, title: panels.filter((p) => p.a).map((p) => narrow ? { ...title(p.top - 24, p.a + ' ' + p.b, ''), left } : title(p.top + Math.max(0, p.h / 2 - 36), p.a, p.b)),
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: role('accent') } },
    tooltip: { trigger: 'axis', confine: true, backgroundColor: role('panel'), borderColor: role('line-strong'), textStyle: { ...T, color: role('ink') }, renderMode: 'richText', formatter: (rows) => [stamp(rows[0].axisValue), ...figures(rows)].join('\n') },
    dataZoom: [
      { ...zoomable, type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, moveOnMouseWheel: false, startValue: lo, endValue: hi },
      { ...zoomable, type: 'slider', left, right: 20, height: 22, bottom: 6, startValue: lo, endValue: hi, showDetail: false, brushSelect: false, borderColor: role('line-strong'), fillerColor: role('accent-soft'), handleStyle: { color: role('accent') }, moveHandleStyle: { color: role('accent') }, dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } }, selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } } },
    ],
  });
  chart.setOption({ xAxis: drawnTicks() });
  chart.resize();

  // Finer pieces for what is looked at, with half a window on either side, so that moving on shows no empty edge.
  let loaded = null, asked = 0, timer = 0;
  async function refine() {
    const from = Math.max(0, lo - span() / 2), to = Math.min(n, hi + span() / 2), step = span() / Math.max(200, el.clientWidth - left);
    if (!fine.length || !d.series || to <= from) return;
    if (loaded && loaded.from <= lo && loaded.to >= Math.min(hi, n) && loaded.step <= step * 1.6) return;
    const mine = ++asked, px = Math.min(4000, Math.max(1, Math.round((to - from) / step)));
    el.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(`${d.series}?from=${iso(from)}&to=${iso(to)}&px=${px}&q=${fine.join(',')}`, { headers: { Accept: 'application/json' } });
      if (!answer.ok || mine !== asked) return;
      const said = await answer.json();
      loaded = { from, to, step: (to - from) / px };
      const made = fine.filter((code) => said.series[code]).flatMap((code) => {
        const got = pieces(said.series[code], from, loaded.step), own = [{ id: code, data: got.rows }];
        if (code !== 'cod') { own[0].markArea = area(hatched(got.gaps)); own.push({ id: code + '-band', data: keepBand(code, got.band, loaded.step) }); }
        return own;
      });
      chart.setOption({ series: made });
      el.dataset.level = said.level;
    } catch { /* no network: what the page brought along stays */ } finally { if (mine === asked) el.removeAttribute('aria-busy'); }
  }
  // What the page brought nothing of is fetched at once: an empty panel says less than none.
  if (fine.some((code) => !has(code === 'flow' ? d.flow : code === 'energy' ? d.power : []))) refine();
  // One drawing a frame, whatever number of steps were asked for; the lines of the axis move with the window.
  let frame = 0, asking = null;
  const later = () => { clearTimeout(timer); timer = setTimeout(refine, 120); };
  const redraw = () => {
    frame = 0;
    const to = asking && { startValue: asking[0], endValue: asking[1] };
    asking = null;
    chart.setOption(to ? { dataZoom: [to, to], xAxis: drawnTicks() } : { xAxis: drawnTicks() });
    later();
  };
  chart.on('datazoom', () => {
    [lo, hi] = chart.getModel().getComponent('dataZoom', 0).getValueRange(); // getOption() would copy every reading
    asking = null;
    frame ||= requestAnimationFrame(redraw);
  });

  const zoom = (a, b) => {
    const w = Math.min(end, Math.max(LEAST, b - a)), from = Math.min(Math.max(0, a), end - w);
    [lo, hi] = asking = [from, from + w];
    frame ||= requestAnimationFrame(redraw);
  };
  const windows = [...document.querySelectorAll('[data-weeks]')];
  const choose = (chip) => { windows.forEach((w) => w.classList.toggle('on', w === chip)); };
  for (const chip of windows) chip.addEventListener('click', (e) => {
    e.preventDefault(); choose(chip);
    const weeks = +chip.dataset.weeks;
    zoom(weeks ? n - weeks * 7 : 0, end);
    history.replaceState(null, '', chip.getAttribute('href'));
  });
  for (const button of document.querySelectorAll('[data-zoom]')) button.addEventListener('click', () => {
    const factor = +button.dataset.zoom, middle = Math.min(Math.max(cursor, lo), hi);
    choose(null); zoom(middle - (middle - lo) * factor, middle + (hi - middle) * factor);
  });

  // By keyboard: a step left and right with its figures read out, + and - zoom, 0 shows everything.
  const out = document.querySelector('[data-readout]');
  el.tabIndex = 0;
  el.addEventListener('keydown', (e) => {
    const step = span() > 20 ? 1 : span() > 3 ? 1 / 24 : 1 / 96, keys = { ArrowLeft: -step, ArrowRight: step, PageUp: -span() / 2, PageDown: span() / 2 };
    if (e.key in keys) {
      cursor = Math.min(n - step / 2, Math.max(step / 2, cursor + keys[e.key]));
      if (cursor < lo || cursor > hi) zoom(cursor - span() / 2, cursor + span() / 2);
      chart.dispatchAction({ type: 'showTip', x: chart.convertToPixel({ xAxisIndex: 0 }, cursor), y: panels[0].top + 20 });
      if (out) out.textContent = [stamp(cursor), ...near()].join('，');
    } else if (e.key === '+' || e.key === '=') zoom(cursor - (cursor - lo) / 2, cursor + (hi - cursor) / 2);
    else if (e.key === '-') zoom(cursor - (cursor - lo) * 2, cursor + (hi - cursor) * 2);
    else if (e.key === '0') zoom(0, end);
    else return;
    e.preventDefault();
  });
  function near() {
    return chart.getOption().series.filter((s) => unit[s.id] && s.data.length).flatMap((s) => {
      const best = s.data.reduce((a, b) => Math.abs(b[0] - cursor) < Math.abs(a[0] - cursor) ? b : a);
      return Math.abs(best[0] - cursor) <= Math.max(span() / 60, .5) && best[1] != null ? [`${unit[s.id]} ${+best[1].toPrecision(4)}`] : [];
    });
  }
  el.qx = { chart, window: () => [lo, hi], zoom };
}

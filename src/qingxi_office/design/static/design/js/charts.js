// Charts from the numbers that lie in the page as JSON. Colours come from the roles; what is missing is hatched, never zero.
import { role, json, hatch } from './roles.js';

const E = window.echarts;
const size = () => parseFloat(role('fs-small')) || 13;
const text = () => ({ fontFamily: role('font'), fontSize: Math.min(size(), 16), color: role('ink-2') });
const DAY = 864e5;
const at = (iso) => +new Date(iso + 'T00:00:00');
const short = (t) => { const d = new Date(t); return String(d.getMonth() + 1).padStart(2, '0') + '-' + String(d.getDate()).padStart(2, '0'); };
const draw = (el, option) => {
  const chart = E.init(el, null, { renderer: 'canvas' });
  chart.setOption({ animation: false, textStyle: text(), ...option });
  new ResizeObserver(() => chart.resize()).observe(el);
  el.dataset.drawn = '1';
  return chart;
};
const title = (top, a, b) => ({ text: a, subtext: b, left: 12, top, itemGap: 1, textStyle: { ...text(), color: role('ink'), fontWeight: 600 }, subtextStyle: { ...text(), lineHeight: 18 } });
const line = (at, words, colour, type) => ({ silent: true, symbol: 'none', lineStyle: { color: colour, type, width: 1.4 }, label: { formatter: words, position: 'insideStartTop', color: colour, ...{ fontSize: text().fontSize }, distance: [4, 2] }, data: [{ yAxis: at }] });

const nice = (v) => { const step = 10 ** Math.floor(Math.log10(v)) / 2; return Math.ceil(v / step) * step; };
// Where bars and their words stand: works that run at the same time share the lane's height; words go where there is
// room (after the bar, inside it, before it), never over another bar or other words; without any room the list has them.
const wide = (words, size) => [...words].reduce((n, c) => n + (c.charCodeAt(0) > 255 ? 1 : .58), 0) * size;
function placed(W, coord, laneHeight, left, right, size) {
  const out = [];
  for (const lane of new Set(W.map((w) => w.lane))) {
    const own = W.map((w, i) => ({ w, i, a: coord(at(w.from), lane), b: coord(at(w.to), lane) })).filter((o) => o.w.lane === lane).sort((p, q) => p.a[0] - q.a[0]);
    const ends = [];
    for (const o of own) {
      o.x = o.a[0]; o.end = Math.max(o.b[0], o.x + 8);
      o.level = ends.findIndex((end) => end <= o.x); if (o.level < 0) o.level = ends.length;
      ends[o.level] = o.end;
    }
    const h = Math.min(16, (laneHeight - 2) / ends.length - 2), step = h + 2;
    for (let level = 0; level < ends.length; level++) {
      const row = own.filter((o) => o.level === level);
      let free = left;
      row.forEach((o, k) => {
        const need = wide(o.w.words, size) + 4, after = (row[k + 1]?.x ?? right) - o.end - 10, before = o.x - free - 8, inside = o.end - o.x - 12;
        const side = h < size ? '' : need <= after ? 'right' : need <= inside ? 'in' : need <= before ? 'left' : after > 5 * size ? 'right' : inside > 5 * size ? 'in' : '';
        const room = { right: after, in: inside, left: before, '': 0 }[side];
        free = side === 'right' ? o.end + 6 + Math.min(need, after) : o.end;
        out[o.i] = { x: o.x, w: o.end - o.x, h: Math.max(h, 3), y: o.a[1] + (level - (ends.length - 1) / 2) * step, side, room, tx: { right: o.end + 6, in: o.x + 6, left: o.x - 6, '': 0 }[side] };
      });
    }
  }
  return out;
}
const kinds = {
  // One time axis: rain from above, flow, power, COD, and five lanes of what people did and said.
  axis(el, d) {
    const narrow = el.clientWidth < 600, T = text(), x0 = at(d.from), n = Math.round((at(d.to) - x0) / DAY) + 1, end = n * 1.06, X = (iso) => Math.round((at(iso) - x0) / DAY);
    const every = narrow ? Math.ceil(n / 28) * 7 : n <= 35 ? 3 : n <= 100 ? 7 : n <= 400 ? 28 : Math.ceil(n / 13);
    const label = (v) => v > n ? '' : n > 400 ? new Date(x0 + v * DAY).toISOString().slice(0, 7) : short(x0 + v * DAY);
    const has = (rows) => rows && rows.length;
    const panels = [];
    if (has(d.rain)) panels.push({ id: 'rain', h: 54, a: d.words.rain, b: 'mm/d' });
    if (has(d.flow)) panels.push({ id: 'flow', h: 120, a: d.words.flow, b: 'm³/d' });
    if (has(d.power)) panels.push({ id: 'power', h: 96, a: d.words.power, b: 'kWh/d' });
    if (has(d.bills)) panels.push({ id: 'bills', h: 120, a: d.words.bills, b: 'kWh' });
    if (has(d.cod_in) || has(d.cod_out)) panels.push({ id: 'cod', h: 132, a: 'COD', b: 'mg/L' });
    panels.push({ id: 'lanes', h: 39 * d.lanes.length });
    let y = 34; const left = narrow ? 64 : 104;
    panels.forEach((p) => { p.top = y; y += p.h + 36; });
    el.style.height = (y + 12) + 'px';
    const last = panels.length - 1;
    const grid = panels.map((p) => ({ left, right: 20, top: p.top, height: p.h }));
    const xAxis = panels.map((p, i) => ({ type: 'value', gridIndex: i, min: 0, max: end, interval: every, axisLabel: { ...T, show: i === last || (i === 0 && !narrow), formatter: label, hideOverlap: true, showMaxLabel: false }, position: i === 0 && last > 0 ? 'top' : 'bottom', axisTick: { show: i === last }, axisLine: { show: i !== 0 || last === 0, onZero: false, lineStyle: { color: role('line-strong') } }, splitLine: { show: true, lineStyle: { color: role('line') } } }));
    const yAxis = panels.map((p, i) => p.id === 'lanes'
      ? { type: 'category', gridIndex: i, inverse: true, data: d.lanes, axisLabel: { ...T, color: role('ink'), fontWeight: 600, margin: narrow ? 6 : 14, align: narrow ? 'right' : 'left', padding: narrow ? 0 : [0, 0, 0, -78] }, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: role('line') } } }
      : { gridIndex: i, inverse: p.id === 'rain', min: 0, ...(p.id === 'flow' && d.design ? { max: (v) => Math.max(v.max, d.design) > d.design * 1.25 ? null : nice(d.design * 1.25) } : {}), splitNumber: p.id === 'rain' ? 2 : 3, axisLabel: T, splitLine: { lineStyle: { color: role('line') } }, axisLine: { show: false }, axisTick: { show: false } });
    const tint = (kind) => kind === 'bad' ? role('bad-soft') : role('watch-soft');
    const shade = d.periods.map((p) => [{ xAxis: Math.max(X(p.from), 0), itemStyle: { color: tint(p.kind), opacity: .85 } }, { xAxis: Math.min(X(p.to) + 1, n) }]);
    const gaps = d.gaps.map((g) => [{ xAxis: X(g[0]), itemStyle: { color: { image: hatch(), repeat: 'repeat' } } }, { xAxis: X(g[1]) + 1 }]);
    const today = (show) => ({ silent: true, symbol: 'none', lineStyle: { color: role('ink'), type: 'solid', width: 1 }, label: { show, formatter: d.words.today, position: 'start', fontSize: T.fontSize, color: role('ink'), distance: 3 }, data: [{ xAxis: X(d.today) + 1 }] });
    const pts = (rows) => rows.map((r) => [X(r[0]) + .5, r[1]]);
    const series = [];
    panels.forEach((p, i) => {
      const on = { xAxisIndex: i, yAxisIndex: i };
      if (p.id === 'rain') series.push({ type: 'bar', ...on, barWidth: Math.max(2, 490 / n), itemStyle: { color: role('s-rain') }, data: pts(d.rain), markLine: today(false) });
      if (p.id === 'flow') series.push({ type: 'line', ...on, symbol: 'none', connectNulls: false, lineStyle: { width: 1.8, color: role('s-flow') }, areaStyle: { color: role('s-flow'), opacity: .07 }, data: pts(d.flow), markArea: { silent: true, data: [...shade, ...gaps] }, markLine: { ...line(d.design, d.words.design + ' ' + d.design, role('ink-2'), 'dotted'), data: [{ yAxis: d.design }, { yAxis: d.design * .3, label: { formatter: d.words.design30 } }, { xAxis: X(d.today) + 1, lineStyle: { type: 'solid', color: role('ink'), width: 1 }, label: { show: false } }] } });
      if (p.id === 'power') series.push({ type: 'line', ...on, symbol: 'none', connectNulls: false, lineStyle: { width: 1.8, color: role('s-power') }, areaStyle: { color: role('s-power'), opacity: .08 }, data: pts(d.power), markLine: today(false), markArea: { silent: true, data: [...shade, ...gaps] } });
      if (p.id === 'bills') series.push({ type: 'bar', ...on, barMaxWidth: 26, itemStyle: { color: role('s-power') }, data: d.bills.map((r) => [X(r[0]) + 15, r[1]]), label: { show: !narrow, position: 'top', ...T }, markArea: { silent: true, data: shade } });
      if (p.id === 'cod') {
        series.push({ type: 'line', ...on, symbol: 'circle', symbolSize: 9, lineStyle: { width: 1, type: 'dashed', color: role('s-influent'), opacity: .5 }, itemStyle: { color: role('s-influent') }, data: pts(d.cod_in), label: { show: true, position: 'top', formatter: (q) => d.words.in + ' ' + q.value[1], color: role('s-influent'), fontSize: T.fontSize } });
        series.push({ type: 'line', ...on, symbol: 'diamond', symbolSize: 11, lineStyle: { width: 1, type: 'dashed', color: role('s-effluent'), opacity: .5 }, itemStyle: { color: role('s-effluent') }, data: pts(d.cod_out), label: { show: true, position: 'right', formatter: (q) => d.words.out + ' ' + q.value[1], color: role('s-effluent'), fontSize: T.fontSize }, markLine: d.limit_cod ? { ...line(d.limit_cod, d.words.limit + ' ' + d.limit_cod, role('s-limit'), 'dashed') } : undefined, markArea: { silent: true, data: shade } });
      }
      if (p.id === 'lanes') {
        series.push({ type: 'custom', ...on, clip: true, data: d.spans.map((s) => [X(s.from), s.lane]), markLine: today(true), markArea: { silent: true, data: shade }, renderItem: (q, api) => {
          const s = d.spans[q.dataIndex], a = api.coord([Math.max(X(s.from), 0), s.lane]), b = api.coord([Math.min(X(s.to) + 1, n), s.lane]), w = Math.max(b[0] - a[0], 6), k = s.kind, room = b[0] - left - 30, big = w > 130, flip = !big && a[0] > el.clientWidth * (narrow ? .4 : .62);
          return { type: 'group', children: [{ type: 'rect', shape: { x: a[0], y: a[1] - 12, width: w, height: 24, r: 3 }, style: { fill: role(k + '-soft'), stroke: role(k), lineWidth: 1.3 } }, { type: 'text', x: big ? a[0] + 8 : flip ? a[0] - 6 : a[0] + w + 6, y: a[1], style: { text: s.words, fill: role(k + '-ink'), fontSize: T.fontSize, fontFamily: role('font'), fontWeight: 500, verticalAlign: 'middle', align: flip ? 'right' : 'left', width: big ? w - 12 : flip ? room : 200, overflow: 'truncate' } }] };
        } });
        series.push({ type: 'custom', ...on, clip: true, data: d.points.map((s) => [X(s.day) + .5, s.lane]), renderItem: (q, api) => {
          const s = d.points[q.dataIndex], c = api.coord([X(s.day) + .5, s.lane]), k = s.kind, colour = { ok: role('good'), bad: role('bad'), visit: role('accent'), none: role('unknown'), people: role('watch') }[k];
          const shape = k === 'visit' ? { type: 'rect', shape: { x: c[0] - 5, y: c[1] - 5, width: 10, height: 10 }, style: { fill: role('panel'), stroke: colour, lineWidth: 2 } }
            : k === 'people' ? { type: 'polygon', shape: { points: [[c[0] - 7, c[1] - 6], [c[0] + 7, c[1] - 6], [c[0] + 7, c[1] + 3], [c[0], c[1] + 3], [c[0] - 4, c[1] + 8], [c[0] - 4, c[1] + 3], [c[0] - 7, c[1] + 3]] }, style: { fill: colour } }
            : k === 'bad' ? { type: 'polygon', shape: { points: [[c[0], c[1] - 8], [c[0] + 8, c[1] + 6], [c[0] - 8, c[1] + 6]] }, style: { fill: colour } }
            : { type: 'circle', shape: { cx: c[0], cy: c[1], r: 5.5 }, style: k === 'none' ? { fill: role('unknown-soft'), stroke: colour, lineWidth: 1.6, lineDash: [2, 2] } : { fill: colour } };
          const flip = c[0] > el.clientWidth * .8;
          return { type: 'group', children: [shape, ...(s.words ? [{ type: 'text', x: c[0] + (flip ? -11 : 11), y: c[1], style: { text: s.words, fill: k === 'bad' ? role('bad-ink') : role('ink'), fontSize: T.fontSize, fontFamily: role('font'), verticalAlign: 'middle', align: flip ? 'right' : 'left', width: 150, overflow: 'truncate' } }] : [])] };
        } });
      }
    });
    const chart = draw(el, {
      grid, xAxis, yAxis, series, title: panels.filter((p) => p.a).map((p) => narrow ? { ...title(p.top - 24, p.a + ' ' + p.b, ''), left: left } : title(p.top + Math.max(0, p.h / 2 - 36), p.a, p.b)),
      axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: role('accent') } },
      tooltip: { trigger: 'axis', confine: true, backgroundColor: role('panel'), borderColor: role('line-strong'), textStyle: { ...T, color: role('ink') }, renderMode: 'richText', formatter: (rows) => short(x0 + Math.floor(rows[0].axisValue) * DAY) + '\n' + rows.filter((r) => Array.isArray(r.value) && r.seriesType !== 'custom' && r.value[1] != null).map((r) => r.value[1]).join('  ') },
      dataZoom: [{ type: 'inside', xAxisIndex: panels.map((_, i) => i), zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, moveOnMouseWheel: false }],
    });
    chart.resize();
    // by keyboard, day by day
    el.tabIndex = 0; let cursor = n - 1;
    el.addEventListener('keydown', (e) => {
      if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight') return;
      e.preventDefault(); cursor = Math.min(n - 1, Math.max(0, cursor + (e.key === 'ArrowLeft' ? -1 : 1)));
      chart.dispatchAction({ type: 'showTip', x: chart.convertToPixel({ xAxisIndex: 0 }, cursor + .5), y: panels[0].top + 20 });
    });
  },
  bill(el, d) {
    const T = text(), narrow = el.clientWidth < 600;
    const judged = d.from ? d.rows.filter((r) => r[0] >= d.from).map((r) => r[0]) : [];
    draw(el, {
      grid: { left: narrow ? 44 : 104, right: 24, top: 36, bottom: 40 }, title: [{ ...title(narrow ? 0 : 44, d.words.bills, narrow ? '' : 'kWh') }],
      xAxis: { type: 'category', data: d.rows.map((r) => r[0]), axisLabel: { ...T, interval: narrow ? 2 : 0, hideOverlap: true }, axisTick: { show: false }, axisLine: { lineStyle: { color: role('line-strong') } } },
      yAxis: { splitNumber: 3, axisLabel: T, splitLine: { lineStyle: { color: role('line') } } },
      series: [{ type: 'bar', barMaxWidth: 26, data: d.rows.map((r) => r[1] == null ? { value: Math.max(...d.rows.map((q) => q[1] || 0)) * .5, itemStyle: { color: { image: hatch(), repeat: 'repeat' } }, label: { formatter: d.words.missing } } : r[1]), itemStyle: { color: role('s-power') }, label: { show: true, position: 'top', ...T, formatter: (p) => Math.round(p.value) }, markArea: judged.length ? { silent: true, itemStyle: { color: role('bad-soft'), opacity: .9 }, data: [[{ xAxis: judged[0] }, { xAxis: judged[judged.length - 1] }]] } : undefined }],
    });
  },
  flow(el, d) {
    const T = text();
    draw(el, {
      grid: { left: 0, right: 74, top: 8, bottom: 2 }, xAxis: { type: 'category', show: false, data: d.values.map((_, i) => i) }, yAxis: { show: false, min: 0, max: Math.max(d.design || 0, ...d.values.filter((v) => v != null)) * 1.12 },
      series: [{ type: 'line', data: d.values, symbol: 'none', connectNulls: false, lineStyle: { color: role(d.colour || 's-flow'), width: 1.6 }, areaStyle: { color: role(d.colour || 's-flow'), opacity: .08 }, endLabel: { show: true, formatter: String(d.last ?? ''), color: role(d.colour || 's-flow'), fontSize: T.fontSize }, markLine: d.design ? { silent: true, symbol: 'none', data: [{ yAxis: d.design }], lineStyle: { color: role('ink-2'), type: 'dashed' }, label: { formatter: d.words.design + ' ' + d.design, fontSize: T.fontSize, color: role('ink-2'), position: 'end' } } : undefined }],
    });
  },
  // Works of all departments on one street of time, so that a clash is seen.
  works(el, d) {
    const T = text(), narrow = el.clientWidth < 600, W = d.works, starts = W.map((w) => at(w.from)), ends = W.map((w) => at(w.to));
    let places = [];
    const lo = Math.min(...starts, at(d.today)) - 120 * DAY, hi = Math.max(...ends, at(d.today)) + 200 * DAY;
    draw(el, {
      grid: { left: narrow ? 66 : 96, right: 24, top: 26, bottom: 30 },
      xAxis: { type: 'time', min: lo, max: hi, axisLabel: { ...T, formatter: '{yyyy}', hideOverlap: true }, minInterval: 31536e6, splitLine: { show: true, lineStyle: { color: role('line') } }, axisLine: { lineStyle: { color: role('line-strong') } } },
      yAxis: { type: 'category', inverse: true, data: d.lanes, axisLabel: { ...T, color: role('ink'), margin: 14 }, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: role('line') } } },
      series: [{ type: 'custom', clip: true, data: W.map((w) => [at(w.from), w.lane]), encode: { x: 0, y: 1 }, renderItem: (p, api) => {
        if (p.dataIndex === 0 || !places.length) places = placed(W, (t, lane) => api.coord([t, lane]), api.size([0, 1])[1], p.coordSys.x, p.coordSys.x + p.coordSys.width, T.fontSize);
        const w = W[p.dataIndex], b = places[p.dataIndex], s = w.kind;
        const fill = { done: role('m-central'), plan: role('sunken'), clash: role('watch-soft') }[s], stroke = { done: role('m-central'), plan: role('line-strong'), clash: role('watch') }[s];
        const ink = b.side === 'in' && s === 'done' ? role('panel') : s === 'clash' ? role('watch-ink') : role('ink');
        return { type: 'group', children: [{ type: 'rect', shape: { x: b.x, y: b.y - b.h / 2, width: b.w, height: b.h, r: 2 }, style: { fill, stroke, lineWidth: s === 'clash' ? 1.6 : 1, lineDash: s === 'done' ? null : [4, 2] } }, ...(b.side ? [{ type: 'text', x: b.tx, y: b.y, style: { text: w.words, fill: ink, fontSize: T.fontSize, fontFamily: role('font'), align: b.side === 'left' ? 'right' : 'left', verticalAlign: 'middle', fontWeight: s === 'clash' ? 600 : 400, width: b.room, overflow: 'truncate' } }] : [])] };
      }, markLine: { silent: true, symbol: 'none', data: [{ xAxis: at(d.today) }], lineStyle: { color: role('ink'), type: 'solid', width: 1 }, label: { formatter: d.words.today, fontSize: T.fontSize, color: role('ink'), position: 'start' } }, markArea: { silent: true, data: d.clash.map((c) => [{ xAxis: at(c[0]) }, { xAxis: at(c[1]) }]), itemStyle: { color: role('watch'), opacity: .1 } } }],
    });
  },
};
for (const el of document.querySelectorAll('[data-chart]')) {
  const data = json(el.dataset.from);
  if (data && kinds[el.dataset.chart]) kinds[el.dataset.chart](el, data);
}

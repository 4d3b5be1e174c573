// Charts from the numbers that lie in the page as JSON. Colours come from the roles; what is missing is hatched, never zero.
import { role, json, hatch } from './roles.js';
import { DAY, at, draw, line, nice, text, title } from './pen.js';

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
  // Rain by day; days of which nothing is known are hatched, a dry day is a bar of nothing.
  rain(el, d) {
    const T = text(), narrow = el.clientWidth < 600, end = at(d.to) + DAY;
    draw(el, {
      grid: { left: narrow ? 40 : 60, right: 20, top: 16, bottom: 64 },
      xAxis: { type: 'time', min: at(d.from), max: end, axisLabel: { ...T, hideOverlap: true, formatter: { year: '{yyyy}', month: '{yyyy}-{MM}', day: '{MM}-{dd}' } }, axisLine: { lineStyle: { color: role('line-strong') } } },
      yAxis: { min: 0, splitNumber: 3, axisLabel: T, splitLine: { lineStyle: { color: role('line') } } },
      tooltip: { trigger: 'axis', confine: true, backgroundColor: role('panel'), borderColor: role('line-strong'), textStyle: { ...T, color: role('ink') }, renderMode: 'richText', formatter: (rows) => rows.length ? d.days[rows[0].dataIndex][0] + '  ' + d.words.rain + ' ' + rows[0].value[1] + ' mm' : '' },
      dataZoom: [{ type: 'slider', height: 18, bottom: 8, showDetail: false, brushSelect: false, borderColor: role('line-strong'), fillerColor: role('accent-soft'), handleStyle: { color: role('accent') }, dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } }, selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } } }],
      series: [{ type: 'bar', barMinWidth: 1.5, itemStyle: { color: role('s-rain') }, data: d.days.map((r) => [at(r[0]) + DAY / 2, r[1]]), markArea: { silent: true, data: d.gaps.map((g) => [{ xAxis: at(g[0]), itemStyle: { color: { image: hatch(), repeat: 'repeat' } } }, { xAxis: at(g[1]) + DAY }]) } }],
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

// Where today's stations lie: a picture drawn on the phone from what the pack holds, so that it is there without network.
import { metres, s, w } from './parts.js';

const WIDE = 358, HIGH = 240, EDGE = 22;

export function map(stations, outlines, here, open) {
  const placed = stations.filter((x) => x.lon !== null && x.lat !== null);
  if (!placed.length) return null;
  // Somebody who is far from all of them would shrink the picture to nothing: not drawn then.
  const near = here && placed.some((x) => metres(here.lon, here.lat, x.lon, x.lat) < 15000);
  const points = [...placed.map((x) => [x.lon, x.lat]), ...outlines.flatMap((o) => o.ring), ...(near ? [[here.lon, here.lat]] : [])];
  const lons = points.map((p) => p[0]), lats = points.map((p) => p[1]);
  const west = Math.min(...lons), east = Math.max(...lons), south = Math.min(...lats), north = Math.max(...lats);
  const turn = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = Math.min((WIDE - 2 * EDGE) / Math.max((east - west) * turn, 0.002), (HIGH - 2 * EDGE) / Math.max(north - south, 0.002));
  const x0 = (WIDE - (east - west) * turn * scale) / 2, y0 = (HIGH - (north - south) * scale) / 2;
  const at = ([lon, lat]) => [x0 + (lon - west) * turn * scale, HIGH - y0 - (lat - south) * scale];
  const svg = s('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, class: 'p-map', role: 'group', 'aria-label': w('map_label', { n: placed.length }) });
  for (const o of outlines) {
    const ring = o.ring.map(at);
    svg.append(s('polygon', { points: ring.map((p) => p.map((v) => v.toFixed(1)).join(',')).join(' '), class: 'p-village' }));
  }
  const taken = [];
  for (const one of [...placed].reverse()) {
    const [x, y] = at([one.lon, one.lat]);
    const node = s('a', { href: '#/' + one.key, class: `p-dot ${one.done ? 'done' : one.late >= 0 ? 'due' : 'later'}`, 'aria-label': one.name });
    node.append(one.done ? s('circle', { cx: x, cy: y, r: 7 }) : s('rect', { x: x - 7, y: y - 7, width: 14, height: 14, rx: 2 }));
    if (one.done) node.append(s('path', { d: `M${x - 3} ${y}l2 2.5 4-5`, class: 'tick' }));
    const room = placed.length <= 24 && !taken.some(([a, b]) => Math.abs(a - x) < 64 && Math.abs(b - y) < 16);
    if (room) { taken.push([x, y]); node.append(s('text', { x: Math.min(Math.max(x, 34), WIDE - 34), y: y + (y > HIGH - 30 ? -11 : 20), 'text-anchor': 'middle' }, one.name)); }
    node.addEventListener('click', (e) => { e.preventDefault(); open(one.key); });
    svg.append(node);
  }
  if (near) { const [x, y] = at([here.lon, here.lat]); svg.append(s('circle', { cx: x, cy: y, r: 12, class: 'p-near' }), s('circle', { cx: x, cy: y, r: 5, class: 'p-here' })); }
  const metre = 1 / 111200 * scale;
  const length = [100, 200, 500, 1000, 2000, 5000, 10000, 20000].filter((m) => m * metre < 110).pop() || 100;
  svg.append(s('path', { d: `M10 ${HIGH - 8}v4h${(length * metre).toFixed(1)}v-4`, class: 'p-scale' }), s('text', { x: 14, y: HIGH - 12, class: 'p-small' }, length < 1000 ? `${length} m` : `${length / 1000} km`));
  svg.append(s('path', { d: `M${WIDE - 16} 24V8m-4 5 4-6 4 6`, class: 'p-scale' }), s('text', { x: WIDE - 16, y: 36, 'text-anchor': 'middle', class: 'p-small' }, w('north')));
  return svg;
}

// Maps of the county, a village, a plan: local GeoJSON only, no base map is fetched. Map and list are one thing.
// Without WebGL the server's still picture takes the place; the list beside it is the same for everybody.
import { role, isDark, hatch, json } from './roles.js';

const STILL = (el) => { const img = new Image(); img.className = 'q-map-still'; img.src = el.dataset.still; img.alt = el.getAttribute('aria-label') || ''; el.prepend(img); el.dataset.idle = '1'; };
const canDraw = () => { try { const c = document.createElement('canvas'); return !!(c.getContext('webgl2')); } catch { return false; } };
const MODES = { town_connection: 'm-join', 近纳管: 'm-join', shared_plant: 'm-central', 聚集中: 'm-central', onsite: 'm-single', 散分户: 'm-single', reuse: 'm-reuse', 资源利用: 'm-reuse' };
const modeColour = () => ['match', ['get', 'mode'], ...Object.entries(MODES).flatMap(([k, r]) => [k, role(r)]), role('m-none')];
const reach = (layers) => {
  let w = 180, s = 90, e = -180, n = -90;
  const each = (c) => { if (typeof c[0] === 'number') { w = Math.min(w, c[0]); e = Math.max(e, c[0]); s = Math.min(s, c[1]); n = Math.max(n, c[1]); } else c.forEach(each); };
  layers.forEach((l) => l?.features?.forEach((f) => each(f.geometry.coordinates)));
  return w > e ? null : [[w, s], [e, n]];
};
// All the world but the county: ground and waters beyond its border are not this page's matter.
const around = (county) => {
  const g = county.features[0].geometry, rings = g.type === 'Polygon' ? [g.coordinates[0]] : g.coordinates.map((p) => p[0]);
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [[[-180, -85], [180, -85], [180, 85], [-180, 85], [-180, -85]], ...rings] } };
};
const pretty = (name) => (name || '').replace(/村?(污水处理)?站$/, '站');

function picture(map, name, draw, size = 36) {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = size;
  draw(canvas.getContext('2d'), size);
  map.addImage(name, { width: size, height: size, data: new Uint8Array(canvas.getContext('2d').getImageData(0, 0, size, size).data.buffer) }, { pixelRatio: 2 });
}
function signs(map) {
  const P = role('panel');
  picture(map, 'ok', (x) => { x.fillStyle = role('good'); x.strokeStyle = P; x.lineWidth = 2; x.beginPath(); x.arc(18, 18, 7, 0, 7); x.fill(); x.stroke(); });
  picture(map, 'watch', (x) => { x.fillStyle = role('watch'); x.strokeStyle = P; x.lineWidth = 2; x.beginPath(); x.moveTo(18, 8); x.lineTo(29, 27); x.lineTo(7, 27); x.closePath(); x.fill(); x.stroke(); });
  picture(map, 'stop', (x) => { x.fillStyle = P; x.strokeStyle = role('bad'); x.lineWidth = 3.2; x.beginPath(); x.arc(18, 18, 8, 0, 7); x.fill(); x.stroke(); x.beginPath(); x.moveTo(12.5, 23.5); x.lineTo(23.5, 12.5); x.stroke(); });
  picture(map, 'unk', (x) => { x.fillStyle = role('unknown-soft'); x.strokeStyle = role('unknown'); x.lineWidth = 2.4; x.beginPath(); x.rect(10, 10, 16, 16); x.fill(); x.stroke(); x.fillStyle = role('unknown-ink'); x.font = '700 14px sans-serif'; x.textAlign = 'center'; x.fillText('?', 18, 23); });
  picture(map, 'idle', (x) => { x.fillStyle = role('bad'); x.strokeStyle = P; x.lineWidth = 2.5; x.beginPath(); x.arc(18, 18, 13, 0, 7); x.fill(); x.stroke(); x.fillStyle = P; x.fillRect(12.5, 12, 4, 12); x.fillRect(19.5, 12, 4, 12); });
  picture(map, 'clash', (x) => { x.fillStyle = role('watch'); x.strokeStyle = P; x.lineWidth = 2.5; x.save(); x.translate(18, 18); x.rotate(Math.PI / 4); x.beginPath(); x.rect(-10, -10, 20, 20); x.fill(); x.stroke(); x.restore(); x.strokeStyle = P; x.lineWidth = 3; x.beginPath(); x.moveTo(12.5, 12.5); x.lineTo(23.5, 23.5); x.moveTo(23.5, 12.5); x.lineTo(12.5, 23.5); x.stroke(); });
  picture(map, 'square', (x) => { x.fillStyle = role('ink'); x.strokeStyle = P; x.lineWidth = 3; x.fillRect(6, 6, 24, 24); x.strokeRect(6, 6, 24, 24); });
  picture(map, 'plant', (x) => { x.fillStyle = role('m-central'); x.strokeStyle = P; x.lineWidth = 3; x.fillRect(6, 6, 24, 24); x.strokeRect(6, 6, 24, 24); });
  const h = hatch(16); map.addImage('hatch', { width: 16, height: 16, data: new Uint8Array(h.getContext('2d').getImageData(0, 0, 16, 16).data.buffer) }, { pixelRatio: 2 });
}
const labels = [];
function label(gl, map, at, text, cls = '', opt = {}) {
  const el = document.createElement('div'); el.className = 'q-lab ' + cls; el.textContent = text;
  labels.push({ el, must: cls.includes('bad'), rank: cls.includes('bad') ? 2 : cls.includes('strong') ? 1 : 0 });
  return new gl.Marker({ element: el, anchor: 'center', ...opt }).setLngLat(at).addTo(map);
}
// Labels never lie on each other: those that must stay (troubled stations) first, then stations; the others give way.
function thin() {
  const taken = [];
  for (const { el, must } of [...labels].sort((a, b) => b.rank - a.rank)) {
    el.style.visibility = '';
    const r = el.getBoundingClientRect();
    if (!must && taken.some((t) => r.left < t.right + 4 && r.right > t.left - 4 && r.top < t.bottom && r.bottom > t.top)) el.style.visibility = 'hidden';
    else taken.push(r);
  }
}
const bySize = () => ['interpolate', ['linear'], ['sqrt', ['max', ['to-number', ['get', 'design_m3_d'], 1], 1]], 3, .42, 8, .7, 30, 1.3];
const inner = (name) => role('v-' + name);

const draw = {
  county(gl, map, d, el) {
    const add = (id, data) => map.addSource(id, { type: 'geojson', data }), fleet = el.dataset.fleet !== undefined;
    if (el.dataset.fleet) { // the stations that the list below was narrowed to
      const keys = new Set(json(el.dataset.fleet));
      d.stations.features = d.stations.features.filter((f) => keys.has(f.properties.key));
    }
    if (fleet) d.clashes.features = [];
    for (const id of ['villages', 'towns', 'county', 'stations', 'clashes', 'waters', 'roads']) add(id, d[id]);
    const state = fleet ? role('panel') : ['match', ['get', 'state'], '已治理', inner('treated'), '已管控', inner('controlled'), '名单外', role('panel'), role('unknown-soft')];
    const area = ['==', ['geometry-type'], 'Polygon'], point = ['==', ['geometry-type'], 'Point'];
    map.addLayer({ id: 'county-fill', type: 'fill', source: 'county', paint: { 'fill-color': role('panel') } });
    map.addLayer({ id: 'villages', type: 'fill', source: 'villages', filter: area, paint: { 'fill-color': state } });
    map.addLayer({ id: 'villages-open', type: 'fill', source: 'villages', filter: ['all', area, ['==', ['get', 'state'], fleet ? '' : '未完成']], paint: { 'fill-pattern': 'hatch' } });
    if (d.relief && el.dataset.relief) {
      map.addSource('relief', { type: 'image', url: el.dataset.relief, coordinates: d.relief });
      map.addLayer({ id: 'relief', type: 'raster', source: 'relief', paint: { 'raster-opacity': isDark() ? .5 : .45 } });
    }
    map.addLayer({ id: 'village-lines', type: 'line', source: 'villages', filter: area, paint: { 'line-color': role('cut'), 'line-width': 1 } });
    map.addLayer({ id: 'roads', type: 'line', source: 'roads', paint: { 'line-color': role('way'), 'line-width': 1.2 } });
    map.addLayer({ id: 'waters', type: 'line', source: 'waters', paint: { 'line-color': role('water'), 'line-width': 1.6 }, layout: { 'line-cap': 'round', 'line-join': 'round' } });
    map.addLayer({ id: 'town-lines', type: 'line', source: 'towns', paint: { 'line-color': role('edge-2'), 'line-width': 1.1, 'line-dasharray': [3, 2] } });
    map.addLayer({ id: 'town-on', type: 'line', source: 'towns', filter: ['==', ['get', 'code'], ''], paint: { 'line-color': role('accent'), 'line-width': 3 } });
    if (d.county.features.length) {
      map.addSource('around', { type: 'geojson', data: around(d.county) });
      map.addLayer({ id: 'around', type: 'fill', source: 'around', paint: { 'fill-color': role('sunken') } }, 'town-lines');
    }
    map.addLayer({ id: 'county-line', type: 'line', source: 'county', paint: { 'line-color': role('edge'), 'line-width': 1.6 } });
    map.addLayer({ id: 'village-points', type: 'circle', source: 'villages', filter: point, paint: { 'circle-radius': 9, 'circle-color': state, 'circle-stroke-color': role('edge-2'), 'circle-stroke-width': 1 } });
    map.addLayer({ id: 'stations', type: 'symbol', source: 'stations', filter: ['!=', ['get', 'standing'], 'idle'], layout: { 'icon-image': ['get', 'standing'], 'icon-allow-overlap': true, 'icon-size': .9, 'symbol-sort-key': ['match', ['get', 'standing'], 'ok', 0, 1] } });
    map.addLayer({ id: 'clashes', type: 'symbol', source: 'clashes', layout: { 'icon-image': 'clash', 'icon-allow-overlap': true } });
    map.addLayer({ id: 'stations-idle', type: 'symbol', source: 'stations', filter: ['==', ['get', 'standing'], 'idle'], layout: { 'icon-image': 'idle', 'icon-allow-overlap': true } });
    if (fleet) {
      map.addLayer({ id: 'station-on', type: 'circle', source: 'stations', filter: ['==', ['get', 'href'], ''], paint: { 'circle-radius': 15, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': role('accent'), 'circle-stroke-width': 3 } });
      const ring = (e) => map.setFilter('station-on', ['==', ['get', 'href'], e.target.closest('tr')?.querySelector('a')?.getAttribute('href') || '']);
      for (const table of document.querySelectorAll('table[data-keys]')) { table.addEventListener('mouseover', ring); table.addEventListener('focusin', ring); }
    }
    d.labels.features.forEach((f) => label(gl, map, f.geometry.coordinates, f.properties.name));
    d.stations.features.filter((f) => f.properties.standing === 'idle').slice(0, 12).forEach((f) => label(gl, map, f.geometry.coordinates, pretty(f.properties.name), 'bad', { anchor: 'left', offset: [9, -10] }));
    // the township table and the map answer each other
    const rows = [...document.querySelectorAll('[data-township]')];
    const choose = (code) => { map.setFilter('town-on', ['==', ['get', 'code'], code]); rows.forEach((r) => r.classList.toggle('on', r.dataset.township === code)); };
    rows.forEach((r) => { r.addEventListener('mouseenter', () => choose(r.dataset.township)); r.addEventListener('focus', () => choose(r.dataset.township)); });
    map.on('mousemove', 'villages', (e) => choose(e.features[0].properties.township));
    opens(gl, map, ['stations-idle', 'stations', 'clashes', 'villages', 'village-points'], (p) => p.name + '：' + (p.word || p.state || ''));
  },
  village(gl, map, d) {
    for (const id of ['outline', 'houses', 'stations', 'pipes', 'works', 'waters', 'roads', 'farm']) map.addSource(id, { type: 'geojson', data: d[id] });
    map.addLayer({ id: 'outline', type: 'fill', source: 'outline', paint: { 'fill-color': role('ground') } });
    map.addLayer({ id: 'farm', type: 'fill', source: 'farm', paint: { 'fill-color': role('farm') } });
    map.addLayer({ id: 'farm-line', type: 'line', source: 'farm', paint: { 'line-color': role('farm-line'), 'line-width': 1, 'line-dasharray': [3, 2] } });
    map.addLayer({ id: 'outline-line', type: 'line', source: 'outline', paint: { 'line-color': role('edge-2'), 'line-width': 1, 'line-dasharray': [4, 3] } });
    map.addLayer({ id: 'waters', type: 'line', source: 'waters', paint: { 'line-color': role('water'), 'line-width': 5, 'line-opacity': .8 }, layout: { 'line-cap': 'round' } });
    map.addLayer({ id: 'roads', type: 'line', source: 'roads', paint: { 'line-color': role('way'), 'line-width': 4 }, layout: { 'line-cap': 'round', 'line-join': 'round' } });
    map.addLayer({ id: 'roads-in', type: 'line', source: 'roads', paint: { 'line-color': role('panel'), 'line-width': 2.6 }, layout: { 'line-cap': 'round', 'line-join': 'round' } });
    map.addLayer({ id: 'works', type: 'line', source: 'works', paint: { 'line-color': role('watch'), 'line-width': 10, 'line-opacity': .42 }, layout: { 'line-join': 'round' } });
    map.addLayer({ id: 'houses', type: 'circle', source: 'houses', paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 12.5, 1.5, 16, 3.4], 'circle-color': ['case', ['get', 'served'], modeColour(), role('panel')], 'circle-stroke-color': ['case', ['get', 'served'], role('panel'), role('bad')], 'circle-stroke-width': ['case', ['get', 'served'], .4, 1.4] } });
    map.addLayer({ id: 'laterals', type: 'line', source: 'pipes', filter: ['==', ['get', 'kind'], 'lateral'], paint: { 'line-color': role('s-flow'), 'line-width': .7 } });
    map.addLayer({ id: 'gravity', type: 'line', source: 'pipes', filter: ['==', ['get', 'kind'], 'gravity'], paint: { 'line-color': role('s-flow'), 'line-width': 2.2 } });
    map.addLayer({ id: 'pressure', type: 'line', source: 'pipes', filter: ['==', ['get', 'kind'], 'pressure'], paint: { 'line-color': role('s-flow'), 'line-width': 2.4, 'line-dasharray': [2.4, 1.4] } });
    map.addLayer({ id: 'stations', type: 'symbol', source: 'stations', layout: { 'icon-image': 'plant', 'icon-allow-overlap': true } });
    d.hamlets.features.forEach((f) => label(gl, map, f.geometry.coordinates, f.properties.name, 'dim', { offset: [0, -14] }));
    d.stations.features.forEach((f) => label(gl, map, f.geometry.coordinates, f.properties.text, 'strong', { anchor: 'left', offset: [12, 0] }));
    opens(gl, map, ['stations'], (p) => p.name);
  },
  plan(gl, map, d, el) {
    const none = { type: 'FeatureCollection', features: [] }, onlyChanged = el.dataset.only === 'changed';
    // A large plan comes as vector tiles: houses, pipes and lifts; the ground around them is asked for by part as ever.
    const tiled = el.dataset.tiles ? ['houses', 'pipes', 'lifts'] : [];
    const parts = ['houses', 'pipes', 'lifts', 'existing', 'protected', 'roads'].filter((id) => !tiled.includes(id));
    for (const id of tiled) map.addSource('part-' + id, { type: 'vector', tiles: [new URL(el.dataset.tiles.replace('LAYER', id).replace('7/7/7', '{z}/{x}/{y}'), location.href).href.replaceAll('%7B', '{').replaceAll('%7D', '}')], minzoom: NEAR, maxzoom: 16 });
    const from = (id) => tiled.includes(id) ? { source: 'part-' + id, 'source-layer': id } : { source: 'part-' + id };
    for (const id of ['outlines', 'hamlets', 'pipes', 'plants', 'waters']) map.addSource(id, { type: 'geojson', data: d[id] });
    for (const id of parts) map.addSource('part-' + id, { type: 'geojson', data: none });
    map.addLayer({ id: 'outlines', type: 'fill', source: 'outlines', paint: { 'fill-color': role('ground') } });
    if (d.relief && el.dataset.relief) {
      map.addSource('relief', { type: 'image', url: el.dataset.relief, coordinates: d.relief });
      map.addLayer({ id: 'relief', type: 'raster', source: 'relief', paint: { 'raster-opacity': isDark() ? .4 : .34 } });
    }
    map.addLayer({ id: 'protected', type: 'fill', source: 'part-protected', paint: { 'fill-color': role('farm'), 'fill-opacity': .8 } });
    map.addLayer({ id: 'protected-line', type: 'line', source: 'part-protected', paint: { 'line-color': role('farm-line'), 'line-width': 1, 'line-dasharray': [3, 2] } });
    map.addLayer({ id: 'roads', type: 'line', source: 'part-roads', paint: { 'line-color': role('way'), 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 1.2, 17, 5] } });
    map.addLayer({ id: 'waters', type: 'line', source: 'waters', paint: { 'line-color': role('water'), 'line-width': 2 } });
    map.addLayer({ id: 'outline-lines', type: 'line', source: 'outlines', paint: { 'line-color': role('edge-2'), 'line-width': 1, 'line-dasharray': [4, 3] } });
    const width = ['interpolate', ['linear'], ['zoom'], 10, .8, 14, 2.5];
    const byBore = ['interpolate', ['linear'], ['coalesce', ['get', 'dn'], 200], 110, 1.3, 200, 2, 300, 2.9, 500, 4.2];
    map.addLayer({ id: 'gravity', type: 'line', source: 'pipes', filter: ['==', ['get', 'kind'], 'gravity'], paint: { 'line-color': role('pipe'), 'line-width': width }, layout: { 'line-cap': 'round' } });
    map.addLayer({ id: 'pressure', type: 'line', source: 'pipes', filter: ['==', ['get', 'kind'], 'pressure'], paint: { 'line-color': role('pipe'), 'line-width': width, 'line-dasharray': [2.2, 1.4] } });
    map.addLayer({ id: 'existing', type: 'line', source: 'part-existing', paint: { 'line-color': role('pipe'), 'line-width': 1.1 } });
    map.addLayer({ id: 'part-laterals', type: 'line', ...from('pipes'), filter: ['==', ['get', 'kind'], 'lateral'], paint: { 'line-color': role('pipe'), 'line-width': .7 } });
    map.addLayer({ id: 'part-gravity', type: 'line', ...from('pipes'), filter: ['==', ['get', 'kind'], 'gravity'], paint: { 'line-color': role('pipe'), 'line-width': byBore }, layout: { 'line-cap': 'round' } });
    map.addLayer({ id: 'part-pressure', type: 'line', ...from('pipes'), filter: ['==', ['get', 'kind'], 'pressure'], paint: { 'line-color': role('pipe'), 'line-width': byBore, 'line-dasharray': [2.2, 1.4] } });
    map.addLayer({ id: 'houses', type: 'circle', ...from('houses'), minzoom: 14, paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 14, 1.6, 17, 4], 'circle-color': modeColour() } });
    const changed = ['has', 'changed'];
    map.addLayer({ id: 'hamlets', type: 'circle', source: 'hamlets', ...(onlyChanged ? { filter: changed } : {}), paint: { 'circle-radius': ['interpolate', ['linear'], ['sqrt', ['max', ['get', 'households'], 1]], 1, 3, 18, 13], 'circle-color': modeColour(), 'circle-opacity': ['interpolate', ['linear'], ['zoom'], 13, .38, 15, .12], 'circle-stroke-color': modeColour(), 'circle-stroke-width': 1.4 } });
    const ring = ['interpolate', ['linear'], ['sqrt', ['max', ['get', 'households'], 1]], 1, 6.5, 18, 16.5];
    map.addLayer({ id: 'changed-mode', type: 'circle', source: 'hamlets', filter: ['==', ['get', 'changed'], 'mode'], paint: { 'circle-radius': ring, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': role('ink'), 'circle-stroke-width': 2.2 } });
    map.addLayer({ id: 'changed-cost', type: 'circle', source: 'hamlets', filter: ['==', ['get', 'changed'], 'cost'], paint: { 'circle-radius': ring, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': role('ink-2'), 'circle-stroke-width': .7, 'circle-stroke-opacity': .4 } });
    map.addLayer({ id: 'hamlet-on', type: 'circle', source: 'hamlets', filter: ['in', ['get', 'key'], ['literal', (el.dataset.chosen || '').split(',')]], paint: { 'circle-radius': 15, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': role('ink'), 'circle-stroke-width': 2.4 } });
    map.addLayer({ id: 'lifts', type: 'circle', ...from('lifts'), paint: { 'circle-radius': 4.5, 'circle-color': role('panel'), 'circle-stroke-color': role('ink'), 'circle-stroke-width': 2 } });
    map.addLayer({ id: 'plants', type: 'symbol', source: 'plants', layout: { 'icon-image': 'square', 'icon-size': ['interpolate', ['linear'], ['zoom'], 9.5, ['*', .55, bySize()], 13, bySize()], 'icon-allow-overlap': true } });
    if (d.hamlets.features.length <= 60) d.hamlets.features.forEach((f) => label(gl, map, f.geometry.coordinates, f.properties.name, '', { offset: [0, -18] }));
    opens(gl, map, ['plants', 'hamlets'], (p) => p.name ? p.name + '：' + p.households + ' 户' : (p.design_m3_d ? Math.round(p.design_m3_d * 10) / 10 + ' m³/d' : ''));
    const overview = ['gravity', 'pressure'];
    if (el.dataset.part) partly(map, el, parts, overview, tiled);
    if (el.dataset.why && !el.dataset.pick) whys(map, el);
    if (el.dataset.pick) picks(gl, map, el);
    switches(map, el, { modes: ['hamlets', 'changed-mode', 'changed-cost', 'hamlet-on'], houses: ['houses'], pipes: [...overview, 'part-laterals', 'part-gravity', 'part-pressure'], existing: ['existing'], plants: ['plants'], lifts: ['lifts'], protected: ['protected', 'protected-line'], roads: ['roads'] });
  },
};
// Zoomed in, the houses and pipes of what is looked at are asked for; the county's own lines give way to them.
const NEAR = 13;
function partly(map, el, parts, overview, tiled) {
  let held = null, asking = null, timer = 0;
  const ask = async () => {
    const near = map.getZoom() >= NEAR;
    overview.forEach((id) => map.setPaintProperty(id, 'line-opacity', near && (held || tiled.length) ? 0 : 1));
    if (!near) return;
    const b = map.getBounds(), view = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
    if (held && view[0] >= held[0] && view[1] >= held[1] && view[2] <= held[2] && view[3] <= held[3]) return;
    const dx = Math.min((view[2] - view[0]) * .3, Math.max(0, .1 - (view[2] - view[0]) / 2)), dy = Math.min((view[3] - view[1]) * .3, Math.max(0, .1 - (view[3] - view[1]) / 2));
    const box = [view[0] - dx, view[1] - dy, view[2] + dx, view[3] + dy];
    asking?.abort(); asking = new AbortController();
    try {
      const answer = await fetch(el.dataset.part + (tiled.length ? '&ground=1' : '') + '&box=' + box.map((v) => v.toFixed(5)).join(','), { signal: asking.signal, headers: { Accept: 'application/json' } });
      if (!answer.ok) return;
      const d = await answer.json();
      parts.forEach((id) => map.getSource('part-' + id).setData(d[id]));
      held = box; if (!tiled.length) el.dataset.houses = d.houses.features.length;
      overview.forEach((id) => map.setPaintProperty(id, 'line-opacity', 0));
    } catch (problem) { if (problem.name !== 'AbortError') console.warn('part of the map:', problem); }
  };
  map.on('moveend', () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  ask();
}
// A click on a natural village shows why it has its mode, beneath the map.
function whys(map, el) {
  const pane = document.getElementById('plan-why');
  map.on('click', async (e) => {
    const near = [[e.point.x - 4, e.point.y - 4], [e.point.x + 4, e.point.y + 4]];
    const top = map.queryRenderedFeatures(near, { layers: ['hamlets'] })[0];
    if (!top || !pane) return;
    map.setFilter('hamlet-on', ['==', ['get', 'key'], top.properties.key]);
    const answer = await fetch(el.dataset.why.replace('KEY', encodeURIComponent(top.properties.key)));
    if (answer.ok) { pane.innerHTML = await answer.text(); pane.scrollIntoView({ block: 'nearest' }); }
  });
}
// A click gives the form its place.
function picks(gl, map) {
  const lon = document.getElementById('lon'), lat = document.getElementById('lat'), subject = document.getElementById('subject'), kind = document.getElementById('kind');
  let pin = null;
  const show = () => { if (!lon.value || !lat.value) return; pin ||= new gl.Marker({ color: role('accent') }); pin.setLngLat([+lon.value, +lat.value]).addTo(map); };
  lon?.addEventListener('change', show); lat?.addEventListener('change', show);
  map.on('click', (e) => {
    if (kind?.value === 'mode') {
      const top = map.queryRenderedFeatures([[e.point.x - 4, e.point.y - 4], [e.point.x + 4, e.point.y + 4]], { layers: ['hamlets'] })[0];
      if (top) { subject.value = top.properties.key + ' ' + top.properties.name; subject.dispatchEvent(new Event('input', { bubbles: true })); }
    } else { lon.value = e.lngLat.lng.toFixed(6); lat.value = e.lngLat.lat.toFixed(6); show(); }
  });
  show();
}
function switches(map, el, groups) {
  for (const box of el.querySelectorAll('input[data-layer]')) {
    const put = () => (groups[box.dataset.layer] || []).forEach((id) => map.setLayoutProperty(id, 'visibility', box.checked ? 'visible' : 'none'));
    box.addEventListener('change', put); put();
  }
}
function opens(gl, map, ids, say) {
  const tip = new gl.Popup({ closeButton: false, closeOnClick: false, offset: 12, className: 'q-tip' });
  for (const id of ids) {
    map.on('mousemove', id, (e) => {
      const top = map.queryRenderedFeatures(e.point, { layers: ids })[0];
      if (!top) return;
      map.getCanvas().style.cursor = top.properties.href ? 'pointer' : '';
      tip.setLngLat(e.lngLat).setText(say(top.properties)).addTo(map);
    });
    map.on('mouseleave', id, () => { map.getCanvas().style.cursor = ''; tip.remove(); });
  }
  map.on('click', (e) => {
    const top = map.queryRenderedFeatures(e.point, { layers: ids })[0];
    if (top?.properties.href) location.href = top.properties.href;
  });
}

async function start() {
  const all = [...document.querySelectorAll('[data-map]')];
  if (!all.length) return;
  if (!canDraw()) { all.forEach(STILL); return; }
  const gl = await import('../../vendor/maplibre-gl/maplibre-gl.mjs');
  gl.setWorkerUrl(new URL(document.body.dataset.worker, location.href).href);
  for (const el of all) {
    try {
      const answer = await fetch(el.dataset.src, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error('layers: ' + answer.status);
      const d = await answer.json();
      const bounds = d.box ? [[d.box[0], d.box[1]], [d.box[2], d.box[3]]] : reach([d.villages, d.county, d.outline, d.hamlets, d.stations]);
      if (!bounds) { STILL(el); continue; }
      const map = new gl.Map({
        container: el, attributionControl: false, fadeDuration: 0, dragRotate: false, pitchWithRotate: false, cooperativeGestures: true,
        style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': role('sunken') } }] },
        locale: { 'CooperativeGesturesHandler.WindowsHelpText': '按住 Ctrl 再滚动，放大缩小', 'CooperativeGesturesHandler.MacHelpText': '按住 ⌘ 再滚动，放大缩小', 'CooperativeGesturesHandler.MobileHelpText': '用两根手指移动地图' },
        bounds, fitBoundsOptions: { padding: el.dataset.map === 'county' ? 16 : 28 },
      });
      map.addControl(new gl.ScaleControl({ maxWidth: 100 }), 'bottom-left');
      map.getCanvas().setAttribute('aria-label', el.getAttribute('aria-label') || '');
      map.touchZoomRotate.disableRotation();
      map.on('load', () => { signs(map); draw[el.dataset.map](gl, map, d, el); thin(); map.on('moveend', thin); map.on('idle', () => { thin(); el.dataset.idle = '1'; }); });
      map.on('error', (e) => { el.dataset.error = e.error?.message || 'map'; });
    } catch (problem) { console.warn('map left still:', problem); STILL(el); }
  }
}
start();

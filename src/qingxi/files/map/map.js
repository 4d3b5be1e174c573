'use strict';
(() => {
  const P = PLAN, F = P.figures, $ = id => document.getElementById(id);
  const MODES = Object.keys(P.modes);
  const css = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const COLOUR = Object.fromEntries(MODES.map(m => [m, css('m-' + m)]));
  const INK = css('ink'), PIPE = '#1f3d52';
  const wan = v => v == null ? '—' : v.toLocaleString('zh-CN', {minimumFractionDigits: 2, maximumFractionDigits: 2});
  const whole = v => v == null ? '—' : Math.round(v).toLocaleString('zh-CN');
  const text = (tag, words, cls) => { const e = document.createElement(tag); if (words != null) e.textContent = words; if (cls) e.className = cls; return e; };
  const S = P.systems.map(r => ({id: r[0], name: r[1] || ('系统 ' + r[0]), mode: r[2], houses: r[3], pv: r[4], capex: r[5],
    running: r[6], consent: r[7], reason: r[8], flow: r[9], each: r[3] > 0 && r[4] != null ? r[4] / r[3] : null}));
  const byId = new Map(S.map(s => [s.id, s]));
  let chosen = null;

  /* words */
  const h = F.households || {}, cost = F.cost || {}, pv = cost.present_value == null ? null : cost.present_value / 1e4;
  $('place').textContent = P.name;
  $('secrecy').textContent = '密级：' + P.secrecy + (P.public ? ' · 公开版' : '');
  if (P.secrecy === '秘密') $('secrecy').classList.add('bad');
  $('crumb').textContent = '规划 / ' + P.name + ' · 数据等级 ' + F.level;
  const served = (h.all || 0) - (h.unserved || 0), each = pv != null && served > 0 ? pv / served : null;
  $('answer').textContent = `${P.name} ${whole(h.all)} 户分 ${S.length} 个系统，${wan(pv)} 万元（${F.years} 年现值），平均每户 ${wan(each)} 万元`
    + (h.unserved ? `;${whole(h.unserved)} 户未落实。` : '。');
  const parts = [['connected', 'town_connection'], ['clustered', 'shared_plant'], ['onsite', 'onsite'], ['reuse', 'reuse'], ['controlled', 'controlled']]
    .filter(([k]) => h[k]).map(([k, m]) => `${P.modes[m]} ${whole(h[k])} 户`).join('，');
  let sub = `总投资 ${wan(cost.capex / 1e4)} 万元，年运行费 ${wan(cost.running_per_year / 1e4)} 万元；${parts}。`;
  if (F.bound != null && F.gap != null) sub += `已证明不低于 ${wan(F.bound / 1e4)} 万元（${F.bound_label || '下界'}），离最省最多 ${(F.gap * 100).toFixed(1)} %。`;
  $('sub').textContent = sub;
  const foot = [];
  if (F.withheld && F.withheld.length) foot.push('不予给出：' + F.withheld.join('、') + '（' + F.level + '）');
  if (F.level_reason) foot.push(F.level_reason);
  foot.push('单价表 ' + F.prices + ' · 标准表 ' + F.norms, '坐标系 ' + P.crs, '审图号 ' + (P.review || '待填'));
  foot.push(P.public ? '本图不含户点、接户管和管底标高' : '户点为内部资料，本图不得外传');
  foot.forEach(t => $('foot').append(text('span', t)));

  /* list */
  const keys = {each: s => -(s.each ?? -1), pv: s => -(s.pv ?? -1), houses: s => -s.houses, id: s => s.id};
  const SHOWN = 300;
  function list() {
    const order = keys[$('order').value], word = $('find').value.trim();
    const found = S.filter(s => !word || s.name.includes(word) || (s.reason || '').includes(word)).sort((a, b) => order(a) - order(b));
    const box = $('systems'); box.replaceChildren();
    $('count').textContent = word ? `${found.length} / ${S.length}` : S.length;
    for (const s of found.slice(0, SHOWN)) {
      const li = document.createElement('li'), b = document.createElement('button');
      b.type = 'button'; b.setAttribute('aria-pressed', String(chosen === s.id)); b.dataset.id = s.id;
      const n = text('span', s.id, 'n'); n.style.borderColor = COLOUR[s.mode] || INK;
      const mid = text('span', s.name); mid.append(text('small', `${P.modes[s.mode] || s.mode} · ${whole(s.houses)} 户${s.flow ? ' · ' + s.flow.toFixed(1) + ' m³/d' : ''}`));
      const c = text('span', wan(s.each), 'c'); c.append(text('small', wan(s.pv)));
      b.append(n, mid, c); b.onclick = () => choose(chosen === s.id ? null : s.id, true); li.append(b); box.append(li);
    }
    if (found.length > SHOWN) box.append(text('li', `另 ${found.length - SHOWN} 个系统，请用上面的框找`, 'more'));
    $('total').replaceChildren(text('span', `合计 ${whole(h.all)} 户 · 右列为万元/户`), text('span', wan(pv) + ' 万元'));
  }
  $('order').onchange = $('find').oninput = list;

  /* map: plain metres, north up */
  const [west, south, east, north] = P.view.map(v => v / 10);
  const map = L.map('map', {crs: L.CRS.Simple, minZoom: -9, maxZoom: 4, zoomSnap: .25, attributionControl: false, zoomAnimation: false, preferCanvas: true});
  L.control.scale({imperial: false, maxWidth: 120}).addTo(map);
  const all = L.latLngBounds([[south, west], [Math.max(north, south + 60), Math.max(east, west + 60)]]);
  const dm = flat => Float32Array.from(flat, v => v / 10);
  const lines = raw => raw.map(flat => {
    const c = dm(flat); let a = 1e9, b = 1e9, d = -1e9, e = -1e9;
    for (let i = 0; i < c.length; i += 2) { a = Math.min(a, c[i]); d = Math.max(d, c[i]); b = Math.min(b, c[i + 1]); e = Math.max(e, c[i + 1]); }
    return {c, box: [a, b, d, e]};
  });
  const streets = lines(P.under.streets), rivers = lines(P.under.rivers), lakes = lines(P.under.lakes), pipes = lines(P.pipes.lines);
  const houses = P.houses ? dm(P.houses.at) : new Float32Array(0), plants = dm(P.plants.at), lifts = dm(P.lifts.at), hamlets = dm(P.hamlets.at), joins = dm(P.joins.at);

  const Sheet = L.Layer.extend({
    onAdd(m) {
      this._c = L.DomUtil.create('canvas', 'leaflet-layer'); m.getPanes().overlayPane.appendChild(this._c);
      this._halo = document.createElement('canvas'); m.on('moveend zoomend resize viewreset', this.draw, this); this.draw();
    },
    onRemove(m) { this._c.remove(); m.off('moveend zoomend resize viewreset', this.draw, this); },
    draw() {
      const size = map.getSize(); if (!size.x || !size.y) return; const k = window.devicePixelRatio || 1, c = this._c, corner = map.containerPointToLayerPoint([0, 0]);
      L.DomUtil.setPosition(c, corner); c.width = size.x * k; c.height = size.y * k; c.style.width = size.x + 'px'; c.style.height = size.y + 'px';
      const g = c.getContext('2d'); g.setTransform(k, 0, 0, k, 0, 0);
      const z = Math.pow(2, map.getZoom()), o = map.getPixelOrigin().add(corner), X = x => x * z - o.x, Y = y => -y * z - o.y;
      const near = 40 / z, view = [o.x / z - near, -(o.y + size.y) / z - near, (o.x + size.x) / z + near, -o.y / z + near];
      const seen = b => b[2] >= view[0] && b[0] <= view[2] && b[3] >= view[1] && b[1] <= view[3];
      const inside = (x, y) => x >= view[0] && x <= view[2] && y >= view[1] && y <= view[3];
      const path = (set, pick) => { g.beginPath(); for (let i = 0; i < set.length; i++) if (seen(set[i].box) && (!pick || pick(i))) {
        const p = set[i].c; g.moveTo(X(p[0]), Y(p[1])); for (let j = 2; j < p.length; j += 2) g.lineTo(X(p[j]), Y(p[j + 1])); } };
      g.lineCap = g.lineJoin = 'round';
      path(lakes); g.fillStyle = '#cfe2ef'; g.fill();
      path(streets); g.strokeStyle = '#cfd6d2'; g.lineWidth = Math.max(1, Math.min(3, 4 * z)); g.stroke();
      path(rivers); g.strokeStyle = '#8fbcd9'; g.lineWidth = 1.8; g.stroke();
      this.halo(g, size, k, X, Y, z, seen, inside);
      const quiet = i => chosen != null && P.pipes.system[i] !== chosen;
      const widths = Math.max(.8, Math.min(3, 3 * z + .8));
      for (const faint of [true, false]) {
        g.globalAlpha = faint ? .28 : 1; const pass = i => quiet(i) === faint;
        if (z > .25) { path(pipes, i => P.pipes.kind[i] === 2 && pass(i)); g.strokeStyle = PIPE; g.lineWidth = .7; g.stroke(); }
        path(pipes, i => P.pipes.kind[i] === 0 && pass(i) && P.pipes.dn[i] < 300); g.strokeStyle = PIPE; g.lineWidth = widths; g.stroke();
        path(pipes, i => P.pipes.kind[i] === 0 && pass(i) && P.pipes.dn[i] >= 300); g.lineWidth = widths * 1.7; g.stroke();
        path(pipes, i => P.pipes.kind[i] === 1 && pass(i)); g.setLineDash([6, 4]); g.lineWidth = widths; g.stroke(); g.setLineDash([]);
      }
      g.globalAlpha = 1;
      const r = Math.max(.9, Math.min(3.2, 2.6 * z + .7));
      for (let m = 0; m < MODES.length; m++) { g.fillStyle = COLOUR[MODES[m]]; g.beginPath();
        for (let i = 0; i < houses.length / 2; i++) if (P.houses.mode[i] === m && inside(houses[2 * i], houses[2 * i + 1])) {
          const x = X(houses[2 * i]), y = Y(houses[2 * i + 1]); g.moveTo(x + r, y); g.arc(x, y, r, 0, 7); }
        g.fill(); }
      this.marks(g, X, Y, z, inside);
    },
    halo(g, size, k, X, Y, z, seen, inside) {
      /* each system's ground: thick lines and discs in its colour on a sheet of its own, laid under at one strength */
      const b = this._halo; b.width = size.x * k; b.height = size.y * k; const q = b.getContext('2d'); q.setTransform(k, 0, 0, k, 0, 0);
      const reach = Math.max(4, Math.min(28 * z, 34)); q.lineCap = q.lineJoin = 'round'; q.lineWidth = reach * 2;
      const paint = system => { const s = byId.get(system); return s ? COLOUR[s.mode] : COLOUR.unserved; };
      const groups = new Map();
      for (let i = 0; i < pipes.length; i++) if (P.pipes.kind[i] !== 1 && seen(pipes[i].box)) { const m = P.pipes.system[i]; (groups.get(m) || groups.set(m, [[], []]).get(m))[0].push(i); }
      for (let i = 0; i < houses.length / 2; i++) if (inside(houses[2 * i], houses[2 * i + 1])) { const m = P.houses.system[i]; (groups.get(m) || groups.set(m, [[], []]).get(m))[1].push(i); }
      for (const [m, [ls, hs]] of groups) {
        q.strokeStyle = q.fillStyle = paint(m); q.beginPath();
        for (const i of ls) { const p = pipes[i].c; q.moveTo(X(p[0]), Y(p[1])); for (let j = 2; j < p.length; j += 2) q.lineTo(X(p[j]), Y(p[j + 1])); }
        q.stroke(); q.beginPath();
        for (const i of hs) { const x = X(houses[2 * i]), y = Y(houses[2 * i + 1]); q.moveTo(x + reach, y); q.arc(x, y, reach, 0, 7); }
        q.fill();
      }
      if (P.public) for (let i = 0; i < hamlets.length / 2; i++) { q.fillStyle = COLOUR[P.hamlets.rows[i][1]] || COLOUR.unserved; q.beginPath(); q.arc(X(hamlets[2 * i]), Y(hamlets[2 * i + 1]), Math.max(reach * 2, 5), 0, 7); q.fill(); }
      g.globalAlpha = z < .05 ? .45 : .22; g.drawImage(b, 0, 0, size.x, size.y); g.globalAlpha = 1;
    },
    marks(g, X, Y, z, inside) {
      const taken = [], small = Math.max(.35, Math.min(1, z * 8)), font = getComputedStyle(document.body).fontFamily;
      const label = (words, x, y, bold, strong) => {
        g.font = (bold ? '700 ' : '') + '13px ' + font; const w = g.measureText(words).width, box = [x, y - 12, x + w, y + 4];
        if (!strong && taken.some(t => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1])) return;
        taken.push(box); g.lineWidth = 3; g.strokeStyle = 'rgba(255,255,255,.9)'; g.strokeText(words, x, y); g.fillStyle = bold ? INK : '#50605b'; g.fillText(words, x, y); };
      for (let i = 0; i < plants.length / 2; i++) if (inside(plants[2 * i], plants[2 * i + 1])) {
        const q = P.plants.rows[i][2] || 0, half = Math.max(z < .05 ? 2.2 : 3.5, Math.min(z < .05 ? 7 : 13, 2.2 + Math.sqrt(q) * .9 * small)), x = X(plants[2 * i]), y = Y(plants[2 * i + 1]);
        g.fillStyle = INK; g.strokeStyle = '#fff'; g.lineWidth = 1.5; g.fillRect(x - half, y - half, 2 * half, 2 * half); g.strokeRect(x - half, y - half, 2 * half, 2 * half);
        if (z > .06) label(`${Math.round(q * 10) / 10} m³/d`, x + half + 4, y + 4, false); }
      for (let i = 0; i < joins.length / 2; i++) if (inside(joins[2 * i], joins[2 * i + 1])) {
        const x = X(joins[2 * i]), y = Y(joins[2 * i + 1]); g.fillStyle = COLOUR.town_connection; g.strokeStyle = '#fff'; g.lineWidth = 1.5;
        const d = 3 + 4 * small; g.beginPath(); g.moveTo(x, y - d); g.lineTo(x + d, y); g.lineTo(x, y + d); g.lineTo(x - d, y); g.closePath(); g.fill(); g.stroke(); }
      for (let i = 0; i < lifts.length / 2; i++) if (inside(lifts[2 * i], lifts[2 * i + 1])) {
        const home = P.lifts.house[i]; if (home && z < .25) continue;
        g.beginPath(); g.arc(X(lifts[2 * i]), Y(lifts[2 * i + 1]), home ? 2.5 : 4.5, 0, 7); g.fillStyle = '#fff'; g.fill(); g.lineWidth = home ? 1.2 : 2; g.strokeStyle = INK; g.stroke(); }
      const named = hamlets.length > 160 && z < .045 ? 0 : hamlets.length / 2;
      for (let i = 0; i < named; i++) if (inside(hamlets[2 * i], hamlets[2 * i + 1]) && P.hamlets.rows[i][0])
        label(P.hamlets.rows[i][0], X(hamlets[2 * i]) - 24, Y(hamlets[2 * i + 1]) - 10, true);
    }
  });
  const sheet = new Sheet(); map.fitBounds(all, {padding: [30, 30]}); sheet.addTo(map);
  map.setMinZoom(map.getZoom() - 3);
  window.addEventListener('resize', () => map.invalidateSize());
  window.addEventListener('beforeprint', () => { map.invalidateSize(); sheet.draw(); });
  $('print').onclick = () => window.print();

  /* choosing a system, by list or by click */
  function bounds(id) {
    let a = 1e9, b = 1e9, c = -1e9, d = -1e9; const add = (x, y) => { a = Math.min(a, x); b = Math.min(b, y); c = Math.max(c, x); d = Math.max(d, y); };
    pipes.forEach((p, i) => { if (P.pipes.system[i] === id) { add(p.box[0], p.box[1]); add(p.box[2], p.box[3]); } });
    if (P.houses) for (let i = 0; i < houses.length / 2; i++) if (P.houses.system[i] === id) add(houses[2 * i], houses[2 * i + 1]);
    return a > c ? null : L.latLngBounds([[b, a], [d, c]]);
  }
  function choose(id, go, hamlet = -1) {
    chosen = id; list(); const s = byId.get(id), box = $('chosen'); box.replaceChildren();
    if (s || hamlet >= 0) {
      const dl = document.createElement('dl'), row = (k, v) => { if (v) dl.append(text('dt', k), text('dd', v)); };
      if (hamlet >= 0) { const r = P.hamlets.rows[hamlet]; row('自然村', `${r[0]} · ${P.modes[r[1]] || r[1]} · ${whole(r[2])} 户`); row('为什么', r[3]); }
      if (s) { row('系统', `${s.id} ${s.name}`); row('模式', `${P.modes[s.mode] || s.mode} · ${whole(s.houses)} 户`);
      row('费用', `现值 ${wan(s.pv)} 万元，总投资 ${wan(s.capex)}，年运行 ${wan(s.running)}`);
      let m = [0, 0]; P.pipes.system.forEach((q, i) => { if (q === id && P.pipes.kind[i] < 2) { const p = pipes[i].c; for (let j = 2; j < p.length; j += 2) m[P.pipes.kind[i]] += Math.hypot(p[j] - p[j - 2], p[j + 1] - p[j - 1]); } });
      row('管', m[0] + m[1] > 0 ? `重力 ${(m[0] / 1000).toFixed(2)} km，压力 ${(m[1] / 1000).toFixed(2)} km` : '');
      row('同意', s.consent); row('理由', s.reason); }
      box.append(dl);
      const at = go && s && bounds(id); if (at && at.isValid()) map.fitBounds(at, {padding: [60, 60], maxZoom: 1});
    }
    sheet.draw();
  }
  // The natural village that a click speaks of: the nearest, as far as a village reaches.
  function nearest(x, y, reach) {
    let best = reach * reach, found = -1;
    for (let i = 0; i < hamlets.length / 2; i++) { const d = (hamlets[2 * i] - x) ** 2 + (hamlets[2 * i + 1] - y) ** 2; if (d < best) { best = d; found = i; } }
    return found;
  }
  map.on('click', e => {
    const x = e.latlng.lng, y = e.latlng.lat, reach = 12 / Math.pow(2, map.getZoom()); let best = reach * reach, found = null;
    const test = (px, py, id) => { const d = (px - x) ** 2 + (py - y) ** 2; if (d < best) { best = d; found = id; } };
    if (P.houses) for (let i = 0; i < houses.length / 2; i++) test(houses[2 * i], houses[2 * i + 1], P.houses.system[i]);
    P.plants.rows.forEach((r, i) => test(plants[2 * i], plants[2 * i + 1], r[0]));
    pipes.forEach((p, i) => { if (x < p.box[0] - reach || x > p.box[2] + reach || y < p.box[1] - reach || y > p.box[3] + reach) return;
      for (let j = 2; j < p.c.length; j += 2) { const ax = p.c[j - 2], ay = p.c[j - 1], bx = p.c[j] - ax, by = p.c[j + 1] - ay, t = Math.max(0, Math.min(1, ((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by || 1))); test(ax + t * bx, ay + t * by, P.pipes.system[i]); } });
    choose(found != null && byId.has(found) ? found : null, false, nearest(x, y, found != null ? 1500 : 3 * reach));
    const b = document.querySelector('#systems button[aria-pressed=true]'); if (b && b.offsetParent && window.innerWidth > 900) b.scrollIntoView({block: 'nearest'});
  });

  /* legend: only what is on the map */
  const used = new Set(S.map(s => s.mode)); if (h.unserved) used.add('unserved');
  for (const m of MODES) if (used.has(m)) { const s = text('span'), i = document.createElement('i'); i.style.background = COLOUR[m]; s.append(i, P.modes[m]); $('legend').append(s); }
  const svg = (inner, words) => { const s = text('span'); s.insertAdjacentHTML('afterbegin', `<svg width="24" height="14" aria-hidden="true">${inner}</svg>`); s.append(words); $('legend').append(s); };
  const kinds = new Set(P.pipes.kind);
  if (kinds.has(0)) svg(`<path d="M0 7h24" stroke="${PIPE}" stroke-width="2.4"/>`, '重力管（粗为 DN300 及以上）');
  if (kinds.has(1)) svg(`<path d="M0 7h24" stroke="${PIPE}" stroke-width="2.4" stroke-dasharray="6 4"/>`, '压力管');
  if (plants.length) svg(`<rect x="1" y="5" width="5" height="5" fill="${INK}"/><rect x="11" y="1" width="12" height="12" fill="${INK}"/>`, '站，边长随规模');
  if (joins.length) svg(`<path d="M12 1l6 6-6 6-6-6z" fill="${COLOUR.town_connection}"/>`, '接入口');
  if (lifts.length) svg(`<circle cx="12" cy="7" r="4.5" fill="#fff" stroke="${INK}" stroke-width="2"/>`, '提升');
  if (rivers.length) svg('<path d="M0 7h24" stroke="#8fbcd9" stroke-width="2"/>', '水系');
  if (streets.length) svg('<path d="M0 7h24" stroke="#cfd6d2" stroke-width="3"/>', '道路');
  list();
  document.documentElement.dataset.ready = '1';
})();

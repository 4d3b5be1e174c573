// The inspector's day: which stations today, what is on the phone, what has arrived. Everything shown comes from the phone's own
// store; the office is asked when it can be reached.
import * as store from './store.js';
import { Away, SignedOut, send } from './sync.js';
import { Station } from './station.js';
import { map } from './map.js';
import { dayOf, days, far, h, icon, metres, timeOf, w } from './parts.js';

const page = document.getElementById('page'), top = document.getElementById('p-top');
let pack = null, rounds = [], here = null, net = 'asking', said = '', station = null, lost = 0, persisted = true, room = '';

for (const [cookie, attribute] of [['theme', 'bsTheme'], ['size', 'qSize']]) {
  const found = document.cookie.match(new RegExp(`(?:^|; )qx_${cookie}=(\\w+)`));
  if (found && found[1] !== 'normal') document.documentElement.dataset[attribute] = found[1];
}

const waiting = () => rounds.filter((r) => r.state !== 'done');

function bar() {
  const n = waiting().filter((r) => r.state !== 'refused').length;
  const words = net === 'away' ? w('offline') : net === 'out' ? w('signed_out') : net === 'sending' ? w('sending') : w('online');
  top.className = `p-top ${net === 'away' || net === 'out' ? 'off' : ''} ${n ? 'wait' : ''}`;
  top.replaceChildren(
    h('span', { class: 'p-state', role: 'status' }, icon(net === 'away' || net === 'out' ? 'off' : 'on'), h('b', {}, words), n ? ` · ${w('to_send', { n })}` : rounds.length ? ` · ${w('all_sent')}` : ''),
    net === 'out' ? h('a', { class: 'p-top-go', href: `/sign-in/?next=${encodeURIComponent('/rounds-today/')}` }, w('sign_in')) : n ? h('button', { type: 'button', class: 'p-top-go', onclick: () => trySend() }, w('send_now')) : h('span', { class: 'p-2nd' }, w('safe')));
}

function stations() {
  if (!pack) return [];
  const today = today_(), done = new Map();
  for (const r of rounds) if (r.state !== 'refused' && dayOf(r.phone_at) === dayOf(Date.now())) done.set(r.facility, r);
  return pack.stations.map((x) => {
    const own = done.get(x.key), away = here && x.lon !== null && x.lat !== null ? metres(here.lon, here.lat, x.lon, x.lat) : null;
    return { ...x, done: own || null, away, late: x.due_on ? days(x.due_on, today) : -1 };
  });
}

// The office's day, carried on by the phone's clock as corrected at the last contact.
function today_() {
  const offset = contact ? contact.offset_s * 1000 : 0, at = new Date(Date.now() + offset);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
}
let contact = null;

function ordered(all) {
  const weight = (x) => (x.late < 0 ? [1, -x.late] : [0, (x.away ?? 0) / 1000 - x.late]);
  return [...all].sort((a, b) => { const p = weight(a), q = weight(b); return p[0] - q[0] || p[1] - q[1] || (a.key < b.key ? -1 : 1); });
}

function line(x) {
  const when = x.done ? w(x.done.state === 'done' ? 'done_sent' : 'done_here', { t: timeOf(x.done.phone_at) }) : x.late > 0 ? w('late', { n: x.late }) : x.late === 0 ? w('due_today') : w('due_on', { d: x.due_on.slice(5) });
  return h('li', {}, h('a', { class: `p-line ${x.done ? 'done' : x.late > 0 ? 'late' : ''}`, href: `#/${x.key}` },
    h('span', { class: 'p-mark', 'aria-hidden': 'true' }, icon(x.done ? 'check' : x.late >= 0 ? 'alert' : 'clock')),
    h('span', {}, h('b', { lang: 'zh-CN' }, x.name), h('small', {}, h('span', { lang: 'zh-CN' }, x.village), ' · ', when, x.away !== null ? ` · ${far(x.away)}` : '')),
    h('span', { class: 'p-go' }, x.done ? w('again') : w('go'))));
}

const STATES = { waiting: 'st_waiting', photos: 'st_photos', done: 'st_done', refused: 'st_refused' };

function sentList() {
  const rows = [...rounds].sort((a, b) => b.counter - a.counter);
  const first = rows.filter((r) => r.state !== 'done'), rest = rows.filter((r) => r.state === 'done').slice(0, 30);
  if (!rows.length) return h('p', { class: 'p-2nd' }, w('none_yet'));
  return h('ul', { class: 'p-sent' }, [...first, ...rest].map((r) => h('li', { 'data-uuid': r.uuid, 'data-state': r.state },
    h('span', {}, h('b', { lang: 'zh-CN' }, r.name), h('small', {}, `${dayOf(r.phone_at)} ${timeOf(r.phone_at)}`, r.photos.length ? ` · ${w('n_photos', { n: r.photos.length })}` : '', r.report ? ` · ${w('report_no', { n: r.report })}` : '', pack && r.by !== pack.me.username ? ` · ${w('other_person', { who: r.who })}` : '')),
    h('span', { class: `p-chip ${r.state}` }, icon(r.state === 'done' ? 'check' : r.state === 'refused' ? 'alert' : 'up'), w(STATES[r.state])),
    r.faults?.length ? h('small', { class: 'p-bad', lang: 'zh-CN' }, r.faults.map((f) => `${f.rule}；${f.remedy}`).join('。')) : null)));
}

function notes() {
  const out = [];
  if (lost) out.push(h('p', { class: 'p-note bad', role: 'alert' }, w('lost', { n: lost })));
  if (said) out.push(h('p', { class: 'p-note', role: 'status' }, said));
  if (net === 'out') out.push(h('p', { class: 'p-note' }, w('sign_in_help', { n: waiting().length })));
  if (pack && Date.now() - Date.parse(pack.got_at) > pack.limits.pack_days * 86400e3) out.push(h('p', { class: 'p-note' }, w('pack_old', { d: dayOf(pack.got_at) })));
  if (!persisted && waiting().length) out.push(h('p', { class: 'p-note' }, w('not_persisted')));
  if (room) out.push(h('p', { class: 'p-note' }, room));
  return out;
}

function day() {
  const all = ordered(stations()), due = all.filter((x) => x.late >= 0 || x.done), later = all.filter((x) => !(x.late >= 0 || x.done));
  const left = due.filter((x) => !x.done);
  document.title = w('title');
  page.replaceChildren(
    h('header', { class: 'p-head' },
      h('p', { class: 'p-2nd' }, pack ? h('span', { lang: 'zh-CN' }, pack.me.name) : '', pack ? ` · ${today_()} · ${w('pack_at', { d: `${dayOf(pack.got_at)} ${timeOf(pack.got_at)}` })}` : ''),
      h('h1', { class: 'q-answer', tabIndex: -1 }, !pack ? w('no_pack') : !all.length ? w('no_stations') : left.length ? w('left', { n: left.length, done: due.length - left.length }) : due.length ? w('all_done', { done: due.length }) : w('none_due', { d: later[0]?.due_on?.slice(5) || '' }))),
    ...notes(),
    pack ? '' : h('section', { class: 'p-card' }, h('p', {}, w('no_pack_help'))),
    h('div', { class: 'p-two' },
      h('button', { type: 'button', class: 'p-main', id: 'p-scan', onclick: scan }, icon('scan'), w('scan')),
      left.length ? h('a', { class: 'p-main good', href: `#/${left[0].key}` }, w('next', { v: '' }), h('span', { lang: 'zh-CN' }, left[0].name)) : null),
    due.length ? h('section', { class: 'p-card' }, h('h2', {}, w('today_list')), h('ul', { class: 'p-lines' }, due.map(line))) : '',
    all.length ? h('section', { class: 'p-card' }, h('h2', {}, w('map')), map(all, pack.outlines, here, go) || h('p', { class: 'p-2nd' }, w('map_none'))) : '',
    h('section', { class: 'p-card' }, h('h2', {}, w('on_phone')), sentList(),
      waiting().length ? h('button', { type: 'button', class: 'p-plain', onclick: save }, w('save_file')) : null),
    later.length ? h('details', { class: 'p-card', open: !due.length }, h('summary', {}, w('later_list', { n: later.length })), h('ul', { class: 'p-lines' }, later.map(line))) : '',
    h('p', { class: 'p-foot' }, pack ? w('basis') : '', ' ', h('a', { href: '/' }, w('office'))));
}

async function draw() {
  rounds = await store.rounds();
  store.mark(waiting().length);
  bar();
  if (!station) day();
}

function go(key) { location.hash = `#/${key}`; }

async function route() {
  const asked = decodeURIComponent((location.hash.match(/^#\/(.+)$/) || [])[1] || '');
  const byCode = (location.pathname.match(/^\/s\/([^/]+)\//) || [])[1], byKey = (location.pathname.match(/^\/facilities\/([^/]+)\/visit\//) || [])[1];
  if (!asked && (byCode || byKey)) {   // a sign scanned without network: this page stands in for the office's
    const found = pack?.stations.find((x) => (byCode ? x.code === decodeURIComponent(byCode).toUpperCase() : x.key === decodeURIComponent(byKey)));
    said = found ? '' : w('unknown_code');
    history.replaceState(null, '', found ? `/rounds-today/#/${found.key}` : '/rounds-today/');
    return route();
  }
  const one = asked && pack?.stations.find((x) => x.key === asked);
  station = null;
  if (asked && pack && !one) said = w('unknown_code');
  if (one) {
    said = '';
    station = new Station(pack, one, () => here, kept, pack.me.name);
    document.title = one.name;
    await station.show(page);
    scrollTo(0, 0);
  } else await draw();
  bar();
  page.querySelector('h1')?.focus({ preventScroll: true });
}

async function kept(key) {
  station = null;
  said = w('kept', { v: pack.stations.find((x) => x.key === key)?.name || '' });
  history.pushState(null, '', '/rounds-today/');
  await draw();
  scrollTo(0, 0);
  trySend();
}

let busy = false;
async function trySend() {
  if (busy) return;
  if (navigator.onLine === false) { net = 'away'; await draw(); return; }
  busy = true;
  net = 'sending'; bar();
  try {
    const got = await send(async () => { rounds = await store.rounds(); bar(); });
    if (got.refused) said = got.refused;
    net = 'online';
    pack = await store.get('pack'); contact = await store.get('contact');
  } catch (error) {
    net = error instanceof SignedOut ? 'out' : 'away';
    if (!(error instanceof SignedOut) && !(error instanceof Away)) { console.error(error); said = w('storage_broken'); }
  }
  busy = false;
  await draw();
}

// The camera reads a sign where the browser can; elsewhere the phone's own scanner opens the sign's address.
async function scan() {
  if (!('BarcodeDetector' in window) || !navigator.mediaDevices) { said = w('scan_outside'); await draw(); return; }
  const video = h('video', { class: 'p-video', playsInline: true, muted: true });
  const shut = () => { stream?.getTracks().forEach((t) => t.stop()); box.remove(); };
  const box = h('div', { class: 'p-scan', role: 'dialog', 'aria-label': w('scan') }, video, h('button', { type: 'button', class: 'p-main', onclick: shut }, w('scan_stop')));
  let stream = null;
  try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }); } catch { said = w('scan_outside'); await draw(); return; }
  document.body.append(box);
  video.srcObject = stream; await video.play();
  const eye = new window.BarcodeDetector({ formats: ['qr_code'] });
  while (box.isConnected) {
    const code = (await eye.detect(video).catch(() => []))[0]?.rawValue?.match(/\/s\/([^/?#]+)/)?.[1];
    const found = code && pack?.stations.find((x) => x.code === code.toUpperCase());
    if (found) { shut(); go(found.key); return; }
    if (code) { shut(); said = w('unknown_code'); await draw(); return; }
    await new Promise((r) => setTimeout(r, 200));
  }
}

// What has not arrived, as a file: for whoever would rather have it twice.
async function save() {
  const rows = waiting().map(({ ...r }) => r);
  const link = h('a', { href: URL.createObjectURL(new Blob([JSON.stringify({ phone: await store.phone(), rounds: rows }, null, 1)], { type: 'application/json' })), download: `rounds-${Date.now()}.json` });
  document.body.append(link); link.click(); link.remove();
}

async function storage() {
  if (!navigator.storage) return;
  persisted = (await navigator.storage.persisted?.()) || (await navigator.storage.persist?.()) || false;
  const { usage = 0, quota = 0 } = (await navigator.storage.estimate?.()) || {};
  if (quota && quota - usage < 50e6) room = w('room_little', { n: Math.round((quota - usage) / 1e6) });
}

function watch() {
  if (!navigator.geolocation) return;
  navigator.geolocation.watchPosition((p) => {
    here = { lon: p.coords.longitude, lat: p.coords.latitude, accuracy: p.coords.accuracy };
    const line_ = document.getElementById('p-away');
    if (line_ && station) line_.textContent = station.away();
  }, () => { here = null; }, { enableHighAccuracy: true, maximumAge: 60000, timeout: 60000 });
}

async function begin() {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/rounds-today/sw.js', { scope: '/' }).catch((e) => console.warn('sw', e));
  try {
    pack = (await store.get('pack')) || null; contact = (await store.get('contact')) || null;
    rounds = await store.rounds();
    if (store.marked() && !waiting().length && !rounds.length) lost = store.marked();
  } catch (error) { said = w('storage_broken'); console.error(error); }
  watch();
  await route();
  document.documentElement.dataset.ready = '1';
  await storage();
  await trySend();
  if (!station && (location.hash || location.pathname !== '/rounds-today/')) await route();
}
addEventListener('hashchange', route);
addEventListener('popstate', route);
addEventListener('online', () => trySend());
addEventListener('offline', () => { net = 'away'; draw(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) trySend(); });
setInterval(() => { if (!document.hidden && (waiting().length || net !== 'online')) trySend(); }, 30000);
begin();

// Sending what waits. A round is sent with the number the phone gave it, as often as needed: the office takes it once. Photographs
// follow in parts and go on where they stopped. One failing round does not hold up the others.
import * as store from './store.js';

const PART = 256 * 1024, AT_ONCE = 20;
export class SignedOut extends Error {}
export class Away extends Error {}   // no network, or the office does not answer

let csrf = '';
const base = document.body.dataset.base || '/rounds-today/';

async function ask(path, options = {}) {
  let answer;
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), options.wait || 30000);
  try {
    answer = await fetch(base + path, { credentials: 'same-origin', redirect: 'manual', cache: 'no-store', signal: stop.signal, ...options,
      headers: { Accept: 'application/json', ...(csrf ? { 'X-CSRFToken': csrf } : {}), ...options.headers } });
  } catch (error) { throw new Away(String(error)); } finally { clearTimeout(timer); }
  if (answer.type === 'opaqueredirect' || answer.status === 401) throw new SignedOut();
  if (answer.status >= 500 || answer.status === 429) throw new Away(String(answer.status));
  let told = null;
  try { told = await answer.json(); } catch { /* no answer of ours */ }
  if (told === null) { if (answer.status === 403) throw new SignedOut(); throw new Away('?'); }
  return { status: answer.status, told };
}

// The office's clock against ours, from one question: the middle of the way there and back.
function measured(sent, got, now) { return (Date.parse(now) - (sent + got) / 2) / 1000; }

export async function pack() {
  const sent = Date.now();
  const { told, status } = await ask('pack/', { wait: 20000 });
  const got = Date.now();
  if (status !== 200) return { refused: told.why || String(status) };
  csrf = told.csrf;
  const contact = { at: told.now, offset_s: measured(sent, got, told.now) };
  await store.put('contact', contact);
  const { csrf: _secret, ...kept } = told;
  await store.put('pack', { ...kept, got_at: new Date(got).toISOString() });
  return { pack: told, contact };
}

function message(row) {
  const { state, tries, why, done_at, faults, key, report, who, photos, ...rest } = row;
  return { ...rest, photos: photos.map(({ sha256, size, source, taken_at }) => ({ sha256, size, source, taken_at })) };
}

async function sendRounds(mine, changed) {
  const waiting = mine.filter((r) => r.state === 'waiting').sort((a, b) => a.counter - b.counter);
  const phone = await store.phone();
  for (let i = 0; i < waiting.length; i += AT_ONCE) {
    const some = waiting.slice(i, i + AT_ONCE);
    const { status, told } = await ask('send/', {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ phone, phone_now: new Date().toISOString(), rounds: some.map(message) }),
    });
    if (status !== 200) throw new Away(told.why || String(status));
    for (const said of told.rounds) {
      const row = some.find((r) => r.uuid === said.uuid);
      if (!row) continue;
      if (said.state === 'refused') { await store.change(row.uuid, { state: 'refused', faults: said.faults }); continue; }
      const left = said.photos.filter((p) => !p.here).length;
      await store.change(row.uuid, { state: left ? 'photos' : 'done', done_at: Date.now(), key: said.key, report: said.report, faults: said.faults });
    }
    changed();
  }
}

// One photograph, part by part; gives false when it has to be tried again. One that the office did not take (too many, too big)
// has its fault with the round, and is not sent for ever.
async function sendPhoto(uuid, photo) {
  const path = `photos/${uuid}/${photo.sha256}/`;
  const { told, status } = await ask(path);
  if (status === 404) return true;
  let have = told.have || 0;
  for (let tries = 0; have < photo.size && tries < 400; tries++) {
    const answer = await ask(`${path}?from=${have}`, {
      method: 'PUT', headers: { 'Content-Type': 'application/octet-stream' }, body: photo.blob.slice(have, have + PART), wait: 120000,
    });
    if (answer.status === 422 && tries > 2) return false;
    have = answer.told.have || 0;
  }
  return have >= photo.size;
}

async function sendPhotos(mine, changed) {
  let failed = null;
  for (const row of mine.filter((r) => r.state === 'photos')) {
    try {
      let refused = 0;
      for (const photo of await store.photosOf(row.uuid)) {
        if (await sendPhoto(row.uuid, photo)) await store.photoSent(row.uuid, photo.sha256);
        else refused++;
      }
      if (!refused) await store.change(row.uuid, { state: 'done', done_at: Date.now() });
      else await store.change(row.uuid, { tries: row.tries + 1 });
    } catch (error) {
      if (error instanceof SignedOut) throw error;
      failed = error;   // this one waits; the next may get through
    }
    changed();
  }
  if (failed) throw failed;
}

// Send everything of the person who is signed in; `changed` is called as states change. Throws Away, SignedOut.
export async function send(changed) {
  const run = async () => {
    const { pack: told, refused } = await pack();
    if (refused) return { refused };
    const all = await store.rounds();
    const mine = all.filter((r) => r.by === told.me.username);
    await sendRounds(mine, changed);
    await sendPhotos((await store.rounds()).filter((r) => r.by === told.me.username), changed);
    await store.tidy(Date.now() - 14 * 86400e3);
    const photos = await store.rounds();
    for (const row of photos.filter((r) => r.state === 'done')) for (const p of await store.photosOf(row.uuid)) await store.photoSent(row.uuid, p.sha256);
    return { pack: told };
  };
  if (!navigator.locks) return run();
  return navigator.locks.request('qingxi-send', { ifAvailable: true }, (lock) => (lock ? run() : { busy: true }));
}

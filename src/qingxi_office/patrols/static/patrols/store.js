// What the phone keeps: rounds, photographs, half-filled pages, the pack of stations. One database; a round and its photographs
// are written in one transaction with the counter, so that a phone that goes dark in the middle keeps all of it or nothing.
const NAME = 'qingxi-rounds', VERSION = 1;
let opened = null;

function open() {
  opened ??= new Promise((done, fail) => {
    const ask = indexedDB.open(NAME, VERSION);
    ask.onupgradeneeded = () => {
      const db = ask.result;
      if (!db.objectStoreNames.contains('kv')) db.createObjectStore('kv');
      if (!db.objectStoreNames.contains('drafts')) db.createObjectStore('drafts', { keyPath: 'facility' });
      if (!db.objectStoreNames.contains('rounds')) db.createObjectStore('rounds', { keyPath: 'uuid' });
      if (!db.objectStoreNames.contains('photos')) db.createObjectStore('photos', { keyPath: ['uuid', 'sha256'] });
    };
    ask.onsuccess = () => {
      ask.result.onversionchange = () => { ask.result.close(); opened = null; };  // a newer page wants to change it
      done(ask.result);
    };
    ask.onerror = () => { opened = null; fail(ask.error); };
  });
  return opened;
}

// Runs `work(stores)` in one transaction; gives what it returned once everything is on the disk.
async function within(names, mode, work) {
  const db = await open();
  return new Promise((done, fail) => {
    const options = mode === 'readwrite' ? { durability: 'strict' } : undefined;
    const tx = db.transaction(names, mode, options);
    let out;
    tx.oncomplete = () => done(out);
    tx.onabort = tx.onerror = () => fail(tx.error || new Error('aborted'));
    const stores = Object.fromEntries(names.map((n) => [n, tx.objectStore(n)]));
    Promise.resolve(work(stores)).then((v) => { out = v; }, (e) => { try { tx.abort(); } catch { /* over already */ } fail(e); });
  });
}
const asked = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = () => fail(request.error); });

export const get = (key) => within(['kv'], 'readonly', (s) => asked(s.kv.get(key)));
export const put = (key, value) => within(['kv'], 'readwrite', (s) => { s.kv.put(value, key); });

// The phone's own name, made once.
export async function phone() {
  return within(['kv'], 'readwrite', async (s) => {
    let name = await asked(s.kv.get('phone'));
    if (!name) { name = crypto.randomUUID(); s.kv.put(name, 'phone'); }
    return name;
  });
}

// Keep a round for good: it gets the next count; what stood half-filled for its station goes.
export async function keep(round, photos) {
  return within(['kv', 'rounds', 'photos', 'drafts'], 'readwrite', async (s) => {
    const counter = ((await asked(s.kv.get('counter'))) || 0) + 1;
    s.kv.put(counter, 'counter');
    s.rounds.add({ ...round, counter, state: 'waiting', photos: photos.map(({ blob, ...rest }) => rest), tries: 0 });
    for (const photo of photos) s.photos.add({ ...photo, uuid: round.uuid, sent: false });
    s.drafts.delete(round.facility);
    return counter;
  });
}

export const rounds = () => within(['rounds'], 'readonly', (s) => asked(s.rounds.getAll()));
export const change = (uuid, values) => within(['rounds'], 'readwrite', async (s) => {
  const row = await asked(s.rounds.get(uuid));
  if (row) s.rounds.put({ ...row, ...values });
});
export const photosOf = (uuid) => within(['photos'], 'readonly', (s) => asked(s.photos.getAll(IDBKeyRange.bound([uuid, ''], [uuid, '\uffff']))));
export const photoSent = (uuid, sha256) => within(['photos'], 'readwrite', (s) => { s.photos.delete([uuid, sha256]); });
export const draft = (facility) => within(['drafts'], 'readonly', (s) => asked(s.drafts.get(facility)));
export const keepDraft = (row) => within(['drafts'], 'readwrite', (s) => { s.drafts.put(row); });
export const dropDraft = (facility) => within(['drafts'], 'readwrite', (s) => { s.drafts.delete(facility); });

// Rounds that arrived long ago make room; what has not arrived is never touched.
export async function tidy(before) {
  return within(['rounds', 'photos'], 'readwrite', async (s) => {
    for (const row of await asked(s.rounds.getAll())) {
      if (row.state === 'done' && row.done_at < before) { s.rounds.delete(row.uuid); s.photos.delete(IDBKeyRange.bound([row.uuid, ''], [row.uuid, '\uffff'])); }
    }
  });
}

// A mark beside the database: when it says that rounds waited and the database is empty, the browser has cleared it.
const MARK = 'qingxi-rounds-waiting';
export function mark(n) { try { localStorage.setItem(MARK, String(n)); } catch { /* no room: nothing to compare with */ } }
export function marked() { try { return Number(localStorage.getItem(MARK) || 0); } catch { return 0; } }

// The page of rounds without network: its own files come from this phone, everything else goes to the office as before.
// VERSION and FILES are written in front of this text by the office; a new version takes the place of the old when its files are all here.
const STORE = 'qingxi-rounds-' + VERSION, HOME = FILES[0], OWN = FILES[1].replace(/[^/]+$/, '');

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(STORE);
    await cache.addAll(FILES.map((f) => new Request(f, { cache: 'reload', credentials: 'same-origin' })));
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('qingxi-rounds-') && name !== STORE) await caches.delete(name);
    await self.clients.claim();
  })());
});

const shell = async () => (await caches.open(STORE)).match(HOME, { ignoreSearch: true });

// A station's sign leads to the office; without network to the page that lies here. Five seconds are enough to know.
async function orShell(request) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 5000);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.type === 'opaqueredirect' || answer.status < 500) return answer;
    return (await shell()) || answer;
  } catch (error) {
    const kept = await shell();
    if (kept) return kept;
    throw error;
  } finally { clearTimeout(timer); }
}

self.addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (url.pathname === HOME) event.respondWith((async () => (await shell()) || fetch(request))());
    else if (/^\/s\/[^/]+\/$/.test(url.pathname) && !url.searchParams.has('public')) event.respondWith(orShell(request));
    else if (/^\/facilities\/[^/]+\/visit\/$/.test(url.pathname) && !url.searchParams.has('form')) event.respondWith(orShell(request));
    return;
  }
  if (!FILES.includes(url.pathname)) return;
  event.respondWith(url.pathname.startsWith(OWN) ? fromHere(url.pathname, request) : fresh(url.pathname, request));
});

const kept = async (path) => (await caches.open(STORE)).match(path);
async function fromHere(path, request) { return (await kept(path)) || fetch(request); }

// Files that other pages use as well come fresh where there is network, so that those pages are never behind.
async function fresh(path, request) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 2500);
  try { return await fetch(request, { signal: stop.signal }); }
  catch (error) { const own = await kept(path); if (own) return own; throw error; }
  finally { clearTimeout(timer); }
}

// What every page can do: open pop-overs near their number, fold the menu, search with Ctrl K, walk tables by keyboard,
// keep half-filled forms. Every part works without this file as well, only less comfortably.
const $$ = (pick, from = document) => [...from.querySelectorAll(pick)];

// Pop-overs stand under what opened them; browsers without the popover API get the same by a class.
const native = 'popover' in HTMLElement.prototype;
function place(pop, by) {
  const r = by.getBoundingClientRect(), w = Math.min(pop.offsetWidth || 372, innerWidth - 24), h = pop.offsetHeight;
  pop.style.left = Math.max(12, Math.min(r.left, innerWidth - w - 12)) + 'px';
  pop.style.top = (r.bottom + 8 + h > innerHeight && r.top - h - 8 > 0 ? r.top - h - 8 : Math.min(r.bottom + 8, Math.max(12, innerHeight - h - 12))) + 'px';
}
for (const button of $$('[popovertarget]')) {
  const pop = document.getElementById(button.getAttribute('popovertarget'));
  if (!pop) continue;
  button.setAttribute('aria-haspopup', 'dialog');
  if (native) button.addEventListener('click', () => requestAnimationFrame(() => place(pop, button)));
  else button.addEventListener('click', () => { pop.classList.toggle('open'); place(pop, button); });
}
if (!native) document.addEventListener('keydown', (e) => { if (e.key === 'Escape') $$('.q-pop.open').forEach((p) => p.classList.remove('open')); });

const burger = document.querySelector('.q-burger');
burger?.addEventListener('click', () => {
  const open = document.getElementById('q-nav').classList.toggle('open');
  burger.setAttribute('aria-expanded', String(open));
});

const search = document.getElementById('q-search');
const openSearch = (e) => { if (!search?.showModal) return; e.preventDefault(); search.showModal(); search.querySelector('input').select(); };
document.querySelector('[data-search]')?.addEventListener('click', openSearch);
document.addEventListener('keydown', (e) => { if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') openSearch(e); });
search?.addEventListener('keydown', (e) => {
  const links = $$('.q-found a', search), at = links.indexOf(document.activeElement);
  if (e.key === 'ArrowDown') { e.preventDefault(); links[at + 1]?.focus(); }
  if (e.key === 'ArrowUp') { e.preventDefault(); (at > 0 ? links[at - 1] : search.querySelector('input')).focus(); }
});
search?.addEventListener('click', (e) => { if (e.target === search) search.close(); });

// Tables whose rows lead somewhere: up and down choose, Enter opens, E exports.
for (const table of $$('table[data-keys]')) {
  const rows = $$('tbody tr[data-href]', table);
  rows.forEach((row, i) => {
    row.tabIndex = row.classList.contains('on') || (i === 0 && !rows.some((r) => r.classList.contains('on'))) ? 0 : -1;
    row.addEventListener('click', (e) => { if (!e.target.closest('a,button,summary')) location.href = row.dataset.href; });
    row.addEventListener('keydown', (e) => {
      const to = { ArrowDown: rows[i + 1], ArrowUp: rows[i - 1], Home: rows[0], End: rows[rows.length - 1] }[e.key];
      if (to) { e.preventDefault(); row.tabIndex = -1; to.tabIndex = 0; to.focus(); }
      if (e.key === 'Enter' && e.target === row) location.href = row.dataset.href;
      if (e.key === 'e' || e.key === 'E') { const out = document.querySelector('[data-export]'); if (out) location.href = out.href; }
    });
  });
}
// One filter menu open at a time; a click elsewhere closes it.
document.addEventListener('click', (e) => $$('details.q-chip-menu[open]').forEach((d) => { if (!d.contains(e.target)) d.open = false; }));
document.addEventListener('keydown', (e) => { if (e.key === 'Escape') $$('details.q-chip-menu[open]').forEach((d) => { d.open = false; d.querySelector('summary').focus(); }); });

// A branch of a tree folds and unfolds; htmx fetches it the first time.
document.addEventListener('click', (e) => {
  const fold = e.target.closest('button.q-twist');
  if (!fold) return;
  const open = fold.getAttribute('aria-expanded') !== 'true';
  fold.setAttribute('aria-expanded', String(open));
  fold.closest('li').querySelector('.q-below').hidden = !open;
});
// A half-filled page is never lost: texts are kept in the browser until the form is sent.
for (const form of $$('form[data-draft]')) {
  const key = 'draft:' + location.pathname + ':' + form.dataset.draft, fields = $$('textarea,input[type=text]', form);
  try {
    const kept = JSON.parse(localStorage.getItem(key) || '{}');
    fields.forEach((f) => { if (!f.value && kept[f.name]) f.value = kept[f.name]; });
    form.addEventListener('input', () => localStorage.setItem(key, JSON.stringify(Object.fromEntries(fields.map((f) => [f.name, f.value])))));
    form.addEventListener('submit', () => localStorage.removeItem(key));
  } catch { /* a browser that keeps nothing still sends the form */ }
}
// A photograph just taken carries where the phone is now; one picked from the album only its own time. Refused or too slow: sent without.
for (const input of $$('input[type=file][data-shot]')) {
  const say = (name, value) => {
    const field = input.form.elements[name] || input.form.appendChild(Object.assign(document.createElement('input'), { type: 'hidden', name }));
    field.value = value;
  };
  input.addEventListener('change', () => {
    const file = input.files[0];
    for (const name of ['shot_at', 'shot_lon', 'shot_lat']) say(name, '');
    if (!file) return;
    say('shot_at', file.lastModified);
    if (!navigator.geolocation || Date.now() - file.lastModified > 600000) return;
    navigator.geolocation.getCurrentPosition((p) => {
      if (input.files[0] === file) { say('shot_lon', p.coords.longitude); say('shot_lat', p.coords.latitude); }
    }, () => {}, { enableHighAccuracy: true, timeout: 20000, maximumAge: 30000 });
  });
}
for (const link of $$('[data-print]')) link.addEventListener('click', (e) => { e.preventDefault(); print(); });
// Reads the page aloud where the browser can; the button hides where it cannot.
for (const button of $$('[data-speak]')) {
  if (!('speechSynthesis' in window)) { button.hidden = true; continue; }
  button.addEventListener('click', () => {
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(document.querySelector(button.dataset.speak).innerText); said.lang = 'zh-CN'; said.rate = .9;
    speechSynthesis.speak(said);
  });
}
document.documentElement.dataset.ready = '1';

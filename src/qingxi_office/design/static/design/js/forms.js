// Forms of a register: judged while somebody types, kept in the browser until they are sent, given back after a crash.
// The server judges again by the same law; without this file nothing is lost but the comfort.
const words = JSON.parse(document.getElementById('form-words')?.textContent || '{}');
const plain = (text) => text.normalize('NFKC').replaceAll(',', '').trim();

function fault(field) {
  const text = plain(field.value);
  if (!text) return field.required ? words.needed : '';
  if (field.dataset.number) {
    const value = Number(text);
    if (!Number.isFinite(value)) return words.number;
    if (field.dataset.number === 'whole' && !Number.isInteger(value)) return words.whole;
    const low = field.dataset.low, high = field.dataset.high;
    if (low !== undefined && value < Number(low)) return words.low + ' ' + low;
    if (high !== undefined && value > Number(high)) return words.high + ' ' + high;
  }
  return '';
}

for (const form of document.querySelectorAll('form[data-edit]')) {
  const fields = [...form.querySelectorAll('input:not([type=hidden]):not([type=checkbox]),select,textarea')].filter((f) => f.name);
  const key = 'edit:' + location.pathname + ':' + form.dataset.edit, first = Object.fromEntries(fields.map((f) => [f.name, f.value]));
  const show = (field) => {
    const said = fault(field), place = document.getElementById('w-' + field.name);
    field.toggleAttribute('aria-invalid', Boolean(said));
    if (said) field.setAttribute('aria-invalid', 'true');
    if (place) place.textContent = said;
    return said;
  };
  const changed = () => Object.fromEntries(fields.filter((f) => f.value !== first[f.name]).map((f) => [f.name, f.value]));
  const keep = () => {
    const now = changed();
    try { if (Object.keys(now).length) localStorage.setItem(key, JSON.stringify({ first, now })); else localStorage.removeItem(key); } catch { /* kept nowhere, sent all the same */ }
    form.dataset.changed = Object.keys(now).length;
    fields.forEach((f) => f.closest('.q-ask')?.classList.toggle('changed', f.value !== first[f.name]));
  };
  fields.forEach((f) => f.addEventListener('input', () => { show(f); keep(); }));
  form.addEventListener('submit', (e) => {
    const wrong = fields.filter((f) => show(f));
    if (wrong.length) { e.preventDefault(); wrong[0].focus(); return; }
    try { localStorage.removeItem(key); } catch { /* nothing kept */ }
  });
  form.addEventListener('reset', () => setTimeout(() => { keep(); fields.forEach(show); }));
  // A draft is offered only while the record is still what it was typed over.
  try {
    const held = JSON.parse(localStorage.getItem(key) || 'null');
    if (held && fields.every((f) => !(f.name in held.first) || held.first[f.name] === first[f.name])) {
      const note = form.querySelector('[data-draft-note]');
      fields.forEach((f) => { if (f.name in held.now) f.value = held.now[f.name]; });
      keep();
      if (note) { note.hidden = false; note.querySelector('button')?.addEventListener('click', () => { fields.forEach((f) => { f.value = first[f.name]; show(f); }); keep(); note.hidden = true; }); }
    } else if (held) localStorage.removeItem(key);
  } catch { /* an unreadable draft is no draft */ }
}

// A return keeps itself: a value is sent when its field is left, and what stands against it is drawn anew. Without this file
// the button 存下 does the same.
const form = document.querySelector('form[data-return]');
const head = document.getElementById('return-head'), saved = document.getElementById('return-saved');
const token = form?.querySelector('[name=csrfmiddlewaretoken]')?.value;
let queue = Promise.resolve();

const draw = (answer) => {
  head.innerHTML = answer.head;
  for (const [field, html] of Object.entries(answer.notes)) {
    const li = form.querySelector(`[data-field="${CSS.escape(field)}"]`);
    if (!li) continue;
    const notes = li.querySelector('.notes');
    if (!notes.contains(document.activeElement)) notes.innerHTML = html;
    const input = li.querySelector('[name^="f:"]');
    li.classList.toggle('wrong', Boolean(notes.querySelector('.r-note:not(.ok)')));
    li.classList.toggle('filled', Boolean(input?.value.trim()));
    if (input) input.toggleAttribute('aria-invalid', li.classList.contains('wrong'));
  }
};

const send = (field) => {
  queue = queue.then(async () => {
    saved.textContent = saved.dataset.going;
    try {
      const answer = await fetch(form.dataset.write, { method: 'POST', headers: { 'X-CSRFToken': token, 'Content-Type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ [field.name]: field.value }), credentials: 'same-origin' });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.said);
      draw(said);
      saved.textContent = Object.keys(said.refused).length ? saved.dataset.refused : saved.dataset.done;
    } catch (wrong) {
      saved.textContent = saved.dataset.lost + (wrong.message ? ' ' + wrong.message : '');
    }
  });
  return queue;
};

if (form) {
  form.addEventListener('change', (e) => { if (/^(f:|why:)/.test(e.target.name)) send(e.target); });
  // Enter goes to the next yellow field, as in a table, and sends nothing unfinished.
  form.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || e.target.tagName !== 'INPUT') return;
    e.preventDefault();
    const fields = [...form.querySelectorAll('[name^="f:"]')], next = fields[fields.indexOf(e.target) + 1];
    if (next) next.focus(); else e.target.blur();
  });
  document.addEventListener('submit', async (e) => {
    if (!e.target.closest('#return-head') || e.target.dataset.sent) return;
    e.preventDefault();
    const by = e.submitter;
    if (document.activeElement && /^(f:|why:)/.test(document.activeElement.name || '')) document.activeElement.blur();
    await queue;
    await new Promise((next) => setTimeout(next)); // a form that is being sent cannot be sent again at once
    const live = document.querySelector(`#return-head form button[value="${by?.value}"]`);
    if (live) { live.form.dataset.sent = '1'; live.form.requestSubmit(live); }
  });
}

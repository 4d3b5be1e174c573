// Files go up with their progress as soon as they are chosen; without this file the form's own button sends them.
for (const form of document.querySelectorAll('form[data-upload]')) {
  if (form.dataset.ready) continue;
  form.dataset.ready = '1';
  const bar = form.querySelector('progress'), said = form.querySelector('[data-said]'), send = form.querySelector('[data-send]');
  send.hidden = true;
  const go = (files) => {
    if (!files.length) return;
    const body = new FormData();
    body.append('csrfmiddlewaretoken', form.querySelector('[name=csrfmiddlewaretoken]').value);
    for (const file of files) body.append('file', file);
    const ask = new XMLHttpRequest();
    ask.open('POST', form.action);
    ask.setRequestHeader('Accept', 'application/json');
    ask.upload.onprogress = (e) => { if (e.lengthComputable) bar.value = e.loaded / e.total; };
    ask.onload = () => {
      bar.hidden = true;
      let told = null;
      try { told = JSON.parse(ask.responseText); } catch { /* an error page */ }
      if (!told) { said.textContent = said.dataset.broken; return; }
      if (told.refused.length) { said.textContent = told.refused.join('；'); said.classList.add('t-bad'); }
      if (told.taken.length && !told.refused.length) { location.hash = 'files'; location.reload(); }
      else if (told.taken.length) setTimeout(() => location.reload(), 4000);
    };
    ask.onerror = () => { bar.hidden = true; said.textContent = said.dataset.broken; };
    bar.hidden = false; bar.value = 0; said.classList.remove('t-bad'); said.textContent = said.dataset.waiting;
    ask.send(body);
  };
  for (const input of form.querySelectorAll('input[type=file]')) input.addEventListener('change', () => go(input.files));
  form.addEventListener('dragover', (e) => e.preventDefault());
  form.addEventListener('drop', (e) => { e.preventDefault(); go(e.dataTransfer.files); });
}

// What a public page does more where a browser can: reads aloud, remembers large letters on a page from a disk, keeps a
// half-written report, and lets a finger paint over faces and number plates before the photo leaves the phone.
// A classic script: modules do not load from a disk. Every page works without it.
(() => {
  const all = (pick, from = document) => [...from.querySelectorAll(pick)];
  const keep = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* a browser that keeps nothing */ } }, drop: (k) => { try { localStorage.removeItem(k); } catch { /* nothing was kept */ } } };

  for (const button of all('[data-speak]')) {
    if (!('speechSynthesis' in window)) continue;
    button.hidden = false;
    button.addEventListener('click', () => {
      const going = speechSynthesis.speaking;
      speechSynthesis.cancel();
      if (going) return;
      const said = new SpeechSynthesisUtterance(document.querySelector(button.dataset.speak).innerText);
      said.lang = document.documentElement.lang; said.rate = .9;
      speechSynthesis.speak(said);
    });
  }
  for (const box of all('.q-tool')) {
    if (keep.get('q:' + box.id) === '1') box.checked = true;
    box.addEventListener('change', () => keep.set('q:' + box.id, box.checked ? '1' : '0'));
  }
  for (const button of all('[data-print]')) { button.hidden = false; button.addEventListener('click', () => print()); }

  for (const form of all('form[data-draft]')) {
    const key = 'draft:' + location.pathname, fields = all('textarea,input[type=text]', form);
    try {
      const kept = JSON.parse(keep.get(key) || '{}');
      fields.forEach((f) => { if (!f.value && kept[f.name]) f.value = kept[f.name]; });
    } catch { keep.drop(key); }
    form.addEventListener('input', () => keep.set(key, JSON.stringify(Object.fromEntries(fields.map((f) => [f.name, f.value])))));
    form.addEventListener('submit', () => keep.drop(key));
  }

  // A photo: made small (a phone's 4 MB are two minutes on a slow line), then painted over by hand.
  const LONGEST = 1280, BRUSH = 14;
  for (const box of all('[data-blur]')) {
    const input = document.getElementById(box.dataset.blur), canvas = box.querySelector('canvas'), back = box.querySelector('[data-undo]'), form = input.form;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    let picture = null, strokes = [], busy = null;
    const side = () => Math.max(canvas.width, canvas.height) / BRUSH;
    // One flat colour of its mean: nothing of what was there can be worked out again.
    const cover = ([x, y]) => {
      const s = side(), left = Math.max(0, Math.round(x - s / 2)), top = Math.max(0, Math.round(y - s / 2));
      const w = Math.min(Math.round(s), canvas.width - left), h = Math.min(Math.round(s), canvas.height - top);
      if (w <= 0 || h <= 0) return;
      const data = pen.getImageData(left, top, w, h).data, sum = [0, 0, 0];
      for (let i = 0; i < data.length; i += 4) { sum[0] += data[i]; sum[1] += data[i + 1]; sum[2] += data[i + 2]; }
      pen.fillStyle = `rgb(${sum.map((v) => Math.round(v / (data.length / 4))).join()})`;
      pen.fillRect(left, top, w, h);
    };
    const draw = () => { pen.drawImage(picture, 0, 0, canvas.width, canvas.height); strokes.flat().forEach(cover); back.disabled = !strokes.length; };
    const store = () => {
      busy = new Promise((done) => canvas.toBlob((blob) => {
        if (blob) { const put = new DataTransfer(); put.items.add(new File([blob], 'photo.jpg', { type: 'image/jpeg' })); input.files = put.files; }
        box.dataset.stored = String(strokes.length); done();
      }, 'image/jpeg', .8));
      return busy;
    };
    input.addEventListener('change', async () => {
      const file = input.files[0];
      if (!file) { box.hidden = true; return; }
      try {
        picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
      } catch { box.hidden = true; return; }  // what the browser cannot read the office judges
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
      strokes = []; box.hidden = false; draw(); await store();
    });
    const spot = (e) => { const r = canvas.getBoundingClientRect(), k = Math.max(canvas.width / r.width, canvas.height / r.height); return [(e.clientX - r.left - (r.width - canvas.width / k) / 2) * k, (e.clientY - r.top - (r.height - canvas.height / k) / 2) * k]; };
    let going = false;
    canvas.addEventListener('pointerdown', (e) => { going = true; canvas.setPointerCapture(e.pointerId); strokes.push([spot(e)]); cover(strokes.at(-1)[0]); back.disabled = false; e.preventDefault(); });
    canvas.addEventListener('pointermove', (e) => { if (!going) return; const at = spot(e); strokes.at(-1).push(at); cover(at); });
    const end = () => { if (going) { going = false; store(); } };
    canvas.addEventListener('pointerup', end); canvas.addEventListener('pointercancel', end);
    back.addEventListener('click', () => { strokes.pop(); draw(); store(); });
    form.addEventListener('submit', (e) => {
      if (!busy || form.dataset.sent) return;
      e.preventDefault(); form.dataset.sent = '1';
      busy.then(() => form.submit());
    });
  }
  document.documentElement.dataset.ready = '1';
})();

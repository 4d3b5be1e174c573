// A place to drop files: what is dropped goes into the form's own file field and is sent; without this file the field works by itself.
for (const form of document.querySelectorAll('[data-drop]')) {
  const field = form.querySelector('input[type=file]'), names = form.querySelector('[data-names]');
  const told = () => { if (field.files.length && names) names.textContent = [...field.files].map((f) => f.name).join('，'); };
  field.addEventListener('change', told);
  let inside = 0;
  form.addEventListener('dragenter', (e) => { e.preventDefault(); inside++; form.classList.add('over'); });
  form.addEventListener('dragover', (e) => { e.preventDefault(); e.dataTransfer.dropEffect = 'copy'; });
  form.addEventListener('dragleave', () => { if (--inside <= 0) form.classList.remove('over'); });
  form.addEventListener('drop', (e) => {
    e.preventDefault(); inside = 0; form.classList.remove('over');
    if (!e.dataTransfer.files.length) return;
    field.files = e.dataTransfer.files; told(); form.requestSubmit();
  });
}

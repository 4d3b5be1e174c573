// The form of overrides shows only what its kind asks for. Without this file all fields stand there and the server chooses.
const kind = document.getElementById('kind');
const show = () => document.querySelectorAll('[data-for]').forEach((part) => { part.hidden = !part.dataset.for.split(' ').includes(kind.value); });
if (kind) { kind.addEventListener('change', show); show(); }

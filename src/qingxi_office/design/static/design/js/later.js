// Charts further down are drawn once the page stands: their library is large, and the first look needs none of it. When the
// network goes in that moment they come when it is back.
const late = document.querySelector('[data-library]'), again = () => addEventListener('online', load, { once: true });
function load() {
  const script = document.createElement('script');
  script.src = late.dataset.library;
  script.onload = () => import(late.dataset.then).catch(again);
  script.onerror = again;
  document.head.append(script);
}
if (late) requestAnimationFrame(() => setTimeout(load, 60));

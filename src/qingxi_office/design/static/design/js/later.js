// Charts further down are drawn once the page stands: their library is large, and the first look needs none of it.
const late = document.querySelector('[data-library]');
if (late) requestAnimationFrame(() => setTimeout(() => {
  const script = document.createElement('script');
  script.src = late.dataset.library;
  script.onload = () => import(late.dataset.then);
  document.head.append(script);
}, 60));

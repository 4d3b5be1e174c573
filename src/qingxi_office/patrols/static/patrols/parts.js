// Making parts of the page: elements, small drawings, words, distances.
const SVG = 'http://www.w3.org/2000/svg';
export const words = JSON.parse(document.getElementById('words').textContent);
export const w = (key, values = {}) => Object.entries(values).reduce((text, [k, v]) => text.replace(`{${k}}`, v), words[key] || key);

export function h(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key in node && typeof value !== 'string') node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...inside.flat().filter((x) => x !== null && x !== undefined && x !== false));
  return node;
}
export function s(tag, given = {}, ...inside) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
}

const DRAWN = {
  check: 'M5 12l5 5 9-10', alert: 'M12 4 2.5 20h19zM12 10v4M12 17v.2', camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z',
  off: 'M3 3l18 18M5 12.5a10 10 0 0 1 4-2.4M15 10.3a10 10 0 0 1 4 2.2M8.5 16a5 5 0 0 1 7 0M12 19.5v.1', on: 'M5 12.5a10 10 0 0 1 14 0M8.5 16a5 5 0 0 1 7 0M12 19.5v.1M2 9a14 14 0 0 1 20 0',
  wrench: 'M14 6a4 4 0 0 0 5 5l-8.5 8.5a2.1 2.1 0 0 1-3-3L16 8', back: 'M15 5l-7 7 7 7', scan: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M7 12h10', up: 'M12 19V6M6 11l6-6 6 6', clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
};
export const icon = (name) => s('svg', { viewBox: '0 0 24 24', class: 'p-icon', fill: 'none', stroke: 'currentColor', 'stroke-width': '2', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' }, s('path', { d: DRAWN[name] }));

export function metres(lon, lat, toLon, toLat) {
  const r = Math.PI / 180, a = lat * r, b = toLat * r;
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin((toLon - lon) * r / 2) ** 2;
  return 2 * 6371000 * Math.asin(Math.min(1, Math.sqrt(half)));
}
export const far = (m) => (m < 950 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(m < 9500 ? 1 : 0)} km`);
const two = (n) => String(n).padStart(2, '0');
export const dayOf = (t) => { const d = new Date(t); return `${two(d.getMonth() + 1)}-${two(d.getDate())}`; };
export const timeOf = (t) => { const d = new Date(t); return `${two(d.getHours())}:${two(d.getMinutes())}`; };
export const days = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400e3);

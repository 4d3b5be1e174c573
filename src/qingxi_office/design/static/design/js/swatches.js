// The component sheet: each swatch in its role, its contrast measured as WCAG 2.2 says, in whatever dress the page wears.
import { role } from './roles.js';

const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
function channels(colour) {
  pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
}
const light = (rgb) => { const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
const contrast = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + .05) / (Math.min(x, y) + .05); };

function paint() {
  for (const el of document.querySelectorAll('[data-role]')) {
    const own = channels(role(el.dataset.role)), box = el.parentElement;
    el.style.background = role(el.dataset.role);
    box.querySelector('[data-contrast]').textContent = contrast(own, channels(role(el.dataset.ground))).toFixed(1);
    box.querySelector('[data-value]').textContent = '#' + own.map((v) => v.toString(16).padStart(2, '0')).join('');
  }
}
paint();
new MutationObserver(paint).observe(document.documentElement, { attributes: true });

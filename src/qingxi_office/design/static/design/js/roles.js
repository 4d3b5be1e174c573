// The colours of the page, read from the roles in tokens.css, so that charts and maps follow light, dark and field.
const page = document.documentElement;
export const role = (name) => getComputedStyle(page).getPropertyValue('--q-' + name).trim();
export const px = (name) => parseFloat(role(name)) || 13;
export const isDark = () => page.dataset.bsTheme === 'dark';
export const json = (id) => { const node = document.getElementById(id); return node ? JSON.parse(node.textContent) : null; };
// A hatched square: missing data is neither good nor zero, in charts and on maps alike.
export function hatch(size = 8, pale = null) {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = size;
  const pen = canvas.getContext('2d');
  pen.fillStyle = pale || role('unknown-soft'); pen.fillRect(0, 0, size, size);
  pen.strokeStyle = role('unknown'); pen.globalAlpha = .55; pen.lineWidth = size / 8; pen.beginPath();
  for (let o = -size; o <= size; o += size / (size > 8 ? 2 : 1)) { pen.moveTo(o, size); pen.lineTo(o + size, 0); }
  pen.stroke();
  return canvas;
}

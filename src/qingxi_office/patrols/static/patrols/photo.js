// A photograph made small on the phone: turned upright, time and place written into its lowest strip, and what the camera wrote
// (EXIF) put back into the small file, so that the office's copy keeps it. Its hash names it; the hash of the phone's own file goes along.
export async function sha256(bytes) {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...sum].map((b) => b.toString(16).padStart(2, '0')).join('');
}

// The EXIF segment of a JPEG (with its marker), null when it has none.
export function exifOf(bytes) {
  const view = new DataView(bytes);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 4 <= view.byteLength;) {
    const marker = view.getUint16(at), size = view.getUint16(at + 2);
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda || at + 2 + size > view.byteLength) return null;
    if (marker === 0xffe1 && size > 14 && view.getUint32(at + 4) === 0x45786966) return bytes.slice(at, at + 2 + size);
    at += 2 + size;
  }
  return null;
}

// The small picture stands upright already: its orientation must say so, or it would be turned twice.
export function upright(segment) {
  const view = new DataView(segment), tiff = 10;
  const little = view.getUint16(tiff) === 0x4949;
  const first = view.getUint32(tiff + 4, little);
  if (tiff + first + 2 > view.byteLength) return segment;
  const n = view.getUint16(tiff + first, little);
  for (let i = 0; i < n; i++) {
    const entry = tiff + first + 2 + i * 12;
    if (entry + 12 > view.byteLength) break;
    if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little);
  }
  return segment;
}

function jpeg(canvas, quality) {
  return new Promise((done, fail) => canvas.toBlob((b) => (b ? done(b) : fail(new Error('no picture'))), 'image/jpeg', quality));
}

// Gives {blob, sha256, size, source, taken_at}; `strip` is the line written into the picture.
export async function small(file, side, strip) {
  const original = await file.arrayBuffer();
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale)); canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const draw = canvas.getContext('2d');
  draw.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close?.();
  const high = Math.max(14, Math.round(canvas.height * 0.06));
  draw.fillStyle = 'rgba(0,0,0,.62)'; draw.fillRect(0, canvas.height - high, canvas.width, high);
  draw.fillStyle = '#fff'; draw.font = `${Math.round(high * 0.6)}px sans-serif`; draw.textBaseline = 'middle';
  draw.fillText(strip, Math.round(high * 0.4), canvas.height - high / 2, canvas.width - high);
  let blob = await jpeg(canvas, 0.72);
  const segment = file.type === 'image/jpeg' || file.type === '' ? exifOf(original) : null;
  if (segment && segment.byteLength < 60000) {
    const bare = await blob.arrayBuffer();
    blob = new Blob([bare.slice(0, 2), upright(segment), bare.slice(2)], { type: 'image/jpeg' });
  }
  return {
    blob, sha256: await sha256(await blob.arrayBuffer()), size: blob.size, source: await sha256(original),
    taken_at: new Date(file.lastModified || Date.now()).toISOString(),
  };
}

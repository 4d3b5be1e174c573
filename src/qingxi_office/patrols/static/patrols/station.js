// The page of one station: big buttons, photographs, the meter, kept with one tap. What is half filled is kept as it is typed.
import * as store from './store.js';
import { small } from './photo.js';
import { dayOf, far, h, icon, metres, timeOf, w } from './parts.js';

const NOTES = ['n_rubbish', 'n_noise', 'n_foreign', 'n_sludge', 'n_power', 'n_cleaned'];

export class Station {
  // `pack`: what the office gave; `where()`: the last place; `kept(key)`: called when the round is on the phone.
  constructor(pack, station, where, kept, by) {
    Object.assign(this, { pack, station, where, kept, by });
    this.list = pack.checklist.questions;
    this.state = { answers: {}, meter: '', notes: [], text: '', repair: null, began: Date.now() };
    this.photos = [];
  }

  async show(into) {
    const draft = await store.draft(this.station.key);
    // Half filled today, also by a clock that was set meanwhile; what is older belongs to another visit.
    if (draft && Math.abs(Date.now() - draft.at) < 36 * 3600e3) { this.state = draft.state; this.photos = draft.photos; }
    else if (draft) await store.dropDraft(this.station.key);
    this.into = into;
    this.draw();
  }

  save() { store.keepDraft({ facility: this.station.key, at: Date.now(), state: this.state, photos: this.photos }).catch((e) => this.full(e)); }

  draw() {
    const at = this.into.ownerDocument.documentElement.scrollTop;
    const { station, state } = this, answered = this.list.filter((q) => state.answers[q.key]).length;
    const plant = this.list.filter((q) => !q.basic), basics = this.list.filter((q) => q.basic);
    this.into.replaceChildren(...[ // what is not there is left out: the browser would write it as the word null
      h('a', { class: 'p-back', href: '#' }, icon('back'), w('back')),
      h('header', { class: 'p-head' },
        h('p', { class: 'p-2nd' }, `${this.by} · ${dayOf(Date.now())} ${timeOf(Date.now())}`),
        h('h1', { class: 'q-answer', tabIndex: -1 }, h('span', { lang: 'zh-CN' }, station.name)),
        h('p', { class: 'p-2nd', id: 'p-away' }, this.away()),
        h('div', { class: 'p-bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': String(this.list.length), 'aria-valuenow': String(answered), 'aria-label': w('answered', { n: answered, of: this.list.length }) }, this.bar(answered / this.list.length)),
        h('p', { class: 'p-2nd' }, w('answered', { n: answered, of: this.list.length }), this.last())),
      answered < plant.length ? h('section', { class: 'p-card' },
        h('button', { type: 'button', class: 'p-main good', onclick: () => this.allGood() }, icon('check'), w('all_good')),
        h('p', { class: 'p-2nd' }, w('all_good_help'))) : null,
      ...plant.flatMap((q, i) => [this.question(q, i + 1), q.key === this.broken()[0]?.key ? this.repair() : null]),
      this.photoCard(),
      this.meterCard(),
      h('h2', { class: 'p-part' }, w('village_part', { v: '' }), h('span', { lang: 'zh-CN' }, station.village)),
      ...basics.map((q) => this.question(q, null)),
      this.noteCard(),
      h('section', { class: 'p-card p-end' },
        h('p', { class: 'p-bad', role: 'alert', id: 'p-wrong' }),
        h('button', { type: 'button', class: 'p-main', onclick: () => this.keep() }, w('keep')),
        h('p', { class: 'p-2nd' }, w('keep_help'))),
    ].filter(Boolean));
    this.into.ownerDocument.documentElement.scrollTop = at;
  }

  bar(share) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 100 4'); svg.setAttribute('preserveAspectRatio', 'none');
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    rect.setAttribute('width', String(100 * share)); rect.setAttribute('height', '4'); svg.append(rect);
    return svg;
  }

  away() {
    const here = this.where(), { lon, lat } = this.station;
    if (!here) return w('no_place');
    if (lon === null || lat === null) return w('no_station_place');
    const m = metres(here.lon, here.lat, lon, lat);
    return m <= this.pack.limits.far + (here.accuracy || 0) ? w('at_station', { m: far(m) }) : w('not_at_station', { m: far(m) });
  }

  last() {
    const { last } = this.station;
    return last ? h('span', {}, ' · ', w('last_time', { d: dayOf(last.at) }), h('span', { lang: 'zh-CN' }, last.by)) : null;
  }

  question(q, number) {
    const said = this.state.answers[q.key];
    return h('fieldset', { class: 'p-card p-q' },
      h('legend', {}, number ? h('b', {}, `${number} `) : null, q.word),
      h('div', { class: 'p-thumbs' }, q.answers.map((a) => h('button', {
        type: 'button', class: `p-answer ${a.value === said ? `on ${a.verdict}` : ''}`, 'aria-pressed': String(a.value === said),
        onclick: () => this.say(q.key, a.value),
      }, a.value === said ? icon(a.verdict === 'bad' ? 'alert' : 'check') : null, a.word))));
  }

  say(key, value) {
    if (this.state.answers[key] === value) delete this.state.answers[key]; else this.state.answers[key] = value;
    if (!this.broken().length) this.state.repair = null;
    this.save(); this.draw();
  }

  allGood() {
    for (const q of this.list) if (!q.basic) this.state.answers[q.key] = q.answers[0].value;
    this.state.repair = null;
    this.save(); this.draw();
    document.querySelector('.p-end .p-main').focus({ preventScroll: true });
    document.querySelector('.p-end').scrollIntoView({ block: 'end' });
  }

  broken() { return this.list.flatMap((q) => q.answers.filter((a) => a.repair && a.value === this.state.answers[q.key]).map((a) => ({ key: q.key, said: w('is_so', { what: q.word, how: a.word }) }))); }

  repair() {
    const broken = this.broken(), { repair } = this.state;
    if (!broken.length) return null;
    const set = (v) => () => { this.state.repair = v; this.save(); this.draw(); };
    return h('section', { class: 'p-card p-repair' },
      h('h2', {}, broken.map((b) => b.said).join(w('and')), w('ask_repair')),
      h('div', { class: 'p-thumbs' },
        h('button', { type: 'button', class: `p-answer ${repair === true ? 'on bad' : ''}`, 'aria-pressed': String(repair === true), onclick: set(true) }, icon('wrench'), w('repair_yes')),
        h('button', { type: 'button', class: `p-answer ${repair === false ? 'on' : ''}`, 'aria-pressed': String(repair === false), onclick: set(false) }, w('repair_no'))),
      h('p', { class: 'p-2nd' }, w('repair_help')));
  }

  photoCard() {
    const most = this.pack.limits.photo_most;
    const input = h('input', { type: 'file', accept: 'image/*', capture: 'environment', class: 'p-file', id: 'p-photo', onchange: (e) => this.photo(e.target.files) });
    return h('section', { class: 'p-card' },
      h('h2', {}, w('photo'), ' ', h('span', { class: 'p-2nd' }, w('photo_what'))),
      h('div', { class: 'p-photos' },
        this.photos.map((p, i) => h('figure', {},
          h('img', { src: URL.createObjectURL(p.blob), alt: w('photo_n', { n: i + 1 }), onload: (e) => URL.revokeObjectURL(e.target.src) }),
          h('button', { type: 'button', class: 'p-drop', onclick: () => { this.photos.splice(i, 1); this.save(); this.draw(); } }, w('photo_drop')))),
        this.photos.length < most ? h('label', { class: 'p-shoot', for: 'p-photo' }, icon('camera'), w(this.photos.length ? 'photo_more' : 'photo_take'), input) : null),
      h('p', { class: 'p-2nd', id: 'p-photo-said' }, this.photos.length ? w('photo_burnt') : w('photo_help')));
  }

  async photo(files) {
    const said = document.getElementById('p-photo-said');
    let broken = false;
    for (const file of files) {
      if (this.photos.length >= this.pack.limits.photo_most) break;
      said.textContent = w('photo_working');
      try {
        const here = this.where(), { lon, lat, name } = this.station;
        const away = here && lon !== null && lat !== null ? ` ${w('strip_away', { m: far(metres(here.lon, here.lat, lon, lat)) })}` : '';
        const made = await small(file, this.pack.limits.photo_side, `${dayOf(Date.now())} ${timeOf(Date.now())} ${name}${away}`);
        if (!this.photos.some((p) => p.sha256 === made.sha256)) this.photos.push(made);
      } catch { broken = true; }
    }
    this.save(); this.draw();
    if (broken) document.getElementById('p-photo-said').textContent = w('photo_broken');
  }

  meterCard() {
    const { last } = this.station;
    const input = h('input', { id: 'p-meter', type: 'text', inputmode: 'decimal', autocomplete: 'off', value: this.state.meter, 'aria-describedby': 'p-meter-said',
      oninput: (e) => { this.state.meter = e.target.value; document.getElementById('p-meter-said').textContent = this.meterSaid(last); this.save(); } });
    return h('section', { class: 'p-card' }, h('h2', {}, h('label', { for: 'p-meter' }, w('meter'))),
      h('div', { class: 'p-meter' }, input, h('span', {}, 'kWh')), h('p', { class: 'p-2nd', id: 'p-meter-said' }, this.meterSaid(last)));
  }

  meterSaid(last) {
    const now = this.meter(), was = last?.meter;
    if (this.state.meter.trim() && now === null) return w('meter_digits');
    if (was === null || was === undefined) return w('meter_optional');
    if (now === null) return w('meter_last', { n: was });
    return now < was ? w('meter_less', { n: was }) : w('meter_more', { n: Math.round((now - was) * 10) / 10, d: dayOf(last.at) });
  }

  meter() {
    const text = this.state.meter.replace(/[\s,]/g, '');
    return /^\d{1,8}(\.\d{1,2})?$/.test(text) ? Number(text) : null;
  }

  noteCard() {
    const { notes } = this.state;
    const tap = (n) => () => { notes.includes(n) ? notes.splice(notes.indexOf(n), 1) : notes.push(n); this.save(); this.draw(); };
    return h('section', { class: 'p-card' }, h('h2', {}, w('note')),
      h('div', { class: 'p-thumbs' }, NOTES.map((n) => h('button', { type: 'button', class: `p-answer ${notes.includes(n) ? 'on' : ''}`, 'aria-pressed': String(notes.includes(n)), onclick: tap(n) }, notes.includes(n) ? icon('check') : null, w(n)))),
      h('details', { open: Boolean(this.state.text) }, h('summary', {}, w('note_type')),
        h('textarea', { 'aria-label': w('note'), rows: 2, maxLength: 300, value: this.state.text, oninput: (e) => { this.state.text = e.target.value; this.save(); } })));
  }

  async keep() {
    const wrong = document.getElementById('p-wrong'), { state } = this;
    if (!Object.keys(state.answers).length && !this.photos.length) { wrong.textContent = w('nothing_said'); return; }
    if (state.meter.trim() && this.meter() === null) { wrong.textContent = w('meter_digits'); document.getElementById('p-meter').focus(); return; }
    if (this.broken().length && state.repair === null) { wrong.textContent = w('repair_first'); document.querySelector('.p-repair').scrollIntoView({ block: 'center' }); return; }
    const here = this.where(), contact = await store.get('contact');
    const round = {
      uuid: crypto.randomUUID(), facility: this.station.key, name: this.station.name, by: this.pack.me.username, who: this.by, phone_at: new Date().toISOString(),
      took_s: Math.max(0, Math.round((Date.now() - state.began) / 1000)), checklist: this.pack.checklist.version, answers: state.answers,
      meter: this.meter(), note: [...state.notes.map((n) => w(n)), state.text.trim()].filter(Boolean).join('；'), repair: state.repair === true,
      place: here ? { lon: here.lon, lat: here.lat, accuracy: here.accuracy } : null, contact: contact || null,
    };
    try { await store.keep(round, this.photos); } catch (error) { this.full(error); return; }
    this.kept(this.station.key);
  }

  full(error) {
    const wrong = document.getElementById('p-wrong');
    if (wrong) { wrong.textContent = error?.name === 'QuotaExceededError' ? w('storage_full') : w('storage_broken'); wrong.scrollIntoView({ block: 'center' }); }
  }
}

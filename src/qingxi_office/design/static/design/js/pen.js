// What every chart draws with: the page's own letters and colours, one day, a title beside its panel, a line across.
import { role } from './roles.js';

const E = window.echarts;
export const size = () => parseFloat(role('fs-small')) || 13;
export const text = () => ({ fontFamily: role('font'), fontSize: Math.min(size(), 16), color: role('ink-2') });
export const DAY = 864e5;
export const at = (iso) => +new Date(iso + 'T00:00:00');
export const short = (t) => { const d = new Date(t); return String(d.getMonth() + 1).padStart(2, '0') + '-' + String(d.getDate()).padStart(2, '0'); };
export const draw = (el, option) => {
  const chart = E.init(el, null, { renderer: 'canvas' });
  chart.setOption({ animation: false, textStyle: text(), ...option });
  new ResizeObserver(() => chart.resize()).observe(el);
  el.dataset.drawn = '1';
  return chart;
};
export const title = (top, a, b) => ({ text: a, subtext: b, left: 12, top, itemGap: 1, textStyle: { ...text(), color: role('ink'), fontWeight: 600 }, subtextStyle: { ...text(), lineHeight: 18 } });
export const line = (at, words, colour, type) => ({ silent: true, symbol: 'none', lineStyle: { color: colour, type, width: 1.4 }, label: { formatter: words, position: 'insideStartTop', color: colour, ...{ fontSize: text().fontSize }, distance: [4, 2] }, data: [{ yAxis: at }] });

export const nice = (v) => { const step = 10 ** Math.floor(Math.log10(v)) / 2; return Math.ceil(v / step) * step; };

/** Small SVG plots for reports: text in, text out, no script. Colours work in print and for colour-blind readers. */

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly isLog?: boolean;
  readonly ticks: readonly number[];
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Filled towards the x axis, as histograms are. */
  readonly isFilled?: boolean;
}

const COLOURS = ['#0b57d0', '#c2410c', '#15803d', '#7e22ce', '#a16207', '#0f766e'];
const WIDTH = 520;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 16, top: 36, bottom: 56 };

export function renderPlot(plot: Plot): string {
  const x = scale(plot.x, MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(plot.y, HEIGHT - MARGIN.bottom, MARGIN.top);
  const lines = plot.series.map((series, i) => renderSeries(series, i, x, y, plot));
  const legend = plot.series.map(({ name }, i) => renderLegend(name, i));
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(plot.title)}" xmlns="http://www.w3.org/2000/svg">`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-weight="bold">${escapeXml(plot.title)}</text>`,
    ...plot.x.ticks.map((tick) => renderTick(tick, x(tick), 'x')),
    ...plot.y.ticks.map((tick) => renderTick(tick, y(tick), 'y')),
    `<rect x="${MARGIN.left}" y="${MARGIN.top}" width="${WIDTH - MARGIN.left - MARGIN.right}" height="${HEIGHT - MARGIN.top - MARGIN.bottom}" fill="none" stroke="#555"/>`,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escapeXml(plot.x.label)}</text>`,
    `<text x="16" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})">${escapeXml(plot.y.label)}</text>`,
    ...lines,
    ...(plot.series.length > 1 ? legend : []),
    '</svg>',
  ].join('\n');
}

type Scale = (value: number) => number;

/** Values beyond the axis are drawn on its end: a rate of 0 has no place on a logarithmic axis. */
function scale({ from, to, isLog }: Axis, start: number, end: number): Scale {
  const map = isLog ? Math.log10 : (value: number) => value;
  const [low, high] = [map(from), map(to)];
  return (value) => {
    const clamped = Math.min(Math.max(value, Math.min(from, to)), Math.max(from, to));
    return start + ((map(clamped) - low) / (high - low)) * (end - start);
  };
}

function renderSeries({ points }: Series, index: number, x: Scale, y: Scale, plot: Plot): string {
  const colour = COLOURS[index % COLOURS.length];
  const path = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return '';
  if (!plot.isFilled) {
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  }
  const base = y(plot.y.from).toFixed(1);
  return `<polygon points="${x(first[0]).toFixed(1)},${base} ${path} ${x(last[0]).toFixed(1)},${base}" fill="${colour}" fill-opacity="0.35" stroke="${colour}"/>`;
}

function renderLegend(name: string, index: number): string {
  const y = MARGIN.top + 16 + index * 18;
  const x = WIDTH - MARGIN.right - 150;
  return `<rect x="${x}" y="${y - 9}" width="12" height="12" fill="${COLOURS[index % COLOURS.length]}"/><text x="${x + 18}" y="${y + 1}">${escapeXml(name)}</text>`;
}

function renderTick(value: number, at: number, axis: 'x' | 'y'): string {
  const label = value >= 0.01 || value === 0 ? String(value) : value.toExponential(0);
  if (axis === 'x') {
    return `<line x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" stroke="#ddd"/><text x="${at}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${label}</text>`;
  }
  return `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${label}</text>`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

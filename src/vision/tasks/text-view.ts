import type { Point, RgbImage } from '../../core/image.ts';
import type { TextPicture } from '../../core/text.ts';
import { toLuma } from '../image/luma.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { fitPerspective, projectPoint, type Quad } from '../image/transform.ts';
import { warpPerspective } from '../image/warp.ts';
import { aspectOf, type DocumentSize, documentSizes } from './rectify-document.ts';

/** A part of a picture, seen from straight above, to be read. */
export interface TextView {
  readonly corners: Quad;
  readonly picture: TextPicture;
  /** From pixels of `picture` to pixels of the picture it was cut from. */
  readonly toSource: (point: Point) => Point;
  readonly fromSource: (point: Point) => Point;
}

export interface FoundZone {
  readonly corners: Quad;
  readonly format: string;
}

/** Pixels across: smaller loses small print, larger only costs. */
const viewWidth = 1024;
/** Narrow: a camera's 3 : 2 lies between a card's 1.586 and a passport's 1.42. */
const aspectTolerance = 0.04;

/**
 * Where a zone lies on its document: left, top, right and bottom as shares, of the middles of its first and last
 * characters' outer edges. Doc 9303 parts 4 to 7; the French cards as measured.
 */
const zonePlaces: Readonly<Record<string, readonly [number, number, number, number]>> = {
  TD1: [0.05, 0.685, 0.948, 0.922],
  TD2: [0.066, 0.8, 0.901, 0.919],
  TD3: [0.04, 0.787, 0.94, 0.903],
  'MRV-A': [0.044, 0.793, 0.945, 0.925],
  'MRV-B': [0.036, 0.72, 0.927, 0.86],
  IDFRA: [0.04, 0.772, 0.952, 0.925],
  FRADL: [0.045, 0.857, 0.957, 0.94],
};
/** By which an outline may put the zone elsewhere: beyond, it is the outline of something else. */
const zoneTolerance = 0.07;
/** The places are means of several issues, which differ by about as much. */
const scanTolerance = 0.018;

/**
 * Outlines under which the document may be read, the likeliest first: the one that was found, the whole picture (a scan
 * has no ground around it), and the one that the zone's own place implies.
 */
export function outlinesToRead(
  { width, height }: { readonly width: number; readonly height: number },
  outline: { readonly corners: Quad; readonly size: DocumentSize } | undefined,
  zone: FoundZone | undefined,
): readonly Quad[] {
  const whole = rectangle(width, height);
  const candidates = [
    ...(outline ? [outline.corners] : []),
    ...(isDocumentLike(width / height) ? [whole] : []),
  ];
  const implied = zone && impliedOutline(zone);
  if (zone && implied) {
    const fitting = candidates.filter((corners) => putsZoneRight(corners, zone));
    return [...fitting, implied];
  }
  // Without a zone nothing vouches for an outline: frames of portraits are outlines too.
  const sound = candidates.filter((corners) => corners !== whole && covers(corners, width, height));
  const others = [whole, ...candidates].filter((corners) => !sound.includes(corners));
  const wholeFirst = candidates.includes(whole) || !outline;
  const rest = new Set(wholeFirst ? others : [...others.slice(1), whole]);
  return [...sound, ...rest];
}

/**
 * How near a zone lies to where it would lie if the picture were the document and nothing else, as a scan is: `exactly`
 * to within a millimetre or two, `about` there, so that the document fills the picture; or neither.
 */
export function fillsPicture(picture: Quad, zone: FoundZone): 'exactly' | 'about' | undefined {
  const isKnown = isDocumentLike(aspectOf(picture)) && Object.hasOwn(zonePlaces, zone.format);
  if (!isKnown || !putsZoneRight(picture, zone)) return undefined;
  return putsZoneRight(picture, zone, scanTolerance) ? 'exactly' : 'about';
}

/** Cuts the part out; what the masks cover is painted over, nothing is to be read there. */
export function cutTextView(source: Pyramid, corners: Quad, masks: readonly Quad[]): TextView {
  const [a, b, c, d] = corners;
  const across = length(a, b) + length(c, d);
  const down = length(b, c) + length(d, a);
  const height = Math.min(2 * viewWidth, Math.max(64, Math.round((viewWidth * down) / across)));
  const view = rectangle(viewWidth, height);
  const toSource = fitPerspective(view, corners);
  const image = warpPerspective(source, toSource, { width: viewWidth, height }, 'edge');
  const fromSource = fitPerspective(corners, view);
  const picture = toLuma(image);
  for (const mask of masks) {
    const points = mask.map((point) => projectPoint(fromSource, point));
    blank(picture, points);
  }
  return {
    corners,
    picture,
    toSource: (point) => projectPoint(toSource, point),
    fromSource: (point) => projectPoint(fromSource, point),
  };
}

/** Pixels from top to bottom of a cut line: letters of about 30. */
const lineHeight = 60;
const widestLine = 1200;

/**
 * One line of print, closer. Each pixel is the lightest of its colours: coloured grounds, stamps and labels fade, black
 * letters stay.
 */
export function cutTextLine(source: Pyramid, corners: Quad): TextPicture {
  const [a, b, c, d] = corners;
  const aspect = (length(a, b) + length(c, d)) / (length(b, c) + length(d, a));
  const width = Math.max(32, Math.min(widestLine, Math.round(lineHeight * aspect)));
  const size = { width, height: lineHeight };
  const toSource = fitPerspective(rectangle(width, lineHeight), corners);
  return keepMainBand(lightestColour(warpPerspective(source, toSource, size, 'edge')));
}

/** Pixels of paper around a cut line. */
export const lineMargin = 10;
/** Rows of fewer dark pixels than this share lie between lines. */
const blankRow = 0.006;

/** Paints over what reaches in from the lines above and below, and adds the margin that readers want. */
function keepMainBand({ data, width, height }: TextPicture): TextPicture {
  const sorted = data.toSorted();
  const paper = sorted[Math.floor(0.7 * sorted.length)] ?? 255;
  const ink = sorted[Math.floor(0.02 * sorted.length)] ?? 0;
  const dark = paper - 0.45 * (paper - ink);
  const inRow = Array.from({ length: height }, (_, y) =>
    data.subarray(y * width, (y + 1) * width).reduce((n, value) => n + (value < dark ? 1 : 0), 0),
  );
  const { from, to } = heaviestBand(inRow, Math.max(1, blankRow * width));
  const margin = lineMargin;
  const out = new Uint8Array((width + 2 * margin) * (height + 2 * margin)).fill(paper);
  for (let y = Math.max(0, from - 2); y < Math.min(height, to + 2); y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    out.set(row, (y + margin) * (width + 2 * margin) + margin);
  }
  return { data: out, width: width + 2 * margin, height: height + 2 * margin };
}

/** Of the runs of rows with ink, the one with most of it. */
function heaviestBand(ink: readonly number[], least: number): { from: number; to: number } {
  let best = { from: 0, to: ink.length, weight: 0 };
  let from = 0;
  let weight = 0;
  for (const [y, count] of [...ink, 0].entries()) {
    if (count > least) {
      weight += count;
      continue;
    }
    if (weight > best.weight) best = { from, to: y, weight };
    [from, weight] = [y + 1, 0];
  }
  return best;
}

function lightestColour({ data, width, height }: RgbImage): TextPicture {
  const out = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < out.length; i++, p += 3) {
    out[i] = Math.max(data[p] as number, data[p + 1] as number, data[p + 2] as number);
  }
  return { data: out, width, height };
}

/** Paints the box around the points with the brightness of its edge: nothing is to be read there. */
function blank({ data, width, height }: TextPicture, points: readonly Point[]): void {
  const left = Math.max(0, Math.floor(Math.min(...points.map(({ x }) => x))));
  const right = Math.min(width, Math.ceil(Math.max(...points.map(({ x }) => x))));
  const top = Math.max(0, Math.floor(Math.min(...points.map(({ y }) => y))));
  const bottom = Math.min(height, Math.ceil(Math.max(...points.map(({ y }) => y))));
  if (right <= left || bottom <= top) return;
  const paper = data[top * width + left] as number;
  for (let y = top; y < bottom; y++) data.fill(paper, y * width + left, y * width + right);
}

function isDocumentLike(aspect: number): boolean {
  return Object.values(documentSizes).some(
    ({ width, height }) => Math.abs(aspect / (width / height) - 1) < aspectTolerance,
  );
}

/** At least half of the picture, and of a document's shape: frames of portraits are neither. */
function covers(corners: Quad, width: number, height: number): boolean {
  const area = corners.reduce((sum, { x, y }, i) => {
    const next = corners[(i + 1) % 4] as Point;
    return sum + (x * next.y - next.x * y) / 2;
  }, 0);
  return Math.abs(area) >= 0.5 * width * height && isDocumentLike(aspectOf(corners));
}

function putsZoneRight(
  corners: Quad,
  { corners: zone, format }: FoundZone,
  tolerance = zoneTolerance,
): boolean {
  const place = zonePlaces[format];
  if (!place) return true;
  const toShares = fitPerspective(corners, rectangle(1, 1));
  const [left, top, right, bottom] = place;
  const expected = [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
  const off = zone.map((corner, i) => {
    const { x, y } = projectPoint(toShares, corner);
    return Math.hypot(x - (expected[i]?.x ?? 0), y - (expected[i]?.y ?? 0));
  });
  // A character lost at one end moves two corners; the other two still tell.
  return off
    .sort((p, q) => p - q)
    .slice(0, 2)
    .every((distance) => distance < tolerance);
}

function impliedOutline({ corners, format }: FoundZone): Quad | undefined {
  const place = zonePlaces[format];
  if (!place) return undefined;
  const [left, top, right, bottom] = place;
  const zone: Quad = [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
  const toSource = fitPerspective(zone, parallelogram(corners));
  return rectangle(1, 1).map((point) => projectPoint(toSource, point)) as unknown as Quad;
}

/** So near to each other, four corners say nothing about perspective: far from them it would only be noise. */
function parallelogram([a, b, c, d]: Quad): Quad {
  const middle = { x: (a.x + b.x + c.x + d.x) / 4, y: (a.y + b.y + c.y + d.y) / 4 };
  const across = { x: (b.x + c.x - a.x - d.x) / 4, y: (b.y + c.y - a.y - d.y) / 4 };
  const down = { x: (c.x + d.x - a.x - b.x) / 4, y: (c.y + d.y - a.y - b.y) / 4 };
  const at = (i: number, j: number) => ({
    x: middle.x + i * across.x + j * down.x,
    y: middle.y + i * across.y + j * down.y,
  });
  return [at(-1, -1), at(1, -1), at(1, 1), at(-1, 1)];
}

function rectangle(width: number, height: number): Quad {
  return [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
}

function length(p: Point, q: Point): number {
  return Math.hypot(p.x - q.x, p.y - q.y);
}

import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../core/image.ts';
import { closeStrokes } from '../image/closing.ts';
import { createPyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { findSides } from './find-side.ts';
import { outlinesFromZone, surroundsZone } from './outline-from-zone.ts';
import { rankQuad } from './rank-quad.ts';
import { refineQuad } from './refine-quad.ts';
import { snapQuad } from './snap-quad.ts';

const [width, height] = [640, 480];
/** 320 × 202 pixels: an ID-1 card. */
const card: Quad = [
  { x: 150, y: 120 },
  { x: 470, y: 120 },
  { x: 470, y: 322 },
  { x: 150, y: 322 },
];

type Paint = (x: number, y: number) => number;

function draw(paint: Paint): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3) data.fill(paint(x, y), i, i + 3);
  return { data, width, height };
}

const isCard: (x: number, y: number) => boolean = (x, y) =>
  x >= 150 && x < 470 && y >= 120 && y < 322;
const isPrint = (x: number, y: number) => y % 16 < 4 && x % 40 < 30;
/** A light card, hardly darker than the printed paper under it. */
const onPrint: Paint = (x, y) => (isCard(x, y) ? 214 : isPrint(x, y) ? 70 : 226);

function farthest(a: Quad, b: Quad): number {
  return Math.max(...a.map(({ x, y }, i) => Math.hypot(x - (b[i]?.x ?? 0), y - (b[i]?.y ?? 0))));
}

const shifted = card.map(({ x, y }, i) => ({
  x: x + ([5, -6, 7, 4][i] ?? 0),
  y: y - 6,
})) as unknown as Quad;

describe('the side of a document', () => {
  it('is the even step of colour, not the darker print beside it', () => {
    const window = { start: [-14, 14], end: [-14, 14], stride: 1, shiftCost: 0.1 } as const;
    const image = closeStrokes(draw(onPrint), 3);
    const [side] = findSides(image, { x: 470, y: 326 }, { x: 150, y: 326 }, window, 1);
    expect(Math.abs((side?.from.y ?? 0) - 322)).toBeLessThan(2.5);
    expect(Math.abs((side?.to.y ?? 0) - 322)).toBeLessThan(2.5);
  });

  it('is found again from an outline that is some percent off', () => {
    const picture = createPyramid(draw((x, y) => (isCard(x, y) ? 214 : 120)));
    const found = refineQuad(picture, snapQuad(picture, shifted), picture.image);
    expect(farthest(found, card)).toBeLessThan(1);
  });

  it('is the border of the document, not that of its shadow', () => {
    const isShade: Paint = (x, y) => (isCard(x, y) ? 120 : isCard(x - 6, y - 6) ? 170 : 210);
    const picture = createPyramid(draw(isShade));
    const around = card.map(({ x, y }) => ({ x: x + 3, y: y + 3 })) as unknown as Quad;
    expect(farthest(refineQuad(picture, around, picture.image), card)).toBeLessThan(1.5);
  });
});

describe('an outline', () => {
  it('ranks above one beside it, and above one whose sides run on', () => {
    const picture = createPyramid(draw((x, y) => (isCard(x, y) ? 214 : 120)));
    const inner = card.map(({ x, y }, i) => ({ x, y: i < 2 ? y + 40 : y })) as unknown as Quad;
    const score = (quad: Quad) => rankQuad(picture, quad).score;
    expect(score(card)).toBeGreaterThan(score(shifted));
    expect(score(card)).toBeGreaterThan(score(inner));
  });

  it('follows from where a zone stands', () => {
    const mm = 320 / 85.6;
    const pitch = 2.54 * mm;
    const left = 150 + 5.97 * mm;
    const lines = [0, 1, 2].map((i) => {
      const y = 322 - (8.8 + (2 - i) * 6.35) * mm;
      return { from: { x: left, y }, to: { x: left + 29 * pitch, y }, pitch };
    });
    const zone = { lines, length: 30 };
    const picture = createPyramid(draw((x, y) => (isCard(x, y) ? 214 : 120)));
    const [first] = outlinesFromZone(picture, zone);
    if (!first) throw new Error('no outline');
    expect(farthest(first, card)).toBeLessThan(8);
    expect(surroundsZone(first, zone)).toBe(true);
    const beside = first.map(({ x, y }) => ({ x: x + 200, y })) as unknown as Quad;
    expect(surroundsZone(beside, zone)).toBe(false);
  });
});

it('closing takes strokes away and leaves surfaces', () => {
  const closed = closeStrokes(draw(onPrint), 3);
  const at = (x: number, y: number) => closed.data[(y * width + x) * 3];
  expect(at(20, 17)).toBe(226);
  expect(at(300, 200)).toBe(214);
});

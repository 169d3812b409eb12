import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../core/image.ts';
import { createPyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { locateDocuments } from './locate-document.ts';

type Colour = readonly [number, number, number];
type Paint = (x: number, y: number) => Colour;

function draw(width: number, height: number, paint: Paint): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3) data.set(paint(x + 0.5, y + 0.5), i);
  return { data, width, height };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly turn: number;
}
const size = { width: 428, height: 270 } as const;

/** Corners of an ID-1 card, five pixels a millimetre. */
function cornersAt({ x, y, turn }: Place): Quad {
  const at = (u: number, v: number) => ({
    x: x + u * Math.cos(turn) - v * Math.sin(turn),
    y: y + u * Math.sin(turn) + v * Math.cos(turn),
  });
  const [w, h] = [size.width / 2, size.height / 2];
  return [at(-w, -h), at(w, -h), at(w, h), at(-w, h)];
}

/** A pale card with a dark band, and print; `around` where it is not. */
function card({ x, y, turn }: Place, around: Paint, isPrinted = true): Paint {
  return (px, py) => {
    const u = (px - x) * Math.cos(turn) + (py - y) * Math.sin(turn) + size.width / 2;
    const v = (py - y) * Math.cos(turn) - (px - x) * Math.sin(turn) + size.height / 2;
    if (u < 0 || v < 0 || u > size.width || v > size.height) return around(px, py);
    if (isPrinted && v < 40) return [48, 62, 92];
    const isInk = isPrinted && v > 70 && v < 240 && v % 14 < 5 && u % 9 < 5 && u > 20 && u < 400;
    return isInk ? [40, 40, 44] : [214, 209, 196];
  };
}

/** Light and dark checks, turned a little. */
const chequered: Paint = (x, y) =>
  (Math.floor((x + 0.2 * y) / 17) + Math.floor((y - 0.2 * x) / 17)) % 2 === 0
    ? [190, 186, 170]
    : [112, 118, 108];

/** Left dark, right light: sides that cross its middle change from lighter to darker than their ground. */
const halves: Paint = (x) => (x < 620 ? [70, 66, 60] : [248, 248, 244]);
const table: Paint = () => [104, 84, 66];

function errorOf(found: Quad, truth: Quad): number {
  const diagonal = Math.hypot(size.width, size.height);
  const farthest = truth.map(({ x, y }) =>
    Math.min(...found.map((corner) => Math.hypot(corner.x - x, corner.y - y))),
  );
  return Math.max(...farthest) / diagonal;
}

describe('the outline of a document', () => {
  const place = { x: 600, y: 480, turn: 0.5 };
  for (const [ground, paint] of Object.entries({ chequered, halves, table })) {
    it(`is found on ground that is ${ground}`, () => {
      const picture = createPyramid(draw(1280, 960, card(place, paint)));
      const [first] = locateDocuments(picture);
      expect(first && errorOf(first.corners, cornersAt(place))).toBeLessThan(0.01);
    });
  }

  it('is found twice where two documents lie side by side', () => {
    const other = { x: 940, y: 330, turn: -0.3 };
    const one = { x: 330, y: 640, turn: 0.2 };
    const found = locateDocuments(createPyramid(draw(1280, 960, card(one, card(other, table)))));
    for (const at of [one, other]) {
      const near = found.filter(({ corners }) => errorOf(corners, cornersAt(at)) < 0.01);
      expect(near.map(({ score }) => score > 7.5)).toEqual([true]);
    }
  });

  it('says how much print is inside: a blank sheet has none', () => {
    const print = (isPrinted: boolean) =>
      locateDocuments(createPyramid(draw(1280, 960, card(place, table, isPrinted))))[0]?.print;
    expect(print(true)).toBeGreaterThan(0.2);
    expect(print(false)).toBeLessThan(0.05);
  });

  it('is the picture itself where that is a card from edge to edge, not where a camera made it', () => {
    const around = { x: size.width / 2, y: size.height / 2, turn: 0 };
    const scan = locateDocuments(createPyramid(draw(size.width, size.height, card(around, table))));
    expect(scan[0]?.corners).toEqual(cornersAt(around));
    expect(locateDocuments(createPyramid(draw(640, 480, chequered))).some(isWhole)).toBe(false);
  });

  it('is none in a picture of a few pixels', () => {
    expect(locateDocuments(createPyramid(draw(1, 1, table)))).toEqual([]);
    expect(locateDocuments(createPyramid(draw(2000, 3, table)))).toEqual([]);
  });
});

function isWhole({ area }: { readonly area: number }): boolean {
  return area === 1;
}

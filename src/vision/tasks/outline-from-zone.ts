import type { Point } from '../../core/image.ts';
import { closeStrokes } from '../image/closing.ts';
import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { resize } from '../image/warp.ts';
import { crossSides, type FoundSide, findSides } from './find-side.ts';
import type { MrzReading, MrzZone } from './read-mrz.ts';
import { type DocumentSize, documentSizes } from './rectify-document.ts';

/** A machine-readable zone, lines from the top down, in pixels of the picture. */
export interface ZoneLines {
  readonly lines: readonly { readonly from: Point; readonly to: Point; readonly pitch: number }[];
  /** Characters in a line: 30, 36 or 44. */
  readonly length: number;
}

/** Mean log-probability of its characters below which a zone may be other text, and says nothing of the outline. */
const leastConfidence = -0.35;

/** Of the likeliest zone, if it is one without doubt; its lines are as long as most of them read best. */
export function toZoneLines([zone]: readonly MrzZone[]): ZoneLines | undefined {
  if (!zone || zone.confidence < leastConfidence) return undefined;
  const lengths = zone.lines
    .flatMap(({ readings }) => [...readings].sort(byScore)[0]?.length ?? [])
    .sort((a, b) => a - b);
  const length = lengths[lengths.length >> 1];
  return length === undefined ? undefined : { lines: zone.lines, length };
}

function byScore(a: MrzReading, b: MrzReading): number {
  return b.score / b.length - a.score / a.length;
}

/** Millimetres (Doc 9303-3, §4): between characters, and from the last line's middle to the lower edge. */
const characterPitch = 2.54;
const belowZone = 8.8;
const lineSpacing = 6.35;
const linesOfSize = { 'ID-1': 3, TD2: 2, TD3: 2 } as const;
const sizeOfLength: Readonly<Record<number, DocumentSize>> = { 30: 'ID-1', 36: 'TD2', 44: 'TD3' };
/** Longer side of the picture in which sides are looked for; print narrower than the closing is not seen there. */
const workSize = 480;
const closing = 4;
const keptOfSide = 3;

/**
 * Outlines that fit a zone: the standard says where on a document it stands, and with that about where the four
 * sides are. The zone is at the foot, so what is near it is known well and the head only roughly: it moves with the
 * tilt. Likeliest first.
 */
export function outlinesFromZone(picture: Pyramid, zone: ZoneLines): readonly Quad[] {
  const size = sizeOfLength[zone.length];
  if (!size) return [];
  const { width, height } = picture.image;
  const scale = Math.min(1, workSize / Math.max(width, height));
  const small = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const image = closeStrokes(resize(picture, small), closing);
  const expected = expectOutline(zone, size, scale);
  const [topLeft, topRight, bottomRight, bottomLeft] = expected.corners;
  const { mm, lost } = expected;
  const { width: w, height: h } = documentSizes[size];
  const near = 0.05 * w * mm;
  // The lines of a card that were not found may have been the lower ones.
  const lower = Math.max(0, linesOfSize[size] - zone.lines.length) * lineSpacing * mm;
  const far = 0.16 * h * mm;
  const side = (from: Point, to: Point, start: number, end: number, out = 0) =>
    findSides(
      image,
      from,
      to,
      {
        start: [-start - out, start],
        end: [-end - out, end],
        stride: Math.max(1, mm / 2),
        shiftCost: 0.12,
      },
      keptOfSide,
    );
  return combine([
    side(topLeft, topRight, 1.5 * far, 1.5 * far),
    side(topRight, bottomRight, far + lost / 2, near + lost / 2),
    side(bottomRight, bottomLeft, near, near, lower),
    side(bottomLeft, topLeft, near + lost / 2, far + lost / 2),
  ]).map((quad) => quad.map(({ x, y }) => ({ x: x / scale, y: y / scale })) as unknown as Quad);
}

/** Longer by shorter side of the documents that have such a zone. */
export function aspectOfZone({ length }: ZoneLines): number {
  const { width, height } = documentSizes[sizeOfLength[length] ?? 'ID-1'];
  return width / height;
}

/** Whether the whole zone lies inside, give or take a character. */
export function surroundsZone(corners: Quad, { lines }: ZoneLines): boolean {
  return lines.every(({ from, to, pitch }) =>
    [from, to].every(({ x, y }) =>
      corners.every((a, i) => {
        const b = corners[(i + 1) % 4] as Point;
        const length = Math.hypot(b.x - a.x, b.y - a.y);
        return ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / length > -pitch;
      }),
    ),
  );
}

/** Corners of an untilted document around the zone, pixels a millimetre, and how far the zone may have been lost. */
function expectOutline({ lines, length }: ZoneLines, size: DocumentSize, scale: number) {
  const { width: w, height: h } = documentSizes[size];
  const pitch = lines.reduce((sum, line) => sum + line.pitch, 0) / lines.length;
  const mm = (pitch / characterPitch) * scale;
  const from = centroidOf(lines.map((line) => line.from));
  const to = centroidOf(lines.map((line) => line.to));
  const run = Math.hypot(to.x - from.x, to.y - from.y);
  const u = { x: (to.x - from.x) / run, y: (to.y - from.y) / run };
  const v = { x: -u.y, y: u.x };
  const last = lines.at(-1) as ZoneLines['lines'][number];
  const along = ({ x, y }: Point) => scale * (x * u.x + y * u.y);
  const across = ({ x, y }: Point) => scale * (x * v.x + y * v.y);
  const left = Math.min(...lines.map((line) => along(line.from)));
  const right = Math.max(...lines.map((line) => along(line.to)));
  const foot = (across(last.from) + across(last.to)) / 2 + belowZone * mm;
  const at = (s: number, t: number) => ({ x: s * u.x + t * v.x, y: s * u.y + t * v.y });
  const middle = (left + right) / 2;
  const half = (w / 2) * mm;
  const corners: Quad = [
    at(middle - half, foot - h * mm),
    at(middle + half, foot - h * mm),
    at(middle + half, foot),
    at(middle - half, foot),
  ];
  return { corners, mm, lost: Math.max(0, (length - 1) * characterPitch * mm - (right - left)) };
}

function centroidOf(points: readonly Point[]): Point {
  return {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
}

type Sides = readonly [
  readonly FoundSide[],
  readonly FoundSide[],
  readonly FoundSide[],
  readonly FoundSide[],
];

/** Every head with every foot, and between them the evenest sides; the evenest of all first. */
function combine([tops, rights, bottoms, lefts]: Sides): readonly Quad[] {
  return tops
    .flatMap((top) => bottoms.map((bottom) => evenest(top, rights, bottom, lefts)))
    .filter((found) => found !== undefined)
    .sort((a, b) => b.value - a.value)
    .map(({ quad }) => quad);
}

function evenest(
  top: FoundSide,
  rights: readonly FoundSide[],
  bottom: FoundSide,
  lefts: readonly FoundSide[],
) {
  let best: { quad: Quad; value: number } | undefined;
  for (const right of rights) {
    for (const left of lefts) {
      const value = top.evenness + right.evenness + bottom.evenness + left.evenness;
      if (best && best.value >= value) continue;
      const corners = [
        crossSides(left, top),
        crossSides(top, right),
        crossSides(right, bottom),
        crossSides(bottom, left),
      ];
      if (corners.every((corner) => corner !== undefined))
        best = { quad: corners as unknown as Quad, value };
    }
  }
  return best;
}

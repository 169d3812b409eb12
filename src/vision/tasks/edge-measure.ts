import type { Point, RgbImage } from '../../core/image.ts';
import type { EdgeMap } from '../image/edges.ts';

/** Looks along the sides of an outline. */
export interface Measure {
  /** How much of a side is edge, 0…1. */
  share(from: Point, to: Point): number;
  /** How alike the step from outside to inside is along a side, 0…1: low on chequered ground. */
  coherence(from: Point, to: Point): number;
}

/** Edges weaker than `least` are none. */
export function createMeasure(edges: EdgeMap, image: RgbImage, least: number): Measure {
  return {
    share(from, to) {
      const places = along(from, to);
      const normal = inward(from, to);
      return places.filter((at) => isEdge(edges, least, at, normal)).length / places.length;
    },
    coherence(from, to) {
      const normal = inward(from, to);
      const sum = [0, 0, 0];
      let size = 0;
      for (const at of along(from, to)) {
        const step = stepAcross(image, at, normal);
        step.forEach((value, c) => {
          sum[c] = (sum[c] as number) + value;
        });
        size += Math.hypot(...step);
      }
      return size > 0 ? Math.hypot(...sum) / size : 0;
    },
  };
}

/** Every second pixel of a side, its rounded ends left out. */
function along(from: Point, to: Point): readonly Point[] {
  const steps = Math.max(8, Math.round(distance(from, to) / 2));
  return Array.from({ length: steps }, (_, i) => {
    const t = 0.06 + (0.88 * (i + 0.5)) / steps;
    return { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
  });
}

/** Unit normal; the corners are clockwise, so inside lies to the right. */
function inward(from: Point, to: Point): Point {
  const length = distance(from, to);
  return { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
}

/** An edge pixel of the side's direction within 1.5 pixels. */
function isEdge(
  { width, height, gx, gy, strength }: EdgeMap,
  least: number,
  at: Point,
  normal: Point,
): boolean {
  for (let d = -1; d <= 1; d++) {
    const px = Math.floor(at.x + d * normal.x);
    const py = Math.floor(at.y + d * normal.y);
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const o = py * width + px;
    const size = strength[o] as number;
    const along = Math.abs((gx[o] as number) * normal.x + (gy[o] as number) * normal.y);
    if (size >= least && along >= 0.9 * size) return true;
  }
  return false;
}

/** Colour three pixels inside less that three pixels outside. */
function stepAcross({ data, width, height }: RgbImage, at: Point, normal: Point): number[] {
  const index = (d: number) => {
    const x = Math.max(0, Math.min(width - 1, Math.floor(at.x + d * normal.x)));
    const y = Math.max(0, Math.min(height - 1, Math.floor(at.y + d * normal.y)));
    return (y * width + x) * 3;
  };
  const [inside, outside] = [index(2.5), index(-2.5)];
  return [0, 1, 2].map((c) => (data[inside + c] as number) - (data[outside + c] as number));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

import type { Box } from '../../src/core/image.ts';
import { makeSurface, type Surface } from './surface.ts';

/** Mesh points used for the relief: every third is enough for a smooth one. */
const STRIDE = 3;

const known = new WeakMap<Float32Array, Surface>();

/** As `makeHead`; each frame of a clip is used by many recordings. */
export function headSurface(
  points: Float32Array,
  frame: { width: number; height: number },
): Surface {
  const before = known.get(points);
  const surface = before ?? makeHead(points, frame);
  if (!before) known.set(points, surface);
  return surface;
}

/**
 * A head in its picture: relief of the mesh, falling back beyond its edge like a skull, fading into a background
 * that stays. `points` as of `meshFace`.
 */
function makeHead(points: Float32Array, frame: { width: number; height: number }): Surface {
  const box = boundsOf(points);
  const reach = Math.max(box.width, box.height);
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height * 0.45];
  // The head turns about the neck's axis, half a head behind the face.
  const pivot = { x: cx, y: cy, z: meanDepth(points) + box.width * 0.45 };
  const region: Box = { x: 0, y: 0, width: frame.width, height: frame.height };
  const step = Math.max(8, box.width / 16);
  const sigma = box.width * 0.06;
  return makeSurface(region, step, pivot, (x, y) => {
    const { depth, distance } = reliefAt(points, x, y, sigma);
    const beyond = Math.max(0, distance - sigma * 1.5);
    const falling = Math.min(beyond * 0.9, box.width * 0.5);
    const away = Math.hypot((x - cx) / (reach * 0.62), (y - cy) / (reach * 0.78));
    const share = 1 - smooth((away - 1.05) / 1.15);
    return { depth: (depth + falling) * Math.min(1, share * 1.5), share };
  });
}

/** A sheet of paper or a screen under `region`; `bend` is how far its middle stands out, as a share of the width. */
export function sheetSurface(region: Box, bend = 0): Surface {
  const pivot = { x: region.x + region.width / 2, y: region.y + region.height / 2, z: 0 };
  const step = Math.max(8, region.width / 24);
  return makeSurface(region, step, pivot, (x) => {
    const across = (x - pivot.x) / (region.width / 2);
    return { depth: -bend * region.width * (1 - across * across), share: 1 };
  });
}

function reliefAt(points: Float32Array, x: number, y: number, sigma: number) {
  let weights = 0;
  let sum = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.length; i += 3 * STRIDE) {
    const dx = (points[i] as number) - x;
    const dy = (points[i + 1] as number) - y;
    const squared = dx * dx + dy * dy;
    if (squared < nearest) nearest = squared;
    const weight = 1 / (squared + sigma * sigma * 0.25) ** 2;
    weights += weight;
    sum += weight * (points[i + 2] as number);
  }
  return { depth: sum / weights, distance: Math.sqrt(nearest) };
}

function meanDepth(points: Float32Array): number {
  let sum = 0;
  for (let i = 2; i < points.length; i += 3) sum += points[i] as number;
  return (sum * 3) / points.length;
}

export function boundsOf(points: Float32Array): Box {
  let [left, top, right, bottom] = [1e9, 1e9, -1e9, -1e9];
  for (let i = 0; i < points.length; i += 3) {
    left = Math.min(left, points[i] as number);
    right = Math.max(right, points[i] as number);
    top = Math.min(top, points[i + 1] as number);
    bottom = Math.max(bottom, points[i + 1] as number);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function smooth(value: number): number {
  const t = Math.min(1, Math.max(0, value));
  return t * t * (3 - 2 * t);
}
